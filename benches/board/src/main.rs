//! Runs the light application on a board in QEMU, joined to a peer by a cable in memory, and prints what
//! requests cost the board: smoltcp, the server or the client, the application.
//!
//! Time is counted in steps of the program, so that every run of one image counts the same instructions.

#![no_std]
#![no_main]

mod board;
mod cable;
mod messages;
mod peer;
#[path = "../../size/src/probe.rs"]
mod probe;
mod quiet;
mod tally;

use core::net::{Ipv4Addr, SocketAddr};
use core::panic::PanicInfo;

use board::Bench;
use cable::{End, cable};
use light_board::{Address, Board, LightBoard};
use messages::{BODY, CHROME, CURL, PAGE, POST, RESPONSE};
use nal_http::client::Request;
use nal_http::wire::Method;
use peer::{Exchange, Peer};
use probe::{Cost, cost, exit, print};
use quiet::{Blank, Readings};
use smoltcp::time::Instant;
use smoltcp::wire::{IpCidr, Ipv4Cidr};
use tally::Tally;

const BOARD: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 1);
const PEER: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 2);

/// More steps than any request takes.
const PATIENCE: usize = 10_000;

type TheBoard = LightBoard<Bench, End, Readings, Blank>;

struct Rig {
    board: TheBoard,
    peer: Peer,
    tally: Tally,
}

#[riscv_rt::entry]
fn main() -> ! {
    let [ours, theirs] = cable();
    let address = Address::Static(Ipv4Cidr::new(BOARD, 24));
    let stack = light_board::stack::<Bench, _>(ours, [2, 0, 0, 0, 0, 1], address);
    let Ok(board) = LightBoard::new(stack, Readings, Blank) else { exit(false) };
    let peer = Peer::new(theirs, IpCidr::new(PEER.into(), 24));
    let mut rig = Rig { board, peer, tally: Tally::new(ours) };

    print("on riscv32imc                    instructions        stack           in          out\n");
    // The first request asks for hardware addresses, and is not counted.
    let mut done = rig.connect() && rig.request(CURL, 0) && rig.close();

    rig.tally.restart();
    done &= rig.connect() && rig.request(CURL, 0) && rig.close();
    rig.tally.show("GET /light, curl, a connection ", true);
    done &= rig.connect();
    for (name, head, body) in [
        ("GET /light, curl, kept alive   ", CURL, 0),
        ("GET /light, Chrome, kept alive ", CHROME, 0),
        ("GET /, the page, kept alive    ", PAGE, 0),
        ("POST /echo, 64 KiB             ", POST, BODY),
    ] {
        rig.tally.restart();
        done &= rig.request(head, body);
        rig.tally.show(name, true);
    }
    done &= rig.close();
    rig.tally.restart();
    let (_, cost) = rig.step();
    rig.tally.add(cost);
    rig.tally.show("nothing to do                  ", true);
    rig.tally.restart();
    done &= rig.get();
    rig.tally.show("client, GET, a connection      ", true);
    exit(done)
}

impl Rig {
    /// Lets the peer do what it has to, then the board. Returns whether the board had anything to do.
    fn step(&mut self) -> (bool, Cost) {
        Bench::tick();
        self.peer.poll(Bench::uptime_ms());
        let mut rest_ms = 0;
        let cost = cost(&mut || rest_ms = self.board.step());
        (rest_ms == 0, cost)
    }

    /// Steps until it is done and the board has nothing more to do; counts what the board has spent.
    fn until(&mut self, mut is_done: impl FnMut(&mut Self) -> bool) -> bool {
        for _ in 0..PATIENCE {
            let done = is_done(self);
            let (busy, cost) = self.step();
            if busy {
                self.tally.add(cost);
            } else if done {
                return true;
            }
        }
        false
    }

    fn connect(&mut self) -> bool {
        let to = SocketAddr::new(BOARD.into(), 80);
        self.until(|rig| rig.peer.connect(to))
    }

    /// Sends head and body, and receives the response, whose body is as long.
    fn request(&mut self, head: &[u8], body: usize) -> bool {
        let mut exchange = Exchange::new(head, body);
        self.until(|rig| exchange.go_on(&mut rig.peer))
    }

    fn close(&mut self) -> bool {
        self.peer.close();
        self.until(|_| true)
    }

    /// A request of the board's client to the peer, over a connection of its own.
    fn get(&mut self) -> bool {
        let mut listener = None;
        self.peer.accept(&mut listener, 80);
        let mut buffer = [0; 512];
        let request = Request::new(Method::GET, "http://10.0.0.2/light");
        let Ok(mut call) = request.start(&mut buffer) else { return false };
        for _ in 0..PATIENCE {
            Bench::tick();
            self.peer.poll(Bench::uptime_ms());
            self.peer.accept(&mut listener, 80);
            if self.peer.receive(&mut [0; 512]) > 0 {
                self.peer.send(RESPONSE);
            }
            let mut is_done = false;
            let cost = cost(&mut || {
                let (ms, stack) = (Bench::uptime_ms(), self.board.stack());
                let moved = stack.poll(Instant::from_millis(ms as i64));
                is_done = call.collect(stack, ms as u32).is_ok() && !moved;
            });
            self.tally.add(cost);
            if is_done {
                self.peer.close();
                return call.status_code() == 200;
            }
        }
        false
    }
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    print("panic\n");
    exit(false)
}
