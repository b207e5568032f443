//! How a request is sent this time, and where to.

use core::net::SocketAddr;

use crate::wire::Url;

/// A buffer in two: what a message can be put into, and the URLs at its end.
pub(in crate::client) fn split(buffer: &mut [u8], taken: usize) -> (&mut [u8], &[u8]) {
    let at = buffer.len().saturating_sub(taken);
    match buffer.split_at_mut_checked(at) {
        Some((room, urls)) => (room, urls),
        None => (&mut [], &[]),
    }
}

/// How a request is sent this time: redirects and challenges change it.
#[derive(Clone, Copy)]
pub(in crate::client) struct Attempt {
    /// So many bytes at the end of the buffer hold URLs.
    pub(in crate::client) taken: usize,
    /// So many of them, the first, hold the one that counts, if that is not the request's own.
    pub(in crate::client) url: usize,
    pub(in crate::client) moved: Option<&'static Moved>,
    /// So many redirects were followed.
    pub(in crate::client) hops: u8,
    /// So often it was sent again to this URL.
    pub(in crate::client) answers: u8,
    /// One of them led to another server, which gets no credentials.
    pub(in crate::client) is_cross_origin: bool,
    /// One of them has made it a GET without a body.
    pub(in crate::client) is_get: bool,
}

impl Attempt {
    pub(in crate::client) const FIRST: Self = Self {
        taken: 0,
        url: 0,
        moved: None,
        hops: 0,
        answers: 0,
        is_cross_origin: false,
        is_get: false,
    };

    /// The URL that it goes to: the request's own, or the one at the end of the buffer.
    pub(in crate::client) fn url_of<'u>(&self, own: &'u str, urls: &'u [u8]) -> &'u str {
        match self.moved {
            Some(moved) => (moved.text)(urls.get(..self.url).unwrap_or_default()),
            None => own,
        }
    }

    /// User name and password in the URL of the request itself, which is this one unless it has moved.
    pub(in crate::client) fn user_info<'u>(&self, own: &'u str, url: &Url<'u>) -> Option<&'u str> {
        match self.moved {
            Some(moved) => (moved.user_info)(own),
            None => url.user_info(),
        }
    }

    /// Whether a header that the application has set is not sent this time.
    pub(in crate::client) fn leaves_out(&self, name: &str) -> bool {
        self.moved.is_some_and(|moved| (moved.leaves_out)(self, name))
    }
}

/// What is done about a URL that stands in the buffer. What puts one there points to it, so that an image whose requests
/// all go to their own does not hold the code.
pub(in crate::client) struct Moved {
    text: for<'u> fn(&'u [u8]) -> &'u str,
    user_info: for<'u> fn(&'u str) -> Option<&'u str>,
    leaves_out: fn(&Attempt, &str) -> bool,
}

impl Moved {
    pub(in crate::client) const INTO_BUFFER: &Self = &Self {
        text: |url| core::str::from_utf8(url).unwrap_or_default(),
        user_info: |own| Url::parse(own).ok().and_then(|url| url.user_info()),
        leaves_out,
    };
}

fn leaves_out(attempt: &Attempt, name: &str) -> bool {
    const SECRETS: &[&str] = &["Authorization", "Cookie", "Proxy-Authorization", "Host"];
    const OF_BODY: &[&str] = &["Content-Type", "Content-Encoding", "Content-Language"];
    let is_among = |names: &[&str]| names.iter().any(|own| name.eq_ignore_ascii_case(own));
    attempt.is_cross_origin && is_among(SECRETS) || attempt.is_get && is_among(OF_BODY)
}

/// What is connected to.
#[derive(Clone, Copy)]
pub(in crate::client) struct Target {
    /// Where the host stands in the URL.
    pub(in crate::client) host: (usize, usize),
    /// The address of the server or the proxy, once it is known.
    pub(in crate::client) remote: Option<SocketAddr>,
    /// Its port.
    pub(in crate::client) port: u16,
    pub(in crate::client) is_https: bool,
}

impl Target {
    pub(in crate::client) const NONE: Self =
        Self { host: (0, 0), remote: None, port: 0, is_https: false };
}
