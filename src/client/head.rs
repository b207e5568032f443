mod accessors;

pub(super) use accessors::head_accessors;

use super::ResponseError;
use super::exchange::Exchange;
use crate::wire::{Headers, ResponseHead, Version};

/// The head of a response, as far as it was kept: of a [`Response`](super::Response) or a [`Call`](super::Call).
///
/// It is what [`Resume`](super::Resume) and [`EventSource`](super::EventSource) look at. Before the head of the response is
/// there, its status is 0 and it has no headers.
#[derive(Clone, Copy)]
pub struct Head<'b> {
    pub(super) exchange: &'b Exchange,
    buffer: &'b [u8],
}

impl<'b> Head<'b> {
    pub(super) const fn new(exchange: &'b Exchange, buffer: &'b [u8]) -> Self {
        Self { exchange, buffer }
    }

    pub(super) const fn head(self) -> Self {
        self
    }

    pub(super) fn kept(self) -> ResponseHead<'b> {
        self.exchange.head(self.buffer)
    }

    pub(super) fn redirect(self) -> Option<&'b str> {
        self.exchange.redirected_to(self.buffer)
    }

    pub(super) fn trailing(self) -> Headers<'b> {
        self.exchange.trailers(self.buffer)
    }

    /// Whether the framing of the body says where it ends; otherwise the end of the connection does.
    #[must_use]
    pub const fn tells_its_end(&self) -> bool {
        self.exchange.tells_its_end()
    }

    head_accessors!();
}

impl core::fmt::Debug for Head<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{} {}", self.status_code(), self.reason())
    }
}
