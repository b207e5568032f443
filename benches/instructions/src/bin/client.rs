//! The counted client: so many GETs of a path. Arguments: port, requests, path.

use std::time::Duration;

use nal_http::client::Client;
use nal_http_instructions::{PcClock, number};
use nal_std::Stack;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(3).ok_or("no path")?;
    let url = format!("http://127.0.0.1:{}{path}", number(1)?);
    let mut stack = Stack::new();
    let wait = |stack: &mut Stack, ms: u32| stack.wait(Duration::from_millis(ms.into()));
    let mut client = Client::new(&mut stack, PcClock::start()).idle(wait);
    let mut piece = [0; 2048];
    for _ in 0..number(2)? {
        let mut buffer = [0; 512];
        let mut response = client.get(&url).send(&mut buffer)?;
        if response.status_code() != 200 {
            return Err("not 200".into());
        }
        if path == "/" {
            response.content()?;
        } else {
            while response.read(&mut piece)? > 0 {}
        }
    }
    Ok(())
}
