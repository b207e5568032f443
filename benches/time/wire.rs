//! How long the parts of `wire` take, beside `httparse`, `ureq-proto` and `core::fmt` on the same bytes: `cargo bench --bench wire`.
//!
//! A head is read and one of its headers looked up. What the others leave to their callers (Host, framing, limits)
//! is in our figure; the copy of the bytes, which our reader works on, is made before the clock runs.

use std::fmt::Write as _;
use std::hint::black_box;
use std::str::FromStr as _;

use divan::Bencher;
use nal_http::wire::{
    BodyReader, Framing, HeadReader, HeadRules, Pairs, Progress, RequestHead, ResponseHead, Url,
    Window, Writer, write_pairs,
};
use ureq_proto::http::Uri;
use ureq_proto::parser;

#[path = "../size/src/messages.rs"]
#[allow(dead_code, reason = "each bench takes what it needs")]
mod messages;

use messages::{CHROME, CURL, NGINX};

fn main() {
    divan::main();
}

/// Whose head it is, and the head.
fn request(of: &str) -> &'static str {
    if of == "curl" { CURL } else { CHROME }
}

/// Bytes in a buffer of 1 KiB, and how many.
fn received(bytes: &str) -> ([u8; 1024], usize) {
    let mut buffer = [0; 1024];
    buffer[..bytes.len()].copy_from_slice(bytes.as_bytes());
    (buffer, bytes.len())
}

/// Reads a head; the bytes that were kept of it.
fn read_head(mut reader: HeadReader, (buffer, length): &mut ([u8; 1024], usize)) -> &[u8] {
    let mut window = Window::default();
    window.received(*length);
    let progress = reader.advance(buffer, &mut window, &HeadRules::default());
    assert_eq!(progress, Ok(Progress::Complete));
    &buffer[..reader.kept()]
}

mod request_head {
    use super::{Bencher, HeadReader, RequestHead, parser, read_head, received, request};

    #[divan::bench(args = ["curl", "Chrome"])]
    fn nal_http(bencher: Bencher<'_, '_>, of: &str) {
        bencher.with_inputs(|| received(request(of))).bench_refs(|received| {
            let head = RequestHead::new(read_head(HeadReader::request(), received));
            head.headers().get("Accept").map(str::len)
        });
    }

    #[divan::bench(args = ["curl", "Chrome"])]
    fn httparse(bencher: Bencher<'_, '_>, of: &str) {
        bencher.with_inputs(|| received(request(of))).bench_refs(|(buffer, length)| {
            let mut headers = [httparse::EMPTY_HEADER; 16];
            let mut request = httparse::Request::new(&mut headers);
            assert!(request.parse(&buffer[..*length]).is_ok_and(|parsed| parsed.is_complete()));
            let accept =
                request.headers.iter().find(|header| header.name.eq_ignore_ascii_case("Accept"));
            accept.map(|header| header.value.len())
        });
    }

    #[divan::bench(args = ["curl", "Chrome"])]
    fn ureq_proto(bencher: Bencher<'_, '_>, of: &str) {
        bencher.with_inputs(|| received(request(of))).bench_refs(|(buffer, length)| {
            let parsed = parser::try_parse_request::<16>(&buffer[..*length]).ok().flatten();
            parsed
                .expect("a head")
                .1
                .headers()
                .get("Accept")
                .map(ureq_proto::http::HeaderValue::len)
        });
    }
}

mod response_head {
    use super::{Bencher, HeadReader, NGINX, ResponseHead, parser, read_head, received};

    #[divan::bench]
    fn nal_http(bencher: Bencher<'_, '_>) {
        bencher.with_inputs(|| received(NGINX)).bench_refs(|received| {
            let head = ResponseHead::new(read_head(HeadReader::response(), received));
            head.headers().get("Content-Type").map(str::len)
        });
    }

    #[divan::bench]
    fn httparse(bencher: Bencher<'_, '_>) {
        bencher.with_inputs(|| received(NGINX)).bench_refs(|(buffer, length)| {
            let mut headers = [httparse::EMPTY_HEADER; 16];
            let mut response = httparse::Response::new(&mut headers);
            assert!(response.parse(&buffer[..*length]).is_ok_and(|parsed| parsed.is_complete()));
            let kind = response
                .headers
                .iter()
                .find(|header| header.name.eq_ignore_ascii_case("Content-Type"));
            kind.map(|header| header.value.len())
        });
    }

    #[divan::bench]
    fn ureq_proto(bencher: Bencher<'_, '_>) {
        bencher.with_inputs(|| received(NGINX)).bench_refs(|(buffer, length)| {
            let parsed = parser::try_parse_response::<16>(&buffer[..*length]).ok().flatten();
            parsed
                .expect("a head")
                .1
                .headers()
                .get("Content-Type")
                .map(ureq_proto::http::HeaderValue::len)
        });
    }
}

/// ureq-proto has its URLs from the crate `http`.
mod url {
    use super::*;

    const URL: &str = "http://mpython.cn:8080/api/weather?city=%E6%B7%B1%E5%9C%B3&unit=C";

    #[divan::bench]
    fn nal_http() -> u16 {
        Url::parse(black_box(URL)).map_or(0, |url| url.port())
    }

    #[divan::bench]
    fn ureq_proto() -> u16 {
        Uri::from_str(black_box(URL)).ok().and_then(|uri| uri.port_u16()).unwrap_or_default()
    }
}

/// A body of 4 KiB in chunks of 256 bytes, copied out of its framing. (ureq-proto's is in the bench `exchange`.)
mod chunked_body {
    use super::{Bencher, BodyReader, Framing, black_box};

    fn body() -> Vec<u8> {
        let chunk = [b"100\r\n".as_slice(), &[b'x'; 256], b"\r\n"].concat();
        [chunk.repeat(16).as_slice(), b"0\r\n\r\n"].concat()
    }

    #[divan::bench]
    fn nal_http(bencher: Bencher<'_, '_>) {
        let body = body();
        bencher.bench_local(|| {
            let (mut input, mut out, mut at) = (black_box(&body[..]), [0; 4096], 0);
            let mut reader = BodyReader::new(Framing::Chunked);
            while !reader.is_done() {
                let skipped = reader.skip_framing(input).expect("chunks");
                let n = usize::try_from(reader.next_data()).expect("a length");
                let (data, rest) = input[skipped..].split_at(n);
                out[at..at + n].copy_from_slice(data);
                reader.took(n as u64);
                (input, at) = (rest, at + n);
            }
            assert_eq!(at, 4096);
            out
        });
    }

    #[divan::bench]
    fn httparse(bencher: Bencher<'_, '_>) {
        let body = body();
        bencher.bench_local(|| {
            let (mut input, mut out, mut at) = (black_box(&body[..]), [0; 4096], 0);
            while let Ok(httparse::Status::Complete((skipped, size))) =
                httparse::parse_chunk_size(input)
            {
                let n = usize::try_from(size).expect("a length");
                if n == 0 {
                    break;
                }
                let (data, rest) = input[skipped..].split_at(n);
                out[at..at + n].copy_from_slice(data);
                (input, at) = (&rest[2..], at + n);
            }
            assert_eq!(at, 4096);
            out
        });
    }
}

mod percent {
    use super::black_box;
    use nal_http::wire::Encoded;

    #[divan::bench]
    fn decode() -> usize {
        let mut out = [0; 64];
        Encoded::new(black_box("%E5%85%89%E6%95%8F%20light-sensor"))
            .decode(&mut out)
            .map_or(0, str::len)
    }
}

mod form {
    use super::{Pairs, Writer, black_box, write_pairs};

    #[divan::bench]
    fn read() -> usize {
        let mut out = [0; 64];
        let pairs = Pairs::new(black_box("name=%E6%8E%8C+1&unit=C&city=%E6%B7%B1%E5%9C%B3"));
        pairs.get("city").map_or(0, |city| city.decode(&mut out).map_or(0, str::len))
    }

    #[divan::bench]
    fn write() -> usize {
        let mut out = [0; 64];
        let mut writer = Writer::new(&mut out);
        write_pairs(&mut writer, black_box(&[("city", "深圳"), ("unit", "C")]));
        writer.written().len()
    }
}

/// The head of a response.
mod writer {
    use super::*;

    #[divan::bench]
    fn nal_http() -> usize {
        let mut out = [0; 128];
        let mut writer = Writer::new(&mut out);
        writer.str("HTTP/1.1 200 OK\r\n");
        let named = writer.header("Content-Type", black_box("text/plain"));
        writer.str("Content-Length: ");
        writer.number(black_box(12_345));
        writer.str("\r\n\r\n");
        assert!(named.is_ok());
        writer.written().len()
    }

    /// Into a `String` that has the room; the header's characters are not checked.
    #[divan::bench]
    fn core_fmt(bencher: Bencher<'_, '_>) {
        bencher.with_inputs(|| String::with_capacity(128)).bench_refs(|out| {
            let (kind, length) = black_box(("text/plain", 12_345_u64));
            write!(
                out,
                "HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\r\n"
            )
        });
    }
}
