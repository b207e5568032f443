//! `docs/slots.md`: what slots of each size can take, each figure tried.

use nal_http::server::{Route, Site};
use nal_http::testing::TestClient;

const SITE: Site<usize> = Site::new(&[
    Route::get("/{*path}", |answer, request, reply| {
        if request.headers_dropped() {
            return reply.text("dropped");
        }
        match *answer {
            0 => reply.text("ok"),
            length => reply.write("text/plain", |body| (0..length).for_each(|_| body.byte(b'x'))),
        }
    }),
    Route::post("/collect", |_, _, reply| reply.text("ok")),
])
.want(&["X-Token"]);

/// The largest number with which the answer is a 200 that ends so.
fn longest(
    slot: usize,
    end: &str,
    request: impl Fn(usize) -> String,
    answer: fn(usize) -> usize,
) -> usize {
    let fits = |n| {
        let mut app = answer(n);
        let answer = TestClient::new(SITE).slot(slot).send_bytes(&mut app, request(n).as_bytes());
        answer.starts_with(b"HTTP/1.1 200 ") && answer.ends_with(end.as_bytes())
    };
    let (mut least, mut most) = (0, slot + 1);
    while least + 1 < most {
        let middle = usize::midpoint(least, most);
        if fits(middle) { least = middle } else { most = middle }
    }
    assert!(least == 0 || fits(least) && !fits(least + 1));
    least
}

const HOST: &str = "Host: 192.168.4.1\r\n";

#[test]
fn the_table_of_slots_is_right() {
    let x = |n: usize| "x".repeat(n);
    let mut table = String::from(
        "| slot | target of a GET | a header that is wanted | headers that nobody wants, all kept | body | body in chunks | text of an answer |\n|---|---|---|---|---|---|---|\n",
    );
    for slot in [256, 512, 1024, 2048, 4096] {
        let row = [
            slot,
            1 + longest(slot, "", |n| format!("GET /{} HTTP/1.1\r\n{HOST}\r\n", x(n)), |_| 0),
            longest(
                slot,
                "",
                |n| format!("GET / HTTP/1.1\r\n{HOST}X-Token: {}\r\n\r\n", x(n)),
                |_| 0,
            ),
            longest(slot, "ok", |n| format!("GET / HTTP/1.1\r\n{HOST}A: {}\r\n\r\n", x(n)), |_| 0)
                + HOST.len()
                + "A: \r\n".len(),
            longest(
                slot,
                "ok",
                |n| format!("POST /collect HTTP/1.1\r\n{HOST}Content-Length: {n}\r\n\r\n{}", x(n)),
                |_| 0,
            ),
            longest(
                slot,
                "ok",
                |n| {
                    let head =
                        format!("POST /collect HTTP/1.1\r\n{HOST}Transfer-Encoding: chunked");
                    format!("{head}\r\n\r\n{n:x}\r\n{}\r\n0\r\n\r\n", x(n))
                },
                |_| 0,
            ),
            longest(slot, "x", |_| format!("GET / HTTP/1.1\r\n{HOST}\r\n"), |n| n),
        ];
        table += &row.map(|n| format!("| {n} ")).concat();
        table += "|\n";
    }
    let document = include_str!("../../docs/slots.md");
    assert!(document.contains(&table), "the table has to be\n{table}");
}
