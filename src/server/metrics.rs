//! What a server counts of itself, and how Prometheus reads it.

mod metric;
mod page;
mod sample;

pub use metric::Metric;

use super::{Answer, CloseReason, Event, MatchedPath, Reply};
use crate::wire::Status;

/// Counts what a server does, and writes it as Prometheus reads it: `OpenMetrics` text, with gauges of the
/// application's beside.
///
/// It is part of the application. The site's [hook](super::Site::on_event) tells it each event, a route has it
/// [reply](Self::reply). `ROUTES` is of how many routes it counts the requests each; those of more are counted
/// together, as `other`, and those that no route has as `none`. It takes 230 bytes and 36 for each route on a 32-bit
/// target, and no heap. About 7 KB of flash, the hook included.
///
/// ```
/// use nal_http::server::{Answer, Metric, Metrics, Reply, Request, Route, Site};
///
/// struct App {
///     metrics: Metrics<4>,
///     /// In dBm.
///     signal: i8,
/// }
///
/// // What the handler remembers is the line that comes next.
/// const SITE: Site<App, u32> = Site::new(&[
///     Route::get("/light", |_, _, reply| reply.text("301")),
///     Route::get("/metrics", metrics),
/// ])
/// .map_response(|app, _, _| app.metrics.handler_begins(micros()))
/// .on_event(|app, _, event| app.metrics.note(event, micros()));
///
/// fn metrics(app: &mut App, request: &mut Request<'_, u32>, reply: &mut Reply<'_>) -> Answer {
///     let of_the_board = [
///         Metric::gauge("wifi_signal", "Strength of the signal.").unit("dbm").value(app.signal.into()),
///         Metric::gauge("stack_left", "What was never used.").unit("bytes").value(2_304),
///     ];
///     app.metrics.reply(request.state, reply, &of_the_board)
/// }
///
/// fn micros() -> u32 {
///     0 // of any clock; it may wrap around
/// }
/// # let mut client = nal_http::testing::TestClient::new(SITE);
/// # let mut app = App { metrics: Metrics::new(), signal: -61 };
/// # client.get(&mut app, "/light");
/// # let page = client.get(&mut app, "/metrics");
/// # assert!(page.text().contains("http_requests_total{route=\"/light\",status=\"2xx\"} 1\n"));
/// # assert!(page.text().contains("wifi_signal_dbm -61\n"));
/// ```
///
/// | family | what |
/// |---|---|
/// | `http_connections_accepted_total` | connections that were accepted |
/// | `http_connections_open` | those that are open now |
/// | `http_connections_closed_total{reason}` | those that were closed, by [`CloseReason`]: `idle_evicted`, `evicted`, `head_too_slow` and so on |
/// | `http_accept_failures_total` | how often the listening socket has failed |
/// | `http_requests_total{route,status}` | answers, by the [route](MatchedPath) with the prefixes of its groups, and by class: `2xx`; what no route has is `none`, such as a 404 or 405 |
/// | `http_response_body_bytes_total` | what was sent of bodies; for all bytes see [`Metric::traffic`] |
/// | `http_refused_total{code,reason}` | answers of 4xx and 5xx by their status, for the first eight that occur |
/// | `http_handler_seconds_count`, `_sum` | how often a handler has answered, and how long these calls took; also those that are [measured](Self::handler_took) one by one |
/// | `http_handler_max_seconds` | the longest of them |
///
/// Counts have 32 bits, that of bytes 64, and begin anew behind them, which Prometheus takes for a restart.
#[derive(Debug)]
pub struct Metrics<const ROUTES: usize> {
    counts: Counts,
    routes: [PerRoute; ROUTES],
}

/// All but what is counted for each route.
#[derive(Debug)]
struct Counts {
    accepted: u32,
    accept_failures: u32,
    open: u32,
    closed: [u32; CLOSE_REASONS],
    /// Requests that no route has, and those of routes that have no place.
    none: [u32; CLASSES],
    other: [u32; CLASSES],
    bytes: u64,
    refused: [Refused; REFUSALS],
    handlers: Handlers,
}

/// Requests of a route by the class of their status, from 1xx on.
#[derive(Debug, Clone, Copy)]
struct PerRoute {
    /// Its path, if it is of one yet.
    path: Option<MatchedPath>,
    count: [u32; CLASSES],
}

#[derive(Debug, Clone, Copy)]
struct Refused {
    status: Status,
    count: u32,
}

/// The time that handlers take.
#[derive(Debug)]
struct Handlers {
    count: u32,
    sum_us: u64,
    max_us: u32,
    begun_us: Option<u32>,
}

const CLASSES: usize = 5;
const CLOSE_REASONS: usize = CloseReason::ServerClosed as usize + 1;
const REFUSALS: usize = 8;

impl<const ROUTES: usize> Metrics<ROUTES> {
    /// Nothing has been counted.
    #[must_use]
    pub const fn new() -> Self {
        let counts = Counts {
            accepted: 0,
            accept_failures: 0,
            open: 0,
            closed: [0; CLOSE_REASONS],
            none: [0; CLASSES],
            other: [0; CLASSES],
            bytes: 0,
            refused: [Refused { status: Status::OK, count: 0 }; REFUSALS],
            handlers: Handlers::new(),
        };
        Self { counts, routes: [PerRoute { path: None, count: [0; CLASSES] }; ROUTES] }
    }

    /// Counts an event: for the site's [`on_event`](super::Site::on_event). `now_us` is the time of any clock in
    /// microseconds, which may wrap around; 0 where nobody calls [`handler_begins`](Self::handler_begins).
    pub fn note(&mut self, event: &Event<'_>, now_us: u32) {
        self.counts.note(event, now_us, &mut self.routes);
    }

    /// A handler is about to be called: for the site's [`map_response`](super::Site::map_response). So it is known how
    /// long handlers take; without this, nothing of that is told but zeros.
    ///
    /// What is measured is the call that answers, and what else the site has put around it; for one that fails, the
    /// page that says so. Calls of one that waits before, and those that write the rest of a body in pieces, are not:
    /// see [`handler_took`](Self::handler_took).
    pub fn handler_begins(&mut self, now_us: u32) {
        self.counts.handlers.begun_us = Some(now_us);
    }

    /// A call of a handler took so many microseconds, as the handler itself has measured: for those that are called again
    /// and again, such as for a body in pieces, an event stream or a WebSocket. The call is counted once, also if it is the one
    /// that answers.
    pub fn handler_took(&mut self, us: u32) {
        self.counts.handlers.begun_us = None;
        self.counts.handlers.took(us);
    }

    /// The page, for a handler to return. It is written in pieces, a line at a time, through a slot of 512 bytes or
    /// more; `next` is the line that comes next, to be kept in [`Request::state`](super::Request::state).
    ///
    /// Behind what the server has counted comes what the application tells: `others`, the same ones in each call. The
    /// handler is called for each piece, so what takes a while to find out is best kept from its
    /// [first](super::Request::is_first) call.
    ///
    /// # Errors
    /// None here: mistakes are seen when the handler returns it.
    pub fn reply(&self, next: &mut u32, reply: &mut Reply<'_>, others: &[Metric<'_>]) -> Answer {
        let page = page::Page { counts: &self.counts, routes: &self.routes, others };
        reply.no_store();
        let body = reply.stream(page::CONTENT_TYPE);
        body.write_each(next, page.parts(), |line, n| page.write(line, n))
    }
}

impl<const ROUTES: usize> Default for Metrics<ROUTES> {
    fn default() -> Self {
        Self::new()
    }
}

impl Counts {
    fn note(&mut self, event: &Event<'_>, now_us: u32, routes: &mut [PerRoute]) {
        match event {
            Event::Accepted => {
                count(&mut self.accepted);
                count(&mut self.open);
            }
            Event::AcceptFailed => count(&mut self.accept_failures),
            Event::Closed(reason) => {
                self.open = self.open.saturating_sub(1);
                if let Some(closed) = self.closed.get_mut(*reason as usize) {
                    count(closed);
                }
            }
            Event::Completed(access) => {
                self.bytes = self.bytes.wrapping_add(access.bytes as u64);
                let class = usize::from(access.status.code() / 100).wrapping_sub(1);
                if let Some(requests) = self.of_route(access.route, routes).get_mut(class) {
                    count(requests);
                }
                if class >= 3 {
                    self.refuse(access.status);
                }
            }
            Event::Answered(_) => self.handlers.end(now_us),
            Event::Failed(_) | Event::Request { .. } => {}
        }
    }

    fn of_route<'m>(
        &'m mut self,
        path: Option<MatchedPath>,
        routes: &'m mut [PerRoute],
    ) -> &'m mut [u32; CLASSES] {
        if path.is_none() {
            return &mut self.none;
        }
        match routes.iter_mut().find(|route| route.path == path || route.path.is_none()) {
            Some(route) => {
                route.path = path;
                &mut route.count
            }
            None => &mut self.other,
        }
    }

    fn refuse(&mut self, status: Status) {
        let mut all = self.refused.iter_mut();
        if let Some(refused) = all.find(|it| it.count == 0 || it.status == status) {
            refused.status = status;
            count(&mut refused.count);
        }
    }
}

impl Handlers {
    const fn new() -> Self {
        Self { count: 0, sum_us: 0, max_us: 0, begun_us: None }
    }

    /// A handler has answered.
    fn end(&mut self, now_us: u32) {
        if let Some(begun_us) = self.begun_us.take() {
            self.took(now_us.wrapping_sub(begun_us));
        }
    }

    fn took(&mut self, us: u32) {
        self.sum_us = self.sum_us.wrapping_add(us.into());
        self.max_us = self.max_us.max(us);
        count(&mut self.count);
    }
}

fn count(counter: &mut u32) {
    *counter = counter.wrapping_add(1);
}
