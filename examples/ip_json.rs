//! The second tutorial: asks a JSON API where this address is, and shows it on the OLED.
//!
//! `cargo run --example ip_json -- URL`, with a URL that answers as ip-api.com/json does:
//! `{"country":"China","city":"Shenzhen","query":"1.2.3.4"}` (`ip` will do for `query`).

mod pc;

use std::error::Error;

use nal_http::client::Client;
use nal_http::hal::Display;
use nal_std::Stack;
use pc::PcClock;
use pc::oled::Oled;
use serde::Deserialize;

#[derive(Deserialize)]
struct Place<'a> {
    country: &'a str,
    city: &'a str,
    #[serde(alias = "query")]
    ip: &'a str,
}

fn run(url: &str) -> Result<(), Box<dyn Error>> {
    let mut stack = Stack::new();
    let mut client = Client::new(&mut stack, PcClock::new()).idle(pc::wait);
    let mut buffer = [0; 2048];
    let mut response = client.get(url).send(&mut buffer)?;
    if response.status_code() != 200 {
        let (code, reason) = (response.status_code(), response.reason());
        return Err(format!("the server answered {code} {reason}").into());
    }
    let place: Place<'_> = response.json()?;
    println!("country: {}\ncity: {}\nIP: {}", place.country, place.city, place.ip);
    Oled::new().show(&[place.country, place.city, place.ip])?;
    Ok(())
}

fn main() {
    let Some(url) = std::env::args().nth(1) else {
        eprintln!("usage: ip_json URL");
        std::process::exit(1);
    };
    if let Err(error) = run(&url) {
        eprintln!("ip_json: {error}");
        std::process::exit(1);
    }
}
