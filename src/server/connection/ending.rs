//! From the end of a response to the next request.

use super::telling::Told;
use super::{Connection, Context, Phase};
use crate::server::CloseReason;
use crate::server::body::Tail;
use crate::wire::Window;

impl<A, T> Connection<A, T> {
    /// The response was sent.
    pub(super) fn end_exchange(&mut self, rx: &[u8], context: &mut Context<'_, A, T>) {
        self.complete(rx, true, context);
        if self.out.keep && self.body.is_done() {
            self.next_request();
        } else if self.out.keep && self.has_little_left(rx) {
            self.phase = Phase::Swallow;
        } else if self.body.is_done() && self.rx.is_empty() {
            self.phase = Phase::Over(CloseReason::Complete);
        } else {
            self.phase = Phase::Linger;
        }
    }

    pub(super) fn next_request(&mut self) {
        self.head.reset();
        self.piece = Window::at(0);
        self.phase = Phase::Head;
    }

    /// The response is over, and forgotten.
    #[expect(
        clippy::inline_always,
        reason = "called in two places, it is longer, and takes 15 instructions more"
    )]
    #[inline(always)]
    pub(super) fn complete(
        &mut self,
        rx: &[u8],
        is_complete: bool,
        context: &mut Context<'_, A, T>,
    ) {
        self.tell(rx, context, Told::Response { is_complete });
        self.out.tail = Tail::Nothing;
    }

    /// Whether it is cheaper to read past the rest of the body than to connect again.
    pub(super) fn has_little_left(&self, rx: &[u8]) -> bool {
        !self.head.fields().is_chunked() && self.body.next_data() <= rx.len() as u64
    }
}
