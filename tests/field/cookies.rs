//! Cookies as servers set them.

use nal_http::client::{Client, Cookies, Request};
use nal_http::testing::{ScriptStack, Step, Ticks};
use nal_http::wire::{Method, SetCookie};
use proptest::prelude::*;

const URL: &str = "http://board.local/";

/// Answers a GET so, into a buffer of `size` bytes; returns what the server got, and the body.
fn exchange(cookies: &Cookies<4>, answer: &[u8], size: usize) -> (String, Vec<u8>) {
    let mut stack = ScriptStack::new();
    stack.answers(answer.chunks(7).map(Step::from));
    let mut buffer = vec![0; size];
    let request = Request::new(Method::GET, URL).cookies(cookies);
    let mut client = Client::new(&mut stack, Ticks::every(1));
    let mut response = request.over(&mut client).send(&mut buffer).unwrap();
    let body = response.content().unwrap().to_vec();
    drop(response);
    (String::from_utf8_lossy(stack.sent(0)).into_owned(), body)
}

fn answer(date: &str, cookies: &[&str]) -> Vec<u8> {
    let set: String = cookies.iter().map(|cookie| format!("Set-Cookie: {cookie}\r\n")).collect();
    format!("HTTP/1.1 200 OK\r\n{date}{set}Content-Length: 2\r\n\r\nhi").into_bytes()
}

/// What is sent back to a server that has set these.
fn sent_back(date: &str, cookies_set: &[&str]) -> (Option<String>, u32) {
    let cookies = Cookies::<4>::new();
    exchange(&cookies, &answer(date, cookies_set), 900);
    let (request, _) = exchange(&cookies, &answer("", &[]), 900);
    let line = request.lines().find_map(|line| line.strip_prefix("Cookie: "));
    (line.map(str::to_owned), cookies.dropped())
}

/// C8: Django's tokens, ASP.NET's lists, Rack's addresses, Chinese routers' text.
#[test]
fn cookies_are_sent_back_as_they_came() {
    for set in [
        "Authorization=Bearer abc.def",
        "v=1,2",
        "v=\"a b\"",
        "a@b=7",
        "a=b=c==",
        "{\"k\"}=[1, 2]",
        "城市=深圳",
        "a=",
        "v=a\tb",
    ] {
        let expected = (Some(set.to_owned()), 0);
        assert_eq!(
            sent_back("", &[&format!("  {set} \t; Path=/ ; HttpOnly; SameSite=Lax")]),
            expected,
            "{set}"
        );
    }
}

/// C8: frameworks delete with dates of every age, in every form that RFC 6265 section 5.1.1 reads.
#[test]
fn a_date_that_is_past_deletes() {
    let now = "Date: Fri, 27 Nov 2026 08:00:00 GMT\r\n";
    for expires in [
        "Wednesday, 01-Jan-70 00:00:00 GMT",
        "Thu, 01 Jan 2015 00:00:00 GMT",
        "Thu, 1-Jan-1970 00:00:10 GMT",
        "Thu Jan  1 00:00:00 1970",
        "Fri, 27 Nov 2026 07:59:59 GMT",
    ] {
        let set = format!("v=; Expires={expires}");
        assert_eq!(sent_back(now, &["v=1", &set]), (None, 0), "{expires}");
    }
    for expires in ["Fri, 27 Nov 2026 08:00:01 GMT", "Fri, 27-Nov-27 07:00:00 GMT", "yesterday", ""]
    {
        let set = format!("v=2; Expires={expires}");
        assert_eq!(sent_back(now, &["v=1", &set]), (Some("v=2".into()), 0), "{expires}");
    }
}

/// Boards without a clock answer without `Date`, or with one of 1970: what expired long ago has expired all the same.
#[test]
fn without_a_date_what_expired_long_ago_is_past() {
    for date in ["", "Date: Thu, 01 Jan 1970 00:00:03 GMT\r\n", "Date: now\r\n"] {
        let deleted = sent_back(date, &["v=1", "v=; Expires=Thu, 01 Jan 2015 00:00:00 GMT"]);
        assert_eq!(deleted, (None, 0), "{date}");
        let kept = sent_back(date, &["v=1; Expires=Thu, 01 Jan 2037 00:00:00 GMT"]);
        assert_eq!(kept, (Some("v=1".into()), 0), "{date}");
    }
}

/// C9: JWTs of single sign-on are longer than the buffer of a board; the answer is given all the same.
#[test]
fn a_cookie_longer_than_the_buffer_loses_no_answer() {
    let long = format!("jwt={}", "x".repeat(2_000));
    for set in [&[long.as_str()][..], &["a=1", &long], &[&long, "a=1"]] {
        let cookies = Cookies::<4>::new();
        let (_, body) = exchange(&cookies, &answer("", set), 256);
        assert_eq!((body.as_slice(), cookies.dropped()), (&b"hi"[..], 1));
        assert_eq!(cookies.len(), set.len() - 1);
    }
}

/// Old PHP on Chinese hosts sends GB2312; others set what they may not, or garbage: all of it leaves a trace.
#[test]
fn what_is_not_kept_is_counted() {
    let not_text =
        b"HTTP/1.1 200 OK\r\nSet-Cookie: city=\xc9\xee\xdb\xda\r\nContent-Length: 0\r\n\r\n";
    let cookies = Cookies::<4>::new();
    exchange(&cookies, not_text, 900);
    assert_eq!((cookies.len(), cookies.dropped()), (0, 1));
    for set in ["no pair", "=x", "a=1; Domain=other.local", "a=1; Secure", "__Host-a=1"] {
        assert_eq!(sent_back("", &[set]), (None, 1), "{set}");
    }
    assert_eq!(sent_back("", &["a=; Max-Age=0"]), (None, 0), "a deletion is no loss");
}

proptest! {
    /// Whatever a server sets, it is sent back byte for byte, or counted; and nothing else is sent with it.
    #[test]
    fn any_cookie_comes_back_or_is_counted(name in "[^=;\\pC]{1,20}", value in "[^;\\pC]{0,20}") {
        let set = format!("{name}={value}");
        let trim = |text: &str| text.trim_matches([' ', '\t']).to_owned();
        let (sent, dropped) = sent_back("", &[&set]);
        if trim(&name).is_empty() {
            prop_assert_eq!((sent, dropped), (None, 1));
        } else {
            let text = format!("{}={}", trim(&name), trim(&value));
            // White space of the whole header's ends is none of the value's.
            prop_assert_eq!(sent.map(|sent| sent.trim_end().to_owned()), Some(text.trim_end().to_owned()));
            prop_assert_eq!(dropped, 0);
        }
    }

    #[test]
    fn no_cookie_ends_its_header(text in any::<String>()) {
        if let Some(cookie) = SetCookie::parse(&text) {
            let sent = [cookie.name, cookie.value].concat();
            prop_assert!(!sent.contains(['\r', '\n', '\0', ';']), "{:?}", sent);
        }
    }
}
