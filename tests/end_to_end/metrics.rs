//! The page of metrics, as Prometheus's own library for Python reads it.

use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::atomic::Ordering;

use nal_http::hal::Clock;
use nal_http::server::{Metric, Metrics, Route, Server, Site};
use nal_std::Stack;

use crate::support::{RealClock, Running, curl, has, localhost, wait};

const SITE: Site<Metrics<2>, u32> = Site::new(&[
    Route::get("/light/{id}", |_, _, reply| reply.text("301")),
    Route::get("/metrics", |metrics: &mut Metrics<2>, request, reply| {
        let temperature = Metric::gauge("temperature", "Say \"no\",\nor \\.").unit("celsius");
        let others = [
            temperature.label("where", "the \"left\"\\\n光").value(-2_345).decimals(2),
            temperature.label("where", "right").value(0),
            Metric::counter("readings", "How often.").value(7),
        ];
        metrics.reply(request.state, reply, &others)
    }),
])
.map_response(|metrics, _, _| metrics.handler_begins(7))
.on_event(|metrics, _, event| metrics.note(event, 1_300_007));

const READ: &str = "
import sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse
for family in parse(sys.stdin.buffer.read().decode()):
    for sample in family.samples:
        print(family.type, family.unit, sample.name, sample.labels, float(sample.value))
";

/// A Python that has the library: Debian's, if the first is another.
fn python() -> Option<&'static str> {
    let has_library = |python: &&str| {
        let mut command = Command::new(python);
        command.args(["-c", "import prometheus_client.openmetrics.parser"]).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    };
    let found = ["python3", "/usr/bin/python3"].into_iter().find(has_library);
    if found.is_none() {
        has("python3-prometheus-client");
    }
    found
}

#[test]
fn the_library_of_prometheus_reads_the_page() {
    let (Some(python), true) = (python(), has("curl")) else { return };
    let server = Running::spawn(|sender, stopped| {
        let (mut stack, mut clock) = (Stack::bound_to(localhost()), RealClock::new());
        let mut server: Server<Stack, Metrics<2>, 4, 512, u32> = Server::new(SITE);
        server.listen(&mut stack, 0).unwrap();
        sender.send(stack.local_addr(server.listener().unwrap()).unwrap()).unwrap();
        let mut metrics = Metrics::new();
        while !stopped.load(Ordering::Relaxed) {
            if server.poll(&mut stack, &mut metrics, clock.now_ms()).is_err() {
                wait(&mut stack, 20);
            }
        }
        server.close(&mut stack, &mut metrics);
    });
    for path in ["/light/1", "/light/2", "/nowhere"] {
        curl(&[&server.url(path)]);
    }
    let page = curl(&[&server.url("/metrics")]);
    let mut child = Command::new(python)
        .args(["-c", READ])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(page.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{page}");
    let read = String::from_utf8(output.stdout).unwrap();
    for line in [
        "counter  http_connections_accepted_total {} 4.0",
        "counter  http_requests_total {'route': '/light/{id}', 'status': '2xx'} 2.0",
        "counter  http_requests_total {'route': 'none', 'status': '4xx'} 1.0",
        "counter  http_refused_total {'code': '404', 'reason': 'Not Found'} 1.0",
        "counter bytes http_response_body_bytes_total {} 15.0",
        "summary seconds http_handler_seconds_sum {} 5.2",
        "gauge seconds http_handler_max_seconds {} 1.3",
        "gauge celsius temperature_celsius {'where': 'the \"left\"\\\\\\n光'} -23.45",
        "gauge celsius temperature_celsius {'where': 'right'} 0.0",
        "counter  readings_total {} 7.0",
    ] {
        assert!(read.lines().any(|read| read == line), "{line} is not in\n{read}");
    }
}
