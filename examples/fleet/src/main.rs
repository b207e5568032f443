//! Three boards in one process, each a server on a port of its own: what Prometheus watches.
//!
//! `cargo run -p fleet -- [--port P] [--boards N]`

mod board;

use std::error::Error;
use std::time::{Duration, Instant};

use nal_http::server::Server;
use nal_std::Stack;

use board::Board;

const USAGE: &str = "usage: fleet [--port P] [--boards N]
  --port P    port of the first board, the others come behind it; 0 for free ones (default 8081)
  --boards N  how many boards (default 3)";

/// As on a board: 4 connections of 512 bytes.
type BoardServer = Server<Stack, Board, 4, 512, u32>;

fn main() -> Result<(), Box<dyn Error>> {
    use lexopt::prelude::*;
    let (mut port, mut boards) = (8081_u16, 3_u32);
    let mut parser = lexopt::Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("port") => port = parser.value()?.parse()?,
            Long("boards") => boards = parser.value()?.parse()?,
            Short('h') | Long("help") => {
                println!("{USAGE}");
                return Ok(());
            }
            other => return Err(other.unexpected().into()),
        }
    }
    let mut stack = Stack::bound_to([127, 0, 0, 1].into());
    let mut fleet = Vec::new();
    for number in 0..boards {
        let mut server = Box::new(BoardServer::new(Board::SITE));
        server.listen(&mut stack, port)?;
        port = if port == 0 { 0 } else { port + 1 };
        let listener = server.listener().ok_or("the server does not listen")?;
        println!("Board {number} at http://{}/metrics", stack.local_addr(listener)?);
        fleet.push((server, Board::new(number)));
    }
    let start = Instant::now();
    loop {
        let now = u32::try_from(start.elapsed().as_millis() & u128::from(u32::MAX))?;
        let (mut is_busy, mut idle_ms) = (false, u32::MAX);
        for (server, board) in &mut fleet {
            is_busy |= server.poll(&mut stack, board, now).is_ok();
            idle_ms = idle_ms.min(server.idle_ms(now));
        }
        if !is_busy {
            stack.wait(Duration::from_millis(idle_ms.into()));
        }
    }
}
