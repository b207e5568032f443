//! Who may do what, as curl is told by the example `guards`, over both drivers.

use nal_http::server::Site;

use crate::on_tokio::serve;
use crate::support::{Folder, Running, curl, has, localhost};

#[expect(dead_code, reason = "its `main` serves it on a port")]
#[path = "../../examples/guards.rs"]
mod example;

use example::App;

const SITE: fn() -> Site<App> = || example::SITE;
const APP: fn() -> App = || App::new([7; 32]);
const BOTH: [fn() -> Running; 2] = [
    || Running::start::<_, _, 4, 1024>(localhost(), SITE, APP()),
    || serve::<_, _, 1024>(localhost(), SITE, APP, 0),
];

/// The status, and what a header has, if it is there.
fn status(arguments: &[&str], header: &str) -> (u16, String) {
    let written = format!("%{{http_code}} %header{{{header}}}");
    let got = curl(&[&["--output", "/dev/null", "--write-out", &written], arguments].concat());
    let (code, value) = got.split_once(' ').unwrap();
    (code.parse().unwrap(), value.to_owned())
}

fn code(arguments: &[&str]) -> u16 {
    status(arguments, "x").0
}

#[test]
fn curl_has_to_know_the_password_or_the_token() {
    if !has("curl") {
        return;
    }
    for start in BOTH {
        let server = start();
        let (admin, readings) = (server.url("/admin"), server.url("/readings"));
        let nobody = status(&[&admin], "www-authenticate");
        assert_eq!(nobody, (401, "Basic realm=\"board\"".into()));
        assert_eq!(curl(&["--user", "admin:secret", &admin]), "restart?\n");
        // Without the password at first, and with it when it is asked for.
        assert_eq!(curl(&["--anyauth", "--user", "admin:secret", &admin]), "restart?\n");
        for wrong in ["admin:Secret", "admin:", "Admin:secret", ":"] {
            assert_eq!(code(&["--user", wrong, &admin]), 401, "{wrong}");
        }
        let nobody = status(&[&readings], "www-authenticate");
        assert_eq!(nobody, (401, "Bearer realm=\"board\"".into()));
        assert_eq!(curl(&["--oauth2-bearer", "nWZ3yB0aHqC7vQe1", &readings]), "301\n");
        assert_eq!(code(&["--oauth2-bearer", "nWZ3yB0aHqC7vQe2", &readings]), 401);
        assert_eq!(code(&["--user", "admin:secret", &readings]), 401);
    }
}

#[test]
fn curl_has_to_ask_for_a_name_of_the_board() {
    if !has("curl") {
        return;
    }
    for start in BOTH {
        let server = start();
        let port = server.address.port();
        for (name, expected) in
            [("board.school.example", 200), ("localhost", 200), ("evil.example", 421)]
        {
            let url = format!("http://{name}:{port}/level");
            assert_eq!(code(&["--resolve", &format!("{name}:{port}:127.0.0.1"), &url]), expected);
        }
        // It is asked before all else.
        let admin = server.url("/admin");
        let evil = ["--header", "Host: evil.example", "--user", "admin:secret", &admin];
        assert_eq!(code(&evil), 421);
    }
}

#[test]
fn curl_logs_in_and_out() {
    if !has("curl") {
        return;
    }
    for start in BOTH {
        let (server, folder) = (start(), Folder::new());
        let jar = folder.path().join("jar").display().to_string();
        let with_jar = ["--cookie", &jar, "--cookie-jar", &jar];
        let (account, login) = (server.url("/account"), server.url("/login"));
        assert_eq!(status(&[&account], "location"), (303, "/login".into()));
        let password = ["--data-urlencode", "password=correct horse", "--location", &login];
        assert_eq!(curl(&[&with_jar[..], &password].concat()), "admin");
        assert_eq!(curl(&[&with_jar[..], &[&account]].concat()), "admin");
        let text = std::fs::read_to_string(&jar).unwrap();
        assert!(text.contains("#HttpOnly_127.0.0.1"), "{text}");
        let session = text.split_whitespace().last().unwrap();
        let cookie = |value: &str| code(&["--cookie", &format!("session={value}"), &account]);
        assert_eq!(cookie(session), 200);
        let (front, last) = session.split_at(session.len() - 2);
        assert_eq!(cookie(&format!("{front}{}", if last == "AA" { "BA" } else { "AA" })), 303);
        assert_eq!(cookie(""), 303);
        let out = server.url("/logout");
        let out = [&with_jar[..], &["--request", "POST", &out]].concat();
        assert_eq!(status(&out, "location"), (303, "/login".into()));
        assert_eq!(code(&[&with_jar[..], &[&account]].concat()), 303, "curl has forgotten it");
    }
}

#[test]
fn curl_tries_six_passwords() {
    if !has("curl") {
        return;
    }
    for start in BOTH {
        let server = start();
        let login = server.url("/login");
        for n in 0..5 {
            assert_eq!(code(&["--data", &format!("password={n}"), &login]), 403);
        }
        let right = ["--data-urlencode", "password=correct horse", &login];
        let (code, seconds) = status(&right, "retry-after");
        assert_eq!(code, 429);
        assert!((50..=60).contains(&seconds.parse::<u32>().unwrap()), "{seconds}");
    }
}

#[test]
fn curl_has_to_say_that_it_sends_json() {
    if !has("curl") {
        return;
    }
    for start in BOTH {
        let server = start();
        let url = server.url("/level");
        assert_eq!(code(&["--json", "{\"level\":7}", &url]), 204);
        for other in ["text/plain", "application/x-www-form-urlencoded", ""] {
            let header = format!("Content-Type: {other}");
            let sent = ["--data", "{\"level\":8}", "--header", &header, &url];
            assert_eq!(status(&sent, "accept"), (415, "application/json".into()), "{other}");
        }
        assert_eq!(curl(&[&url]), "7");
    }
}
