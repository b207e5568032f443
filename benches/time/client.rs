//! Our client.

use nal_http::client::Request;
use nal_http::testing::TestServer;
use nal_http::wire::Method;

use super::URL;

/// A GET with a buffer of 512 bytes, its body in pieces of 2 KiB.
pub fn get(arriving: &[u8]) -> usize {
    let mut server = TestServer::new(|request: &[u8]| {
        divan::black_box(request);
        arriving
    });
    let mut buffer = [0; 512];
    let request = Request::new(Method::GET, URL);
    let mut call = request.start(&mut buffer).expect("a request");
    let (mut piece, mut length) = ([0; 2048], 0);
    loop {
        match call.read(&mut server, 0, &mut piece).expect("a response") {
            0 => break,
            n => length += n,
        }
    }
    assert_eq!(call.status_code(), 200);
    length
}
