//! How often a peer may ask, over either driver and in simulated time.

use nal_http::server::guards::RateLimit;
use nal_http::server::{Group, Route, Site};
use nal_http::testing::ScriptStack;

use crate::drivers::{BOTH, Serving};

struct App {
    limit: RateLimit<4>,
    calls: u32,
}

const ALL: &Group<App> = &Group::new(&[Route::put("/", |app: &mut App, _, reply| {
    app.calls += 1;
    reply.no_content()
})])
.guard(|app, request| app.limit.check(request));
const SITE: Site<App> = Site::new(&[Route::group("/", ALL)]);

#[test]
fn one_too_many_is_a_429_that_says_when() {
    for driver in BOTH {
        let app = App { limit: RateLimit::new(3, 2_000), calls: 0 };
        let stack = ScriptStack::new();
        let mut server = Serving::<_, _, 1, 1024>::new(driver, SITE, stack, app, u32::MAX - 3_000);
        let mut socket = 0;
        // after ms, statuses of the requests that come at once
        for (ms, expected) in [
            (0_u32, &["204", "204", "204", "429", "429"][..]),
            (1_000, &["429"]),
            (2_000, &["204", "429"]),
            (60_000, &["204", "204", "204", "429"]),
        ] {
            server.run(ms.wrapping_add(u32::MAX - 3_000));
            let one = "PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\na";
            let mut text = one.repeat(expected.len());
            text.insert_str(
                text.len() - one.len() + "PUT / HTTP/1.1\r\n".len(),
                "Connection: close\r\n",
            );
            server.stack().connects([text.as_str().into()]);
            socket += 1;
            server.run_now();
            let answers = String::from_utf8(server.stack().sent(socket).to_vec()).unwrap();
            let statuses: Vec<_> =
                answers.split("HTTP/1.1 ").skip(1).map(|answer| answer.get(..3).unwrap()).collect();
            assert_eq!(statuses, expected, "{driver:?} {ms} {answers}");
            let wait = if ms == 1_000 { "1" } else { "2" };
            let told = answers.matches(&format!("\r\nRetry-After: {wait}\r\n")).count();
            assert_eq!(
                told,
                expected.iter().filter(|&&status| status == "429").count(),
                "{answers}"
            );
        }
        assert_eq!(server.app().calls, 7, "{driver:?}");
    }
}
