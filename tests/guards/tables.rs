//! Tables of routes in tables.

use std::panic::catch_unwind;

use nal_http::server::{Answer, Group, Reply, Request, Route, Site};
use nal_http::wire::Encoded;
use proptest::prelude::*;

use crate::groups::{App, PURGE, ask, status};

const BIT: &[Route<App>] = &[
    Route::get("", say_path),
    Route::get("/x", say_path),
    Route::put("/x", say_path),
    Route::get("/{a}", say_path),
    Route::put("/x/{*b}", say_path),
];
const BITS: &Group<App> = &Group::new(BIT);
const MIDDLE: &Group<App> = &Group::new(&[
    Route::put("/{a}", say_path),
    Route::group("/x", BITS),
    Route::new(PURGE, "/b", say_path),
]);
const NESTED: Site<App> =
    Site::new(&[Route::get("/", say_path), Route::group("/a", BITS), Route::group("/b/x", MIDDLE)]);
/// The same in one table.
const FLAT: Site<App> = Site::new(&[
    Route::get("/", say_path),
    Route::get("/a", say_path),
    Route::get("/a/x", say_path),
    Route::put("/a/x", say_path),
    Route::get("/a/{a}", say_path),
    Route::put("/a/x/{*b}", say_path),
    Route::get("/b/x/x", say_path),
    Route::get("/b/x/x/x", say_path),
    Route::put("/b/x/x/x", say_path),
    Route::get("/b/x/x/{a}", say_path),
    Route::put("/b/x/x/x/{*b}", say_path),
    Route::put("/b/x/{a}", say_path),
    Route::new(PURGE, "/b/x/b", say_path),
]);

fn say_path(_: &mut App, request: &mut Request<'_>, reply: &mut Reply<'_>) -> Answer {
    let [a, b] = ["a", "b"].map(|name| request.param(name).map(Encoded::as_raw));
    reply.text(&format!("{} {a:?} {b:?}", request.path()))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]
    #[test]
    fn tables_in_tables_answer_like_one(
        method in "GET|HEAD|PUT|POST|OPTIONS|PURGE|BREW",
        path in "(/(a|b|x|%61|%62|%78|y|)){0,6}",
    ) {
        let path = if path.is_empty() { "/" } else { &path };
        let (nested, flat) = (ask(NESTED, &method, path, ""), ask(FLAT, &method, path, ""));
        // A group has its prefix alone: there, the flat table also knows the parameter beside it.
        let is_beside = unescaped(path) == "/b/x/x" && !["GET", "HEAD"].contains(&method.as_str());
        prop_assert!(is_beside || nested == flat, "{} {}: {} {}", method, path, nested, flat);
    }
}

fn unescaped(path: &str) -> String {
    path.replace("%61", "a").replace("%62", "b").replace("%78", "x")
}

/// Routes of groups may want headers of their own.
#[test]
fn wants_of_routes_in_groups() {
    const GROUP: &Group<App> = &Group::new(&[
        Route::get("/wants", |_, _, reply| reply.text("in")).want(&["X-Long"]),
        Route::get("/other", |_, _, reply| reply.text("in")),
    ]);
    const SITE: Site<App> = Site::new(&[Route::group("/g", GROUP)]);
    let long = format!("X-Long: {}\r\n", "x".repeat(600));
    assert_eq!(status(&ask(SITE, "GET", "/g/wants", &long)), "431");
    assert_eq!(status(&ask(SITE, "GET", "/g/other", &long)), "200");
}

#[test]
fn tables_in_which_something_is_never_taken() {
    fn get(path: &'static str) -> Route<App> {
        Route::get(path, |_, _, reply| reply.no_content())
    }
    fn group(prefix: &'static str) -> Route<App> {
        Route::group(prefix, const { &Group::new(&[]) })
    }
    let is_good = |routes: Vec<Route<App>>| {
        let routes: &'static [_] = routes.leak();
        let as_site = catch_unwind(|| Site::new(routes)).is_ok();
        assert_eq!(as_site, catch_unwind(|| Group::new(routes)).is_ok(), "{routes:?}");
        as_site
    };
    assert!(is_good(vec![get("/"), group("/a"), get("/ab"), group("/ab/c"), get("/{*all}")]));
    assert!(is_good(vec![get("/{x}/b"), group("/a"), group("/b/a"), group("/b/c")]));
    for routes in [
        vec![get("/a/b"), group("/a")],
        vec![group("/a"), get("/a/b")],
        vec![group("/a"), get("/a")],
        vec![group("/a"), get("/a/")],
        vec![group("/a"), get("/a/{x}")],
        vec![get("/a/{*x}"), group("/a")],
        vec![group("/a"), group("/a")],
        vec![group("/a"), get("/"), group("/a/b")],
        vec![group("/a/b"), get("/"), group("/a")],
        vec![group("/"), get("/x")],
        vec![group("/"), group("/x")],
    ] {
        assert!(!is_good(routes));
    }
    assert!(catch_unwind(|| Site::new(vec![get("")].leak())).is_err(), "no path is empty");
    for prefix in ["", "a", "/a/", "/{x}", "/a/{*x}", "/a?b"] {
        assert!(catch_unwind(|| group(prefix)).is_err(), "{prefix}");
    }
    assert!(catch_unwind(|| group("/a").want(&["X"])).is_err());
}

#[test]
fn what_would_replace_something_is_refused() {
    type Twice = fn();
    const SITE: Site<App> = Site::new(&[]);
    const GROUP: Group<App> = Group::new(&[]);
    let twice: [Twice; 9] = [
        || _ = SITE.want(&["X"]).want(&["Y"]),
        || _ = SITE.want_cookies(&["x"]).want_cookies(&["y"]),
        || _ = SITE.map_response(|_, _, _| ()).map_response(|_, _, _| ()),
        || _ = SITE.handle_error(|_, _, _, _| fail()).handle_error(|_, _, _, _| fail()),
        || _ = SITE.fallback(say_path).fallback(say_path),
        || _ = SITE.on_event(|_, _, _| ()).on_event(|_, _, _| ()),
        || _ = GROUP.guard(|_, _| Ok(())).guard(|_, _| Ok(())),
        || _ = GROUP.after(|_| ()).after(|_| ()),
        || _ = Route::get("/", say_path).want(&["X"]).want(&["Y"]),
    ];
    for (n, twice) in twice.iter().enumerate() {
        assert!(catch_unwind(twice).is_err(), "{n}");
    }
}

fn fail() -> Answer {
    Err(nal_http::server::Failure::internal("it is not called"))
}
