//! What TLS needs of the firmware.

/// Randomness and the date: what TLS needs beside a connection.
///
/// # For authors of boards
/// ```
/// use nal_tls::Platform;
///
/// struct Board;
///
/// impl Platform for Board {
///     fn random(&mut self, bytes: &mut [u8]) {
///         // The chip's true random number generator, as esp-hal's `Trng` or stm32's RNG.
///         # bytes.fill(4);
///     }
///
///     fn unix_time(&mut self) -> Option<u64> {
///         None // until SNTP or a real-time clock has told the date
///     }
/// }
/// ```
pub trait Platform {
    /// Fills `bytes` with random numbers that nobody can guess.
    ///
    /// They become the keys: whoever knows them reads and changes everything. A seed that is the
    /// same after each start will not do.
    fn random(&mut self, bytes: &mut [u8]);

    /// The date, in seconds since 1970 (UTC), if it is known.
    ///
    /// Without it, expired certificates are accepted: whoever has got hold of an old key of the
    /// server can then use it for ever.
    fn unix_time(&mut self) -> Option<u64> {
        None
    }
}

impl<T: Platform + ?Sized> Platform for &mut T {
    fn random(&mut self, bytes: &mut [u8]) {
        T::random(self, bytes);
    }

    fn unix_time(&mut self) -> Option<u64> {
        T::unix_time(self)
    }
}
