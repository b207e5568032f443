//! Our client.

use nal_http::client::{Exchange, Request};
use nal_http::wire::Method;

use super::{URL, receive};

/// A GET with a buffer of 512 bytes, its body in pieces of 2 KiB.
pub fn get(mut arriving: &[u8]) -> usize {
    let mut buffer = [0; 512];
    let request = Request::new(Method::GET, URL);
    let mut exchange = Exchange::new(&request, &mut buffer).expect("a request");
    while !exchange.is_sent() {
        let n = divan::black_box(exchange.output().expect("a request")).len();
        exchange.sent(n);
    }
    let (mut piece, mut length) = ([0; 2048], 0);
    while !exchange.is_done() {
        let taken = exchange.take(&mut piece).expect("a body");
        length += taken;
        if taken > 0 {
            continue;
        }
        let direct = exchange.direct(&mut piece);
        if direct.is_empty() {
            let n = receive(&mut arriving, exchange.room().expect("room"));
            exchange.received(n).expect("a response");
        } else {
            let n = receive(&mut arriving, direct);
            exchange.took(n);
            length += n;
        }
    }
    assert_eq!(exchange.code(), 200);
    length
}
