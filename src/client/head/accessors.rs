//! What a response says, for all that has one.

/// What a [`Head`](crate::client::Head) says, for a type that has a `head`.
macro_rules! head_accessors {
    () => {
        /// The status code, such as 200; 0 before the head is there. Codes of 400 and more are no errors here, see
        /// [`raise_for_status`](Self::raise_for_status).
        #[must_use]
        pub fn status_code(&self) -> u16 {
            self.head().exchange.status_code()
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
            self.head().kept().reason()
        }

        /// The URL that answered, if it was a redirect that led there.
        #[must_use]
        pub fn redirected_to(&self) -> Option<&str> {
            self.head().redirect()
        }

        /// The version of the response.
        #[must_use]
        pub fn version(&self) -> Version {
            self.head().exchange.version()
        }

        /// The headers that were kept; see [`Request::want`](crate::client::Request::want).
        #[must_use]
        pub fn headers(&self) -> Headers<'_> {
            self.head().kept().headers()
        }

        /// The value of the first header `name`, if it was kept and is UTF-8.
        #[must_use]
        pub fn header(&self, name: &str) -> Option<&str> {
            self.headers().get(name)
        }

        /// How its text is encoded, if the server says so: the `charset` of its `Content-Type`, such as `utf-8`.
        /// [`Response::text`](crate::client::Response::text) takes UTF-8 only, whatever this says.
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
            self.head().exchange.headers_dropped()
        }

        /// The Content-Length in bytes, if the server gave one. A response to HEAD has one and no body.
        #[must_use]
        pub fn content_length(&self) -> Option<u64> {
            self.head().exchange.content_length()
        }

        /// The trailers, once the body was read to its end: fields that the server has sent behind it, if
        /// [`Request::trailers`](crate::client::Request::trailers) has asked for them. None if there was no room, see
        /// [`trailers_dropped`](Self::trailers_dropped).
        ///
        /// They came behind what they could have changed: take none for a header (RFC 9110 section 6.5.1).
        #[must_use]
        pub fn trailers(&self) -> Headers<'_> {
            self.head().trailing()
        }

        /// Whether the buffer had no room for the trailers behind the head, and what was collected of the body.
        #[must_use]
        pub fn trailers_dropped(&self) -> bool {
            self.head().exchange.trailers_dropped()
        }
    };
}

pub(in crate::client) use head_accessors;
