//! Headers that many answers have.

use super::{Mistake, Reply};
use crate::server::{Answer, Cookie};
use crate::wire::Status;

impl Reply<'_> {
    /// An answer that sends the client elsewhere: `Location` and no body (RFC 9110 section 10.2.2). Behind
    /// a form, `Status::SEE_OTHER` has the browser GET a page, which can be reloaded without a question.
    ///
    /// The location is sent as it is: what comes from outside is to be checked, and to be escaped.
    ///
    /// ```
    /// use nal_http::server::{Answer, Reply, Request};
    /// use nal_http::wire::Status;
    ///
    /// fn switch(is_on: &mut bool, request: &mut Request<'_>, reply: &mut Reply<'_>) -> Answer {
    ///     *is_on = request.form_as("on")?;
    ///     reply.redirect(Status::SEE_OTHER, "/")
    /// }
    /// ```
    ///
    /// # Errors
    /// As [`no_content`](Self::no_content).
    pub fn redirect(&mut self, status: Status, location: &str) -> Answer {
        self.status(status).header("Location", location).body("", &[])
    }

    /// Sets a cookie. One that no browser would keep as it is meant is a mistake
    /// ([`Mistake::MalformedCookie`]); see [`Cookie`].
    pub fn cookie(&mut self, cookie: Cookie<'_>) -> &mut Self {
        if self.is_open(Mistake::LateHeader) {
            if cookie.is_valid() {
                cookie.write_to(self.header_writer());
            } else {
                self.fail(Mistake::MalformedCookie);
            }
        }
        self
    }

    /// Nobody keeps the answer (`Cache-Control: no-store`, RFC 9111 section 5.2.2.5): for what is measured,
    /// and for what only the one who asks may see.
    pub fn no_store(&mut self) -> &mut Self {
        self.header("Cache-Control", "no-store")
    }

    /// The answer may be kept, and be used again without asking for so many seconds
    /// (`Cache-Control: max-age`, RFC 9111 section 5.2.2.1). 0 has it asked for each time.
    pub fn max_age(&mut self, seconds: u32) -> &mut Self {
        self.number_header("Cache-Control: max-age=", seconds)
    }

    /// The client may ask again in so many seconds (`Retry-After`, RFC 9110 section 10.2.3): with a 503, a 429,
    /// or a 202. Where the number is known before, [`Failure::unavailable`](crate::server::Failure::unavailable) is
    /// all of a 503.
    pub fn retry_after(&mut self, seconds: u32) -> &mut Self {
        self.number_header("Retry-After: ", seconds)
    }

    /// Adds a header that ends in a number.
    pub(in crate::server) fn number_header(&mut self, front: &str, number: u32) -> &mut Self {
        if self.is_open(Mistake::LateHeader) {
            let writer = self.header_writer();
            writer.str(front);
            writer.number(number.into());
            writer.str("\r\n");
        }
        self
    }
}
