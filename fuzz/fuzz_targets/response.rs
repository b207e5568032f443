//! Any bytes, in any pieces, as a response: the call ends, and no more comes out of it than went in. What is sent, also
//! because of it, is one request each time, with the headers that belong there.
#![no_main]

mod input;

use libfuzzer_sys::fuzz_target;
use nal_http::client::{Call, Conditional, Cookies, ErrorOf, Request};
use nal_http::nb;
use nal_http::net::Transport;
use nal_http::testing::TestServer;
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
    // Each connection is answered with the same bytes, whatever was sent.
    let mut server = TestServer::new(|request: &[u8]| {
        check_request(request);
        bytes
    })
    .in_pieces(&splits);
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
fn receive<S: Transport>(
    call: &mut Call<'_, '_, S::Socket>,
    server: &mut S,
    gathers: bool,
) -> Result<usize, nb::Error<ErrorOf<S>>> {
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
