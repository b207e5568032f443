use heapless::String;

use super::{Driver, abilities};
use crate::client::RequestError;
use crate::client::extra::Attempt;
use crate::client::request::parts::Parts;
use crate::client::transaction::RETRY;
use crate::net::{Received, Sockets, Transport};
use crate::wire::Url;

/// The longest host name whose connections are kept, in bytes; with a proxy, that of the way.
const MAX_NAME: usize = 64;

/// Up to `N` connections that are kept open for the next request to the same host and port, or through the
/// same proxy: http requests share one connection to it, whatever server they are for, and each https server has a
/// tunnel of its own. Names of up to 64 bytes are kept, or of host, port and proxy's URL together.
///
/// It is given to [`Client::keep_alive`](crate::client::Client::keep_alive), or begins and ends calls that are polled.
/// 80 bytes and a socket for each connection. [`close`](Self::close) it when it is not needed any more.
///
/// A connection is looked at before it is used again: one that the server has closed meanwhile is
/// replaced. If it closes in the very moment, the request is sent again over a new one, once, and only if no
/// byte of a response came and sending it twice does no harm (RFC 9110 section 9.2.2).
///
/// ```
/// # fn demo<S: embedded_nal::TcpClientStack + embedded_nal::Dns>(stack: &mut S, mut now_ms: impl FnMut() -> u32)
/// # -> Result<(), nal_http::client::RequestError> {
/// use nal_http::client::{Pool, Request};
/// use nal_http::nb;
/// use nal_http::wire::Method;
///
/// let mut pool = Pool::<S::TcpSocket, 1>::new();
/// let mut buffer = [0; 512];
/// let request = Request::new(Method::GET, "http://192.168.0.9/light");
/// for _ in 0..10 {
///     let mut call = pool.start(stack, &request, &mut buffer)?;
///     while matches!(call.collect(stack, now_ms()), Err(nb::Error::WouldBlock)) {
///         // ... everything else that the firmware does ...
///     }
///     pool.finish(stack, call);
/// }
/// pool.close(stack);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Pool<K, const N: usize> {
    places: [Place<K>; N],
    /// The place that is given to another host next.
    oldest: usize,
}

/// A connection that is kept, or that a call has taken and may give back.
#[derive(Debug)]
struct Place<K> {
    /// The host, or the way to it through a proxy.
    name: String<MAX_NAME>,
    port: u16,
    is_https: bool,
    /// Counts the hosts that have had the place.
    tenancy: u32,
    socket: Option<K>,
}

/// The place of a connection while a call uses it. It is void when another host has got the place.
#[derive(Debug, Clone, Copy)]
pub(in crate::client) struct Ticket {
    index: usize,
    tenancy: u32,
}

impl<K, const N: usize> Pool<K, N> {
    /// A pool without connections.
    #[must_use]
    pub const fn new() -> Self {
        let places = [const {
            Place { name: String::new(), port: 0, is_https: false, tenancy: 0, socket: None }
        }; N];
        Self { places, oldest: 0 }
    }

    /// Closes all connections.
    pub fn close<S: Transport<Socket = K>>(&mut self, stack: &mut S) {
        for place in &mut self.places {
            if let Some(socket) = place.socket.take() {
                stack.close(socket);
            }
        }
    }
}

/// What a client needs of a pool, whatever its size. It refers to one by this, so that an image whose clients have none
/// does not hold the code either.
pub(in crate::client) trait Keep<S: Sockets> {
    /// Writes the request of a call whose connection is to be kept, and finds one for it, or a place for its own.
    fn begin(
        &mut self,
        stack: &mut S,
        driver: &mut Driver<S::Socket>,
        request: &Parts<'_>,
        buffer: &mut [u8],
        attempt: Attempt,
    ) -> Result<(), RequestError>;

    /// Takes the connection of a call back, if it can serve another request.
    fn finish(&mut self, stack: &mut S, driver: &mut Driver<S::Socket>);
}

impl<S: Sockets, const N: usize> Keep<S> for Pool<S::Socket, N> {
    fn begin(
        &mut self,
        stack: &mut S,
        driver: &mut Driver<S::Socket>,
        request: &Parts<'_>,
        buffer: &mut [u8],
        attempt: Attempt,
    ) -> Result<(), RequestError> {
        driver.ticket = None;
        // What is wrong with the request is found before a connection is touched.
        let url = driver.transaction.begin(request, buffer, attempt, true)?;
        abilities::<S>().check(url.is_https(), request.proxy.is_some())?;
        let mut way = [0; MAX_NAME];
        let way = match request.proxy {
            Some(proxy) => {
                let in_tunnel = request.needs_tunnel(url.is_https());
                match proxy.way(&url, in_tunnel, &mut way) {
                    Some(way) => Some(way),
                    None => return Ok(()),
                }
            }
            None => None,
        };
        if let Some((ticket, kept)) = self.take(stack, &url, way) {
            driver.ticket = Some(ticket);
            driver.socket = kept.and_then(|socket| alive(stack, socket));
            if driver.socket.is_some() {
                driver.transaction.reuse(RETRY);
            }
        }
        Ok(())
    }

    fn finish(&mut self, stack: &mut S, driver: &mut Driver<S::Socket>) {
        if let Some(ticket) = driver.ticket.filter(|_| driver.transaction.exchange.is_reusable()) {
            if let Some(socket) = driver.socket.take() {
                self.put(stack, ticket, socket);
            }
        }
    }
}

impl<K, const N: usize> Pool<K, N> {
    /// The place of this server, which may have been another's before, and the connection that was kept
    /// there; `None` if there is no place for it.
    ///
    /// A server that is reached through a proxy is known by the way to it.
    fn take<S: Sockets<Socket = K>>(
        &mut self,
        stack: &mut S,
        url: &Url<'_>,
        way: Option<&str>,
    ) -> Option<(Ticket, Option<K>)> {
        let is_it = |place: &Place<K>| match way {
            Some(way) => *place.name == *way,
            None => {
                place.name.eq_ignore_ascii_case(url.host())
                    && (place.port, place.is_https) == (url.port(), url.is_https())
            }
        };
        if let Some(index) = self.places.iter().position(is_it) {
            let place = self.places.get_mut(index)?;
            return Some((Ticket { index, tenancy: place.tenancy }, place.socket.take()));
        }
        let name = String::try_from(way.unwrap_or(url.host())).ok()?;
        let index = self.oldest;
        self.oldest = if index + 1 < N { index + 1 } else { 0 };
        let place = self.places.get_mut(index)?;
        if let Some(socket) = place.socket.take() {
            stack.close(socket);
        }
        (place.name, place.port, place.is_https) = (name, url.port(), url.is_https());
        place.tenancy = place.tenancy.wrapping_add(1);
        Some((Ticket { index, tenancy: place.tenancy }, None))
    }

    /// Keeps a connection at its place, if that is still its own.
    fn put<S: Sockets<Socket = K>>(&mut self, stack: &mut S, ticket: Ticket, socket: K) {
        let place = self.places.get_mut(ticket.index);
        let surplus = match place.filter(|place| place.tenancy == ticket.tenancy) {
            // Of two calls to one server, side by side, one connection is kept.
            Some(place) => place.socket.replace(socket),
            None => Some(socket),
        };
        if let Some(socket) = surplus {
            stack.close(socket);
        }
    }
}

impl<K, const N: usize> Default for Pool<K, N> {
    fn default() -> Self {
        Self::new()
    }
}

/// The socket, if the server has neither closed it nor said anything unasked.
fn alive<S: Sockets>(stack: &mut S, mut socket: S::Socket) -> Option<S::Socket> {
    if matches!(stack.receive(&mut socket, &mut [0]), Ok(Received::Idle)) {
        return Some(socket);
    }
    stack.close(socket);
    None
}
