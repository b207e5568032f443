//! The other end of the cable, which costs nothing: a stack that sends and receives bytes.

use core::net::SocketAddr;

use nal_http::embedded_nal::{TcpClientStack, TcpFullStack};
use nal_smoltcp::{Stack, TcpSocket};
use smoltcp::iface::{Config, Interface, SocketSet, SocketStorage};
use smoltcp::time::Instant;
use smoltcp::wire::{EthernetAddress, IpCidr};
use static_cell::{ConstStaticCell, StaticCell};

use crate::cable::End;
use crate::messages::BLOCK;

const SOCKETS: usize = 6;
const BUFFER: usize = 2048;

/// A request to the board, and a response whose body is as long as that of the request.
pub struct Exchange<'a> {
    head: &'a [u8],
    body: usize,
    sent: usize,
    received: usize,
    buffer: [u8; 2048],
}

impl<'a> Exchange<'a> {
    pub const fn new(head: &'a [u8], body: usize) -> Self {
        Self { head, body, sent: 0, received: 0, buffer: [0; 2048] }
    }

    /// Sends and receives what can be now; returns whether all of it is over.
    pub fn go_on(&mut self, peer: &mut Peer) -> bool {
        let whole = self.head.len() + self.body;
        let next = self.head.get(self.sent..).filter(|rest| !rest.is_empty());
        let next = next.unwrap_or(&BLOCK[..BLOCK.len().min(whole - self.sent)]);
        self.sent += peer.send(next);
        self.received += peer.receive(&mut self.buffer);
        self.sent == whole && self.received > self.body
    }
}

pub struct Peer {
    stack: Stack<'static, End>,
    socket: Option<TcpSocket>,
}

impl Peer {
    pub fn new(mut end: End, address: IpCidr) -> Self {
        static BUFFERS: ConstStaticCell<[[[u8; BUFFER]; 2]; SOCKETS]> =
            ConstStaticCell::new([[[0; BUFFER]; 2]; SOCKETS]);
        static STORAGE: StaticCell<[SocketStorage<'static>; SOCKETS]> = StaticCell::new();

        let config = Config::new(EthernetAddress([2, 0, 0, 0, 0, 2]).into());
        let mut interface = Interface::new(config, &mut end, Instant::ZERO);
        interface.update_ip_addrs(|addresses| {
            let _ = addresses.push(address);
        });
        let storage = STORAGE.init_with(|| [SocketStorage::EMPTY; SOCKETS]);
        let mut stack = Stack::new(interface, end, SocketSet::new(&mut storage[..]), 7);
        for [rx, tx] in BUFFERS.take() {
            stack.add_socket(rx, tx);
        }
        Self { stack, socket: None }
    }

    pub fn poll(&mut self, now_ms: u64) {
        self.stack.poll(Instant::from_millis(now_ms as i64));
    }

    /// Connects; `true` when it has.
    pub fn connect(&mut self, to: SocketAddr) -> bool {
        if self.socket.is_none() {
            self.socket = self.stack.socket().ok();
        }
        let Some(socket) = &mut self.socket else { return false };
        self.stack.connect(socket, to).is_ok()
    }

    /// Listens on a port, and takes a client when one is there.
    pub fn accept(&mut self, listener: &mut Option<TcpSocket>, port: u16) {
        if listener.is_none() {
            let Ok(mut socket) = self.stack.socket() else { return };
            let bound = self.stack.bind(&mut socket, port);
            let listening = bound.and_then(|()| self.stack.listen(&mut socket));
            *listener = listening.is_ok().then_some(socket);
        }
        if let (Some(listener), None) = (listener, &self.socket) {
            self.socket = self.stack.accept(listener).ok().map(|(socket, _)| socket);
        }
    }

    /// Sends what there is room for; returns how many bytes.
    pub fn send(&mut self, bytes: &[u8]) -> usize {
        let Some(socket) = &mut self.socket else { return 0 };
        self.stack.send(socket, bytes).unwrap_or(0)
    }

    /// Receives what is there; returns how many bytes.
    pub fn receive(&mut self, buffer: &mut [u8]) -> usize {
        let Some(socket) = &mut self.socket else { return 0 };
        self.stack.receive(socket, buffer).unwrap_or(0)
    }

    pub fn close(&mut self) {
        if let Some(socket) = self.socket.take() {
            let _ = self.stack.close(socket);
        }
    }
}
