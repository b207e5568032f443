//! Connections that are idle, links that fail, peers that start again.

mod cable;

use cable::Cable;
use embedded_nal::{TcpClientStack, nb};
use nal_smoltcp::Error;

const RESET: Result<usize, nb::Error<Error>> = Err(nb::Error::Other(Error::Reset));

#[test]
fn an_idle_connection_stays() {
    let mut cable = Cable::new([2, 2], 1);
    let mut listener = cable.listen(80);
    let (mut client, mut server) = cable.join(&mut listener);
    cable.pass_seconds(600);
    assert_eq!(cable.client.send(&mut client, b"hello"), Ok(5));
    cable.pass();
    assert_eq!(cable.server.receive(&mut server, &mut [0; 8]), Ok(5));
}

#[test]
fn a_peer_that_is_gone_is_noticed_though_nothing_is_sent() {
    let mut cable = Cable::new([2, 2], 1);
    let mut listener = cable.listen(80);
    let (mut client, mut server) = cable.join(&mut listener);
    cable.client.device().set_plugged(false);
    cable.pass_seconds(160);
    assert_eq!(cable.server.receive(&mut server, &mut [0; 8]), RESET);
    assert_eq!(cable.client.receive(&mut client, &mut [0; 8]), RESET);
    // The link is back: the listener has listened all the time.
    cable.server.close(server).unwrap();
    cable.client.close(client).unwrap();
    cable.client.device().set_plugged(true);
    cable.join(&mut listener);
}

#[test]
fn a_connection_outlives_a_link_that_is_lost_for_a_minute() {
    let mut cable = Cable::new([2, 2], 1);
    let mut listener = cable.listen(80);
    let (mut client, mut server) = cable.join(&mut listener);
    cable.client.device().set_plugged(false);
    assert_eq!(cable.client.send(&mut client, b"hello"), Ok(5));
    cable.pass_seconds(60);
    cable.client.device().set_plugged(true);
    cable.pass_seconds(60);
    assert_eq!(cable.server.receive(&mut server, &mut [0; 8]), Ok(5));
}

#[test]
fn a_client_that_starts_again_with_the_same_port_gets_in() {
    let mut cable = Cable::new([4, 2], 2);
    let mut listener = cable.listen(80);
    // The first port depends on the seed and the clock: a board without a source of random numbers takes
    // the same each time it starts.
    let (_forgotten, mut server) = cable.join(&mut listener);
    cable.pass_seconds(5);
    cable.restart_client(2);
    // The server asks the client after 20 seconds whether it still knows the old connection.
    assert!(cable.connect(80, 40).is_ok());
    assert_eq!(cable.server.receive(&mut server, &mut [0; 8]), RESET);
    cable.accept(&mut listener);
}

#[test]
fn connections_of_an_address_that_is_gone_are_reset() {
    let mut cable = Cable::new([4, 4], 2);
    let mut listener = cable.listen(80);
    let (_client, mut server) = cable.join(&mut listener);
    let (_other, closing) = cable.join(&mut listener);
    cable.server.close(closing).unwrap();
    let new = smoltcp::wire::IpCidr::new(smoltcp::wire::IpAddress::v4(10, 0, 0, 77), 24);
    cable.server.interface().update_ip_addrs(|addresses| addresses[0] = new);
    cable.pass();
    assert_eq!(cable.server.receive(&mut server, &mut [0; 8]), RESET);
    cable.server.close(server).unwrap();
    cable.pass();
    // All four sockets can be connected to at the new address.
    let mut clients = [(); 2].map(|()| cable.client.socket().unwrap());
    for client in &mut clients {
        let to = "10.0.0.77:80".parse().unwrap();
        assert_eq!(cable.wait(3, |cable| cable.client.connect(client, to)), Ok(()));
        cable.accept(&mut listener);
    }
}
