use std::string::String;
use std::vec::Vec;
use std::{fmt, format, vec};

use super::TestServer;
use crate::client::{self, Error, ResponseError};
use crate::server::{ConnectInfo, Connection, Context, Failure, Site, Wait, take_failure};
use crate::wire::Method;

/// Calls the handlers of a site in this process, through the same code as a connection from
/// outside, but for the socket.
///
/// Each request has a connection of its own. Handlers that wait do so in simulated time, which passes
/// at once: up to 10 s, or as [`wait`](Self::wait) says; then the client leaves. What cannot happen to
/// a well-made site makes it panic with a sentence: it is for tests.
#[derive(Debug)]
pub struct TestClient<A: 'static, T: 'static = ()> {
    site: Site<A, T>,
    slot: usize,
    wait_ms: u32,
    now_ms: u32,
    headers: Vec<(String, String)>,
}

/// What a handler answered. It prints as it was sent, with the reason of a failure behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TestResponse {
    /// The status code.
    pub status_code: u16,
    /// The headers in their order.
    pub headers: Vec<(String, String)>,
    /// The body, without its framing.
    pub content: Vec<u8>,
    /// Whether the body came to its end before the client left.
    pub is_complete: bool,
    /// Why there was no other response, if a handler failed or the request was refused: also what the
    /// client of a 500 is not told.
    pub failure: Option<Failure>,
}

impl<A, T: Default> TestClient<A, T> {
    /// A client for a table of routes or a site, with a slot of 1 KiB as its buffer.
    pub fn new(site: impl Into<Site<A, T>>) -> Self {
        Self { site: site.into(), slot: 1024, wait_ms: 10_000, now_ms: 0, headers: Vec::new() }
    }

    /// Gives the connection a slot of another size, as the firmware's server has it.
    #[must_use]
    pub fn slot(mut self, bytes: usize) -> Self {
        self.slot = bytes;
        self
    }

    /// Leaves when a handler has waited for so many milliseconds in all.
    #[must_use]
    pub fn wait(mut self, ms: u32) -> Self {
        self.wait_ms = ms;
        self
    }

    /// Has each request say so, too, in place of what it said before: who is logged in (`Cookie`, `Authorization`),
    /// whose page it is (`Origin`), what a PUT has (`Content-Type`). Those of [`send`](Self::send) have the headers that they were made with, and no others.
    ///
    /// ```
    /// use nal_http::server::{Route, Site};
    /// use nal_http::testing::TestClient;
    ///
    /// const SITE: Site<()> =
    ///     Site::new(&[Route::get("/", |_, request, reply| reply.text(request.cookie("unit").unwrap_or("fc")))]);
    ///
    /// let mut client = TestClient::new(SITE).header("Cookie", "unit=lux");
    /// assert_eq!(client.get(&mut (), "/").text(), "lux");
    /// ```
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.retain(|(other, _)| !other.eq_ignore_ascii_case(name));
        self.headers.push((name.into(), value.into()));
        self
    }

    /// GETs a target such as `/light`.
    pub fn get(&mut self, app: &mut A, target: &str) -> TestResponse {
        self.request(app, Method::GET, target, "", "")
    }

    /// Asks for the head that a GET would have.
    pub fn head(&mut self, app: &mut A, target: &str) -> TestResponse {
        self.request(app, Method::HEAD, target, "", "")
    }

    /// POSTs a form such as `a=1&b=2`, already encoded.
    pub fn post(&mut self, app: &mut A, target: &str, form: &str) -> TestResponse {
        self.request(app, Method::POST, target, "application/x-www-form-urlencoded", form)
    }

    /// PUTs text.
    pub fn put(&mut self, app: &mut A, target: &str, text: &str) -> TestResponse {
        self.request(app, Method::PUT, target, "text/plain; charset=utf-8", text)
    }

    /// Sends text as a PATCH.
    pub fn patch(&mut self, app: &mut A, target: &str, text: &str) -> TestResponse {
        self.request(app, Method::PATCH, target, "text/plain; charset=utf-8", text)
    }

    /// DELETEs what a target stands for.
    pub fn delete(&mut self, app: &mut A, target: &str) -> TestResponse {
        self.request(app, Method::DELETE, target, "", "")
    }

    /// POSTs a value as JSON.
    ///
    /// # Panics
    /// The value refuses to be written.
    #[cfg(feature = "json")]
    pub fn json<V: serde::Serialize + ?Sized>(
        &mut self,
        app: &mut A,
        target: &str,
        value: &V,
    ) -> TestResponse {
        let mut buffer = vec![0; 64 * 1024];
        let mut writer = crate::wire::Writer::new(&mut buffer);
        assert!(crate::json::write(&mut writer, value).is_ok(), "the value refuses to be written");
        let text = String::from_utf8_lossy(writer.written()).into_owned();
        self.request(app, Method::POST, target, "application/json", &text)
    }

    fn request(
        &mut self,
        app: &mut A,
        method: Method<'_>,
        target: &str,
        content_type: &str,
        body: &str,
    ) -> TestResponse {
        let url = format!("http://test{target}");
        let mut headers = self.headers.clone();
        let has_type = headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("Content-Type"));
        if !has_type && !content_type.is_empty() {
            headers.push(("Content-Type".into(), content_type.into()));
        }
        let mut request = client::Request::new(method, &url);
        for (name, value) in &headers {
            request = request.header(name, value);
        }
        if !content_type.is_empty() {
            request = request.data(body);
        }
        self.send(app, &request)
    }

    /// Sends any request; its URL is `http://test` and the target.
    ///
    /// # Panics
    /// The request is malformed, or its response is.
    pub fn send(&mut self, app: &mut A, request: &client::Request<'_>) -> TestResponse {
        let mut buffer = vec![0; 64 * 1024];
        let mut server = TestServer::new(|bytes: &[u8]| self.send_bytes(app, bytes));
        let mut call = request.start(&mut buffer).unwrap_or_else(|error| panic!("{error}"));
        let mut content = Vec::new();
        let is_complete = loop {
            let mut piece = [0; 1024];
            match call.read(&mut server, 0, &mut piece) {
                Ok(0) => break true,
                Ok(n) => content.extend_from_slice(piece.get(..n).unwrap_or_default()),
                Err(nb::Error::Other(Error::Response(
                    ResponseError::Closed | ResponseError::Body(_),
                ))) => break false,
                Err(error) => panic!("{error:?}"),
            }
        };
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        TestResponse {
            status_code: call.status_code(),
            headers: call.headers().map(|(name, value)| (name.into(), text(value))).collect(),
            content,
            is_complete,
            failure: take_failure(),
        }
    }

    /// Sends bytes as they are, perhaps several requests or none that is valid, and returns all
    /// that the server answers before it waits for more or closes. Then the client leaves.
    pub fn send_bytes(&mut self, app: &mut A, bytes: &[u8]) -> Vec<u8> {
        self.send_pieces(app, [bytes])
    }

    /// [`send_bytes`](Self::send_bytes), in pieces that arrive one after another.
    pub fn send_pieces<'p>(
        &mut self,
        app: &mut A,
        pieces: impl IntoIterator<Item = &'p [u8]>,
    ) -> Vec<u8> {
        let (mut rx, mut tx) = (vec![0; self.slot / 2], vec![0; self.slot - self.slot / 2]);
        let mut connection = Connection::new();
        let mut answer = Vec::new();
        let mut pieces = pieces.into_iter();
        let mut rest: &[u8] = &[];
        let (site, start_ms) = (&self.site, self.now_ms);
        let client = &ConnectInfo { peer: ([127, 0, 0, 1], 1).into(), connection: 0 };
        take_failure();
        loop {
            let mut context = Context { app, site, client, now_ms: self.now_ms };
            connection.advance(&mut rx, &mut tx, &mut context);
            let output = connection.output(&tx);
            if !output.is_empty() {
                let n = output.len();
                answer.extend_from_slice(output);
                connection.sent(n);
                continue;
            }
            if rest.is_empty() {
                rest = pieces.next().unwrap_or_default();
            }
            let room = connection.room(&mut rx);
            let n = room.len().min(rest.len());
            if n > 0 && connection.over().is_none() {
                let (now, later) = rest.split_at(n);
                connection.room(&mut rx)[..n].copy_from_slice(now);
                rest = later;
                connection.received(n);
                continue;
            }
            let pause_ms = connection.pause_ms(self.now_ms);
            let waited_ms = self.now_ms.wrapping_sub(start_ms);
            if connection.waits_for() == Wait::Pause && waited_ms + pause_ms <= self.wait_ms {
                self.now_ms = self.now_ms.wrapping_add(pause_ms);
                continue;
            }
            connection.abandon(&mut rx, &mut tx, &mut context);
            return answer;
        }
    }
}

impl TestResponse {
    /// The value of the first header `name`, whose case does not matter.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        let found = headers.find(|(candidate, _)| candidate.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// The body as text.
    ///
    /// # Panics
    /// It is not UTF-8.
    #[must_use]
    pub fn text(&self) -> &str {
        core::str::from_utf8(&self.content).unwrap_or_else(|error| panic!("{error}"))
    }
}

impl fmt::Display for TestResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.status_code)?;
        for (name, value) in &self.headers {
            writeln!(f, "{name}: {value}")?;
        }
        write!(f, "\n{}", String::from_utf8_lossy(&self.content))?;
        match &self.failure {
            Some(failure) => write!(f, "\n({failure})"),
            None => Ok(()),
        }
    }
}
