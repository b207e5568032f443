use heapless::Vec;
use smoltcp::iface::{Interface, SocketHandle, SocketSet};
use smoltcp::phy::Device;
use smoltcp::socket::tcp;
use smoltcp::time::{Duration, Instant};
use smoltcp::wire::IpEndpoint;

use crate::ports::Ports;
use crate::query::Query;
use crate::slot::{Cost, PEER_TIMEOUT, Role, Slot};
use crate::syn::{SynQueue, SynStorage};
use crate::syn_filter::SynFilter;
use crate::udp_slot::{MAX_UDP_SOCKETS, UdpSlot};
use crate::watched::{Listeners, Watched};

/// The most TCP sockets that a [`Stack`] can have.
pub const MAX_SOCKETS: usize = 32;

/// A peer from which nothing came for this time is asked whether it is still there.
const KEEP_ALIVE: Duration = Duration::from_secs(20);

/// smoltcp's interface and sockets as an `embedded-nal` stack.
///
/// ```
/// use nal_smoltcp::{Stack, SynStorage};
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
/// let mut waiting = [SynStorage::EMPTY; 16];
/// let mut stack = Stack::new(interface, device, SocketSet::new(&mut storage[..]), 0x1234)
///     .with_syn_queue(&mut waiting);
/// let (mut rx, mut tx) = ([0; 2048], [0; 2048]);
/// assert!(stack.add_socket(&mut rx[..], &mut tx[..]));
/// stack.poll(Instant::from_millis(1));
/// ```
pub struct Stack<'a, D> {
    pub(crate) interface: Interface,
    pub(crate) filter: SynFilter<'a, D>,
    pub(crate) sockets: SocketSet<'a>,
    pub(crate) slots: Vec<Slot, MAX_SOCKETS>,
    pub(crate) udp_slots: Vec<UdpSlot, MAX_UDP_SOCKETS>,
    pub(crate) backlog: usize,
    pub(crate) now: Instant,
    pub(crate) dns: Option<SocketHandle>,
    pub(crate) query: Option<Query>,
    pub(crate) dhcp: Option<SocketHandle>,
    pub(crate) next_ports: Ports,
    pub(crate) listeners: Listeners,
    /// So many clients have connected; it wraps.
    pub(crate) arrivals: u32,
}

impl<'a, D: Device> Stack<'a, D> {
    /// A stack over an interface and its device, without TCP sockets yet.
    ///
    /// `seed` is a random number that nobody else knows: who knows it can tell the ephemeral ports.
    /// Addresses that do not change are set on the interface beforehand.
    pub fn new(interface: Interface, device: D, sockets: SocketSet<'a>, seed: u32) -> Self {
        let queue = SynQueue::new(device.capabilities());
        Self {
            interface,
            filter: SynFilter { device, queue, unsent: false },
            sockets,
            slots: Vec::new(),
            udp_slots: Vec::new(),
            backlog: 2,
            now: Instant::ZERO,
            dns: None,
            query: None,
            dhcp: None,
            next_ports: Ports::new(seed),
            listeners: Listeners::new(),
            arrivals: 0,
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
        // smoltcp's time-out also ends connections that are idle: the keep-alives prevent that.
        socket.set_timeout(Some(PEER_TIMEOUT));
        socket.set_keep_alive(Some(KEEP_ALIVE));
        let handle = self.sockets.add(socket);
        self.slots.push(Slot { handle, role: Role::Free, watched: Watched::default() }).is_ok()
    }

    /// How many sockets listen on each port at once: so many clients can connect between two polls.
    /// 2 if this is not called.
    #[must_use]
    pub fn backlog(mut self, sockets: usize) -> Self {
        self.backlog = sockets.max(1);
        self
    }

    /// So many clients can wait until there is a socket for them, and are let in as they have come. A place
    /// takes 128 bytes.
    ///
    /// Without this, a client for whom no socket is left must send its SYN again, and does so after 1, 3, 7, …
    /// seconds; and smoltcp asks for the hardware address of each client, for one a second.
    #[must_use]
    pub fn with_syn_queue(mut self, places: &'a mut [SynStorage]) -> Self {
        places.fill(SynStorage::EMPTY);
        self.filter.queue.places = places;
        self
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
        &mut self.filter.device
    }

    /// How many sockets no caller holds: a program that closes all sees all of them again.
    #[must_use]
    pub fn free_sockets(&self) -> usize {
        self.slots.iter().filter(|slot| slot.role != Role::Taken).count()
    }

    pub(crate) fn tcp(&mut self, handle: SocketHandle) -> &mut tcp::Socket<'a> {
        self.sockets.get_mut(handle)
    }

    pub(crate) fn state(&self, index: usize) -> Option<tcp::State> {
        let handle = self.slots.get(index)?.handle;
        Some(self.sockets.get::<tcp::Socket<'_>>(handle).state())
    }

    pub(crate) fn set_role(&mut self, index: usize, role: Role) {
        if let Some(slot) = self.slots.get_mut(index) {
            slot.role = role;
        }
    }

    /// A port that no TCP socket uses, for a connection to `remote` if that is known.
    pub(crate) fn ephemeral_port(&mut self, remote: Option<IpEndpoint>) -> u16 {
        loop {
            let port = self.next_ports.next(remote, self.now);
            let in_use = self.slots.iter().any(|slot| {
                let local = self.sockets.get::<tcp::Socket<'_>>(slot.handle).local_endpoint();
                local.is_some_and(|local| local.port == port)
            });
            if !in_use && !self.filter.queue.ports.contains(&port) {
                return port;
            }
        }
    }

    /// Takes the socket that is missed least, if it costs no more than that.
    pub(crate) fn take(&mut self, most: Cost) -> Option<usize> {
        // A socket in TIME-WAIT has acknowledged the FIN once all is sent.
        let most = if self.filter.unsent { Cost::Nothing } else { most };
        let Self { slots, sockets, now, .. } = self;
        let cost = |slot: &Slot| slot.role.cost(sockets.get(slot.handle), *now);
        let costs = slots.iter().enumerate().filter_map(|(index, slot)| Some((cost(slot)?, index)));
        let ((cost, _), index) = costs.min()?;
        let slot = self.slots.get_mut(index).filter(|_| cost <= most)?;
        slot.role = Role::Taken;
        // It may be open. What it is used for now takes back the reset.
        self.sockets.get_mut::<tcp::Socket<'_>>(slot.handle).abort();
        Some(index)
    }

    /// Whether a socket that was closed will be free in some seconds.
    pub(crate) fn some_will_be_free(&self) -> bool {
        self.slots.iter().any(|slot| matches!(slot.role, Role::Closing { .. }))
    }
}
