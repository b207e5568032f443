//! Cookies: which are kept, and who gets them.

use nal_http::client::{Client, Cookies, Request};
use nal_http::testing::{ScriptStack, Step, Ticks};
use nal_http::wire::Method;

/// Sends a request, answered so, and returns the cookies that each connection was sent.
fn send<const N: usize, const L: usize>(
    cookies: &Cookies<N, L>,
    request: Request<'_>,
    answers: &[&str],
) -> Vec<Option<String>> {
    let mut stack = ScriptStack::new();
    for answer in answers {
        let bytes = answer.bytes().flat_map(|byte| [Step::from(&[byte][..]), Step::Idle]);
        stack.answers(bytes.chain([Step::Close]));
    }
    let mut buffer = [0; 512];
    let request = request.cookies(cookies);
    let mut client = Client::new(&mut stack, Ticks::every(1));
    request.over(&mut client).send(&mut buffer).unwrap().content().unwrap();
    assert_eq!(stack.open_sockets(), 0);
    let cookies = |socket| {
        let sent = String::from_utf8_lossy(stack.sent(socket)).into_owned();
        let mut lines = sent.lines().filter_map(|line| line.strip_prefix("Cookie: "));
        let line = lines.next().map(str::to_owned);
        assert_eq!(lines.next(), None, "one header");
        line
    };
    (0..answers.len()).map(cookies).collect()
}

fn get(url: &str) -> Request<'_> {
    Request::new(Method::GET, url)
}

/// A response that sets these cookies.
fn setting(cookies: &[&str]) -> String {
    let lines: String = cookies.iter().map(|cookie| format!("Set-Cookie: {cookie}\r\n")).collect();
    format!("HTTP/1.1 200 OK\r\n{lines}Content-Length: 0\r\n\r\n")
}

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

/// What is sent to `url`.
fn sent_to<const N: usize, const L: usize>(cookies: &Cookies<N, L>, url: &str) -> String {
    send(cookies, get(url), &[OK]).remove(0).unwrap_or_default()
}

#[test]
fn a_login_that_redirects_is_remembered() {
    let cookies = Cookies::<4>::new();
    let login = Request::new(Method::POST, "http://board.local/login").redirects(2);
    let form = [("用户", "光")];
    let redirect = "HTTP/1.1 303 See Other\r\nSet-Cookie: session=abc; Path=/; HttpOnly\r\nLocation: /light\r\n\r\n";
    let answers = [redirect, &setting(&["seen=1"])];
    assert_eq!(send(&cookies, login.form(&form), &answers), [None, Some("session=abc".into())]);
    assert_eq!(sent_to(&cookies, "http://board.local/"), "session=abc; seen=1");
    assert_eq!((cookies.len(), cookies.dropped()), (2, 0));
    assert_eq!(sent_to(&cookies, "http://other.local/"), "");
    cookies.clear();
    assert_eq!(sent_to(&cookies, "http://board.local/"), "");
}

#[test]
fn a_redirect_to_another_host_takes_none_along() {
    let cookies = Cookies::<4>::new();
    let redirect = "HTTP/1.1 302 Found\r\nSet-Cookie: a=b\r\nLocation: http://evil.local/\r\n\r\n";
    let sent = send(
        &cookies,
        get("http://board.local/"),
        &[redirect, &setting(&["e=1; Domain=board.local"])],
    );
    assert_eq!(sent, [None, None]);
    assert_eq!(sent_to(&cookies, "http://board.local/"), "a=b", "nobody sets another's");
}

#[test]
fn hosts_and_paths() {
    let cookies = Cookies::<8>::new();
    let set = setting(&[
        "own=1",
        "all=2; Domain=mpython.cn; Path=/",
        "root=3; Path=/",
        "deep=4; Path=/a/b",
        "not=5; Domain=cn",
        "nor=6; Domain=other.cn",
        "secure=7; Secure",
    ]);
    send(&cookies, get("http://api.mpython.cn/a/b?c"), &[&set]);
    for (url, sent) in [
        ("http://api.mpython.cn/a/b", "deep=4; own=1; all=2; root=3"),
        ("http://API.mpython.cn/a/b/c", "deep=4; own=1; all=2; root=3"),
        ("http://api.mpython.cn/a/", "own=1; all=2; root=3"),
        ("http://api.mpython.cn:8080/a", "own=1; all=2; root=3"),
        ("http://api.mpython.cn/ab", "all=2; root=3"),
        ("http://mpython.cn/", "all=2"),
        ("http://www.mpython.cn/", "all=2"),
        ("http://notmpython.cn/", ""),
        ("http://cn/", ""),
    ] {
        assert_eq!(sent_to(&cookies, url), sent, "{url}");
    }
}

#[test]
fn they_are_replaced_and_taken_back() {
    let (cookies, url) = (Cookies::<4>::new(), "http://192.168.0.9/");
    send(&cookies, get(url), &[&setting(&["a=1", "b=2", "c=光"])]);
    assert_eq!(sent_to(&cookies, url), "a=1; b=2; c=光");
    send(&cookies, get(url), &[&setting(&["a=new", "b=; Max-Age=0", "z=; Max-Age=0"])]);
    assert_eq!(sent_to(&cookies, url), "c=光; a=new");
    send(&cookies, get(url), &[&setting(&["c=; Expires=Thu, 01 Jan 1970 00:00:00 GMT"])]);
    assert_eq!(sent_to(&cookies, url), "a=new");
    // Another path has another cookie.
    send(&cookies, get(url), &[&setting(&["a=other; Path=/x"])]);
    assert_eq!(sent_to(&cookies, "http://192.168.0.9/x"), "a=other; a=new");
    assert_eq!(cookies.dropped(), 0);
}

#[test]
fn a_full_jar_drops_the_oldest_and_says_so() {
    let (cookies, url) = (Cookies::<2, 40>::new(), "http://board.local/");
    send(&cookies, get(url), &[&setting(&["a=1", "b=2; Path=/long", "c=3"])]);
    assert_eq!(sent_to(&cookies, "http://board.local/long"), "b=2; c=3");
    assert_eq!((cookies.len(), cookies.dropped()), (2, 1));
    let long = format!("d={}", "x".repeat(40));
    send(&cookies, get(url), &[&setting(&[&long])]);
    assert_eq!((cookies.len(), cookies.dropped()), (2, 2));
    assert_eq!(sent_to(&cookies, url), "c=3");
    // None fit at all.
    let none = Cookies::<0>::new();
    send(&none, get(url), &[&setting(&["a=1"])]);
    assert_eq!((none.is_empty(), none.dropped()), (true, 1));
}

#[test]
fn hostile_headers_set_nothing() {
    let (cookies, url) = (Cookies::<4>::new(), "http://board.local/");
    let set = setting(&["", "=x", "a", " =x", ";;;", "a=b; Domain=0.9"]);
    send(&cookies, get(url), &[&set]);
    assert_eq!((cookies.len(), cookies.dropped()), (0, 6), "{cookies:?}");
    let debug = format!("{cookies:?}");
    assert!(!debug.contains("secret"), "{debug}");
}

#[test]
fn a_header_by_hand_takes_their_place() {
    let (cookies, url) = (Cookies::<4>::new(), "http://board.local/");
    send(&cookies, get(url), &[&setting(&["a=1"])]);
    let sent = send(&cookies, get(url).header("cookie", "b=2"), &[&setting(&["c=3"])]);
    assert_eq!(sent, [None], "it is written as it was given");
    assert_eq!(sent_to(&cookies, url), "a=1; c=3");
}

#[test]
fn a_cookie_that_the_buffer_cannot_hold_is_counted() {
    let cookies = Cookies::<4>::new();
    let mut stack = ScriptStack::new();
    let long = setting(&[&format!("a={}", "x".repeat(300))]);
    stack.answers([Step::from(long.as_bytes())]);
    let mut buffer = [0; 256];
    let request = get("http://board.local/").cookies(&cookies);
    let mut call = request.start(&mut buffer).unwrap();
    assert!(nb::block!(call.collect(&mut stack, 0)).is_ok());
    assert_eq!((cookies.len(), cookies.dropped()), (0, 1));
}
