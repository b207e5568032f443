//! What a response says, for all that has one.

/// Accessors of the head, for a type that has `fn exchange(&self) -> &Exchange`.
macro_rules! head_accessors {
    () => {
        /// The status code, such as 200; 0 before the head is there. Codes of 400 and more are no errors here, see
        /// [`raise_for_status`](Self::raise_for_status).
        #[must_use]
        pub fn status_code(&self) -> u16 {
            self.exchange().code()
        }

        /// Makes an error of a status of 400 or more, as `requests` does. The response can be read all the same.
        ///
        /// # Errors
        /// [`ResponseError::Status`], which reads like "server answered 404 Not Found".
        pub fn raise_for_status(&self) -> Result<(), ResponseError> {
            match self.status_code() {
                code @ 400.. => Err(ResponseError::Status(code)),
                _ => Ok(()),
            }
        }

        /// The reason phrase, such as `OK`; empty if there is none or it is not UTF-8.
        #[must_use]
        pub fn reason(&self) -> &str {
            self.exchange().head().reason()
        }

        /// The URL that answered, if it was a redirect that led there.
        #[must_use]
        pub fn redirected_to(&self) -> Option<&str> {
            self.exchange().moved_to()
        }

        /// The version of the response.
        #[must_use]
        pub fn version(&self) -> Version {
            self.exchange().version()
        }

        /// The headers that were kept; see [`Request::want`](crate::client::Request::want).
        #[must_use]
        pub fn headers(&self) -> Headers<'_> {
            self.exchange().head().headers()
        }

        /// The value of the first header `name`, if it was kept and is UTF-8.
        #[must_use]
        pub fn header(&self, name: &str) -> Option<&str> {
            self.headers().get(name)
        }

        /// How its text is encoded, if the server says so: the `charset` of its `Content-Type`, such as `utf-8`.
        /// [`text`](Self::text) takes UTF-8 only, whatever this says.
        #[must_use]
        pub fn encoding(&self) -> Option<&str> {
            let parameters = self.header("Content-Type")?.split(';').skip(1);
            let mut pairs = parameters.filter_map(|parameter| parameter.trim().split_once('='));
            let (_, charset) = pairs.find(|(name, _)| name.eq_ignore_ascii_case("charset"))?;
            Some(charset.trim_matches('"'))
        }

        /// Whether headers were dropped because the buffer had no room for them, or nobody could read them.
        #[must_use]
        pub fn headers_dropped(&self) -> bool {
            self.exchange().headers_dropped()
        }

        /// The Content-Length in bytes, if the server gave one. A response to HEAD has one and no body.
        #[must_use]
        pub fn content_length(&self) -> Option<u64> {
            self.exchange().content_length()
        }

        /// The trailers, once the body was read to its end: fields that the server has sent behind it, if
        /// [`Request::trailers`](crate::client::Request::trailers) has asked for them. None if there was no room, see
        /// [`trailers_dropped`](Self::trailers_dropped).
        ///
        /// They came behind what they could have changed: take none for a header (RFC 9110 section 6.5.1).
        #[cfg(feature = "trailers")]
        #[must_use]
        pub fn trailers(&self) -> Headers<'_> {
            self.exchange().trailers()
        }

        /// Whether the buffer had no room for the trailers behind the head, and what was collected of the body.
        #[cfg(feature = "trailers")]
        #[must_use]
        pub fn trailers_dropped(&self) -> bool {
            self.exchange().trailers_dropped()
        }
    };
}

pub(super) use head_accessors;
