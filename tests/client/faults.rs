//! A stack that hesitates, splits, is silent or breaks at any call.

use nal_http::client::{Client, Error, Phase, RequestError};
use nal_http::net::Timeouts;
use nal_http::testing::{self, Fault, FaultStack, ScriptError, ScriptStack, Step, Ticks};

use super::{URL, get};

/// A POST whose form is longer than the buffer, over a stack with these faults.
fn post(
    faults: impl Fn(FaultStack<ScriptStack>) -> FaultStack<ScriptStack>,
) -> (Result<String, String>, String) {
    post_to(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", faults)
}

fn post_to(
    answer: &[u8],
    faults: impl Fn(FaultStack<ScriptStack>) -> FaultStack<ScriptStack>,
) -> (Result<String, String>, String) {
    let long = "光".repeat(100);
    let mut inner = ScriptStack::new();
    inner.answers([answer.into()]);
    let mut stack = faults(FaultStack::new(inner));
    let mut buffer = [0; 207];
    let result = (|| {
        let mut client = Client::new(&mut stack, Ticks::every(1)).timeouts(Timeouts::each(50));
        let mut response = client
            .post(URL)
            .form(&[("a", &long), ("b", "2")])
            .send(&mut buffer)
            .map_err(|error| error.to_string())?;
        response.text().map(str::to_owned).map_err(|error| error.to_string())
    })();
    assert_eq!(stack.open_sockets(), 0, "{result:?}");
    (result, String::from_utf8_lossy(stack.inner().sent(0)).into_owned())
}

#[test]
fn a_hesitating_stack_changes_nothing() {
    use testing::Call::{Connect, Receive, Resolve, Send};
    let (result, sent) = post(|stack| stack);
    assert_eq!(result.as_deref(), Ok("hello"));
    assert!(sent.contains("Content-Length: 906\r\n"), "{sent}");
    assert!(sent.ends_with("%E5%85%89&b=2"), "{sent}");
    for limit in [1, 2, 7, 1000] {
        for call in [Resolve, Connect, Send, Receive] {
            for fault in [Fault::WouldBlock, Fault::Zero] {
                if fault == Fault::Zero && call == Receive {
                    continue; // that is the end, not a pause
                }
                let disturbed = post(|stack| stack.at_most(limit).every_other(call, fault));
                let expected = (Ok("hello".to_owned()), sent.clone());
                if fault == Fault::WouldBlock || call == Send {
                    assert_eq!(disturbed, expected, "{call:?} {fault:?} {limit}");
                }
            }
        }
    }
}

#[test]
fn a_stack_that_breaks_at_any_call_is_an_error_and_leaves_no_socket() {
    use testing::Call::{Connect, Receive, Resolve, Send, Socket};
    for n in [0, 1, 2, 50, 100, 300] {
        // A server that has answered is heard all the same: see `tests/field/early_answers.rs`.
        let (result, _) = post_to(b"", |stack| stack.at_most(3).once(Send, n, Fault::Reset));
        let error = result.unwrap_err();
        assert!(error.starts_with("connection broke while sending: "), "{error}");
    }
    for call in [Resolve, Socket, Connect, Receive] {
        for n in 0..2000 {
            let mut reached = false;
            let (result, _) = post(|stack| match call {
                // Another address may be tried.
                Connect => stack.from(call, n, Fault::Reset),
                _ => stack.at_most(3).once(call, n, Fault::Reset),
            });
            if let Err(error) = result {
                reached = true;
                let sentence = match call {
                    Resolve => "cannot find the host: ",
                    Socket => "cannot open a socket: ",
                    Connect => "cannot connect: ",
                    _ => "connection broke while receiving: ",
                };
                assert!(error.starts_with(sentence), "{error}");
            }
            if !reached {
                assert!(n > 0, "{call:?} is never made");
                break;
            }
        }
    }
}

#[test]
fn a_stack_that_closes_at_any_receive_is_an_error_or_the_end() {
    for n in 0..200 {
        for fault in [Fault::Zero, Fault::PipeClosed] {
            let (result, _) = post(|stack| stack.at_most(1).from(testing::Call::Receive, n, fault));
            let Err(error) = result else {
                assert!(n > 40, "complete after {n} bytes");
                continue;
            };
            assert!(error.starts_with("connection closed before"), "{error}");
        }
    }
}

#[test]
fn silence_times_out_in_each_phase() {
    use testing::Call::{Connect, Resolve, Send};
    for (call, phase) in
        [(Resolve, "connecting"), (Connect, "connecting"), (Send, "sending the request")]
    {
        let (result, _) = post_to(b"", |stack| stack.from(call, 0, Fault::WouldBlock));
        assert_eq!(result, Err(format!("timed out {phase}")));
    }
    let silent = |steps: Vec<Step>| {
        let mut stack = ScriptStack::new();
        stack.answers(steps);
        let result = get(&mut stack, 200);
        assert_eq!(stack.open_sockets(), 0);
        result
    };
    assert_eq!(silent(vec![]), Err(Error::TimedOut(Phase::Head)));
    let dripping = b"HTTP/1.1 200 OK\r\nX: y\r\nX: y\r\nX: y\r\nX: y\r\nX: y\r\nX: y\r\nX: y\r\n";
    let drops = dripping.chunks(1).flat_map(|byte| [byte.into(), Step::Idle]).collect();
    assert_eq!(silent(drops), Err(Error::TimedOut(Phase::Head)), "the whole head has one deadline");
    let short = &b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab"[..];
    assert_eq!(silent(vec![short.into()]), Err(Error::TimedOut(Phase::Read)));
}

#[test]
fn stack_errors_keep_their_cause() {
    let mut stack = ScriptStack::new();
    assert_eq!(get(&mut stack, 200), Err(Error::Connect(ScriptError::Refused)));
    stack.answers([Step::Reset]);
    assert_eq!(get(&mut stack, 200), Err(Error::Receive(ScriptError::Reset)));
    let mut buffer = [0; 128];
    let mut client = Client::new(&mut stack, Ticks::every(1));
    let result = client.get("http://nowhere/").send(&mut buffer).err();
    assert_eq!(result, Some(Error::Dns(ScriptError::Refused)));
    let result = client.get("https://mpython.cn/").send(&mut buffer).err();
    assert_eq!(result, Some(Error::Request(RequestError::Https)));
}

#[test]
fn a_server_that_answers_early_is_heard() {
    let body = "x".repeat(5000);
    let mut inner = ScriptStack::new();
    inner.answers([b"HTTP/1.1 413 Content Too Large\r\nContent-Length: 2\r\n\r\nno".into()]);
    let mut stack =
        FaultStack::new(inner).at_most(100).from(testing::Call::Send, 7, Fault::PipeClosed);
    let mut buffer = [0; 200];
    let mut client = Client::new(&mut stack, Ticks::every(1));
    let mut response = client.post(URL).data(&body).send(&mut buffer).unwrap();
    assert_eq!((response.status_code(), response.text()), (413, Ok("no")));
}
