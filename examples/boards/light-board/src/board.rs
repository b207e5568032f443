use core::fmt;
use core::marker::PhantomData;
use core::net::SocketAddr;

use light_app::print_event;
use nal_http::hal::Clock;
use nal_http::server::Event;

/// What the shared code needs of a board. Its functions take no value: a chip has its timer and its
/// serial port once, and hooks of `nal-http` are plain functions.
pub trait Board: 'static {
    /// Milliseconds since the board has started.
    fn uptime_ms() -> u64;

    /// Lets the chip rest until a frame arrives, or for so many milliseconds at most.
    fn rest(ms: u32);

    /// Writes to the serial port.
    fn print(text: fmt::Arguments<'_>);

    /// A random number; it decides which ports are used, and must differ from start to start.
    fn random() -> u32;

    /// Something has happened in the server. Clients and their requests are printed if this is left
    /// as it is.
    fn on_event(peer: &SocketAddr, event: &Event<'_>) {
        print_event(peer, event, Self::print);
    }
}

/// The uptime of a board as a clock of `nal-http`.
#[derive(Debug)]
pub struct BoardClock<B>(PhantomData<B>);

impl<B> Default for BoardClock<B> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

impl<B: Board> Clock for BoardClock<B> {
    fn now_ms(&mut self) -> u32 {
        wrapping_ms(B::uptime_ms())
    }
}

/// The milliseconds as `nal-http` counts them, which wrap around.
#[expect(clippy::cast_possible_truncation, reason = "the count wraps around")]
pub(crate) const fn wrapping_ms(ms: u64) -> u32 {
    ms as u32
}
