use heapless::Vec;
use smoltcp::iface::{Interface, PollIngressSingleResult, PollResult, SocketHandle, SocketSet};
use smoltcp::phy::Device;
use smoltcp::socket::{dhcpv4, tcp};
use smoltcp::time::{Duration, Instant};
use smoltcp::wire::{IpCidr, Ipv4Cidr};

use crate::dns::Query;
use crate::gate::Gate;
use crate::slot::{Role, Slot};
use crate::udp::{MAX_UDP_SOCKETS, UdpSlot};

/// The most TCP sockets that a [`Stack`] can have.
pub const MAX_SOCKETS: usize = 32;

/// The most ports that can be listened on at once.
pub(crate) const MAX_PORTS: usize = 4;
/// A client that has begun to connect must finish in this time, or its socket listens again.
const HALF_OPEN: Duration = Duration::from_secs(60);
/// The same, while no other socket listens on the port: then others are locked out.
const HALF_OPEN_ALONE: Duration = Duration::from_secs(5);
/// A connection that was closed may take this time to hear its peer close, then it is reset.
const CLOSING: Duration = Duration::from_secs(10);
/// A peer that does not acknowledge for this time is gone.
const SILENCE: Duration = Duration::from_secs(30);

/// smoltcp's interface and sockets as an `embedded-nal` stack.
///
/// ```
/// use nal_smoltcp::Stack;
/// use smoltcp::iface::{Config, Interface, SocketSet, SocketStorage};
/// use smoltcp::phy::{Loopback, Medium};
/// use smoltcp::time::Instant;
/// use smoltcp::wire::{EthernetAddress, IpAddress, IpCidr};
///
/// let mut device = Loopback::new(Medium::Ethernet); // the board's network chip
/// let mac = EthernetAddress([2, 0, 0, 0, 0, 1]);
/// let mut config = Config::new(mac.into());
/// config.random_seed = 0x1234; // from the board's random numbers
/// let mut interface = Interface::new(config, &mut device, Instant::ZERO);
/// interface.update_ip_addrs(|addresses| {
///     let _ = addresses.push(IpCidr::new(IpAddress::v4(192, 168, 0, 9), 24));
/// });
///
/// let mut storage = [const { SocketStorage::EMPTY }; 8];
/// let mut stack = Stack::new(interface, device, SocketSet::new(&mut storage[..]), 0x1234);
/// let (mut rx, mut tx) = ([0; 2048], [0; 2048]);
/// assert!(stack.add_socket(&mut rx[..], &mut tx[..]));
/// stack.poll(Instant::from_millis(1));
/// ```
pub struct Stack<'a, D> {
    pub(crate) interface: Interface,
    gate: Gate<D>,
    pub(crate) sockets: SocketSet<'a>,
    pub(crate) slots: Vec<Slot, MAX_SOCKETS>,
    pub(crate) udp_slots: Vec<UdpSlot, MAX_UDP_SOCKETS>,
    /// The ports that are listened on.
    pub(crate) ports: Vec<u16, MAX_PORTS>,
    pub(crate) backlog: usize,
    pub(crate) now: Instant,
    pub(crate) dns: Option<SocketHandle>,
    pub(crate) query: Option<Query>,
    dhcp: Option<SocketHandle>,
    random: u32,
}

impl<'a, D: Device> Stack<'a, D> {
    /// A stack over an interface and its device, without TCP sockets yet.
    ///
    /// `seed` is any random number: ephemeral ports begin there. Addresses that do not change are set
    /// on the interface beforehand.
    pub fn new(interface: Interface, device: D, sockets: SocketSet<'a>, seed: u32) -> Self {
        Self {
            interface,
            gate: Gate { device, full: Vec::new() },
            sockets,
            slots: Vec::new(),
            udp_slots: Vec::new(),
            ports: Vec::new(),
            backlog: 2,
            now: Instant::ZERO,
            dns: None,
            query: None,
            dhcp: None,
            random: seed | 1,
        }
    }

    /// Adds a TCP socket with these buffers; `false` if there are [`MAX_SOCKETS`] already.
    ///
    /// # Panics
    /// The storage of the socket set is full.
    pub fn add_socket(&mut self, rx: &'a mut [u8], tx: &'a mut [u8]) -> bool {
        if self.slots.is_full() {
            return false;
        }
        let mut socket = tcp::Socket::new(tcp::SocketBuffer::new(rx), tcp::SocketBuffer::new(tx));
        socket.set_nagle_enabled(false);
        let handle = self.sockets.add(socket);
        self.slots.push(Slot { handle, role: Role::Free }).is_ok()
    }

    /// How many sockets listen on each port at once: so many clients can knock between two polls.
    /// 2 if this is not called.
    #[must_use]
    pub fn backlog(mut self, sockets: usize) -> Self {
        self.backlog = sockets.max(1);
        self
    }

    /// Takes the address, the router and the name servers from DHCP, and follows their changes.
    #[must_use]
    pub fn with_dhcp(mut self, socket: dhcpv4::Socket<'a>) -> Self {
        self.dhcp = Some(self.sockets.add(socket));
        self
    }

    /// Gives the address back and asks DHCP anew: call it when the link is there again, which may be
    /// another network.
    pub fn restart_dhcp(&mut self) {
        if let Some(handle) = self.dhcp {
            self.sockets.get_mut::<dhcpv4::Socket<'_>>(handle).reset();
        }
    }

    /// Finds hosts by name with this socket.
    #[must_use]
    pub fn with_dns(mut self, socket: smoltcp::socket::dns::Socket<'a>) -> Self {
        self.dns = Some(self.sockets.add(socket));
        self
    }

    /// The interface: its addresses and routes.
    pub fn interface(&mut self) -> &mut Interface {
        &mut self.interface
    }

    /// The device.
    pub fn device(&mut self) -> &mut D {
        &mut self.gate.device
    }

    /// How many sockets no caller holds: a program that closes all sees all of them again.
    #[must_use]
    pub fn free_sockets(&self) -> usize {
        self.slots.iter().filter(|slot| slot.role != Role::Taken).count()
    }

    /// Receives and sends what there is. Returns whether anything was, and so whether a caller who
    /// waits should look at its sockets.
    pub fn poll(&mut self, now: Instant) -> bool {
        self.now = now;
        let mut changed = false;
        self.interface.poll_maintenance(now);
        loop {
            let Self { interface, gate, sockets, .. } = self;
            match interface.poll_ingress_single(now, gate, sockets) {
                PollIngressSingleResult::None => break,
                PollIngressSingleResult::PacketProcessed => {}
                PollIngressSingleResult::SocketStateChanged => {
                    changed = true;
                    self.meet_newcomers();
                    // At once, so that more can knock in one poll than sockets listened before it.
                    self.refill();
                }
            }
        }
        while self.interface.poll_egress(now, &mut self.gate, &mut self.sockets)
            == PollResult::SocketStateChanged
        {
            changed = true;
        }
        self.follow_dhcp();
        for index in 0..self.slots.len() {
            self.tend(index);
        }
        self.tend_udp();
        self.refill();
        changed
    }

    /// For how long nothing has to be done unless something arrives; `None`: for ever.
    pub fn poll_delay(&mut self) -> Option<Duration> {
        self.interface.poll_delay(self.now, &self.sockets)
    }

    pub(crate) fn tcp(&mut self, handle: SocketHandle) -> &mut tcp::Socket<'a> {
        self.sockets.get_mut(handle)
    }

    /// Takes a free slot, or one that only waits for stray packets (TIME-WAIT).
    pub(crate) fn take_free(&mut self) -> Option<usize> {
        let index = (0..self.slots.len()).find(|index| self.is_free(*index))?;
        let slot = self.slots.get_mut(index)?;
        slot.role = Role::Taken;
        let handle = slot.handle;
        self.tcp(handle).set_timeout(Some(SILENCE));
        Some(index)
    }

    fn is_free(&mut self, index: usize) -> bool {
        let Some(Slot { handle, role }) = self.slots.get(index) else { return false };
        let (handle, role) = (*handle, *role);
        matches!(role, Role::Free | Role::Closing { .. }) && !self.tcp(handle).is_open()
    }

    /// Keeps enough sockets listening on each port that is listened on, as long as there are any.
    pub(crate) fn refill(&mut self) {
        self.gate.full.clear();
        for index in 0..self.ports.len() {
            let Some(port) = self.ports.get(index).copied() else { continue };
            let mut listening = self.listening(port);
            while listening < self.backlog && self.listen_once_more(port) {
                listening += 1;
            }
            if listening == 0 {
                // There is room: it holds as many ports as can be listened on.
                let _ = self.gate.full.push(port);
            }
        }
    }

    /// Puts another socket to listen on the port. `false` if none is free.
    pub(crate) fn listen_once_more(&mut self, port: u16) -> bool {
        let Some(index) = self.take_free() else { return false };
        let Some(slot) = self.slots.get_mut(index) else { return false };
        slot.role = Role::Backlog { port, half_open: None };
        let handle = slot.handle;
        self.tcp(handle).listen(port).is_ok()
    }

    /// So many sockets listen on the port, those whose client has just begun to connect included.
    fn listening(&mut self, port: u16) -> usize {
        let mut count = 0;
        for index in 0..self.slots.len() {
            let Some(Slot { handle, role: Role::Backlog { port: other, .. } }) =
                self.slots.get(index)
            else {
                continue;
            };
            let (handle, other) = (*handle, *other);
            if other == port && self.tcp(handle).state() == tcp::State::Listen {
                count += 1;
            }
        }
        count
    }

    /// Sees to clients that have just begun to connect.
    ///
    /// smoltcp gives a SYN to the first socket that listens, also one that is sent again by a client
    /// that another socket already deals with. Left alone, the second socket would answer with
    /// numbers of its own, and the client reset both. So it is put back to listen, without a word.
    fn meet_newcomers(&mut self) {
        let now = self.now;
        for index in 0..self.slots.len() {
            let Some(Slot { handle, role: Role::Backlog { port, half_open: None } }) =
                self.slots.get(index)
            else {
                continue;
            };
            let (handle, port) = (*handle, *port);
            if self.tcp(handle).state() != tcp::State::SynReceived {
                continue;
            }
            let mut half_open = Some(now);
            if self.has_double(index) {
                let socket = self.tcp(handle);
                socket.abort();
                // Listening at once takes back the reset that `abort` would send.
                let _ = socket.listen(port);
                half_open = None;
            }
            if let Some(slot) = self.slots.get_mut(index) {
                slot.role = Role::Backlog { port, half_open };
            }
        }
    }

    /// Whether another socket is connected, or connecting, to the same client.
    fn has_double(&mut self, index: usize) -> bool {
        let ends = |stack: &mut Self, index: usize| {
            let handle = stack.slots.get(index)?.handle;
            let socket = stack.tcp(handle);
            let gone = matches!(socket.state(), tcp::State::Closed | tcp::State::TimeWait);
            (!gone).then(|| socket.local_endpoint().zip(socket.remote_endpoint()))?
        };
        let own = ends(self, index);
        own.is_some()
            && (0..self.slots.len()).any(|other| other != index && ends(self, other) == own)
    }

    /// Sees to one slot: half-open clients, closed ones, sockets that are free again.
    fn tend(&mut self, index: usize) {
        let now = self.now;
        let Some(Slot { handle, role }) = self.slots.get(index) else { return };
        let (handle, role) = (*handle, *role);
        let patience = match role {
            Role::Backlog { port, .. } if self.listening(port) == 0 => HALF_OPEN_ALONE,
            _ => HALF_OPEN,
        };
        let socket = self.tcp(handle);
        let next = match (role, socket.state()) {
            (Role::Backlog { port, half_open }, tcp::State::SynReceived) => {
                let since = half_open.unwrap_or(now);
                if now - since >= patience {
                    socket.abort();
                }
                Role::Backlog { port, half_open: Some(since) }
            }
            // The client went away before it was accepted: the socket listens again.
            (Role::Backlog { port, .. }, tcp::State::Closed | tcp::State::TimeWait) => {
                if socket.listen(port).is_ok() {
                    Role::Backlog { port, half_open: None }
                } else {
                    Role::Free
                }
            }
            (Role::Closing { .. }, tcp::State::Closed) => Role::Free,
            (Role::Closing { since }, state) if state != tcp::State::TimeWait => {
                if now - since >= CLOSING {
                    socket.abort();
                }
                role
            }
            _ => role,
        };
        if let Some(slot) = self.slots.get_mut(index) {
            slot.role = next;
        }
    }

    fn follow_dhcp(&mut self) {
        let Some(handle) = self.dhcp else { return };
        let dns = self.dns;
        match self.sockets.get_mut::<dhcpv4::Socket<'_>>(handle).poll() {
            None => {}
            Some(dhcpv4::Event::Configured(config)) => {
                let (address, router) = (config.address, config.router);
                let mut servers: Vec<_, 3> = Vec::new();
                for server in config.dns_servers.iter().take(3) {
                    let _ = servers.push((*server).into());
                }
                self.set_ipv4(Some(address));
                match router {
                    Some(router) => {
                        let _ = self.interface.routes_mut().add_default_ipv4_route(router);
                    }
                    None => {
                        self.interface.routes_mut().remove_default_ipv4_route();
                    }
                }
                // A server that names none leaves those that the user has set.
                if let Some(dns) = dns.filter(|_| !servers.is_empty()) {
                    let socket = self.sockets.get_mut::<smoltcp::socket::dns::Socket<'_>>(dns);
                    socket.update_servers(&servers);
                }
            }
            Some(dhcpv4::Event::Deconfigured) => {
                self.set_ipv4(None);
                self.interface.routes_mut().remove_default_ipv4_route();
            }
        }
    }

    fn set_ipv4(&mut self, address: Option<Ipv4Cidr>) {
        self.interface.update_ip_addrs(|addresses| {
            addresses.retain(|address| !matches!(address, IpCidr::Ipv4(_)));
            if let Some(address) = address {
                let _ = addresses.push(IpCidr::Ipv4(address));
            }
        });
    }

    /// A port from 49152 on that no socket uses, by chance.
    pub(crate) fn ephemeral_port(&mut self) -> u16 {
        loop {
            // xorshift32
            self.random ^= self.random << 13;
            self.random ^= self.random >> 17;
            self.random ^= self.random << 5;
            let [low, high, ..] = self.random.to_le_bytes();
            let port = 0xc000 | u16::from_le_bytes([low, high]);
            let mut in_use = false;
            for index in 0..self.slots.len() {
                if let Some(handle) = self.slots.get(index).map(|slot| slot.handle) {
                    let local = self.tcp(handle).local_endpoint();
                    in_use |= local.is_some_and(|local| local.port == port);
                }
            }
            if !in_use {
                return port;
            }
        }
    }
}
