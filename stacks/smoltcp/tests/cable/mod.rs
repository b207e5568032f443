//! Two boards on a cable in memory, with a clock of their own: no network, no waiting.
#![allow(dead_code, reason = "each test file compiles this module and uses a part of it")]

mod end;

use std::net::{IpAddr, SocketAddr};

use embedded_nal::{TcpClientStack, TcpFullStack, nb};
pub use end::{End, ends};
use nal_http::testing::Rig;
use nal_smoltcp::{Error, Stack, SynStorage, TcpSocket};
use smoltcp::iface::{Config, Interface, SocketSet, SocketStorage};
use smoltcp::time::{Duration, Instant};
use smoltcp::wire::{EthernetAddress, HardwareAddress, IpAddress, IpCidr};

pub type Board = Stack<'static, End>;

/// What is wrong with a cable. Frames can be lost and corrupted where they are sent and where they are
/// received, so at four places on the way there and back.
#[derive(Debug, Clone, Copy, Default)]
pub struct Faults {
    /// Percent of the frames, at each place.
    pub loss: u8,
    /// Percent of the frames that have one bit turned over, at each place.
    pub corruption: u8,
    /// Of so many frames that wait, any may come first.
    pub disorder: usize,
    /// Chooses the frames.
    pub seed: u32,
}

/// Two boards that hear each other.
pub struct Cable {
    pub server: Board,
    pub client: Board,
    pub now: Instant,
    pub ipv6: bool,
    step: Duration,
}

impl Cable {
    /// `sockets` for the server and for the client.
    pub fn new(sockets: [usize; 2], backlog: usize) -> Self {
        let (near, far) = ends();
        let server = board(1, near, sockets[0], backlog, 1);
        let client = board(2, far, sockets[1], backlog, 2);
        let step = Duration::from_millis(1);
        Self { server, client, now: Instant::ZERO, ipv6: false, step }
    }

    /// The same, without network adapters: IP packets on a serial line.
    pub fn serial(sockets: [usize; 2], backlog: usize) -> Self {
        let mut cable = Self::new(sockets, backlog);
        let (near, far) = end::serial_ends();
        cable.server = board(1, near, sockets[0], backlog, 1);
        cable.client = board(2, far, sockets[1], backlog, 2);
        cable
    }

    pub fn with(mut self, faults: Faults) -> Self {
        for (board, seed) in [(&mut self.server, 1), (&mut self.client, 2)] {
            let seed = faults.seed.wrapping_mul(2).wrapping_add(seed);
            board.device().set_faults(Faults { seed, ..faults });
        }
        // What is lost comes again after a second: a test that counts its tries must not give up before.
        self.step =
            Duration::from_millis(if faults.loss + faults.corruption == 0 { 1 } else { 100 });
        self
    }

    /// Lets time pass until both boards have heard what the other sent.
    pub fn pass(&mut self) {
        self.now += self.step;
        for _ in 0..4 {
            self.client.poll(self.now);
            self.server.poll(self.now);
        }
    }

    /// Lets so many seconds pass, a hundredth at a time.
    pub fn pass_seconds(&mut self, seconds: u64) {
        let end = self.now + Duration::from_secs(seconds);
        while self.now < end {
            self.now += Duration::from_millis(10);
            self.client.poll(self.now);
            self.server.poll(self.now);
        }
    }

    /// Replaces the client by one that has just started, and knows nothing of its past. It takes the same
    /// ports in the same order, with other sequence numbers.
    pub fn restart_client(&mut self, sockets: usize) {
        let end = self.client.device().another();
        self.client = board(2, end, sockets, 1, 22);
    }

    /// Polls until the call no longer would block, for at most so many seconds.
    pub fn wait<T>(
        &mut self,
        seconds: u64,
        mut call: impl FnMut(&mut Self) -> nb::Result<T, Error>,
    ) -> Result<T, Error> {
        let end = self.now + Duration::from_secs(seconds);
        loop {
            match call(self) {
                Ok(value) => return Ok(value),
                Err(nb::Error::Other(error)) => return Err(error),
                Err(nb::Error::WouldBlock) if self.now > end => panic!("it still would block"),
                Err(nb::Error::WouldBlock) => self.pass(),
            }
        }
    }

    /// The server listens on the port.
    pub fn listen(&mut self, port: u16) -> TcpSocket {
        let mut listener = self.server.socket().unwrap();
        self.server.bind(&mut listener, port).unwrap();
        self.server.listen(&mut listener).unwrap();
        listener
    }

    /// The client connects to the port of the server, within so many seconds.
    pub fn connect(&mut self, port: u16, seconds: u64) -> Result<TcpSocket, Error> {
        let to = self.to(port);
        let mut socket = self.client.socket()?;
        match self.wait(seconds, |cable| cable.client.connect(&mut socket, to)) {
            Ok(()) => Ok(socket),
            Err(error) => {
                let _ = self.client.close(socket);
                Err(error)
            }
        }
    }

    /// The server accepts a client that has connected.
    pub fn accept(&mut self, listener: &mut TcpSocket) -> TcpSocket {
        self.wait(1, |cable| cable.server.accept(listener)).unwrap().0
    }

    /// A connection: the client's end and the server's.
    pub fn join(&mut self, listener: &mut TcpSocket) -> (TcpSocket, TcpSocket) {
        (self.connect(80, 1).unwrap(), self.accept(listener))
    }

    /// A port of the server.
    pub fn to(&self, port: u16) -> SocketAddr {
        SocketAddr::new(self.server_ip(), port)
    }

    pub fn server_ip(&self) -> IpAddr {
        if self.ipv6 { "fd00::1".parse().unwrap() } else { [10, 0, 0, 1].into() }
    }
}

/// So many clients can wait for a socket.
pub fn places(count: usize) -> &'static mut [SynStorage] {
    vec![SynStorage::EMPTY; count].leak()
}

/// A board whose addresses, `10.0.0.0/24` and `fd00::/64`, end in `host`.
pub fn board(host: u8, mut end: End, sockets: usize, backlog: usize, random_seed: u64) -> Board {
    let address = match end.medium() {
        smoltcp::phy::Medium::Ethernet => EthernetAddress([2, 0, 0, 0, 0, host]).into(),
        smoltcp::phy::Medium::Ip => HardwareAddress::Ip,
    };
    let mut config = Config::new(address);
    config.random_seed = random_seed;
    let mut interface = Interface::new(config, &mut end, Instant::ZERO);
    interface.update_ip_addrs(|addresses| {
        addresses.push(IpCidr::new(IpAddress::v4(10, 0, 0, host), 24)).unwrap();
        let v6 = IpAddress::v6(0xfd00, 0, 0, 0, 0, 0, 0, host.into());
        addresses.push(IpCidr::new(v6, 64)).unwrap();
    });
    let storage = (0..sockets + 2).map(|_| SocketStorage::EMPTY).collect::<Vec<_>>();
    let set = SocketSet::new(storage);
    let mut stack = Stack::new(interface, end, set, host.into()).backlog(backlog);
    stack = stack.with_syn_queue(places(8));
    for _ in 0..sockets {
        assert!(stack.add_socket(vec![0; 4096].leak(), vec![0; 4096].leak()));
    }
    stack
}

impl Rig for Cable {
    type Server = Board;
    type Client = Board;

    fn server(&mut self) -> &mut Board {
        &mut self.server
    }

    fn client(&mut self) -> &mut Board {
        &mut self.client
    }

    fn port(&self) -> u16 {
        80
    }

    fn address(&mut self, _: &TcpSocket) -> SocketAddr {
        self.to(80)
    }

    fn idle(&mut self) {
        self.pass();
    }
}
