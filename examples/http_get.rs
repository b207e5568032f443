//! The tutorial's first step: a GET over a socket. Writes the body of a URL, http or https, to stdout.
//!
//! `cargo run --example http_get -- URL [--timeout SECONDS] [--proxy URL] [--ca FILE | --insecure]`
//!
//! `nal_http::client::http_get` does this in one call, with a closure for the pieces.

mod pc;

use std::error::Error;
use std::io::{self, Write};
use std::path::PathBuf;
use std::pin::pin;

use nal_http::client::{Client, Error as ClientError, ErrorOf};
use nal_http::net::Timeouts;
use nal_http::tls::{Link, Memory, Session, TlsError, TlsStack, Trust, engine};
use nal_std::Stack;
use pc::PcClock;
use pc::tls::{Pc, authorities};

const USAGE: &str = "usage: http_get URL [--timeout SECONDS] [--proxy URL] [--ca FILE | --insecure]
  Writes the body of URL to stdout, whatever the status, and follows redirects. On an error says why, and exits with 1.
  --timeout SECONDS  for each phase: connect, response head, each read (default 30)
  --proxy URL        through an http proxy, such as http://user:password@proxy.school:3128
  --ca FILE          trust the servers of these authorities, and no others: certificates in PEM, or one in DER
                     (default: those that the operating system trusts)
  --insecure         trust any server, even an impostor: who sits in between reads and changes everything";

struct Options {
    url: String,
    timeouts: Timeouts,
    proxy: Option<String>,
    ca: Option<PathBuf>,
    insecure: bool,
}

fn options() -> Result<Options, lexopt::Error> {
    use lexopt::prelude::*;
    let (mut url, mut timeouts) = (None, Timeouts::default());
    let (mut proxy, mut ca, mut insecure) = (None, None, false);
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
            Long("proxy") => proxy = Some(parser.value()?.string()?),
            Long("ca") => ca = Some(parser.value()?.into()),
            Long("insecure") => insecure = true,
            Short('h') | Long("help") => {
                println!("{USAGE}");
                std::process::exit(0);
            }
            other => return Err(other.unexpected()),
        }
    }
    if insecure && ca.is_some() {
        return Err("--insecure trusts every server: leave out --ca".into());
    }
    Ok(Options { url: url.ok_or("a URL is needed")?, timeouts, proxy, ca, insecure })
}

fn run(options: &Options) -> Result<(), Box<dyn Error>> {
    let authorities = authorities(options.ca.as_deref())?;
    let authorities: Vec<&[u8]> = authorities.iter().map(AsRef::as_ref).collect();
    let trust = if options.insecure {
        Trust::any_server_even_an_impostor()
    } else {
        Trust::authorities(&authorities)
    };
    let (mut receive, mut send) = (vec![0; 16_640], [0; 1024]);
    let memory = Memory { receive: &mut receive, send: &mut send };
    let link = Link::<1024>::new();
    let mut engine = pin!(engine(&link, trust, memory, Pc));
    let mut session = Session::new(&link, engine.as_mut());

    let mut tcp = Stack::new();
    let mut stack = TlsStack::new(&mut tcp, &mut session);
    let mut client = Client::new(&mut stack, PcClock::new())
        .idle(|stack, ms| pc::wait(stack.stack(), ms))
        .timeouts(options.timeouts);
    if let Some(proxy) = &options.proxy {
        client = client.proxy(proxy);
    }
    let (mut head, mut piece) = ([0; 4096], vec![0; 64 * 1024]);
    let mut response = client.get(&options.url).send(&mut head).map_err(hint)?;
    if let Some(coding) = response.header("Content-Encoding").filter(|&name| name != "identity") {
        eprintln!("http_get: the body is encoded with {coding}, though that was not asked for");
    }
    let mut stdout = io::stdout().lock();
    loop {
        let n = response.read(&mut piece)?;
        if n == 0 {
            return Ok(stdout.flush()?);
        }
        stdout.write_all(&piece[..n])?;
    }
}

/// The error, and what to do about it.
fn hint(error: ErrorOf<Stack>) -> String {
    match error {
        ClientError::Tls(error @ TlsError::Certificate(_)) => {
            format!("{error} (see --ca and --insecure)")
        }
        error => error.to_string(),
    }
}

fn main() {
    let result = options().map_err(Box::from).and_then(|options| run(&options));
    if let Err(error) = result {
        eprintln!("http_get: {error}");
        std::process::exit(1);
    }
}
