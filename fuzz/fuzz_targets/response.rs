//! Any bytes, in any pieces, as a response: it ends, and no more comes out of it than went in. What is sent because
//! of it is one request, with the headers that belong there.
#![no_main]

mod input;

use libfuzzer_sys::fuzz_target;
use nal_http::client::{Cookies, Exchange, Request, ResponseError};
use nal_http::wire::Method;

fuzz_target!(|input: &[u8]| {
    let Some((choice, splits, bytes)) = input::parts(input) else { return };
    let method = if choice & 1 == 1 { Method::HEAD } else { Method::GET };
    let cookies = Cookies::<2, 64>::new();
    let mut request = Request::new(method, "http://a.h/").want(&["ETag"]);
    if choice & 4 == 4 {
        request = request.trailers();
    }
    if choice & 8 == 8 {
        request = request.cookies(&cookies);
    }
    if choice & 16 == 16 {
        request = request.digest("光\"", "p", 1);
    }
    let mut buffer = vec![0; 130 + 4 * usize::from(choice)];
    let mut exchange = Exchange::new(&request, &mut buffer).expect("a request");
    while !exchange.is_sent() {
        let n = exchange.output().expect("a request without a body").len();
        exchange.sent(n);
    }
    if let Ok(body) = receive(&mut exchange, choice & 2 == 2, &splits, bytes) {
        assert!(exchange.is_done() && body <= bytes.len());
        assert!((100..=999).contains(&exchange.code()));
        let _ = (exchange.head().reason(), exchange.head().headers().count());
        let _ = exchange.trailers().count();
        if let Ok(Some(_)) = exchange.follow() {
            check_request(exchange.output().expect("a request without a body"));
        }
    }
});

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
        ];
        assert!(own.contains(&name), "{text}");
        assert!(!line.contains(['\r', '\n', '\0']), "{text}");
    }
}

/// Feeds the response, and returns how much body it had.
fn receive(
    exchange: &mut Exchange<'_, '_>,
    gathers: bool,
    splits: &[usize],
    mut bytes: &[u8],
) -> Result<usize, ResponseError> {
    let mut splits = splits.iter().map(|&split| split.max(1));
    let mut body = 0;
    while !exchange.is_done() {
        let mut piece = [0; 16];
        let direct = exchange.direct(&mut piece);
        let n = splits.next().unwrap_or(usize::MAX).min(bytes.len());
        if bytes.is_empty() {
            exchange.end_of_stream()?;
        } else if !gathers && !direct.is_empty() {
            let n = n.min(direct.len());
            direct[..n].copy_from_slice(&bytes[..n]);
            exchange.took(n);
            body += n;
            bytes = &bytes[n..];
        } else {
            let room = exchange.room()?;
            let n = n.min(room.len());
            assert!(n > 0);
            room[..n].copy_from_slice(&bytes[..n]);
            exchange.received(n)?;
            bytes = &bytes[n..];
        }
        if gathers {
            exchange.gather()?;
            body = exchange.gathered().len();
        } else {
            while let n @ 1.. = exchange.take(&mut piece)? {
                body += n;
            }
        }
    }
    Ok(body)
}
