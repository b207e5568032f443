//! Clients that talk to one server: default headers, a base URL, statuses that are errors.

use nal_http::client::{Client, Error, ErrorOf, Pool, Request, RequestError, ResponseError};
use nal_http::testing::{ScriptStack, Step, Ticks};
use nal_http::wire::{BufferTooSmall, Method, UrlError};
use nal_http::{embedded_io, nb};
use proptest::prelude::*;

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";
const KEY: &[(&str, &str)] = &[("X-Api-Key", "301"), ("Accept", "application/json")];

type Outcome = Result<(), ErrorOf<ScriptStack>>;
type TestClient<'s> = Client<'s, ScriptStack, Ticks>;

fn answering(answers: &[&str]) -> ScriptStack {
    let mut stack = ScriptStack::new();
    for answer in answers {
        stack.answers([(*answer).into()]);
    }
    stack
}

fn sent(stack: &ScriptStack, socket: usize) -> String {
    String::from_utf8_lossy(stack.sent(socket)).into_owned()
}

/// What a client sends first, if it is asked so and everything is answered with 200.
fn sends(ask: impl FnOnce(TestClient<'_>, &mut [u8]) -> Outcome) -> String {
    let mut stack = answering(&[OK]);
    let mut buffer = [0; 512];
    ask(Client::new(&mut stack, Ticks::every(1)), &mut buffer).unwrap();
    assert_eq!(stack.open_sockets(), 0);
    sent(&stack, 0)
}

/// Cloud APIs that want a key with each request.
#[test]
fn default_headers_are_sent_with_every_request() {
    let mut stack = answering(&[OK, OK]);
    let mut buffer = [0; 512];
    let mut client = Client::new(&mut stack, Ticks::every(1)).headers(KEY);
    for url in ["http://a/", "http://b/"] {
        client.get(url).header("X-Own", "1").send(&mut buffer).unwrap();
    }
    for socket in [0, 1] {
        let sent = sent(&stack, socket);
        for line in ["X-Api-Key: 301\r\n", "Accept: application/json\r\n", "X-Own: 1\r\n"] {
            assert_eq!(sent.matches(line).count(), 1, "{sent}");
        }
    }
}

#[test]
fn what_a_request_says_takes_the_place_of_a_default() {
    let defaults = &[
        ("accept", "text/plain"),
        ("user-agent", "board/1"),
        ("authorization", "Bearer default"),
        ("content-type", "text/csv"),
    ];
    let plain = sends(|client, buffer| {
        client.headers(defaults).post("http://h/").data("1,2").send(buffer).map(drop)
    });
    for (name, value) in defaults {
        assert_eq!(plain.matches(&format!("{name}: {value}\r\n")).count(), 1, "{plain}");
        assert_eq!(plain.to_lowercase().matches(&format!("\r\n{name}:")).count(), 1, "{plain}");
    }
    let own = sends(|client, buffer| {
        let mut client = client.headers(defaults);
        let request = client.post("http://h/").header("Accept", "own").bearer("own");
        request.form(&[("a", "b")]).send(buffer).map(drop)
    });
    assert!(own.contains("Accept: own\r\n") && !own.contains("text/plain"), "{own}");
    assert!(own.contains("Authorization: Bearer own\r\n") && !own.contains("default"), "{own}");
    assert!(own.contains("x-www-form-urlencoded\r\n") && !own.contains("text/csv"), "{own}");
    assert!(own.contains("user-agent: board/1\r\n") && !own.contains("nal-http/"), "{own}");
}

#[test]
fn default_headers_are_held_to_the_same_rules() {
    let nine = [("a", "b"); 9];
    let table: [(&[(&str, &str)], RequestError); 3] = [
        (&[("Content-Length", "3")], RequestError::FramingHeader),
        (&nine, RequestError::TooManyHeaders),
        (&[("a", "b\r\nc: d")], nal_http::wire::InvalidHeader::Value.into()),
    ];
    for (headers, expected) in table {
        let mut stack = answering(&[]);
        let mut buffer = [0; 512];
        let mut client = Client::new(&mut stack, Ticks::every(1)).headers(headers);
        let error = client.get("http://h/").send(&mut buffer).err();
        assert_eq!(error, Some(Error::Request(expected)));
    }
}

/// An API that redirects to a storage service, or was taken over.
#[test]
fn default_headers_do_not_go_to_another_server() {
    // Where a request to http://h/api/ is redirected to, and whether that is the same server.
    let table = [
        ("/other", true),
        ("http://h:80/other", true),
        ("http://H/other", true),
        ("http://h:81/other", false),
        ("http://evil/", false),
        ("//evil/", false),
    ];
    for (location, is_same) in table {
        let go = format!("HTTP/1.1 302 Go\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n");
        let mut stack = answering(&[&go, OK]);
        let mut buffer = [0; 512];
        let mut client = Client::new(&mut stack, Ticks::every(1)).headers(KEY);
        let request = client.get("http://h/api/").header("X-Own", "1");
        assert_eq!(request.send(&mut buffer).unwrap().status_code(), 200);
        let sent = sent(&stack, 1);
        assert_eq!(sent.contains("X-Api-Key"), is_same, "{location} {sent}");
        assert_eq!(sent.contains("application/json"), is_same);
        assert!(sent.contains("X-Own: 1\r\n"));
    }
}

/// JSON with a `next` link in it, which the program follows without looking.
#[test]
fn with_a_base_url_they_are_for_its_server_only() {
    let table = [
        ("next", true),
        ("http://192.168.0.9/next", true),
        ("http://192.168.0.9:81/", false),
        ("//evil/", false),
        ("http://evil/", false),
    ];
    for (url, is_same) in table {
        let sent = sends(|client, buffer| {
            let mut client = client.base_url("http://192.168.0.9/api/").headers(KEY);
            client.get(url).send(buffer).map(drop)
        });
        assert_eq!(sent.contains("X-Api-Key"), is_same, "{url} {sent}");
    }
}

/// Links as `requests` users, axios users and pages write them.
#[test]
fn urls_are_relative_to_the_base() {
    // base, URL, target, Host
    let table = [
        ("http://h/api/", "light", "/api/light", "h"),
        ("http://h/api/", "/light", "/light", "h"),
        ("http://h/api", "light", "/light", "h"),
        ("http://h", "light", "/light", "h"),
        ("http://h:8080/api/v1/", "../light?now", "/api/light?now", "h:8080"),
        ("http://h/api/", "a/../b/./c#d", "/api/b/c", "h"),
        ("http://h/api/?key=1", "", "/api/?key=1", "h"),
        ("http://h/api/", "?a=b", "/api/?a=b", "h"),
        ("http://h/api/", "光 线", "/api/%E5%85%89%20%E7%BA%BF", "h"),
        ("http://h/api/", "//other/light", "/light", "other"),
        ("http://h/api/", "HTTP://other:81/light", "/light", "other:81"),
        ("http://[::1]:81/", "x", "/x", "[::1]:81"),
    ];
    for (base, url, target, host) in table {
        let sent = sends(|client, buffer| client.base_url(base).get(url).send(buffer).map(drop));
        let head = format!("GET {target} HTTP/1.1\r\nHost: {host}\r\n");
        assert!(sent.starts_with(&head), "{base} {url}: {sent}");
    }
    let sent = sends(|client, buffer| {
        let mut client = client.base_url("http://h/api/");
        client.get("light?x").params(&[("a", "光")]).send(buffer).map(drop)
    });
    assert!(sent.starts_with("GET /api/light?x&a=%E5%85%89 HTTP/1.1\r\n"), "{sent}");
}

/// `http://admin:301@camera/`, as it stands in the settings of a home's cameras.
#[test]
fn a_base_url_can_have_a_user() {
    let ask = |url: &str, own: bool| {
        sends(|client, buffer| {
            let mut client = client.base_url("http://me:301@camera/cgi/");
            let request = client.get(url);
            let request = if own { request.bearer("own") } else { request };
            request.send(buffer).map(drop)
        })
    };
    let basic = "Authorization: Basic bWU6MzAx\r\n";
    assert!(ask("snapshot.jpg", false).contains(basic));
    assert!(ask("/", false).contains(basic));
    let own = ask("snapshot.jpg", true);
    assert!(own.contains("Bearer own\r\n") && !own.contains("Basic"), "{own}");
    for url in ["http://other/", "//other/"] {
        assert!(!ask(url, false).contains("Authorization"), "{url}");
    }
}

#[test]
fn what_is_wrong_with_urls_is_told() {
    let table = [
        ("h/api", "light", RequestError::BaseUrl(UrlError::NoScheme)),
        ("ftp://h/", "light", RequestError::BaseUrl(UrlError::Scheme)),
        ("ftp://h/", "http://h/", RequestError::BaseUrl(UrlError::Scheme)),
        ("http://h/", "ftp://h/", RequestError::Url(UrlError::Scheme)),
        ("http://h/", "//:80/", RequestError::Url(UrlError::NoHost)),
        ("http://h/", "a\r\nb", RequestError::Url(UrlError::ControlCharacter)),
        ("https://h/", "light", RequestError::Https),
    ];
    for (base, url, expected) in table {
        let mut stack = answering(&[]);
        let mut buffer = [0; 512];
        let mut client = Client::new(&mut stack, Ticks::every(1)).base_url(base);
        let error = client.get(url).send(&mut buffer).err();
        assert_eq!(error, Some(Error::Request(expected)), "{base} {url}");
    }
    let told = RequestError::BaseUrl(UrlError::NoScheme).to_string();
    assert_eq!(told, "base URL cannot be used: URL has no scheme: begin it with http://");
}

proptest! {
    /// A buffer that is too small says how large it must be, and so large is enough.
    #[test]
    fn too_long_urls_say_what_would_be_enough(
        url in "(/|//[a-z]{1,9}/)?[a-z光 ./]{0,60}", size in 0_usize..300, key in "[a-z]{0,40}", keeps: bool, proxied: bool,
    ) {
        let ask = |size: usize| {
            let mut stack = answering(&[OK]);
            let headers = [("X-Api-Key", key.as_str())];
            let mut pool = Pool::<_, 1>::new();
            let mut buffer = vec![0; size];
            let client = Client::new(&mut stack, Ticks::every(1));
            let client = if keeps { client.keep_alive(&mut pool) } else { client };
            let client = if proxied { client.proxy("http://me:301@proxy.school:3128") } else { client };
            let mut client = client.base_url("http://mpython.cn/api/v1/").headers(&headers);
            let result = client.get(&url).send(&mut buffer).map(drop);
            pool.close(&mut stack);
            result
        };
        match ask(size) {
            Err(Error::Request(RequestError::HeadTooLong(BufferTooSmall { have, need }))) => {
                prop_assert!(have == size && need > size, "{have} {need} {size}");
                let enough = ask(need);
                let is_url = matches!(enough, Err(Error::Request(RequestError::Url(_))));
                prop_assert!(enough.is_ok() || is_url, "{enough:?}");
            }
            // What is behind `//` can be no host.
            Err(Error::Request(RequestError::Url(_))) => {}
            result => prop_assert_eq!(result, Ok(())),
        }
    }
}

/// A JSON body behind the head: both have to fit, and so does the URL.
#[test]
fn a_relative_url_and_json_say_what_would_be_enough() {
    let ask = |size: usize| {
        let mut stack = answering(&[OK]);
        let mut buffer = vec![0; size];
        let mut client = Client::new(&mut stack, Ticks::every(1)).base_url("http://h/api/");
        client.post("light/光").json(&[301_u16; 4]).send(&mut buffer).map(drop)
    };
    for size in 0..400 {
        match ask(size) {
            Err(Error::Request(RequestError::HeadTooLong(BufferTooSmall { have, need }))) => {
                assert!(have == size && need > size);
                let enough = ask(need);
                let is_head = matches!(enough, Err(Error::Request(RequestError::HeadTooLong(_))));
                assert!(!is_head, "{enough:?}");
            }
            Err(Error::Request(RequestError::JsonTooLong { .. })) => {}
            result => assert_eq!(result, Ok(())),
        }
    }
}

/// A server that closes kept connections, and one that redirects.
#[test]
fn kept_connections_and_redirects_go_with_a_base_url() {
    let go = "HTTP/1.1 302 Go\r\nLocation: next\r\nContent-Length: 0\r\n\r\n";
    let mut stack = ScriptStack::new();
    stack.answers([OK.into(), Step::Idle, Step::Close]);
    stack.answers([OK.into(), Step::Idle, go.into()]);
    stack.answers([OK.into()]);
    let mut pool = Pool::<_, 1>::new();
    let mut buffer = [0; 300];
    let mut client =
        Client::new(&mut stack, Ticks::every(1)).keep_alive(&mut pool).base_url("http://h/api/");
    for _ in 0..2 {
        let mut response = client.get("light").send(&mut buffer).unwrap();
        assert_eq!(response.redirected_to(), None);
        assert_eq!(response.text(), Ok("hi"));
    }
    let response = client.get("light").send(&mut buffer).unwrap();
    assert_eq!(response.redirected_to(), Some("http://h/api/next"));
    drop(response);
    for socket in [0, 1] {
        assert_eq!(sent(&stack, socket).matches("GET /api/light ").count(), 2, "{socket}");
    }
    assert!(sent(&stack, 2).starts_with("GET /api/next "));
    pool.close(&mut stack);
    assert_eq!(stack.open_sockets(), 0);
}

/// `response.raise_for_status()`, as in each tutorial of `requests`.
#[test]
fn statuses_of_400_and_more_can_be_errors() {
    fn light(stack: &mut ScriptStack) -> Result<String, ErrorOf<ScriptStack>> {
        let mut buffer = [0; 300];
        let mut client = Client::new(stack, Ticks::every(1));
        let mut response = client.get("http://h/").redirects(0).send(&mut buffer)?;
        response.raise_for_status()?;
        Ok(response.text()?.to_owned())
    }
    let table = [
        (200, None),
        (204, None),
        (302, None),
        (399, None),
        (400, Some("server answered 400 Bad Request")),
        (404, Some("server answered 404 Not Found")),
        (499, Some("server answered 499")),
        (503, Some("server answered 503 Service Unavailable")),
        (999, Some("server answered 999")),
    ];
    for (code, told) in table {
        let answer = format!("HTTP/1.1 {code} Whatever\r\nContent-Length: 0\r\n\r\n");
        let result = light(&mut answering(&[&answer]));
        let error = result.as_ref().err().map(ToString::to_string);
        assert_eq!(error.as_deref(), told, "{code}");
        if told.is_some() {
            assert_eq!(result, Err(Error::Response(ResponseError::Status(code))));
        }
    }
}

/// `{"error":"no such city"}` with a 404, as most JSON APIs send it.
#[test]
fn a_response_that_is_an_error_can_be_read() {
    let answer = "HTTP/1.1 404 No\r\nContent-Length: 12\r\n\r\n\"no such one";
    let mut stack = answering(&[answer]);
    let mut buffer = [0; 300];
    let mut client = Client::new(&mut stack, Ticks::every(1));
    let mut response = client.get("http://h/").send(&mut buffer).unwrap();
    assert_eq!(response.raise_for_status(), Err(ResponseError::Status(404)));
    assert_eq!(response.text(), Ok("\"no such one"));
    assert_eq!(response.raise_for_status(), Err(ResponseError::Status(404)));
}

/// A firmware with one loop reads its answers as one that blocks.
#[test]
fn a_call_has_what_a_response_has() {
    let answer = "HTTP/1.1 418 Teapot\r\nContent-Type: application/json; charset=\"utf-8\"\r\nX: y\r\nContent-Length: 3\r\n\r\n301";
    let mut stack = answering(&[answer]);
    let mut buffer = [0; 300];
    let request = Request::new(Method::GET, "http://h/");
    let mut call = request.start(&mut buffer).unwrap();
    assert_eq!((call.status_code(), call.content()), (0, &b""[..]));
    assert_eq!(call.raise_for_status(), Ok(()));
    while let Err(nb::Error::WouldBlock) = call.collect(&mut stack, 0) {}
    assert_eq!((call.status_code(), call.reason()), (418, "Teapot"));
    assert_eq!((call.header("x"), call.headers().count()), (Some("y"), 3));
    assert_eq!((call.encoding(), call.content_length()), (Some("utf-8"), Some(3)));
    assert!(!call.headers_dropped());
    assert_eq!((call.redirected_to(), call.content(), call.text()), (None, &b"301"[..], Ok("301")));
    assert_eq!(call.raise_for_status(), Err(ResponseError::Status(418)));
    assert_eq!(call.json(), Ok(301_u16));

    let mut stack = answering(&["HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n\u{0}"]);
    let mut call = request.start(&mut buffer).unwrap();
    while let Err(nb::Error::WouldBlock) = call.collect(&mut stack, 0) {}
    assert_eq!(call.text(), Ok("\0"));
}

/// Firmware whose own `nb` or `embedded-io` is of another version.
#[test]
fn the_crates_of_the_signatures_are_exported() {
    let error: Error<(), ()> = Error::Response(ResponseError::Closed);
    assert_eq!(embedded_io::Error::kind(&error), embedded_io::ErrorKind::InvalidData);
    let blocked: nb::Result<(), ()> = Err(nb::Error::WouldBlock);
    assert!(blocked.is_err());
}
