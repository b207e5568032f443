mod response;
mod send;
mod tunnel;

use core::net::{IpAddr, SocketAddr};

use embedded_nal::AddrType;

use super::pool::Ticket;
use super::proxy::Proxy;
use super::request::Parts;
use super::{Error, ErrorOf, Exchange, Phase, RequestError, ResponseError, Turn, log};
use crate::hal::Deadline;
use crate::net::{Received, Timeouts, Transport, TransportError};
use crate::wire::Url;
use tunnel::Tunnel;

/// A request under way, as a `poll` that never blocks.
///
/// [`poll`](Self::poll) it until the head of the response is there, then [`read`](Self::read) the
/// body or [`collect`](Self::collect) it. The socket is closed when the body is complete, when
/// anything fails, and by [`close`](Self::close), whichever comes first; a call that is given up
/// must be closed.
///
/// ```
/// # fn demo<S: embedded_nal::TcpClientStack + embedded_nal::Dns>(stack: &mut S, mut now_ms: impl FnMut() -> u32)
/// # -> Result<(), Box<dyn std::error::Error>> where S::TcpSocket: 'static,
/// # nal_http::client::ErrorOf<S>: std::error::Error + 'static {
/// use nal_http::client::Request;
/// use nal_http::wire::Method;
/// use nal_http::nb::Error::{Other, WouldBlock};
///
/// let mut buffer = [0; 512];
/// let request = Request::new(Method::GET, "http://192.168.0.9/light");
/// let mut call = request.start(&mut buffer)?;
/// loop {
///     // ... everything else that the firmware does ...
///     match call.collect(stack, now_ms()) {
///         Ok(()) => break,
///         Err(WouldBlock) => {}
///         Err(Other(error)) => return Err(error.into()),
///     }
/// }
/// call.raise_for_status()?;
/// println!("{} {}", call.status_code(), call.text()?);
/// # Ok(())
/// # }
/// ```
pub struct Call<'r, 'b, K> {
    exchange: Exchange<'r, 'b>,
    socket: Option<K>,
    place: Place<'r, 'b>,
    step: Step,
    timeouts: Timeouts,
    /// When the current phase must be over; begins with the first poll.
    deadline: Option<Deadline>,
    /// When the whole body must be there; begins with the first poll behind the head.
    body_deadline: Option<Deadline>,
    /// Where in a [`Pool`](super::Pool) the connection has its place.
    ticket: Option<Ticket>,
    /// The connection was used before, and may be stale.
    is_reused: bool,
}

#[derive(Debug, Clone, Copy)]
enum Step {
    /// Find an address; of the other kind than one that could not be connected to, if there is one.
    Resolve(Option<IpAddr>),
    /// Connect; whether this address is the last one to try.
    Connect(SocketAddr, bool),
    /// Ask the proxy for a tunnel.
    Tunnel(Tunnel),
    /// Begin with TLS in the tunnel.
    Secure,
    Talk,
    Over,
}

/// Where the request goes.
#[derive(Debug, Clone, Copy)]
enum Place<'r, 'b> {
    Given(Url<'r>),
    /// The URL of a redirect, which is in the buffer.
    Moved(Url<'b>),
    /// It is there.
    Reached,
}

impl Place<'_, '_> {
    const fn url(&self) -> Option<&Url<'_>> {
        match self {
            Self::Given(url) => Some(url),
            Self::Moved(url) => Some(url),
            Self::Reached => None,
        }
    }
}

impl<'r, 'b, K> Call<'r, 'b, K> {
    /// Writes `request` into `buffer`.
    pub(super) fn new(request: &'r Parts<'_>, buffer: &'b mut [u8]) -> Result<Self, RequestError> {
        let url = Url::parse(request.url)?;
        let mut call = Self::idle(request, url, buffer, false);
        call.prepare(request, &url)?;
        Ok(call)
    }

    /// A call whose request is still to be written, by [`prepare`](Self::prepare): so it is made where it stays.
    ///
    /// `url` is that of the request; the connection may be kept.
    pub(super) fn idle(
        request: &'r Parts<'_>,
        url: Url<'r>,
        buffer: &'b mut [u8],
        keep_alive: bool,
    ) -> Self {
        Self {
            exchange: Exchange::idle(request, &url, buffer, keep_alive),
            socket: None,
            place: Place::Given(url),
            step: Step::Resolve(None),
            timeouts: request.timeouts,
            deadline: None,
            body_deadline: None,
            ticket: None,
            is_reused: false,
        }
    }

    /// Writes the request into the buffer.
    pub(super) fn prepare(
        &mut self,
        request: &Parts<'_>,
        url: &Url<'_>,
    ) -> Result<(), RequestError> {
        if let Some(proxy) = request.proxy {
            proxy.check(&request.headers)?;
        }
        self.exchange.prepare(url)?;
        log::request(request.method, url);
        Ok(())
    }

    /// Gives the connection a place in a pool, and goes over the one that was kept there.
    pub(super) fn keep_at(&mut self, ticket: Ticket, kept: Option<K>) {
        self.ticket = Some(ticket);
        if cfg!(feature = "keep-alive") && kept.is_some() {
            self.socket = kept;
            self.step = Step::Talk;
            self.is_reused = true;
        }
    }

    /// The connection and its place, if it can serve another request.
    pub(super) fn reusable(&mut self) -> Option<(Ticket, K)> {
        let ticket = self.ticket.filter(|_| self.exchange.is_reusable())?;
        self.socket.take().map(|socket| (ticket, socket))
    }

    /// The request and its response as bytes.
    #[must_use]
    pub fn exchange(&self) -> &Exchange<'r, 'b> {
        &self.exchange
    }

    /// How many milliseconds may pass before the call has to be polled to see that it is too late.
    #[must_use]
    pub fn remaining_ms(&self, now_ms: u32) -> u32 {
        let left = self.deadline.map_or(0, |deadline| deadline.remaining(now_ms));
        self.body_deadline.map_or(left, |deadline| deadline.remaining(now_ms).min(left))
    }

    /// Goes on until the head of the response is complete.
    ///
    /// # Errors
    /// `WouldBlock` if there is nothing to do now; else what went wrong, and the socket is closed.
    pub fn poll<S>(&mut self, stack: &mut S, now_ms: u32) -> nb::Result<(), ErrorOf<S>>
    where
        S: Transport<Socket = K>,
    {
        let result = self.advance(stack);
        self.conclude(stack, now_ms, result)
    }

    /// Reads from the body into `out`; 0 is its end.
    ///
    /// # Errors
    /// `WouldBlock` if nothing has arrived; else what went wrong, and the socket is closed.
    pub fn read<S>(
        &mut self,
        stack: &mut S,
        now_ms: u32,
        out: &mut [u8],
    ) -> nb::Result<usize, ErrorOf<S>>
    where
        S: Transport<Socket = K>,
    {
        let result = self.advance(stack).and_then(|()| self.read_body(stack, out));
        self.conclude(stack, now_ms, result)
    }

    /// Collects the rest of the body in the buffer, behind the head.
    ///
    /// # Errors
    /// `WouldBlock` if more is to come. [`ResponseError::TooLong`] if the buffer is too small: the
    /// call goes on, and the body can be read in pieces, from what was collected. Else what went wrong,
    /// and the socket is closed.
    pub fn collect<S>(&mut self, stack: &mut S, now_ms: u32) -> nb::Result<(), ErrorOf<S>>
    where
        S: Transport<Socket = K>,
    {
        let result = self.advance(stack).and_then(|()| self.collect_body(stack));
        self.conclude(stack, now_ms, result)
    }

    /// Closes the socket, if it is open.
    pub fn close<S: Transport<Socket = K>>(&mut self, stack: &mut S) {
        self.step = Step::Over;
        if let Some(socket) = self.socket.take() {
            stack.close(socket);
        }
    }

    /// The same call, once it is answered: what the request was made of may go.
    pub(super) fn detach(self) -> Call<'static, 'b, K> {
        Call {
            exchange: self.exchange.detach(),
            socket: self.socket,
            place: Place::Reached,
            step: if matches!(self.step, Step::Talk) { Step::Talk } else { Step::Over },
            timeouts: self.timeouts,
            deadline: self.deadline,
            body_deadline: self.body_deadline,
            ticket: self.ticket,
            is_reused: self.is_reused,
        }
    }

    /// Closes what is complete or broken, and what took too long.
    fn conclude<S, T>(
        &mut self,
        stack: &mut S,
        now_ms: u32,
        result: nb::Result<T, ErrorOf<S>>,
    ) -> nb::Result<T, ErrorOf<S>>
    where
        S: Transport<Socket = K>,
    {
        let result = if self.is_body_late(now_ms) {
            Err(nb::Error::Other(Error::TimedOut(Phase::Body)))
        } else {
            result
        };
        match result {
            Ok(value) => {
                // One that can be kept is left for the pool.
                let is_kept = self.ticket.is_some() && self.exchange.is_reusable();
                if self.exchange.is_done() && !is_kept {
                    self.close(stack);
                }
                self.deadline = None;
                Ok(value)
            }
            Err(nb::Error::WouldBlock) => {
                let deadline = self.deadline.unwrap_or(Deadline::after(now_ms, self.phase_ms()));
                self.deadline = Some(deadline);
                if deadline.is_over(now_ms) {
                    let late = Error::TimedOut(self.phase());
                    if self.phase() == Phase::Send {
                        // An answer that has arrived is given.
                        self.exchange.stop_sending();
                        if self.exchange.is_answered() || self.receive_head(stack).is_ok() {
                            self.deadline = None;
                            return Err(nb::Error::WouldBlock);
                        }
                    }
                    log::failure(&late);
                    self.close(stack);
                    return Err(nb::Error::Other(late));
                }
                Err(nb::Error::WouldBlock)
            }
            Err(nb::Error::Other(error)) => {
                log::failure(&error);
                if !matches!(error, Error::Response(ResponseError::TooLong(_))) {
                    self.close(stack);
                }
                Err(nb::Error::Other(error))
            }
        }
    }

    /// Whether the body should have been complete by now.
    fn is_body_late(&mut self, now_ms: u32) -> bool {
        let is_limited = self.timeouts.body_ms != Timeouts::NONE;
        if !is_limited || !self.exchange.is_answered() || self.exchange.is_done() {
            return false;
        }
        let deadline = Deadline::after(now_ms, self.timeouts.body_ms);
        self.body_deadline.get_or_insert(deadline).is_over(now_ms)
    }

    fn phase(&self) -> Phase {
        match self.step {
            Step::Resolve(..) | Step::Connect(..) | Step::Tunnel(..) | Step::Secure => {
                Phase::Connect
            }
            _ if !self.exchange.is_sent() => Phase::Send,
            _ if !self.exchange.is_answered() => Phase::Head,
            _ => Phase::Read,
        }
    }

    fn phase_ms(&self) -> u32 {
        match self.phase() {
            Phase::Connect => self.timeouts.connect_ms,
            Phase::Send => self.timeouts.send_ms,
            Phase::Head => self.timeouts.head_ms,
            Phase::Read | Phase::Body => self.timeouts.read_ms,
        }
    }

    fn advance<S>(&mut self, stack: &mut S) -> nb::Result<(), ErrorOf<S>>
    where
        S: Transport<Socket = K>,
    {
        let result = self.try_to_advance(stack);
        let is_stale = cfg!(feature = "keep-alive") && self.is_reused;
        if is_stale && matches!(result, Err(nb::Error::Other(_))) {
            if let Some(url) = self.exchange.restart() {
                // The server has closed the connection just when it was used again.
                self.close(stack);
                self.is_reused = false;
                (self.place, self.step) = (Place::Given(url), Step::Resolve(None));
                return self.try_to_advance(stack);
            }
        }
        result
    }

    fn try_to_advance<S>(&mut self, stack: &mut S) -> nb::Result<(), ErrorOf<S>>
    where
        S: Transport<Socket = K>,
    {
        loop {
            match self.step {
                Step::Resolve(failed) => self.resolve(stack, failed)?,
                Step::Connect(remote, is_last) => self.connect(stack, remote, is_last)?,
                Step::Tunnel(..) if S::TUNNELS => self.open_tunnel(stack)?,
                Step::Secure if S::TUNNELS => self.secure(stack)?,
                Step::Talk if !self.exchange.is_sent() => self.send(stack)?,
                Step::Talk if !self.exchange.is_answered() => self.receive_head(stack)?,
                Step::Talk => match self.exchange.follow().map_err(Error::from)? {
                    None => return Ok(()),
                    Some(turn) => {
                        self.close(stack);
                        if let Turn::Elsewhere(url) = turn {
                            self.place = Place::Moved(url);
                        }
                        self.step = Step::Resolve(None);
                        self.deadline = None;
                        self.is_reused = false;
                    }
                },
                Step::Over if self.exchange.is_done() => return Ok(()),
                Step::Tunnel(..) | Step::Secure | Step::Over => {
                    return Err(nb::Error::Other(ResponseError::Over.into()));
                }
            }
        }
    }

    /// What the request goes through.
    fn proxy(&self) -> Option<Proxy<'r>> {
        self.exchange.request.and_then(|request| request.proxy)
    }

    fn begin_to_talk(&mut self) {
        self.step = Step::Talk;
        self.deadline = None;
    }

    // Not in the frame of what receives: 80 bytes of stack less, for 32 of flash.
    #[inline(never)]
    fn resolve<S>(&mut self, stack: &mut S, failed: Option<IpAddr>) -> nb::Result<(), ErrorOf<S>>
    where
        S: Transport<Socket = K>,
    {
        let url = self.place.url().ok_or(ResponseError::Over).map_err(Error::from)?;
        let proxy = self.proxy();
        check_scheme::<S>(url, proxy.is_some()).map_err(Error::from)?;
        let mut server = *url;
        if let Some(proxy) = proxy {
            proxy.stand_in_for(&mut server);
        }
        let kind = match failed {
            None => AddrType::Either,
            Some(IpAddr::V6(_)) => AddrType::IPv4,
            Some(IpAddr::V4(_)) => AddrType::IPv6,
        };
        let found = match server.ip() {
            Some(ip) => Ok(ip),
            None => stack.resolve(server.host(), kind),
        };
        let is_last = failed.is_some() || server.ip().is_some();
        let ip = match (found, failed) {
            (Ok(ip), _) => ip,
            // There is no other address. It is tried once more, and its error is the one to tell.
            (Err(nb::Error::Other(_)), Some(failed)) => failed,
            (Err(error), _) => return Err(error.map(Error::Dns)),
        };
        self.socket = Some(stack.socket().map_err(Error::Socket)?);
        self.step = Step::Connect(SocketAddr::new(ip, server.port()), is_last);
        Ok(())
    }

    fn connect<S>(
        &mut self,
        stack: &mut S,
        remote: SocketAddr,
        is_last: bool,
    ) -> nb::Result<(), ErrorOf<S>>
    where
        S: Transport<Socket = K>,
    {
        let host = self.place.url().filter(|url| url.is_https()).map(Url::host);
        let is_tunnel = S::TUNNELS && host.is_some() && self.proxy().is_some();
        let socket = open(&mut self.socket)?;
        match stack.connect(socket, remote, host.filter(|_| !is_tunnel)) {
            Ok(()) if is_tunnel => {
                self.step = Step::Tunnel(Tunnel::default());
                Ok(())
            }
            Ok(()) => {
                self.begin_to_talk();
                Ok(())
            }
            Err(nb::Error::Other(TransportError::Tcp(_))) if !is_last => {
                self.close(stack);
                self.step = Step::Resolve(Some(remote.ip()));
                Ok(())
            }
            Err(error) => Err(error.map(|error| Error::of(error, Error::Connect))),
        }
    }

    fn receive_head<S>(&mut self, stack: &mut S) -> nb::Result<(), ErrorOf<S>>
    where
        S: Transport<Socket = K>,
    {
        self.receive(stack)?;
        if self.exchange.is_answered() {
            log::response(self.exchange.code());
            self.deadline = None;
        }
        Ok(())
    }

    /// Receives once into the buffer.
    fn receive<S>(&mut self, stack: &mut S) -> nb::Result<(), ErrorOf<S>>
    where
        S: Transport<Socket = K>,
    {
        let socket = open(&mut self.socket)?;
        let room = self.exchange.room().map_err(Error::from)?;
        match receive(stack, socket, room)? {
            Received::Data(n) => self.exchange.received(n).map_err(Error::from)?,
            Received::Idle => return Err(nb::Error::WouldBlock),
            Received::End => self.exchange.end_of_stream().map_err(Error::from)?,
        }
        Ok(())
    }
}

fn open<K, T, D>(socket: &mut Option<K>) -> Result<&mut K, Error<T, D>> {
    socket.as_mut().ok_or(Error::Response(ResponseError::Over))
}

fn receive<S: Transport>(
    stack: &mut S,
    socket: &mut S::Socket,
    buffer: &mut [u8],
) -> Result<Received, ErrorOf<S>> {
    stack.receive(socket, buffer).map_err(|error| Error::of(error, Error::Receive))
}

/// https is never carried in plain text.
pub(super) fn check_scheme<S: Transport>(
    url: &Url<'_>,
    has_proxy: bool,
) -> Result<(), RequestError> {
    match url.is_https() {
        true if !S::TLS => Err(RequestError::Https),
        true if has_proxy && !S::TUNNELS => Err(RequestError::Tunnel),
        _ => Ok(()),
    }
}
