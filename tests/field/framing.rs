//! Where a message ends: Transfer-Encoding and Content-Length (RFC 9112 section 6).

use nal_http::client::{Client, Error, ResponseError};
use nal_http::server::Route;
use nal_http::testing::{ScriptStack, Step, Ticks};
use nal_http::wire::HeadError;

use crate::site::{App, ask, length, site, status_of};

const ROUTES: &[Route<App>] = &[Route::post("/", length)];

fn status(version: &str, headers: &str) -> u16 {
    let chunks = "3\r\nabc\r\n0\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n";
    let request = format!("POST / HTTP/{version}\r\nHost: a\r\n{headers}\r\n{chunks}");
    let answer = ask(site(ROUTES), &mut App::default(), &request);
    if answer.starts_with("HTTP/1.1 200 ") {
        assert!(answer.contains("\r\n\r\n3HTTP/1.1 405 "), "the next request is another: {answer}");
        return 200;
    }
    assert!(answer.contains("Connection: close\r\n"), "{headers} {answer}");
    status_of(&answer)
}

/// What request smugglers send: some proxy in front sees one body, and the server another.
#[test]
fn a_coding_whose_end_is_not_known_is_a_400() {
    let table = [
        ("chunked", 200),
        ("Chunked", 200),
        ("chunked,", 200),
        (", ,chunked ,", 200),
        ("chunked, gzip", 400),
        ("chunked, chunked", 400),
        ("chunked,chunked,", 400),
        ("gzip, chunked, chunked", 400),
        ("", 400),
        (",", 400),
        ("chunked;ext=val", 400),
        ("chunked ; a=b", 400),
        ("chunked\r\nTransfer-Encoding: identity", 400),
        ("chunked\r\nTransfer-Encoding: chunked", 400),
        ("chunked\r\nTransfer-Encoding:", 200),
        ("\r\nTransfer-Encoding: chunked", 200),
        ("gzip,\r\n chunked", 400),
        ("\r\n chunked", 400),
        ("gzip", 400),
        ("identity", 400),
        ("xchunked", 400),
        ("chunkedx", 400),
        ("chunked x", 400),
        ("\"chunked\"", 400),
        ("chun\tked", 400),
        ("\x0bchunked", 400),
        ("gzip, chunked", 501),
        ("gzip;q=1, chunked", 501),
        ("gzip\r\nTransfer-Encoding: chunked", 501),
        ("identity, chunked", 501),
        ("deflate, gzip, , chunked,", 501),
    ];
    for (coding, expected) in table {
        let headers = format!("Transfer-Encoding: {coding}\r\n");
        assert_eq!(status("1.1", &headers), expected, "{coding}");
        assert_eq!(status("1.0", &headers), 400, "HTTP/1.0 has no codings: {coding}");
    }
}

/// The same beside a length: whichever a proxy goes by, it is refused.
#[test]
fn a_coding_beside_a_length_is_a_400() {
    for coding in ["chunked", "chunked,", ", chunked", "identity", "", "gzip, chunked", "gzip"] {
        let (coding, length) =
            (format!("Transfer-Encoding: {coding}\r\n"), "Content-Length: 3\r\n");
        assert_eq!(status("1.1", &format!("{coding}{length}")), 400, "{coding}");
        assert_eq!(status("1.1", &format!("{length}{coding}")), 400, "{coding}");
    }
}

type Got = Result<String, Error<nal_http::testing::ScriptError, nal_http::testing::ScriptError>>;

fn receive(headers: &str, body: &str) -> Got {
    let mut stack = ScriptStack::new();
    let answer = format!("HTTP/1.1 200 OK\r\n{headers}\r\n{body}");
    stack.answers([answer.as_str().into(), Step::Close]);
    let mut buffer = [0; 512];
    let mut client = Client::new(&mut stack, Ticks::every(1));
    let mut response = client.get("http://a/").send(&mut buffer)?;
    Ok(response.text()?.to_owned())
}

/// Old embedded servers and CGI programs send `identity` (RFC 2616 had it), and gateways that join lists leave
/// empty elements.
#[test]
fn responses_are_read_where_no_other_reading_is_possible() {
    let chunks = "3\r\nabc\r\n0\r\n\r\n";
    let table = [
        ("Transfer-Encoding: identity\r\n", "abc"),
        ("Transfer-Encoding: identity\r\nContent-Length: 3\r\n", "abc"),
        ("Content-Length: 3\r\nTransfer-Encoding: Identity\r\n", "abc"),
        ("Transfer-Encoding:\r\nContent-Length: 3\r\n", "abc"),
        ("Transfer-Encoding: chunked,\r\n", chunks),
        ("Transfer-Encoding: ,chunked\r\n", chunks),
        ("Transfer-Encoding: identity, chunked\r\n", chunks),
        ("Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n", chunks),
    ];
    for (headers, body) in table {
        assert_eq!(receive(headers, body).as_deref(), Ok("abc"), "{headers}");
    }
    let refused = [
        ("Transfer-Encoding: chunked, chunked\r\n", HeadError::TransferCoding),
        ("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", HeadError::TransferCoding),
        ("Transfer-Encoding: chunked;a=b\r\n", HeadError::TransferCoding),
        ("Transfer-Encoding: gzip, chunked\r\n", HeadError::TransferCoding),
        ("Transfer-Encoding: gzip\r\n", HeadError::TransferCoding),
        ("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n", HeadError::LengthAndCoding),
    ];
    for (headers, error) in refused {
        let expected = Err(Error::Response(ResponseError::Head(error)));
        assert_eq!(receive(headers, chunks), expected, "{headers}");
    }
}
