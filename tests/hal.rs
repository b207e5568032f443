//! Errors of sensors and displays: of any bus, of a converter, of what cannot fail, and of a driver's own.

use std::convert::Infallible;

use embedded_hal::{i2c, spi};
use nal_http::hal::{BusError, display, sensor};

fn kinds<E: sensor::Error + display::Error>(error: &E) -> (sensor::ErrorKind, display::ErrorKind) {
    (sensor::Error::kind(error), display::Error::kind(error))
}

const BUS: (sensor::ErrorKind, display::ErrorKind) =
    (sensor::ErrorKind::Bus, display::ErrorKind::Bus);

#[test]
fn any_bus_or_converter_will_do() {
    assert_eq!(kinds(&BusError(i2c::ErrorKind::ArbitrationLoss)), BUS);
    assert_eq!(kinds(&BusError(spi::ErrorKind::Overrun)), BUS);
    assert_eq!(kinds(&BusError(())), BUS); // as of many a converter
    assert_eq!(kinds(&i2c::ErrorKind::Bus), BUS);
    assert_eq!(kinds(&spi::ErrorKind::ModeFault), BUS);
}

#[test]
fn the_question_mark_wraps_what_a_driver_fails_with() {
    fn read() -> Result<u16, BusError<&'static str>> {
        Err("no acknowledge")?;
        Ok(0)
    }
    let error = read().unwrap_err();
    assert_eq!(error.to_string(), "the bus to the device failed: \"no acknowledge\"");
}

#[test]
fn what_cannot_fail_is_one_too() {
    fn is_one<E: sensor::Error + display::Error>() {}
    is_one::<Infallible>();
}
