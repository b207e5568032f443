//! Bodies that are taken in pieces or collected: where one begins and ends, and how long it may be.

use std::fmt::Write;

use nal_http::server::{Answer, CloseReason, Failure, Flow, Reply, Request, Route};
use nal_http::testing::{Call, Fault, FaultStack, ScriptStack, Step, TestClient};
use nal_http::wire::Encoded;

use crate::drivers::{BOTH, Driver, Serving};
use crate::site::{App, ask, header, length, site, status_of};

const ROUTES: &[Route<App>] = &[
    Route::post("/upload/{name}", upload).in_pieces(),
    Route::post("/stream", |_, request, reply| {
        if request.is_aborted() {
            return Err(Failure::bad_request("told"));
        }
        reply.stream("text/plain");
        Ok(if request.is_complete() { Flow::Done } else { Flow::More })
    })
    .in_pieces(),
    Route::post("/no", refuse).in_pieces(),
    Route::post("/length", length),
    Route::post("/agent", |_, request, reply| {
        reply.text(request.header("User-Agent").unwrap_or("?"))
    }),
];

/// State for each connection, which an application may keep itself.
fn upload(app: &mut App, request: &mut Request<'_>, reply: &mut Reply<'_>) -> Answer {
    let mut note = format!("{}:{}", request.offset(), request.body().len());
    for (flag, text) in [
        (request.is_first(), " first"),
        (request.is_complete(), " last"),
        (request.is_aborted(), " aborted"),
    ] {
        note += if flag { text } else { "" };
    }
    app.pieces.push(note);
    assert_eq!(request.param("name").map(Encoded::as_raw), Some("a"));
    let received = &mut app.received[request.connection()];
    if request.is_first() || request.is_aborted() {
        *received = 0;
    }
    assert_eq!(*received, if request.is_aborted() { 0 } else { request.offset() });
    *received += request.body().len();
    if !request.is_complete() {
        return Ok(Flow::More);
    }
    reply.write("text/plain", |body| {
        body.str("got ");
        body.number(*received as u64);
    })
}

fn refuse(app: &mut App, request: &mut Request<'_>, reply: &mut Reply<'_>) -> Answer {
    app.pieces.push(request.is_aborted().to_string());
    reply.text("no")
}

fn post(target: &str, length: usize, sent: usize) -> Vec<u8> {
    let head = format!("POST {target} HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\n");
    [head.as_bytes(), &vec![b'x'; sent]].concat()
}

fn serve(driver: Driver, clients: &[Vec<Step>]) -> Serving<ScriptStack, App, 1, 1024> {
    let (stack, app) = (ScriptStack::new(), App::default());
    let mut server = Serving::new(driver, site(ROUTES), stack, app, 0);
    for steps in clients {
        server.stack().connects(steps.clone());
    }
    server.run(0);
    server
}

/// A phone that goes out of reach in the middle of an upload, and tries again.
#[test]
fn what_an_upload_leaves_behind_does_not_go_into_the_next() {
    for driver in BOTH {
        let server = serve(
            driver,
            &[
                vec![Step::Send(post("/upload/a", 5000, 4000)), Step::Close],
                vec![Step::Send(post("/upload/a", 1000, 1000))],
            ],
        );
        let answer = server.stack().sent(2).escape_ascii().to_string();
        assert!(answer.ends_with("\\r\\n\\r\\ngot 1000"), "{answer}");
        let app = server.app();
        let ends: Vec<_> = app.pieces.iter().filter(|piece| piece.contains(' ')).collect();
        assert!(ends[0].starts_with("0:") && ends[0].ends_with(" first"), "{ends:?}");
        assert_eq!(ends[1], "4000:0 aborted");
        assert!(ends[2].starts_with("0:") && ends[2].ends_with(" first"), "{ends:?}");
        assert!(ends[3].ends_with(" last"), "{ends:?}");
        assert_eq!(ends.len(), 4);
        assert_eq!(app.closed, [CloseReason::ClientLeft]);
    }
}

/// Clients that reset, hesitate for too long, or send what is no chunk, and a firmware that shuts down.
#[test]
fn each_way_that_an_upload_breaks_off_is_told_once() {
    let chunks =
        b"POST /upload/a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n";
    let bad = [&chunks[..], b"bad\r\n"].concat();
    let table: [(Vec<Step>, u32, &str); 5] = [
        (vec![Step::Send(post("/upload/a", 9, 3)), Step::Close], 0, "3:0 aborted"),
        (vec![Step::Send(post("/upload/a", 9, 3)), Step::Reset], 0, "3:0 aborted"),
        (vec![Step::Send(post("/upload/a", 9, 3))], 10_000, "3:0 aborted"),
        (vec![Step::Send(chunks.to_vec()), Step::Close], 0, "3:0 aborted"),
        (vec![Step::Send(bad)], 1_000, "3:0 aborted"),
    ];
    for (driver, (steps, later_ms, told)) in
        table.into_iter().flat_map(|row| BOTH.map(|driver| (driver, row.clone())))
    {
        let mut server = serve(driver, std::slice::from_ref(&steps));
        server.run(later_ms);
        server.close();
        let app = server.app();
        let aborted: Vec<_> = app.pieces.iter().filter(|piece| piece.contains("aborted")).collect();
        assert_eq!(aborted, [told], "{driver:?}: {steps:?} {:?}", app.pieces);
    }
    for driver in BOTH {
        let mut server = serve(driver, &[vec![Step::Send(post("/upload/a", 9, 3))]]);
        server.close();
        assert_eq!(server.app().pieces.last().map(String::as_str), Some("3:0 aborted"));
    }
}

/// A stack whose send fails while a stream reads what is uploaded.
#[test]
fn a_stream_that_reads_is_told_as_well() {
    for driver in BOTH {
        let mut inner = ScriptStack::new();
        inner.connects([Step::Send(post("/stream", 9, 3))]);
        let stack = FaultStack::new(inner).once(Call::Send, 0, Fault::Reset);
        let (site, app) = (site(ROUTES), App::default());
        let mut server = Serving::<_, _, 1, 1024>::new(driver, site, stack, app, 0);
        server.run(0);
        assert_eq!(server.app().failures, ["400 Bad Request: told"]);
    }
}

/// Nothing broke off here: a body that is complete, one that nobody has begun to take, and one that the handler has
/// refused.
#[test]
fn nothing_else_is_told_as_broken_off() {
    let clients = [("/upload/a", 3), ("/upload/a", 0), ("/no", 9), ("/stream", 3), ("/length", 9)]
        .map(|(target, length)| vec![Step::Send(post(target, length, length.min(3))), Step::Close]);
    for driver in BOTH {
        let server = serve(driver, &clients);
        assert_eq!(server.app().pieces, ["0:3 first last", "0:0 first last", "false"]);
        assert_eq!(server.app().failures, [""; 0]);
    }
}

/// The pieces are the body, wherever the network splits it.
#[test]
fn offsets_are_right_however_the_body_is_split() {
    let request = post("/upload/a", 40, 40);
    for step in 1..request.len() {
        let mut app = App::default();
        let answer = TestClient::new(site(ROUTES)).send_pieces(&mut app, request.chunks(step));
        assert!(answer.ends_with(b"got 40"), "{}", answer.escape_ascii());
        assert_eq!(app.pieces.iter().filter(|piece| piece.contains("first")).count(), 1);
    }
}

const CURL: &str = "User-Agent: curl/8.5.0\r\nAccept: */*\r\n";
const CHROME: &str = "Connection: keep-alive\r\nsec-ch-ua: \"Chromium\";v=\"124\", \"Google Chrome\";v=\"124\"\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Safari/537.36\r\nAccept: */*\r\nReferer: http://192.168.4.1/\r\nAccept-Language: zh-CN,zh;q=0.9\r\n";

fn collect(headers: &str, body: usize, is_chunked: bool) -> (String, App) {
    let mut request = format!("POST /length HTTP/1.1\r\nHost: 192.168.4.1\r\n{headers}");
    if is_chunked {
        let text = "x".repeat(body);
        write!(request, "Transfer-Encoding: chunked\r\n\r\n{body:x}\r\n{text}\r\n0\r\n\r\n")
            .unwrap();
    } else {
        write!(request, "Content-Length: {body}\r\n\r\n{}", "x".repeat(body)).unwrap();
    }
    let mut app = App::default();
    let answer = ask(site(ROUTES), &mut app, &request);
    (answer, app)
}

/// The same form, from curl and from Chrome, which has six times as many bytes of headers.
#[test]
fn what_body_fits_does_not_depend_on_headers_that_nobody_wants() {
    for is_chunked in [false, true] {
        let longest = |headers| {
            (0..600).rev().find(|n| status_of(&collect(headers, *n, is_chunked).0) == 200).unwrap()
        };
        assert_eq!(longest(CURL), longest(CHROME), "chunked: {is_chunked}");
        assert!(longest(CHROME) > 480, "of the 512 bytes of half a slot, all but the request line");
        for headers in [CURL, CHROME] {
            let n = longest(headers);
            let (answer, app) = collect(headers, 600, is_chunked);
            assert_eq!(status_of(&answer), 413, "{answer}");
            let told = format!("({n} bytes, {} needed)", if is_chunked { n + 1 } else { 600 });
            assert!(answer.ends_with(&told), "{answer} {told}");
            assert!(app.failures[0].ends_with(&told), "{:?} {told}", app.failures);
            assert_eq!(header(&answer, "Connection"), Some("close"));
        }
    }
}

/// A handler that looks at a header which it did not ask for still finds it beside a body that leaves it room.
#[test]
fn headers_stay_where_there_is_room_for_both() {
    let agent = |body: usize| {
        let text = "x".repeat(body);
        let request = format!(
            "POST /agent HTTP/1.1\r\nHost: a\r\n{CURL}Content-Length: {body}\r\n\r\n{text}"
        );
        ask(site(ROUTES), &mut App::default(), &request)
    };
    assert!(agent(300).ends_with("curl/8.5.0"));
    assert!(agent(480).ends_with("\r\n\r\n?"));
}
