//! The light's level, pushed to every page that is open, and an LED that each of them switches, over WebSocket.
//!
//! `cargo run --example websocket -- PORT`, then open `http://127.0.0.1:PORT` in two windows.

mod pc;

use std::error::Error;
use std::net::Ipv4Addr;

use nal_http::hal::{Clock, LightSensor};
use nal_http::server::websocket::{self, CloseCode, Kind, Received};
use nal_http::server::{Answer, Reply, Request, Route, Server, Site};
use nal_std::Stack;

struct App {
    level: u16,
    led: bool,
    /// How often any of that has changed.
    changes: u32,
}

/// What is remembered of each page: its WebSocket, and what it has been told.
#[derive(Default)]
struct Page {
    socket: websocket::State,
    seen: Option<u32>,
}

impl AsMut<websocket::State> for Page {
    fn as_mut(&mut self) -> &mut websocket::State {
        &mut self.socket
    }
}

const SITE: Site<App, Page> = Site::new(&[
    Route::get("/", |_, _, reply| {
        reply.fixed("text/html; charset=utf-8", include_bytes!("websocket.html"))
    }),
    Route::websocket("/ws", light),
]);

fn light(app: &mut App, request: &mut Request<'_, Page>, reply: &mut Reply<'_>) -> Answer {
    let mut socket = reply.websocket(request)?;
    while let Some(received) = socket.receive() {
        match received {
            Received::Part(part) => match part.text() {
                Some(word @ ("on" | "off")) => {
                    app.led = word == "on";
                    app.changes += 1;
                    println!("LED {word}");
                }
                _ => socket.close(CloseCode::INVALID),
            },
            Received::Closed(code) => println!("closed: {code:?}"),
        }
    }
    if socket.state.seen != Some(app.changes) {
        let sent = socket.send(Kind::Text, |text| {
            text.number(app.level.into());
            text.str(if app.led { " on" } else { " off" });
        });
        if sent {
            socket.state.seen = Some(app.changes);
        }
    }
    socket.wait(10_000)
}

fn main() -> Result<(), Box<dyn Error>> {
    let port = std::env::args().nth(1).ok_or("usage: websocket PORT")?.parse()?;
    let mut stack = Stack::bound_to(Ipv4Addr::LOCALHOST.into());
    let mut server: Box<Server<Stack, App, 8, 1024, Page>> = Box::new(Server::new(SITE));
    server.listen(&mut stack, port)?;
    let listener = server.listener().ok_or("the server does not listen")?;
    println!("http://{}", stack.local_addr(listener)?);
    let (mut clock, mut sensor) = (pc::PcClock::new(), pc::PcLight::random());
    let mut app = App { level: 0, led: false, changes: 0 };
    let (mut measured_ms, mut told) = (clock.now_ms(), 0);
    loop {
        let now = clock.now_ms();
        if now.wrapping_sub(measured_ms) >= 200 {
            (app.level, measured_ms) = (sensor.read()?, now);
            app.changes += 1;
        }
        // Whatever has changed, and whoever changed it: every page is told at once.
        if app.changes != told {
            told = app.changes;
            server.wake();
        }
        if server.poll(&mut stack, &mut app, now).is_err() && app.changes == told {
            pc::wait(&mut stack, server.idle_ms(now).min(200));
        }
    }
}
