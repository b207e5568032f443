//! What happens, told to `log` or `defmt` where the application has one of them. What is told is with those
//! who tell it: `client::log`, `server::log`.

/// `log!(debug, "{} connected", peer)`: one macro for both crates, and nothing without either.
///
/// The values need what either crate asks for; [`Shown`] gives it to all that can be displayed.
macro_rules! log {
    ($level:ident, $text:literal $(, $value:expr)*) => {{
        #[cfg(feature = "log")]
        ::log::$level!($text $(, $value)*);
        #[cfg(all(feature = "defmt", not(feature = "log")))]
        ::defmt::$level!($text $(, $value)*);
        #[cfg(not(any(feature = "log", feature = "defmt")))]
        let _ = ($(&$value,)*);
    }};
}

pub(crate) use log;

/// Whether anybody is told.
pub(crate) const LISTENS: bool = cfg!(any(feature = "log", feature = "defmt"));

/// Something with a text, for either crate.
pub(crate) struct Shown<'s, T: ?Sized>(pub(crate) &'s T);

#[cfg(feature = "log")]
impl<T: core::fmt::Display + ?Sized> core::fmt::Display for Shown<'_, T> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(all(feature = "defmt", not(feature = "log")))]
impl<T: core::fmt::Display + ?Sized> defmt::Format for Shown<'_, T> {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::Display2Format(self.0).format(f);
    }
}
