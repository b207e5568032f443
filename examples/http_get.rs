//! The tutorial's first step: a GET over a socket. Writes the body of a URL to stdout.
//!
//! `cargo run --example http_get -- URL [--timeout SECONDS]`
//!
//! `nal_http::client::http_get` does this in one call, with a closure for the pieces.

mod pc;

use std::error::Error;
use std::io::{self, Write};

use nal_http::client::Client;
use nal_http::net::Timeouts;
use nal_std::Stack;
use pc::PcClock;

const USAGE: &str = "usage: http_get URL [--timeout SECONDS]
  Writes the body of URL to stdout, whatever the status. On an error says why, and exits with 1.
  --timeout SECONDS  for each phase: connect, response head, each read (default 30)";

struct Options {
    url: String,
    timeouts: Timeouts,
}

fn options() -> Result<Options, lexopt::Error> {
    use lexopt::prelude::*;
    let (mut url, mut timeouts) = (None, Timeouts::default());
    let mut parser = lexopt::Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            Value(value) if url.is_none() => url = Some(value.string()?),
            Long("timeout") => {
                let seconds: f64 = parser.value()?.parse()?;
                if !(0.001..=2_000_000.0).contains(&seconds) {
                    return Err("--timeout needs a number of seconds from 0.001 to 2000000".into());
                }
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "in range"
                )]
                let ms = (seconds * 1000.0) as u32;
                timeouts = Timeouts::each(ms);
            }
            Short('h') | Long("help") => {
                println!("{USAGE}");
                std::process::exit(0);
            }
            other => return Err(other.unexpected()),
        }
    }
    Ok(Options { url: url.ok_or("a URL is needed")?, timeouts })
}

fn run(options: &Options) -> Result<(), Box<dyn Error>> {
    let mut stack = Stack::new();
    let mut client =
        Client::new(&mut stack, PcClock::new()).idle(pc::wait).timeouts(options.timeouts);
    let (mut head, mut piece) = ([0; 1024], vec![0; 64 * 1024]);
    let mut response = client.get(&options.url).send(&mut head)?;
    let mut stdout = io::stdout().lock();
    loop {
        let n = response.read(&mut piece)?;
        if n == 0 {
            return Ok(stdout.flush()?);
        }
        stdout.write_all(&piece[..n])?;
    }
}

fn main() {
    let result = options().map_err(Box::from).and_then(|options| run(&options));
    if let Err(error) = result {
        eprintln!("http_get: {error}");
        std::process::exit(1);
    }
}
