//! The tutorial's second step: the tour of the requests module.
//!
//! `cargo run --example requests -- [URL]`: without a URL it starts a server of its own, which
//! answers with what it got.

mod pc;

use std::error::Error;
use std::io::Write;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::mpsc;
use std::thread;

use nal_http::client::{Client, Request};
use nal_http::server::{self, Answer, Reply, Route, Server};
use nal_http::wire::Method;
use nal_std::Stack;
use pc::PcClock;
use serde::Serialize;

#[derive(Serialize)]
struct Reading<'a> {
    place: &'a str,
    light: u16,
}

type Step<'r, 'c, 's> = Request<'r, &'c mut Client<'s, Stack, PcClock>>;

fn tour(url: &str) -> Result<(), Box<dyn Error>> {
    let mut stack = Stack::new();
    let mut client = Client::new(&mut stack, PcClock::new()).idle(pc::wait);
    let reading = Reading { place: "教室", light: 301 };

    show("GET", client.get(url))?;
    show("GET with params", client.get(url).params(&[("q", "光线"), ("unit", "lux & more")]))?;
    show("GET with headers", client.get(url).header("X-Board", "mPython").header("Accept", "*/*"))?;
    show("HEAD", client.head(url))?;
    show("POST of text", client.post(url).header("Content-Type", "text/plain").data("你好"))?;
    show("POST of bytes", client.post(url).data(&[0xde, 0xad, 0xbe, 0xef]))?;
    show("POST of a form", client.post(url).form(&[("name", "掌控板"), ("led", "on")]))?;
    show("POST of JSON", client.post(url).json(&reading))?;
    show("PUT", client.put(url).data("on"))?;
    show("PATCH", client.patch(url).json(&reading))?;
    show("DELETE", client.delete(url))?;
    show("OPTIONS", client.request(Method::OPTIONS, url).timeout(5_000))
}

fn show(title: &str, request: Step<'_, '_, '_>) -> Result<(), Box<dyn Error>> {
    let mut out = std::io::stdout();
    writeln!(out, "── {title}: {request:?}")?;
    let mut buffer = [0; 2048];
    let mut response = request.send(&mut buffer)?;
    writeln!(out, "{} {}", response.status_code(), response.reason())?;
    for (name, value) in response.headers() {
        writeln!(out, "{name}: {}", String::from_utf8_lossy(value))?;
    }
    Ok(writeln!(out, "\n{}\n", String::from_utf8_lossy(response.content()?))?)
}

/// Answers with what it got.
fn mirror(_: &mut (), request: &mut server::Request<'_>, reply: &mut Reply<'_>) -> Answer {
    reply.write("text/plain; charset=utf-8", |body| {
        body.str("the server got: ");
        for part in [request.method(), " ", request.target(), "\n"] {
            body.str(part);
        }
        for (name, value) in request.headers() {
            body.str(name);
            body.str(": ");
            body.bytes(value);
            body.str("\n");
        }
        body.str("\n");
        body.bytes(request.body());
    })
}

const MIRROR: &[Route<()>] = &[
    Route::get("/{*all}", mirror),
    Route::post("/{*all}", mirror),
    Route::put("/{*all}", mirror),
    Route::patch("/{*all}", mirror),
    Route::delete("/{*all}", mirror),
];

/// Starts the server in a thread of its own and returns its URL.
fn start_mirror() -> Result<String, Box<dyn Error>> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut stack = Stack::bound_to(IpAddr::V4(Ipv4Addr::LOCALHOST));
        let mut server: Server<Stack, (), 2, 2048> = Server::new(server::Site::new(MIRROR));
        let address = server.listen(&mut stack, 0).and_then(|()| match server.listener() {
            Some(listener) => stack.local_addr(listener),
            None => Ok(([0, 0, 0, 0], 0).into()),
        });
        if sender.send(address).is_ok() {
            let _ = server.serve(&mut stack, &mut (), &mut PcClock::new(), pc::wait);
        }
    });
    Ok(format!("http://{}/tour", receiver.recv()??))
}

fn run() -> Result<(), Box<dyn Error>> {
    let url = match std::env::args().nth(1) {
        Some(url) => url,
        None => start_mirror()?,
    };
    tour(&url)
}

fn main() {
    if let Err(error) = run() {
        eprintln!("requests: {error}");
        std::process::exit(1);
    }
}
