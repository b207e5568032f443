//! What becomes of connections that are closed, and of their sockets.

mod cable;

use cable::Cable;
use embedded_nal::{TcpClientStack, nb};
use nal_smoltcp::{Error, TcpSocket};

const WOULD_BLOCK: Result<usize, nb::Error<Error>> = Err(nb::Error::WouldBlock);

/// The client receives to the end.
fn rest(cable: &mut Cable, client: &mut TcpSocket, seconds: u64) -> usize {
    let (mut all, mut buffer) = (0, [0; 1000]);
    loop {
        let receive = |cable: &mut Cable| cable.client.receive(client, &mut buffer);
        match cable.wait(seconds, receive).unwrap() {
            0 => return all,
            n => all += n,
        }
    }
}

#[test]
fn close_sends_what_is_queued_and_then_the_end() {
    let mut cable = Cable::new([4, 4], 2);
    let mut listener = cable.listen(80);
    let (mut client, mut server) = cable.join(&mut listener);
    assert_eq!(cable.server.send(&mut server, &[7; 4000]), Ok(4000));
    cable.server.close(server).unwrap();
    assert_eq!(rest(&mut cable, &mut client, 1), 4000);
    for _ in 0..3 {
        assert_eq!(cable.client.receive(&mut client, &mut [0; 8]), Ok(0), "again and again");
    }
}

#[test]
fn what_is_queued_outlives_a_link_that_is_lost_for_a_while() {
    let mut cable = Cable::new([4, 4], 2);
    let mut listener = cable.listen(80);
    let (mut client, mut server) = cable.join(&mut listener);
    cable.server.device().set_plugged(false);
    assert_eq!(cable.server.send(&mut server, &[7; 4000]), Ok(4000));
    cable.server.close(server).unwrap();
    cable.pass_seconds(40);
    assert_eq!(cable.client.receive(&mut client, &mut [0; 8]), WOULD_BLOCK);
    cable.server.device().set_plugged(true);
    assert_eq!(rest(&mut cable, &mut client, 40), 4000);
}

#[test]
fn a_reset_is_an_error_and_no_end() {
    let mut cable = Cable::new([4, 4], 2);
    let listener = cable.listen(80);
    let mut client = cable.connect(80, 1).unwrap();
    // Clients that were never accepted are reset.
    cable.server.close(listener).unwrap();
    cable.pass();
    let reset = Err(nb::Error::Other(Error::Reset));
    assert_eq!(cable.client.receive(&mut client, &mut [0; 8]), reset);
    assert_eq!(cable.client.send(&mut client, b"?"), reset);
}

#[test]
fn one_socket_serves_one_client_after_the_other() {
    let mut cable = Cable::new([1, 1], 1);
    let mut listener = cable.listen(80);
    // The end that closes first remembers the connection (TIME-WAIT): its socket is taken all the same.
    for server_first in [true, false, true, true, false, false] {
        let began = cable.now;
        let (client, server) = cable.join(&mut listener);
        if server_first {
            cable.server.close(server).unwrap();
            cable.pass();
            cable.client.close(client).unwrap();
        } else {
            cable.client.close(client).unwrap();
            cable.pass();
            cable.server.close(server).unwrap();
        }
        cable.pass();
        assert!((cable.now - began).secs() < 2, "and without waiting for its ten seconds");
    }
}

#[test]
fn what_nobody_reads_does_not_keep_a_socket() {
    let mut cable = Cable::new([1, 2], 1);
    let mut listener = cable.listen(80);
    let (mut client, server) = cable.join(&mut listener);
    cable.server.close(server).unwrap();
    // An upload to a server that has answered without reading it.
    let mut sent = 0;
    while sent < 20_000 {
        sent += cable
            .wait(1, |cable| match cable.client.send(&mut client, &[7; 1000]) {
                Ok(0) => Err(nb::Error::WouldBlock),
                answer => answer,
            })
            .unwrap();
    }
    cable.client.close(client).unwrap();
    assert!(cable.connect(80, 3).is_ok());
}

#[test]
fn a_peer_that_does_not_close_is_reset() {
    let mut cable = Cable::new([2, 2], 1);
    let mut listener = cable.listen(80);
    let (mut client, server) = cable.join(&mut listener);
    cable.server.close(server).unwrap();
    cable.pass_seconds(9);
    assert_eq!(cable.client.send(&mut client, b"still here"), Ok(10));
    cable.pass_seconds(2);
    assert_eq!(cable.client.send(&mut client, b"?"), Err(nb::Error::Other(Error::Reset)));
    assert_eq!(cable.client.receive(&mut client, &mut [0; 8]), Ok(0), "but the end was no reset");
    assert!(cable.connect(80, 2).is_ok());
}

#[test]
fn a_peer_that_is_gone_keeps_a_closed_socket_for_ten_seconds() {
    let mut cable = Cable::new([1, 2], 1);
    let mut listener = cable.listen(80);
    let (_gone, mut server) = cable.join(&mut listener);
    cable.client.device().set_plugged(false);
    assert_eq!(cable.server.send(&mut server, b"hello?"), Ok(6));
    cable.server.close(server).unwrap();
    cable.pass_seconds(9);
    cable.restart_client(1);
    let to = cable.to(80);
    let mut next = cable.client.socket().unwrap();
    assert_eq!(cable.client.connect(&mut next, to), Err(nb::Error::WouldBlock));
    assert_eq!(cable.wait(5, |cable| cable.client.connect(&mut next, to)), Ok(()));
}

#[test]
fn connect_waits_for_a_socket_that_is_closing() {
    let mut cable = Cable::new([4, 1], 2);
    let mut listener = cable.listen(80);
    let (client, server) = cable.join(&mut listener);
    assert_eq!(cable.connect(80, 1).err(), Some(Error::NoSocket), "a caller holds it");
    cable.client.close(client).unwrap();
    let to = cable.to(80);
    let mut next = cable.client.socket().unwrap();
    assert_eq!(cable.client.connect(&mut next, to), Err(nb::Error::WouldBlock));
    cable.pass_seconds(1);
    cable.server.close(server).unwrap();
    assert_eq!(cable.wait(1, |cable| cable.client.connect(&mut next, to)), Ok(()));
}
