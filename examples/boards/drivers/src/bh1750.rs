use embedded_hal::i2c::I2c;
use nal_http::hal::{Clock, Deadline, LightSensor, sensor};

/// The address with the ADDR pin low or open, as 7 bits.
const ADDRESS: u8 = 0x23;
/// Opcodes (data sheet, "Instruction Set Architecture").
const POWER_ON: u8 = 0x01;
const CONTINUOUSLY_HIGH_RESOLUTION: u8 = 0x10;
/// The longest that a measurement takes (data sheet, "Electrical Characteristics").
const MEASUREMENT_MS: u32 = 180;
const BRIGHTEST: u16 = 4095;

/// A BH1750 light sensor, a chip for less than a coin, on an I2C bus of up to 400 kHz.
///
/// It measures lux, and one lux is one step of the tutorial's scale: a lit room is at 300, as on the
/// mPython board, and all from 4095 lx on, a cloudy day outside, is as bright as the scale goes.
///
/// The first reading starts the chip and is [`Bh1750Error::NotReady`]; so are those of the next 180 ms.
/// After an error of the bus it is started again.
#[derive(Debug)]
pub struct Bh1750<I, C> {
    i2c: I,
    clock: C,
    /// When the first measurement is over.
    ready: Option<Deadline>,
}

impl<I: I2c, C: Clock> Bh1750<I, C> {
    /// A sensor on this bus, at address 0x23. Nothing is sent yet.
    pub const fn new(i2c: I, clock: C) -> Self {
        Self { i2c, clock, ready: None }
    }

    fn measure(&mut self) -> Result<u16, Bh1750Error<I::Error>> {
        let now = self.clock.now_ms();
        let Some(ready) = self.ready else {
            self.i2c.write(ADDRESS, &[POWER_ON]).map_err(Bh1750Error::Bus)?;
            self.i2c.write(ADDRESS, &[CONTINUOUSLY_HIGH_RESOLUTION]).map_err(Bh1750Error::Bus)?;
            self.ready = Some(Deadline::after(now, MEASUREMENT_MS));
            return Err(Bh1750Error::NotReady);
        };
        if !ready.is_over(now) {
            return Err(Bh1750Error::NotReady);
        }
        // In the past for good: the clock may wrap around.
        self.ready = Some(Deadline::after(now, 0));
        let mut count = [0; 2];
        self.i2c.read(ADDRESS, &mut count).map_err(Bh1750Error::Bus)?;
        match u16::from_be_bytes(count) {
            u16::MAX => Err(Bh1750Error::Saturated),
            // 1.2 counts are a lux.
            count => {
                Ok((u32::from(count) * 5 / 6).min(BRIGHTEST.into()).try_into().unwrap_or(BRIGHTEST))
            }
        }
    }
}

impl<I: I2c, C> sensor::ErrorType for Bh1750<I, C> {
    type Error = Bh1750Error<I::Error>;
}

impl<I: I2c, C: Clock> LightSensor for Bh1750<I, C> {
    fn read(&mut self) -> Result<u16, Bh1750Error<I::Error>> {
        let result = self.measure();
        if matches!(result, Err(Bh1750Error::Bus(_))) {
            self.ready = None;
        }
        result
    }
}

/// Why a [`Bh1750`] could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bh1750Error<E> {
    /// The bus failed: perhaps the sensor is not connected.
    Bus(E),
    /// The first measurement is not over yet.
    NotReady,
    /// It is brighter than 54 612 lx.
    Saturated,
}

impl<E: core::fmt::Debug> sensor::Error for Bh1750Error<E> {
    fn kind(&self) -> sensor::ErrorKind {
        match self {
            Self::Bus(_) => sensor::ErrorKind::Bus,
            Self::NotReady => sensor::ErrorKind::NotReady,
            Self::Saturated => sensor::ErrorKind::Saturated,
        }
    }
}
