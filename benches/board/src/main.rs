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

use core::net::{Ipv4Addr, SocketAddr};
use core::panic::PanicInfo;

use board::{Bench, Blank, Readings};
use cable::{End, Wire};
use light_board::{Address, Board, LightBoard};
use messages::{BLOCK, BODY, CHROME, CURL, PAGE, POST, RESPONSE};
use nal_http::client::Request;
use nal_http::wire::Method;
use peer::Peer;
use probe::{Cost, cost, exit, print, print_number};
use smoltcp::time::Instant;
use smoltcp::wire::{IpCidr, Ipv4Cidr};
use static_cell::ConstStaticCell;

const BOARD: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 1);
const PEER: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 2);

/// More steps than any request takes.
const PATIENCE: usize = 10_000;

type TheBoard = LightBoard<Bench, End, Readings, Blank>;

struct Rig {
    board: TheBoard,
    peer: Peer,
    to_board: &'static Wire,
    to_peer: &'static Wire,
    spent: Cost,
}

#[riscv_rt::entry]
fn main() -> ! {
    // Zeros, so that nothing of them is ever on the stack.
    static WIRES: ConstStaticCell<[Wire; 2]> = ConstStaticCell::new([const { Wire::new() }; 2]);

    let [to_board, to_peer] = &*WIRES.take();
    let end = End { incoming: to_board, outgoing: to_peer };
    let address = Address::Static(Ipv4Cidr::new(BOARD, 24));
    let stack = light_board::stack::<Bench, _>(end, [2, 0, 0, 0, 0, 1], address);
    let Ok(board) = LightBoard::new(stack, Readings, Blank) else { exit(false) };
    let end = End { incoming: to_peer, outgoing: to_board };
    let peer = Peer::new(end, IpCidr::new(PEER.into(), 24));
    let spent = Cost { instructions: 0, stack: 0 };
    let mut rig = Rig { board, peer, to_board, to_peer, spent };

    print("on riscv32imc                    instructions        stack           in          out\n");
    // The first request asks for hardware addresses, and is not counted.
    let mut done = rig.connect() && rig.request(CURL, 0) && rig.close();

    rig.begin();
    done &= rig.connect() && rig.request(CURL, 0) && rig.close();
    rig.show("GET /light, curl, a connection ");
    done &= rig.connect();
    for (name, head, body) in [
        ("GET /light, curl, kept alive   ", CURL, 0),
        ("GET /light, Chrome, kept alive ", CHROME, 0),
        ("GET /, the page, kept alive    ", PAGE, 0),
        ("POST /echo, 64 KiB             ", POST, BODY),
    ] {
        rig.begin();
        done &= rig.request(head, body);
        rig.show(name);
    }
    done &= rig.close();
    rig.begin();
    let (_, cost) = rig.step();
    rig.add(cost);
    rig.show("nothing to do                  ");
    rig.begin();
    done &= rig.get();
    rig.show("client, GET, a connection      ");
    exit(done)
}

impl Rig {
    fn begin(&mut self) {
        self.spent = Cost { instructions: 0, stack: 0 };
        self.to_board.restart();
        self.to_peer.restart();
    }

    fn show(&self, name: &str) {
        print(name);
        let (cost, frames) = (self.spent, [self.to_board.count(), self.to_peer.count()]);
        for number in [cost.instructions, cost.stack, frames[0], frames[1]] {
            print("    ");
            print_number(number);
        }
        print("\n");
    }

    fn add(&mut self, cost: Cost) {
        self.spent.instructions += cost.instructions;
        self.spent.stack = self.spent.stack.max(cost.stack);
    }

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
                self.add(cost);
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
        let mut buffer = [0; 2048];
        let (mut sent, mut received) = (0, 0);
        let whole = head.len() + body;
        self.until(|rig| {
            let next = head.get(sent..).filter(|rest| !rest.is_empty());
            let next = next.unwrap_or(&BLOCK[..BLOCK.len().min(whole - sent)]);
            sent += rig.peer.send(next);
            received += rig.peer.receive(&mut buffer);
            sent == whole && received > body
        })
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
            self.add(cost);
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
