use core::cell::RefCell;
use core::fmt;

use heapless::{String, Vec};

use crate::client::extra::{Extra, IncomingHead, Next, OutgoingHead};
use crate::client::{RequestError, ResponseError};
use crate::wire::{Needed, SetCookie, Url, default_path, domain_covers, path_covers};

const SET_COOKIE: &str = "Set-Cookie";
/// So that no cookie is lost; the date tells which have expired.
const NEEDED: &[Needed] =
    &[Needed { name: SET_COOKIE, codes: &[] }, Needed { name: "Date", codes: &[] }];

/// Up to `N` cookies of servers, each with at most `L` bytes: name, value, host and path together (RFC 6265).
///
/// Given to requests with [`Request::cookies`](crate::client::Request::cookies), it keeps what the responses set, those of redirects
/// included, and sends to each server what is for it. On a 32-bit target it takes `N` × (`L` + 24) bytes and 16.
///
/// A name and a value are sent back as they came, whatever characters they have. Cookies stay until a server takes them
/// back or the firmware starts again: there is no calendar here, so `Max-Age` and `Expires` count only where they delete,
/// and the answer's `Date` tells what has expired (without one, what did before 2026). When there are too many, the one
/// that was set first goes. There is no list of public suffixes (`co.uk`): what such a domain sets is sent to all its
/// hosts, so talk to servers you know.
///
/// ```
/// # fn demo<S>(client: &mut nal_http::client::Client<'_, S, impl nal_http::hal::Clock>)
/// # -> Result<(), nal_http::client::ErrorOf<S>> where S: nal_http::net::Transport {
/// use nal_http::client::Cookies;
///
/// let cookies = Cookies::<4>::new();
/// let mut buffer = [0; 512];
/// let login = [("user", "光"), ("password", "secret")];
/// client.post("http://192.168.0.9/login").form(&login).cookies(&cookies).send(&mut buffer)?;
/// client.get("http://192.168.0.9/light").cookies(&cookies).send(&mut buffer)?;
/// # Ok(())
/// # }
/// ```
pub struct Cookies<const N: usize, const L: usize = 256> {
    jar: RefCell<Jar<N, L>>,
}

struct Jar<const N: usize, const L: usize> {
    /// Those with the longest path first, as they are sent.
    cookies: Vec<Cookie<L>, N>,
    /// Counts what was set.
    set: u32,
    dropped: u32,
}

struct Cookie<const L: usize> {
    /// Name, `=`, value, host and path.
    text: String<L>,
    name_end: usize,
    pair_end: usize,
    host_end: usize,
    /// Also the hosts below it get the cookie.
    is_domain: bool,
    is_secure: bool,
    /// When it was set, in the order of all.
    number: u32,
}

impl<const N: usize, const L: usize> Cookies<N, L> {
    /// Without a cookie.
    #[must_use]
    pub const fn new() -> Self {
        Self { jar: RefCell::new(Jar { cookies: Vec::new(), set: 0, dropped: 0 }) }
    }

    /// How many cookies there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.jar.try_borrow().map_or(0, |jar| jar.cookies.len())
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many cookies gave way to others, or were set and not kept: they did not fit, into the jar or into the buffer
    /// of the request, are not UTF-8, or may not be set by that server. Dates and codings of a body that the buffer had no
    /// room for are counted, too.
    #[must_use]
    pub fn dropped(&self) -> u32 {
        self.jar.try_borrow().map_or(0, |jar| jar.dropped)
    }

    /// Forgets all.
    pub fn clear(&self) {
        if let Ok(mut jar) = self.jar.try_borrow_mut() {
            jar.cookies.clear();
        }
    }
}

impl<const N: usize, const L: usize> Default for Cookies<N, L> {
    fn default() -> Self {
        Self::new()
    }
}

impl<const N: usize, const L: usize> fmt::Debug for Cookies<N, L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Their values are secrets.
        f.debug_struct("Cookies").field("len", &self.len()).finish_non_exhaustive()
    }
}

impl<const N: usize, const L: usize> Extra for Cookies<N, L> {
    /// Adds those that are for this URL, if there are any.
    fn request(&self, head: &mut OutgoingHead<'_>) -> Result<(), RequestError> {
        let Ok(jar) = self.jar.try_borrow() else { return Ok(()) };
        if head.has("Cookie") {
            return Ok(());
        }
        let url = head.url();
        let writer = head.writer();
        let mut separator = "Cookie: ";
        for cookie in jar.cookies.iter().filter(|cookie| cookie.is_for(url)) {
            writer.str(separator);
            writer.str(cookie.pair());
            separator = "; ";
        }
        if separator == "; " {
            writer.str("\r\n");
        }
        Ok(())
    }

    fn needs(&self) -> &'static [Needed] {
        NEEDED
    }

    /// Keeps what the response has set.
    fn response(&self, head: &mut IncomingHead<'_>) -> Result<Next, ResponseError> {
        let (Ok(mut jar), Ok(url)) = (self.jar.try_borrow_mut(), Url::parse(head.url())) else {
            return Ok(Next::Proceed);
        };
        let headers = head.headers();
        let now = headers.get("Date");
        for (_, value) in headers.filter(|(name, _)| name.eq_ignore_ascii_case(SET_COOKIE)) {
            let value = core::str::from_utf8(value).ok();
            let cookie = value.and_then(|value| SetCookie::parse_at(value, now));
            let cookie = cookie.filter(|cookie| cookie.may_come_from(url.host(), url.is_https()));
            if !cookie.is_some_and(|cookie| jar.keep(&url, &cookie)) {
                jar.dropped = jar.dropped.saturating_add(1);
            }
        }
        jar.dropped = jar.dropped.saturating_add(head.lost().into());
        Ok(Next::Proceed)
    }

    /// It knows for whom each cookie is.
    fn is_for_other_origins(&self) -> bool {
        true
    }
}

impl<const N: usize, const L: usize> Jar<N, L> {
    /// Whether it is kept, or has taken one back.
    fn keep(&mut self, url: &Url<'_>, set: &SetCookie<'_>) -> bool {
        self.set = self.set.wrapping_add(1);
        let host = set.domain.unwrap_or(url.host());
        let path = set.path.unwrap_or(default_path(url.path()));
        let place = (set.name, host, path);
        let old = self.cookies.iter().find(|cookie| cookie.is_at(place));
        if let Some((number, is_secure)) = old.map(|old| (old.number, old.is_secure)) {
            if is_secure && !url.is_https() {
                // What came over https is not changed by who sits in between.
                return false;
            }
            self.forget(number);
        }
        if set.is_over {
            return true;
        }
        let Some(cookie) = Cookie::new(set, host, path, self.set) else { return false };
        if self.cookies.is_full() {
            let numbers = self.cookies.iter().map(|cookie| cookie.number);
            let Some(oldest) = numbers.max_by_key(|number| self.set.wrapping_sub(*number)) else {
                return false;
            };
            self.forget(oldest);
            self.dropped = self.dropped.saturating_add(1);
        }
        let shorter = |other: &Cookie<L>| other.path().len() < path.len();
        let at = self.cookies.iter().position(shorter).unwrap_or(self.cookies.len());
        // There is room now.
        self.cookies.insert(at, cookie).is_ok()
    }

    fn forget(&mut self, number: u32) {
        self.cookies.retain(|cookie| cookie.number != number);
    }
}

impl<const L: usize> Cookie<L> {
    fn new(set: &SetCookie<'_>, host: &str, path: &str, number: u32) -> Option<Self> {
        let mut text = String::new();
        let mut push = |part: &str| {
            text.push_str(part).ok()?;
            Some(text.len())
        };
        let name_end = push(set.name)?;
        push("=")?;
        let pair_end = push(set.value)?;
        let host_end = push(host)?;
        push(path)?;
        let (is_domain, is_secure) = (set.domain.is_some(), set.is_secure);
        Some(Self { text, name_end, pair_end, host_end, is_domain, is_secure, number })
    }

    fn part(&self, from: usize, to: usize) -> &str {
        self.text.get(from..to).unwrap_or_default()
    }

    fn pair(&self) -> &str {
        self.part(0, self.pair_end)
    }

    fn host(&self) -> &str {
        self.part(self.pair_end, self.host_end)
    }

    fn path(&self) -> &str {
        self.part(self.host_end, self.text.len())
    }

    fn is_at(&self, (name, host, path): (&str, &str, &str)) -> bool {
        let is_host = self.host().eq_ignore_ascii_case(host);
        self.part(0, self.name_end) == name && is_host && self.path() == path
    }

    fn is_for(&self, url: &Url<'_>) -> bool {
        let is_host = if self.is_domain {
            domain_covers(self.host(), url.host())
        } else {
            self.host().eq_ignore_ascii_case(url.host())
        };
        is_host && path_covers(self.path(), url.path()) && (url.is_https() || !self.is_secure)
    }
}
