use core::convert::Infallible;
use core::fmt;

use super::{display, sensor};

/// What a driver of `embedded-hal`, or any other, failed with: an error of a sensor and of a display.
///
/// The buses of `embedded-hal` (I2C, SPI) have an error trait each, and a converter (ADC) has none. This
/// wrapper takes them all, and `?` makes it:
///
/// ```
/// use embedded_hal::i2c::I2c;
/// use embedded_hal::spi::SpiDevice;
/// use nal_http::hal::{BusError, Display, LightSensor, display, sensor};
///
/// /// A light sensor on an I2C bus.
/// struct Lux<I>(I);
///
/// impl<I: I2c> sensor::ErrorType for Lux<I> {
///     type Error = BusError<I::Error>;
/// }
///
/// impl<I: I2c> LightSensor for Lux<I> {
///     fn read(&mut self) -> Result<u16, Self::Error> {
///         let mut level = [0; 2];
///         self.0.read(0x23, &mut level)?;
///         Ok(u16::from_be_bytes(level).min(4095))
///     }
/// }
///
/// /// A display on an SPI bus.
/// struct Panel<S>(S);
///
/// impl<S: SpiDevice> display::ErrorType for Panel<S> {
///     type Error = BusError<S::Error>;
/// }
///
/// impl<S: SpiDevice> Display for Panel<S> {
///     fn show(&mut self, lines: &[&str]) -> Result<(), Self::Error> {
///         for line in lines {
///             self.0.write(line.as_bytes())?;
///         }
///         Ok(())
///     }
/// }
/// ```
///
/// A converter whose error is `()`, as many have it, is a `BusError<()>`. A driver that wants one error type for
/// all buses of a kind has `embedded_hal::i2c::ErrorKind` or `embedded_hal::spi::ErrorKind`, which are errors of
/// sensors and displays as they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct BusError<E>(pub E);

impl<E> From<E> for BusError<E> {
    fn from(error: E) -> Self {
        Self(error)
    }
}

impl<E: fmt::Debug> sensor::Error for BusError<E> {
    fn kind(&self) -> sensor::ErrorKind {
        sensor::ErrorKind::Bus
    }
}

impl<E: fmt::Debug> display::Error for BusError<E> {
    fn kind(&self) -> display::ErrorKind {
        display::ErrorKind::Bus
    }
}

impl<E: fmt::Debug> fmt::Display for BusError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the bus to the device failed: {:?}", self.0)
    }
}

impl<E: fmt::Debug> core::error::Error for BusError<E> {}

/// Makes the kinds of a bus's errors errors of what is on it.
macro_rules! kinds_of_bus_errors {
    ($($kind:ty),*) => {$(
        impl sensor::Error for $kind {
            fn kind(&self) -> sensor::ErrorKind {
                sensor::ErrorKind::Bus
            }
        }

        impl display::Error for $kind {
            fn kind(&self) -> display::ErrorKind {
                display::ErrorKind::Bus
            }
        }
    )*};
}

kinds_of_bus_errors!(embedded_hal::i2c::ErrorKind, embedded_hal::spi::ErrorKind);

/// For what cannot fail, such as a simulated sensor.
impl sensor::Error for Infallible {
    fn kind(&self) -> sensor::ErrorKind {
        match *self {}
    }
}

/// For what cannot fail, such as a picture in memory.
impl display::Error for Infallible {
    fn kind(&self) -> display::ErrorKind {
        match *self {}
    }
}
