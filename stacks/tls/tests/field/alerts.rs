//! Alerts: what they say, to whom.

use std::sync::mpsc;
use std::time::Duration;

use nal_tls::{Alert, TlsError, Trust};

use crate::support::client::{Get, get};
use crate::support::hostile::{
    ENCRYPTED_EXTENSIONS, Hostile, read_record, serve, serve_raw, write_record,
};
use crate::support::pki::{LEAF, Leaf, Pki};
use crate::support::server::Server;
use crate::{ALERT, HANDSHAKE, Material, code, is_page, material};

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
