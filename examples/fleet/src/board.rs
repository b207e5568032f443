//! The application of one board: a light sensor, and what is counted of its server.

use std::time::Instant;

use nal_http::server::{Answer, Metric, Metrics, Reply, Request, Route, Site};

/// A board. This one has a simulated sensor; on a real one, `read` asks the ADC, and the signal comes from the radio.
pub struct Board {
    metrics: Metrics<4>,
    /// What was seen last, and how often.
    level: i64,
    readings: u32,
    /// Each board sees something else.
    number: u32,
    start: Instant,
}

impl Board {
    /// The routes, with what a handler remembers of `/metrics`: the line that comes next.
    pub const SITE: Site<Self, u32> =
        Site::new(&[Route::get("/light", Self::light), Route::get("/metrics", Self::metrics)])
            .map_response(|board, _, _| {
                let now = board.micros();
                board.metrics.handler_begins(now);
            })
            .on_event(|board, _, event| {
                let now = board.micros();
                board.metrics.note(event, now);
            });

    /// The board with this number.
    pub fn new(number: u32) -> Self {
        Self { metrics: Metrics::new(), level: 0, readings: 0, number, start: Instant::now() }
    }

    /// It wraps around, which its readers do not mind.
    fn micros(&self) -> u32 {
        u32::try_from(self.start.elapsed().as_micros() & u128::from(u32::MAX)).unwrap_or(0)
    }

    /// A day of a minute: from dark to bright and back.
    fn read(&mut self) -> i64 {
        self.readings += 1;
        let second = self.start.elapsed().as_secs() + u64::from(self.number) * 20;
        let half = 30_u64.abs_diff(second % 60);
        self.level = i64::try_from(300 + (30 - half) * 100).unwrap_or(0);
        self.level
    }

    fn light(&mut self, _: &mut Request<'_, u32>, reply: &mut Reply<'_>) -> Answer {
        let level = self.read();
        reply.no_store().write("application/json", |json| {
            json.str("{\"light\":");
            json.number(level.unsigned_abs());
            json.str("}");
        })
    }

    fn metrics(&mut self, request: &mut Request<'_, u32>, reply: &mut Reply<'_>) -> Answer {
        // It is called for each piece of the page.
        if request.is_first() {
            self.read();
        }
        let (level, number) = (self.level, i64::from(self.number));
        let of_the_board = [
            Metric::gauge("light", "Level of the light sensor, 0 to 4095.").value(level),
            Metric::counter("light_readings", "How often it was read.").value(self.readings.into()),
            Metric::gauge("wifi_signal", "Strength of the signal.")
                .unit("dbm")
                .value(-55 - 4 * number),
            Metric::gauge("stack_left", "Of the stack, what was never used.")
                .unit("bytes")
                .value(2_304),
            Metric::gauge("uptime", "Since the start.")
                .unit("seconds")
                .value(i64::try_from(self.start.elapsed().as_millis()).unwrap_or(0))
                .decimals(3),
        ];
        self.metrics.reply(request.state, reply, &of_the_board)
    }
}
