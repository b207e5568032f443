//! Bodies that are forms or JSON, and what they say they are.

use core::str::FromStr;

use super::request::parse;
use super::{Failure, Request};
use crate::wire::{Pairs, Status, split_first};

/// A body that is taken for what the handler says it is, whatever its `Content-Type`: see
/// [`Request::any_type`].
#[derive(Debug)]
pub struct AnyType<'r, 'c, T = ()>(&'r Request<'c, T>);

impl<'c, T> Request<'c, T> {
    /// The pairs of a body that is an HTML form, `Content-Type: application/x-www-form-urlencoded`.
    ///
    /// # Errors
    /// As [`text`](Self::text); a failure with status 415 if it says that it is something else, or nothing.
    /// Where that header was dropped for want of room, it is taken for a form.
    pub fn form(&self) -> Result<Pairs<'c>, Failure> {
        const FORM: &str = "application/x-www-form-urlencoded";
        let is_form = self.essence().eq_ignore_ascii_case(FORM);
        // A page of another origin may send forms: to look at this keeps nobody out, but mistakes.
        if !is_form && (self.header("Content-Type").is_some() || !self.headers_dropped()) {
            return Err(unsupported("a body has to be a form here, and to say so", FORM));
        }
        self.any_type().form()
    }

    /// The value of `name` in the [form](Self::form) as a number, or anything else that can be parsed.
    ///
    /// # Errors
    /// A failure with status 422 that names it, if it is missing, not such a value, or longer than 64
    /// bytes; those of [`form`](Self::form).
    pub fn form_as<V: FromStr>(&self, name: &'static str) -> Result<V, Failure> {
        value_of(&self.form()?, name)
    }

    /// The body as a value; its strings may point into the body (`&str`), whatever escapes they have.
    ///
    /// It has to say that it is JSON: `Content-Type: application/json`, or one that ends in `+json`. So no page
    /// of another origin can have a browser send it unasked: for that type it has to ask first (CORS). To take
    /// it without that, there is [`any_type`](Self::any_type).
    ///
    /// Escapes are undone in the body's own place, so this takes the body: it can be asked once for each request, and
    /// not behind [`body`](Self::body), [`text`](Self::text) or [`form`](Self::form). Fields that the type does not have are
    /// passed over; lists and objects may be nested 32 deep.
    ///
    /// # Errors
    /// A failure with status 415 if it does not say that it is JSON; 431 if that header had no room. One with status 400
    /// if it is not such a value; the client and the [`Hook`](super::Hook) are told the byte
    /// and the field ([`Detail::Json`](super::Detail::Json)). One with status 500 if the body was looked at or taken before.
    #[cfg(feature = "json")]
    pub fn json<V: serde::Deserialize<'c>>(&self) -> Result<V, Failure> {
        self.says_json()?;
        self.any_type().json()
    }

    /// The value of `name` in a body that is a JSON object: a number, a `bool`, or anything else that owns its parts,
    /// such as a `heapless::String`, an array or an `Option`, which is `None` where there is no such value.
    ///
    /// Unlike [`json`](Self::json) this leaves the body as it is, so it can be asked for one value after the other, each
    /// time for the price of reading all of the body; but also not behind [`body`](Self::body), [`text`](Self::text) or
    /// [`form`](Self::form).
    ///
    /// # Errors
    /// As [`json`](Self::json), also if the value takes more than 64 bytes as it is written.
    #[cfg(feature = "json")]
    pub fn json_as<V: serde::de::DeserializeOwned>(
        &self,
        name: &'static str,
    ) -> Result<V, Failure> {
        self.says_json()?;
        self.any_type().json_as(name)
    }

    /// The body as form or JSON, whatever it says that it is: for clients that say nothing, such as
    /// `urequests.post(url, data=..)`, or something else, such as `curl --data`.
    ///
    /// Then any page of any site can have a browser send it: do so only where that does no harm, or where
    /// another guard stands in front.
    ///
    /// ```
    /// use nal_http::server::{Answer, Reply, Request};
    ///
    /// fn set(level: &mut u8, request: &mut Request<'_>, reply: &mut Reply<'_>) -> Answer {
    ///     *level = request.any_type().form_as("level")?;
    ///     reply.no_content()
    /// }
    /// ```
    #[must_use]
    pub fn any_type(&self) -> AnyType<'_, 'c, T> {
        AnyType(self)
    }

    /// Type and subtype of the body, without parameters.
    fn essence(&self) -> &'c str {
        let value = self.header("Content-Type").unwrap_or_default();
        split_first(value, b';').0.trim_ascii()
    }

    #[cfg(feature = "json")]
    fn says_json(&self) -> Result<(), Failure> {
        let essence = self.essence();
        let suffix = essence.len().checked_sub("+json".len()).and_then(|at| essence.get(at..));
        if essence.eq_ignore_ascii_case("application/json")
            || suffix.is_some_and(|suffix| suffix.eq_ignore_ascii_case("+json"))
        {
            return Ok(());
        }
        if self.header("Content-Type").is_none() && self.headers_dropped() {
            return Err(no_content_type());
        }
        Err(unsupported("a body has to be JSON here, and to say so", "application/json"))
    }
}

impl<'c, T> AnyType<'_, 'c, T> {
    /// As [`Request::form`].
    ///
    /// # Errors
    /// As [`Request::text`].
    pub fn form(&self) -> Result<Pairs<'c>, Failure> {
        self.0.text().map(Pairs::new)
    }

    /// As [`Request::form_as`].
    ///
    /// # Errors
    /// As that, but for 415.
    pub fn form_as<V: FromStr>(&self, name: &'static str) -> Result<V, Failure> {
        value_of(&self.form()?, name)
    }

    /// As [`Request::json`].
    ///
    /// # Errors
    /// As that, but for 415 and 431.
    #[cfg(feature = "json")]
    pub fn json<V: serde::Deserialize<'c>>(&self) -> Result<V, Failure> {
        let body = self.0.take_body()?;
        crate::json::parse(body).map_err(Failure::from)
    }

    /// As [`Request::json_as`].
    ///
    /// # Errors
    /// As that, but for 415 and 431.
    #[cfg(feature = "json")]
    pub fn json_as<V: serde::de::DeserializeOwned>(
        &self,
        name: &'static str,
    ) -> Result<V, Failure> {
        let body = self.0.take_body()?;
        let value = crate::json::member(body, name);
        self.0.body.put_back(body);
        value.map_err(Failure::from)
    }
}

/// It says what would be accepted (RFC 9110 section 15.5.16).
pub(super) fn unsupported(message: &'static str, accepted: &'static str) -> Failure {
    Failure::new(Status::UNSUPPORTED_MEDIA_TYPE, message).header("Accept", accepted)
}

/// What the body is was said, and had no room.
pub(super) fn no_content_type() -> Failure {
    let message = "there was no room for a header that is needed here: Content-Type";
    Failure::new(Status::REQUEST_HEADER_FIELDS_TOO_LARGE, message)
}

fn value_of<V: FromStr>(form: &Pairs<'_>, name: &'static str) -> Result<V, Failure> {
    let failure = |message| Failure::new(Status::UNPROCESSABLE_CONTENT, message).field(name);
    parse(form.get(name)).map_err(failure)
}
