//! What a log of accesses calls a request by: the route that it has found, with the prefixes of its groups.

use nal_http::server::{Event, Failure, Group, MatchedPath, Request, Route, Site, media_type};
use nal_http::testing::{ScriptStack, TestClient};

use crate::drivers::{BOTH, Serving};

#[derive(Default)]
struct App {
    lines: Vec<String>,
    routes: Vec<Option<MatchedPath>>,
}

/// It is in two places.
const DEVICES: &Group<App> = &Group::new(&[
    Route::get("", |_, _, reply| reply.text("all")),
    Route::get("/{id}", |_, _, reply| reply.text("one")),
    Route::put("/{id}", |_, _, reply| reply.no_content()).in_pieces(),
]);

const ADMIN: &Group<App> = &Group::new(&[
    Route::get("/light", |_, _, reply| reply.text("301")),
    Route::group("/devices", DEVICES),
])
.guard(|_, request: &Request<'_>| match request.header("X-Key") {
    Some(_) => Ok(()),
    None => Err(Failure::unauthorized("Basic realm=\"board\"")),
});

const ALL: &Group<App> = &Group::new(&[
    Route::get("/", |_, _, reply| reply.text("home")),
    Route::get("/light", |_, _, reply| reply.text("301")),
    Route::group("/admin", ADMIN),
    Route::group("/api/v1/devices", DEVICES),
    Route::get("/{*path}", |_, request, reply| reply.fixed(media_type(request.path()), b"a file")),
]);

const SITE: Site<App> =
    Site::new(&[Route::group("/", ALL)]).want(&["X-Key"]).on_event(|app: &mut App, _, event| {
        if let Event::Completed(access) = event {
            let route = access.route.map_or("none".into(), |route| route.to_string());
            app.lines.push(format!("{} {route}", access.status.code()));
            app.routes.push(access.route);
        }
    });

const KEY: &str = "X-Key: 1\r\n";

#[test]
fn a_request_is_told_by_its_whole_route() {
    // what is asked, headers, status and route
    let table = [
        ("GET /", "", "200 /"),
        ("GET /light?x=/api", "", "200 /light"),
        ("GET /admin/light", KEY, "200 /admin/light"),
        ("HEAD /admin/light", KEY, "200 /admin/light"),
        ("GET /%61dmin/l%69ght", KEY, "200 /admin/light"),
        ("GET http://a/admin/light", KEY, "200 /admin/light"),
        ("GET /admin/devices", KEY, "200 /admin/devices"),
        ("GET /admin/devices/7", KEY, "200 /admin/devices/{id}"),
        ("PUT /admin/devices/7", KEY, "204 /admin/devices/{id}"),
        ("GET /api/v1/devices/7", "", "200 /api/v1/devices/{id}"),
        ("GET /api/v1/devices", "", "200 /api/v1/devices"),
        ("GET /api/v1/other", "", "200 /{*path}"),
        ("GET /img/logo.png", "", "200 /{*path}"),
        // A guard has said so.
        ("GET /admin/devices/7", "", "401 /admin/devices/{id}"),
        ("GET /admin/nothing", "", "401 none"),
        ("GET /admin/nothing", KEY, "404 none"),
        ("DELETE /light", "", "405 none"),
        ("OPTIONS /light", "", "204 none"),
        ("OPTIONS *", "", "204 none"),
        ("BREW /light", "", "501 none"),
        ("GET /../light", "", "400 none"),
    ];
    for driver in BOTH {
        let mut server: Serving<_, App, 1, 1024> =
            Serving::new(driver, SITE, ScriptStack::new(), App::default(), 0);
        let requests: String = table
            .iter()
            .map(|(line, headers, _)| format!("{line} HTTP/1.1\r\nHost: a\r\n{headers}\r\n"))
            .collect();
        server.stack().connects([requests.as_str().into(), "nonsense\r\n".into()]);
        server.run(1_000);
        let mut told = std::mem::take(&mut server.app().lines).into_iter();
        for (line, _, expected) in table {
            assert_eq!(told.next().as_deref(), Some(expected), "{driver:?}: {line}");
        }
        let malformed = ["400 none".to_owned()];
        assert_eq!(told.collect::<Vec<_>>(), malformed, "what was found before is not told again");
    }
}

/// A group in a site is as good as a route of another one.
#[test]
fn two_paths_are_the_same_if_they_say_the_same() {
    const FLAT: Site<App> = Site::new(&[
        Route::get("/admin/light", |_, _, reply| reply.text("301")),
        Route::get("/admin/devices/{id}", |_, _, reply| reply.text("one")),
        Route::get("/admin/devices/{other}/x", |_, _, reply| reply.text("one")),
    ])
    .on_event(|app: &mut App, _, event| {
        if let Event::Completed(access) = event {
            app.routes.push(access.route);
        }
    });
    let mut app = App::default();
    let key = |path: &str| format!("GET {path} HTTP/1.1\r\nHost: a\r\n{KEY}\r\n");
    for path in ["/admin/light", "/admin/devices/7", "/light", "/"] {
        TestClient::new(SITE).send_bytes(&mut app, key(path).as_bytes());
    }
    for path in ["/admin/light", "/admin/devices/8", "/admin/devices/7/x"] {
        TestClient::new(FLAT).send_bytes(&mut app, key(path).as_bytes());
    }
    let routes: Vec<MatchedPath> = app.routes.iter().map(|route| route.unwrap()).collect();
    for (a, b) in routes.iter().flat_map(|a| routes.iter().map(move |b| (a, b))) {
        assert_eq!(a == b, a.to_string() == b.to_string(), "{a} {b}");
    }
    assert_eq!((routes[0], routes[1]), (routes[4], routes[5]));
    assert_eq!(format!("{:?}", routes[1]), "\"/admin/devices/{id}\"");
}
