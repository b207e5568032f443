//! What a server counts of itself, and the page of it, which is read as `OpenMetrics` 1.0.0 demands.

#[path = "drivers/mod.rs"]
mod drivers;

use std::cell::RefCell;
use std::collections::BTreeMap;

use nal_http::net::{Counted, Traffic};
use nal_http::server::asynch::serve_connection;
use nal_http::server::{
    Answer, CloseReason, Failure, Flow, Group, Metric, Metrics, Reply, Request, Route, Site,
    Timeouts,
};
use nal_http::testing::asynch::{AsyncStack, SimTime};
use nal_http::testing::{FaultStack, ScriptStack, Step, TestClient};
use proptest::prelude::*;

use drivers::{BOTH, Serving};

#[derive(Default)]
struct App {
    metrics: Metrics<4>,
    /// The application's clock, which handlers let go on.
    us: u32,
    level: Option<i64>,
}

const LEDS: &Group<App, u32> = &Group::new(&[Route::get("/{id}", |app: &mut App, _, reply| {
    app.us = app.us.wrapping_add(2_700_000);
    reply.no_content()
})]);

const SITE: Site<App, u32> = Site::new(&[
    Route::get("/light", |_, _, reply| reply.text("301")),
    Route::group("/led", LEDS),
    Route::get("/broken", |app: &mut App, _, _| {
        app.us = app.us.wrapping_add(1_500);
        Err(Failure::internal("the bus is stuck"))
    }),
    Route::get("/later", later),
    Route::get("/fifth", |_, _, reply| reply.text("5")),
    Route::get("/metrics", page),
])
.map_response(|app, _, _| app.metrics.handler_begins(app.us))
.on_event(|app, _, event| app.metrics.note(event, app.us));

fn later(app: &mut App, request: &mut Request<'_, u32>, reply: &mut Reply<'_>) -> Answer {
    app.us = app.us.wrapping_add(100);
    // Both calls, of which the second answers.
    app.metrics.handler_took(100);
    if request.is_first() { Ok(Flow::Wait(700)) } else { reply.text("now") }
}

const HARD: &str = "a \"quoted\" back\\slash\nand 光";

fn page(app: &mut App, request: &mut Request<'_, u32>, reply: &mut Reply<'_>) -> Answer {
    let mut level = Metric::gauge("light", HARD);
    if let Some(value) = app.level {
        level = level.value(value);
    }
    let temperature = Metric::gauge("temperature", "Of it.").unit("celsius").decimals(2);
    let others = [
        level,
        Metric::gauge("wifi_signal", "Strength.").unit("dbm").value(-61),
        temperature.label("where", HARD).value(2_345),
        temperature.label("where", "outside").value(-7),
        Metric::counter("9 lives.", "What is left.").value(i64::MAX),
    ];
    app.metrics.reply(request.state, reply, &others)
}

/// A sample: its name, its labels, its number as it stands there.
type Samples = BTreeMap<(String, Vec<(String, String)>), String>;

/// Reads a page by the rules of the specification, and says what is not so.
fn parse(text: &str) -> Samples {
    let body = text.strip_suffix("# EOF\n").expect("the end is there, and nothing behind it");
    let (mut samples, mut seen) = (Samples::new(), Vec::new());
    let (mut family, mut kind, mut unit) = (String::new(), String::new(), String::new());
    for line in body.split_terminator('\n') {
        if let Some(meta) = line.strip_prefix("# ") {
            let (what, rest) = meta.split_once(' ').unwrap();
            let (name, value) = rest.split_once(' ').unwrap();
            if name != family {
                assert!(!seen.contains(&name.to_owned()), "{name} stands in one place");
                seen.push(name.to_owned());
                (family, kind, unit) = (name.to_owned(), String::new(), String::new());
            }
            match what {
                "TYPE" => value.clone_into(&mut kind),
                "UNIT" => {
                    assert!(name.ends_with(&format!("_{value}")), "{name} ends in {value}");
                    value.clone_into(&mut unit);
                }
                "HELP" => assert!(!unescape(value).is_empty()),
                _ => panic!("{what}"),
            }
            continue;
        }
        assert!(unit.is_empty() || family.ends_with(&unit));
        let end = line.find(['{', ' ']).unwrap();
        let (name, rest) = line.split_at(end);
        let suffix = name.strip_prefix(&family).expect(line);
        let fits = match kind.as_str() {
            "counter" => suffix == "_total",
            "gauge" => suffix.is_empty(),
            "summary" => matches!(suffix, "_count" | "_sum"),
            _ => false,
        };
        assert!(fits, "{line} is of a {kind}");
        let is_name = |name: &str| {
            name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
                && !name.starts_with(|first: char| first.is_ascii_digit())
        };
        assert!(is_name(name), "{name}");
        let (labels, number) = match rest.strip_prefix('{') {
            Some(rest) => {
                let (labels, number) = rest.rsplit_once("} ").unwrap();
                (labels, number)
            }
            None => ("", rest.strip_prefix(' ').unwrap()),
        };
        assert!(number.parse::<f64>().is_ok(), "{line}");
        let labels = split_labels(labels);
        assert!(labels.iter().all(|(name, _)| is_name(name)));
        assert!(samples.insert((name.into(), labels), number.into()).is_none(), "{line} once");
    }
    samples
}

fn split_labels(mut text: &str) -> Vec<(String, String)> {
    let mut labels = Vec::new();
    while !text.is_empty() {
        let (name, rest) = text.split_once("=\"").unwrap();
        let mut end = 0;
        while rest.as_bytes()[end] != b'"' {
            end += if rest.as_bytes()[end] == b'\\' { 2 } else { 1 };
        }
        labels.push((name.to_owned(), unescape(&rest[..end])));
        text = &rest[end + 1..];
        text = text.strip_prefix(',').unwrap_or(text);
    }
    labels
}

fn unescape(text: &str) -> String {
    let (mut out, mut chars) = (String::new(), text.chars());
    while let Some(char) = chars.next() {
        out.push(match (char, char == '\\') {
            (_, true) => match chars.next() {
                Some('n') => '\n',
                Some(escaped @ ('\\' | '"')) => escaped,
                other => panic!("{other:?} is no escape"),
            },
            ('"', _) => panic!("a quote is escaped"),
            _ => char,
        });
    }
    out
}

fn number<'s>(samples: &'s Samples, name: &str, labels: &[(&str, &str)]) -> Option<&'s str> {
    let labels = labels.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
    samples.get(&(name.to_owned(), labels)).map(String::as_str)
}

fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n")
}

/// The body of a chunked answer.
fn body(answer: &[u8]) -> String {
    let text = String::from_utf8(answer.to_vec()).unwrap();
    let (head, mut rest) = text.split_once("\r\n\r\n").unwrap();
    let expected =
        "\r\nContent-Type: application/openmetrics-text; version=1.0.0; charset=utf-8\r\n";
    assert!(head.contains(expected), "{head}");
    let mut body = String::new();
    loop {
        let (length, behind) = rest.split_once("\r\n").unwrap();
        let length = usize::from_str_radix(length, 16).unwrap();
        body.push_str(&behind[..length]);
        rest = &behind[length + 2..];
        if length == 0 {
            return body;
        }
    }
}

#[test]
fn a_page_is_what_the_specification_says() {
    let (mut client, mut app) = (TestClient::<App, u32>::new(SITE), App::default());
    for path in ["/light", "/led/1?x=2", "/led/2", "/broken", "/nowhere", "/light", "/fifth"] {
        client.get(&mut app, path);
    }
    app.level = Some(301);
    let samples = parse(&body(&client.send_bytes(&mut app, get("/metrics").as_bytes())));
    let requests = |route, status| {
        number(&samples, "http_requests_total", &[("route", route), ("status", status)])
    };
    assert_eq!(requests("/light", "2xx"), Some("2"));
    assert_eq!(requests("/led/{id}", "2xx"), Some("2"));
    assert_eq!(requests("/broken", "5xx"), Some("1"));
    assert_eq!(requests("none", "4xx"), Some("1"));
    assert_eq!(requests("/light", "4xx"), None, "no zeros");
    let refused = |code, reason| {
        number(&samples, "http_refused_total", &[("code", code), ("reason", reason)])
    };
    assert_eq!(refused("404", "Not Found"), Some("1"));
    assert_eq!(refused("500", "Internal Server Error"), Some("1"));
    let plain = |name| number(&samples, name, &[]);
    assert_eq!(plain("http_response_body_bytes_total"), Some("37"));
    assert_eq!(plain("http_handler_seconds_count"), Some("8"), "this one has begun");
    // What a handler does that fails is not measured, but the page of that.
    assert_eq!(plain("http_handler_seconds_sum"), Some("5.400000"));
    assert_eq!(plain("http_handler_max_seconds"), Some("2.700000"));
    assert_eq!(plain("light"), Some("301"));
    assert_eq!(plain("wifi_signal_dbm"), Some("-61"));
    assert_eq!(plain("_9_lives__total"), Some("9223372036854775807"));
    let inside = number(&samples, "temperature_celsius", &[("where", HARD)]);
    let outside = number(&samples, "temperature_celsius", &[("where", "outside")]);
    assert_eq!((inside, outside), (Some("23.45"), Some("-0.07")));
    // A fifth route has no place, and a sensor that does not answer no value.
    client.get(&mut app, "/fifth");
    client.get(&mut app, "/later");
    app.level = None;
    let samples = parse(&body(&client.send_bytes(&mut app, get("/metrics").as_bytes())));
    let other = [("route", "other"), ("status", "2xx")];
    assert!(number(&samples, "http_requests_total", &other).is_some());
    assert_eq!(number(&samples, "light", &[]), None);
}

/// What is left of a life, read over the network like the rest, in both drivers.
#[test]
fn connections_are_counted_from_their_start_to_their_end() {
    for driver in BOTH {
        let mut inner = ScriptStack::new();
        let first: String = ["/light", "/led/1", "/later"].iter().map(|path| get(path)).collect();
        inner.connects([first.as_str().into()]);
        inner.connects(["nonsense\r\n".into()]);
        inner.connects(["GET /".into()]);
        // The clock wraps around while a handler runs.
        let app = App { us: u32::MAX - 1_000_000, level: Some(0), ..App::default() };
        let stack = FaultStack::new(inner).at_most(70);
        let mut server: Serving<_, App, 4, 512, u32> = Serving::new(driver, SITE, stack, app, 0);
        server.run(Timeouts::DEFAULT.head_ms);
        let mut client = TestClient::<App, u32>::new(SITE);
        let answer = client.send_bytes(&mut server.app(), get("/metrics").as_bytes());
        let samples = parse(&body(&answer));
        let count = |name| number(&samples, name, &[]).unwrap();
        assert_eq!(count("http_connections_accepted_total"), "3", "{driver:?}");
        // One lingers behind its 408.
        assert_eq!(count("http_connections_open"), "2", "{driver:?}");
        let closed = |reason: CloseReason, count: &str| {
            let name = format!("{reason:?}").chars().fold(String::new(), |name, char| {
                let mark = if char.is_uppercase() && !name.is_empty() { "_" } else { "" };
                name + mark + &char.to_lowercase().to_string()
            });
            let found =
                number(&samples, "http_connections_closed_total", &[("reason", name.as_str())]);
            assert_eq!(found, Some(count), "{driver:?}: {name}");
        };
        closed(CloseReason::Complete, "1");
        closed(CloseReason::HeadTooSlow, "0");
        for reason in [
            CloseReason::ClientClosed,
            CloseReason::ClientLeft,
            CloseReason::Broken,
            CloseReason::IdleTooLong,
            CloseReason::BodyTooSlow,
            CloseReason::WriteTooSlow,
            CloseReason::IdleEvicted,
            CloseReason::Evicted,
            CloseReason::BodyFailed,
            CloseReason::ServerClosed,
        ] {
            closed(reason, "0");
        }
        // Two handlers, and both calls of the third, which it has measured itself.
        assert_eq!(count("http_handler_seconds_sum"), "2.700200", "{driver:?}");
        server.run(Timeouts::DEFAULT.head_ms + Timeouts::DEFAULT.linger_ms);
        let answer = client.send_bytes(&mut server.app(), get("/metrics").as_bytes());
        let text = body(&answer);
        assert!(text.contains("closed_total{reason=\"head_too_slow\"} 1\n"), "{driver:?}: {text}");
    }
}

/// What a client sends, and is sent: heads, chunks, a WebSocket's frames would be, too.
const BYTES: [&str; 3] = [
    "GET /light HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n",
    "POST /nowhere HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n",
];

const COUNTED: Site<(Metrics<1>, &Traffic), u32> = Site::new(&[Route::get(
    "/metrics",
    |(metrics, traffic): &mut (Metrics<1>, &'static Traffic), request, reply| {
        metrics.reply(request.state, reply, &Metric::traffic(traffic))
    },
)]);

fn traffic() -> &'static Traffic {
    Box::leak(Box::new(Traffic::new()))
}

#[test]
fn all_bytes_of_a_stack_are_counted() {
    for driver in BOTH {
        let (traffic, text) = (traffic(), BYTES.concat());
        let mut inner = ScriptStack::new();
        inner.connects([text.as_str().into()]);
        inner.connects(["GET / HTT".into(), Step::Close]);
        let stack =
            Counted::new(FaultStack::new(inner).at_most(7).would_block_every_other(), traffic);
        let mut server: Serving<_, App, 2, 512, u32> =
            Serving::new(driver, SITE, stack, App::default(), 0);
        server.run(2_000);
        let stack = server.stack();
        let sockets = stack.inner.inner();
        let sent = sockets.sent(1).len() + sockets.sent(2).len();
        assert!(sent > 1_500, "{driver:?}: {sent}");
        assert_eq!(traffic.sent(), sent as u64, "{driver:?}");
        assert_eq!(traffic.received(), (text.len() + "GET / HTT".len()) as u64, "{driver:?}");
    }
}

#[test]
fn all_bytes_of_a_task_are_counted() {
    let (time, app, traffic) = (SimTime::new(0), RefCell::new(App::default()), traffic());
    let stack = AsyncStack::new(ScriptStack::new(), &time);
    stack.borrow().connects([BYTES.concat().as_str().into(), Step::Close]);
    let listener = stack.listen(80).unwrap();
    time.block_on(async {
        let (socket, peer) = listener.accept().await.unwrap();
        let (mut socket, mut buffer) = (Counted::new(socket, traffic), [0; 512]);
        serve_connection(&mut socket, peer, &SITE, &app, &mut buffer, &time).await;
    });
    assert_eq!(traffic.sent(), stack.borrow().sent(1).len() as u64);
    assert_eq!(traffic.received(), BYTES.concat().len() as u64);
    let mut app = (Metrics::new(), traffic);
    let answer = TestClient::<(Metrics<1>, &Traffic), u32>::new(COUNTED)
        .send_bytes(&mut app, get("/metrics").as_bytes());
    let samples = parse(&body(&answer));
    let told = ["http_sent_bytes_total", "http_received_bytes_total"]
        .map(|name| number(&samples, name, &[]).unwrap().parse::<u64>().unwrap());
    assert_eq!(told, [traffic.sent(), traffic.received()]);
}

proptest! {
    /// Whatever stands in texts, a page can be read, and says the same.
    #[test]
    fn any_text_is_escaped(name in any::<String>(), label in any::<String>(), value: i64, decimals in 0..12_u8) {
        thread_local! {
            static TEXTS: std::cell::RefCell<(String, String, i64, u8)> = const { std::cell::RefCell::new((String::new(), String::new(), 0, 0)) };
        }
        const ANY: Site<Metrics<1>, u32> = Site::new(&[Route::get("/metrics", |metrics: &mut Metrics<1>, request, reply| {
            TEXTS.with_borrow(|(name, label, value, decimals)| {
                let metric = Metric::gauge(name, "?").label("a", label).value(*value).decimals(*decimals);
                metrics.reply(request.state, reply, &[metric])
            })
        })]);
        prop_assume!(name.len() < 60 && label.len() < 60);
        TEXTS.set((name, label.clone(), value, decimals));
        let mut client = TestClient::<Metrics<1>, u32>::new(ANY);
        let answer = client.send_bytes(&mut Metrics::new(), get("/metrics").as_bytes());
        let samples = parse(&body(&answer));
        let found = samples.iter().find(|((_, labels), _)| labels.first().is_some_and(|(name, _)| name == "a"));
        let ((_, labels), number) = found.unwrap();
        prop_assert_eq!(&labels[0].1, &label);
        let digits: String = number.chars().filter(|char| *char != '.').collect();
        prop_assert_eq!(digits.parse::<i64>().unwrap(), value);
        let behind = number.split_once('.').map_or(0, |(_, behind)| behind.len());
        prop_assert_eq!(behind, usize::from(decimals.min(9)));
    }
}
