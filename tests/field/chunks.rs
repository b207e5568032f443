//! The lines before chunks (RFC 9112 section 7.1): as strict in requests as Node, lenient in responses.

use nal_http::client::Client;
use nal_http::server::Route;
use nal_http::testing::{ScriptStack, Ticks};

use crate::site::{App, ask, echo, length, site};

const ROUTES: &[Route<App>] =
    &[Route::post("/collect", length), Route::post("/echo", echo).in_pieces()];

/// Line, whether a request may have it.
const LINES: [(&str, bool); 20] = [
    ("5", true),
    ("005", true),
    ("5;a", true),
    ("5;a=b;c", true),
    ("5;a=\"b; \\\"c\"", true),
    ("5;", false),
    ("5;bad[name", false),
    ("5 ", false),
    ("5\t", false),
    ("5 ;a", false),
    ("5; a", false),
    ("5;a=\"", false),
    ("5;a=\"b", false),
    ("5;a=\"b\"c", false),
    ("5;a=", false),
    ("5;=b", false),
    ("5;;a", false),
    ("5;a;", false),
    ("5;a=b c", false),
    ("5;光", false),
];

/// Smugglers hide a line end in an extension that one side does not look at.
#[test]
fn those_of_requests_are_held_to_the_grammar() {
    for (line, is_good) in LINES {
        for target in ["/collect", "/echo"] {
            let request = format!(
                "POST {target} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n{line}\r\nhello\r\n0\r\n\r\n"
            );
            let answer = ask(site(ROUTES), &mut App::default(), &request);
            let status = if is_good { "HTTP/1.1 200 " } else { "HTTP/1.1 400 " };
            assert!(answer.starts_with(status), "{target} {line}: {answer}");
            assert_eq!(
                !is_good,
                answer.contains("Connection: close\r\n"),
                "{target} {line}: {answer}"
            );
        }
    }
}

/// Small servers fill the line up with spaces, to a fixed width.
#[test]
fn those_of_responses_may_have_anything_behind_the_size() {
    for (line, _) in LINES {
        let mut stack = ScriptStack::new();
        let answer = format!(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{line}\r\nhello\r\n0\r\n\r\n"
        );
        stack.answers([answer.as_str().into()]);
        let mut buffer = [0; 512];
        let mut client = Client::new(&mut stack, Ticks::every(1));
        let mut response = client.get("http://a/").send(&mut buffer).unwrap();
        assert_eq!(response.text(), Ok("hello"), "{line}");
    }
}
