//! What servers really send, and what some of them might.

mod support;

use std::net::{SocketAddr, TcpStream};
use std::pin::pin;
use std::sync::mpsc;
use std::time::Duration;

use embedded_io::{Read as _, Write as _};
use nal_tls::{Alert, Link, Memory, Session, Stream, TlsError, Trust, engine};
use support::client::{Get, PC, Socket, get};
use support::hostile::{
    ENCRYPTED_EXTENSIONS, Hostile, P256_SHA256, hello_retry, message, read_record, serve,
    serve_in_pieces, serve_raw, server_hello, write_record,
};
use support::pki::{INTERMEDIATE, LEAF, Leaf, Pki};
use support::server::Server;
use support::typist::Typist;

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

/// OpenSSL sends two tickets behind the handshake, others one, or some later; small records split them.
#[test]
fn tickets_in_every_split() {
    let material = material();
    let ticket = message(4, &[0, 0, 0, 9, 0, 0, 0, 1, 0, 0, 1, 5, 0, 0]);
    let tickets = ticket.repeat(3);
    for piece in 1..=ticket.len() + 5 {
        let tickets = tickets.clone();
        let page = material.meet(move |server| {
            server.in_pieces(&tickets, &[piece]);
            server.encrypted(DATA, b"hello");
            server.in_pieces(&tickets, &[piece, 1]);
            server.encrypted(ALERT, &[1, 0]);
        });
        assert_eq!(page, Ok(b"hello".to_vec()), "{piece}");
    }
}

/// Somebody types `k` and `K` into `openssl s_server`; others do it after many records.
#[test]
fn key_updates_of_openssl() {
    let pki = Pki::new("p256");
    pki.issue(&LEAF);
    let ca = pki.der("ca");
    let mut server = Typist::new(&pki, "leaf", &[]);
    let (mut receive, mut send) = ([0; 4352], [0; 1024]);
    let link = Link::<256>::new();
    let memory = Memory { receive: &mut receive, send: &mut send };
    let authorities = [&ca[..]];
    let mut engine = pin!(engine(&link, Trust::authorities(&authorities), memory, PC));
    let mut session = Session::new(&link, engine.as_mut());
    let socket = TcpStream::connect(server.address).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let wire = socket.try_clone().unwrap();
    let mut stream = Stream::open(&mut session, Socket(socket), "device.example").unwrap();
    for (round, key) in ["", "k", "K", "K", "k"].into_iter().enumerate() {
        if !key.is_empty() {
            server.enter(key);
            // It has been read as a line of its own when its record is here.
            wire.peek(&mut [0]).unwrap();
        }
        let typed = format!("line {round}\n");
        server.enter(typed.trim());
        let mut heard = vec![0; typed.len()];
        let mut rest = &mut heard[..];
        while !rest.is_empty() {
            let n = stream.read(rest).unwrap();
            rest = &mut rest[n..];
        }
        assert_eq!(heard, typed.as_bytes());
        let answer = format!("answer {round}\n");
        stream.write_all(answer.as_bytes()).unwrap();
        stream.flush().unwrap();
        server.wait_for(answer.trim());
    }
    stream.close().unwrap();
}

/// A server that updates its keys in any way that RFC 8446 section 4.6.3 allows.
#[test]
fn key_updates_in_every_split() {
    let material = material();
    for pieces in [&[5][..], &[1], &[2], &[4, 1]] {
        for request in [0, 1] {
            let lengths = pieces.to_vec();
            let page = material.meet(move |server| {
                for part in [b"hel", &b"lo"[..]] {
                    server.in_pieces(&[24, 0, 0, 1, request], &lengths);
                    server.update_keys();
                    server.encrypted(DATA, part);
                }
                server.encrypted(ALERT, &[1, 0]);
            });
            assert_eq!(page, Ok(b"hello".to_vec()), "{pieces:?} {request}");
        }
    }
}

/// A client that is asked to update its keys does so before the next data, and once for any number of requests.
#[test]
fn requested_key_updates() {
    let material = material();
    let (teller, heard) = mpsc::channel();
    let server_side = material.clone();
    let address = serve(move |server| {
        server_side.shake_hands(server);
        server.listen();
        for _ in 0..3 {
            server.encrypted(HANDSHAKE, &[24, 0, 0, 1, 1]);
            server.update_keys();
        }
        server.encrypted(DATA, b"say more");
        teller.send((0..4).map(|_| server.hear()).collect::<Vec<_>>()).unwrap();
        server.encrypted(ALERT, &[1, 0]);
    });
    let (mut receive, mut send) = ([0; 4352], [0; 1024]);
    let link = Link::<256>::new();
    let memory = Memory { receive: &mut receive, send: &mut send };
    let authorities = [&material.ca[..]];
    let mut engine = pin!(engine(&link, Trust::authorities(&authorities), memory, PC));
    let mut session = Session::new(&link, engine.as_mut());
    let socket = Socket(TcpStream::connect(address).unwrap());
    let mut stream = Stream::open(&mut session, socket, "device.example").unwrap();
    let mut piece = [0; 20];
    stream.write_all(b"first").unwrap();
    stream.flush().unwrap();
    assert_eq!(stream.read(&mut piece), Ok(8));
    for text in [b"second", b"thirds"] {
        stream.write_all(text).unwrap();
        stream.flush().unwrap();
    }
    stream.close().unwrap();
    let heard = heard.recv_timeout(Duration::from_secs(20)).unwrap();
    let expected: [(u8, &[u8]); 4] =
        [(HANDSHAKE, &[24, 0, 0, 1, 0]), (DATA, b"second"), (DATA, b"thirds"), (ALERT, &[1, 0])];
    assert_eq!(heard, expected.map(|(kind, content)| Some((kind, content.to_vec()))));
}

/// Any server may end a connection for any reason, at any time.
#[test]
fn alerts_come_out_with_their_number() {
    let material = material();
    let sent = [
        10, 20, 22, 40, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 70, 71, 80, 86, 109, 110, 112, 113,
    ];
    for code_sent in sent.into_iter().chain([115, 116, 120, 1, 60, 255]) {
        // Whatever level it gives itself (RFC 8446 section 6).
        let page =
            material.meet(move |server| server.encrypted(ALERT, &[code_sent % 3, code_sent]));
        assert_eq!(code(&page), Some(code_sent));
    }
    let early = |code: u8| serve(move |server: &mut Hostile| server.encrypted(ALERT, &[2, code]));
    let clear = |code: u8| {
        serve_raw(move |socket| {
            let _ = read_record(socket);
            write_record(socket, ALERT, &[2, code]);
        })
    };
    for code_sent in [0, 10, 40, 70, 80, 112, 116, 200] {
        assert_eq!(code(&material.get(early(code_sent))), Some(code_sent));
        assert_eq!(code(&material.get(clear(code_sent))), Some(code_sent));
    }
    // The user of a server that has had enough: the end comes behind it.
    let page = material.meet(|server| {
        server.encrypted(ALERT, &[1, 90]);
        server.encrypted(ALERT, &[1, 0]);
    });
    assert_eq!(page, Ok(vec![]));
}

/// A server of `openssl` that wants a certificate of the client says so when the client takes itself for open.
#[test]
fn alerts_are_told_in_words() {
    let pki = Pki::new("p256");
    pki.issue(&LEAF);
    let ca = pki.der("ca");
    let server = Server::openssl(&pki, "leaf", None, &["-Verify", "1"]);
    let page = get(server.address, &Get::new(Trust::authorities(&[&ca])));
    let error = page.unwrap_err().to_string();
    let expected = "server ended the TLS connection: certificate_required (alert 116): \
                    it wants a certificate of the client";
    assert_eq!(error, expected);
}

/// A server with another kind of key than this build has: most public servers have RSA or P-384 in their chain.
#[test]
fn alert_40_names_the_features_that_are_off() {
    let features = [
        ("rsa", cfg!(feature = "rsa"), "rsa2048", "P-256"),
        ("p384", cfg!(feature = "p384"), "p384", "P-256"),
        ("ed25519", cfg!(feature = "ed25519"), "ed25519", "P-256"),
        ("x25519", cfg!(feature = "x25519"), "p256", "X25519"),
    ];
    for (feature, is_on, key, group) in features {
        let pki = Pki::new("p256");
        pki.issue(&Leaf { key, ..LEAF });
        let server = Server::openssl(&pki, "leaf", None, &["-groups", group]);
        let ca = pki.der("ca");
        let page = get(server.address, &Get::new(Trust::authorities(&[&ca])));
        if is_on {
            assert!(is_page(&page), "{feature}: {page:?}");
            continue;
        }
        assert_eq!(code(&page), Some(40), "{feature}: {page:?}");
        let error = page.unwrap_err().to_string();
        for (feature, is_on, ..) in features {
            let name = format!("`{feature}` (in nal-http `tls-{feature}`)");
            assert_eq!(error.contains(&name), !is_on, "{error}");
        }
    }
}

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

/// The log of a server says why a client has gone: it has to be told (RFC 8446 section 6.2).
#[test]
fn the_server_is_told_why() {
    let material = material();
    let told = |host: &'static str, script: fn(&mut Hostile, &Material)| {
        let (teller, heard) = mpsc::channel();
        let server_side = material.clone();
        let address = serve(move |server| {
            script(server, &server_side);
            while let Some((kind, content)) = server.hear() {
                if kind == ALERT {
                    teller.send(content).unwrap();
                }
            }
        });
        let result = get(address, &Get { host, ..Get::new(Trust::authorities(&[&material.ca])) });
        assert!(result.is_err(), "{result:?}");
        heard.recv_timeout(Duration::from_secs(20)).unwrap()
    };
    let wrong_host = told("other.example", |server, material| material.shake_hands(server));
    assert_eq!(wrong_host, [2, 42]);
    let no_proof = told("device.example", |server, material| {
        server.say(&ENCRYPTED_EXTENSIONS);
        server.certificate(std::slice::from_ref(&material.leaf));
        server.finished();
    });
    assert_eq!(no_proof, [2, 10]);
    let later = told("device.example", |server, material| {
        material.shake_hands(server);
        server.listen();
        server.encrypted(HANDSHAKE, &ENCRYPTED_EXTENSIONS);
    });
    assert_eq!(later, [2, 10]);
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

/// All that an alert can be has a name or a number.
#[test]
fn each_alert_has_its_words() {
    let material = material();
    let page = material.meet(|server| server.encrypted(ALERT, &[2, 80]));
    let error = page.unwrap_err().to_string();
    assert_eq!(error, "server ended the TLS connection: internal_error (alert 80)");
    let page = material.meet(|server| server.encrypted(ALERT, &[2, 200]));
    assert_eq!(page.unwrap_err().to_string(), "server ended the TLS connection: alert 200");
    let page = material.meet(|server| server.encrypted(HANDSHAKE, &ENCRYPTED_EXTENSIONS));
    let Err(TlsError::Protocol(alert)) = page else { panic!("{page:?}") };
    assert_eq!(alert.name(), Some("unexpected_message"));
    let error = TlsError::Protocol(alert).to_string();
    assert_eq!(error, "server broke the rules of TLS 1.3: unexpected_message (alert 10)");
    let _: fn(Alert) -> Option<&'static str> = Alert::name;
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
