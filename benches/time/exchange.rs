//! How long a whole exchange takes in memory, beside `ureq-proto`'s on the same bytes: `cargo bench --bench exchange`.
//!
//! A client writes its request and reads its response; a server reads a request and writes its response. What touches
//! our interfaces is in `client.rs` and `server.rs`, one function each.

use divan::Bencher;

mod client;
#[path = "../size/src/messages.rs"]
#[allow(dead_code, reason = "each bench takes what it needs")]
mod messages;
mod server;
mod ureq;

use messages::{CHROME, CURL, NGINX};

fn main() {
    divan::main();
}

/// What is asked for, by every client.
const URL: &str = "http://mpython.cn/weather";
/// What is answered, by every server.
const PAGE: &[u8] = b"Hello from a microcontroller";

/// A whole exchange: takes what arrives, says how many bytes of body it had, or sent.
type Exchange = fn(&[u8]) -> usize;

fn response(of: &str) -> Vec<u8> {
    if of == "nginx" {
        return NGINX.into();
    }
    let chunk = [b"100\r\n".as_slice(), &[b'x'; 256], b"\r\n"].concat();
    let head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".as_slice();
    [head, &chunk.repeat(16), b"0\r\n\r\n"].concat()
}

fn time_get(bencher: Bencher<'_, '_>, of: &str, get: Exchange) {
    let response = response(of);
    let expected = if of == "nginx" { 12 } else { 4096 };
    bencher.bench(|| assert_eq!(get(divan::black_box(&response)), expected));
}

fn time_answer(bencher: Bencher<'_, '_>, of: &str, answer: Exchange) {
    let request = if of == "curl" { CURL } else { CHROME };
    bencher.bench(|| assert_eq!(answer(divan::black_box(request.as_bytes())), PAGE.len()));
}

mod get {
    use super::{Bencher, client, time_get, ureq};

    #[divan::bench(args = ["nginx", "4 KiB in 16 chunks"])]
    fn nal_http(bencher: Bencher<'_, '_>, of: &str) {
        time_get(bencher, of, client::get);
    }

    #[divan::bench(args = ["nginx", "4 KiB in 16 chunks"])]
    fn ureq_proto(bencher: Bencher<'_, '_>, of: &str) {
        time_get(bencher, of, ureq::get);
    }
}

mod answer {
    use super::{Bencher, server, time_answer, ureq};

    #[divan::bench(args = ["curl", "Chrome"])]
    fn nal_http(bencher: Bencher<'_, '_>, of: &str) {
        time_answer(bencher, of, server::answer);
    }

    #[divan::bench(args = ["curl", "Chrome"])]
    fn ureq_proto(bencher: Bencher<'_, '_>, of: &str) {
        time_answer(bencher, of, ureq::answer);
    }
}
