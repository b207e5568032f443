//! Files in flash and conditional requests: without a network, and as curl sees them.

use nal_http::client::Request as Ask;
use nal_http::server::{
    Answer, Etag, File, Files, Reply, Request, Route, Site, Validators, Variant,
};
use nal_http::testing::{TestClient, TestResponse};
use nal_http::wire::{Coding, Method};

#[expect(dead_code, reason = "the helper of another test, of which this one uses a part")]
#[path = "end_to_end/support.rs"]
mod support;

use support::{Folder, Running, curl, has, localhost};

#[derive(Default)]
struct App {
    revision: u32,
    calls: u32,
}

const DATE: &str = "Sun, 06 Nov 1994 08:49:37 GMT";

/// Longer than any slot here.
const LONG: &[u8] = &{
    let (mut bytes, mut n) = ([0; 5000], 0);
    while n < 5000 {
        bytes[n] = b'a' + (n % 26).to_le_bytes()[0];
        n += 1;
    }
    bytes
};

/// `hello hello hello hello\n`, by `gzip -9n`.
const HELLO: &[u8] = b"hello hello hello hello\n";
const HELLO_GZIP: &[u8] = &[
    0x1f, 0x8b, 0x08, 0, 0, 0, 0, 0, 0x02, 0x03, 0xcb, 0x48, 0xcd, 0xc9, 0xc9, 0x57, 0xc8, 0x40,
    0x27, 0xb9, 0x00, 0x00, 0x88, 0x59, 0x0b, 0x18, 0, 0, 0,
];

const FILES: Files = Files::new(&[
    File::new("index.html", "\"i\"", b"<p>index</p>"),
    File::new("docs/index.html", "\"d\"", b"<p>docs</p>"),
    File::new("a b/light.txt", "\"h\"", HELLO)
        .coded(&[
            Variant::new(Coding::Brotli, "\"h-br\"", b"not really brotli"),
            Variant::new(Coding::Gzip, "\"h-gz\"", HELLO_GZIP),
        ])
        .last_modified(DATE),
    File::new("long.bin", "\"l\"", LONG),
    File::new("empty.css", "\"e\"", b""),
]);

const OLD: Files =
    Files::new(&[File::new("v1.js", "\"v\"", b"1")]).cache_control("max-age=31536000, immutable");

const SITE: Site<App> = Site::new(&[
    Route::get("/value", value),
    Route::put("/value", change).want(Validators::HEADERS),
    Route::get("/waits", waits),
    Route::get("/old/{*path}", |_, request, reply| OLD.reply(request, reply)),
    Route::get("/{*path}", |_, request, reply| FILES.reply(request, reply)),
])
.want(Files::HEADERS);

fn value(app: &mut App, request: &mut Request<'_>, reply: &mut Reply<'_>) -> Answer {
    let etag = Etag::number(app.revision.into());
    reply.header("Cache-Control", "no-cache");
    if reply.is_fresh(request, &Validators::etag(etag.as_str()).last_modified(DATE))? {
        return reply.no_content();
    }
    app.calls += 1;
    reply.text("value")
}

fn change(app: &mut App, request: &mut Request<'_>, reply: &mut Reply<'_>) -> Answer {
    let etag = Etag::number(app.revision.into());
    reply.is_fresh(request, &Validators::etag(etag.as_str()))?;
    app.revision += 1;
    reply.no_content()
}

/// Streams; its tag changes behind the first piece.
fn waits(app: &mut App, request: &mut Request<'_>, reply: &mut Reply<'_>) -> Answer {
    let etag = Etag::number(app.revision.into());
    if reply.is_fresh(request, &Validators::etag(etag.as_str()))? {
        return reply.no_content();
    }
    app.revision += 1;
    reply.stream("text/plain").write_each(&mut app.calls, 300, |line, _| line.str("a line\n"))
}

fn ask(app: &mut App, method: Method<'_>, target: &str, headers: &[(&str, &str)]) -> TestResponse {
    let url = format!("http://test{target}");
    let request = headers
        .iter()
        .fold(Ask::new(method, &url), |request, (name, value)| request.header(name, value));
    TestClient::new(SITE).send(app, &request)
}

fn get(target: &str, headers: &[(&str, &str)]) -> TestResponse {
    ask(&mut App::default(), Method::GET, target, headers)
}

#[test]
fn paths() {
    // target, status, tag
    let table = [
        ("/", 200, Some("\"i\"")),
        ("/index.html", 200, Some("\"i\"")),
        ("/index.html?x=1", 200, Some("\"i\"")),
        ("/docs/", 200, Some("\"d\"")),
        ("/docs", 404, None),
        ("/docs/index", 404, None),
        ("//", 404, None),
        ("/a%20b/light.txt", 200, Some("\"h\"")),
        ("/a%20b/", 404, None),
        ("/%69ndex.html", 200, Some("\"i\"")),
        ("/docs%2Findex.html", 200, Some("\"d\"")),
        ("/INDEX.HTML", 404, None),
        ("/../index.html", 400, None),
        ("/old/v1.js", 200, Some("\"v\"")),
        ("/old/", 404, None),
        ("/v1.js", 404, None),
    ];
    for (target, status, tag) in table {
        let response = get(target, &[]);
        assert_eq!((response.status_code, response.header("ETag")), (status, tag), "{target}");
    }
    assert_eq!(ask(&mut App::default(), Method::POST, "/old/v1.js", &[]).status_code, 405);
}

#[test]
fn what_a_file_says() {
    let response = get("/a%20b/light.txt", &[]);
    assert_eq!(response.content, HELLO);
    for (name, value) in [
        ("Content-Type", Some("text/plain; charset=utf-8")),
        ("Content-Length", Some("24")),
        ("Vary", Some("Accept-Encoding")),
        ("Cache-Control", Some("no-cache")),
        ("Last-Modified", Some(DATE)),
        ("Accept-Ranges", Some("bytes")),
        ("Content-Encoding", None),
    ] {
        assert_eq!(response.header(name), value, "{name}");
    }
    assert_eq!(get("/", &[]).header("Vary"), None);
    let old = get("/old/v1.js", &[]);
    assert_eq!(old.header("Cache-Control"), Some("max-age=31536000, immutable"));
    assert_eq!(get("/empty.css", &[]).content, b"");
    let head = ask(&mut App::default(), Method::HEAD, "/long.bin", &[("Range", "bytes=0-9")]);
    assert_eq!((head.status_code, head.header("Content-Length")), (200, Some("5000")));
    assert!(head.content.is_empty());
    for slot in [512, 4096] {
        let mut client = TestClient::new(SITE).slot(slot);
        assert_eq!(client.get(&mut App::default(), "/long.bin").content, LONG, "{slot}");
    }
}

#[test]
fn codings() {
    // Accept-Encoding, status, coding, tag
    let table = [
        ("gzip", 200, Some("gzip"), "\"h-gz\""),
        ("gzip, deflate, br", 200, Some("br"), "\"h-br\""),
        ("gzip, br;q=0.5", 200, Some("gzip"), "\"h-gz\""),
        ("deflate", 200, None, "\"h\""),
        ("gzip;q=0", 200, None, "\"h\""),
        ("*;q=0", 406, None, ""),
    ];
    for (accepted, status, coding, tag) in table {
        let response = get("/a%20b/light.txt", &[("Accept-Encoding", accepted)]);
        assert_eq!(response.status_code, status, "{accepted}");
        assert_eq!(response.header("Content-Encoding"), coding, "{accepted}");
        assert_eq!(response.header("ETag").unwrap_or_default(), tag, "{accepted}");
        assert_eq!(response.header("Vary"), Some("Accept-Encoding"), "{accepted}");
    }
}

#[test]
fn a_304_keeps_what_it_must() {
    let headers = [("Accept-Encoding", "gzip"), ("If-None-Match", "\"h\", \"h-gz\"")];
    let response = get("/a%20b/light.txt", &headers);
    assert_eq!((response.status_code, response.content.len()), (304, 0));
    for (name, value) in [
        ("ETag", Some("\"h-gz\"")),
        ("Vary", Some("Accept-Encoding")),
        ("Cache-Control", Some("no-cache")),
        ("Last-Modified", Some(DATE)),
        ("Content-Length", None),
        ("Content-Encoding", None),
        ("Content-Type", None),
    ] {
        assert_eq!(response.header(name), value, "{name}");
    }
    // The tag of another variant is not this one's.
    let response = get("/a%20b/light.txt", &[("If-None-Match", "\"h-gz\"")]);
    assert_eq!(response.status_code, 200);
    assert_eq!(get("/a%20b/light.txt", &[("If-Modified-Since", DATE)]).status_code, 304);
    assert_eq!(get("/", &[("If-Modified-Since", DATE)]).status_code, 200);
    assert_eq!(get("/", &[("If-Match", "\"x\"")]).status_code, 412);
}

#[test]
fn ranges() {
    // Range, If-Range, status, Content-Range, the body
    let table = [
        ("bytes=0-4", "", 206, Some("bytes 0-4/5000"), &LONG[..5]),
        ("bytes=4990-", "", 206, Some("bytes 4990-4999/5000"), &LONG[4990..]),
        ("bytes=-10", "", 206, Some("bytes 4990-4999/5000"), &LONG[4990..]),
        ("bytes=100-4000", "", 206, Some("bytes 100-4000/5000"), &LONG[100..=4000]),
        ("bytes=0-", "", 206, Some("bytes 0-4999/5000"), LONG),
        ("bytes=5000-", "", 416, Some("bytes */5000"), &[]),
        ("bytes=-0", "", 416, Some("bytes */5000"), &[]),
        ("bytes=0-1,5-6", "", 200, None, LONG),
        ("lines=0-1", "", 200, None, LONG),
        ("bytes=0-4", "\"l\"", 206, Some("bytes 0-4/5000"), &LONG[..5]),
        ("bytes=0-4", "\"k\"", 200, None, LONG),
        ("bytes=0-4", "W/\"l\"", 200, None, LONG),
        ("bytes=0-4", DATE, 200, None, LONG),
        ("bytes=5000-", "\"k\"", 200, None, LONG),
    ];
    for (range, if_range, status, content_range, body) in table {
        let all = [("Range", range), ("If-Range", if_range)];
        let headers = if if_range.is_empty() { &all[..1] } else { &all[..] };
        let response = get("/long.bin", headers);
        assert_eq!(response.status_code, status, "{range} {if_range}");
        assert_eq!(response.header("Content-Range"), content_range, "{range} {if_range}");
        assert!(response.content == body, "{range} {if_range}");
    }
    // Of the variant that is sent.
    let headers = [("Accept-Encoding", "gzip"), ("Range", "bytes=2-5"), ("If-Range", "\"h-gz\"")];
    let response = get("/a%20b/light.txt", &headers);
    assert_eq!((response.status_code, &*response.content), (206, &HELLO_GZIP[2..6]));
    assert_eq!(response.header("Content-Encoding"), Some("gzip"));
    assert_eq!(response.header("ETag"), Some("\"h-gz\""));
    // A condition comes before the range.
    let headers = [("If-None-Match", "\"l\""), ("Range", "bytes=0-1")];
    assert_eq!(get("/long.bin", &headers).status_code, 304);
}

#[test]
fn any_handler_is_conditional() {
    let mut app = App::default();
    let first = ask(&mut app, Method::GET, "/value", &[]);
    assert_eq!((first.status_code, first.header("ETag")), (200, Some("\"0\"")));
    let again = ask(&mut app, Method::GET, "/value", &[("If-None-Match", "\"0\"")]);
    assert_eq!((again.status_code, again.header("ETag")), (304, Some("\"0\"")));
    assert_eq!(again.header("Cache-Control"), Some("no-cache"));
    let put = ask(&mut app, Method::PUT, "/value", &[("If-Match", "\"0\"")]);
    // Not the tag from before the change.
    assert_eq!((put.status_code, put.header("ETag")), (204, None));
    let late = ask(&mut app, Method::PUT, "/value", &[("If-Match", "\"0\"")]);
    assert_eq!((late.status_code, app.revision, app.calls), (412, 1, 1));
    let changed = ask(&mut app, Method::GET, "/value", &[("If-None-Match", "\"0\"")]);
    assert_eq!((changed.status_code, changed.header("ETag")), (200, Some("\"1\"")));
}

#[test]
fn a_stream_goes_on_though_its_tag_changes() {
    let mut app = App::default();
    let response = ask(&mut app, Method::GET, "/waits", &[("If-None-Match", "\"1\"")]);
    assert_eq!((response.status_code, response.content.len()), (200, 2100), "{response}");
}

#[test]
fn a_change_without_room_for_its_condition_is_refused() {
    let mut app = App::default();
    let tags = format!("\"{}\"", "x".repeat(600));
    let response = ask(&mut app, Method::PUT, "/value", &[("If-Match", &tags)]);
    assert_eq!((response.status_code, app.revision), (431, 0));
}

#[test]
fn curl_compresses_goes_on_and_asks_what_is_new() {
    if !has("curl") {
        return;
    }
    let server = Running::start::<_, _, 4, 1024>(localhost(), || SITE, App::default());
    let (light, long) = (server.url("/a%20b/light.txt"), server.url("/long.bin"));
    let code = ["--output", "/dev/null", "--write-out", "%{http_code} %{size_download}"];
    let asked = |arguments: &[&str]| curl(&[&code[..], arguments].concat());

    // `--compressed` would ask for what this curl knows, brotli too.
    let gzip = ["--compressed", "--header", "Accept-Encoding: gzip"];
    assert_eq!(curl(&[&gzip[..], &[&light]].concat()).as_bytes(), HELLO);
    assert_eq!(asked(&["--header", "Accept-Encoding: gzip", &light]), "200 29");
    assert_eq!(asked(&[&light]), "200 24");

    let head = curl(&["--head", &long]);
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
    assert!(
        head.contains("Content-Length: 5000\r\n") && head.contains("ETag: \"l\"\r\n"),
        "{head}"
    );

    assert_eq!(curl(&["--range", "0-4", &long]), "abcde");
    assert_eq!(curl(&["--range", "-2", &long]).as_bytes(), &LONG[4998..]);
    assert_eq!(asked(&["--range", "0-4", &long]), "206 5");
    assert_eq!(asked(&["--range", "5000-", &long]), "416 0");
    assert_eq!(asked(&["--range", "0-1,4-5", &long]), "200 5000");

    assert_eq!(asked(&["--time-cond", DATE, &light]), "304 0");
    assert_eq!(asked(&["--time-cond", "Sun, 06 Nov 1994 08:49:36 GMT", &light]), "200 24");

    let folder = Folder::new();
    let (part, etag) = (folder.path().join("part"), folder.path().join("etag"));
    let (part, etag) = (part.display().to_string(), etag.display().to_string());
    std::fs::write(&part, &LONG[..1234]).unwrap();
    curl(&["--continue-at", "-", "--output", &part, &long]);
    assert_eq!(std::fs::read(&part).unwrap(), LONG);

    let tagged = ["--etag-save", &etag, "--etag-compare", &etag, &long];
    assert_eq!(asked(&tagged), "200 5000");
    assert_eq!(asked(&tagged), "304 0");
}
