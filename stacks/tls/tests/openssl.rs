//! Handshakes with `openssl s_server`.

mod support;

use nal_tls::CertificateError::{self, *};
use nal_tls::{TlsError, Trust};
use sha2::{Digest, Sha256};
use support::client::{Get, Pc, TODAY, get};
use support::pki::{INTERMEDIATE, LEAF, Leaf, Pki, VALID};
use support::proxy::meddle;
use support::server::Server;

fn is_page(page: &Result<Vec<u8>, TlsError>) -> bool {
    page.as_ref().is_ok_and(|page| page.starts_with(b"HTTP/1.0 200 ok"))
}

fn refused(page: Result<Vec<u8>, TlsError>) -> CertificateError {
    match page {
        Err(TlsError::Certificate(error)) => error,
        other => panic!("not refused: {other:?}"),
    }
}

/// Serves a leaf below the CA of `pki`, and gets a page as the CA's client.
fn get_with(pki: &Pki, leaf: &Leaf<'_>, host: &str) -> Result<Vec<u8>, TlsError> {
    pki.issue(leaf);
    let chain = (leaf.issuer != "ca").then_some(leaf.issuer);
    let server = Server::openssl(pki, leaf.name, chain, &[]);
    let ca = pki.der("ca");
    get(server.address, &Get { host, ..Get::new(Trust::authorities(&[&ca])) })
}

#[test]
fn chains_that_lead_to_the_authority() {
    let pki = Pki::new("p256");
    pki.issue(&INTERMEDIATE);
    for issuer in ["ca", "intermediate"] {
        let page = get_with(&pki, &Leaf { issuer, ..LEAF }, "device.example");
        assert!(is_page(&page), "{issuer}: {page:?}");
    }
}

#[test]
fn hosts() {
    let pki = Pki::new("p256");
    let names = "DNS:device.example,DNS:*.wild.example,IP:127.0.0.1,IP:::1";
    pki.issue(&Leaf { names, ..LEAF });
    let server = Server::openssl(&pki, "leaf", None, &[]);
    let ca = pki.der("ca");
    for (host, is_right) in [
        ("device.example", true),
        ("DEVICE.example", true),
        ("device.example.", true),
        ("a.wild.example", true),
        ("127.0.0.1", true),
        ("::1", true),
        ("[::1]", true),
        ("example", false),
        ("other.example", false),
        ("a.device.example", false),
        ("wild.example", false),
        ("a.b.wild.example", false),
        ("127.0.0.2", false),
        ("::2", false),
    ] {
        let page = get(server.address, &Get { host, ..Get::new(Trust::authorities(&[&ca])) });
        if is_right {
            assert!(is_page(&page), "{host}: {page:?}");
        } else {
            assert_eq!(refused(page), WrongHost, "{host}");
        }
    }
    let page = get(server.address, &Get { host: "a_b c", ..Get::new(Trust::authorities(&[&ca])) });
    assert_eq!(page, Err(TlsError::Host));
}

#[test]
fn a_common_name_is_no_host() {
    let pki = Pki::new("p256");
    let leaf = Leaf { name: "device.example", names: "", ..LEAF };
    assert_eq!(refused(get_with(&pki, &leaf, "device.example")), WrongHost);
}

#[test]
fn dates() {
    let pki = Pki::new("p256");
    pki.issue(&INTERMEDIATE);
    pki.issue(&Leaf { name: "old", days: ("20200101000000Z", "20250101000000Z"), ..INTERMEDIATE });
    for (issuer, days, date, result) in [
        ("ca", ("20200101000000Z", "20250101000000Z"), Some(TODAY), Err(Expired)),
        ("ca", ("20300101000000Z", "20400101000000Z"), Some(TODAY), Err(NotYetValid)),
        ("ca", ("20300101000000Z", "20550101000000Z"), Some(TODAY), Err(NotYetValid)),
        ("ca", ("20200101000000Z", "20550101000000Z"), Some(TODAY), Ok(())),
        ("old", VALID, Some(TODAY), Err(Expired)),
        // Whoever does not know the date cannot look at dates.
        ("ca", ("20200101000000Z", "20250101000000Z"), None, Ok(())),
        ("ca", ("20300101000000Z", "20400101000000Z"), None, Ok(())),
        ("intermediate", ("20300101000000Z", "20400101000000Z"), None, Ok(())),
    ] {
        pki.issue(&Leaf { issuer, days, ..LEAF });
        let chain = (issuer != "ca").then_some(issuer);
        let server = Server::openssl(&pki, "leaf", chain, &[]);
        let ca = pki.der("ca");
        let platform = Pc { date };
        let page = get(server.address, &Get { platform, ..Get::new(Trust::authorities(&[&ca])) });
        match result {
            Ok(()) => assert!(is_page(&page), "{days:?} {date:?} {page:?}"),
            Err(error) => assert_eq!(refused(page), error, "{days:?} {date:?}"),
        }
    }
}

#[test]
fn unknown_authorities() {
    let pki = Pki::new("p256");
    pki.issue(&INTERMEDIATE);
    pki.issue(&Leaf { issuer: "intermediate", ..LEAF });
    pki.authority("other", "p256");
    let (ca, other) = (pki.der("ca"), pki.der("other"));
    // The same name with another key.
    let imitation = Pki::new("p256").der("ca");
    let whole = Server::openssl(&pki, "leaf", Some("intermediate"), &[]);
    // The certificate of the intermediate authority is missing.
    let broken = Server::openssl(&pki, "leaf", None, &[]);
    let pem = std::fs::read(pki.path("ca.pem")).unwrap();
    for (server, trust, result) in [
        (&whole, &[&other[..]][..], Err(UnknownIssuer)),
        (&whole, &[&other, &ca], Ok(())),
        (&whole, &[&ca, &other], Ok(())),
        (&whole, &[], Err(UnknownIssuer)),
        (&whole, &[&imitation], Err(WrongSignature)),
        (&whole, &[&pem], Err(Authority)),
        (&broken, &[&ca], Err(UnknownIssuer)),
        // The intermediate one may itself be trusted.
        (&broken, &[&pki.der("intermediate")], Ok(())),
    ] {
        let page = get(server.address, &Get::new(Trust::authorities(trust)));
        match result {
            Ok(()) => assert!(is_page(&page), "{page:?}"),
            Err(error) => assert_eq!(refused(page), error),
        }
    }
}

#[test]
fn pins() {
    let pki = Pki::new("p256");
    let (days, names) = (("20200101000000Z", "20210101000000Z"), "");
    for name in ["own", "other"] {
        pki.issue(&Leaf { name, issuer: name, days, names, extensions: "", ..LEAF });
    }
    let server = Server::openssl(&pki, "own", None, &[]);
    let hash = |bytes: &[u8]| <[u8; 32]>::from(Sha256::digest(bytes));
    let [own, other] =
        ["own", "other"].map(|name| (hash(&pki.der(name)), hash(&pki.public_key(name))));
    let get = |trust| get(server.address, &Get::new(trust));
    assert!(is_page(&get(Trust::certificate(own.0))));
    assert!(is_page(&get(Trust::key(own.1))));
    assert!(is_page(&get(Trust::any_server_even_an_impostor())));
    assert_eq!(refused(get(Trust::certificate(other.0))), NotPinned);
    assert_eq!(refused(get(Trust::key(other.1))), KeyNotPinned);
    // As an authority, it is the wrong kind of certificate.
    assert_eq!(refused(get(Trust::authorities(&[&pki.der("ca")]))), Expired);
}

#[test]
fn usages() {
    let pki = Pki::new("p256");
    for (extensions, result) in [
        ("", Ok(())),
        ("keyUsage=critical,digitalSignature", Ok(())),
        ("keyUsage=critical,keyEncipherment", Err(KeyUsage)),
        ("extendedKeyUsage=clientAuth,serverAuth", Ok(())),
        ("extendedKeyUsage=clientAuth", Err(NotForServers)),
        ("basicConstraints=critical,CA:TRUE", Err(AuthorityAsServer)),
        ("basicConstraints=CA:FALSE", Ok(())),
        ("1.2.3.4=critical,ASN1:NULL", Err(CriticalExtension)),
        ("1.2.3.4=ASN1:NULL", Ok(())),
    ] {
        let page = get_with(&pki, &Leaf { extensions, ..LEAF }, "device.example");
        match result {
            Ok(()) => assert!(is_page(&page), "{extensions} {page:?}"),
            Err(error) => assert_eq!(refused(page), error, "{extensions}"),
        }
    }
}

#[test]
fn issuers_that_must_not_issue() {
    for (extensions, result) in [
        ("basicConstraints=critical,CA:FALSE", NotAnAuthority),
        ("", NotAnAuthority),
        ("basicConstraints=critical,CA:TRUE\nkeyUsage=critical,digitalSignature", KeyUsage),
        (
            "basicConstraints=critical,CA:TRUE\nnameConstraints=permitted;DNS:other.example",
            NameConstraint,
        ),
        ("basicConstraints=critical,CA:TRUE\nextendedKeyUsage=clientAuth", NotForServers),
    ] {
        let pki = Pki::new("p256");
        pki.issue(&Leaf { extensions, ..INTERMEDIATE });
        let leaf = Leaf { issuer: "intermediate", ..LEAF };
        assert_eq!(refused(get_with(&pki, &leaf, "device.example")), result, "{extensions}");
    }
    // One too deep below an authority that limits the depth.
    let pki = Pki::new("p256");
    let limited = "basicConstraints=critical,CA:TRUE,pathlen:0";
    pki.issue(&Leaf { name: "upper", extensions: limited, ..INTERMEDIATE });
    pki.issue(&Leaf { issuer: "upper", ..INTERMEDIATE });
    pki.bundle("both.pem", &["intermediate", "upper"]);
    pki.issue(&Leaf { issuer: "intermediate", ..LEAF });
    let server = Server::openssl(&pki, "leaf", Some("both"), &[]);
    let ca = pki.der("ca");
    let page = get(server.address, &Get::new(Trust::authorities(&[&ca])));
    assert_eq!(refused(page), NotAnAuthority);
}

#[test]
fn kinds_of_keys() {
    let p384 = cfg!(feature = "p384");
    let rsa = cfg!(feature = "rsa");
    let ed25519 = cfg!(feature = "ed25519");
    for (ca, leaf, is_supported) in [
        ("p256", "p256", true),
        ("p384", "p256", p384),
        ("p256", "p384", p384),
        ("p384", "p384", p384),
        ("rsa2048", "p256", rsa),
        ("rsa4096", "rsa2048", rsa),
        ("rsa3072", "rsa3072", rsa),
        ("p256", "rsa4096", rsa),
        ("ed25519", "ed25519", ed25519),
        ("ed25519", "p256", ed25519),
        ("p256", "p521", false),
    ] {
        let pki = Pki::new(ca);
        let page = get_with(&pki, &Leaf { key: leaf, ..LEAF }, "device.example");
        if is_supported {
            assert!(is_page(&page), "{ca} {leaf}: {page:?}");
        } else if leaf != "p256" {
            // Nothing that the client offers is of use to the server.
            assert_eq!(page.map_err(alert), Err(Some(40)), "{ca} {leaf}");
        } else {
            assert_eq!(refused(page), Unsupported, "{ca} {leaf}");
        }
    }
}

fn alert(error: TlsError) -> Option<u8> {
    match error {
        TlsError::Alert(alert) => Some(alert.code()),
        _ => None,
    }
}

#[test]
fn servers_that_are_no_match() {
    let pki = Pki::new("p256");
    pki.issue(&LEAF);
    let trust = Trust::authorities(&[]);
    for (more, code) in
        [(&["-no_tls1_3"][..], 70), (&["-ciphersuites", "TLS_CHACHA20_POLY1305_SHA256"], 40)]
    {
        let server = Server::openssl(&pki, "leaf", None, more);
        assert_eq!(
            get(server.address, &Get::new(trust)).map_err(alert),
            Err(Some(code)),
            "{more:?}"
        );
    }
    let server = Server::openssl(&pki, "leaf", None, &["-groups", "P-384"]);
    assert_eq!(get(server.address, &Get::new(trust)).map_err(alert), Err(Some(40)));
}

#[test]
fn servers_with_wishes() {
    let pki = Pki::new("p256");
    pki.issue(&LEAF);
    let ca = pki.der("ca");
    for more in [
        &["-verify", "1"][..],
        &["-ciphersuites", "TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256"],
        &["-num_tickets", "4"],
        &["-record_padding", "512"],
    ] {
        let server = Server::openssl(&pki, "leaf", None, more);
        let page = get(server.address, &Get::new(Trust::authorities(&[&ca])));
        assert!(is_page(&page), "{more:?}: {page:?}");
    }
    // One that insists on a certificate of the client.
    let server = Server::openssl(&pki, "leaf", None, &["-Verify", "1"]);
    let page = get(server.address, &Get::new(Trust::authorities(&[&ca])));
    assert_eq!(page.map_err(alert), Err(Some(116)));
}

#[test]
fn small_memories() {
    let pki = Pki::new("p256");
    pki.issue(&LEAF);
    let server = Server::openssl(&pki, "leaf", None, &[]);
    let ca = pki.der("ca");
    for receive in [16_640, 5000, 4352, 2304, 1280, 768] {
        let page = get(server.address, &Get { receive, ..Get::new(Trust::authorities(&[&ca])) });
        assert!(is_page(&page), "{receive}: {page:?}");
    }
}

#[test]
fn somebody_on_the_way() {
    const CLOSE_NOTIFY: usize = 5 + 1 + 2 + 16;
    let pki = Pki::new("p256");
    pki.issue(&LEAF);
    let server = Server::openssl(&pki, "leaf", None, &[]);
    let ca = pki.der("ca");
    let get = |meddler| get(meddle(server.address, meddler), &Get::new(Trust::authorities(&[&ca])));
    assert!(is_page(&get(|_, record| Some(record))));
    // The end is cut off.
    let page = get(|count, record| (count < 3 || record.len() > CLOSE_NOTIFY).then_some(record));
    assert_eq!(page, Err(TlsError::Truncated));
    // The end is imitated.
    let page = get(|count, record| {
        let is_end = count > 3 && record.len() == CLOSE_NOTIFY;
        Some(if is_end { vec![21, 3, 3, 0, 2, 1, 0] } else { record })
    });
    assert_eq!(page, Err(TlsError::NotEncrypted));
    // A handshake message is put in.
    let page = get(|count, record| {
        let is_end = count > 3 && record.len() == CLOSE_NOTIFY;
        Some(if is_end { vec![22, 3, 3, 0, 6, 8, 0, 0, 2, 0, 0] } else { record })
    });
    assert_eq!(page, Err(TlsError::NotEncrypted));
    // A bit is changed, in the handshake and behind it.
    let page = get(|count, mut record| {
        if count == 3 {
            *record.last_mut().unwrap() ^= 1;
        }
        Some(record)
    });
    assert_eq!(page, Err(TlsError::NotAuthentic));
    let page = get(|_, mut record| {
        if record.len() > 3000 {
            record[100] ^= 1;
        }
        Some(record)
    });
    assert_eq!(page, Err(TlsError::NotAuthentic));
    // The connection ends in the handshake.
    for (last, error) in
        [(0, TlsError::ClosedInHandshake), (1, TlsError::Truncated), (3, TlsError::Truncated)]
    {
        let page = match last {
            0 => get(|_, _| None),
            1 => get(|count, record| (count < 1).then_some(record)),
            _ => get(|count, record| (count < 3).then_some(record)),
        };
        assert_eq!(page, Err(error), "{last}");
    }
    // No TLS at all.
    let page = get(|_, _| Some(b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec()));
    assert_eq!(page, Err(TlsError::NotTls));
}
