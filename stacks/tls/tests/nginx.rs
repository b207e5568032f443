//! Pages of nginx, through a chain with an intermediate authority.

mod support;

use nal_tls::{CertificateError, TlsError, Trust};
use support::client::{Get, get};
use support::pki::{INTERMEDIATE, LEAF, Leaf, Pki};
use support::server::Server;

#[test]
fn pages_small_and_large() {
    let pki = Pki::new("p256");
    pki.issue(&INTERMEDIATE);
    pki.issue(&Leaf { issuer: "intermediate", ..LEAF });
    let ca = pki.der("ca");
    let authorities = [&ca[..]];
    let trusting = Get::new(Trust::authorities(&authorities));
    for length in [0, 10, 100_000] {
        let server = Server::nginx(&pki, "leaf", &["intermediate"], length);
        for receive in [16_640, 4352, 2304, 1280] {
            let page = get(server.address, &Get { receive, ..trusting });
            let page = page.unwrap();
            let body = page.windows(4).position(|four| four == b"\r\n\r\n").unwrap() + 4;
            assert_eq!(page[body..], vec![b'n'; length], "{length} {receive}");
        }
        let page = get(server.address, &Get { host: "other.example", ..trusting });
        assert_eq!(page, Err(TlsError::Certificate(CertificateError::WrongHost)));
        // The certificates are too long for this memory, and what is said to be enough is enough.
        let page = get(server.address, &Get { receive: 768, ..trusting });
        let Err(TlsError::MessageTooLong { have: 768, need }) = page else { panic!("{page:?}") };
        assert!(get(server.address, &Get { receive: need, ..trusting }).is_ok(), "{need}");
    }
}
