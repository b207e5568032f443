//! Servers that mean no good: the client ends in time, with an error, and hands out nothing that was not sent.

use core::net::{IpAddr, Ipv4Addr, SocketAddr};

use embedded_nal::{AddrType, Dns, TcpClientStack, TcpError, TcpErrorKind, nb};
use nal_http::client::{Client, Cookies, Error, Phase, RedirectError, Request, ResponseError};
use nal_http::net::Timeouts;
use nal_http::testing::{ScriptStack, Step, Ticks};
use nal_http::wire::{BodyError, HeadError, Method};
use proptest::prelude::*;

/// A server that says something once, and something else for ever.
struct Endless {
    once: &'static [u8],
    again: &'static [u8],
    /// So many bytes at once.
    piece: usize,
    said: usize,
    sockets: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Never;

impl TcpError for Never {
    fn kind(&self) -> TcpErrorKind {
        TcpErrorKind::Other
    }
}

impl TcpClientStack for Endless {
    type TcpSocket = ();
    type Error = Never;

    fn socket(&mut self) -> Result<(), Never> {
        self.sockets += 1;
        self.said = 0;
        Ok(())
    }

    fn connect(&mut self, (): &mut (), _: SocketAddr) -> nb::Result<(), Never> {
        Ok(())
    }

    fn send(&mut self, (): &mut (), bytes: &[u8]) -> nb::Result<usize, Never> {
        Ok(bytes.len())
    }

    fn receive(&mut self, (): &mut (), out: &mut [u8]) -> nb::Result<usize, Never> {
        let n = out.len().min(self.piece);
        for place in &mut out[..n] {
            let behind = self.said.checked_sub(self.once.len());
            *place = match behind {
                None => self.once[self.said],
                Some(at) => self.again[at % self.again.len()],
            };
            self.said += 1;
        }
        Ok(n)
    }

    fn close(&mut self, (): ()) -> Result<(), Never> {
        self.sockets -= 1;
        Ok(())
    }
}

impl Dns for Endless {
    type Error = Never;

    fn get_host_by_name(&mut self, _: &str, _: AddrType) -> nb::Result<IpAddr, Never> {
        Ok(Ipv4Addr::LOCALHOST.into())
    }

    fn get_host_by_address(&mut self, _: IpAddr, _: &mut [u8]) -> nb::Result<usize, Never> {
        Err(nb::Error::Other(Never))
    }
}

const URL: &str = "http://evil.example/";

/// What comes of a server that never ends, and how many bytes it had to say.
fn endless(
    once: &'static [u8],
    again: &'static [u8],
    piece: usize,
) -> (Error<Never, Never>, usize) {
    let mut stack = Endless { once, again, piece, said: 0, sockets: 0 };
    let mut buffer = [0; 512];
    let mut client = Client::new(&mut stack, Ticks::every(1_000));
    let error = match client.get(URL).send(&mut buffer) {
        Err(error) => error,
        Ok(mut response) => response.content().map(<[u8]>::len).expect_err("it never ends"),
    };
    assert_eq!(stack.sockets, 0, "{error}");
    (error, stack.said)
}

/// What is said once, what for ever, and what comes of it.
type Case = (&'static [u8], &'static [u8], Error<Never, Never>);

#[test]
fn what_never_ends_is_cut_off() {
    let head = |error| Error::Response(ResponseError::Head(error));
    let body = |error| Error::Response(ResponseError::Body(error));
    let chunked: &[u8] = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    let table: [Case; 8] = [
        (b"HTTP/1.1 200 OK\r\n", b"X-A: b\r\n", head(HeadError::HeadTooLong { limit: 16 * 1024 })),
        (b"HTTP/1.1 200 OK\r\nX: ", b"x", head(HeadError::HeadTooLong { limit: 16 * 1024 })),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n", head(HeadError::HeadTooLong { limit: 16 * 1024 })),
        (
            b"",
            b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n",
            head(HeadError::HeadTooLong { limit: 16 * 1024 }),
        ),
        (chunked, b"1;x=y;", body(BodyError::FramingTooLong)),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n",
            b"A: b\r\n",
            body(BodyError::FramingTooLong),
        ),
        (b"", b"gibberish", head(HeadError::StartLine)),
        (b"", b"\0", head(HeadError::StartLine)),
    ];
    for (once, again, expected) in table {
        for piece in [1, 7, 4096] {
            let (error, said) = endless(once, again, piece);
            // Which of its limits a start line breaks depends on the line.
            let is_it = error == expected
                || once.is_empty() && matches!(error, Error::Response(ResponseError::Head(_)));
            assert!(is_it, "{} {}: {error:?}", once.escape_ascii(), again.escape_ascii());
            assert!(said < 20_000, "{} {said}", again.escape_ascii());
        }
    }
}

#[test]
fn a_body_without_end_stops_where_the_buffer_does() {
    for once in [
        &b"HTTP/1.1 200 OK\r\n\r\n"[..],
        b"HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551615\r\n\r\n",
    ] {
        let (error, said) = endless(once, b"x", 100);
        assert!(matches!(error, Error::Response(ResponseError::TooLong(_))), "{error:?}");
        assert!(said < 1_000);
    }
}

/// One byte at a time, with so many milliseconds between them.
fn dripping(timeouts: Timeouts, between_ms: u32) -> Error<(), ()> {
    let mut stack = ScriptStack::new();
    let answer =
        [&b"HTTP/1.1 200 OK\r\nContent-Length: 10000\r\n\r\n"[..], &[b'x'; 10_000]].concat();
    stack.answers(answer.chunks(1).map(Step::from));
    let mut buffer = [0; 512];
    let request = Request::new(Method::GET, URL).timeouts(timeouts);
    let mut call = request.start(&mut buffer).unwrap();
    let (mut now, mut piece) = (0_u32, [0; 64]);
    loop {
        let before = stack.moves(0).1;
        match call.read(&mut stack, now, &mut piece) {
            Ok(0) => panic!("the body is not so short"),
            Ok(_) | Err(nb::Error::WouldBlock) => {}
            Err(nb::Error::Other(Error::TimedOut(phase))) => {
                assert_eq!(stack.open_sockets(), 0);
                return Error::TimedOut(phase);
            }
            Err(nb::Error::Other(error)) => panic!("{error}"),
        }
        now += between_ms * u32::try_from(stack.moves(0).1 - before).unwrap().max(1);
        assert!(now < 100_000_000, "it never ends");
    }
}

#[test]
fn a_server_that_drips_is_late_as_a_whole() {
    let each = Timeouts::each(30_000);
    let whole = Timeouts { body_ms: 60_000, ..each };
    assert_eq!(dripping(whole, 1_000), Error::TimedOut(Phase::Body));
}

#[test]
fn circles_of_redirects_end() {
    let once: &[u8] = b"";
    let again: &[u8] = b"HTTP/1.1 302 Round\r\nLocation: /\r\nContent-Length: 0\r\n\r\n";
    let (error, _) = endless(once, again, 4096);
    assert_eq!(
        error,
        Error::Response(ResponseError::Redirect(RedirectError::TooMany { limit: 5 }))
    );
}

/// What a server may send: parts of responses, and noise.
fn anything() -> impl Strategy<Value = Vec<u8>> {
    let parts: Vec<&'static [u8]> = vec![
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/1.0 404 \r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n",
        b"HTTP/1.1 302 Go\r\nLocation: /x\r\n",
        b"HTTP/1.1 401 No\r\nWWW-Authenticate: Digest nonce=a\r\n",
        b"WWW-Authenticate: Digest nonce=\"b\", stale=true, qop=auth\r\n",
        b"Set-Cookie: a=b; Path=/\r\n",
        b"Content-Length: 5\r\n",
        b"Content-Length: 0\r\n",
        b"Content-Length: 99999999999999999999\r\n",
        b"Transfer-Encoding: chunked\r\n",
        b"Connection: close\r\n",
        b"X: y\r\n",
        b"\r\n",
        b"5\r\nhello\r\n",
        b"0\r\n\r\n",
        b"ffffffffffffffff\r\n",
        b"hello",
        b"\n",
        b"\0\xff",
    ];
    let part = prop_oneof![
        8 => prop::sample::select(parts).prop_map(<[u8]>::to_vec),
        1 => prop::collection::vec(any::<u8>(), 0..20),
    ];
    prop::collection::vec(part, 0..10).prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// Whatever a server sends, in whatever pieces: the client ends, in a response or an error, and every
    /// byte of the body was sent.
    #[test]
    fn nothing_hangs_and_nothing_is_made_up(
        answers in prop::collection::vec((anything(), 1_usize..40, any::<bool>()), 6), head in any::<bool>(), extras in any::<bool>(), size in 100_usize..400,
    ) {
        let mut stack = ScriptStack::new();
        for (answer, piece, closes) in &answers {
            let end = if *closes { Step::Close } else { Step::Idle };
            stack.answers(answer.chunks(*piece).map(Step::from).chain([end]));
        }
        let method = if head { Method::HEAD } else { Method::GET };
        let mut buffer = vec![0; size];
        let mut client = Client::new(&mut stack, Ticks::every(1_000)).timeouts(Timeouts { body_ms: 100_000, ..Timeouts::each(20_000) });
        let cookies = Cookies::<2, 32>::new();
        let mut request = client.request(method, URL);
        if extras {
            request = request.digest("光", "a", 1).cookies(&cookies).trailers();
        }
        let mut body = Vec::new();
        let result = request.send(&mut buffer).and_then(|mut response| {
            let mut piece = [0; 7];
            loop {
                match response.read(&mut piece)? {
                    0 => return Ok(response.status_code()),
                    n => body.extend_from_slice(&piece[..n]),
                }
            }
        });
        prop_assert_eq!(stack.open_sockets(), 0);
        if let Ok(code) = result {
            prop_assert!((200..=999).contains(&code) || code == 101, "{}", code);
            prop_assert!(!head || body.is_empty());
        }
        let sent: Vec<u8> = answers.iter().flat_map(|(answer, _, _)| answer.clone()).collect();
        let mut rest = sent.iter();
        prop_assert!(body.iter().all(|byte| rest.any(|sent| sent == byte)), "a byte was made up");
    }
}
