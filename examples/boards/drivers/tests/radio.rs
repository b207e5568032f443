//! A radio whose buffer is as long as it says, and not a byte longer: as esp-radio's is.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::net::Ipv4Addr;
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::Context;

use board_drivers::{NoDisplay, Radio};
use embassy_net_driver as driver;
use embassy_net_driver::Driver;
use light_board::{Address, Board, LightBoard};
use nal_http::hal::{LightSensor, sensor};
use smoltcp::iface::{Config, Interface, SocketHandle, SocketSet};
use smoltcp::phy::{Device, DeviceCapabilities, Medium, RxToken, TxToken};
use smoltcp::socket::tcp;
use smoltcp::time::Instant;
use smoltcp::wire::{EthernetAddress, IpCidr, Ipv4Cidr};

/// Frames on their way.
type Air = Rc<RefCell<VecDeque<Vec<u8>>>>;

/// The driver of a radio: `longest` is the length of its buffer.
struct Chip {
    longest: usize,
    burst: Option<usize>,
    from_air: Air,
    to_air: Air,
}

struct ChipRx(Vec<u8>);

struct ChipTx {
    longest: usize,
    air: Air,
}

impl Driver for Chip {
    type RxToken<'a> = ChipRx;
    type TxToken<'a> = ChipTx;

    fn receive(&mut self, context: &mut Context<'_>) -> Option<(ChipRx, ChipTx)> {
        let frame = self.from_air.borrow_mut().pop_front()?;
        Some((ChipRx(frame), self.transmit(context)?))
    }

    fn transmit(&mut self, _: &mut Context<'_>) -> Option<ChipTx> {
        Some(ChipTx { longest: self.longest, air: self.to_air.clone() })
    }

    fn link_state(&mut self, _: &mut Context<'_>) -> driver::LinkState {
        driver::LinkState::Up
    }

    fn capabilities(&self) -> driver::Capabilities {
        let mut capabilities = driver::Capabilities::default();
        capabilities.max_transmission_unit = self.longest;
        capabilities.max_burst_size = self.burst;
        capabilities
    }

    fn hardware_address(&self) -> driver::HardwareAddress {
        driver::HardwareAddress::Ethernet([2, 0, 0, 0, 0, 1])
    }
}

impl driver::RxToken for ChipRx {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(mut self, f: F) -> R {
        f(&mut self.0)
    }
}

impl driver::TxToken for ChipTx {
    /// As esp-radio has it: a buffer of fixed length, sliced to the frame's.
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, length: usize, f: F) -> R {
        let mut buffer = vec![0; self.longest];
        let frame = &mut buffer[..length];
        let result = f(frame);
        self.air.borrow_mut().push_back(frame.to_vec());
        result
    }
}

/// The peer: an Ethernet device as PCs have it.
struct Peer {
    from_air: Air,
    to_air: Air,
}

struct PeerTx(Air);

impl Device for Peer {
    type RxToken<'a> = PeerRx;
    type TxToken<'a> = PeerTx;

    fn receive(&mut self, _: Instant) -> Option<(PeerRx, PeerTx)> {
        Some((PeerRx(self.from_air.borrow_mut().pop_front()?), PeerTx(self.to_air.clone())))
    }

    fn transmit(&mut self, _: Instant) -> Option<PeerTx> {
        Some(PeerTx(self.to_air.clone()))
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.medium = Medium::Ethernet;
        capabilities.max_transmission_unit = 1514;
        capabilities
    }
}

struct PeerRx(Vec<u8>);

impl RxToken for PeerRx {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, f: F) -> R {
        f(&self.0)
    }
}

impl TxToken for PeerTx {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, length: usize, f: F) -> R {
        let mut frame = vec![0; length];
        let result = f(&mut frame);
        self.0.borrow_mut().push_back(frame);
        result
    }
}

/// A stack with one socket.
struct Host<D> {
    device: D,
    interface: Interface,
    sockets: SocketSet<'static>,
    socket: SocketHandle,
}

impl<D: Device> Host<D> {
    fn new(mut device: D, number: u8) -> Self {
        let mac = EthernetAddress([2, 0, 0, 0, 0, number]);
        let mut interface = Interface::new(Config::new(mac.into()), &mut device, Instant::ZERO);
        interface.update_ip_addrs(|addresses| {
            addresses.push(IpCidr::new(Ipv4Addr::new(10, 0, 0, number).into(), 24)).unwrap();
        });
        let buffer = || tcp::SocketBuffer::new(vec![0; 16 * 1024]);
        let mut sockets = SocketSet::new(vec![]);
        let socket = sockets.add(tcp::Socket::new(buffer(), buffer()));
        Self { device, interface, sockets, socket }
    }

    fn poll(&mut self, now: Instant) {
        self.interface.poll(now, &mut self.device, &mut self.sockets);
    }

    fn socket(&mut self) -> &mut tcp::Socket<'static> {
        self.sockets.get_mut(self.socket)
    }
}

/// The most frames that were on their way at once, and the longest of them.
#[derive(Debug, Default, PartialEq, Eq)]
struct Traffic {
    at_once: usize,
    longest: usize,
}

impl Traffic {
    fn see(&mut self, air: &Air) {
        let air = air.borrow();
        self.at_once = self.at_once.max(air.len());
        self.longest = air.iter().map(Vec::len).fold(self.longest, usize::max);
    }
}

impl Host<Peer> {
    /// Connects to the board.
    fn connect(&mut self, port: u16) {
        let socket = self.sockets.get_mut::<tcp::Socket<'_>>(self.socket);
        let board = (Ipv4Addr::new(10, 0, 0, 1), 80);
        socket.connect(self.interface.context(), board, port).unwrap();
    }
}

/// Sends `LENGTH` bytes each way at the same time. Returns what the board sent, and the peer.
fn exchange(longest: usize, burst: Option<usize>) -> (Traffic, Traffic) {
    const LENGTH: usize = 100_000;
    let (to_board, to_peer) = (Air::default(), Air::default());
    let chip = Chip { longest, burst, from_air: to_board.clone(), to_air: to_peer.clone() };
    let peer = Peer { from_air: to_peer.clone(), to_air: to_board.clone() };
    let (mut board, mut peer) = (Host::new(Radio(chip), 1), Host::new(peer, 2));
    board.socket().listen(80).unwrap();
    peer.connect(50_000);

    let data: Vec<u8> = (0..=250).cycle().take(LENGTH).collect();
    let (mut from_board, mut from_peer) = (vec![], vec![]);
    let (mut board_sent, mut peer_sent) = (0, 0);
    let mut traffic = (Traffic::default(), Traffic::default());
    for ms in 0..20_000 {
        let now = Instant::from_millis(ms);
        board.poll(now);
        traffic.0.see(&to_peer);
        peer.poll(now);
        traffic.1.see(&to_board);
        let ends = [
            (board.socket(), &mut board_sent, &mut from_peer),
            (peer.socket(), &mut peer_sent, &mut from_board),
        ];
        for (socket, sent, received) in ends {
            if socket.can_send() {
                *sent += socket.send_slice(&data[*sent..]).unwrap();
            }
            if socket.can_recv() {
                socket.recv(|bytes| (bytes.len(), received.extend_from_slice(bytes))).unwrap();
            }
        }
        if from_board.len() == LENGTH && from_peer.len() == LENGTH {
            assert!(from_board == data && from_peer == data);
            return traffic;
        }
    }
    panic!("{} bytes came from the board, {} from the peer", from_board.len(), from_peer.len());
}

#[test]
fn no_frame_is_longer_than_the_drivers_buffer() {
    for longest in [590, 1492, 1514] {
        let (board, peer) = exchange(longest, Some(3));
        assert_eq!(board.longest, longest, "the board sends full segments");
        assert_eq!(peer.longest, longest, "it is sent segments that it could send itself");
    }
}

#[test]
fn an_upload_comes_in_bursts_of_as_many_frames_as_the_driver_takes() {
    let burst = |frames| exchange(1492, frames).1.at_once;
    // Acknowledgements of the other direction are on their way, too.
    assert!((1..=3).contains(&burst(Some(1))), "{}", burst(Some(1)));
    assert!((3..=6).contains(&burst(Some(3))), "{}", burst(Some(3)));
    assert!(burst(None) > 6, "{}", burst(None));
}

/// Broadcasts keep to the network's limit, not to the board's.
#[test]
fn a_frame_that_is_longer_than_the_board_could_send_is_taken() {
    let (to_board, to_peer) = (Air::default(), Air::default());
    let chip =
        Chip { longest: 1492, burst: None, from_air: to_board.clone(), to_air: to_peer.clone() };
    let mut board = Host::new(Radio(chip), 1);
    let mut frame = vec![0; 1514];
    frame[..14].copy_from_slice(&[255, 255, 255, 255, 255, 255, 2, 0, 0, 0, 0, 2, 8, 0]);
    to_board.borrow_mut().push_back(frame);
    board.poll(Instant::ZERO);
    assert!(to_board.borrow().is_empty() && to_peer.borrow().is_empty());
}

/// A board that is there in name only.
struct Paper;

static UPTIME_MS: AtomicU64 = AtomicU64::new(0);

impl Board for Paper {
    fn uptime_ms() -> u64 {
        UPTIME_MS.load(Ordering::Relaxed)
    }

    fn rest(_: u32) {}

    fn print(_: std::fmt::Arguments<'_>) {}

    fn random() -> u32 {
        4
    }
}

struct Dusk;

impl sensor::ErrorType for Dusk {
    type Error = std::convert::Infallible;
}

impl LightSensor for Dusk {
    fn read(&mut self) -> Result<u16, Self::Error> {
        Ok(301)
    }
}

/// What curl does with `--data-binary @photo.jpg`.
#[test]
fn the_application_echoes_uploads_of_any_length() {
    let (to_board, to_peer) = (Air::default(), Air::default());
    let chip =
        Chip { longest: 1492, burst: Some(3), from_air: to_board.clone(), to_air: to_peer.clone() };
    let address = Address::Static(Ipv4Cidr::new(Ipv4Addr::new(10, 0, 0, 1), 24));
    let stack = light_board::stack::<Paper, _>(Radio(chip), [2, 0, 0, 0, 0, 1], address);
    let mut board = LightBoard::<Paper, _, _, _>::new(stack, Dusk, NoDisplay).unwrap();
    let mut peer = Host::new(Peer { from_air: to_peer.clone(), to_air: to_board.clone() }, 2);
    for (port, length) in (50_000..).zip([1, 1_438, 4_000, 300_000]) {
        let body: Vec<u8> = (0..=250).cycle().take(length).collect();
        let head = format!(
            "POST /echo HTTP/1.1\r\nHost: board\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
        );
        let request = [head.as_bytes(), &body].concat();
        let (mut sent, mut answer) = (0, vec![]);
        peer.connect(port);
        let start = Paper::uptime_ms();
        while peer.socket().is_open() {
            let now = UPTIME_MS.fetch_add(1, Ordering::Relaxed);
            assert!(now - start < 60_000, "{} of {length} bytes in a minute", answer.len());
            board.step();
            peer.poll(Instant::from_millis(i64::try_from(now).unwrap()));
            let socket = peer.socket();
            if socket.can_send() && sent < request.len() {
                sent += socket.send_slice(&request[sent..]).unwrap();
            }
            if socket.can_recv() {
                socket.recv(|bytes| (bytes.len(), answer.extend_from_slice(bytes))).unwrap();
            }
            if !socket.may_recv() && socket.may_send() && sent == request.len() {
                socket.close();
            }
        }
        assert!(answer.starts_with(b"HTTP/1.1 200 OK\r\n"), "{length}");
        assert!(answer.ends_with(&body), "{length}");
        peer.socket().abort();
        peer.poll(Instant::from_millis(i64::try_from(Paper::uptime_ms()).unwrap()));
    }
}
