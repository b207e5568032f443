//! Sessions by a signed cookie: login, what a browser sends then, logout, and what is no session.

use nal_http::server::{
    Answer, Failure, Group, Reply, Request, Route, SameSite, Sessions, Site, guards,
};
use nal_http::testing::{ScriptStack, TestClient};
use nal_http::wire::Status;
use proptest::prelude::*;

use crate::drivers::{BOTH, Serving};

struct App {
    key: [u8; 32],
    seconds: u32,
}

const KEY: [u8; 32] = *b"0123456789abcdef0123456789abcdef";
const APP: App = App { key: KEY, seconds: 1_000 };

impl App {
    fn sessions(&self) -> Sessions<'_> {
        Sessions::new("session", &self.key).lifetime(600)
    }
}

fn log_in(app: &mut App, request: &mut Request<'_>, reply: &mut Reply<'_>) -> Answer {
    let password = request.form()?.get("password").unwrap_or_default();
    if !guards::is_secret(password, "correct horse") {
        return Err(Failure::new(Status::FORBIDDEN, "this is not the password"));
    }
    app.sessions().log_in(reply, "admin", app.seconds)?;
    reply.redirect(Status::SEE_OTHER, "/admin/name")
}

fn log_out(app: &mut App, _: &mut Request<'_>, reply: &mut Reply<'_>) -> Answer {
    app.sessions().log_out(reply);
    reply.redirect(Status::SEE_OTHER, "/")
}

const ADMIN: &Group<App> = &Group::new(&[Route::get("/name", |app: &mut App, request, reply| {
    let content = app.sessions().find(request, app.seconds);
    reply.text(&content.unwrap_or_default())
})])
.guard(|app, request| match app.sessions().find(request, app.seconds) {
    Some(_) => Ok(()),
    None => Err(Failure::new(Status::SEE_OTHER, "").header("Location", "/login")),
});

const SITE: Site<App> = Site::new(&[
    Route::post("/login", log_in),
    Route::post("/logout", log_out),
    Route::group("/admin", ADMIN),
])
.want_cookies(&["session"]);

/// The value of the cookie that a login sets.
fn sealed(sessions: &Sessions<'static>, content: &'static str, now_s: u32) -> String {
    struct Login(Sessions<'static>, &'static str, u32);
    const SITE: Site<Login> = Site::new(&[Route::get("/", |login: &mut Login, _, reply| {
        login.0.log_in(reply, login.1, login.2)?;
        reply.no_content()
    })]);
    let response = TestClient::new(SITE).get(&mut Login(*sessions, content, now_s), "/");
    let cookie = response.header("Set-Cookie").unwrap();
    cookie.split(['=', ';']).nth(1).unwrap().to_owned()
}

fn sessions() -> Sessions<'static> {
    Sessions::new("session", &KEY).lifetime(600)
}

/// As a browser does it, over either driver.
#[test]
fn from_login_to_logout() {
    for driver in BOTH {
        let mut server = Serving::<_, _, 1, 1024>::new(driver, SITE, ScriptStack::new(), APP, 0);
        let mut socket = 0;
        let mut ask = |head: &str, body: &str| {
            let length = body.len();
            let text = format!(
                "{head}Host: x\r\nConnection: close\r\nContent-Type: application/x-www-form-urlencoded\r\n\
                 Content-Length: {length}\r\n\r\n{body}"
            );
            server.stack().connects([text.as_str().into()]);
            socket += 1;
            server.run(socket * 3_000);
            String::from_utf8(server.stack().sent(socket as usize).to_vec()).unwrap()
        };
        let answer = ask("GET /admin/name HTTP/1.1\r\n", "");
        assert!(
            answer.contains("303 See Other") && answer.contains("Location: /login"),
            "{answer}"
        );
        for password in ["", "password=", "password=correct", "password=correct+horses"] {
            let answer = ask("POST /login HTTP/1.1\r\n", password);
            assert!(answer.contains("403 Forbidden") && !answer.contains("Set-Cookie"), "{answer}");
        }
        let answer = ask("POST /login HTTP/1.1\r\n", "password=correct+horse");
        let (_, cookie) = answer.split_once("Set-Cookie: ").unwrap();
        let (cookie, _) = cookie.split_once("\r\n").unwrap();
        let (cookie, attributes) = cookie.split_once("; ").unwrap();
        assert_eq!(attributes, "Path=/; HttpOnly; SameSite=Lax; Max-Age=600", "{answer}");
        let name = format!("GET /admin/name HTTP/1.1\r\nCookie: a=b; {cookie}\r\n");
        let answer = ask(&name, "");
        assert!(answer.ends_with("\r\n\r\nadmin"), "{answer}");
        let answer = ask("POST /logout HTTP/1.1\r\n", "");
        let gone = "Set-Cookie: session=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0\r\n";
        assert!(answer.contains(gone), "{answer}");
    }
}

#[test]
fn what_is_no_session() {
    const OTHER: [u8; 32] = [7; 32];
    let good = sealed(&sessions(), "admin", 1_000);
    let open = |sessions: Sessions<'_>, now_s| {
        sessions.open(&good, now_s).map(|content| content.to_string())
    };
    let admin = Some("admin".to_owned());
    for (sessions, now_s, expected, why) in [
        (sessions(), 1_000, &admin, "at once"),
        (sessions(), 1_599, &admin, "in its last second"),
        (sessions(), 1_600, &None, "it is over"),
        (sessions(), u32::MAX, &None, "long over"),
        (sessions(), 999, &None, "the clock was set back"),
        (sessions(), 0, &None, "the clock began anew"),
        (sessions().lifetime(599), 1_000, &None, "it lasts for longer than they do now"),
        (Sessions::new("session", &OTHER).lifetime(600), 1_000, &None, "another key"),
        (
            Sessions::new("session", &OTHER).lifetime(600).old_key(&KEY),
            1_000,
            &admin,
            "the last key",
        ),
        (
            Sessions::new("session", &KEY).lifetime(600).old_key(&OTHER),
            1_000,
            &admin,
            "the newer key",
        ),
        (Sessions::new("sessions", &KEY).lifetime(600), 1_000, &None, "another cookie"),
        (Sessions::new("", &KEY).lifetime(600), 1_000, &None, "no name"),
    ] {
        assert_eq!(&open(sessions, now_s), expected, "{why}");
    }
    for value in [
        "",
        "=",
        "A",
        "AAAA",
        "admin",
        &good[..good.len() - 1],
        &format!("{good}A"),
        &format!("{good}="),
    ] {
        assert_eq!(sessions().open(value, 1_000), None, "{value}");
    }
    // What ends at the end of time is not over before.
    let last = sealed(&sessions(), "x", u32::MAX - 10);
    assert!(sessions().open(&last, u32::MAX - 1).is_some());
    assert!(sessions().open(&last, u32::MAX).is_none());
}

#[test]
fn each_flipped_bit_breaks_the_seal() {
    for content in ["", "a", "admin", &"x".repeat(64)] {
        let good = sealed(&sessions(), content.to_owned().leak(), 1_000);
        assert_eq!(sessions().open(&good, 1_000).as_deref(), Some(content));
        for at in 0..good.len() {
            for bit in 0..8 {
                let mut bytes = good.clone().into_bytes();
                bytes[at] ^= 1 << bit;
                let text = String::from_utf8_lossy(&bytes);
                assert_eq!(sessions().open(&text, 1_000), None, "bit {bit} of {at}: {text}");
            }
            // Nor is one good that is shorter, or has a digit twice.
            assert_eq!(sessions().open(&good[..at], 1_000), None);
            let twice = [&good[..=at], &good[at..]].concat();
            assert_eq!(sessions().open(&twice, 1_000), None);
        }
    }
}

proptest! {
    #[test]
    fn no_other_text_is_a_session(text in "[A-Za-z0-9+/=]{0,140}|\\PC*", now_s: u32) {
        prop_assert_eq!(sessions().open(&text, now_s), None);
    }

    #[test]
    fn what_they_remember_comes_back(content in "\\PC{0,16}", now_s in 0..u32::MAX - 600, later in 0_u32..600) {
        let good = sealed(&sessions(), content.clone().leak(), now_s);
        let found = sessions().open(&good, now_s + later);
        prop_assert_eq!(found.as_deref(), Some(content.as_str()));
        prop_assert!(good.len() <= 136);
    }
}

#[test]
fn attributes_of_the_cookie() {
    const ROUTES: &[Route<Sessions<'static>>] = &[
        Route::get("/in", |sessions, _, reply| {
            sessions.log_in(reply, "a", 0)?;
            reply.no_content()
        }),
        Route::get("/out", |sessions, _, reply| {
            sessions.log_out(reply);
            reply.no_content()
        }),
        Route::get("/long", |sessions, _, reply| {
            sessions.log_in(reply, &"x".repeat(65), 0)?;
            reply.no_content()
        }),
    ];
    let strict = Sessions::new("__Host-s", &KEY).secure().same_site(SameSite::Strict);
    for (sessions, target, expected) in [
        (strict, "/in", Some("Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=43200")),
        (strict, "/out", Some("Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0")),
        (strict, "/long", None),
        // Browsers would not keep it: a mistake, and no session.
        (Sessions::new("__Host-s", &KEY), "/in", None),
    ] {
        let response = TestClient::new(ROUTES).get(&mut sessions.clone(), target);
        let cookie =
            response.header("Set-Cookie").and_then(|cookie| Some(cookie.split_once("; ")?.1));
        assert_eq!(cookie, expected, "{response}");
        assert_eq!(response.status_code, if expected.is_some() { 204 } else { 500 });
    }
    assert!(!format!("{:?}", strict.old_key(&KEY)).contains("48"), "no key is printed");
}
