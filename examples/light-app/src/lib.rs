//! The light-sensor application of the mPython tutorial, for any board.
//!
//! | route | answer |
//! |---|---|
//! | `GET /` | a page with the tutorial's sentence and the sensor's value, reloaded every 2 s |
//! | `GET /light` | `{"light":301}` |
//! | `POST /echo` | the body it got, of any length, with the same content type |
//!
//! The PC, the emulated boards and the real ones all run this code; they differ in the stack, the
//! sensor and the display that they hand to it.
//!
//! ```
//! use light_app::{LightApp, LightServer};
//! use nal_http::hal::{Display, LightSensor};
//!
//! fn run<S: nal_http::embedded_nal::TcpFullStack>(
//!     stack: &mut S,
//!     sensor: impl LightSensor + 'static,
//!     display: impl Display + 'static,
//! ) -> Result<(), S::Error> {
//!     let mut app = LightApp::new(sensor, display);
//!     let mut server = LightServer::<S, _, _>::new(LightApp::site());
//!     server.listen(stack, 80)?;
//!     let _ = app.show_address(([192, 168, 0, 9], 80).into());
//!     loop {
//!         let _ = server.poll(stack, &mut app, 0 /* the clock's time in ms */);
//!     }
//! }
//! ```

#![no_std]

use core::fmt::Write;
use core::net::SocketAddr;

use nal_http::hal::{Display, LightSensor};
use nal_http::server::{Answer, Failure, Reply, Request, Route, Server, Site};
use nal_http::wire::{Status, Writer};

/// A server for the application: 4 connections of 1 KiB each, about 5 KB of RAM in all.
pub type LightServer<S, L, D> = Server<S, LightApp<L, D>, 4, 1024>;

/// The application: a light sensor, and a display that shows where to point the browser.
#[derive(Debug)]
pub struct LightApp<L, D> {
    sensor: L,
    display: D,
}

impl<L: LightSensor + 'static, D: Display + 'static> LightApp<L, D> {
    const ROUTES: &'static [Route<Self>] = &[
        Route::get("/", Self::page),
        Route::get("/light", Self::light),
        Route::post("/echo", Self::echo).in_pieces(),
    ];

    /// An application with this sensor and this display.
    pub const fn new(sensor: L, display: D) -> Self {
        Self { sensor, display }
    }

    /// Its routes.
    #[must_use]
    pub const fn site() -> Site<Self> {
        Site::new(Self::ROUTES).want(&["Content-Type"])
    }

    /// The display, for a program that shows something else on it.
    pub fn display(&mut self) -> &mut D {
        &mut self.display
    }

    /// The level of light, from 0 to 4095.
    ///
    /// # Errors
    /// The sensor's.
    pub fn level(&mut self) -> Result<u16, L::Error> {
        self.sensor.read()
    }

    /// Shows where to point the browser.
    ///
    /// # Errors
    /// The display's.
    pub fn show_address(&mut self, address: SocketAddr) -> Result<(), D::Error> {
        let mut buffer = [0; 64];
        self.display.show(&["Connect your browser", browser_url(address, &mut buffer)])
    }

    fn read_sensor(&mut self) -> Result<u64, Failure> {
        let failure = Failure::new(Status::SERVICE_UNAVAILABLE, "the light sensor does not answer");
        self.level().map(u64::from).map_err(|_| failure)
    }

    fn page(&mut self, _: &mut Request<'_>, reply: &mut Reply<'_>) -> Answer {
        let level = self.read_sensor()?;
        reply.write("text/html; charset=utf-8", |page| {
            page.str("<!DOCTYPE html><meta http-equiv=refresh content=2>");
            page.str("<title>mPython</title><h1>欢迎使用掌控板mPython！你的光线传感器值是:");
            page.number(level);
            page.str("</h1>");
        })
    }

    fn light(&mut self, _: &mut Request<'_>, reply: &mut Reply<'_>) -> Answer {
        let level = self.read_sensor()?;
        reply.no_store().write("application/json", |json| {
            json.str("{\"light\":");
            json.number(level);
            json.str("}");
        })
    }

    fn echo(_: &mut Self, request: &mut Request<'_>, reply: &mut Reply<'_>) -> Answer {
        let content_type = request.header("Content-Type").unwrap_or("application/octet-stream");
        let body = match request.content_length() {
            Some(length) => reply.stream_sized(content_type, length),
            None => reply.stream(content_type),
        };
        body.copy(request)
    }
}

/// What to type into a browser to reach `address`, without the port if it is 80.
pub fn browser_url(address: SocketAddr, buffer: &mut [u8]) -> &str {
    let mut writer = Writer::new(buffer);
    // The writer never refuses: what does not fit is seen below.
    let _ = match (address, address.port()) {
        (SocketAddr::V4(v4), 80) => write!(writer, "http://{}", v4.ip()),
        (SocketAddr::V6(v6), 80) => write!(writer, "http://[{}]", v6.ip()),
        _ => write!(writer, "http://{address}"),
    };
    writer.finish().ok().and_then(|text| core::str::from_utf8(text).ok()).unwrap_or("http://?")
}
