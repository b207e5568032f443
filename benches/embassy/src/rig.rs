//! The board on a cable, and its peer: what requests cost the board, the executor's and the TCP/IP stack's share included.

use core::net::{Ipv4Addr, SocketAddr};
use core::sync::atomic::Ordering;

use embassy_executor::{Spawner, raw};
use embassy_net::{ConfigV4, Ipv4Cidr, Runner, Stack, StaticConfigV4};
use nal_smoltcp::TcpSocket;
use smoltcp::wire::IpCidr;
use static_cell::StaticCell;

use crate::cable::{End, cable};
use crate::clients::DONE;
use crate::end::{Plug, WAITS};
use crate::messages::{BODY, CHROME, CURL, POST, RESPONSE};
use crate::peer::{Exchange, Peer};
use crate::probe::{Cost, cost, exit, print};
use crate::tally::Tally;

const BOARD: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 1);
const PEER: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 2);
/// Virtual milliseconds that no request takes.
const PATIENCE_MS: u64 = 2_000;

struct Rig {
    executor: &'static raw::Executor,
    peer: Peer,
    listener: Option<TcpSocket>,
    /// The board's end of the cable.
    end: End,
    /// What a look at the executor takes that finds nothing to do.
    idle: usize,
    tally: Tally,
    name: &'static str,
}

fn now_ms() -> u64 {
    virt::ticks() / virt::TICKS_PER_MS
}

/// Starts the stack as it is.
pub fn plain(spawner: Spawner, plug: Plug) -> Stack<'static> {
    let (stack, runner) = crate::stack(plug);
    spawner.spawn(network(runner).unwrap());
    stack
}

#[embassy_executor::task]
async fn network(mut runner: Runner<'static, Plug>) {
    runner.run().await;
}

impl Rig {
    fn new(name: &'static str, start: fn(Spawner, Plug) -> Stack<'static>) -> Self {
        static EXECUTOR: StaticCell<raw::Executor> = StaticCell::new();

        let [end, theirs] = cable();
        let executor = EXECUTOR.init_with(|| raw::Executor::new(core::ptr::null_mut()));
        virt::enable_interrupts();
        let peer = Peer::new(theirs, IpCidr::new(PEER.into(), 24));
        let mut rig =
            Self { executor, peer, listener: None, end, idle: 0, tally: Tally::new(end), name };
        for _ in 0..4 {
            rig.idle = rig.step().instructions;
        }
        rig.peer.accept(&mut rig.listener, 80);
        let stack = start(executor.spawner(), Plug(end));
        let address = Ipv4Cidr::new(BOARD, 24);
        let config = StaticConfigV4 { address, gateway: None, dns_servers: Default::default() };
        stack.set_config_v4(ConfigV4::Static(config));
        rig
    }

    fn show(&self, what: &str, done: bool) {
        print(self.name);
        self.tally.show(what, done);
    }

    /// Lets the peer do what it has to, then the board.
    fn step(&mut self) -> Cost {
        self.peer.poll(now_ms());
        if self.end.incoming.has_frames() {
            WAITS.wake();
        }
        // SAFETY: nobody else polls it.
        let cost = cost(&mut || unsafe { self.executor.poll() });
        if cost.instructions > self.idle {
            self.tally.add(cost);
        }
        cost
    }

    /// Steps until it is done and nothing is under way any more; counts what the board has spent.
    fn until(&mut self, mut is_done: impl FnMut(&mut Self) -> bool) -> bool {
        let end = now_ms() + PATIENCE_MS;
        while now_ms() < end {
            let done = is_done(self);
            let idle = self.step().instructions <= self.idle;
            if done && idle && !self.end.outgoing.has_frames() {
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
}

/// Prints what requests cost a server.
pub fn server(name: &'static str, start: fn(Spawner, Plug) -> Stack<'static>) -> ! {
    let mut rig = Rig::new(name, start);
    // The first request asks for hardware addresses, and is not counted.
    let _ = rig.connect() && rig.request(CURL, 0) && rig.close();
    rig.tally.restart();
    let done = rig.connect() && rig.request(CURL, 0) && rig.close();
    rig.show(" GET /light, curl, a connection", done);
    let _ = rig.connect() && rig.request(CURL, 0);
    for (what, head, body) in [
        (" GET /light, curl, kept alive  ", CURL, 0),
        (" GET /light, Chrome, kept alive", CHROME, 0),
        (" POST /echo, 64 KiB            ", POST, BODY),
    ] {
        rig.tally.restart();
        let done = rig.request(head, body);
        rig.show(what, done);
    }
    exit(true)
}

/// Prints what a request costs a client, which asks the peer for `http://10.0.0.2/light` once it is called.
pub fn client(name: &'static str, start: fn(Spawner, Plug) -> Stack<'static>) -> ! {
    let mut rig = Rig::new(name, start);
    rig.tally.restart();
    let done = rig.until(|rig| {
        rig.peer.accept(&mut rig.listener, 80);
        if rig.peer.receive(&mut [0; 512]) > 0 {
            rig.peer.send(RESPONSE);
        }
        DONE.load(Ordering::Relaxed)
    });
    rig.show(" client, GET, a connection     ", done);
    exit(true)
}
