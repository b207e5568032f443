//! The light-sensor application of the mPython tutorial, for any board.
//!
//! | route | answer |
//! |---|---|
//! | `GET /` | a page with the tutorial's sentence and the sensor's value, a plot and a switch |
//! | `GET /light` | `{"light":301}` |
//! | `GET /state` | `{"light":301,"led":false,"ms":81234}`, the last the board's clock |
//! | `GET /events` | the same twice a second, and when somebody switches, as a stream of events |
//! | `GET /history` | the last hour: `{"now":81234,"ms":80000,"every":7031,"light":[300,301]}`, the newest last |
//! | `PUT /led` | switches the lamp: `on` or `off` |
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
//!         let now_ms = 0 /* the clock's time in ms */;
//!         if app.tick(now_ms) {
//!             server.wake();
//!         }
//!         let _ = server.poll(stack, &mut app, now_ms);
//!     }
//! }
//! ```

#![no_std]

mod history;
mod page;

use core::fmt::{self, Write};
use core::net::SocketAddr;

use history::{EVERY_MS, History};
use nal_http::hal::{Display, LightSensor};
use nal_http::server::{
    Answer, Event, EventStream, Failure, Listener, Reply, Request, Route, Server, Site, guards,
};
use nal_http::wire::{Status, Writer};
use page::Page;

/// A server for the application: 4 connections of 1 KiB each, about 5 KB of RAM in all.
pub type LightServer<S, L, D> = Server<S, LightApp<L, D>, 4, 1024, State>;

/// From one event to the next, in ms; [`LightApp::tick`] is to be called as often.
pub const TICK_MS: u32 = 500;

/// Characters of a line of the board's OLED: a longer URL goes on in the next one.
const LINE: usize = 21;

/// So many pages may listen: each holds one of the connections, and the others poll over the rest.
const LISTENERS: usize = 2;

/// The application: a light sensor, a lamp to be switched, and a display that shows where to point the
/// browser. 1.2 KB of RAM, for the last hour.
#[derive(Debug)]
pub struct LightApp<L, D> {
    sensor: L,
    display: D,
    address: Option<SocketAddr>,
    /// Whether the lamp is on, once somebody has switched it.
    lamp: Option<bool>,
    history: History,
    events: EventStream<Now, 8>,
    /// When pages were told last.
    told_ms: u32,
    has_news: bool,
}

/// What is sent to pages that listen.
#[derive(Debug, Clone, Copy)]
struct Now {
    level: u16,
    lamp: bool,
    ms: u32,
}

/// What handlers remember from call to call.
#[derive(Debug, Default)]
pub struct State {
    listener: Listener,
    page: Page,
    /// The next sample to be written, and where they end.
    sample: u32,
    end: u32,
}

impl AsMut<Listener> for State {
    fn as_mut(&mut self) -> &mut Listener {
        &mut self.listener
    }
}

impl<L: LightSensor + 'static, D: Display + 'static> LightApp<L, D> {
    const ROUTES: &'static [Route<Self, State>] = &[
        Route::get("/", Self::page),
        Route::get("/page.css", |_, request, reply| page::style(request, reply)),
        Route::get("/page.js", |_, request, reply| page::script(request, reply)),
        Route::get("/light", Self::light),
        Route::get("/state", Self::state),
        Route::get("/events", Self::events),
        Route::get("/history", Self::history),
        Route::put("/led", Self::switch),
        Route::post("/echo", Self::echo).in_pieces(),
    ];

    /// An application with this sensor and this display.
    pub const fn new(sensor: L, display: D) -> Self {
        Self {
            sensor,
            display,
            address: None,
            lamp: None,
            history: History::new(),
            events: EventStream::new().poll_ms(TICK_MS),
            told_ms: 0,
            has_news: false,
        }
    }

    /// Its routes.
    #[must_use]
    pub const fn site() -> Site<Self, State> {
        Site::new(Self::ROUTES).want(&[
            "Content-Type",
            "Host",
            "Accept-Language",
            "Accept-Encoding",
            "Last-Event-ID",
        ])
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

    /// Whether the lamp is on.
    pub fn is_lamp_on(&self) -> bool {
        self.lamp == Some(true)
    }

    /// Shows where to point the browser.
    ///
    /// # Errors
    /// The display's.
    pub fn show_address(&mut self, address: SocketAddr) -> Result<(), D::Error> {
        self.address = Some(address);
        self.show()
    }

    fn show(&mut self) -> Result<(), D::Error> {
        let Some(address) = self.address else { return Ok(()) };
        let mut buffer = [0; 64];
        let url = browser_url(address, &mut buffer);
        let (url, rest) = url.split_at_checked(LINE).unwrap_or((url, ""));
        let lamp = match self.lamp {
            None => "",
            Some(false) => "The lamp is off",
            Some(true) => "The lamp is ON",
        };
        let front = "Connect your browser";
        let lines = if rest.is_empty() { [front, url, lamp, ""] } else { [front, url, rest, lamp] };
        let used = lines.iter().take_while(|line| !line.is_empty()).count();
        self.display.show(lines.get(..used).unwrap_or_default())
    }

    /// Samples the light; to be called every [`TICK_MS`]. Returns whether pages that listen are to be told:
    /// then wake the server.
    pub fn tick(&mut self, now_ms: u32) -> bool {
        if self.history.is_due(now_ms) {
            let level = self.sensor.read().ok();
            self.history.push(level, now_ms);
        }
        if self.events.listeners() > 0 && now_ms.wrapping_sub(self.told_ms) >= TICK_MS {
            self.told_ms = now_ms;
            if let Ok(level) = self.sensor.read() {
                self.tell(level, now_ms);
            }
        }
        core::mem::take(&mut self.has_news)
    }

    fn tell(&mut self, level: u16, ms: u32) {
        self.events.push(Now { level, lamp: self.is_lamp_on(), ms });
        self.has_news = true;
    }

    fn read_sensor(&mut self) -> Result<u16, Failure> {
        let failure = Failure::new(Status::SERVICE_UNAVAILABLE, "the light sensor does not answer");
        self.level().map_err(|_| failure)
    }

    fn page(&mut self, request: &mut Request<'_, State>, reply: &mut Reply<'_>) -> Answer {
        if request.is_first() {
            let is_chinese = page::is_chinese(request);
            request.state.page = Page::new(is_chinese, self.read_sensor()?, self.is_lamp_on());
        }
        let page = &mut request.state.page;
        page.write(reply.no_store().stream_sized("text/html; charset=utf-8", page.length()))
    }

    fn light(&mut self, _: &mut Request<'_, State>, reply: &mut Reply<'_>) -> Answer {
        let level = self.read_sensor()?;
        reply.no_store().write("application/json", |json| {
            json.str("{\"light\":");
            json.number(level.into());
            json.str("}");
        })
    }

    fn state(&mut self, request: &mut Request<'_, State>, reply: &mut Reply<'_>) -> Answer {
        let (level, ms) = (self.read_sensor()?, request.now_ms());
        let now = Now { level, lamp: self.is_lamp_on(), ms };
        reply.no_store().write("application/json", |json| _ = write!(json, "{now}"))
    }

    fn events(&mut self, request: &mut Request<'_, State>, reply: &mut Reply<'_>) -> Answer {
        // To a browser 204 says not to ask again; then the page polls.
        if request.is_first() && self.events.listeners() >= LISTENERS {
            return reply.no_content();
        }
        self.events.reply(request, reply, |event, now| {
            event.name("now").write(|data| _ = write!(data, "{now}"));
        })
    }

    fn history(&mut self, request: &mut Request<'_, State>, reply: &mut Reply<'_>) -> Answer {
        let (now_ms, history) = (request.now_ms(), &self.history);
        let (is_first, numbers) = (request.is_first(), history.numbers());
        let body = reply.no_store().stream("application/json");
        if is_first {
            let taken_ms = history.taken_ms();
            let json = body.writer();
            let _ =
                write!(json, r#"{{"now":{now_ms},"ms":{taken_ms},"every":{EVERY_MS},"light":["#);
            (request.state.sample, request.state.end) = (numbers.start, numbers.end);
        }
        let State { sample, end, .. } = &mut *request.state;
        body.write_each(sample, *end + 1, |json, number| {
            match history.level(number) {
                _ if number == *end => json.str("]}"),
                Some(level) => json.number(level.into()),
                None => json.str("null"),
            }
            if number + 1 < *end {
                json.str(",");
            }
        })
    }

    /// Pages of other origins cannot send a PUT: browsers ask first, and the board does not agree. One whose own name
    /// leads here (DNS rebinding) is not served, since it is no name of ours.
    fn switch(&mut self, request: &mut Request<'_, State>, reply: &mut Reply<'_>) -> Answer {
        if !request.host().is_some_and(is_address) {
            guards::host(request, &["localhost", "mpython.local"])?;
        }
        let on = match request.body().trim_ascii() {
            b"on" => true,
            b"off" => false,
            _ => return Err(Failure::bad_request("the lamp is to be on or off")),
        };
        self.lamp = Some(on);
        // Without a display the lamp is switched all the same.
        let _ = self.show();
        if let Ok(level) = self.level() {
            self.tell(level, request.now_ms());
        }
        reply.no_content()
    }

    fn echo(_: &mut Self, request: &mut Request<'_, State>, reply: &mut Reply<'_>) -> Answer {
        let content_type = request.header("Content-Type").unwrap_or("application/octet-stream");
        let body = match request.content_length() {
            Some(length) => reply.stream_sized(content_type, length),
            None => reply.stream(content_type),
        };
        body.copy(request)
    }
}

impl fmt::Display for Now {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { level, lamp, ms } = self;
        write!(f, r#"{{"light":{level},"led":{lamp},"ms":{ms}}}"#)
    }
}

/// Prints who has connected and what is asked, as the tutorial's server does.
pub fn print_event(peer: &SocketAddr, event: &Event<'_>, print: impl FnOnce(fmt::Arguments<'_>)) {
    match event {
        Event::Accepted => print(format_args!("Client address: {peer}\n")),
        Event::Request { method, target } => {
            print(format_args!("Client request: {peer} {method} {target}\n"));
        }
        _ => {}
    }
}

/// Whether a host is an IP address, with a port or without: no name ends in a number (RFC 1123 section 2.1).
fn is_address(host: &str) -> bool {
    host.starts_with('[') || host.bytes().all(|byte| byte.is_ascii_digit() || b".:".contains(&byte))
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
