//! Which of a host's addresses the client connects to.

use std::net::IpAddr;

use nal_http::client::{Client, Error, ErrorOf};
use nal_http::testing::{Call, Fault, FaultError, FaultStack, ScriptError, ScriptStack, Ticks};

const V4: &str = "192.168.0.9";
const V6: &str = "fe80::9";

/// A host with these addresses; and a server that can be connected to at all but the first `failures` times.
fn get(
    addresses: &[&str],
    failures: usize,
) -> (Result<u16, ErrorOf<FaultStack<ScriptStack>>>, Vec<String>) {
    let mut script = ScriptStack::new();
    script.resolves("another.host", V4.parse().unwrap());
    for address in addresses {
        script.resolves("board.local", address.parse::<IpAddr>().unwrap());
    }
    for _ in 0..3 {
        script.answers([b"HTTP/1.1 204 No Content\r\n\r\n".into()]);
    }
    let mut stack = FaultStack::new(script);
    for n in 0..failures {
        stack = stack.once(Call::Connect, n, Fault::Reset);
    }
    let result = send(&mut stack, "http://board.local/");
    assert_eq!(stack.open_sockets(), 0);
    let remotes = (0..3).filter_map(|socket| stack.inner().remote(socket));
    (result, remotes.map(|remote| remote.ip().to_string()).collect())
}

fn send(
    stack: &mut FaultStack<ScriptStack>,
    url: &str,
) -> Result<u16, ErrorOf<FaultStack<ScriptStack>>> {
    let mut buffer = [0; 256];
    let mut client = Client::new(stack, Ticks::every(1));
    let response = client.get(url).send(&mut buffer);
    response.map(|response| response.status_code())
}

#[test]
fn the_other_address_is_tried_when_the_first_cannot_be_connected_to() {
    for [first, second] in [[V6, V4], [V4, V6]] {
        let both = [first, second];
        assert_eq!(get(&both, 0).0, Ok(204));
        let (result, connected) = get(&both, 1);
        assert_eq!(result, Ok(204), "{both:?}");
        assert_eq!(connected.last().map(String::as_str), Some(second));
        assert!(matches!(get(&both, 2).0, Err(Error::Connect(_))), "{both:?}");
    }
}

#[test]
fn a_host_with_one_address_is_told_by_its_own_error() {
    for address in [V4, V6] {
        // Not that of the name server, which has no other address.
        assert!(matches!(get(&[address], 2).0, Err(Error::Connect(_))), "{address}");
    }
}

#[test]
fn the_name_server_may_hesitate_with_the_other_address() {
    let mut script = ScriptStack::new();
    script.resolves("board.local", V6.parse().unwrap());
    script.resolves("board.local", V4.parse().unwrap());
    script.answers([b"HTTP/1.1 204 No Content\r\n\r\n".into()]);
    let stack = FaultStack::new(script).once(Call::Connect, 0, Fault::Reset);
    let mut stack = stack.every_other(Call::Resolve, Fault::WouldBlock);
    assert_eq!(send(&mut stack, "http://board.local/"), Ok(204));
}

#[test]
fn a_literal_never_asks_the_name_server_and_has_no_other_address() {
    for url in ["http://192.168.0.9/", "http://[fe80::9]/"] {
        let mut script = ScriptStack::new();
        script.answers([b"HTTP/1.1 204 No Content\r\n\r\n".into()]);
        let mut stack = FaultStack::new(script).from(Call::Resolve, 0, Fault::Reset);
        assert_eq!(send(&mut stack, url), Ok(204));
        let refused = Err(Error::Connect(FaultError::Stack(ScriptError::Refused)));
        assert_eq!(send(&mut stack, url), refused, "no answer is left");
        assert_eq!(stack.inner().remote(2), None, "it was tried once");
    }
}
