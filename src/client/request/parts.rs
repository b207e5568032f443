use core::net::SocketAddr;

use heapless::Vec;

use super::payload::{Payload, WritePairs};
use super::proxy::Proxy;
use super::trailers::KeepTrailers;
use crate::client::extra::{Attempt, Extra, OutgoingHead, Pairs, Preset, Target};
use crate::client::extras::redirects::Redirects;
use crate::client::{CallError, MAX_EXTRAS, MAX_HEADERS, RequestError};
use crate::net::Timeouts;
use crate::wire::{HeadReader, HeadRules, Method, Needed, Url, Window};

/// What a request is made of.
#[derive(Clone)]
pub(in crate::client) struct Parts<'r> {
    pub(in crate::client) method: Method<'r>,
    pub(in crate::client) url: &'r str,
    pub(in crate::client) params: Option<(Pairs<'r>, WritePairs)>,
    pub(in crate::client) headers: Vec<(&'r str, &'r str), MAX_HEADERS, u8>,
    /// So many of them are those of the client.
    pub(in crate::client) defaults: u8,
    pub(in crate::client) too_many_headers: bool,
    pub(in crate::client) too_many_extras: bool,
    pub(in crate::client) with: Vec<&'r dyn Extra, MAX_EXTRAS, u8>,
    pub(in crate::client) auth: Option<Preset<'r>>,
    pub(in crate::client) redirects: Option<Redirects>,
    pub(in crate::client) write_extras: Option<WriteExtras>,
    pub(in crate::client) follow: Option<&'static Follow>,
    pub(in crate::client) proxy: Option<Proxy<'r>>,
    pub(in crate::client) payload: Option<Payload<'r>>,
    pub(in crate::client) keep_trailers: Option<KeepTrailers>,
    pub(in crate::client) timeouts: Timeouts,
    #[cfg(feature = "websocket")]
    pub(in crate::client) is_upgrade: bool,
    /// Names of response headers that must be kept.
    pub(in crate::client) wanted: &'r [&'r str],
    /// The most bytes that the head of the response may have.
    pub(in crate::client) head_limit: usize,
}

impl<'r> Parts<'r> {
    pub(in crate::client) fn new(method: Method<'r>, url: &'r str) -> Self {
        Self {
            method,
            url,
            params: None,
            headers: Vec::new(),
            defaults: 0,
            too_many_headers: false,
            too_many_extras: false,
            with: Vec::new(),
            auth: None,
            redirects: None,
            write_extras: None,
            follow: None,
            proxy: None,
            payload: None,
            keep_trailers: None,
            timeouts: Timeouts::default(),
            #[cfg(feature = "websocket")]
            is_upgrade: false,
            wanted: &[],
            head_limit: HeadRules::DEFAULT_LIMIT,
        }
    }

    /// The headers that the application has set. Those that the client adds are not for another server.
    pub(super) fn headers(&self, is_cross_origin: bool) -> Pairs<'_> {
        let left_out = if is_cross_origin { self.defaults.into() } else { 0 };
        self.headers.get(..self.headers.len().saturating_sub(left_out)).unwrap_or_default()
    }

    /// Whether a proxy is asked for a tunnel: for https, and for a WebSocket (RFC 6455 section 4.1).
    #[cfg_attr(
        not(feature = "websocket"),
        expect(clippy::unused_self, reason = "a WebSocket alone makes a difference")
    )]
    pub(in crate::client) const fn needs_tunnel(&self, is_https: bool) -> bool {
        #[cfg(feature = "websocket")]
        let is_https = is_https || self.is_upgrade;
        is_https
    }

    /// What is connected to for a URL, which is given as text, too.
    pub(in crate::client) fn target(&self, text: &str, url: &Url<'_>) -> Target {
        let at = (url.host().as_ptr() as usize).saturating_sub(text.as_ptr() as usize);
        let (ip, port) = match self.proxy {
            Some(proxy) => proxy.remote(),
            None => (url.ip(), url.port()),
        };
        let remote = ip.map(|ip| SocketAddr::new(ip, port));
        Target { host: (at, url.host().len()), remote, port, is_https: url.is_https() }
    }

    /// In the order in which they are asked.
    pub(in crate::client) fn extras(&self) -> impl Iterator<Item = &dyn Extra> {
        let auth = self.auth.iter().map(|auth| auth as &dyn Extra);
        let redirects = self.redirects.iter().map(|redirects| redirects as &dyn Extra);
        self.with.iter().map(|extra| *extra as &dyn Extra).chain(auth).chain(redirects)
    }

    /// What is to be done with the headers of the response; `needs` is room for those that are kept for the extras.
    pub(in crate::client) fn rules<'x>(&'x self, needs: &'x mut Needs) -> HeadRules<'x> {
        let needed = match self.follow {
            Some(follow) => (follow.needs)(self, needs),
            None => &[ENCODING],
        };
        HeadRules { wanted: self.wanted, needed, limit: self.head_limit }
    }
}

/// The headers of a response that are kept for what is done about it here.
pub(in crate::client) type Needs = [&'static [Needed]; MAX_EXTRAS + 3];

/// What keeps a body from being taken for text: it was not asked for, and no room is too small for it.
pub(in crate::client) const ENCODING: &[Needed] =
    &[Needed { name: "Content-Encoding", codes: &[] }];

/// Has the extras add their headers.
///
/// Requests that have some hold pointers to what asks them, so that an image whose requests have none does not hold the
/// code either.
pub(in crate::client) type WriteExtras =
    fn(&Parts<'_>, &mut OutgoingHead<'_>) -> Result<(), RequestError>;

/// What is asked for extras that look at responses.
pub(in crate::client) struct Follow {
    pub(in crate::client) needs: for<'x> fn(&Parts<'_>, &'x mut Needs) -> &'x [&'static [Needed]],
    /// Shows the head of a response to the extras. Returns the request that is to be sent next, if one asks for that:
    /// where it stands in the buffer, and how many bytes of its payload are there.
    pub(in crate::client) response: FollowResponse,
}

type FollowResponse = fn(
    &Parts<'_>,
    &mut Attempt,
    &mut HeadReader,
    &mut Target,
    keep_alive: bool,
    &mut [u8],
) -> Result<Option<(Window, usize)>, CallError>;
