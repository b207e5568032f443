use core::convert::Infallible;
use core::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::string::String;
use std::vec::Vec;
use std::{format, vec};

use embedded_nal::AddrType;

use crate::client;
use crate::net::{Received, Transport, TransportError};
use crate::server::{Connection, Host, Site};
use crate::wire::Method;

/// Calls the handlers of a site in this process, through the same code as a connection from
/// outside, but for the socket.
///
/// Each request has a connection of its own. What cannot happen to a well-made site makes it panic
/// with a sentence: it is for tests.
#[derive(Debug)]
pub struct TestClient<A: 'static> {
    site: Site<A>,
    slot: usize,
}

/// What a handler answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestResponse {
    /// The status code.
    pub status_code: u16,
    /// The headers in their order.
    pub headers: Vec<(String, String)>,
    /// The body, without its framing.
    pub content: Vec<u8>,
}

impl<A> TestClient<A> {
    /// A client for a table of routes or a site, with a slot of 1 KiB as its buffer.
    pub fn new(site: impl Into<Site<A>>) -> Self {
        Self { site: site.into(), slot: 1024 }
    }

    /// Gives the connection a slot of another size, as the firmware's server has it.
    #[must_use]
    pub fn slot(mut self, bytes: usize) -> Self {
        self.slot = bytes;
        self
    }

    /// GETs a target such as `/light`.
    pub fn get(&mut self, app: &mut A, target: &str) -> TestResponse {
        let url = format!("http://test{target}");
        self.send(app, &client::Request::new(Method::GET, &url))
    }

    /// POSTs a form such as `a=1&b=2`, already encoded.
    pub fn post(&mut self, app: &mut A, target: &str, form: &str) -> TestResponse {
        let url = format!("http://test{target}");
        let request = client::Request::new(Method::POST, &url)
            .header("Content-Type", "application/x-www-form-urlencoded")
            .data(form);
        self.send(app, &request)
    }

    /// Sends any request; its URL is `http://test` and the target.
    ///
    /// # Panics
    /// The request is malformed, or its response is.
    pub fn send(&mut self, app: &mut A, request: &client::Request<'_>) -> TestResponse {
        let mut buffer = vec![0; 64 * 1024];
        let mut wire = InMemory { client: self, app, sent: Vec::new(), answer: None };
        let mut call = request.start(&mut buffer).unwrap_or_else(|error| panic!("{error}"));
        let mut content = Vec::new();
        loop {
            let mut piece = [0; 1024];
            match call.read(&mut wire, 0, &mut piece) {
                Ok(0) => break,
                Ok(n) => content.extend_from_slice(piece.get(..n).unwrap_or_default()),
                Err(error) => panic!("{error:?}"),
            }
        }
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        TestResponse {
            status_code: call.status_code(),
            headers: call.headers().map(|(name, value)| (name.into(), text(value))).collect(),
            content,
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
        loop {
            let peer = ([127, 0, 0, 1], 1).into();
            let mut host = Host { app, site: &self.site, peer: &peer, connection: 0 };
            connection.advance(&mut rx, &mut tx, &mut host);
            let output = connection.output(&tx);
            if !output.is_empty() {
                answer.extend_from_slice(output);
                connection.sent(output.len());
                continue;
            }
            if rest.is_empty() {
                rest = pieces.next().unwrap_or_default();
            }
            let room = connection.room(&mut rx);
            let n = room.len().min(rest.len());
            if connection.over().is_some() || n == 0 {
                let mut host = Host { app, site: &self.site, peer: &peer, connection: 0 };
                connection.abandon(&rx, &mut tx, &mut host);
                return answer;
            }
            let (now, later) = rest.split_at(n);
            room[..n].copy_from_slice(now);
            rest = later;
            connection.received(n);
        }
    }
}

/// A connection to a site in this process.
struct InMemory<'t, A: 'static> {
    client: &'t mut TestClient<A>,
    app: &'t mut A,
    sent: Vec<u8>,
    /// What is still to be received.
    answer: Option<Vec<u8>>,
}

impl<A> Transport for InMemory<'_, A> {
    type Socket = ();
    type TcpError = Infallible;
    type DnsError = Infallible;

    fn resolve(&mut self, _: &str, _: AddrType) -> nb::Result<IpAddr, Infallible> {
        Ok(IpAddr::V4(Ipv4Addr::LOCALHOST))
    }

    fn socket(&mut self) -> Result<(), Infallible> {
        Ok(())
    }

    fn connect(
        &mut self,
        (): &mut (),
        _: SocketAddr,
        _: Option<&str>,
    ) -> nb::Result<(), TransportError<Infallible>> {
        Ok(())
    }

    fn send(
        &mut self,
        (): &mut (),
        bytes: &[u8],
    ) -> Result<Option<usize>, TransportError<Infallible>> {
        self.sent.extend_from_slice(bytes);
        Ok(Some(bytes.len()))
    }

    fn receive(
        &mut self,
        (): &mut (),
        buffer: &mut [u8],
    ) -> Result<Received, TransportError<Infallible>> {
        let Self { client, app, sent, answer } = self;
        let answer = answer.get_or_insert_with(|| client.send_bytes(app, sent));
        let n = answer.len().min(buffer.len());
        buffer.iter_mut().zip(answer.drain(..n)).for_each(|(place, byte)| *place = byte);
        Ok(if n == 0 { Received::End } else { Received::Data(n) })
    }

    fn close(&mut self, (): ()) {}
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
