//! URLs as people write them.

use nal_http::client::{Client, Error, Request, RequestError};
use nal_http::testing::{ScriptStack, Step, Ticks};
use nal_http::wire::{InvalidHeader, Method};

/// What is sent over each connection to a server that answers so.
fn sent(request: &Request<'_>, answers: &[&str]) -> Result<Vec<String>, RequestError> {
    let mut stack = ScriptStack::new();
    for answer in answers {
        stack.answers([Step::from(answer), Step::Close]);
    }
    let mut buffer = [0; 512];
    let mut client = Client::new(&mut stack, Ticks::every(1));
    match request.clone().over(&mut client).send(&mut buffer) {
        Ok(_) => {}
        Err(Error::Request(error)) => return Err(error),
        Err(error) => panic!("{error}"),
    }
    let text = |n| String::from_utf8(stack.sent(n).to_vec()).unwrap();
    Ok((0..answers.len()).map(text).collect())
}

const DONE: &str = "HTTP/1.1 204 No Content\r\n\r\n";

fn authorization(request: &Request<'_>) -> Result<Option<String>, RequestError> {
    let sent = sent(request, &[DONE])?.remove(0);
    assert!(sent.contains("\r\nHost: camera\r\n"), "{sent}");
    let lines: Vec<&str> =
        sent.lines().filter_map(|line| line.strip_prefix("Authorization: ")).collect();
    assert!(lines.len() <= 1, "{sent}");
    assert!(!sent.contains('@') && !sent.contains(":pw"), "{sent}");
    Ok(lines.first().map(|&line| line.to_owned()))
}

/// The manuals of cameras and switches say `http://user:pw@camera/snapshot.jpg`.
#[test]
fn user_and_password_in_the_url_are_sent() {
    let table = [
        ("http://user:pw@camera/snapshot.jpg", Some("Basic dXNlcjpwdw==")),
        ("http://user@camera/", Some("Basic dXNlcjo=")),
        ("http://:pw@camera/", Some("Basic OnB3")),
        ("http://user:p%40w%3a%25@camera/", Some("Basic dXNlcjpwQHc6JQ==")),
        ("http://user:p@w:@camera/", Some("Basic dXNlcjpwQHc6")),
        ("http://%E5%85%89:线@camera", Some("Basic 5YWJOue6vw==")),
        ("http://u%zz:@camera", Some("Basic dSV6ejo=")),
        ("http://camera/a@b", None),
    ];
    for (url, expected) in table {
        if url.ends_with("a@b") {
            let sent = sent(&Request::new(Method::GET, url), &[DONE]).unwrap().remove(0);
            assert!(sent.starts_with("GET /a@b HTTP/1.1\r\n") && !sent.contains("Authorization"));
            continue;
        }
        let found = authorization(&Request::new(Method::GET, url)).unwrap();
        assert_eq!(found.as_deref(), expected, "{url}");
    }
    let url = "http://user:pw@camera/";
    let get = || Request::new(Method::GET, url);
    assert_eq!(authorization(&get().auth("a", "b")), Ok(Some("Basic YTpi".into())));
    assert_eq!(authorization(&get().bearer("t")), Ok(Some("Bearer t".into())));
    assert_eq!(authorization(&get().header("authorization", "own")), Ok(None));
    let digest = get().digest("a", "b", 1);
    assert_eq!(authorization(&digest), Ok(None), "nothing is sent before it is asked for");
}

#[test]
fn what_cannot_be_sent_says_why() {
    let error = |url| sent(&Request::new(Method::GET, url), &[DONE]).err();
    assert_eq!(error("http://us%3Aer:pw@camera/"), Some(RequestError::UserName));
    let control = Some(RequestError::Header(InvalidHeader::Value));
    assert_eq!(error("http://us%0Aer:pw@camera/"), control);
    assert_eq!(error("http://user:pw%0d@camera/"), control);
    // People who keep `user:password` in one setting.
    let request = Request::new(Method::GET, "http://camera/").auth("us:er", "pw");
    let error = sent(&request, &[DONE]).unwrap_err();
    assert_eq!(error, RequestError::UserName);
    assert!(error.to_string().contains("colon"), "{error}");
}

#[test]
fn a_password_in_the_url_stays_with_its_server() {
    let go = |to: &str| format!("HTTP/1.1 302 Go\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n");
    let url = "http://user:pw@camera/a";
    let request = Request::new(Method::GET, url);
    for (to, stays) in [
        ("b", true),
        ("http://camera/b", true),
        ("http://camera:81/b", false),
        ("//other/b", false),
    ] {
        let sent = sent(&request, &[&go(to), DONE]).unwrap();
        assert!(sent[0].contains("Authorization: Basic dXNlcjpwdw==\r\n"));
        assert_eq!(sent[1].contains("Authorization: Basic dXNlcjpwdw==\r\n"), stays, "{to}");
        assert!(!sent[1].contains("user"), "{to}");
    }
    let sent = sent(&request, &[&go("//other/b"), &go("//camera/c"), DONE]).unwrap();
    assert!(!sent[2].contains("Authorization"), "what was left behind stays there");
    assert_eq!(format!("{request:?}"), "GET http://camera/a", "messages do not tell it");
}

/// URLs from configurations end in `?` or `&`, ready for the first parameter.
#[test]
fn parameters_are_joined_as_the_url_needs_it() {
    let table = [
        ("http://h/x", "/x?a=b"),
        ("http://h/x?", "/x?a=b"),
        ("http://h/x?c", "/x?c&a=b"),
        ("http://h/x?c=d&", "/x?c=d&a=b"),
        ("http://h/x?&", "/x?&a=b"),
        ("http://h?#f", "/?a=b"),
    ];
    for (url, target) in table {
        let request = Request::new(Method::GET, url).params(&[("a", "b")]);
        let sent = sent(&request, &[DONE]).unwrap().remove(0);
        assert!(sent.starts_with(&format!("GET {target} HTTP/1.1\r\n")), "{sent}");
    }
}
