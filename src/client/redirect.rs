use core::fmt;

use super::message::Plan;
use super::payload::Payload;
use crate::wire::{BufferTooSmall, Method, Needed, Url, UrlError};

/// So many redirects are followed where the request does not say, if it has a safe method.
pub(super) const DEFAULT_LIMIT: u8 = 5;

/// The header that must be kept to follow one.
pub(super) const NEEDED: Needed = Needed { name: "Location", codes: &[301, 302, 303, 307, 308] };

/// How the request goes on after a response with this status, if that is a redirect which can be
/// followed (RFC 9110 section 15.4).
pub(super) fn next<'r>(code: u16, plan: &Plan<'r>) -> Option<Plan<'r>> {
    let mut next = Plan { hops: plan.hops.saturating_add(1), ..*plan };
    #[cfg(feature = "digest")]
    {
        next.answers = 0;
    }
    let to_get = match code {
        301 | 302 => plan.method == Method::POST,
        303 => plan.method != Method::HEAD,
        307 | 308 => false,
        _ => return None,
    };
    if to_get {
        (next.method, next.payload, next.is_bodiless) = (Method::GET, Payload::None, true);
    }
    next.payload.is_repeatable().then_some(next)
}

/// Whether credentials for `from` may be sent to `to`, and whether `to` may be gone to at all.
pub(super) fn is_same_server(from: &Url<'_>, to: &Url<'_>) -> Result<bool, RedirectError> {
    if from.is_https() && !to.is_https() {
        return Err(RedirectError::Insecure);
    }
    let same_host = from.host().eq_ignore_ascii_case(to.host()) && from.port() == to.port();
    Ok(same_host && from.scheme() == to.scheme())
}

/// Why a redirect was not followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum RedirectError {
    /// There were more than [`Request::redirects`](super::Request::redirects) allows.
    TooMany {
        /// So many are allowed.
        limit: u8,
    },
    /// It does not lead to a URL of http or https.
    Url(UrlError),
    /// It leads from https to plain http.
    Insecure,
    /// Its URL and the request to it do not fit into the buffer together.
    TooLong(BufferTooSmall),
}

impl fmt::Display for RedirectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooMany { limit } => {
                write!(f, "more than {limit} redirects: the server sends in circles, or allow more")
            }
            Self::Url(error) => write!(f, "redirect leads nowhere: {error}"),
            Self::Insecure => {
                f.write_str("redirect leads from https to plain http, which is not followed")
            }
            Self::TooLong(BufferTooSmall { have, need }) => write!(
                f,
                "redirect and the request to it need at least {need} bytes, and the buffer has {have}"
            ),
        }
    }
}

impl core::error::Error for RedirectError {}
