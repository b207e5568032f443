//! Hellos that servers ask for again.

use nal_tls::{TlsError, Trust};

use crate::support::client::{Get, get};
use crate::support::hostile::{hello_retry, read_record, serve_raw, write_record};
use crate::support::pki::{LEAF, Pki};
use crate::support::server::Server;
use crate::{ALERT, HANDSHAKE, broken_rule, code, is_page, material};

/// Servers choose the key exchange; some want a hello with another one, or with their cookie.
#[test]
fn hellos_that_are_asked_for_again() {
    let pki = Pki::new("p256");
    pki.issue(&LEAF);
    let ca = pki.der("ca");
    let authorities = [&ca[..]];
    let trust = Trust::authorities(&authorities);
    for more in [&["-groups", "P-256"][..], &["-stateless"], &["-stateless", "-groups", "P-256"]] {
        let server = Server::openssl(&pki, "leaf", None, more);
        let page = get(server.address, &Get::new(trust));
        assert!(is_page(&page), "{more:?}: {page:?}");
    }
}

/// A server that would let the client say hello for ever (RFC 8446 section 4.1.4).
#[test]
fn hellos_that_must_not_be_asked_for_again() {
    let material = material();
    let cookie: &[u8] = &[0, 44, 0, 5, 0, 3, 1, 2, 3];
    let group = |group: u8| vec![0, 51, 0, 2, 0, group];
    let sent = if cfg!(feature = "x25519") { 29 } else { 23 };
    for (case, hellos, code) in [
        ("nothing new", vec![hello_retry(&[])], 47),
        ("the group that was sent", vec![hello_retry(&group(sent))], 47),
        ("a group that was not offered", vec![hello_retry(&group(24))], 47),
        ("twice", vec![hello_retry(cookie), hello_retry(cookie)], 10),
        ("an unknown extension", vec![hello_retry(&[0, 16, 0, 0])], 110),
    ] {
        let address = serve_raw(move |socket| {
            for hello in hellos {
                let _ = read_record(socket);
                write_record(socket, HANDSHAKE, &hello);
            }
        });
        assert_eq!(broken_rule(&material.get(address)), Some(code), "{case}");
    }
}

/// A server that keeps nothing, and gives the client much to remember.
#[test]
fn long_cookies() {
    let material = material();
    let authorities = [&material.ca[..]];
    let get = |send| {
        let cookie = [&[0, 44, 0x08, 0x02, 0x08, 0x00][..], &[7; 2048]].concat();
        let address = serve_raw(move |socket| {
            let _ = read_record(socket);
            write_record(socket, HANDSHAKE, &hello_retry(&cookie));
            let hello = read_record(socket);
            assert!(hello.windows(cookie.len()).any(|part| part == cookie));
            write_record(socket, ALERT, &[2, 80]);
        });
        get(address, &Get { send, ..Get::new(Trust::authorities(&authorities)) })
    };
    let result = get(1024);
    let Err(TlsError::SendMemory { have: 1024, need }) = result else { panic!("{result:?}") };
    // The number is enough, and not more than that.
    assert!(matches!(get(need - 1), Err(TlsError::SendMemory { .. })));
    assert_eq!(code(&get(need)), Some(80));
}
