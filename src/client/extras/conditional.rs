//! Requests for what has changed (RFC 9110 section 13).

use core::cell::RefCell;
use core::fmt;

use heapless::String;

use crate::client::extra::{Extra, IncomingHead, Next, OutgoingHead};
use crate::client::{RequestError, ResponseError};
use crate::wire::Needed;

const ETAG: &str = "ETag";
const LAST_MODIFIED: &str = "Last-Modified";
const NEEDED: &[Needed] =
    &[Needed { name: ETAG, codes: &[200] }, Needed { name: LAST_MODIFIED, codes: &[200] }];

/// Asks for a resource only if it has changed since the last time: configuration, a forecast, firmware.
///
/// It keeps the validator (`ETag`, or else `Last-Modified`, of up to `L` bytes) of the last response with status 200, and
/// sends it along with the next request (`If-None-Match`, `If-Modified-Since`; RFC 9110 section 13.1). If nothing has
/// changed, the response has the status 304 and no body. A validator is that of one URL, so each needs its own. `L` + 12
/// bytes on a 32-bit target.
///
/// ```
/// # fn demo<S>(client: &mut nal_http::client::Client<'_, S, impl nal_http::hal::Clock>)
/// # -> Result<(), nal_http::client::ErrorOf<S>> where S: nal_http::net::Transport {
/// use nal_http::client::Conditional;
///
/// let changed = Conditional::<64>::new();
/// let mut buffer = [0; 1024];
/// for _every_hour in 0..24 {
///     let mut response =
///         client.get("http://mpython.cn/config").with(&changed).send(&mut buffer)?;
///     if response.status_code() == 200 {
///         let config = response.text()?;
///     }
/// }
/// # Ok(())
/// # }
/// ```
pub struct Conditional<const L: usize = 64> {
    validator: RefCell<Validator<L>>,
}

struct Validator<const L: usize> {
    text: String<L>,
    is_date: bool,
}

impl<const L: usize> Conditional<L> {
    /// Of something that was never asked for.
    #[must_use]
    pub const fn new() -> Self {
        Self { validator: RefCell::new(Validator { text: String::new(), is_date: false }) }
    }

    /// Forgets the validator: the next response has all of it. For when the body could not be read, or was lost.
    pub fn clear(&self) {
        if let Ok(mut validator) = self.validator.try_borrow_mut() {
            validator.text.clear();
        }
    }
}

impl<const L: usize> Extra for Conditional<L> {
    fn request(&self, head: &mut OutgoingHead<'_>) -> Result<(), RequestError> {
        let Ok(validator) = self.validator.try_borrow() else { return Ok(()) };
        let name = if validator.is_date { "If-Modified-Since" } else { "If-None-Match" };
        if validator.text.is_empty() || head.has(name) {
            return Ok(());
        }
        head.header(name, &validator.text)
    }

    fn needs(&self) -> &'static [Needed] {
        NEEDED
    }

    fn response(&self, head: &mut IncomingHead<'_>) -> Result<Next, ResponseError> {
        if head.status_code() != 200 {
            return Ok(Next::Proceed);
        }
        if let Ok(mut validator) = self.validator.try_borrow_mut() {
            let headers = head.headers();
            let (tag, date) = (headers.get(ETAG), headers.get(LAST_MODIFIED));
            validator.is_date = tag.is_none();
            let text = tag.or(date).and_then(|text| String::try_from(text).ok());
            validator.text = text.unwrap_or_default();
        }
        Ok(Next::Proceed)
    }
}

impl<const L: usize> Default for Conditional<L> {
    fn default() -> Self {
        Self::new()
    }
}

impl<const L: usize> fmt::Debug for Conditional<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let validator = self.validator.try_borrow().map(|validator| validator.text.clone());
        f.debug_struct("Conditional").field("validator", &validator.ok()).finish()
    }
}
