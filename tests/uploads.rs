//! Bodies that are read while they are sent: readers, chunks, forms with files. And who sends them.

use embedded_io::{ErrorKind, ErrorType, Read};
use nal_http::client::{
    Client, Error, Multipart, Part, Request, RequestError, Upload, UploadError,
};
use nal_http::testing::{Fault, FaultStack, ScriptStack, Ticks};
use nal_http::wire::{BodyReader, Framing, InvalidHeader, Method};
use proptest::prelude::*;

const URL: &str = "http://mpython.cn/upload";

/// A file that is read in pieces of `piece` bytes, and cannot be read behind `broken`.
struct File<'d> {
    data: &'d [u8],
    piece: usize,
    broken: usize,
}

impl<'d> File<'d> {
    fn new(data: &'d [u8], piece: usize) -> Self {
        Self { data, piece, broken: usize::MAX }
    }
}

impl ErrorType for File<'_> {
    type Error = ErrorKind;
}

impl Read for File<'_> {
    fn read(&mut self, out: &mut [u8]) -> Result<usize, ErrorKind> {
        if self.broken == 0 {
            return Err(ErrorKind::TimedOut);
        }
        let n = self.piece.min(out.len()).min(self.data.len()).min(self.broken);
        let (now, later) = self.data.split_at(n);
        out[..n].copy_from_slice(now);
        (self.data, self.broken) = (later, self.broken - n);
        Ok(n)
    }
}

/// What is sent through a stack that takes `at_most` bytes at once; in how many sends.
fn send(
    request: &Request<'_>,
    size: usize,
    at_most: usize,
) -> Result<(Vec<u8>, usize), Error<(), ()>> {
    let mut inner = ScriptStack::new();
    inner.answers([b"HTTP/1.1 204 No Content\r\n\r\n".into()]);
    let mut stack = FaultStack::new(inner).at_most(at_most);
    let mut buffer = vec![0; size];
    let mut client = Client::new(&mut stack, Ticks::every(1));
    let sent = request.clone().over(&mut client).send(&mut buffer).map(|_| ());
    assert_eq!(stack.open_sockets(), 0);
    sent.map_err(|error| match error {
        Error::Request(error) => Error::Request(error),
        other => panic!("{other}"),
    })?;
    Ok((stack.inner().sent(0).to_vec(), stack.inner().moves(0).0))
}

fn head_and_body(sent: &[u8]) -> (String, Vec<u8>) {
    let end = sent.windows(4).position(|window| window == b"\r\n\r\n").unwrap() + 4;
    (String::from_utf8(sent[..end].to_vec()).unwrap(), sent[end..].to_vec())
}

fn unchunk(mut input: &[u8]) -> Vec<u8> {
    let mut body = BodyReader::new(Framing::Chunked);
    let mut out = Vec::new();
    while !body.is_done() {
        input = &input[body.skip_framing(input).unwrap()..];
        let n = usize::try_from(body.next_data()).unwrap();
        out.extend_from_slice(&input[..n]);
        input = &input[n..];
        body.took(n as u64);
    }
    assert_eq!(input, b"");
    out
}

#[test]
fn a_small_upload_leaves_in_one_send() {
    let mut file = File::new("光线传感器".as_bytes(), 4);
    let body = Upload::sized(&mut file, 15);
    let request = Request::new(Method::PUT, URL).header("Content-Type", "text/plain");
    let (sent, sends) = send(&request.upload(&body), 512, usize::MAX).unwrap();
    let (head, body) = head_and_body(&sent);
    assert!(head.contains("Content-Type: text/plain\r\nContent-Length: 15\r\n\r\n"), "{head}");
    assert_eq!((body.as_slice(), sends), ("光线传感器".as_bytes(), 1));
}

#[test]
fn an_empty_upload_has_a_length() {
    let mut file = File::new(b"", 1);
    let body = Upload::sized(&mut file, 0);
    let (sent, _) = send(&Request::new(Method::POST, URL).upload(&body), 512, 99).unwrap();
    assert!(sent.ends_with(b"Content-Length: 0\r\n\r\n"));
    let mut file = File::new(b"", 1);
    let body = Upload::chunked(&mut file);
    let (sent, _) = send(&Request::new(Method::POST, URL).upload(&body), 512, 99).unwrap();
    assert!(sent.ends_with(b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"));
}

#[test]
fn a_reader_that_has_more_is_read_no_further() {
    let mut file = File::new(b"abcdef", 99);
    let body = Upload::sized(&mut file, 4);
    let (sent, _) = send(&Request::new(Method::POST, URL).upload(&body), 512, 99).unwrap();
    assert!(sent.ends_with(b"\r\n\r\nabcd"));
    assert_eq!(file.data, b"ef");
}

#[test]
fn a_reader_that_ends_or_fails_breaks_the_request_off() {
    for size in [200, 4000] {
        let data = [b'x'; 1000];
        let mut file = File::new(&data, 100);
        let body = Upload::sized(&mut file, 1003);
        let request = Request::new(Method::POST, URL).upload(&body);
        let error = UploadError::TooShort { missing: 3 };
        assert_eq!(send(&request, size, 999).err(), Some(Error::Request(error.into())));
        assert_eq!(error.to_string(), "body to be sent ended 3 bytes before its announced length");

        for chunked in [true, false] {
            let mut file = File { broken: 500, ..File::new(&data, 100) };
            let body =
                if chunked { Upload::chunked(&mut file) } else { Upload::sized(&mut file, 1000) };
            let request = Request::new(Method::POST, URL).upload(&body);
            let error = UploadError::Read(ErrorKind::TimedOut);
            assert_eq!(send(&request, size, 999).err(), Some(Error::Request(error.into())));
        }
    }
}

const BOUNDARY: &str = "000102030405060708090a0b0c0d0e0f";

fn random() -> [u8; 16] {
    core::array::from_fn(|index| u8::try_from(index).unwrap())
}

#[test]
fn forms_with_files_are_what_browsers_send() {
    let mut picture = File::new(b"\x89PNG\r\n--", 2);
    let parts = [
        Part::field("名 \"字\"\r\n", "掌控板"),
        Part::file("photo", "oled 光.png", "image/png", &mut picture, 8),
        Part::bytes("log", "a.txt", "text/plain", b""),
    ];
    let form = Multipart::new(&parts, random());
    let (sent, sends) =
        send(&Request::new(Method::POST, URL).files(&form), 1024, usize::MAX).unwrap();
    let (head, body) = head_and_body(&sent);
    let expected = format!(
        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"名 %22字%22%0D%0A\"\r\n\r\n掌控板\r\n\
         --{BOUNDARY}\r\nContent-Disposition: form-data; name=\"photo\"; filename=\"oled 光.png\"\r\n\
         Content-Type: image/png\r\n\r\n\u{1}PNG\r\n--\r\n\
         --{BOUNDARY}\r\nContent-Disposition: form-data; name=\"log\"; filename=\"a.txt\"\r\n\
         Content-Type: text/plain\r\n\r\n\r\n--{BOUNDARY}--\r\n"
    );
    let expected: Vec<u8> =
        expected.bytes().map(|byte| if byte == 1 { 0x89 } else { byte }).collect();
    assert_eq!(body.escape_ascii().to_string(), expected.escape_ascii().to_string());
    let own = format!(
        "Content-Type: multipart/form-data; boundary={BOUNDARY}\r\nContent-Length: {}\r\n\r\n",
        expected.len()
    );
    assert!(head.ends_with(&own), "{head}");
    assert_eq!(sends, 1);
}

#[test]
fn a_form_without_parts_is_only_its_end() {
    let form = Multipart::new(&[], random());
    let (sent, _) = send(&Request::new(Method::POST, URL).files(&form), 512, 99).unwrap();
    assert!(sent.ends_with(format!("Content-Length: 38\r\n\r\n--{BOUNDARY}--\r\n").as_bytes()));
}

proptest! {
    #[test]
    fn uploads_arrive_whole(
        data: Vec<u8>, repeat in 1_usize..40, piece in 1_usize..300, size in 160_usize..900, at_most in 1_usize..400,
        chunked: bool,
    ) {
        let data = data.repeat(repeat);
        let mut file = File::new(&data, piece);
        let body = if chunked {
            Upload::chunked(&mut file)
        } else {
            Upload::sized(&mut file, data.len() as u64)
        };
        let request = Request::new(Method::POST, URL).upload(&body);
        let (sent, _) = send(&request, size, at_most).unwrap();
        let (_, body) = head_and_body(&sent);
        let body = if chunked { unchunk(&body) } else { body };
        prop_assert!(body == data);
    }

    #[test]
    fn forms_have_the_length_they_announce(
        texts: Vec<(String, String)>, files: Vec<(String, Vec<u8>)>, size in 250_usize..900, at_most in 1_usize..400,
    ) {
        let mut readers: Vec<_> = files.iter().map(|(_, data)| File::new(data, 7)).collect();
        let mut parts: Vec<_> =
            texts.iter().map(|(name, value)| Part::field(name, value)).collect();
        for ((name, data), reader) in files.iter().zip(&mut readers) {
            parts.push(Part::file("f", name, "a/b", reader, data.len() as u64));
        }
        let form = Multipart::new(&parts, random());
        let request = Request::new(Method::POST, URL).files(&form);
        let (sent, _) = send(&request, size, at_most).unwrap();
        let (head, body) = head_and_body(&sent);
        let announced = format!("Content-Length: {}\r\n", body.len());
        prop_assert!(head.contains(&announced));
        let mut rest = body.as_slice();
        for data in texts.iter().map(|(_, value)| value.as_bytes()).chain(files.iter().map(|(_, data)| data.as_slice())) {
            let start = rest.windows(4).position(|window| window == b"\r\n\r\n").unwrap() + 4;
            prop_assert!(rest[start..].starts_with(data));
            rest = &rest[start + data.len()..];
            prop_assert!(rest.starts_with(b"\r\n--"));
        }
    }
}

fn authorization(request: &Request<'_>) -> Result<String, RequestError> {
    let (sent, _) = send(request, 512, usize::MAX).map_err(|error| match error {
        Error::Request(error) => error,
        other => panic!("{other:?}"),
    })?;
    let (head, _) = head_and_body(&sent);
    let values: Vec<_> =
        head.lines().filter_map(|line| line.strip_prefix("Authorization: ")).collect();
    Ok(values.join("|"))
}

#[test]
fn who_sends_the_request() {
    let get = || Request::new(Method::GET, URL);
    // RFC 7617: section 2 has the first, section 2.1 the one with a sign that is not ASCII.
    let table = [
        ("Aladdin", "open sesame", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="),
        ("test", "123£", "Basic dGVzdDoxMjPCow=="),
        ("", "", "Basic Og=="),
        ("a", "", "Basic YTo="),
        ("a", "b", "Basic YTpi"),
        ("~~~", "???>>>", "Basic fn5+Oj8/Pz4+Pg=="),
    ];
    for (user, password, expected) in table {
        assert_eq!(authorization(&get().auth(user, password)).as_deref(), Ok(expected));
    }
    assert_eq!(authorization(&get().bearer("abc.def")).as_deref(), Ok("Bearer abc.def"));
    let own = get().header("authorization", "Own").auth("a", "b");
    assert_eq!(authorization(&own).as_deref(), Ok(""), "a header of that name takes its place");
    assert_eq!(authorization(&get().auth("a:b", "c")), Err(RequestError::UserName));
    for (user, password) in [("a\r\nX: y", ""), ("a", "b\n")] {
        let error = RequestError::Header(InvalidHeader::Value);
        assert_eq!(authorization(&get().auth(user, password)), Err(error));
    }
    assert!(authorization(&get().bearer("a\r\nX: y")).is_err());
}

#[test]
fn a_server_that_answers_early_is_heard() {
    let mut inner = ScriptStack::new();
    inner.answers([b"HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n".into()]);
    let mut stack =
        FaultStack::new(inner).from(nal_http::testing::Call::Send, 2, Fault::PipeClosed);
    let data = vec![b'x'; 100_000];
    let mut file = File::new(&data, 1000);
    let body = Upload::sized(&mut file, 100_000);
    let mut buffer = [0; 512];
    let request = Request::new(Method::POST, URL).upload(&body);
    let mut client = Client::new(&mut stack, Ticks::every(1));
    assert_eq!(request.over(&mut client).send(&mut buffer).unwrap().status_code(), 413);
}
