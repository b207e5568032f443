//! An answer that comes while the request is still being sent (RFC 9112 section 9.5).

use super::Exchange;
use crate::client::request::early::RESERVE;
use crate::client::request::parts::{Needs, Parts};

impl Exchange {
    /// Where to receive while the request is being sent; then tell [`received`](Self::received). It is empty if there
    /// is no room now, or no body that the server may not want.
    ///
    /// An answer with a status of 300 or more ends the sending; others wait until all is sent.
    pub(in crate::client) fn early_room<'b>(
        &mut self,
        request: &Parts<'_>,
        room: &'b mut [u8],
    ) -> &'b mut [u8] {
        match request.payload_of(&self.attempt) {
            // What comes behind the head of an answer waits in the stack.
            Some(payload) if !self.has_head => {
                let kept = self.head.kept();
                (payload.early().room)(&mut self.sending, &mut self.window, kept, room)
            }
            _ => &mut [],
        }
    }

    /// Where the next piece of the body is put while it is sent: behind what came early, or may come.
    pub(super) fn early_end(&self, room: usize) -> usize {
        let half = room / 2;
        if self.response_started { half } else { RESERVE.min(half) }
    }

    /// Something came early, and was looked at.
    pub(super) fn received_early(&mut self, request: &Parts<'_>, room: &mut [u8]) {
        if let Some(payload) = request.payload_of(&self.attempt) {
            let mut needs = Needs::default();
            let rules = request.rules(&mut needs);
            let received = payload.early().received;
            received(&mut self.head, &mut self.window, self.sending, &rules, room);
        }
        if self.head.code() >= 300 {
            self.stop_sending();
        }
    }

    /// The server takes no more: what is left of the request is not sent, and its answer is read.
    pub(in crate::client) const fn stop_sending(&mut self) {
        self.is_broken_off = true;
        self.is_sent = true;
    }
}
