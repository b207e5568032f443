//! A display of a few lines of text.

use core::fmt;

/// A small display that shows lines of text, such as the board's OLED of 128x64 pixels, which has
/// room for 6 lines of 21 characters of 6x10 pixels.
///
/// # For authors of boards
/// `show` must replace all that was shown. Lines and ends of lines for which there is no room must
/// be left out, and characters that the font lacks may be shown as any other.
///
/// # For authors of applications
/// Put what matters first; do not call `show` more often than somebody can read.
///
/// ```
/// use nal_http::hal::{Display, display};
///
/// struct Console;
///
/// impl display::ErrorType for Console {
///     type Error = core::convert::Infallible;
/// }
///
/// impl Display for Console {
///     fn show(&mut self, lines: &[&str]) -> Result<(), Self::Error> {
///         lines.iter().for_each(|line| println!("{line}"));
///         Ok(())
///     }
/// }
///
/// fn greet<D: Display>(mut display: D) -> Result<(), D::Error> {
///     display.show(&["Connect your browser", "http://192.168.0.9"])
/// }
/// # greet(Console).unwrap();
/// ```
pub trait Display: ErrorType {
    /// Shows these lines, and nothing else.
    ///
    /// # Errors
    /// The display could not be written to; what it shows is then not known.
    fn show(&mut self, lines: &[&str]) -> Result<(), Self::Error>;
}

/// The error type of a [`Display`].
pub trait ErrorType {
    /// Why the display could not be written to.
    type Error: Error;
}

/// Why a display could not be written to.
///
/// [`BusError`](super::BusError) is one for whatever a driver fails with (I2C, SPI, ADC), [`ErrorKind`] one
/// without details, `Infallible` one for what cannot fail. A driver with an enum of its own implements this
/// trait for it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an error of a display",
    note = "wrap the error of a bus or a converter: `type Error = nal_http::hal::BusError<{Self}>;`, and `?` does the rest"
)]
pub trait Error: fmt::Debug {
    /// The kind of the error, for code that works with any display.
    fn kind(&self) -> ErrorKind;
}

/// The kind of a display's error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum ErrorKind {
    /// The bus to the display failed: perhaps it is not connected.
    Bus,
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

impl<T: Display + ?Sized> Display for &mut T {
    #[inline]
    fn show(&mut self, lines: &[&str]) -> Result<(), Self::Error> {
        T::show(self, lines)
    }
}
