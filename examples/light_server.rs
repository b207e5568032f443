//! The tutorial's third step: a web server that shows the light sensor.
//!
//! `cargo run --example light_server -- [--listen ADDR] [--port P] [--light N|random] [--screenshot FILE.png]`
//!
//! For a phone to open it: `--listen 0.0.0.0`. It then prints the addresses that the phone can use.

mod pc;

use std::error::Error;
use std::io::Write;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use light_app::{LightApp, LightServer, TICK_MS, browser_url};
use nal_http::hal::Clock;
use nal_http::net::Readiness;
use nal_http::server::{ConnectInfo, Event};
use nal_std::Stack;
use pc::oled::Oled;
use pc::{PcClock, PcLight};

const USAGE: &str =
    "usage: light_server [--listen ADDR] [--port P] [--light N|random] [--screenshot FILE.png]
  --listen ADDR      address to listen at (default 127.0.0.1: this machine alone);
                     0.0.0.0 for every IPv4 address, :: for every address
  --port P           port to listen on, 0 for any free one (default 8080)
  --light N|random   level of the simulated sensor, 0 to 4095 (default 301)
  --screenshot FILE  write the OLED as PNG, then serve";

struct Options {
    listen: IpAddr,
    port: u16,
    light: PcLight,
    screenshot: Option<PathBuf>,
}

fn options() -> Result<Options, lexopt::Error> {
    use lexopt::prelude::*;
    let mut options = Options {
        listen: Ipv4Addr::LOCALHOST.into(),
        port: 8080,
        light: PcLight::Fixed(301),
        screenshot: None,
    };
    let mut parser = lexopt::Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("listen") => options.listen = parser.value()?.parse()?,
            Long("port") => options.port = parser.value()?.parse()?,
            Long("light") => {
                let value = parser.value()?.string()?;
                options.light = match value.parse::<u16>() {
                    Ok(level @ 0..=4095) => PcLight::Fixed(level),
                    _ if value == "random" => PcLight::random(),
                    _ => return Err("--light needs a level from 0 to 4095, or random".into()),
                };
            }
            Long("screenshot") => options.screenshot = Some(parser.value()?.into()),
            Short('h') | Long("help") => {
                println!("{USAGE}");
                std::process::exit(0);
            }
            other => return Err(other.unexpected()),
        }
    }
    Ok(options)
}

fn run(options: Options) -> Result<(), Box<dyn Error>> {
    let mut stack = Stack::bound_to(options.listen);
    let mut server = LightServer::<Stack, _, _>::new(LightApp::site().on_event(print));
    let port = options.port;
    server
        .listen(&mut stack, port)
        .map_err(|error| format!("cannot listen on port {port} of {}: {error}", options.listen))?;
    let listener = server.listener().ok_or("the server does not listen")?;
    let address = stack.local_addr(listener)?;

    let mut app = LightApp::new(options.light, Oled::new());
    println!("bind address info: {address}");
    let addresses = reachable(address)?;
    app.show_address(*addresses.first().unwrap_or(&address))?;
    if let Some(path) = options.screenshot {
        app.display().save_png(&path)?;
    }
    if addresses.is_empty() {
        println!("Listening, but this machine has no address that another can connect to");
    }
    for address in addresses {
        println!("Listening, connect your browser to {}/", browser_url(address, &mut [0; 64]));
    }

    let readiness = Readiness { watch: Stack::watch, next: Stack::next_ready };
    let mut clock = PcClock::new();
    loop {
        let now = clock.now_ms();
        if app.tick(now) {
            server.wake();
        }
        // A listener that fails is tried again: those who are connected are served meanwhile.
        if server.poll_with(&mut stack, &mut app, now, readiness).is_err() {
            pc::wait(&mut stack, server.idle_ms(now).min(TICK_MS / 10));
        }
    }
}

/// The addresses at which a browser reaches what listens at `address`: where that is every address, those
/// of the machine's networks. (Those of IPv6 that hold on one link alone cannot be typed into a browser.)
fn reachable(address: SocketAddr) -> std::io::Result<Vec<SocketAddr>> {
    if !address.ip().is_unspecified() {
        return Ok(vec![address]);
    }
    let interfaces = if_addrs::get_if_addrs()?.into_iter();
    let others =
        interfaces.filter(|interface| !interface.is_loopback() && !interface.is_link_local());
    let fits = |ip: &IpAddr| ip.is_ipv4() || address.is_ipv6();
    Ok(others.map(|other| other.ip()).filter(fits).map(|ip| (ip, address.port()).into()).collect())
}

fn print<A>(_: &mut A, client: &ConnectInfo, event: &Event<'_>) {
    let (mut out, peer) = (std::io::stdout(), client.peer);
    // A server goes on when nobody reads what it prints.
    let _ = match event {
        Event::Accepted => writeln!(out, "Client address: {peer}"),
        Event::Request { method, target } => {
            writeln!(out, "Client request: {peer} {method} {target}")
        }
        Event::Failed(failure) => writeln!(out, "Failed: {peer} {failure}"),
        _ => Ok(()),
    };
}

fn main() {
    let result = options().map_err(Box::from).and_then(run);
    if let Err(error) = result {
        eprintln!("light_server: {error}");
        std::process::exit(1);
    }
}
