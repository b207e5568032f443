use core::net::Ipv4Addr;

use heapless::Vec;
use nal_smoltcp::{Stack, SynStorage};
use smoltcp::iface::{Config, Interface, SocketSet, SocketStorage};
use smoltcp::phy::Device;
use smoltcp::socket::dhcpv4;
use smoltcp::socket::dns::{self, DnsQuery};
use smoltcp::time::Instant;
use smoltcp::wire::{EthernetAddress, Ipv4Cidr};
use static_cell::{ConstStaticCell, StaticCell};

use crate::Board;

/// TCP sockets: the 4 connections of the server, as many that are closing, the backlog, and 4 to spare.
const SOCKETS: usize = 16;
/// Bytes of each socket's buffers, one to receive and one to send.
const BUFFER: usize = 2048;
/// So many connections can come in between two polls.
const BACKLOG: usize = 4;
/// So many more wait when no socket is left; each takes 128 bytes.
const WAITING: usize = 48;

/// Where a board has its address from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Address {
    /// A DHCP server gives it, and perhaps the router and name servers; if it names none, this one is
    /// asked for names.
    Dhcp {
        /// A name server.
        name_server: Option<Ipv4Addr>,
    },
    /// It never changes.
    Static(Ipv4Cidr),
}

/// A stack over a device with this MAC address. It takes the memory that this package has for one stack.
///
/// # Panics
/// At the second call.
pub fn stack<B: Board, D: Device>(
    mut device: D,
    mac: [u8; 6],
    address: Address,
) -> Stack<'static, D> {
    // The buffers are zeros, which cost no flash; the sockets are not, and are written at the start.
    static BUFFERS: ConstStaticCell<[[[u8; BUFFER]; 2]; SOCKETS]> =
        ConstStaticCell::new([[[0; BUFFER]; 2]; SOCKETS]);
    static STORAGE: StaticCell<[SocketStorage<'static>; SOCKETS + 2]> = StaticCell::new();
    static WAITERS: ConstStaticCell<[SynStorage; WAITING]> =
        ConstStaticCell::new([SynStorage::EMPTY; WAITING]);
    static QUERIES: StaticCell<[Option<DnsQuery>; 1]> = StaticCell::new();

    let mut config = Config::new(EthernetAddress(mac).into());
    config.random_seed = u64::from(B::random()) << 32 | u64::from(B::random());
    let mut interface = Interface::new(config, &mut device, Instant::ZERO);
    let storage = STORAGE.init_with(|| [SocketStorage::EMPTY; SOCKETS + 2]);
    let queries = QUERIES.init_with(|| [None]);
    let mut name_servers = Vec::<_, 1>::new();
    if let Address::Static(address) = address {
        interface.update_ip_addrs(|addresses| {
            let _ = addresses.push(address.into());
        });
    }
    if let Address::Dhcp { name_server: Some(server) } = address {
        let _ = name_servers.push(server.into());
    }
    let mut stack = Stack::new(interface, device, SocketSet::new(&mut storage[..]), B::random())
        .backlog(BACKLOG)
        .with_syn_queue(WAITERS.take())
        .with_dns(dns::Socket::new(&name_servers, &mut queries[..]));
    if let Address::Dhcp { .. } = address {
        stack = stack.with_dhcp(dhcpv4::Socket::new());
    }
    for [rx, tx] in BUFFERS.take() {
        stack.add_socket(rx, tx);
    }
    stack
}

/// Looks after a stack that waits: for so many milliseconds at most, as the board can rest no longer than a frame may wait.
pub fn idle<B: Board, D: Device>(stack: &mut Stack<'_, D>, ms: u32) {
    if !stack.poll(instant(B::uptime_ms())) {
        B::rest(ms.min(1));
    }
}

/// The time as smoltcp has it.
pub(crate) fn instant(ms: u64) -> Instant {
    Instant::from_millis(i64::try_from(ms).unwrap_or(i64::MAX))
}
