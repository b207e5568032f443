//! Headers that many answers have.

use nal_http::client::Request as Outgoing;
use nal_http::server::{Cookie, Detail, Mistake, Reply, Route, SameSite, Site};
use nal_http::testing::TestClient;
use nal_http::wire::{Method, SetCookie, Status};

/// What the application does to a reply.
type Does = fn(&mut Reply<'_>);

const SITE: Site<Does> = Site::new(&[
    Route::get("/", |does, _, reply| {
        does(reply);
        reply.text("a")
    }),
    Route::post("/moved", |_, _, reply| reply.redirect(Status::SEE_OTHER, "/led?on=1")),
    Route::get("/broken", |_, _, reply| reply.redirect(Status::FOUND, "/\r\nA: b")),
]);

fn headers(does: Does, name: &str) -> Vec<String> {
    let response = TestClient::new(SITE).get(&mut { does }, "/");
    assert_eq!(response.status_code, 200, "{response}");
    let headers = response.headers.into_iter();
    headers.filter(|(header, _)| header == name).map(|(_, value)| value).collect()
}

#[test]
fn a_redirect_has_a_location_and_no_body() {
    let nothing: Does = |_| {};
    let request = Outgoing::new(Method::POST, "http://test/moved");
    let response = TestClient::new(SITE).send(&mut { nothing }, &request);
    assert_eq!((response.status_code, response.text()), (303, ""));
    assert_eq!(response.header("Location"), Some("/led?on=1"));
    assert_eq!(response.header("Content-Length"), Some("0"));
    let response = TestClient::new(SITE).get(&mut { nothing }, "/broken");
    assert_eq!((response.status_code, response.header("A")), (500, None));
}

#[test]
fn what_is_kept_and_how_long() {
    assert_eq!(headers(|reply| _ = reply.no_store(), "Cache-Control"), ["no-store"]);
    assert_eq!(headers(|reply| _ = reply.max_age(3600), "Cache-Control"), ["max-age=3600"]);
    assert_eq!(
        headers(|reply| _ = reply.max_age(u32::MAX), "Cache-Control"),
        ["max-age=4294967295"]
    );
}

#[test]
fn cookies_are_added_with_their_attributes() {
    let set = headers(
        |reply| {
            reply.cookie(Cookie::new("a", "1")).cookie(
                Cookie::new("__Host-s", "x.y-z_=")
                    .path("/")
                    .max_age(60)
                    .secure()
                    .http_only()
                    .same_site(SameSite::Strict),
            );
            reply.cookie(Cookie::new("b", "").path("/x y").domain("a-b.c").max_age(0));
        },
        "Set-Cookie",
    );
    let expected = [
        "a=1",
        "__Host-s=x.y-z_=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=60",
        "b=; Path=/x y; Domain=a-b.c; Max-Age=0",
    ];
    assert_eq!(set, expected);
    // Our own client, which takes them apart as RFC 6265 says.
    let cookie = SetCookie::parse(&set[1]).unwrap();
    assert_eq!((cookie.name, cookie.value, cookie.path), ("__Host-s", "x.y-z_=", Some("/")));
    assert!(cookie.is_secure && !cookie.is_over && SetCookie::parse(&set[2]).unwrap().is_over);
}

#[test]
fn what_cannot_be_in_a_cookie_is_a_mistake() {
    const LONG: &str = match core::str::from_utf8(&[b'a'; 4_096]) {
        Ok(text) => text,
        Err(_) => panic!(),
    };
    let refused: &[Does] = &[
        |reply| _ = reply.cookie(Cookie::new("", "1")),
        |reply| _ = reply.cookie(Cookie::new("a b", "1")),
        |reply| _ = reply.cookie(Cookie::new("a=", "1")),
        |reply| _ = reply.cookie(Cookie::new("光", "1")),
        |reply| _ = reply.cookie(Cookie::new("a", "1; Domain=x")),
        |reply| _ = reply.cookie(Cookie::new("a", "1\r\nB: c")),
        |reply| _ = reply.cookie(Cookie::new("a", "1 2")),
        |reply| _ = reply.cookie(Cookie::new("a", "1,2")),
        |reply| _ = reply.cookie(Cookie::new("a", "\"1\"")),
        |reply| _ = reply.cookie(Cookie::new("a", "\\")),
        |reply| _ = reply.cookie(Cookie::new("a", "光")),
        |reply| _ = reply.cookie(Cookie::new("a", "\x7f")),
        |reply| _ = reply.cookie(Cookie::new("a", LONG)),
        |reply| _ = reply.cookie(Cookie::new("a", "1").path("")),
        |reply| _ = reply.cookie(Cookie::new("a", "1").path("a")),
        |reply| _ = reply.cookie(Cookie::new("a", "1").path("/; Secure")),
        |reply| _ = reply.cookie(Cookie::new("a", "1").path("/\n")),
        |reply| _ = reply.cookie(Cookie::new("a", "1").path("/ ")),
        |reply| _ = reply.cookie(Cookie::new("a", "1").path("/光")),
        |reply| _ = reply.cookie(Cookie::new("a", "1").domain("")),
        |reply| _ = reply.cookie(Cookie::new("a", "1").domain("a b")),
        |reply| _ = reply.cookie(Cookie::new("a", "1").domain("a;b")),
        |reply| _ = reply.cookie(Cookie::new("a", "1").domain(LONG)),
        |reply| _ = reply.cookie(Cookie::new("a", "1").same_site(SameSite::None)),
        |reply| _ = reply.cookie(Cookie::new("__Secure-a", "1")),
        |reply| _ = reply.cookie(Cookie::new("__secure-a", "1")),
        |reply| _ = reply.cookie(Cookie::new("__Host-a", "1").path("/")),
        |reply| _ = reply.cookie(Cookie::new("__Host-a", "1").secure()),
        |reply| _ = reply.cookie(Cookie::new("__Host-a", "1").secure().path("/a")),
        |reply| _ = reply.cookie(Cookie::new("__Host-a", "1").secure().path("/").domain("a")),
    ];
    for (index, does) in refused.iter().enumerate() {
        let response = TestClient::new(SITE).get(&mut { *does }, "/");
        assert_eq!(response.status_code, 500, "{index} {response}");
        assert_eq!(response.header("Set-Cookie"), None, "{index}");
        let detail = response.failure.unwrap().detail;
        assert_eq!(detail, Detail::Mistake(Mistake::MalformedCookie), "{index}");
    }
}
