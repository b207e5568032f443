//! What arrives of a response.

use super::Exchange;
use crate::client::request::parts::{Needs, Parts};
use crate::client::{Failed, ResponseError};
#[cfg(feature = "websocket")]
use crate::wire::Window;
use crate::wire::{BodyReader, Framing, Method, Progress, copy, move_down};

impl Exchange {
    /// `n` bytes were put into [`room`](Self::room), or [`early_room`](Self::early_room).
    ///
    /// # Errors
    /// They are not what HTTP allows there.
    pub(in crate::client) fn received(
        &mut self,
        request: Option<&Parts<'_>>,
        room: &mut [u8],
        n: usize,
    ) -> Result<(), Failed> {
        self.window.received(n);
        self.response_started = true;
        if let Some(request) = request.filter(|_| !self.has_head) {
            self.read_head(request, room)?;
            if !self.is_sent {
                self.received_early(request, room);
            }
        }
        self.skip_framing(room)
    }

    #[inline(never)]
    fn read_head(&mut self, request: &Parts<'_>, room: &mut [u8]) -> Result<(), Failed> {
        let mut needs = Needs::default();
        let rules = request.rules(&mut needs);
        while !self.has_head {
            match self.head.advance(room, &mut self.window, &rules) {
                Err(error) => return Err(self.fail_head(error)),
                Ok(Progress::NeedMore) => break,
                Ok(Progress::Complete) => match self.head.code() {
                    // Interim responses are passed over; 101 ends there, whether it was asked for or not.
                    100 | 102..=199 => self.head.restart(),
                    code => {
                        let to_head = request.method_of(&self.attempt) == Method::HEAD;
                        let framing = Framing::of_response(code, to_head, self.head.fields());
                        self.body = BodyReader::new(framing);
                        self.has_head = true;
                    }
                },
            }
        }
        Ok(())
    }

    /// Moves bytes of the body that have been received into `out`, those that were gathered first;
    /// 0 if none are there.
    ///
    /// # Errors
    /// The framing is malformed.
    pub(in crate::client) fn take(
        &mut self,
        room: &mut [u8],
        out: &mut [u8],
    ) -> Result<usize, Failed> {
        let mut taken = self.regain(room, out);
        while let Some(out) = out.get_mut(taken..).filter(|out| !out.is_empty()) {
            let there = self.data_in_window();
            let data = self.window.bytes(room).get(..there).unwrap_or_default();
            let n = copy(out, data);
            if n == 0 {
                break;
            }
            taken += n;
            self.use_data(room, n)?;
        }
        Ok(taken)
    }

    /// Moves gathered bytes into `out`; when none are left, their room is free again.
    fn regain(&mut self, room: &[u8], out: &mut [u8]) -> usize {
        let ready = room.get(self.untaken()).unwrap_or_default();
        let n = copy(out, ready);
        self.regained += n;
        if self.regained == self.gathered {
            self.drop_gathered();
        }
        n
    }

    /// How many bytes can be received straight into the caller's slice: body and nothing else, as nothing is
    /// waiting in the buffer. Then tell [`took`](Self::took).
    pub(in crate::client) fn direct(&self) -> usize {
        if !self.is_answered() || !self.window.is_empty() || self.gathered > 0 {
            return 0;
        }
        usize::try_from(self.body.next_data()).unwrap_or(usize::MAX)
    }

    /// `n` bytes of the body were received elsewhere.
    pub(in crate::client) fn took(&mut self, n: usize) {
        self.body.took(n as u64);
    }

    /// Gathers the bytes of the body that have been received behind the head. Returns whether these are all.
    ///
    /// # Errors
    /// The framing is malformed, or the rest cannot fit into the buffer.
    pub(in crate::client) fn gather_all(&mut self, room: &mut [u8]) -> Result<bool, Failed> {
        self.gather(room)?;
        self.check_room(room.len())?;
        Ok(self.is_done())
    }

    /// What is behind a 101 is no body, and ends with the connection.
    #[cfg(feature = "websocket")]
    pub(in crate::client) fn upgrade(&mut self, _: &mut [u8]) -> Result<bool, Failed> {
        if self.status_code() == 101 {
            self.body = BodyReader::new(Framing::UntilClose);
        }
        Ok(true)
    }

    /// Where it stands.
    #[cfg(feature = "websocket")]
    pub(in crate::client) const fn unread(&self) -> Window {
        self.window
    }

    fn gather(&mut self, room: &mut [u8]) -> Result<(), Failed> {
        loop {
            let n = self.data_in_window();
            if n == 0 {
                return Ok(());
            }
            let to = self.head.kept() + self.gathered;
            move_down(room, self.window.start(), n, to);
            self.gathered += n;
            self.use_data(room, n)?;
        }
    }

    fn data_in_window(&self) -> usize {
        let there = self.window.len();
        usize::try_from(self.body.next_data()).map_or(there, |next| next.min(there))
    }

    fn use_data(&mut self, room: &mut [u8], n: usize) -> Result<(), Failed> {
        self.window.take(n);
        self.body.took(n as u64);
        self.skip_framing(room)
    }

    fn skip_framing(&mut self, room: &mut [u8]) -> Result<(), Failed> {
        if !self.has_head {
            return Ok(());
        }
        let floor = self.head.kept() + self.gathered;
        if let Some(keep) = self.keep_trailers {
            let kept = keep(&mut self.trailers, &mut self.body, &mut self.window, room, floor);
            return kept.map_err(|error| self.fail(ResponseError::Body(error)));
        }
        match self.body.skip_framing(self.window.bytes(room)) {
            Ok(skipped) => self.window.take(skipped),
            Err(error) => return Err(self.fail(ResponseError::Body(error))),
        }
        Ok(())
    }
}
