//! The accept queue, and sockets that come back.

mod cable;

use std::rc::Rc;

use cable::Cable;
use embedded_nal::{TcpClientStack, TcpFullStack, nb};
use nal_smoltcp::Error;

#[test]
fn as_many_connections_can_come_in_at_once_as_the_backlog_has() {
    let mut cable = Cable::new([10, 10], 8);
    let mut listener = cable.listen(80);
    // All begin at once, before the server looks.
    let mut clients: Vec<_> = (0..8).map(|_| cable.client.socket().unwrap()).collect();
    let to = cable.to(80);
    for client in &mut clients {
        assert_eq!(cable.client.connect(client, to), Err(nb::Error::WouldBlock));
    }
    cable.pass();
    for client in &mut clients {
        assert_eq!(cable.client.connect(client, to), Ok(()));
    }
    for _ in 0..8 {
        assert!(cable.server.accept(&mut listener).is_ok());
    }
}

#[test]
fn more_connections_can_come_in_in_one_poll_than_listened_before_it() {
    let mut cable = Cable::new([10, 10], 2);
    let mut listener = cable.listen(80);
    let mut clients: Vec<_> = (0..8).map(|_| cable.client.socket().unwrap()).collect();
    let to = cable.to(80);
    for client in &mut clients {
        let _ = cable.client.connect(client, to);
    }
    cable.pass();
    for client in &mut clients {
        assert_eq!(cable.client.connect(client, to), Ok(()));
        assert!(cable.server.accept(&mut listener).is_ok());
    }
}

#[test]
fn a_closed_port_refuses_and_a_listener_can_close_and_listen_again() {
    let mut cable = Cable::new([6, 6], 2);
    assert_eq!(cable.connect(80, 1).err(), Some(Error::Refused));
    for _ in 0..5 {
        let listener = cable.listen(80);
        let mut second = cable.server.socket().unwrap();
        assert_eq!(cable.server.bind(&mut second, 80), Err(Error::AddressInUse));
        let client = cable.connect(80, 1).unwrap();
        cable.server.close(listener).unwrap();
        cable.pass();
        cable.client.close(client).unwrap();
        cable.pass();
        assert_eq!(cable.connect(80, 1).err(), Some(Error::Refused));
    }
    assert_eq!(cable.server.free_sockets(), 6);
}

#[test]
fn a_syn_that_comes_twice_makes_one_connection() {
    for late in [false, true] {
        let mut cable = Cable::new([6, 4], 3);
        let mut listener = cable.listen(80);
        let (known, greeted) = cable.join(&mut listener); // the boards learn where the other is
        cable.client.close(known).unwrap();
        cable.pass();
        cable.server.close(greeted).unwrap();
        cable.pass();

        let to = cable.to(80);
        let mut client = cable.client.socket().unwrap();
        assert_eq!(cable.client.connect(&mut client, to), Err(nb::Error::WouldBlock));
        cable.client.poll(cable.now);
        let to_server = Rc::clone(&cable.client.device().outgoing);
        let syn = to_server.borrow().back().cloned().unwrap();
        if !late {
            to_server.borrow_mut().extend([syn.clone(), syn.clone()]);
        }
        cable.pass();
        assert_eq!(cable.client.connect(&mut client, to), Ok(()));
        let mut server = cable.accept(&mut listener);
        if late {
            // The socket of the first connection listens again, and lies before that of this one.
            to_server.borrow_mut().push_back(syn);
        }
        cable.pass_seconds(5);
        assert_eq!(cable.server.accept(&mut listener).err(), Some(nb::Error::WouldBlock));
        assert_eq!(cable.client.send(&mut client, b"hello"), Ok(5));
        cable.pass();
        let mut buffer = [0; 8];
        assert_eq!(cable.server.receive(&mut server, &mut buffer), Ok(5), "late: {late}");
    }
}

#[test]
fn half_open_clients_lock_the_port_for_a_few_seconds_only() {
    let mut cable = Cable::new([2, 4], 2);
    let mut listener = cable.listen(80);
    let to = cable.to(80);
    // The boards learn where the other is.
    let client = cable.connect(80, 1).unwrap();
    let (server, _) = cable.server.accept(&mut listener).unwrap();
    cable.client.close(client).unwrap();
    cable.server.close(server).unwrap();
    cable.pass();
    // Two clients send a SYN, and are not heard of again: every socket of the server is half-open.
    let mut gone = [(); 2].map(|()| cable.client.socket().unwrap());
    for socket in &mut gone {
        assert_eq!(cable.client.connect(socket, to), Err(nb::Error::WouldBlock));
    }
    cable.client.poll(cable.now);
    cable.client.device().set_plugged(false);
    for socket in gone {
        cable.client.close(socket).unwrap();
    }
    let mut server_alone = |seconds: i64| {
        let end = cable.now + smoltcp::time::Duration::from_secs(seconds.unsigned_abs());
        while cable.now < end {
            cable.now += smoltcp::time::Duration::from_millis(10);
            cable.server.poll(cable.now);
        }
    };
    server_alone(6);
    cable.client.device().set_plugged(true);
    assert!(cable.connect(80, 0).is_ok(), "a socket listens again");
}

#[test]
fn when_every_socket_is_taken_the_error_says_so() {
    let mut cable = Cable::new([2, 2], 1);
    let _listener = cable.listen(80);
    let _first = cable.connect(80, 1);
    let mut second = cable.client.socket().unwrap();
    let to = cable.to(80);
    let _ = cable.client.connect(&mut second, to);
    let mut third = cable.client.socket().unwrap();
    assert_eq!(cable.client.connect(&mut third, to), Err(nb::Error::Other(Error::NoSocket)));
}

#[test]
fn a_client_that_gives_up_leaves_nothing_to_the_next() {
    let mut cable = Cable::new([2, 4], 2);
    let mut listener = cable.listen(80);
    let _known = cable.join(&mut listener); // the boards learn where the other is; one socket listens
    let to = cable.to(80);
    let mut hasty = cable.client.socket().unwrap();
    assert_eq!(cable.client.connect(&mut hasty, to), Err(nb::Error::WouldBlock));
    cable.client.poll(cable.now);
    cable.server.poll(cable.now);
    cable.client.close(hasty).unwrap();
    // Longer than a client may take to connect: the next has all of that time again.
    cable.pass_seconds(70);
    assert!(cable.connect(80, 0).is_ok());
}

#[test]
fn who_connects_first_is_accepted_first() {
    let mut cable = Cable::new([3, 4], 2);
    let mut listener = cable.listen(80);
    let (first, served) = cable.join(&mut listener);
    let second = cable.connect(80, 1).unwrap();
    // The socket that served the first listens again, and lies before the second's.
    cable.client.close(first).unwrap();
    cable.server.close(served).unwrap();
    cable.pass_seconds(1);
    let third = cable.connect(80, 1).unwrap();
    for (mut client, name) in [(second, b"second"), (third, b"third.")] {
        assert_eq!(cable.client.send(&mut client, name), Ok(6));
        cable.pass();
        let mut accepted = cable.accept(&mut listener);
        let mut buffer = [0; 8];
        assert_eq!(cable.server.receive(&mut accepted, &mut buffer), Ok(6));
        assert_eq!(&buffer[..6], name);
    }
}

#[test]
fn only_ports_that_are_listened_on_keep_clients_waiting() {
    for (kind, ipv6) in [
        (Cable::new as fn(_, _) -> _, false),
        (Cable::new, true),
        (Cable::serial, false),
        (Cable::serial, true),
    ] {
        let mut cable: Cable = kind([1, 4], 1);
        cable.ipv6 = ipv6;
        let mut listener = cable.listen(80);
        let (first, served) = cable.join(&mut listener);
        let to = cable.to(80);
        let mut second = cable.client.socket().unwrap();
        assert_eq!(cable.client.connect(&mut second, to), Err(nb::Error::WouldBlock));
        cable.pass_seconds(10);
        assert_eq!(cable.client.connect(&mut second, to), Err(nb::Error::WouldBlock));
        assert_eq!(cable.connect(81, 0).err(), Some(Error::Refused), "at once");
        // A board that sleeps until something arrives looks for a socket every second.
        let delay = cable.server.poll_delay().unwrap();
        assert!(delay <= smoltcp::time::Duration::from_secs(1));
        cable.server.close(served).unwrap();
        cable.client.close(first).unwrap();
        let connected = cable.wait(10, |cable| cable.client.connect(&mut second, to));
        assert_eq!(connected, Ok(()), "when there is a socket, the client gets in");
    }
}

#[test]
fn a_port_is_listened_on_once() {
    let mut cable = Cable::new([4, 1], 1);
    let mut sockets = [(); 2].map(|()| cable.server.socket().unwrap());
    for socket in &mut sockets {
        assert_eq!(cable.server.bind(socket, 80), Ok(()));
    }
    let [first, second] = &mut sockets;
    assert_eq!(cable.server.listen(first), Ok(()));
    assert_eq!(cable.server.listen(second), Err(Error::AddressInUse));
}
