//! A sensor for ambient light.

use core::fmt;

/// A sensor for ambient light.
///
/// # For authors of boards
/// `read` must return the level on the scale of the tutorial's board, a 12-bit converter: 0 is
/// dark, 4095 is as bright as it can tell. A sensor with another scale maps its own to that.
///
/// # For authors of applications
/// A reading is the light of now, noise included: two in a row may differ.
///
/// ```
/// use nal_http::hal::{LightSensor, sensor};
///
/// struct Dusk(u16);
///
/// impl sensor::ErrorType for Dusk {
///     type Error = core::convert::Infallible;
/// }
///
/// impl LightSensor for Dusk {
///     fn read(&mut self) -> Result<u16, Self::Error> {
///         self.0 = self.0.saturating_sub(1);
///         Ok(self.0)
///     }
/// }
///
/// fn is_dark<L: LightSensor>(mut sensor: L) -> Result<bool, L::Error> {
///     Ok(sensor.read()? < 100)
/// }
/// # assert_eq!(is_dark(Dusk(100)), Ok(true));
/// ```
pub trait LightSensor: ErrorType {
    /// The level of light, from 0 to 4095.
    ///
    /// # Errors
    /// The sensor could not be read; the next reading may succeed.
    fn read(&mut self) -> Result<u16, Self::Error>;
}

/// The error type of a [`LightSensor`].
pub trait ErrorType {
    /// Why the sensor could not be read.
    type Error: Error;
}

/// Why a sensor could not be read.
///
/// [`BusError`](super::BusError) is one for whatever a driver fails with (I2C, SPI, ADC), [`ErrorKind`] one
/// without details, `Infallible` one for what cannot fail. A driver with an enum of its own implements this
/// trait for it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an error of a sensor",
    note = "wrap the error of a bus or a converter: `type Error = nal_http::hal::BusError<{Self}>;`, and `?` does the rest"
)]
pub trait Error: fmt::Debug {
    /// The kind of the error, for code that works with any sensor.
    fn kind(&self) -> ErrorKind;
}

/// The kind of a sensor's error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum ErrorKind {
    /// The bus to the sensor failed: perhaps it is not connected.
    Bus,
    /// The sensor has no reading yet.
    NotReady,
    /// It is brighter than the sensor can tell.
    Saturated,
    /// Anything else.
    Other,
}

impl Error for ErrorKind {
    fn kind(&self) -> ErrorKind {
        *self
    }
}

impl<T: ErrorType + ?Sized> ErrorType for &mut T {
    type Error = T::Error;
}

impl<T: LightSensor + ?Sized> LightSensor for &mut T {
    #[inline]
    fn read(&mut self) -> Result<u16, Self::Error> {
        T::read(self)
    }
}
