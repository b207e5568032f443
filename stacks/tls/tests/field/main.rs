//! What servers really send, and what some of them might.

mod alerts;
mod hellos;
mod keys;
#[path = "../support/mod.rs"]
mod support;

use std::net::SocketAddr;

use nal_tls::{TlsError, Trust};
use support::client::{Get, get};
use support::hostile::{
    ENCRYPTED_EXTENSIONS, Hostile, P256_SHA256, message, read_record, serve, serve_in_pieces,
    serve_raw, server_hello, write_record,
};
use support::pki::{INTERMEDIATE, LEAF, Leaf, Pki};
use support::server::Server;

const ALERT: u8 = 21;
const HANDSHAKE: u8 = 22;
const DATA: u8 = 23;

/// A server's certificate with its key, and the authority that issued it.
#[derive(Clone)]
struct Material {
    ca: Vec<u8>,
    leaf: Vec<u8>,
    key: Vec<u8>,
}

fn material() -> Material {
    let pki = Pki::new("p256");
    pki.issue(&LEAF);
    Material { ca: pki.der("ca"), leaf: pki.der("leaf"), key: pki.private_key("leaf") }
}

impl Material {
    fn get(&self, address: SocketAddr) -> Result<Vec<u8>, TlsError> {
        get(address, &Get::new(Trust::authorities(&[&self.ca])))
    }

    /// The server's part of the handshake.
    fn shake_hands(&self, server: &mut Hostile) {
        server.say(&ENCRYPTED_EXTENSIONS);
        server.certificate(std::slice::from_ref(&self.leaf));
        server.proof(&self.key, P256_SHA256);
        server.finished();
    }

    /// Meets a server that does this behind an honest handshake.
    fn meet(
        &self,
        script: impl FnOnce(&mut Hostile) + Send + 'static,
    ) -> Result<Vec<u8>, TlsError> {
        let server_side = self.clone();
        self.get(serve(move |server| {
            server_side.shake_hands(server);
            server.listen();
            script(server);
        }))
    }
}

fn is_page(page: &Result<Vec<u8>, TlsError>) -> bool {
    page.as_ref().is_ok_and(|page| page.starts_with(b"HTTP/1.0 200 ok"))
}

fn code(result: &Result<Vec<u8>, TlsError>) -> Option<u8> {
    match result {
        Err(TlsError::Alert(alert)) => Some(alert.code()),
        _ => None,
    }
}

fn broken_rule(result: &Result<Vec<u8>, TlsError>) -> Option<u8> {
    match result {
        Err(TlsError::Protocol(alert)) => Some(alert.code()),
        _ => None,
    }
}

/// `openssl s_server -max_send_frag 512`, and each server that saves memory: a chain of certificates does not fit
/// into one record.
#[test]
fn certificates_in_many_records() {
    let kinds: &[&str] = if cfg!(feature = "rsa") { &["p256", "rsa2048"] } else { &["p256"] };
    for kind in kinds.iter().copied() {
        let pki = Pki::new(kind);
        pki.issue(&Leaf { key: kind, ..INTERMEDIATE });
        pki.issue(&Leaf { key: kind, issuer: "intermediate", ..LEAF });
        let more = ["-max_send_frag", "512", "-num_tickets", "4"];
        let server = Server::openssl(&pki, "leaf", Some("intermediate"), &more);
        let ca = pki.der("ca");
        for receive in [16_640, 4352, 2304] {
            let page =
                get(server.address, &Get { receive, ..Get::new(Trust::authorities(&[&ca])) });
            assert!(is_page(&page), "{kind} {receive}: {page:?}");
        }
        // What is said to be enough is enough, and not too much either.
        let authorities = [&ca[..]];
        let few = Get { receive: 768, ..Get::new(Trust::authorities(&authorities)) };
        let Err(TlsError::MessageTooLong { have: 768, need }) = get(server.address, &few) else {
            panic!("it fits into 768 bytes")
        };
        assert!(need < 6000, "{need}");
        let page = get(server.address, &Get { receive: need, ..few });
        assert!(is_page(&page), "{kind} {need}: {page:?}");
    }
}

/// Go, `BoringSSL` and rustls pack messages into records as they fit: several in one, one in several.
#[test]
fn messages_in_every_split() {
    let material = material();
    let meet = |hello: usize, pieces: &[usize]| {
        let (server_side, pieces) = (material.clone(), pieces.to_vec());
        let address = serve_in_pieces(hello, move |server| {
            server.hold(&pieces);
            server_side.shake_hands(server);
            server.listen();
            server.encrypted(DATA, b"hello");
            server.encrypted(ALERT, &[1, 0]);
        });
        material.get(address)
    };
    let length = 6 + 4 + 4 + 5 + material.leaf.len();
    for pieces in [
        &[usize::MAX >> 1][..],
        &[1],
        &[2],
        &[3, 1, 4],
        &[6],
        // Within the header of the certificates, before and behind their end, and in the next message.
        &[7, 1 << 20],
        &[9, 1 << 20],
        &[10, 1 << 20],
        &[length - 1, 1 << 20],
        &[length, 1 << 20],
        &[length + 1, 1 << 20],
        &[length + 3, 1 << 20],
        &[100, 1 << 20],
    ] {
        assert_eq!(meet(usize::MAX, pieces), Ok(b"hello".to_vec()), "{pieces:?}");
    }
    for piece in [1, 2, 5, 60, 121] {
        assert_eq!(meet(piece, &[50]), Ok(b"hello".to_vec()), "{piece}");
    }
}

/// A record that has the end of one key's messages and the beginning of the next: nobody may send that
/// (RFC 8446 section 5.1), since somebody else could have put the rest there.
#[test]
fn messages_over_a_change_of_keys() {
    let material = material();
    let address = serve_raw(|socket| {
        let _ = read_record(socket);
        let share = [0, 51, 0, 36, 0, 29, 0, 32].into_iter().chain([9; 32]).collect::<Vec<_>>();
        let hello = server_hello([9; 32], &share);
        write_record(socket, HANDSHAKE, &[&hello[..], &ENCRYPTED_EXTENSIONS].concat());
    });
    // Without X25519, that share is of the wrong group already.
    let expected = if cfg!(feature = "x25519") { 10 } else { 47 };
    assert_eq!(broken_rule(&material.get(address)), Some(expected));
    let server_side = material.clone();
    let address = serve(move |server| {
        server.hold(&[1 << 20]);
        server.say(&ENCRYPTED_EXTENSIONS);
        server.certificate(std::slice::from_ref(&server_side.leaf));
        server.proof(&server_side.key, P256_SHA256);
        server.finished_and(&[4, 0, 0, 0]);
    });
    assert_eq!(broken_rule(&material.get(address)), Some(10));
}

/// A server that the firmware trusts, and that has been taken over: it can send anything behind the handshake.
#[test]
fn noise_behind_the_handshake_is_an_error_and_no_panic() {
    let material = material();
    let mut seed = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = move |limit: u64| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        (seed >> 33) % limit
    };
    for round in 0..60 {
        let kinds = [1, 2, 4, 5, 8, 11, 13, 15, 20, 24, 254, 0];
        let kind = kinds[usize::try_from(next(12)).unwrap()];
        let body: Vec<u8> = (0..next(60)).map(|_| u8::try_from(next(256)).unwrap()).collect();
        let mut content = message(kind, &body);
        content.truncate(usize::try_from(next(80)).unwrap());
        let inner = if next(6) == 0 { next(256) } else { u64::from(HANDSHAKE) };
        let shown = (inner, content.clone());
        let page = material.meet(move |server| {
            server.encrypted(u8::try_from(inner).unwrap(), &content);
            server.encrypted(DATA, b"hello");
        });
        // Without a goodbye, there is no good end, whatever it was.
        assert!(page.is_err(), "{round} {shown:?} {page:?}");
    }
}

/// Servers before TLS 1.3, as they still stand in cellars.
#[test]
fn servers_of_another_time() {
    let pki = Pki::new("p256");
    pki.issue(&LEAF);
    let server = Server::openssl(&pki, "leaf", None, &["-no_tls1_3"]);
    let page = get(server.address, &Get::new(Trust::authorities(&[])));
    let error = page.unwrap_err().to_string();
    assert!(error.contains("protocol_version (alert 70)"), "{error}");
    // One that takes the hello for one of its own time.
    let material = material();
    let hello = message(2, &[&[3, 3][..], &[9; 32], &[0, 0x13, 0x01, 0]].concat());
    let address = serve_raw(move |socket| {
        let _ = read_record(socket);
        write_record(socket, HANDSHAKE, &hello);
    });
    assert_eq!(broken_rule(&material.get(address)), Some(70));
}
