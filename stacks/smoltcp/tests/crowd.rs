//! Crowds: more clients at once than sockets, each with a network adapter of its own, on one network.

mod cable;

use std::net::SocketAddr;

use cable::{Board, End, Faults, board, ends, places};
use embedded_nal::{TcpClientStack, TcpFullStack, nb};
use nal_smoltcp::TcpSocket;
use smoltcp::phy::{ChecksumCapabilities, Device, TxToken};
use smoltcp::time::{Duration, Instant};
use smoltcp::wire::{
    EthernetAddress, EthernetFrame, EthernetProtocol, IpAddress, IpProtocol, Ipv4Address,
    Ipv4Packet, Ipv4Repr, TcpControl, TcpPacket, TcpRepr, TcpSeqNumber,
};

const QUESTION: &[u8] = b"Are you there?";
const ANSWER: &[u8] = b"Yes.";

/// A client, and the other end of its cable.
struct Client {
    board: Board,
    wire: End,
    socket: Option<TcpSocket>,
    asked: bool,
    answered: bool,
}

impl Client {
    /// Connects, asks, reads the answer and closes, as far as that goes now.
    fn advance(&mut self, to: SocketAddr) {
        let Some(socket) = &mut self.socket else { return };
        if !self.asked {
            match self.board.connect(socket, to) {
                Ok(()) => {
                    assert_eq!(self.board.send(socket, QUESTION), Ok(QUESTION.len()));
                    self.asked = true;
                }
                Err(nb::Error::WouldBlock) => {}
                Err(nb::Error::Other(error)) => panic!("{error}"),
            }
            return;
        }
        let mut buffer = [0; 64];
        match self.board.receive(socket, &mut buffer) {
            Ok(n) => {
                assert_eq!(&buffer[..n], ANSWER);
                self.answered = true;
                self.board.close(self.socket.take().unwrap()).unwrap();
            }
            Err(nb::Error::WouldBlock) => {}
            Err(nb::Error::Other(error)) => panic!("{error}"),
        }
    }
}

/// A server that answers four clients at once, with 16 sockets, and clients.
struct Crowd {
    server: Board,
    listener: TcpSocket,
    serves: bool,
    serving: [Option<TcpSocket>; 4],
    /// So many connections the server has accepted.
    accepted: usize,
    /// The other end of the server's cable.
    wire: End,
    clients: Vec<Client>,
    now: Instant,
    /// The time between two looks, in milliseconds.
    step: u64,
    ipv6: bool,
    /// So many percent of the clients' frames come twice.
    doubled: usize,
    frames: usize,
}

impl Crowd {
    /// So many clients, and places for those who have to wait.
    fn new(clients: u8, waiting: usize) -> Self {
        let (server, listener, wire) = server(waiting);
        let client = |number: u8| {
            let (end, wire) = ends();
            let mut board = board(number + 2, end, 1, 1, number.into());
            let socket = Some(board.socket().unwrap());
            Client { board, wire, socket, asked: false, answered: false }
        };
        Self {
            server,
            listener,
            serves: true,
            serving: [const { None }; 4],
            accepted: 0,
            wire,
            clients: (0..clients).map(client).collect(),
            now: Instant::ZERO,
            step: 1,
            ipv6: false,
            doubled: 0,
            frames: 0,
        }
    }

    /// A step of time passes.
    fn pass(&mut self) {
        self.now += Duration::from_millis(self.step);
        let to = if self.ipv6 { "[fd00::1]:80" } else { "10.0.0.1:80" }.parse().unwrap();
        for client in &mut self.clients {
            client.advance(to);
            client.board.poll(self.now);
        }
        self.carry();
        for _ in 0..4 {
            self.server.poll(self.now);
            self.serve();
        }
        self.carry();
    }

    /// Carries the frames, those of the server to whom they are for.
    fn carry(&mut self) {
        while let Some(frame) = self.wire.incoming.borrow_mut().pop_front() {
            let to = EthernetFrame::new_unchecked(frame.bytes()).dst_addr();
            for (number, client) in (2..).zip(&self.clients) {
                if !to.is_unicast() || to == EthernetAddress([2, 0, 0, 0, 0, number]) {
                    client.wire.outgoing.borrow_mut().push_back(frame.clone());
                }
            }
        }
        for client in &self.clients {
            while let Some(frame) = client.wire.incoming.borrow_mut().pop_front() {
                self.frames += 1;
                let copies = if self.frames * 37 % 100 < self.doubled { 2 } else { 1 };
                self.wire.outgoing.borrow_mut().extend(vec![frame; copies]);
            }
        }
    }

    fn serve(&mut self) {
        for place in self.serving.iter_mut().filter(|_| self.serves) {
            if place.is_none() {
                *place = self.server.accept(&mut self.listener).ok().map(|(socket, _)| socket);
                self.accepted += usize::from(place.is_some());
            }
            let Some(socket) = place else { continue };
            let mut buffer = [0; 64];
            match self.server.receive(socket, &mut buffer) {
                Err(nb::Error::WouldBlock) => continue,
                Ok(n) if n == QUESTION.len() => {
                    assert_eq!(self.server.send(socket, ANSWER), Ok(ANSWER.len()));
                }
                Ok(_) | Err(_) => {}
            }
            self.server.close(place.take().unwrap()).unwrap();
        }
    }

    fn waiting(&self) -> usize {
        self.clients.iter().filter(|client| !client.answered).count()
    }

    /// Waits until all are answered, for at most so many milliseconds.
    fn is_served_within(&mut self, ms: u64) {
        let end = self.now + Duration::from_millis(ms);
        while self.waiting() > 0 {
            assert!(self.now < end, "{} of {} wait", self.waiting(), self.clients.len());
            self.pass();
        }
    }

    /// Another station of the network sends a SYN that is made up.
    fn flood(&mut self, station: u8, number: u32, port: u16) {
        let [host, high, low, _] = made_up(number);
        let (from, to) = (Ipv4Address::new(10, 0, 0, host), Ipv4Address::new(10, 0, 0, 1));
        let syn = TcpRepr {
            src_port: u16::from_be_bytes([high, low]),
            dst_port: port,
            control: TcpControl::Syn,
            seq_number: TcpSeqNumber(1),
            ack_number: None,
            window_len: 1024,
            window_scale: None,
            max_seg_size: Some(1460),
            sack_permitted: false,
            sack_ranges: [None; 3],
            timestamp: None,
            payload: &[],
        };
        let header = Ipv4Repr {
            src_addr: from,
            dst_addr: to,
            next_header: IpProtocol::Tcp,
            payload_len: syn.buffer_len(),
            hop_limit: 64,
        };
        let checksums = ChecksumCapabilities::default();
        let length = 14 + header.buffer_len() + syn.buffer_len();
        self.wire.transmit(self.now).unwrap().consume(length, |bytes| {
            let mut frame = EthernetFrame::new_unchecked(bytes);
            frame.set_src_addr(EthernetAddress([2, 0, 0, 0, 1, station]));
            frame.set_dst_addr(EthernetAddress([2, 0, 0, 0, 0, 1]));
            frame.set_ethertype(EthernetProtocol::Ipv4);
            let mut packet = Ipv4Packet::new_unchecked(frame.payload_mut());
            header.emit(&mut packet, &checksums);
            let mut segment = TcpPacket::new_unchecked(packet.payload_mut());
            syn.emit(&mut segment, &IpAddress::from(from), &IpAddress::from(to), &checksums);
        });
    }
}

/// The host and the port of a SYN that is made up.
fn made_up(number: u32) -> [u8; 4] {
    number.wrapping_mul(0x9e37_79b9).to_be_bytes()
}

/// A server that listens, and the other end of its cable.
fn server(waiting: usize) -> (Board, TcpSocket, End) {
    let (end, wire) = ends();
    let mut server = board(1, end, 16, 4, 1).with_syn_queue(places(waiting));
    let mut listener = server.socket().unwrap();
    server.bind(&mut listener, 80).unwrap();
    server.listen(&mut listener).unwrap();
    (server, listener, wire)
}

#[test]
fn fifty_clients_at_once_are_served_at_once() {
    for ipv6 in [false, true] {
        let mut crowd = Crowd::new(50, 48);
        crowd.ipv6 = ipv6;
        // Nobody has to send a SYN again, for that would take a second.
        crowd.is_served_within(200);
        assert_eq!(crowd.accepted, 50);
    }
}

#[test]
fn two_hundred_clients_at_once_are_served_at_once() {
    Crowd::new(200, 200).is_served_within(400);
}

#[test]
fn who_finds_no_place_to_wait_sends_another_syn() {
    for (clients, places, ms) in [(200, 48, 8_000), (50, 0, 60_000)] {
        let mut crowd = Crowd::new(clients, places);
        crowd.step = 10;
        crowd.is_served_within(ms);
    }
}

#[test]
fn a_server_that_has_just_started_need_not_ask_for_hardware_addresses() {
    for ipv6 in [false, true] {
        let mut crowd = Crowd::new(50, 48);
        crowd.ipv6 = ipv6;
        crowd.is_served_within(200);
        // The clients know where it is, and do not ask for it any more.
        (crowd.server, crowd.listener, crowd.wire) = server(48);
        for client in &mut crowd.clients {
            client.socket = Some(client.board.socket().unwrap());
            (client.asked, client.answered) = (false, false);
        }
        crowd.is_served_within(200);
    }
}

#[test]
fn a_crowd_is_served_over_a_network_that_loses_doubles_and_reorders() {
    for seed in 1..=10 {
        let mut crowd = Crowd::new(50, 48);
        (crowd.step, crowd.doubled) = (10, 30);
        // What is lost there and back comes after 1, 3, 7 seconds.
        let faults = Faults { loss: 3, corruption: 2, disorder: 4, seed };
        crowd.server.device().set_faults(faults);
        crowd.is_served_within(40_000);
        // Longer than anybody waits.
        for _ in 0..4_000 {
            crowd.pass();
        }
        assert_eq!(crowd.accepted, 50, "each is accepted once, with seed {seed}");
        assert_eq!(crowd.server.free_sockets(), 16);
    }
}

#[test]
fn a_flood_of_syns_keeps_out_a_good_client_for_some_seconds_only() {
    for stations in [1, 2] {
        let mut crowd = Crowd::new(0, 48);
        let mut number = 0;
        let mut flooded = |crowd: &mut Crowd, ms: u32| {
            for _ in 0..ms {
                for station in 0..stations {
                    number += 1;
                    crowd.flood(station, number, 80);
                }
                crowd.pass();
            }
        };
        flooded(&mut crowd, 4_000);
        crowd.clients = Crowd::new(5, 0).clients;
        // The 48 who came before have 16 sockets for two seconds each, so it takes six.
        flooded(&mut crowd, 8_000);
        assert_eq!(crowd.waiting(), 0, "{stations} stations");
        assert_eq!(crowd.accepted, 5, "who sends a SYN and nothing more is never accepted");
    }
}

#[test]
fn after_a_flood_all_is_as_before() {
    let mut crowd = Crowd::new(0, 48);
    for number in 0..2_000 {
        crowd.flood(0, number, 80);
        crowd.pass();
    }
    crowd.clients = Crowd::new(50, 0).clients;
    crowd.is_served_within(8_000);
}

#[test]
fn only_syns_for_open_ports_tell_hardware_addresses() {
    let mut crowd = Crowd::new(1, 48);
    crowd.serves = false;
    while !crowd.clients[0].asked {
        crowd.pass();
    }
    // They say that they are from the client's address.
    for number in (0..1_000).filter(|number| made_up(*number)[0] == 2) {
        crowd.flood(0, number, 81);
    }
    crowd.serves = true;
    crowd.is_served_within(20);
}
