//! Clients that wait until there is a socket for them.

mod cable;

use std::net::SocketAddr;
use std::rc::Rc;

use cable::{Cable, places};
use embedded_nal::{TcpClientStack, TcpFullStack, nb};
use nal_smoltcp::{Error, TcpSocket};
use smoltcp::time::Duration;
use smoltcp::wire::{EthernetFrame, IpAddress, Ipv4Packet, TcpPacket};

const WOULD_BLOCK: nb::Result<(), Error> = Err(nb::Error::WouldBlock);

/// A server whose only socket has a client: the listener, and both ends of that connection.
fn full(cable: &mut Cable) -> (TcpSocket, TcpSocket, TcpSocket) {
    let mut listener = cable.listen(80);
    let (client, server) = cable.join(&mut listener);
    (listener, client, server)
}

/// Sends a SYN.
fn begin_to_connect(cable: &mut Cable) -> (TcpSocket, SocketAddr) {
    let to = cable.to(80);
    let mut socket = cable.client.socket().unwrap();
    assert_eq!(cable.client.connect(&mut socket, to), WOULD_BLOCK);
    cable.pass();
    (socket, to)
}

/// Both ends of the connection close.
fn hang_up(cable: &mut Cable, client: TcpSocket, server: TcpSocket) {
    cable.client.close(client).unwrap();
    cable.pass();
    cable.server.close(server).unwrap();
}

/// Every kind of network, with so many sockets.
fn cables(sockets: [usize; 2]) -> impl Iterator<Item = Cable> {
    let kinds: [fn([usize; 2], usize) -> Cable; 2] = [Cable::new, Cable::serial];
    kinds.into_iter().flat_map(move |kind| {
        [false, true].map(|ipv6| {
            let mut cable = kind(sockets, 1);
            cable.ipv6 = ipv6;
            cable
        })
    })
}

#[test]
fn who_waits_is_let_in_as_soon_as_there_is_a_socket() {
    for mut cable in cables([1, 3]) {
        let (mut listener, client, server) = full(&mut cable);
        let (mut second, to) = begin_to_connect(&mut cable);
        let (mut third, _) = begin_to_connect(&mut cable);
        // Both have sent their last SYN after 7 seconds, and would send another after 15.
        cable.pass_seconds(9);
        hang_up(&mut cable, client, server);
        cable.pass();
        cable.pass();
        assert_eq!(cable.client.connect(&mut second, to), Ok(()), "IPv6: {}", cable.ipv6);
        assert_eq!(cable.client.connect(&mut third, to), WOULD_BLOCK, "first come, first served");
        let accepted = cable.accept(&mut listener);
        hang_up(&mut cable, second, accepted);
        cable.pass();
        cable.pass();
        assert_eq!(cable.client.connect(&mut third, to), Ok(()));
        let accepted = cable.accept(&mut listener);
        hang_up(&mut cable, third, accepted);
        // Each has sent four SYNs, and is one client.
        cable.pass_seconds(40);
        assert_eq!(cable.server.accept(&mut listener).err(), Some(nb::Error::WouldBlock));
    }
}

#[test]
fn a_client_that_sends_another_syn_takes_no_second_place() {
    let mut cable = Cable::new([1, 3], 1);
    cable.server = cable.server.with_syn_queue(places(2));
    let (mut listener, client, server) = full(&mut cable);
    let (second, to) = begin_to_connect(&mut cable);
    cable.pass_seconds(8);
    let (third, _) = begin_to_connect(&mut cable);
    hang_up(&mut cable, client, server);
    for mut socket in [second, third] {
        assert_eq!(cable.wait(0, |cable| cable.client.connect(&mut socket, to)), Ok(()));
        let accepted = cable.accept(&mut listener);
        hang_up(&mut cable, socket, accepted);
    }
}

#[test]
fn a_client_that_has_given_up_leaves_the_socket_to_the_next() {
    for mut cable in cables([1, 3]) {
        let (_listener, client, server) = full(&mut cable);
        let (gone, _) = begin_to_connect(&mut cable);
        cable.client.close(gone).unwrap(); // without a word; the late answer to its SYN is answered by a reset
        let (mut next, to) = begin_to_connect(&mut cable);
        hang_up(&mut cable, client, server);
        assert_eq!(cable.wait(0, |cable| cable.client.connect(&mut next, to)), Ok(()));
    }
}

#[test]
fn a_client_that_is_gone_keeps_the_socket_for_two_seconds_only() {
    let mut cable = Cable::new([1, 3], 1);
    let (_listener, client, server) = full(&mut cable);
    hang_up(&mut cable, client, server);
    cable.pass(); // the boards know where the other is
    let to = cable.to(80);
    let mut gone = cable.client.socket().unwrap();
    assert_eq!(cable.client.connect(&mut gone, to), WOULD_BLOCK);
    cable.client.poll(cable.now);
    cable.server.poll(cable.now);
    cable.client.close(gone).unwrap();
    cable.client.device().incoming.borrow_mut().clear();
    let mut next = cable.client.socket().unwrap();
    assert_eq!(cable.client.connect(&mut next, to), WOULD_BLOCK);
    for _ in 0..190 {
        cable.now += Duration::from_millis(10);
        cable.client.poll(cable.now);
        cable.server.poll(cable.now);
        cable.client.device().incoming.borrow_mut().clear(); // what the gone client is sent
    }
    cable.now += Duration::from_millis(200);
    cable.server.poll(cable.now);
    assert_eq!(cable.server.poll_delay(), Some(Duration::ZERO), "there is a socket");
    cable.server.poll(cable.now);
    cable.client.poll(cable.now);
    assert_eq!(cable.client.connect(&mut next, to), Ok(()));
}

#[test]
fn who_has_sent_no_syn_for_half_a_minute_is_forgotten() {
    let mut cable = Cable::new([1, 3], 1);
    let (_listener, client, server) = full(&mut cable);
    let (_gone, _) = begin_to_connect(&mut cable);
    cable.client.device().set_plugged(false);
    cable.pass_seconds(31);
    cable.client.device().set_plugged(true);
    hang_up(&mut cable, client, server);
    for _ in 0..4 {
        cable.client.poll(cable.now);
        cable.server.poll(cable.now);
        let frames = Rc::clone(&cable.server.device().outgoing);
        let frames = frames.borrow();
        let mut answers = frames.iter().filter(|frame| flags(frame.bytes()) == SYN_ACK);
        assert!(answers.next().is_none(), "it is not let in");
    }
}

const SYN_ACK: u8 = 0x12;

/// The flags of a TCP segment over IPv4.
fn flags(frame: &[u8]) -> u8 {
    frame.get(47).copied().unwrap_or_default()
}

#[test]
fn a_reset_takes_the_place_back() {
    let mut cable = Cable::new([1, 3], 1);
    cable.server = cable.server.with_syn_queue(places(1));
    let (_listener, client, server) = full(&mut cable);
    let to = cable.to(80);
    let mut second = cable.client.socket().unwrap();
    assert_eq!(cable.client.connect(&mut second, to), WOULD_BLOCK);
    cable.client.poll(cable.now);
    let to_server = Rc::clone(&cable.client.device().outgoing);
    let mut reset = to_server.borrow().back().cloned().unwrap();
    let mut frame = EthernetFrame::new_unchecked(reset.bytes_mut());
    let mut packet = Ipv4Packet::new_unchecked(frame.payload_mut());
    let (from, at) = (IpAddress::from(packet.src_addr()), IpAddress::from(packet.dst_addr()));
    let mut segment = TcpPacket::new_unchecked(packet.payload_mut());
    segment.set_syn(false);
    segment.set_rst(true);
    segment.fill_checksum(&from, &at);
    to_server.borrow_mut().push_back(reset);
    cable.pass();
    // Its place is free for the next.
    let (mut third, _) = begin_to_connect(&mut cable);
    cable.pass();
    hang_up(&mut cable, client, server);
    assert_eq!(cable.wait(0, |cable| cable.client.connect(&mut third, to)), Ok(()));
}

#[test]
fn a_listener_that_closes_refuses_those_who_wait() {
    for mut cable in cables([1, 2]) {
        let (listener, _client, _server) = full(&mut cable);
        let (mut second, to) = begin_to_connect(&mut cable);
        cable.server.close(listener).unwrap();
        cable.pass();
        let refused = Err(nb::Error::Other(Error::Refused));
        assert_eq!(cable.client.connect(&mut second, to), refused);
    }
}

#[test]
fn a_corrupted_or_cut_syn_is_not_remembered() {
    for mut cable in cables([1, 3]) {
        let (_listener, client, server) = full(&mut cable);
        let to = cable.to(80);
        let mut second = cable.client.socket().unwrap();
        assert_eq!(cable.client.connect(&mut second, to), WOULD_BLOCK);
        cable.client.poll(cable.now);
        let to_server = Rc::clone(&cable.client.device().outgoing);
        let syn = to_server.borrow().back().cloned().unwrap();
        for length in 14..syn.bytes().len() {
            let mut bad = syn.clone();
            bad.bytes_mut()[length] ^= 1;
            to_server.borrow_mut().push_back(bad);
            let mut cut = syn.clone();
            cut.cut(length);
            to_server.borrow_mut().push_back(cut);
        }
        cable.pass();
        hang_up(&mut cable, client, server);
        // No other has taken its place.
        assert_eq!(cable.wait(0, |cable| cable.client.connect(&mut second, to)), Ok(()));
    }
}

#[test]
fn a_board_that_sleeps_when_nothing_is_to_do_lets_in_who_waits() {
    let mut cable = Cable::new([1, 2], 1);
    let (_listener, client, server) = full(&mut cable);
    let (mut second, to) = begin_to_connect(&mut cable);
    assert_ne!(cable.server.poll_delay(), Some(Duration::ZERO), "nothing is to do");
    hang_up(&mut cable, client, server);
    // Frames wake it, and nothing else: no time passes.
    for _ in 0..4 {
        cable.client.poll(cable.now);
        while cable.server.poll(cable.now) {}
    }
    assert_eq!(cable.client.connect(&mut second, to), Ok(()));
}
