//! What is set of a site: whatever it is, in any order.

use nal_http::server::{CloseReason, Event, Route, Site, Timeouts};
use nal_http::testing::ScriptStack;

use crate::drivers::{BOTH, Driver, Serving};

#[derive(Default)]
struct App {
    closed: Vec<CloseReason>,
    asked: usize,
}

const ROUTES: &[Route<App>] = &[Route::get("/", |_, request, reply| {
    let (cookie, token) = (request.cookie("id"), request.header("X-Token"));
    reply.text(&format!("{} {}", cookie.unwrap_or("none"), token.unwrap_or("none")))
})];

/// What a client is sent that asks `requests` times at once.
fn ask(driver: Driver, site: Site<App>, requests: usize) -> (String, App) {
    const ASK: &str = "GET / HTTP/1.1\r\nHost: a\r\nCookie: other=1; id=7\r\nX-Token: t\r\n\r\n";
    let mut server: Serving<_, App, 2, 512> =
        Serving::new(driver, site, ScriptStack::new(), App::default(), 0);
    server.stack().connects([ASK.repeat(requests).as_str().into()]);
    server.run(Timeouts::DEFAULT.linger_ms);
    let text = String::from_utf8(server.stack().sent(1).to_vec()).unwrap();
    (text, std::mem::take(&mut *server.app()))
}

#[test]
fn a_connection_has_so_many_requests_at_most() {
    for (driver, limit) in
        BOTH.into_iter().flat_map(|driver| [1_u16, 3, 127, 300].map(|limit| (driver, limit)))
    {
        let limit_too = usize::from(limit);
        let (text, _) =
            ask(driver, Site::new(ROUTES).requests_per_connection(limit), limit_too + 2);
        let answers: Vec<&str> = text.split("HTTP/1.1 ").skip(1).collect();
        let closes = answers.iter().map(|answer| answer.contains("Connection: close"));
        assert_eq!(answers.len(), limit_too, "{driver:?}: {limit}");
        assert_eq!(closes.filter(|closes| *closes).count(), 1, "{driver:?}: {limit}");
        assert!(answers[limit_too - 1].contains("Connection: close"), "{driver:?}: {limit}");
    }
    let (text, _) = ask(Driver::Polled, Site::new(ROUTES).requests_per_connection(u16::MAX), 400);
    assert_eq!(text.matches("HTTP/1.1 200 OK").count(), 400);
    assert!(!text.contains("Connection: close"));
}

type Set = fn(Site<App>) -> Site<App>;

/// Each order of these.
fn orders(of: &[Set]) -> Vec<Vec<Set>> {
    if of.is_empty() {
        return vec![Vec::new()];
    }
    let front = |n: usize| {
        let rest = [&of[..n], &of[n + 1..]].concat();
        orders(&rest).into_iter().map(move |rest| [vec![of[n]], rest].concat())
    };
    (0..of.len()).flat_map(front).collect()
}

#[test]
fn a_site_is_the_same_in_whatever_order_it_is_set() {
    let set: [Set; 6] = [
        |site| site.requests_per_connection(2),
        |site| {
            site.on_event(|app: &mut App, _, event| match event {
                Event::Request { .. } => app.asked += 1,
                Event::Closed(reason) => app.closed.push(*reason),
                _ => {}
            })
        },
        |site| {
            site.map_response(|_, _, reply| {
                reply.header("X-Map", "1");
            })
        },
        |site| site.date(|_| Some(784_111_777)),
        |site| site.want_cookies(&["id"]),
        |site| site.want(&["X-Token"]),
    ];
    let all = orders(&set);
    assert_eq!(all.len(), 720);
    for (n, order) in all.into_iter().enumerate() {
        let site = order.into_iter().fold(Site::new(ROUTES), |site, set| set(site));
        let (text, app) = ask(BOTH[n % 2], site, 3);
        assert_eq!(text.matches("\r\nX-Map: 1\r\n").count(), 2, "{n}: {text}");
        assert_eq!(
            text.matches("\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n").count(),
            2,
            "{n}: {text}"
        );
        assert_eq!(text.matches("\r\n\r\n7 t").count(), 2, "{n}: {text}");
        assert_eq!(text.matches("Connection: close").count(), 1, "{n}: {text}");
        assert_eq!((app.asked, app.closed), (2, vec![CloseReason::Complete]), "{n}");
    }
}
