//! Where redirects lead, and what is sent there.

use nal_http::client::{
    Client, Error, ErrorOf, RedirectError, Request, RequestError, ResponseError, Upload,
};
use nal_http::testing::{FaultStack, ScriptStack, Step, Ticks};
use nal_http::wire::{Method, UrlError};

const URL: &str = "http://mpython.cn/a/b?c";

/// A server that redirects so, and then answers `done`.
fn redirecting(code: u16, location: &str) -> ScriptStack {
    let mut stack = ScriptStack::new();
    let redirect = format!(
        "HTTP/1.1 {code} Elsewhere\r\nLocation: {location}\r\nContent-Length: 4\r\n\r\nhere"
    );
    stack.answers([redirect.as_str().into()]);
    stack.answers([b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ndone".into()]);
    stack
}

type Answer = Result<(u16, String), Error<(), ()>>;

fn send(stack: &mut ScriptStack, request: &Request<'_>) -> Answer {
    send_with(stack, request, 512)
}

fn send_with(stack: &mut ScriptStack, request: &Request<'_>, size: usize) -> Answer {
    let mut buffer = vec![0; size];
    let result = whole(stack, request, &mut buffer);
    assert_eq!(stack.open_sockets(), 0, "{result:?}");
    result.map_err(|error| match error {
        Error::Request(error) => Error::Request(error),
        Error::Response(error) => Error::Response(error),
        other => panic!("{other}"),
    })
}

fn whole(
    stack: &mut ScriptStack,
    request: &Request<'_>,
    buffer: &mut [u8],
) -> Result<(u16, String), ErrorOf<ScriptStack>> {
    let mut client = Client::new(stack, Ticks::every(1));
    let mut response = request.clone().over(&mut client).send(buffer)?;
    let body = String::from_utf8(response.content()?.to_vec()).unwrap();
    Ok((response.status_code(), body))
}

fn line(stack: &ScriptStack, socket: usize) -> String {
    String::from_utf8_lossy(stack.sent(socket)).lines().next().unwrap_or_default().to_owned()
}

fn sent(stack: &ScriptStack, socket: usize) -> String {
    String::from_utf8_lossy(stack.sent(socket)).into_owned()
}

const CODES: [u16; 5] = [301, 302, 303, 307, 308];

#[test]
fn a_get_goes_where_it_is_sent() {
    let table = [
        ("http://10.0.0.7/x", "GET /x HTTP/1.1", "10.0.0.7"),
        ("http://10.0.0.7:81", "GET / HTTP/1.1", "10.0.0.7:81"),
        ("/x y?光", "GET /x%20y?%E5%85%89 HTTP/1.1", "mpython.cn"),
        ("x#fragment", "GET /a/x HTTP/1.1", "mpython.cn"),
        ("?d", "GET /a/b?d HTTP/1.1", "mpython.cn"),
        ("../x/./y", "GET /x/y HTTP/1.1", "mpython.cn"),
        ("//10.0.0.8:82/z", "GET /z HTTP/1.1", "10.0.0.8:82"),
    ];
    for code in CODES {
        for (location, expected, host) in table {
            let mut stack = redirecting(code, location);
            let request = Request::new(Method::GET, URL).params(&[("d", "e")]);
            assert_eq!(send(&mut stack, &request), Ok((200, "done".into())), "{location}");
            assert_eq!(line(&stack, 0), "GET /a/b?c&d=e HTTP/1.1");
            assert_eq!(line(&stack, 1), expected, "{location}");
            assert!(sent(&stack, 1).contains(&format!("\r\nHost: {host}\r\n")), "{location}");
        }
    }
}

#[test]
fn methods_and_bodies_go_on_as_browsers_do_it() {
    // status, method, method behind it, and whether the body goes along
    let table = [
        (301, Method::POST, "GET", false),
        (302, Method::POST, "GET", false),
        (303, Method::POST, "GET", false),
        (307, Method::POST, "POST", true),
        (308, Method::POST, "POST", true),
        (301, Method::PUT, "PUT", true),
        (302, Method::DELETE, "DELETE", true),
        (303, Method::PUT, "GET", false),
        (303, Method::HEAD, "HEAD", false),
        (307, Method::HEAD, "HEAD", false),
    ];
    for (code, method, expected, with_body) in table {
        let mut stack = redirecting(code, "/x");
        let mut request = Request::new(method, URL).redirects(1);
        if method != Method::HEAD {
            request = request.data("光线").header("Content-Type", "text/plain");
        }
        let answer = send(&mut stack, &request).unwrap();
        assert_eq!(answer.0, 200);
        let sent = sent(&stack, 1);
        assert!(sent.starts_with(&format!("{expected} /x HTTP/1.1\r\n")), "{code} {sent}");
        assert_eq!(sent.ends_with("Content-Length: 6\r\n\r\n光线"), with_body, "{code} {sent}");
        assert_eq!(sent.contains("Content-Type: text/plain\r\n"), with_body, "{code} {sent}");
        assert!(with_body || sent.ends_with("\r\n\r\n"), "{code} {sent}");
    }
}

#[test]
fn forms_and_json_are_written_again() {
    let mut stack = redirecting(307, "/x");
    let request = Request::new(Method::POST, URL).form(&[("城", "深圳")]).redirects(1);
    assert_eq!(send(&mut stack, &request).unwrap().0, 200);
    assert!(sent(&stack, 1).ends_with("\r\n\r\n%E5%9F%8E=%E6%B7%B1%E5%9C%B3"));
    let mut stack = redirecting(308, "/x");
    let request = Request::new(Method::POST, URL).json(&[301]).redirects(1);
    assert_eq!(send(&mut stack, &request).unwrap().0, 200);
    assert!(sent(&stack, 1).ends_with("Content-Length: 5\r\n\r\n[301]"));
}

#[test]
fn some_redirects_are_the_response() {
    let here = || Ok((307, "here".to_owned()));
    let mut stack = redirecting(307, "/x");
    let request = Request::new(Method::GET, URL).redirects(0);
    assert_eq!(send(&mut stack, &request), here(), "none is to be followed");
    let mut stack = redirecting(307, "/x");
    assert_eq!(send(&mut stack, &Request::new(Method::POST, URL)), here(), "nor is one of a POST");
    let mut stack = redirecting(307, "/x");
    let mut reader = &b"abc"[..];
    let body = Upload::sized(&mut reader, 3);
    let request = Request::new(Method::PUT, URL).upload(&body).redirects(5);
    assert_eq!(send(&mut stack, &request), here(), "the body was read");

    for (code, header) in [(300, "Location: /x"), (304, "Location: /x"), (302, "X: y")] {
        let mut stack = ScriptStack::new();
        let answer = format!("HTTP/1.1 {code} No\r\n{header}\r\nContent-Length: 0\r\n\r\n");
        stack.answers([answer.as_str().into()]);
        let result = send(&mut stack, &Request::new(Method::GET, URL));
        assert_eq!(result, Ok((code, String::new())), "{header}");
    }
}

#[test]
fn credentials_stay_with_their_server() {
    let names = ["Authorization", "Cookie", "Proxy-Authorization"];
    for (location, kept) in [
        ("/x", true),
        ("http://MPYTHON.cn/x", true),
        ("http://mpython.cn:80/x", true),
        ("http://mpython.cn:81/x", false),
        ("http://10.0.0.7/x", false),
    ] {
        let mut stack = redirecting(302, location);
        let request = Request::new(Method::GET, URL)
            .header("Cookie", "a=b")
            .header("proxy-authorization", "c")
            .header("Host", "own")
            .header("X-Other", "d")
            .auth("name", "secret");
        assert_eq!(send(&mut stack, &request).unwrap().0, 200);
        let sent = sent(&stack, 1);
        for name in names {
            let has =
                sent.to_ascii_lowercase().contains(&format!("{}: ", name.to_ascii_lowercase()));
            assert_eq!(has, kept, "{location} {name}");
        }
        assert!(sent.contains("X-Other: d\r\n"));
        assert_eq!(sent.matches("Host: ").count(), 1, "{sent}");
        assert_eq!(sent.contains("Host: own"), kept);
    }
}

#[test]
fn credentials_that_were_left_behind_stay_there() {
    let mut stack = ScriptStack::new();
    let go = |to: &str| format!("HTTP/1.1 302 Go\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n");
    stack.answers([go("http://10.0.0.7/").as_str().into()]);
    stack.answers([go("http://mpython.cn/back").as_str().into()]);
    stack.answers([b"HTTP/1.1 204 No Content\r\n\r\n".into()]);
    let request = Request::new(Method::GET, URL).bearer("secret");
    assert_eq!(send(&mut stack, &request), Ok((204, String::new())));
    assert!(sent(&stack, 0).contains("secret"));
    assert!(!sent(&stack, 1).contains("secret") && !sent(&stack, 2).contains("secret"));
}

fn refusal(stack: &mut ScriptStack, request: &Request<'_>, size: usize) -> RedirectError {
    match send_with(stack, request, size) {
        Err(Error::Response(ResponseError::Redirect(error))) => error,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_is_not_followed_is_an_error_of_its_own() {
    let get = Request::new(Method::GET, URL);
    let mut stack = ScriptStack::new();
    for _ in 0..9 {
        stack.answers([b"HTTP/1.1 302 Round\r\nLocation: b\r\nContent-Length: 0\r\n\r\n".into()]);
    }
    assert_eq!(refusal(&mut stack, &get, 512), RedirectError::TooMany { limit: 5 });
    assert!(!stack.sent(5).is_empty(), "five are followed");

    for (location, error) in [
        ("ftp://h/", UrlError::Scheme),
        ("javascript:alert(1)", UrlError::NoScheme),
        ("http://", UrlError::NoHost),
        ("http://u:p@h/", UrlError::UserInfo),
    ] {
        let mut stack = redirecting(301, location);
        assert_eq!(refusal(&mut stack, &get, 512), RedirectError::Url(error), "{location}");
    }
    let mut stack = redirecting(301, "https://mpython.cn/");
    assert_eq!(send(&mut stack, &get), Err(Error::Request(RequestError::Https)));

    let long = format!("/{}", "x".repeat(200));
    let mut stack = redirecting(301, &long);
    let answer = send_with(&mut stack, &get, 400);
    assert!(matches!(answer, Err(Error::Response(ResponseError::FollowUp(_)))), "{answer:?}");
    let mut stack = redirecting(301, &long);
    assert_eq!(send_with(&mut stack, &get, 800).unwrap().0, 200);
}

#[test]
fn a_redirect_is_followed_through_a_stack_that_splits_and_hesitates() {
    for at_most in [1, 7, 100] {
        let inner = redirecting(308, "http://10.0.0.7:8080/light");
        let mut stack = FaultStack::new(inner).at_most(at_most).would_block_every_other();
        let mut buffer = [0; 300];
        let mut client = Client::new(&mut stack, Ticks::every(1));
        let mut response = client.get(URL).send(&mut buffer).unwrap();
        assert_eq!(response.redirected_to(), Some("http://10.0.0.7:8080/light"));
        assert_eq!(response.text(), Ok("done"));
        drop(response);
        assert_eq!(stack.open_sockets(), 0);
    }
}

#[test]
fn a_server_that_breaks_off_behind_a_redirect_is_an_error() {
    let mut stack = ScriptStack::new();
    stack.answers([b"HTTP/1.1 302 Go\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n".into()]);
    stack.answers([Step::Close]);
    let mut buffer = [0; 300];
    let mut client = Client::new(&mut stack, Ticks::every(1));
    let error: Option<ErrorOf<ScriptStack>> = client.get(URL).send(&mut buffer).err();
    assert_eq!(error, Some(Error::Response(ResponseError::Closed)));
}
