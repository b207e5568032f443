use super::pool::Keep;
use super::{Driver, Goal, Pool, Response};
use crate::client::request::parts::Parts;
use crate::client::request::session::Session;
use crate::client::{ErrorOf, Request};
use crate::hal::{Clock, Deadline};
use crate::net::{Timeouts, Transport};
use crate::wire::Method;

/// Sends requests over a stack.
///
/// 416 bytes on a 32-bit target, its clock and a socket: the call at work is in it. Each request has a connection of its own, unless
/// [`keep_alive`](Self::keep_alive) says otherwise.
pub struct Client<'s, S: Transport, C> {
    pub(super) stack: &'s mut S,
    clock: C,
    idle: fn(&mut S, u32),
    timeouts: Timeouts,
    pool: Option<&'s mut dyn Keep<S>>,
    session: Session<'s>,
    /// The call at work: a response refers to it.
    pub(super) driver: Driver<S::Socket>,
}

impl<'s, S: Transport, C: Clock> Client<'s, S, C> {
    /// A client over `stack` that takes its deadlines from `clock`.
    pub fn new(stack: &'s mut S, clock: C) -> Self {
        let idle = |_: &mut S, _| core::hint::spin_loop();
        Self {
            stack,
            clock,
            idle,
            timeouts: Timeouts::default(),
            pool: None,
            session: Session::default(),
            driver: Driver::new(),
        }
    }

    /// Keeps connections in `pool` for the next requests to the same servers, also those of another client.
    ///
    /// ```no_run
    /// # fn demo<S>(stack: &mut S, clock: impl nal_http::hal::Clock) -> Result<(), nal_http::client::ErrorOf<S>>
    /// # where S: embedded_nal::TcpClientStack + embedded_nal::Dns {
    /// use nal_http::client::{Client, Pool};
    ///
    /// let mut pool = Pool::<S::TcpSocket, 1>::new();
    /// let mut buffer = [0; 512];
    /// let mut client = Client::new(stack, clock).keep_alive(&mut pool);
    /// for _ in 0..100 {
    ///     let mut response = client.get("http://192.168.0.9/light").send(&mut buffer)?;
    ///     let light = response.text()?;
    /// }
    /// pool.close(stack);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn keep_alive<const N: usize>(mut self, pool: &'s mut Pool<S::Socket, N>) -> Self
    where
        S::Socket: 's,
    {
        self.pool = Some(pool);
        self
    }

    /// Sends these headers with every request, unless it sets them itself: `User-Agent`, an API key.
    ///
    /// They are for one server: that of the [base URL](Self::base_url) if there is one, else that of the
    /// request's URL. Another one, to which a redirect leads or an absolute URL, gets none of them. What a request
    /// says by [`header`](Request::header), [`auth`](Request::auth), `json`, `form` and the like takes their
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
    /// connecting for the time-outs. User name and password go to the proxy only (basic authentication); who sees
    /// the connection to it sees them. Only the proxy's own name is looked up here: it looks up the servers'.
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

    /// What to do while there is nothing to do: poll the stack's device, feed a watchdog, sleep.
    ///
    /// It gets the stack and the time in ms that may pass at most before it has to return.
    #[must_use]
    pub fn idle(mut self, hook: fn(&mut S, u32)) -> Self {
        self.idle = hook;
        self
    }

    /// How long each phase of a request may take, where the request does not say.
    #[must_use]
    pub fn timeouts(mut self, timeouts: Timeouts) -> Self {
        self.timeouts = timeouts;
        self
    }

    /// Begins a request with any method; [`Request::send`] sends it.
    pub fn request<'r>(&mut self, method: Method<'r>, url: &'r str) -> Request<'r, &mut Self> {
        let timeouts = self.timeouts;
        let mut request = Request::over(self, method, url);
        request.parts.timeouts = timeouts;
        request
    }

    /// Begins a GET.
    pub fn get<'r>(&mut self, url: &'r str) -> Request<'r, &mut Self> {
        self.request(Method::GET, url)
    }

    /// Begins a HEAD: the response has headers, and no body.
    pub fn head<'r>(&mut self, url: &'r str) -> Request<'r, &mut Self> {
        self.request(Method::HEAD, url)
    }

    /// Begins a POST.
    pub fn post<'r>(&mut self, url: &'r str) -> Request<'r, &mut Self> {
        self.request(Method::POST, url)
    }

    /// Begins a PUT.
    pub fn put<'r>(&mut self, url: &'r str) -> Request<'r, &mut Self> {
        self.request(Method::PUT, url)
    }

    /// Begins a PATCH.
    pub fn patch<'r>(&mut self, url: &'r str) -> Request<'r, &mut Self> {
        self.request(Method::PATCH, url)
    }

    /// Begins a DELETE.
    pub fn delete<'r>(&mut self, url: &'r str) -> Request<'r, &mut Self> {
        self.request(Method::DELETE, url)
    }

    /// Begins an OPTIONS: what the server can do with the URL.
    pub fn options<'r>(&mut self, url: &'r str) -> Request<'r, &mut Self> {
        self.request(Method::OPTIONS, url)
    }

    /// Goes on with the call at work until the goal is reached.
    pub(super) fn block(
        &mut self,
        request: Option<&Parts<'_>>,
        buffer: &mut [u8],
        mut goal: Goal<'_>,
    ) -> Result<usize, ErrorOf<S>> {
        loop {
            let now = self.clock.now_ms();
            match self.driver.drive(self.stack, now, request, buffer, &mut goal) {
                Ok(n) => return Ok(n),
                Err(nb::Error::Other(error)) => return Err(error),
                Err(nb::Error::WouldBlock) => self.wait(self.driver.transaction.remaining_ms(now)),
            }
        }
    }

    fn wait(&mut self, ms: u32) {
        (self.idle)(self.stack, ms);
    }

    /// Lets so much time pass, with the idle hook.
    pub(in crate::client) fn pause(&mut self, ms: u32) {
        let deadline = Deadline::after(self.clock.now_ms(), ms);
        loop {
            let left = deadline.remaining(self.clock.now_ms());
            if left == 0 {
                return;
            }
            self.wait(left);
        }
    }

    /// Ends the call at work. Its connection is kept for the next one, if it can be.
    pub(super) fn finish(&mut self) {
        if let Some(pool) = &mut self.pool {
            pool.finish(self.stack, &mut self.driver);
        }
        self.driver.close(self.stack);
    }
}

impl<'c, 's, S: Transport, C: Clock> Request<'_, &'c mut Client<'s, S, C>> {
    /// Sends the request and waits for the head of the response.
    ///
    /// Blocks for as long as its [`Timeouts`] allow.
    ///
    /// # Errors
    /// What went wrong; the connection is closed.
    pub fn send<'b>(self, buffer: &'b mut [u8]) -> Result<Response<'b, 'c, 's, S, C>, ErrorOf<S>> {
        let Self { parts, launcher: client } = self;
        let mut parts: Parts<'_> = parts;
        // One whose response was forgotten.
        client.driver.close(client.stack);
        let attempt = client.session.complete(&mut parts, buffer)?;
        let Client { stack, driver, pool, .. } = &mut *client;
        match pool {
            Some(pool) => pool.begin(stack, driver, &parts, buffer, attempt)?,
            None => driver.begin(&parts, buffer, attempt)?,
        }
        client.block(Some(&parts), buffer, Goal::Head)?;
        Ok(Response::new(client, buffer))
    }
}

impl<S: Transport, C> core::fmt::Debug for Client<'_, S, C> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Client").field("timeouts", &self.timeouts).finish_non_exhaustive()
    }
}
