//! Any text as the cookie of a session: nothing panics, and nothing is a session but what the board has sealed.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use nal_http::server::{Group, Route, Sessions, Site};
use nal_http::testing::TestClient;

const KEY: [u8; 32] = *b"the fuzzer reads it, and cannot!";
const SESSIONS: Sessions<'static> = Sessions::new("session", &KEY).old_key(&[7; 32]);

const PRIVATE: &Group<()> = &Group::new(&[Route::get("/", |(), _, reply| reply.no_content())])
    .guard(|(), request| {
        assert!(SESSIONS.find(request, 1).is_none() || request.cookie("session") == Some(&*GOOD));
        Ok(())
    });
const SITE: Site<()> = Site::new(&[
    Route::group("/private", PRIVATE),
    Route::get("/in", |(), _, reply| {
        SESSIONS.log_in(reply, "admin", 0)?;
        reply.no_content()
    }),
])
.want_cookies(&["session"]);

static GOOD: LazyLock<String> = LazyLock::new(|| {
    let response = TestClient::new(SITE).get(&mut (), "/in");
    response.header("Set-Cookie").unwrap().split(['=', ';']).nth(1).unwrap().to_owned()
});

fuzz_target!(|input: (u32, u8, &[u8])| {
    let (now_s, at, bytes) = input;
    // As it is, and in place of a part of one that is good. (The fuzzer learns the good one: it sees what is compared.)
    let text = String::from_utf8_lossy(bytes);
    assert!(SESSIONS.open(&text, now_s).is_none() || text == *GOOD);
    let mut altered = GOOD.clone().into_bytes();
    for (place, byte) in altered.iter_mut().skip(at.into()).zip(bytes) {
        *place = *byte;
    }
    let altered = String::from_utf8_lossy(&altered);
    assert!(SESSIONS.open(&altered, now_s).is_none() || altered == *GOOD);

    let mut request = b"GET /private/ HTTP/1.1\r\nHost: x\r\nCookie: session=".to_vec();
    request.extend_from_slice(bytes);
    request.extend_from_slice(b"\r\n\r\n");
    let _ = TestClient::new(SITE).send_bytes(&mut (), &request);
});
