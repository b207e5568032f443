use core::convert::Infallible;
use core::fmt;
use core::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::vec::Vec;

use embedded_nal::AddrType;

use crate::net::{Received, Transport, TransportError};

/// Answers a client in this process: a [`Transport`] without a network, and with no more than a function
/// from what the client has sent to what it receives.
///
/// ```
/// use nal_http::client::Client;
/// use nal_http::testing::{TestServer, Ticks};
///
/// let mut server = TestServer::new(|request: &[u8]| {
///     let is_known = request.starts_with(b"GET /light ");
///     if is_known { "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n301" } else { "HTTP/1.1 404 \r\n\r\n" }
/// })
/// .in_pieces(&[1, 7, 20]);
///
/// let mut buffer = [0; 256];
/// let mut client = Client::new(&mut server, Ticks::every(1));
/// let mut response = client.get("https://mpython.cn/light").send(&mut buffer).unwrap();
/// assert_eq!(response.text(), Ok("301"));
/// ```
///
/// The answer may be of any type that is bytes: a `Vec<u8>` that [`TestClient::send_bytes`](super::TestClient::send_bytes)
/// returns makes it the client of a site. Every host has an address, nothing ever has to wait, and https is
/// answered like http, since there is nobody to be verified. For what can go wrong on the way there are
/// [`ScriptStack`](super::ScriptStack) and [`FaultStack`](super::FaultStack).
pub struct TestServer<'p, F, B> {
    answer: F,
    pieces: &'p [usize],
    /// What was sent since the last answer.
    sent: Vec<u8>,
    arriving: Option<Arriving<'p, B>>,
}

/// An answer on its way.
struct Arriving<'p, B> {
    bytes: B,
    /// So many of them have arrived.
    at: usize,
    pieces: &'p [usize],
}

impl<F, B> TestServer<'static, F, B>
where
    F: FnMut(&[u8]) -> B,
    B: AsRef<[u8]>,
{
    /// A server that answers by this function.
    ///
    /// It is called when the client begins to receive, with all that it has sent since the answer before,
    /// on the same connection: a whole request. Behind its answer the connection is at its end, unless
    /// the client sends another request.
    ///
    /// [`receive`](Transport::receive) panics if it is given no room, as no client may.
    #[must_use]
    pub const fn new(answer: F) -> Self {
        Self { answer, pieces: &[], sent: Vec::new(), arriving: None }
    }
}

impl<F, B> TestServer<'_, F, B> {
    /// Has each answer arrive in pieces of so many bytes, one for each call that receives, if that has
    /// room for it; the rest, and all without this, as there is room. 0 counts as 1.
    #[must_use]
    pub fn in_pieces(self, sizes: &[usize]) -> TestServer<'_, F, B> {
        let Self { answer, sent, .. } = self;
        TestServer { answer, pieces: sizes, sent, arriving: None }
    }
}

impl<B: AsRef<[u8]>> Arriving<'_, B> {
    fn receive(&mut self, room: &mut [u8]) -> usize {
        let mut most = room.len();
        if let [size, rest @ ..] = self.pieces {
            (most, self.pieces) = (most.min((*size).max(1)), rest);
        }
        let rest = self.bytes.as_ref().get(self.at..).unwrap_or_default();
        let n = most.min(rest.len());
        room[..n].copy_from_slice(&rest[..n]);
        self.at += n;
        n
    }
}

impl<F, B> Transport for TestServer<'_, F, B>
where
    F: FnMut(&[u8]) -> B,
    B: AsRef<[u8]>,
{
    const TLS: bool = true;
    type Socket = ();
    type TcpError = Infallible;
    type DnsError = Infallible;

    fn resolve(&mut self, _: &str, _: AddrType) -> nb::Result<IpAddr, Infallible> {
        Ok(Ipv4Addr::LOCALHOST.into())
    }

    fn socket(&mut self) -> Result<(), Infallible> {
        self.sent.clear();
        self.arriving = None;
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
        assert!(!buffer.is_empty(), "a client receives into a buffer that has room");
        if self.arriving.is_none() || !self.sent.is_empty() {
            let bytes = (self.answer)(&self.sent);
            self.sent.clear();
            self.arriving = Some(Arriving { bytes, at: 0, pieces: self.pieces });
        }
        let n = self.arriving.as_mut().map_or(0, |arriving| arriving.receive(buffer));
        Ok(if n == 0 { Received::End } else { Received::Data(n) })
    }

    fn close(&mut self, (): ()) {}
}

impl<F, B> fmt::Debug for TestServer<'_, F, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TestServer").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::format;
    use std::string::String;

    use proptest::prelude::*;

    use super::*;
    use crate::client::Client;
    use crate::testing::Ticks;

    fn response(body: &str) -> String {
        format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len())
    }

    #[test]
    fn each_request_of_a_connection_is_answered() {
        let mut asked = Vec::new();
        let mut server = TestServer::new(|request: &[u8]| {
            asked.push(request.to_vec());
            response("301")
        });
        let mut socket = ();
        for request in ["first", "second"] {
            assert_eq!(server.send(&mut socket, request.as_bytes()), Ok(Some(request.len())));
            let mut buffer = [0; 64];
            let n = response("301").len();
            assert_eq!(server.receive(&mut socket, &mut buffer), Ok(Received::Data(n)));
            assert_eq!(server.receive(&mut socket, &mut buffer), Ok(Received::End));
        }
        // Of another connection nothing is left.
        assert_eq!(server.send(&mut socket, b"third"), Ok(Some(5)));
        assert_eq!(server.socket(), Ok(()));
        assert_eq!(server.send(&mut socket, b"fourth"), Ok(Some(6)));
        assert!(matches!(server.receive(&mut socket, &mut [0; 64]), Ok(Received::Data(_))));
        assert_eq!(asked, ["first", "second", "fourth"].map(|text| text.as_bytes().to_vec()));
    }

    proptest! {
        #[test]
        fn a_client_sees_no_pieces(body in "[a-z]{0,80}", sizes: Vec<u8>) {
            let sizes: Vec<usize> = sizes.iter().map(|&size| (size % 16).into()).collect();
            let mut server = TestServer::new(|_: &[u8]| response(&body)).in_pieces(&sizes);
            let mut buffer = [0; 256];
            let mut client = Client::new(&mut server, Ticks::every(1));
            let mut response = client.get("http://mpython.cn/").send(&mut buffer).unwrap();
            prop_assert_eq!(response.text(), Ok(body.as_str()));
        }

        #[test]
        fn pieces_are_as_long_as_they_are_said_to_be(sizes in prop::collection::vec(0_usize..9, 0..9)) {
            let mut server = TestServer::new(|_: &[u8]| [7; 99]).in_pieces(&sizes);
            prop_assert_eq!(server.send(&mut (), b"x"), Ok(Some(1)));
            for size in &sizes {
                let got = server.receive(&mut (), &mut [0; 99]);
                prop_assert_eq!(got, Ok(Received::Data((*size).max(1))));
            }
            let rest = 99 - sizes.iter().map(|size| (*size).max(1)).sum::<usize>();
            prop_assert_eq!(server.receive(&mut (), &mut [0; 99]), Ok(Received::Data(rest)));
        }
    }
}
