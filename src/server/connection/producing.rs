//! Bodies that produce themselves in pieces as the buffer drains.

use super::{Connection, Host, Phase};
use crate::server::reply::{Coding, Tail};
use crate::server::request::Body;
use crate::server::{Failure, Flow, Stream};
use crate::wire::{CHUNK_BACK, CHUNK_FRONT, CHUNK_MAX, Window, Writer, frame_chunk};

impl<A> Connection<A> {
    /// Has the producer write the next piece. Returns whether to go on at once.
    pub(super) fn produce(
        &mut self,
        rx: &[u8],
        tx: &mut [u8],
        host: &mut Host<'_, A>,
    ) -> Result<bool, Failure> {
        let Tail::Produced { producer, coding, left } = self.tail else { return Ok(false) };
        if self.next_piece(rx).is_err() {
            self.abandon(rx, tx, host);
            return Err(Failure::bad_request("the chunks of the body are malformed"));
        }
        let (front, back, limit) = match coding {
            Coding::Chunked => (CHUNK_FRONT, CHUNK_BACK, CHUNK_MAX),
            Coding::Length => (0, 0, usize::try_from(left).unwrap_or(usize::MAX)),
            Coding::UntilClose => (0, 0, usize::MAX),
        };
        let base = if self.tx.is_empty() { 0 } else { self.tx.end() };
        let room = tx.len().saturating_sub(base + front + back).min(limit);
        if room == 0 && limit > 0 {
            return Ok(false);
        }
        let start = base + front;
        let area = tx.get_mut(start..start + room).unwrap_or_default();
        let input = self.piece.bytes(rx);
        let nothing = Body::default();
        let mut stream = Stream {
            request: self.request(rx, &nothing, 0, false, host),
            input,
            writer: Writer::new(area),
            position: self.passed,
            is_cut: false,
        };
        let flow = producer(host.app, &mut stream);
        let taken = input.len().saturating_sub(stream.input.len());
        let (written, overflowed) = (stream.writer.written().len(), stream.writer.overflowed());
        let is_cut = overflowed || stream.is_cut;
        self.piece.take(taken);
        self.passed += written as u64;
        let left = left.saturating_sub(written as u64);
        self.tail = Tail::Produced { producer, coding, left };
        let all_written = coding == Coding::Length && left == 0;
        let flow = match flow? {
            _ if is_cut && all_written => Err("a body is longer than its announced length"),
            _ if overflowed => Err("a body wrote more than it had room for"),
            Flow::Done if coding == Coding::Length && !all_written => {
                Err("a body ended before its announced length")
            }
            _ if all_written => Ok(Flow::Done),
            flow => Ok(flow),
        };
        let moved = written > 0 || taken > 0;
        match flow.map_err(Failure::internal)? {
            Flow::Done => self.tail = Tail::None,
            Flow::Wait(ms) => self.pause(ms),
            // With input still to come, it is called when that arrives.
            Flow::More if !moved && self.body.is_done() => self.pause(MORE_PAUSE_MS),
            Flow::More => {}
        }
        let complete = matches!(self.tail, Tail::None);
        if !moved && !complete {
            return Ok(false);
        }
        let end = match coding {
            Coding::Chunked => frame_chunk(tx, base, written, complete),
            _ => start + written,
        };
        if self.tx.is_empty() {
            self.tx = Window::at(base);
        }
        self.tx.received(end.saturating_sub(base));
        Ok(true)
    }

    fn pause(&mut self, ms: u32) {
        self.phase = Phase::Pause;
        self.pause_ms = ms;
    }
}

/// A producer that has more, but wrote nothing, is asked again so soon.
const MORE_PAUSE_MS: u32 = 10;
