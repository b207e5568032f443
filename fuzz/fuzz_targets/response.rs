//! Any bytes, in any pieces, as a response: the call ends, and no more comes out of it than went in. What is sent, also
//! because of it, is one request each time, with the headers that belong there.
#![no_main]

mod input;

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use libfuzzer_sys::fuzz_target;
use nal_http::client::{Call, Conditional, Cookies, ErrorOf, Request};
use nal_http::embedded_nal::AddrType;
use nal_http::nb;
use nal_http::net::{Received, Transport, TransportError};
use nal_http::wire::Method;

fuzz_target!(|input: &[u8]| {
    let Some((choice, splits, bytes)) = input::parts(input) else { return };
    let method = if choice & 1 == 1 { Method::HEAD } else { Method::GET };
    let cookies = Cookies::<2, 64>::new();
    let changed = Conditional::<16>::new();
    let mut request = Request::new(method, "http://a.h/").want(&["ETag"]);
    if choice & 4 == 4 {
        request = request.trailers();
    }
    if choice & 8 == 8 {
        request = request.cookies(&cookies).with(&changed);
    }
    if choice & 16 == 16 {
        request = request.digest("光\"", "p", 1);
    }
    let mut server = Server { bytes, splits: &splits, arriving: bytes, at: 0, asked: Vec::new() };
    let mut buffer = vec![0; 130 + 4 * usize::from(choice)];
    let mut call = request.start(&mut buffer).expect("a request");
    if let Ok(body) = receive(&mut call, &mut server, choice & 2 == 2) {
        assert!(call.is_done() && body <= bytes.len());
        assert!((100..=999).contains(&call.status_code()));
        let _ = (call.reason(), call.headers().count(), call.trailers().count());
    }
    call.close(&mut server);
});

/// Reads the response, and returns how much body it had. Nothing ever blocks.
fn receive<'a>(
    call: &mut Call<'_, '_, ()>,
    server: &mut Server<'a>,
    gathers: bool,
) -> Result<usize, nb::Error<ErrorOf<Server<'a>>>> {
    call.poll(server, 0)?;
    if gathers {
        call.collect(server, 0)?;
        return Ok(call.content().len());
    }
    let (mut piece, mut body) = ([0; 16], 0);
    loop {
        match call.read(server, 0, &mut piece)? {
            0 => return Ok(body),
            n => body += n,
        }
    }
}

/// One head and nothing behind it, whatever the server has put into its location, its challenge and its cookies.
fn check_request(bytes: &[u8]) {
    let text = std::str::from_utf8(bytes).expect("UTF-8");
    assert_eq!(text.find("\r\n\r\n"), Some(text.len() - 4), "{text}");
    let mut lines = text.trim_end().split("\r\n");
    let words = lines.next().map(|line| line.split(' ').count());
    assert_eq!(words, Some(3), "{text}");
    for line in lines {
        let name = line.split(": ").next().unwrap_or_default();
        let own = [
            "Host",
            "User-Agent",
            "Connection",
            "Accept-Encoding",
            "TE",
            "Cookie",
            "Authorization",
            "If-None-Match",
            "If-Modified-Since",
        ];
        assert!(own.contains(&name), "{text}");
        assert!(!line.contains(['\r', '\n', '\0']), "{text}");
    }
}

/// Answers each connection with the same bytes.
struct Server<'a> {
    bytes: &'a [u8],
    splits: &'a [usize],
    arriving: &'a [u8],
    at: usize,
    asked: Vec<u8>,
}

type Answer<T> = Result<T, TransportError<Infallible>>;

impl Transport for Server<'_> {
    type Socket = ();
    type TcpError = Infallible;
    type DnsError = Infallible;

    fn resolve(&mut self, _: &str, _: AddrType) -> nb::Result<IpAddr, Infallible> {
        Ok(Ipv4Addr::LOCALHOST.into())
    }

    fn socket(&mut self) -> Result<(), Infallible> {
        self.arriving = self.bytes;
        self.asked.clear();
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

    fn send(&mut self, (): &mut (), bytes: &[u8]) -> Answer<Option<usize>> {
        self.asked.extend_from_slice(bytes);
        Ok(Some(bytes.len()))
    }

    fn receive(&mut self, (): &mut (), room: &mut [u8]) -> Answer<Received> {
        check_request(&self.asked);
        assert!(!room.is_empty());
        let split = self.splits.get(self.at).map_or(usize::MAX, |&split| split.max(1));
        self.at += 1;
        let n = split.min(room.len()).min(self.arriving.len());
        let (piece, rest) = self.arriving.split_at(n);
        room[..n].copy_from_slice(piece);
        self.arriving = rest;
        Ok(if n == 0 { Received::End } else { Received::Data(n) })
    }

    fn close(&mut self, (): ()) {}
}
