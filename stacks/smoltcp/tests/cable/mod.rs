//! Two boards on a cable in memory, with a clock of their own: no network, no waiting.
#![allow(dead_code, reason = "each test file compiles this module and uses a part of it")]

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;

use nal_http::testing::Rig;
use nal_smoltcp::{Stack, TcpSocket};
use smoltcp::iface::{Config, Interface, SocketSet, SocketStorage};
use smoltcp::phy::{Device, DeviceCapabilities, FaultInjector, Medium, RxToken, TxToken};
use smoltcp::time::{Duration, Instant};
use smoltcp::wire::{EthernetAddress, IpAddress, IpCidr};

pub type Wire = Rc<RefCell<VecDeque<Vec<u8>>>>;

/// One end of a cable.
pub struct End {
    incoming: Wire,
    outgoing: Wire,
    /// Of so many frames that wait, any may come first.
    disorder: Rc<Cell<usize>>,
    random: usize,
}

pub struct Received(Vec<u8>);

pub struct Sending(Wire);

impl RxToken for Received {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, f: F) -> R {
        f(&self.0)
    }
}

impl TxToken for Sending {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, len: usize, f: F) -> R {
        let mut frame = vec![0; len];
        let result = f(&mut frame);
        self.0.borrow_mut().push_back(frame);
        result
    }
}

impl Device for End {
    type RxToken<'t> = Received;
    type TxToken<'t> = Sending;

    fn receive(&mut self, _: Instant) -> Option<(Received, Sending)> {
        let mut waiting = self.incoming.borrow_mut();
        self.random = self.random.wrapping_mul(1_103_515_245).wrapping_add(12_345);
        let choice = (self.random >> 16) % self.disorder.get().min(waiting.len()).max(1);
        let frame = waiting.remove(choice)?;
        Some((Received(frame), Sending(Rc::clone(&self.outgoing))))
    }

    fn transmit(&mut self, _: Instant) -> Option<Sending> {
        Some(Sending(Rc::clone(&self.outgoing)))
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.max_transmission_unit = 1514;
        capabilities.medium = Medium::Ethernet;
        capabilities
    }
}

pub type Board = Stack<'static, FaultInjector<End>>;

/// Both ends of a cable.
pub fn ends() -> (End, End) {
    let (there, back) = (Wire::default(), Wire::default());
    let disorder = Rc::new(Cell::new(1));
    let end = |incoming: &Wire, outgoing: &Wire| End {
        incoming: Rc::clone(incoming),
        outgoing: Rc::clone(outgoing),
        disorder: Rc::clone(&disorder),
        random: 1,
    };
    (end(&back, &there), end(&there, &back))
}

/// Two boards that hear each other. `loss` and `corruption` are percent of the frames.
pub struct Cable {
    pub server: Board,
    pub client: Board,
    pub now: Instant,
    pub ipv6: bool,
    /// Frames on their way to the server.
    pub to_server: Wire,
    disorder: Rc<Cell<usize>>,
    step: Duration,
}

impl Cable {
    /// `sockets` for the server and for the client.
    pub fn new(sockets: [usize; 2], backlog: usize) -> Self {
        Self::faulty(sockets, backlog, 0, 0)
    }

    pub fn faulty(sockets: [usize; 2], backlog: usize, loss: u8, corruption: u8) -> Self {
        let (near, far) = ends();
        let (to_server, disorder) = (Rc::clone(&near.incoming), Rc::clone(&near.disorder));
        let board = |host: u8, sockets: usize, end: End| {
            let mut device = FaultInjector::new(end, 7 + u32::from(host));
            device.set_drop_chance(loss);
            device.set_corrupt_chance(corruption);
            let mut config = Config::new(EthernetAddress([2, 0, 0, 0, 0, host]).into());
            config.random_seed = host.into();
            let mut interface = Interface::new(config, &mut device, Instant::ZERO);
            interface.update_ip_addrs(|addresses| {
                addresses.push(IpCidr::new(IpAddress::v4(10, 0, 0, host), 24)).unwrap();
                let v6 = IpAddress::v6(0xfd00, 0, 0, 0, 0, 0, 0, host.into());
                addresses.push(IpCidr::new(v6, 64)).unwrap();
            });
            let storage = (0..sockets + 2).map(|_| SocketStorage::EMPTY).collect::<Vec<_>>();
            let sockets_set = SocketSet::new(storage);
            let mut stack =
                Stack::new(interface, device, sockets_set, host.into()).backlog(backlog);
            for _ in 0..sockets {
                assert!(stack.add_socket(vec![0; 4096].leak(), vec![0; 4096].leak()));
            }
            stack
        };
        let server = board(1, sockets[0], near);
        let client = board(2, sockets[1], far);
        let step = Duration::from_millis(if loss + corruption == 0 { 1 } else { 20 });
        Self { server, client, now: Instant::ZERO, ipv6: false, to_server, disorder, step }
    }

    /// From now on frames overtake each other: any of the first few that wait may come first.
    pub fn reordering(self) -> Self {
        self.disorder.set(4);
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

    pub fn server_ip(&self) -> IpAddr {
        if self.ipv6 { "fd00::1".parse().unwrap() } else { [10, 0, 0, 1].into() }
    }
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
        SocketAddr::new(self.server_ip(), 80)
    }

    fn idle(&mut self) {
        self.pass();
    }
}
