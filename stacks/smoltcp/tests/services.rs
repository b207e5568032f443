//! DNS and DHCP, against a small server on the other end of the cable.

mod cable;

use std::net::{IpAddr, SocketAddr};

use cable::{Board, End, ends};
use embedded_nal::{AddrType, Dns, TcpClientStack, TcpFullStack, nb};
use nal_smoltcp::{Error, Stack};
use smoltcp::iface::{Config, Interface, SocketHandle, SocketSet, SocketStorage};
use smoltcp::socket::{dhcpv4, dns, tcp, udp};
use smoltcp::time::{Duration, Instant};
use smoltcp::wire::{
    DhcpMessageType, DhcpPacket, DhcpRepr, EthernetAddress, IpAddress, IpCidr, IpEndpoint,
    Ipv4Address,
};

/// A router that gives out addresses, knows names, and takes one connection on port 7.
struct Router {
    interface: Interface,
    device: End,
    sockets: SocketSet<'static>,
    dns: SocketHandle,
    dhcp: SocketHandle,
    /// The address that it gives out next.
    lease: Ipv4Address,
}

const ROUTER: Ipv4Address = Ipv4Address::new(10, 0, 0, 1);

impl Router {
    fn new(mut device: End) -> Self {
        let config = Config::new(EthernetAddress([2, 0, 0, 0, 0, 1]).into());
        let mut interface = Interface::new(config, &mut device, Instant::ZERO);
        interface.update_ip_addrs(|addresses| {
            addresses.push(IpCidr::new(ROUTER.into(), 24)).unwrap();
        });
        let storage: Vec<_> = (0..3).map(|_| SocketStorage::EMPTY).collect();
        let mut sockets = SocketSet::new(storage);
        let mut bound = |port| {
            let buffer =
                || udp::PacketBuffer::new(vec![udp::PacketMetadata::EMPTY; 4], vec![0; 4096]);
            let mut socket = udp::Socket::new(buffer(), buffer());
            socket.bind(port).unwrap();
            sockets.add(socket)
        };
        let (dns, dhcp) = (bound(53), bound(67));
        let mut echo = tcp::Socket::new(
            tcp::SocketBuffer::new(vec![0; 64]),
            tcp::SocketBuffer::new(vec![0; 64]),
        );
        echo.listen(7).unwrap();
        sockets.add(echo);
        Self { interface, device, sockets, dns, dhcp, lease: Ipv4Address::new(10, 0, 0, 9) }
    }

    fn poll(&mut self, now: Instant) {
        self.interface.poll(now, &mut self.device, &mut self.sockets);
        let socket = self.sockets.get_mut::<udp::Socket<'_>>(self.dns);
        while let Ok((question, from)) = socket.recv() {
            let answer = answer(question);
            socket.send_slice(&answer, from).unwrap();
        }
        let socket = self.sockets.get_mut::<udp::Socket<'_>>(self.dhcp);
        while let Ok((request, _)) = socket.recv() {
            let reply = lease(request, self.lease);
            let everyone = IpEndpoint::new(IpAddress::v4(255, 255, 255, 255), 68);
            socket.send_slice(&reply, everyone).unwrap();
        }
        self.interface.poll(now, &mut self.device, &mut self.sockets);
    }
}

/// Answers `board.local` with an IPv4 address, `six.local` with an IPv6 one, the rest with "no such name".
fn answer(question: &[u8]) -> Vec<u8> {
    let mut answer = question.to_vec();
    let asks = |name: &[u8], kind: u8| {
        question.windows(name.len()).any(|part| part == name)
            && question[question.len() - 4..] == [0, kind, 0, 1]
    };
    let address: &[u8] = if asks(b"\x05board\x05local", 1) {
        &[0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 10, 0, 0, 7]
    } else if asks(b"\x03six\x05local", 28) {
        &[0, 28, 0, 1, 0, 0, 0, 60, 0, 16, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7]
    } else {
        &[]
    };
    let found = !address.is_empty();
    answer[2..4].copy_from_slice(if found { &[0x81, 0x80] } else { &[0x81, 0x83] });
    answer[6..8].copy_from_slice(&[0, u8::from(found)]);
    if found {
        answer.extend_from_slice(&[0xc0, 0x0c]);
        answer.extend_from_slice(address);
    }
    answer
}

/// Offers or confirms an address for a minute.
fn lease(request: &[u8], address: Ipv4Address) -> Vec<u8> {
    let packet = DhcpPacket::new_checked(request).unwrap();
    let request = DhcpRepr::parse(&packet).unwrap();
    let message_type = match request.message_type {
        DhcpMessageType::Discover => DhcpMessageType::Offer,
        _ if request.requested_ip.is_some_and(|wanted| wanted != address) => DhcpMessageType::Nak,
        _ if !request.client_ip.is_unspecified() && request.client_ip != address => {
            DhcpMessageType::Nak
        }
        _ => DhcpMessageType::Ack,
    };
    let reply = DhcpRepr {
        message_type,
        your_ip: address,
        server_ip: ROUTER,
        router: Some(ROUTER),
        subnet_mask: Some(Ipv4Address::new(255, 255, 255, 0)),
        server_identifier: Some(ROUTER),
        lease_duration: Some(60),
        dns_servers: Some([ROUTER].into_iter().collect()),
        client_identifier: None,
        requested_ip: None,
        parameter_request_list: None,
        max_size: None,
        ..request
    };
    let mut bytes = vec![0; reply.buffer_len()];
    reply.emit(&mut DhcpPacket::new_unchecked(&mut bytes)).unwrap();
    bytes
}

fn board(mut device: End) -> Board {
    let config = Config::new(EthernetAddress([2, 0, 0, 0, 0, 9]).into());
    let interface = Interface::new(config, &mut device, Instant::ZERO);
    let storage: Vec<_> = (0..6).map(|_| SocketStorage::EMPTY).collect();
    let queries: Vec<_> = (0..1).map(|_| None).collect();
    let mut stack = Stack::new(interface, device, SocketSet::new(storage), 9)
        .with_dhcp(dhcpv4::Socket::new())
        .with_dns(dns::Socket::new(&[], queries));
    for _ in 0..4 {
        assert!(stack.add_socket(vec![0; 512].leak(), vec![0; 512].leak()));
    }
    stack
}

/// Polls both until `done`, for at most so many seconds of their clock.
fn run(
    board: &mut Board,
    router: &mut Router,
    now: &mut Instant,
    seconds: u64,
    mut done: impl FnMut(&mut Board) -> bool,
) -> bool {
    let end = *now + Duration::from_secs(seconds);
    while *now < end {
        *now += Duration::from_millis(10);
        board.poll(*now);
        router.poll(*now);
        if done(board) {
            return true;
        }
    }
    false
}

fn has(address: Ipv4Address) -> impl FnMut(&mut Board) -> bool {
    move |board| board.interface().ipv4_addr() == Some(address)
}

#[test]
fn addresses_come_and_change_by_dhcp_and_the_link_may_fail() {
    let (near, far) = ends();
    let (mut board, mut router, mut now) = (board(near), Router::new(far), Instant::ZERO);
    let first = router.lease;
    assert!(run(&mut board, &mut router, &mut now, 10, has(first)), "an address is given");

    let mut listener = board.socket().unwrap();
    board.bind(&mut listener, 80).unwrap();
    board.listen(&mut listener).unwrap();

    // The link is lost for longer than the lease: the address goes, and comes back with the link.
    board.device().set_plugged(false);
    let gone = |board: &mut Board| board.interface().ipv4_addr().is_none();
    assert!(run(&mut board, &mut router, &mut now, 120, gone), "the lease ends");
    board.device().set_plugged(true);
    assert!(run(&mut board, &mut router, &mut now, 120, has(first)), "the link is back");

    let mut client = board.socket().unwrap();
    let to = SocketAddr::new(IpAddr::V4(ROUTER), 7);
    let connected = |board: &mut Board| board.connect(&mut client, to).is_ok();
    assert!(run(&mut board, &mut router, &mut now, 10, connected));

    // The router gives out another address when the lease is renewed.
    router.lease = Ipv4Address::new(10, 0, 0, 77);
    let second = router.lease;
    assert!(run(&mut board, &mut router, &mut now, 300, has(second)), "the address changes");
    assert_eq!(board.accept(&mut listener).err(), Some(nb::Error::WouldBlock), "and it listens on");
    board.poll(now);
    let reset = Err(nb::Error::Other(Error::Reset));
    assert_eq!(board.receive(&mut client, &mut [0; 8]), reset, "connections of the old one end");
}

#[test]
fn an_address_is_given_back_and_asked_for_anew() {
    let (near, far) = ends();
    let (mut board, mut router, mut now) = (board(near), Router::new(far), Instant::ZERO);
    let first = router.lease;
    assert!(run(&mut board, &mut router, &mut now, 10, has(first)));
    // The radio has found another network, whose router gives out other addresses.
    router.lease = Ipv4Address::new(10, 0, 0, 33);
    let second = router.lease;
    board.restart_dhcp();
    board.poll(now);
    assert_eq!(board.interface().ipv4_addr(), None, "the old address is not used any more");
    assert!(run(&mut board, &mut router, &mut now, 10, has(second)), "no lease has to end first");
}

#[test]
fn names_are_found() {
    let (near, far) = ends();
    let (mut board, mut router, mut now) = (board(near), Router::new(far), Instant::ZERO);
    let lease = router.lease;
    assert!(run(&mut board, &mut router, &mut now, 10, has(lease)));
    let mut find = |name: &str, kind: fn() -> AddrType| {
        let mut found = Err(nb::Error::WouldBlock);
        run(&mut board, &mut router, &mut now, 60, |board| {
            found = board.get_host_by_name(name, kind());
            found != Err(nb::Error::WouldBlock)
        });
        found
    };
    let v4 = Ok(IpAddr::from([10, 0, 0, 7]));
    let v6 = Ok("fd00::7".parse().unwrap());
    let none = Err(nb::Error::Other(Error::HostNotFound));
    assert_eq!(find("board.local", || AddrType::IPv4), v4);
    assert_eq!(find("board.local", || AddrType::Either), v4);
    assert_eq!(find("board.local", || AddrType::IPv6), none);
    assert_eq!(find("six.local", || AddrType::Either), v6, "asked for IPv4 in vain, then for IPv6");
    assert_eq!(find("six.local", || AddrType::IPv4), none);
    assert_eq!(find("nowhere", || AddrType::Either), none);
    assert_eq!(find("board.local", || AddrType::IPv4), v4, "a failure blocks nothing");
}

#[test]
fn the_answer_is_of_the_kind_that_was_asked_for_last() {
    let (near, far) = ends();
    let (mut board, mut router, mut now) = (board(near), Router::new(far), Instant::ZERO);
    let lease = router.lease;
    assert!(run(&mut board, &mut router, &mut now, 10, has(lease)));
    assert_eq!(board.get_host_by_name("six.local", AddrType::IPv4), Err(nb::Error::WouldBlock));
    let mut found = Err(nb::Error::WouldBlock);
    run(&mut board, &mut router, &mut now, 60, |board| {
        found = board.get_host_by_name("six.local", AddrType::IPv6);
        found != Err(nb::Error::WouldBlock)
    });
    assert_eq!(found, Ok("fd00::7".parse().unwrap()));
}

#[test]
fn a_name_that_is_given_up_makes_room_for_another() {
    let (near, far) = ends();
    let (mut board, mut router, mut now) = (board(near), Router::new(far), Instant::ZERO);
    let lease = router.lease;
    assert!(run(&mut board, &mut router, &mut now, 10, has(lease)));
    assert_eq!(board.get_host_by_name("silent", AddrType::IPv4), Err(nb::Error::WouldBlock));
    let mut found = Err(nb::Error::WouldBlock);
    run(&mut board, &mut router, &mut now, 60, |board| {
        found = board.get_host_by_name("board.local", AddrType::IPv4);
        found.is_ok()
    });
    assert_eq!(found, Ok(IpAddr::from([10, 0, 0, 7])));
}
