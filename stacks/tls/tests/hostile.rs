//! Servers that cheat in the handshake, or behind it.

mod support;

use std::sync::OnceLock;

use nal_tls::CertificateError::{self, *};
use nal_tls::{TlsError, Trust};
use support::client::{Get, get};
use support::hostile::{
    ENCRYPTED_EXTENSIONS, Hostile, P256_SHA256, certificate, message, serve, server_hello,
};
use support::pki::{INTERMEDIATE, LEAF, Leaf, Pki};

const ALERT: u8 = 21;
const HANDSHAKE: u8 = 22;
const DATA: u8 = 23;

struct Material {
    ca: Vec<u8>,
    leaf: Vec<u8>,
    key: Vec<u8>,
    other_key: Vec<u8>,
}

fn material() -> &'static Material {
    static MATERIAL: OnceLock<Material> = OnceLock::new();
    MATERIAL.get_or_init(|| {
        let pki = Pki::new("p256");
        pki.issue(&LEAF);
        pki.issue(&Leaf { name: "other", ..LEAF });
        Material {
            ca: pki.der("ca"),
            leaf: pki.der("leaf"),
            key: pki.private_key("leaf"),
            other_key: pki.private_key("other"),
        }
    })
}

fn meet(script: impl FnOnce(&mut Hostile) + Send + 'static) -> Result<Vec<u8>, TlsError> {
    let ca = &material().ca;
    get(serve(script), &Get::new(Trust::authorities(&[ca])))
}

/// An honest handshake.
fn handshake(server: &mut Hostile) {
    server.say(&ENCRYPTED_EXTENSIONS);
    server.certificate(&[material().leaf.clone()]);
    server.proof(&material().key, P256_SHA256);
    server.finished();
    server.listen();
}

fn honest(server: &mut Hostile) {
    handshake(server);
    server.encrypted(DATA, b"hello");
    server.encrypted(ALERT, &[1, 0]);
}

#[test]
fn an_honest_one_is_heard() {
    assert_eq!(meet(honest), Ok(b"hello".to_vec()));
}

/// What the client says about a server that breaks the rules.
fn protocol(code: u8) -> impl Fn(&Result<Vec<u8>, TlsError>) -> bool {
    move |result| matches!(result, Err(TlsError::Protocol(alert)) if alert.code() == code)
}

const UNEXPECTED_MESSAGE: u8 = 10;
const ILLEGAL_PARAMETER: u8 = 47;
const DECODE_ERROR: u8 = 50;
const UNSUPPORTED_EXTENSION: u8 = 110;

#[test]
fn proofs_that_are_none() {
    type Script = fn(&mut Hostile);
    let scripts: &[(&str, Script, CertificateError)] = &[
        ("no certificate, no proof", |_| {}, Missing),
        ("an empty list", |server| server.certificate(&[]), Missing),
        ("no proof", |server| server.certificate(&[material().leaf.clone()]), NoProof),
        (
            "another key",
            |server| {
                server.certificate(&[material().leaf.clone()]);
                server.proof(&material().other_key, P256_SHA256);
            },
            WrongProof,
        ),
        (
            "another transcript",
            |server| {
                server.certificate(&[material().leaf.clone()]);
                let mut content = vec![b' '; 64];
                content.extend(b"TLS 1.3, server CertificateVerify\0");
                content.extend([0; 32]);
                server.proof_over(&material().key, P256_SHA256, &content);
            },
            WrongProof,
        ),
        (
            "another role",
            |server| {
                server.certificate(&[material().leaf.clone()]);
                server.proof_over(
                    &material().key,
                    P256_SHA256,
                    b"TLS 1.3, client CertificateVerify\0",
                );
            },
            WrongProof,
        ),
        (
            "another scheme",
            |server| {
                server.certificate(&[material().leaf.clone()]);
                server.proof(&material().key, 0x0804);
            },
            Unsupported,
        ),
        (
            "a scheme of TLS 1.2",
            |server| {
                server.certificate(&[material().leaf.clone()]);
                server.proof(&material().key, 0x0401);
            },
            Unsupported,
        ),
        (
            "no certificate but bytes",
            |server| server.certificate(&[vec![0x30, 3, 1, 2, 3]]),
            Malformed,
        ),
        ("not even that", |server| server.certificate(&[vec![]]), Malformed),
    ];
    for (case, script, error) in scripts.iter().copied() {
        let result = meet(move |server| {
            server.say(&ENCRYPTED_EXTENSIONS);
            script(server);
            server.finished();
            server.encrypted(DATA, b"hello");
            server.encrypted(ALERT, &[1, 0]);
        });
        assert_eq!(result, Err(TlsError::Certificate(error)), "{case}");
    }
}

/// Each message has its place, and what was not asked for is refused (RFC 8446 sections 4 and 4.2).
#[test]
fn handshakes_that_break_the_rules() {
    type Script = fn(&mut Hostile);
    let certificate = |server: &mut Hostile| server.certificate(&[material().leaf.clone()]);
    let scripts: &[(&str, Script, u8)] = &[
        ("no extensions", certificate, UNEXPECTED_MESSAGE),
        (
            "a proof of nothing",
            |server| {
                server.say(&ENCRYPTED_EXTENSIONS);
                server.proof(&material().key, P256_SHA256);
            },
            UNEXPECTED_MESSAGE,
        ),
        (
            "two certificates",
            |server| {
                server.say(&ENCRYPTED_EXTENSIONS);
                server.certificate(&[material().leaf.clone()]);
                server.certificate(&[material().leaf.clone()]);
            },
            UNEXPECTED_MESSAGE,
        ),
        (
            "a certificate behind the proof",
            |server| {
                server.say(&ENCRYPTED_EXTENSIONS);
                server.certificate(&[material().leaf.clone()]);
                server.proof(&material().key, P256_SHA256);
                server.certificate(&[material().leaf.clone()]);
            },
            UNEXPECTED_MESSAGE,
        ),
        (
            "a key update",
            |server| {
                server.say(&ENCRYPTED_EXTENSIONS);
                server.say(&[24, 0, 0, 1, 0]);
            },
            UNEXPECTED_MESSAGE,
        ),
        ("an empty message", |server| server.encrypted(HANDSHAKE, &[]), UNEXPECTED_MESSAGE),
        ("data", |server| server.encrypted(DATA, b"hello"), UNEXPECTED_MESSAGE),
        ("another hello", |server| server.say(&server_hello([9; 32], &[])), UNEXPECTED_MESSAGE),
        (
            "a protocol that was not asked for",
            |server| server.say(&message(8, &[0, 9, 0, 16, 0, 5, 0, 3, 2, b'h', b'2'])),
            UNSUPPORTED_EXTENSION,
        ),
        (
            "a length that was not asked for",
            |server| server.say(&message(8, &[0, 5, 0, 1, 0, 1, 1])),
            UNSUPPORTED_EXTENSION,
        ),
        ("extensions cut off", |server| server.say(&message(8, &[0, 9, 0, 16])), DECODE_ERROR),
        ("bytes behind them", |server| server.say(&message(8, &[0, 0, 0])), DECODE_ERROR),
        (
            "a certificate for a question",
            |server| {
                server.say(&ENCRYPTED_EXTENSIONS);
                server.say(&message(11, &[1, 7, 0, 0, 0]));
            },
            ILLEGAL_PARAMETER,
        ),
        (
            "a certificate with an extension",
            |server| {
                server.say(&ENCRYPTED_EXTENSIONS);
                server.say(&message(11, &[0, 0, 0, 10, 0, 0, 1, 7, 0, 4, 0, 5, 0, 0]));
            },
            UNSUPPORTED_EXTENSION,
        ),
    ];
    for (case, script, code) in scripts.iter().copied() {
        let result = meet(move |server| {
            script(server);
            server.finished();
        });
        assert!(protocol(code)(&result), "{case}: {result:?}");
    }
}

#[test]
fn more_certificates_than_needed_do_no_harm() {
    let result = meet(|server| {
        server.say(&ENCRYPTED_EXTENSIONS);
        let mut chain = vec![material().leaf.clone(), vec![1, 2, 3], material().leaf.clone()];
        chain.resize(16, material().ca.clone());
        server.certificate(&chain);
        server.proof(&material().key, P256_SHA256);
        server.finished();
        server.listen();
        server.encrypted(DATA, b"hello");
        server.encrypted(ALERT, &[1, 0]);
    });
    assert_eq!(result, Ok(b"hello".to_vec()));
}

/// A chain that is made to cost time or stack: each certificate leads to the next.
#[test]
fn chains_that_are_too_long() {
    let pki = Pki::new("p256");
    let names = ["i1", "i2", "i3", "i4", "i5"];
    let mut issuer = "ca";
    for name in names {
        pki.issue(&Leaf { name, issuer, ..INTERMEDIATE });
        issuer = name;
    }
    let ca = pki.der("ca");
    for length in [4, 5] {
        pki.issue(&Leaf { issuer: names[length - 1], ..LEAF });
        let mut chain = vec![pki.der("leaf")];
        chain.extend(names[..length].iter().rev().map(|name| pki.der(name)));
        let key = pki.private_key("leaf");
        let address = serve(move |server| {
            server.say(&ENCRYPTED_EXTENSIONS);
            server.certificate(&chain);
            server.proof(&key, P256_SHA256);
            server.finished();
            server.listen();
            server.encrypted(ALERT, &[1, 0]);
        });
        let result = get(address, &Get::new(Trust::authorities(&[&ca])));
        let expected = if length < 5 { Ok(vec![]) } else { Err(TlsError::Certificate(TooComplex)) };
        assert_eq!(result, expected, "{length}");
    }
}

#[test]
fn messages_out_of_place() {
    type Script = fn(&mut Hostile);
    let scripts: &[(&str, Script, TlsError)] = &[
        ("nothing inside", |server| server.sealed(&[]), TlsError::NotTls),
        ("a plain alert", |server| server.plain(ALERT, &[1, 0]), TlsError::NotEncrypted),
        (
            "a plain message",
            |server| server.plain(HANDSHAKE, &ENCRYPTED_EXTENSIONS),
            TlsError::NotEncrypted,
        ),
        ("plain data", |server| server.plain(DATA, b"hello"), TlsError::NotTls),
        ("more plain data", |server| server.plain(DATA, &[b' '; 90]), TlsError::NotAuthentic),
        ("a change of ciphers", |server| server.plain(20, &[1]), TlsError::NotEncrypted),
        ("no end", |_| {}, TlsError::Truncated),
        ("a half message", |server| server.encrypted(HANDSHAKE, &[4, 0, 0]), TlsError::Truncated),
    ];
    for (case, script, error) in scripts.iter().copied() {
        let result = meet(move |server| {
            handshake(server);
            server.encrypted(DATA, b"hello");
            script(server);
        });
        assert_eq!(result, Err(error), "{case}");
    }
    let rules: &[(&str, Script, u8)] = &[
        ("only padding", |server| server.sealed(&[0; 40]), UNEXPECTED_MESSAGE),
        ("an unknown type", |server| server.encrypted(99, b"hello"), UNEXPECTED_MESSAGE),
        ("an empty message", |server| server.encrypted(HANDSHAKE, &[]), UNEXPECTED_MESSAGE),
        ("a half alert", |server| server.encrypted(ALERT, &[2]), DECODE_ERROR),
        ("an alert and a half", |server| server.encrypted(ALERT, &[2, 40, 2]), DECODE_ERROR),
        (
            "a message of the handshake",
            |server| server.encrypted(HANDSHAKE, &ENCRYPTED_EXTENSIONS),
            UNEXPECTED_MESSAGE,
        ),
        (
            "a certificate that is asked for later",
            |server| server.encrypted(HANDSHAKE, &message(13, &[0, 0, 0])),
            UNEXPECTED_MESSAGE,
        ),
        (
            "a half message and data",
            |server| {
                server.encrypted(HANDSHAKE, &[4, 0, 0, 9, 0]);
                server.encrypted(DATA, b"hello");
            },
            UNEXPECTED_MESSAGE,
        ),
        (
            "a key update with another message",
            |server| server.encrypted(HANDSHAKE, &[24, 0, 0, 1, 0, 4, 0, 0, 0]),
            UNEXPECTED_MESSAGE,
        ),
        (
            "a key update that asks for who knows what",
            |server| server.encrypted(HANDSHAKE, &[24, 0, 0, 1, 2]),
            ILLEGAL_PARAMETER,
        ),
        (
            "a key update that is too long",
            |server| server.encrypted(HANDSHAKE, &[24, 0, 0, 2, 0, 0]),
            DECODE_ERROR,
        ),
    ];
    for (case, script, code) in rules.iter().copied() {
        let result = meet(move |server| {
            handshake(server);
            server.encrypted(DATA, b"hello");
            script(server);
        });
        assert!(protocol(code)(&result), "{case}: {result:?}");
    }
    for (case, script) in
        scripts.iter().map(|row| (row.0, row.1)).chain(rules.iter().map(|row| (row.0, row.1)))
    {
        if case == "no end" || case == "a change of ciphers" {
            continue;
        }
        // Before the proof, each is an error too, and none a panic.
        let result = meet(move |server| {
            script(server);
            handshake(server);
        });
        assert!(result.is_err(), "{case}");
    }
}

#[test]
fn empty_records_and_tickets_are_passed_over() {
    let result = meet(|server| {
        handshake(server);
        for _ in 0..3 {
            server.encrypted(DATA, b"");
            server.encrypted(HANDSHAKE, &message(4, &[0, 0, 0, 9, 0, 0, 0, 1, 0, 0, 1, 5, 0, 0]));
        }
        server.sealed(&[b"hello", &[DATA][..], &[0; 300]].concat());
        server.encrypted(ALERT, &[1, 0]);
    });
    assert_eq!(result, Ok(b"hello".to_vec()));
}

#[test]
fn a_record_that_does_not_fit() {
    let ca = &material().ca;
    let address = serve(|server| {
        handshake(server);
        server.encrypted(DATA, &[b' '; 2000]);
    });
    let result = get(address, &Get { receive: 1280, ..Get::new(Trust::authorities(&[ca])) });
    assert_eq!(result, Err(TlsError::RecordTooLong { have: 1280, need: 2017 }));
}

/// Numbers that are the same in each run.
struct Noise(u64);

impl Noise {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % limit
    }

    fn byte(&mut self) -> u8 {
        self.below(256).try_into().unwrap()
    }
}

#[test]
fn noise_before_the_proof_is_an_error_and_no_panic() {
    let mut noise = Noise(0x2545_f491_4f6c_dd1d);
    for _ in 0..400 {
        let mut content = match noise.below(4) {
            0 => certificate(&[material().leaf.clone()]),
            1 => message(13, &[0, 0, 8, 0, 13, 0, 4, 0, 2, 4, 3]),
            2 => message(8, &[0, 12, 0, 0, 0, 0, 0, 1, 0, 1, 4, 0, 16, 0, 0]),
            _ => {
                let kind = [1, 2, 4, 5, 8, 11, 13, 15, 20, 24, 254][noise.below(11)];
                let body: Vec<u8> = (0..noise.below(80)).map(|_| noise.byte()).collect();
                message(kind, &body)
            }
        };
        for _ in 0..noise.below(4) {
            let at = noise.below(content.len());
            content[at] = noise.byte();
        }
        content.truncate(1 + noise.below(2 * content.len()));
        let kind = if noise.below(8) == 0 { noise.byte() } else { HANDSHAKE };
        let shown = content.clone();
        let result = meet(move |server| {
            if kind == HANDSHAKE {
                server.say(&content);
            } else {
                server.encrypted(kind, &content);
            }
            server.finished();
            server.encrypted(ALERT, &[1, 0]);
        });
        assert!(result.is_err(), "{kind} {shown:?}");
    }
}
