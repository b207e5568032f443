//! The page as text of `OpenMetrics` 1.0.0, a part for each number, so that each fits into any piece.

use super::sample::{Sample, escaped, full_name};
use super::{CLASSES, CLOSE_REASONS, Counts, Metric, PerRoute, REFUSALS};
use crate::server::MatchedPath;
use crate::wire::Writer;

pub(super) const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// A page that is being written.
pub(super) struct Page<'p> {
    pub counts: &'p Counts,
    pub routes: &'p [PerRoute],
    pub others: &'p [Metric<'p>],
}

/// What is counted.
#[derive(Clone, Copy)]
enum Family {
    Accepted,
    Open,
    Closed,
    AcceptFailures,
    Requests,
    Bytes,
    Refused,
    Handlers,
    LongestHandler,
}

use Family as F;

/// Each with its name, unit, kind and help.
const FAMILIES: [(Family, [&str; 4]); 9] = [
    (F::Accepted, ["http_connections_accepted", "", "counter", "Connections that were accepted."]),
    (F::Open, ["http_connections_open", "", "gauge", "Connections that are open now."]),
    (
        F::Closed,
        ["http_connections_closed", "", "counter", "Connections that were closed, by why."],
    ),
    (
        F::AcceptFailures,
        ["http_accept_failures", "", "counter", "Failures of the listening socket."],
    ),
    (F::Requests, ["http_requests", "", "counter", "Answers by route and class of status."]),
    (F::Bytes, ["http_response_body", "bytes", "counter", "What was sent of bodies."]),
    (F::Refused, ["http_refused", "", "counter", "Answers of 4xx and 5xx by status."]),
    (F::Handlers, ["http_handler", "seconds", "summary", "Calls of handlers that answered."]),
    (F::LongestHandler, ["http_handler_max", "seconds", "gauge", "The longest of these calls."]),
];

/// As [`CloseReason`](crate::server::CloseReason) has them.
const REASONS: [&str; CLOSE_REASONS] = [
    "complete",
    "client_closed",
    "client_left",
    "broken",
    "idle_too_long",
    "head_too_slow",
    "body_too_slow",
    "write_too_slow",
    "idle_evicted",
    "evicted",
    "body_failed",
    "server_closed",
];

const CLASS_NAMES: [&str; CLASSES] = ["1xx", "2xx", "3xx", "4xx", "5xx"];

impl Page<'_> {
    /// How many parts it has: for each family its head and its numbers, for each of the others both in one,
    /// and the end.
    pub(super) fn parts(&self) -> u32 {
        let own: usize = FAMILIES.iter().map(|(family, _)| 1 + self.numbers(*family)).sum();
        u32::try_from(own + self.others.len() + 1).unwrap_or(u32::MAX)
    }

    fn numbers(&self, family: Family) -> usize {
        match family {
            F::Accepted | F::Open | F::AcceptFailures | F::Bytes | F::LongestHandler => 1,
            F::Closed => CLOSE_REASONS,
            F::Requests => (self.routes.len() + 2) * CLASSES,
            F::Refused => REFUSALS,
            F::Handlers => 2,
        }
    }

    /// Writes a part; nothing for a number that says nothing.
    pub(super) fn write(&self, line: &mut Writer<'_>, part: u32) {
        let mut n = part as usize;
        for (family, [name, unit, kind, help]) in &FAMILIES {
            if n == 0 {
                return head(line, name, unit, kind, help);
            }
            n -= 1;
            let numbers = self.numbers(*family);
            if n < numbers {
                if let Some(sample) = self.sample(*family, n) {
                    sample.write(line, name, unit);
                }
                return;
            }
            n -= numbers;
        }
        let Some(metric) = self.others.get(n) else { return line.str("# EOF\n") };
        let before = n.checked_sub(1).and_then(|before| self.others.get(before));
        if !before.is_some_and(|before| metric.is_of(before)) {
            head(line, metric.name, metric.unit, metric.kind(), metric.help);
        }
        if let Some(sample) = metric.sample() {
            sample.write(line, metric.name, metric.unit);
        }
    }

    fn sample(&self, family: Family, n: usize) -> Option<Sample<'_>> {
        let counts = self.counts;
        let mut sample = Sample { end: "_total", ..Sample::NONE };
        let count = match family {
            F::Accepted => counts.accepted,
            F::AcceptFailures => counts.accept_failures,
            F::Closed => {
                sample.labels[0] = ("reason", REASONS.get(n)?);
                *counts.closed.get(n)?
            }
            F::Requests => {
                let (index, class) = (n / CLASSES, n % CLASSES);
                let (route, of_class) = match self.routes.get(index) {
                    Some(route) => (route.path?, &route.count),
                    None if index == self.routes.len() => {
                        (MatchedPath::plain("none"), &counts.none)
                    }
                    None => (MatchedPath::plain("other"), &counts.other),
                };
                sample.route = Some(route);
                sample.labels[0] = ("status", CLASS_NAMES.get(class)?);
                *of_class.get(class).filter(|count| **count > 0)?
            }
            F::Refused => {
                let refused = counts.refused.get(n).filter(|refused| refused.count > 0)?;
                let (status, reason) = (refused.status.as_str(), refused.status.reason());
                sample.labels = [("code", status.get(..3)?), ("reason", reason)];
                refused.count
            }
            F::Bytes => return Some(Sample { value: counts.bytes, ..sample }),
            F::Open => {
                sample.end = "";
                counts.open
            }
            F::Handlers if n == 0 => {
                sample.end = "_count";
                counts.handlers.count
            }
            F::Handlers => {
                let value = counts.handlers.sum_us;
                return Some(Sample { end: "_sum", value, decimals: 6, ..sample });
            }
            F::LongestHandler => {
                (sample.end, sample.decimals) = ("", 6);
                counts.handlers.max_us
            }
        };
        Some(Sample { value: count.into(), ..sample })
    }
}

/// What stands in front of the numbers of a family.
fn head(line: &mut Writer<'_>, name: &str, unit: &str, kind: &str, help: &str) {
    for (what, text) in [("# TYPE ", kind), ("# UNIT ", unit), ("# HELP ", help)] {
        if !text.is_empty() {
            line.str(what);
            full_name(line, name, unit);
            line.str(" ");
            escaped(line, text);
            line.str("\n");
        }
    }
}
