//! Any bytes, in any pieces, as a response: it ends, and no more comes out of it than went in.
#![no_main]

mod input;

use libfuzzer_sys::fuzz_target;
use nal_http::client::{Exchange, Request, ResponseError};
use nal_http::wire::Method;

fuzz_target!(|input: &[u8]| {
    let Some((choice, splits, bytes)) = input::parts(input) else { return };
    let method = if choice & 1 == 1 { Method::HEAD } else { Method::GET };
    let request = Request::new(method, "http://h/").want(&["ETag"]);
    let mut buffer = vec![0; 96 + usize::from(choice)];
    let mut exchange = Exchange::new(&request, &mut buffer).expect("a request");
    while !exchange.is_sent() {
        let n = exchange.output().expect("a request without a body").len();
        exchange.sent(n);
    }
    if let Ok(body) = receive(&mut exchange, choice & 2 == 2, &splits, bytes) {
        assert!(exchange.is_done() && body <= bytes.len());
        assert!((100..=999).contains(&exchange.code()));
        let _ = (exchange.head().reason(), exchange.head().headers().count());
    }
});

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
