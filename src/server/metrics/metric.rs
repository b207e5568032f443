use super::sample::Sample;
use crate::net::Traffic;

/// A value that an application tells beside what its server counts; see [`Metrics::reply`](super::Metrics::reply).
///
/// A sensor that does not answer has no [`value`](Self::value): then there is none, and no wrong one. Several that differ
/// in their [`label`](Self::label) only stand one behind the other.
///
/// ```
/// use nal_http::server::Metric;
///
/// let level = 301;
/// let metrics = [
///     Metric::gauge("light", "Level of the light sensor, 0 to 4095.").value(level),
///     // 23.45
///     Metric::gauge("temperature", "Of the board.").unit("celsius").value(2345).decimals(2),
///     Metric::counter("readings", "How often a sensor was read.").label("sensor", "left").value(7),
///     Metric::counter("readings", "How often a sensor was read.").label("sensor", "right").value(9),
/// ];
/// # let _ = metrics;
/// ```
#[derive(Debug, Clone, Copy)]
#[must_use]
pub struct Metric<'m> {
    pub(super) name: &'m str,
    pub(super) unit: &'m str,
    pub(super) help: &'m str,
    is_counter: bool,
    label: (&'m str, &'m str),
    value: Option<i64>,
    decimals: u8,
}

impl<'m> Metric<'m> {
    /// What goes up and down. A letter that a name cannot have (other than `a-z`, `A-Z`, `0-9`, `_`) becomes `_`.
    pub const fn gauge(name: &'m str, help: &'m str) -> Self {
        let (unit, label, value) = ("", ("", ""), None);
        Self { name, unit, help, is_counter: false, label, value, decimals: 0 }
    }

    /// What only goes up, until the next start. `_total` is put behind its name.
    pub const fn counter(name: &'m str, help: &'m str) -> Self {
        Self { is_counter: true, ..Self::gauge(name, help) }
    }

    /// All bytes that were sent and received, heads and framing included: `http_sent_bytes_total` and
    /// `http_received_bytes_total`.
    ///
    /// ```
    /// use nal_http::net::Traffic;
    /// use nal_http::server::{Answer, Metric, Metrics, Reply, Request};
    ///
    /// struct App {
    ///     metrics: Metrics<4>,
    ///     /// That of the stack, which is `Counted`.
    ///     traffic: &'static Traffic,
    /// }
    ///
    /// fn metrics(app: &mut App, request: &mut Request<'_, u32>, reply: &mut Reply<'_>) -> Answer {
    ///     let [sent, received] = Metric::traffic(app.traffic);
    ///     let light = Metric::gauge("light", "Level of the light sensor.").value(301);
    ///     app.metrics.reply(request.state, reply, &[sent, received, light])
    /// }
    /// ```
    pub fn traffic(traffic: &Traffic) -> [Self; 2] {
        let of = |name, help, bytes: u64| {
            Self::counter(name, help).unit("bytes").value(bytes.cast_signed())
        };
        [
            of("http_sent", "All that was sent, heads and framing included.", traffic.sent()),
            of("http_received", "All that was received.", traffic.received()),
        ]
    }

    /// Its unit, such as `seconds`, `bytes`, `celsius`. It is put behind the name: `uptime_seconds`.
    pub const fn unit(mut self, unit: &'m str) -> Self {
        self.unit = unit;
        self
    }

    /// A label, such as which of two sensors it is.
    pub const fn label(mut self, name: &'m str, value: &'m str) -> Self {
        self.label = (name, value);
        self
    }

    /// Its value.
    pub const fn value(mut self, value: i64) -> Self {
        self.value = Some(value);
        self
    }

    /// So many of the value's digits are behind the point: 2345 with 2 is 23.45. 9 at most.
    pub const fn decimals(mut self, digits: u8) -> Self {
        self.decimals = if digits > 9 { 9 } else { digits };
        self
    }

    pub(super) fn is_of(&self, other: &Self) -> bool {
        (self.name, self.unit) == (other.name, other.unit)
    }

    pub(super) const fn kind(&self) -> &'static str {
        if self.is_counter { "counter" } else { "gauge" }
    }

    /// Its number, if it has a value.
    pub(super) fn sample(&self) -> Option<Sample<'_>> {
        let value = self.value?;
        Some(Sample {
            end: if self.is_counter { "_total" } else { "" },
            route: None,
            labels: [self.label, ("", "")],
            is_negative: value < 0,
            value: value.unsigned_abs(),
            decimals: self.decimals,
        })
    }
}
