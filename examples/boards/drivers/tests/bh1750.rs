//! The BH1750 light sensor on a bus that follows a script.

use board_drivers::{Bh1750, Bh1750Error};
use embedded_hal::i2c::ErrorKind;
use embedded_hal_mock::eh1::i2c::{Mock, Transaction};
use nal_http::hal::{Clock, LightSensor, sensor};

/// A clock that goes on by 100 ms each time it is looked at, and wraps around at once.
struct Ticks(u32);

impl Clock for Ticks {
    fn now_ms(&mut self) -> u32 {
        self.0 = self.0.wrapping_add(100);
        self.0
    }
}

fn start() -> [Transaction; 2] {
    [Transaction::write(0x23, vec![0x01]), Transaction::write(0x23, vec![0x10])]
}

fn count(count: u16) -> Transaction {
    Transaction::read(0x23, count.to_be_bytes().to_vec())
}

#[test]
fn lux_are_steps_of_the_scale() {
    let counts = [0, 1, 361, 362, 4914, 4915, 54_612, 65_534];
    let expected = [0, 0, 300, 301, 4095, 4095, 4095, 4095];
    let script: Vec<_> = start().into_iter().chain(counts.map(count)).collect();
    let mut i2c = Mock::new(&script);
    let mut sensor = Bh1750::new(i2c.clone(), Ticks(u32::MAX - 50));
    assert_eq!(sensor.read(), Err(Bh1750Error::NotReady), "it is started");
    assert_eq!(sensor.read(), Err(Bh1750Error::NotReady), "after 100 ms");
    for level in expected {
        assert_eq!(sensor.read(), Ok(level));
    }
    i2c.done();
}

#[test]
fn what_goes_wrong_is_told_and_the_sensor_is_started_again() {
    use sensor::ErrorKind::{Bus, NotReady, Saturated};

    let mut script = vec![Transaction::write(0x23, vec![0x01]).with_error(ErrorKind::Bus)];
    script.extend(start());
    script.push(count(u16::MAX));
    script.push(Transaction::read(0x23, vec![0, 0]).with_error(ErrorKind::Bus));
    script.extend(start());
    script.push(count(12));
    let mut i2c = Mock::new(&script);
    let mut sensor = Bh1750::new(i2c.clone(), Ticks(0));
    let mut read = || sensor.read().map_err(|error| sensor::Error::kind(&error));
    for expected in [Err(Bus), Err(NotReady), Err(NotReady), Err(Saturated), Err(Bus)] {
        assert_eq!(read(), expected);
    }
    for expected in [Err(NotReady), Err(NotReady), Ok(10)] {
        assert_eq!(read(), expected);
    }
    i2c.done();
}
