//! The counted client: so many GETs of a path. Arguments: port, requests, path, `keep` or `close`.

use std::time::Duration;

use nal_http::client::{Client, Pool};
use nal_http_instructions::{PIECE, PcClock, number, word};
use nal_std::Stack;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = word(3)?;
    let url = format!("http://127.0.0.1:{}{path}", number(1)?);
    let mut stack = Stack::new();
    let mut pool = Pool::<_, 1>::new();
    let wait = |stack: &mut Stack, ms: u32| stack.wait(Duration::from_millis(ms.into()));
    let mut client = Client::new(&mut stack, PcClock::start()).idle(wait);
    if word(4)? == "keep" {
        client = client.keep_alive(&mut pool);
    }
    let mut piece = [0; PIECE];
    for _ in 0..number(2)? {
        let mut buffer = [0; 512];
        let mut response = client.get(&url).send(&mut buffer)?;
        if response.status_code() != 200 {
            return Err("not 200".into());
        }
        if path == "/small" {
            response.content()?;
        } else {
            while response.read(&mut piece)? > 0 {}
        }
    }
    Ok(())
}
