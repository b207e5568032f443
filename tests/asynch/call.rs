//! The async client with the face of the one that blocks.

use core::fmt;
use core::ops::{Deref, DerefMut};
use core::pin::pin;
use core::task::{Context, Poll, Waker};

use real::client::asynch;
use real::client::{
    Cookies, DownloadErrorOf, ErrorOf, Extra, Multipart, Piece, Pool, ResponseError, Upload,
};
use real::embedded_io;
use real::hal::Clock;
use real::net::{Timeouts, Transport};
use real::wire::Method;

use crate::face::{Face, Time};

type Inner<'s, S, C> = asynch::Client<'s, Face<'s, S>, Time<C>>;

/// What runs futures.
struct Runner<'s, S, C> {
    stack: Face<'s, S>,
    time: Time<C>,
    idle: fn(&mut S, u32),
}

impl<S, C> Clone for Runner<'_, S, C> {
    fn clone(&self) -> Self {
        Self { stack: self.stack.clone(), time: self.time.clone(), idle: self.idle }
    }
}

impl<S: Transport, C: Clock> Runner<'_, S, C> {
    fn block_on<F: Future>(&self, future: F) -> F::Output {
        let mut future = pin!(future);
        loop {
            self.time.goes_on();
            match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                Poll::Ready(output) => return output,
                Poll::Pending => (self.idle)(&mut self.stack.stack(), self.time.left_ms()),
            }
        }
    }
}

pub(crate) struct Client<'s, S: Transport, C> {
    inner: Inner<'s, S, C>,
    runner: Runner<'s, S, C>,
    timeouts: Timeouts,
}

impl<'s, S: Transport, C: Clock> Client<'s, S, C> {
    pub(crate) fn new(stack: &'s mut S, clock: C) -> Self {
        let (stack, time) = (Face::new(stack), Time::new(clock));
        let inner = asynch::Client::new(stack.clone(), time.clone());
        let runner = Runner { stack, time, idle: |_, _| () };
        Self { inner, runner, timeouts: Timeouts::default() }
    }

    #[must_use]
    pub(crate) fn keep_alive<const N: usize>(self, pool: &'s mut Pool<S::Socket, N>) -> Self
    where
        S::Socket: 's,
    {
        Self { inner: self.inner.keep_alive(pool), ..self }
    }

    #[must_use]
    pub(crate) fn headers(self, headers: &'s [(&'s str, &'s str)]) -> Self {
        Self { inner: self.inner.headers(headers), ..self }
    }

    #[must_use]
    pub(crate) fn base_url(self, url: &'s str) -> Self {
        Self { inner: self.inner.base_url(url), ..self }
    }

    #[must_use]
    pub(crate) fn proxy(self, url: &'s str) -> Self {
        Self { inner: self.inner.proxy(url), ..self }
    }

    #[must_use]
    pub(crate) fn idle(mut self, hook: fn(&mut S, u32)) -> Self {
        self.runner.idle = hook;
        self
    }

    #[must_use]
    pub(crate) fn timeouts(self, timeouts: Timeouts) -> Self {
        Self { inner: self.inner.timeouts(timeouts), timeouts, ..self }
    }

    pub(crate) fn request<'r>(
        &mut self,
        method: Method<'r>,
        url: &'r str,
    ) -> Request<'r, &mut Self> {
        let timeouts = self.timeouts;
        Request::new(method, url).timeouts(timeouts).over(self)
    }

    // Of the methods, those that the tests ask for.

    pub(crate) fn get<'r>(&mut self, url: &'r str) -> Request<'r, &mut Self> {
        self.request(Method::GET, url)
    }

    pub(crate) fn post<'r>(&mut self, url: &'r str) -> Request<'r, &mut Self> {
        self.request(Method::POST, url)
    }

    pub(crate) fn put<'r>(&mut self, url: &'r str) -> Request<'r, &mut Self> {
        self.request(Method::PUT, url)
    }

    pub(crate) fn download<W>(
        &mut self,
        url: &str,
        buffer: &mut [u8],
        write: impl FnMut(Piece<'_>) -> Result<(), W>,
    ) -> Result<u64, DownloadErrorOf<S, W>> {
        self.runner.block_on(self.inner.download(url, buffer, write))
    }
}

pub(crate) fn http_get<S: Transport>(
    stack: &mut S,
    clock: impl Clock,
    url: &str,
    on_piece: impl FnMut(&[u8]),
) -> Result<u16, ErrorOf<S>> {
    let (stack, time) = (Face::new(stack), Time::new(clock));
    let runner = Runner { stack: stack.clone(), time: time.clone(), idle: |_, _| () };
    runner.block_on(asynch::http_get(stack, time, url, on_piece))
}

#[derive(Clone)]
pub(crate) struct Request<'r, L = ()>(real::client::Request<'r>, L);

impl<'r> Request<'r> {
    pub(crate) fn new(method: Method<'r>, url: &'r str) -> Self {
        Self(real::client::Request::new(method, url), ())
    }

    pub(crate) fn over<L>(self, client: L) -> Request<'r, L> {
        Request(self.0, client)
    }
}

/// Calls that are polled have no async twin.
impl<'r, L> Deref for Request<'r, L> {
    type Target = real::client::Request<'r>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl fmt::Debug for Request<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Hands on what a request is given.
macro_rules! forward {
    ($($name:ident ( $($value:ident : $kind:ty),* );)*) => { $(
        pub(crate) fn $name(self, $($value: $kind),*) -> Self {
            Self(self.0.$name($($value),*), self.1)
        }
    )* };
}

impl<'r, L> Request<'r, L> {
    forward! {
        header(name: &'r str, value: &'r str);
        params(pairs: &'r [(&'r str, &'r str)]);
        form(pairs: &'r [(&'r str, &'r str)]);
        upload(body: &'r Upload<'_>);
        files(form: &'r Multipart<'_, '_>);
        auth(user: &'r str, password: &'r str);
        digest(user: &'r str, password: &'r str, random: u64);
        bearer(token: &'r str);
        proxy(url: &'r str);
        timeout(ms: u32);
        timeouts(timeouts: Timeouts);
        redirects(limit: u8);
        trailers();
        with(extra: &'r dyn Extra);
        want(names: &'r [&'r str]);
        head_limit(bytes: usize);
    }

    pub(crate) fn data<B: AsRef<[u8]> + ?Sized>(self, data: &'r B) -> Self {
        Self(self.0.data(data), self.1)
    }

    pub(crate) fn json<T: serde::Serialize>(self, value: &'r T) -> Self {
        Self(self.0.json(value), self.1)
    }

    pub(crate) fn cookies<const N: usize, const M: usize>(
        self,
        cookies: &'r Cookies<N, M>,
    ) -> Self {
        Self(self.0.cookies(cookies), self.1)
    }
}

impl<'r, 's: 'r, 'c, S: Transport, C: Clock> Request<'r, &'c mut Client<'s, S, C>> {
    pub(crate) fn send<'b>(
        self,
        buffer: &'b mut [u8],
    ) -> Result<Response<'b, 'c, 's, S, C>, ErrorOf<S>> {
        let Client { inner, runner, .. } = self.1;
        let runner = runner.clone();
        let inner = runner.block_on(self.0.over(inner).send(buffer))?;
        Ok(Response { inner, runner })
    }
}

pub(crate) struct Response<'b, 'c, 's, S: Transport, C: Clock> {
    inner: asynch::Response<'b, 'c, 's, Face<'s, S>, Time<C>>,
    runner: Runner<'s, S, C>,
}

impl<S: Transport, C: Clock> Response<'_, '_, '_, S, C> {
    pub(crate) fn read(&mut self, out: &mut [u8]) -> Result<usize, ErrorOf<S>> {
        self.runner.block_on(self.inner.read(out))
    }

    pub(crate) fn content(&mut self) -> Result<&[u8], ErrorOf<S>> {
        self.runner.block_on(self.inner.content())
    }

    pub(crate) fn text(&mut self) -> Result<&str, ErrorOf<S>> {
        self.runner.block_on(self.inner.text())
    }

    pub(crate) fn json<'a, V: serde::Deserialize<'a>>(&'a mut self) -> Result<V, ErrorOf<S>> {
        self.runner.block_on(self.inner.json())
    }

    pub(crate) fn close(self) {
        self.inner.close();
    }

    pub(crate) fn raise_for_status(&self) -> Result<(), ResponseError> {
        self.inner.raise_for_status()
    }
}

impl<'b, 'c, 's, S: Transport, C: Clock> Deref for Response<'b, 'c, 's, S, C> {
    type Target = asynch::Response<'b, 'c, 's, Face<'s, S>, Time<C>>;

    fn deref(&self) -> &Self::Target {
        &self.inner
    }
}

impl<S: Transport, C: Clock> DerefMut for Response<'_, '_, '_, S, C> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.inner
    }
}

impl<S: Transport, C: Clock> embedded_io::ErrorType for Response<'_, '_, '_, S, C> {
    type Error = ErrorOf<S>;
}

impl<S: Transport, C: Clock> embedded_io::Read for Response<'_, '_, '_, S, C> {
    fn read(&mut self, out: &mut [u8]) -> Result<usize, Self::Error> {
        Response::read(self, out)
    }
}
