//! Extras over a stack that hesitates or breaks at any call, and calls that are left.

use std::net::{IpAddr, Ipv4Addr};

use nal_http::client::{Error, ErrorOf, Request, ResponseError};
use nal_http::testing::{Call, Fault, FaultStack, ScriptStack, Step};
use nal_http::wire::Method;

use super::{Token, URL};

/// A challenge, a redirect to a name of its own and a body in chunks: three connections.
fn long_way(stack: &mut ScriptStack) {
    let answers = [
        "HTTP/1.1 401 No\r\nContent-Length: 2\r\n\r\nno",
        "HTTP/1.1 302 Found\r\nLocation: http://other.local/there\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\ndo\r\n2\r\nne\r\n0\r\n\r\n",
    ];
    for answer in answers {
        stack.answers([answer.into(), Step::Close]);
    }
    for (last, name) in [(1, "board.local"), (2, "other.local")] {
        stack.resolves(name, IpAddr::V4(Ipv4Addr::new(10, 0, 0, last)));
    }
}

const CALLS: [Call; 5] = [Call::Resolve, Call::Socket, Call::Connect, Call::Send, Call::Receive];

fn walk(stack: &mut FaultStack<ScriptStack>) -> Result<String, ErrorOf<FaultStack<ScriptStack>>> {
    let token = Token::new(2);
    let request = Request::new(Method::GET, URL).with(&token);
    let mut buffer = [0; 512];
    let mut call = request.start(&mut buffer).unwrap();
    let mut now = 0;
    nb::block!({
        now += 100;
        call.collect(stack, now)
    })?;
    Ok(call.text().unwrap().into())
}

#[test]
fn each_step_may_block_or_fail() {
    let stack = || {
        let mut stack = ScriptStack::new();
        long_way(&mut stack);
        FaultStack::new(stack)
    };
    let mut slow = stack().at_most(1).would_block_every_other();
    assert_eq!(walk(&mut slow).as_deref(), Ok("done"));
    assert_eq!(slow.open_sockets(), 0);

    let mut smooth = stack();
    assert_eq!(walk(&mut smooth).as_deref(), Ok("done"));
    for call in CALLS {
        for n in 0..smooth.calls(call) {
            let mut late = stack().once(call, n, Fault::WouldBlock);
            // A stack without a socket cannot wait for one.
            let is_fine = call != Call::Socket;
            assert_eq!(walk(&mut late).is_ok(), is_fine, "{call:?} {n}");
            assert_eq!(late.open_sockets(), 0, "{call:?} {n}");
            for fault in [Fault::Reset, Fault::PipeClosed, Fault::Zero] {
                let mut broken = stack().from(call, n, fault);
                let result = walk(&mut broken);
                assert_eq!(broken.open_sockets(), 0, "{call:?} {n} {fault:?}");
                let is_end = fault == Fault::Zero && !matches!(call, Call::Send | Call::Receive);
                // A server that has closed may have answered: then that is the response.
                let may_answer = call == Call::Send || call == Call::Receive;
                assert!(
                    is_end == result.is_ok() || may_answer,
                    "{call:?} {n} {fault:?} {result:?}"
                );
            }
        }
    }
}

#[test]
fn it_can_be_left_at_each_step() {
    for polls in 0.. {
        let mut script = ScriptStack::new();
        long_way(&mut script);
        let mut stack = FaultStack::new(script).at_most(7).would_block_every_other();
        let token = Token::new(2);
        let request = Request::new(Method::GET, URL).with(&token);
        let mut buffer = [0; 512];
        let mut call = request.start(&mut buffer).unwrap();
        let is_done = (0..polls).any(|now| call.collect(&mut stack, now).is_ok());
        call.close(&mut stack);
        assert_eq!(stack.open_sockets(), 0, "{polls}");
        let over = call.read(&mut stack, 0, &mut [0]);
        if is_done {
            assert!(polls > 50);
            break;
        }
        assert_eq!(over, Err(nb::Error::Other(Error::Response(ResponseError::Over))), "{polls}");
    }
}
