//! Asks a server for `/` as fast as it answers, and prints how many requests a second that were.
//! Arguments: port, connections, `keep` or `close`, idle connections beside, milliseconds.
//!
//! All connections send, then all are read, and so on: one thread, which costs little beside a server.

use std::error::Error;
use std::time::{Duration, Instant};

use nal_http_instructions::asking::{Asking, request};
use nal_http_instructions::{number, word};

fn main() -> Result<(), Box<dyn Error>> {
    let (port, connections, close) = (u16::try_from(number(1)?)?, number(2)?, word(3)? == "close");
    let connect =
        |count: usize| (0..count).map(|_| Asking::connect(port)).collect::<Result<Vec<_>, _>>();
    let bytes = request("/", close);
    let mut idle = connect(number(4)?)?;
    for other in &mut idle {
        other.send(&request("/", false))?;
        other.read_response()?;
    }
    let mut all = connect(connections)?;
    let (start, mut count) = (Instant::now(), 0_u32);
    let time = Duration::from_millis(number(5)?.try_into()?);
    while start.elapsed() < time {
        if close && count > 0 {
            all = connect(connections)?;
        }
        for one in &mut all {
            one.send(&bytes)?;
        }
        for one in &mut all {
            one.read_response()?;
            count += 1;
        }
    }
    println!("{:.0}", f64::from(count) / start.elapsed().as_secs_f64());
    Ok(())
}
