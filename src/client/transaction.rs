//! A whole call without I/O: what is to be done next, and what is made of how it went.

mod address;
mod deadlines;
mod progress;

use super::exchange::Exchange;
use super::extra::{Attempt, Target, split};
use super::log;
use super::request::parts::Parts;
use super::request::proxy::{Tunnel, Tunnelling};
pub(super) use super::step::Step;
use super::{Failed, RequestError};
use crate::hal::Deadline;
use crate::net::Timeouts;
use crate::wire::Url;
pub(super) use progress::RETRY;

/// One call, from the address of its host to the last byte of its body, over as many connections as it takes.
///
/// ```text
/// loop { match next(..)? { a step => carry it out, and tell how it went; Step::Done => it is } }
/// ```
///
/// It never sees a stack, a socket or a clock, and refers to nothing, so it stays where its owner has it. The buffer and
/// the request are those of [`begin`](Self::begin) in each step; the request may be gone once the response is there.
pub(super) struct Transaction {
    pub(super) exchange: Exchange,
    stage: Stage,
    target: Target,
    tunnel: Tunnel,
    timeouts: Timeouts,
    pub(super) abilities: Abilities,
    /// When the current phase must be over; begins when nothing can be done for the first time.
    deadline: Option<Deadline>,
    /// When the whole body must be there; begins behind the head.
    body_deadline: Option<Deadline>,
    /// The connection was used before, and may be stale: then this begins again over a new one.
    retry: Option<Retry>,
    /// The bytes that arrive go straight to the caller's slice.
    is_direct: bool,
    /// Sending broke: an answer that has arrived is the answer; if there is none, the call has failed.
    is_broken: bool,
    /// The time to send is over: the same, but it need not have arrived as a whole.
    is_last_look: bool,
    /// The stack has no room to send.
    is_full: bool,
    /// Each piece of the body has a time of its own.
    renews: bool,
    /// The socket of the last connection is still to be closed.
    closes: bool,
}

/// What the transport can do.
#[derive(Clone, Copy)]
pub(super) struct Abilities {
    /// It can carry https.
    pub(super) tls: bool,
    /// It can begin with TLS in the tunnel of a proxy; this is what makes one.
    pub(super) tunnelling: Option<&'static Tunnelling>,
}

/// Begins again over a new connection; whether that can be done.
pub(super) type Retry = fn(&mut Transaction, &Parts<'_>, &mut [u8]) -> bool;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Find an address.
    Resolve,
    /// Connect to it.
    Connect,
    /// That has failed: find one of the other kind.
    ResolveOther,
    /// Connect to an address which is the last one to try.
    ConnectLast,
    /// Ask the proxy for a tunnel.
    Tunnel,
    /// Begin with TLS in the tunnel.
    Secure,
    /// Send the request, and receive the head of the response.
    Talk,
    /// The response is there, its body is still to be read.
    Body,
    /// It has failed, or was closed.
    Over,
}

/// What is wanted of a call.
pub(super) enum Goal<'o> {
    /// The head of the response.
    Head,
    /// Bytes of the body, in this slice, which they are received into if nothing is in between.
    Bytes(&'o mut [u8]),
    /// All of the body, in the buffer: [`CONTENT`](Self::CONTENT).
    Content(Gather),
}

/// Gathers what is there, and fails if the rest cannot fit. Returns whether that is all.
///
/// Goals hold a pointer to it, so that an image that only reads bodies in pieces does not hold the code.
pub(super) type Gather = fn(&mut Exchange, &mut [u8]) -> Result<bool, Failed>;

impl Goal<'_> {
    pub(super) const CONTENT: Self = Self::Content(Exchange::gather_all);
    /// The head of the response; if that is a 101, the connection is not closed behind it.
    #[cfg(feature = "websocket")]
    pub(super) const UPGRADE: Self = Self::Content(Exchange::upgrade);
}

/// What is made of an error.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Recovery {
    /// It is that of the call.
    None,
    /// It goes on in another way.
    Other,
    /// It goes on if an answer has arrived; if not, it is that of the call.
    Answer,
}

impl Transaction {
    pub(super) const fn new() -> Self {
        Self {
            exchange: Exchange::new(Attempt::FIRST, false, None),
            stage: Stage::Over,
            target: Target::NONE,
            tunnel: Tunnel::NEW,
            timeouts: Timeouts::each(0),
            abilities: Abilities { tls: false, tunnelling: None },
            deadline: None,
            body_deadline: None,
            retry: None,
            is_direct: false,
            is_broken: false,
            is_last_look: false,
            is_full: false,
            renews: false,
            closes: false,
        }
    }

    /// Writes the request into the buffer. Returns where it goes.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn begin<'u>(
        &mut self,
        request: &Parts<'u>,
        buffer: &'u mut [u8],
        attempt: Attempt,
        keep_alive: bool,
    ) -> Result<Url<'u>, RequestError> {
        let (room, urls) = split(buffer, attempt.taken);
        let text = attempt.url_of(request.url, urls);
        let url = Url::parse(text)?;
        if let Some(proxy) = request.proxy {
            proxy.check(&request.headers)?;
        }
        self.exchange.begin(request, attempt, &url, room, keep_alive)?;
        log::request(request.method, &url);
        self.timeouts = request.timeouts;
        self.body_deadline = None;
        self.target = request.target(text, &url);
        self.connect_anew();
        Ok(url)
    }

    /// The request goes over a connection that is there already.
    pub(super) fn reuse(&mut self, retry: Retry) {
        self.stage = Stage::Talk;
        self.retry = Some(retry);
    }

    /// What to do next.
    #[inline(never)]
    pub(super) fn next<'x>(
        &'x mut self,
        request: Option<&'x Parts<'_>>,
        buffer: &'x mut [u8],
        now_ms: u32,
        goal: &'x mut Goal<'_>,
    ) -> Step<'x> {
        if core::mem::take(&mut self.closes) {
            return Step::Close;
        }
        let taken = self.exchange.taken();
        if let Stage::Body | Stage::Over = self.stage {
            return self.next_of_body(split(buffer, taken).0, now_ms, goal);
        }
        let Some(request) = request else { return Step::Failed };
        match self.stage {
            Stage::Tunnel if self.is_full => Step::Wait,
            Stage::Tunnel => {
                let (_, urls) = split(buffer, taken);
                let url = self.exchange.attempt().url_of(request.url, urls);
                let tunnelling = self.tunnelling(Some(request));
                self.tunnel.next(tunnelling, request.proxy, url)
            }
            Stage::Secure => Step::Secure { host: self.host(request, buffer) },
            Stage::Talk => self.next_of_talk(request, buffer, now_ms, goal),
            _ => self.next_of_connecting(request, buffer),
        }
    }

    /// What to do next until the head of the response is there.
    fn next_of_talk<'x>(
        &'x mut self,
        request: &'x Parts<'_>,
        buffer: &'x mut [u8],
        now_ms: u32,
        goal: &'x mut Goal<'_>,
    ) -> Step<'x> {
        let taken = self.exchange.taken();
        if !self.exchange.is_sent() {
            if self.is_full {
                return self.listen(request, split(buffer, taken).0);
            }
            match self.exchange.has_output(request, split(buffer, taken).0) {
                Err(Failed) => return Step::Failed,
                Ok(true) => {
                    let output = self.exchange.output(request, split(buffer, taken).0);
                    return Step::Send(output);
                }
                Ok(false) => {}
            }
        }
        if !self.exchange.is_answered() {
            return self.receive(Some(request), split(buffer, taken).0);
        }
        log::response(self.exchange.status_code());
        self.is_broken = false;
        match self.exchange.follow(request, buffer, &mut self.target) {
            Err(Failed) => return Step::Failed,
            Ok(true) => {
                self.connect_anew();
                return Step::Close;
            }
            Ok(false) => {}
        }
        self.stage = Stage::Body;
        self.deadline = None;
        self.next_of_body(split(buffer, taken).0, now_ms, goal)
    }

    /// Receives into the buffer.
    fn receive<'x>(&mut self, request: Option<&Parts<'_>>, room: &'x mut [u8]) -> Step<'x> {
        match self.exchange.make_room(request, room) {
            Ok(()) => Step::Receive(self.exchange.room(room)),
            Err(Failed) => Step::Failed,
        }
    }
}

impl Abilities {
    /// https is never carried in plain text.
    pub(super) fn check(self, is_https: bool, has_proxy: bool) -> Result<(), RequestError> {
        match is_https {
            true if !self.tls => Err(RequestError::Https),
            true if has_proxy && self.tunnelling.is_none() => Err(RequestError::Tunnel),
            _ => Ok(()),
        }
    }
}
