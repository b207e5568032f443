//! UDP.

mod cable;

use std::net::SocketAddr;

use cable::{Board, Cable};
use embedded_nal::{UdpClientStack, UdpFullStack, nb};
use nal_smoltcp::Error;
use smoltcp::socket::udp::{PacketBuffer, PacketMetadata};

fn add(board: &mut Board) -> bool {
    let buffer = || PacketBuffer::new(vec![PacketMetadata::EMPTY; 2], vec![0; 256]);
    board.add_udp_socket(buffer(), buffer())
}

fn cable(ipv6: bool) -> Cable {
    let mut cable = Cable::new([0, 0], 1);
    cable.ipv6 = ipv6;
    for _ in 0..2 {
        assert!(add(&mut cable.server) && add(&mut cable.client));
    }
    cable
}

#[test]
fn datagrams_go_and_come_back() {
    for ipv6 in [false, true] {
        let mut cable = cable(ipv6);
        let to = SocketAddr::new(cable.server_ip(), 5683);
        let mut server = UdpClientStack::socket(&mut cable.server).unwrap();
        UdpFullStack::bind(&mut cable.server, &mut server, 5683).unwrap();
        let mut client = UdpClientStack::socket(&mut cable.client).unwrap();
        UdpClientStack::connect(&mut cable.client, &mut client, to).unwrap();
        assert_eq!(UdpClientStack::send(&mut cable.client, &mut client, "光".as_bytes()), Ok(()));
        let mut buffer = [0; 64];
        let nothing = UdpClientStack::receive(&mut cable.server, &mut server, &mut buffer).err();
        assert_eq!(nothing, Some(nb::Error::WouldBlock));
        for _ in 0..4 {
            cable.pass();
        }
        let (n, from) =
            UdpClientStack::receive(&mut cable.server, &mut server, &mut buffer).unwrap();
        assert_eq!(&buffer[..n], "光".as_bytes());
        assert_eq!(UdpFullStack::send_to(&mut cable.server, &mut server, from, b"301!"), Ok(()));
        cable.pass();
        // What there is no room for is lost, and the next is another datagram.
        let received = UdpClientStack::receive(&mut cable.client, &mut client, &mut buffer[..3]);
        assert_eq!((received, &buffer[..3]), (Ok((3, to)), &b"301"[..]));
    }
}

#[test]
fn a_connected_socket_hears_nobody_else() {
    let mut cable = cable(false);
    let to = SocketAddr::new(cable.server_ip(), 1000);
    let mut client = UdpClientStack::socket(&mut cable.client).unwrap();
    UdpClientStack::connect(&mut cable.client, &mut client, to).unwrap();
    let mut known = UdpClientStack::socket(&mut cable.server).unwrap();
    let mut stranger = UdpClientStack::socket(&mut cable.server).unwrap();
    UdpFullStack::bind(&mut cable.server, &mut known, 1000).unwrap();
    let _ = UdpClientStack::send(&mut cable.client, &mut client, b"?");
    for _ in 0..4 {
        cable.pass();
    }
    let mut buffer = [0; 8];
    let (_, from) = UdpClientStack::receive(&mut cable.server, &mut known, &mut buffer).unwrap();
    assert_eq!(UdpFullStack::send_to(&mut cable.server, &mut stranger, from, b"bad"), Ok(()));
    assert_eq!(
        UdpClientStack::send(&mut cable.server, &mut known, b"good"),
        Err(nb::Error::Other(Error::WrongState))
    );
    assert_eq!(UdpFullStack::send_to(&mut cable.server, &mut known, from, b"good"), Ok(()));
    cable.pass();
    let received = UdpClientStack::receive(&mut cable.client, &mut client, &mut buffer);
    assert_eq!((received, &buffer[..4]), (Ok((4, to)), &b"good"[..]));
}

#[test]
fn what_cannot_be_done_is_said() {
    let mut cable = cable(false);
    let board = &mut cable.client;
    let mut socket = UdpClientStack::socket(board).unwrap();
    let mut other = UdpClientStack::socket(board).unwrap();
    assert_eq!(UdpClientStack::socket(board).err(), Some(Error::NoSocket));
    assert_eq!(UdpFullStack::bind(board, &mut socket, 7), Ok(()));
    assert_eq!(UdpFullStack::bind(board, &mut socket, 8), Err(Error::WrongState));
    assert_eq!(UdpFullStack::bind(board, &mut other, 7), Err(Error::AddressInUse));
    let to = "10.0.0.1:9".parse().unwrap();
    let long = UdpFullStack::send_to(board, &mut socket, to, &[0; 257]);
    assert_eq!(long, Err(nb::Error::Other(Error::TooLong)));
    for _ in 0..2 {
        assert_eq!(UdpFullStack::send_to(board, &mut socket, to, b"x"), Ok(()));
    }
    assert_eq!(UdpFullStack::send_to(board, &mut socket, to, b"x"), Err(nb::Error::WouldBlock));
    // Closing sends what is queued; then the socket is there again.
    UdpClientStack::close(board, socket).unwrap();
    assert_eq!(UdpClientStack::socket(board).err(), Some(Error::NoSocket));
    for _ in 0..4 {
        cable.pass();
    }
    let mut again = UdpClientStack::socket(&mut cable.client).unwrap();
    assert_eq!(UdpFullStack::bind(&mut cable.client, &mut again, 7), Ok(()));
}

#[test]
fn a_host_that_does_not_exist_keeps_a_closed_socket_for_ten_seconds() {
    let mut cable = cable(false);
    let board = &mut cable.client;
    let mut sockets = [(); 2].map(|()| UdpClientStack::socket(board).unwrap());
    for socket in &mut sockets {
        let nobody = "10.0.0.99:9".parse().unwrap();
        assert_eq!(UdpFullStack::send_to(board, socket, nobody, b"?"), Ok(()));
    }
    for socket in sockets {
        UdpClientStack::close(board, socket).unwrap();
    }
    cable.pass_seconds(9);
    assert_eq!(UdpClientStack::socket(&mut cable.client).err(), Some(Error::NoSocket));
    cable.pass_seconds(2);
    assert!(UdpClientStack::socket(&mut cable.client).is_ok());
}

#[test]
fn sockets_that_are_not_bound_take_ports_of_their_own() {
    let mut cable = cable(false);
    let to = SocketAddr::new(cable.server_ip(), 7);
    let mut server = UdpClientStack::socket(&mut cable.server).unwrap();
    UdpFullStack::bind(&mut cable.server, &mut server, 7).unwrap();
    for _ in 0..2 {
        let mut client = UdpClientStack::socket(&mut cable.client).unwrap();
        UdpClientStack::connect(&mut cable.client, &mut client, to).unwrap();
        assert_eq!(UdpClientStack::send(&mut cable.client, &mut client, b"?"), Ok(()));
    }
    cable.pass_seconds(2);
    let mut from =
        || UdpClientStack::receive(&mut cable.server, &mut server, &mut [0; 8]).unwrap().1.port();
    let (first, second) = (from(), from());
    assert!(first >= 49_152 && second >= 49_152 && first != second, "{first} {second}");
}
