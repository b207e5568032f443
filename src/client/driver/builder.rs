//! What every client can be given, and the requests that it begins.

/// For a type with the fields `session` and `timeouts`.
macro_rules! client_builder {
    () => {
        /// Sends these headers with every request, unless it sets them itself: `User-Agent`, an API key.
        ///
        /// They are for one server: that of the [base URL](Self::base_url) if there is one, else that of the
        /// request's URL. Another one, to which a redirect leads or an absolute URL, gets none of them. What a request
        /// says by [`header`](crate::client::Request::header), [`auth`](crate::client::Request::auth), `json`, `form` and the like takes their
        /// place.
        ///
        /// ```
        /// # fn demo<S>(stack: &mut S, clock: impl nal_http::hal::Clock) -> Result<(), nal_http::client::ErrorOf<S>>
        /// # where S: embedded_nal::TcpClientStack + embedded_nal::Dns {
        /// use nal_http::client::Client;
        ///
        /// let mut client = Client::new(stack, clock)
        ///     .base_url("http://192.168.0.9/api/")
        ///     .headers(&[("X-Api-Key", "301"), ("Accept", "application/json")]);
        /// let mut buffer = [0; 512];
        /// let code = client.get("light").send(&mut buffer)?.status_code();
        /// # Ok(())
        /// # }
        /// ```
        #[must_use]
        pub fn headers(mut self, headers: &'s [(&'s str, &'s str)]) -> Self {
            self.session = self.session.headers(headers);
            self
        }

        /// Takes the URLs of requests as relative to this one (RFC 3986 section 5), as links in a page are to the
        /// page:
        ///
        /// | base | request | goes to |
        /// |---|---|---|
        /// | `http://h/api/` | `light` | `http://h/api/light` |
        /// | `http://h/api/` | `/light` | `http://h/light` |
        /// | `http://h/api` | `light` | `http://h/light`: what is behind the last `/` is no folder |
        /// | `http://h/api/v1/` | `../light?now` | `http://h/api/light?now` |
        /// | `http://h/api/` | empty | `http://h/api/` |
        /// | `http://h/api/` | `//other/light` | `http://other/light` |
        /// | `http://h/api/` | `https://other/light` | `https://other/light`: an absolute URL is taken as it is |
        ///
        /// A relative URL is resolved at the end of the buffer that the request is sent with, and takes its length from
        /// it, until the response is over. It must be valid when the first request is sent: what is wrong with it
        /// is [`RequestError::BaseUrl`](crate::client::RequestError::BaseUrl).
        #[must_use]
        pub fn base_url(mut self, url: &'s str) -> Self {
            self.session = self.session.base(url);
            self
        }

        /// Sends all requests through an http proxy, such as `http://user:password@proxy.school:3128`; port 80 if none is
        /// given. In user name and password, `@`, `:`, `/` and `%` are written `%40`, `%3A`, `%2F` and `%25`.
        ///
        /// To http URLs the proxy passes on the request, whose target is the whole URL (RFC 9112 section 3.2.2). To https
        /// URLs it makes a tunnel (CONNECT, RFC 9110 section 9.3.6), in which TLS proves who the server is, as without a
        /// proxy: that needs a transport that can begin with TLS there, as `nal_http::tls::TlsStack` can, and counts as
        /// connecting for the time-outs. A WebSocket has a tunnel, too, with TLS in it or without. User name and password
        /// go to the proxy only (basic authentication); who sees the connection to it sees them. Only the proxy's own name
        /// is looked up here: it looks up the servers'.
        ///
        /// If the proxy refuses a request to an http URL, that is the response: with status 407, it wants a user name and
        /// a password, or others. If it refuses a tunnel, that is [`Error::Proxy`](crate::client::Error::Proxy) with the status.
        ///
        /// A request that must not go through it is sent by another client: there is no list of exceptions.
        ///
        /// ```
        /// # fn demo<S>(stack: &mut S, clock: impl nal_http::hal::Clock) -> Result<(), nal_http::client::ErrorOf<S>>
        /// # where S: embedded_nal::TcpClientStack + embedded_nal::Dns {
        /// use nal_http::client::{Client, Error, ProxyError};
        ///
        /// let mut client = Client::new(stack, clock).proxy("http://me:301@proxy.school:3128");
        /// let mut buffer = [0; 512];
        /// match client.get("https://mpython.cn/").send(&mut buffer) {
        ///     Err(Error::Proxy(ProxyError::Status(407))) => { /* ask for name and password */ }
        ///     other => drop(other?),
        /// }
        /// # Ok(())
        /// # }
        /// ```
        #[must_use]
        pub fn proxy(mut self, url: &'s str) -> Self {
            self.session = self.session.proxy(url);
            self
        }

        /// How long each phase of a request may take, where the request does not say.
        #[must_use]
        pub fn timeouts(mut self, timeouts: Timeouts) -> Self {
            self.timeouts = timeouts;
            self
        }

        /// Begins a request with any method; [`Request::send`](crate::client::Request::send) sends it.
        pub fn request<'r>(
            &mut self,
            method: Method<'r>,
            url: &'r str,
        ) -> crate::client::Request<'r, &mut Self> {
            let timeouts = self.timeouts;
            let mut request = crate::client::Request::begin(self, method, url);
            request.parts.timeouts = timeouts;
            request
        }

        /// Begins a GET.
        pub fn get<'r>(&mut self, url: &'r str) -> crate::client::Request<'r, &mut Self> {
            self.request(Method::GET, url)
        }

        /// Begins a HEAD: the response has headers, and no body.
        pub fn head<'r>(&mut self, url: &'r str) -> crate::client::Request<'r, &mut Self> {
            self.request(Method::HEAD, url)
        }

        /// Begins a POST.
        pub fn post<'r>(&mut self, url: &'r str) -> crate::client::Request<'r, &mut Self> {
            self.request(Method::POST, url)
        }

        /// Begins a PUT.
        pub fn put<'r>(&mut self, url: &'r str) -> crate::client::Request<'r, &mut Self> {
            self.request(Method::PUT, url)
        }

        /// Begins a PATCH.
        pub fn patch<'r>(&mut self, url: &'r str) -> crate::client::Request<'r, &mut Self> {
            self.request(Method::PATCH, url)
        }

        /// Begins a DELETE.
        pub fn delete<'r>(&mut self, url: &'r str) -> crate::client::Request<'r, &mut Self> {
            self.request(Method::DELETE, url)
        }

        /// Begins an OPTIONS: what the server can do with the URL.
        pub fn options<'r>(&mut self, url: &'r str) -> crate::client::Request<'r, &mut Self> {
            self.request(Method::OPTIONS, url)
        }
    };
}

pub(in crate::client) use client_builder;
