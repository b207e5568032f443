//! Connections that are kept for the next request.

use nal_http::client::{Client, Error, ErrorOf, Pool, Request, ResponseError, Upload};
use nal_http::net::Timeouts;
use nal_http::testing::{ScriptSocket, ScriptStack, Step, Ticks};
use nal_http::wire::Method;

const URL: &str = "http://mpython.cn/light";
const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc";

type Kept<const N: usize> = Pool<ScriptSocket, N>;
type Answer = Result<String, ErrorOf<ScriptStack>>;

/// One request with this method, by a client of its own.
fn ask<const N: usize>(
    stack: &mut ScriptStack,
    pool: &mut Kept<N>,
    method: Method<'_>,
    url: &str,
) -> Answer {
    let mut buffer = [0; 300];
    let mut client =
        Client::new(stack, Ticks::every(1)).keep_alive(pool).timeouts(Timeouts::each(50));
    let mut response = client.request(method, url).send(&mut buffer)?;
    response.text().map(str::to_owned)
}

fn get<const N: usize>(stack: &mut ScriptStack, pool: &mut Kept<N>) -> Answer {
    ask(stack, pool, Method::GET, URL)
}

/// A connection is "used twice" if two requests went over the first socket.
fn requests(stack: &ScriptStack, socket: usize) -> usize {
    let sent = String::from_utf8_lossy(stack.sent(socket)).into_owned();
    sent.matches(" HTTP/1.1\r\n").count()
}

#[test]
fn the_next_request_goes_over_the_same_connection() {
    let mut stack = ScriptStack::new();
    let mut pool = Kept::<1>::new();
    stack.answers([ANSWER.into()]);
    assert_eq!(get(&mut stack, &mut pool).as_deref(), Ok("abc"));
    for count in 2..5 {
        assert_eq!(stack.open_sockets(), 1);
        // `alive` sees nothing yet; then the answer comes.
        stack.continues(0, [Step::Idle, ANSWER.into()]);
        assert_eq!(get(&mut stack, &mut pool).as_deref(), Ok("abc"));
        assert_eq!(requests(&stack, 0), count);
    }
    let sent = String::from_utf8_lossy(stack.sent(0)).into_owned();
    assert!(sent.contains("Connection: keep-alive\r\n") && !sent.contains("close"));
    pool.close(&mut stack);
    assert_eq!(stack.open_sockets(), 0);
}

#[test]
fn some_responses_end_their_connection() {
    let table: [&[u8]; 7] = [
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc",
        b"HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcHTTP/1.1 200",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\nx",
        b"nonsense\r\n\r\n",
    ];
    for answer in table {
        let mut stack = ScriptStack::new();
        let mut pool = Kept::<1>::new();
        stack.answers([answer.into(), Step::Close]);
        let _ = get(&mut stack, &mut pool);
        assert_eq!(stack.open_sockets(), 0, "{}", answer.escape_ascii());
    }
}

#[test]
fn bodies_without_bytes_and_in_chunks_keep_it() {
    let table: [(Method<'_>, &[u8]); 4] = [
        (Method::GET, b"HTTP/1.1 204 No Content\r\n\r\n"),
        (Method::HEAD, b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n"),
        (
            Method::GET,
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
        ),
        (Method::GET, b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 3\r\n\r\nabc"),
    ];
    for (method, answer) in table {
        let mut stack = ScriptStack::new();
        let mut pool = Kept::<1>::new();
        stack.answers([answer.into()]);
        assert!(ask(&mut stack, &mut pool, method, URL).is_ok());
        assert_eq!(stack.open_sockets(), 1, "{}", answer.escape_ascii());
    }
}

#[test]
fn a_response_that_is_not_read_to_its_end_closes_it() {
    let mut stack = ScriptStack::new();
    let mut pool = Kept::<1>::new();
    stack.answers([ANSWER.into()]);
    let mut buffer = [0; 300];
    let mut client = Client::new(&mut stack, Ticks::every(1)).keep_alive(&mut pool);
    client.get(URL).send(&mut buffer).unwrap().close();
    assert_eq!(stack.open_sockets(), 0);
}

#[test]
fn a_connection_that_was_closed_meanwhile_is_replaced() {
    for end in [Step::Close, Step::Reset, b"HTTP/1.1 408 Too Late\r\n\r\n".into()] {
        let mut stack = ScriptStack::new();
        let mut pool = Kept::<1>::new();
        stack.answers([ANSWER.into(), end]);
        stack.answers([ANSWER.into()]);
        assert_eq!(get(&mut stack, &mut pool).as_deref(), Ok("abc"));
        assert_eq!(ask(&mut stack, &mut pool, Method::POST, URL).as_deref(), Ok("abc"));
        assert_eq!((requests(&stack, 0), requests(&stack, 1)), (1, 1), "nothing is sent to it");
        assert_eq!(stack.open_sockets(), 1);
    }
}

#[test]
fn a_stale_connection_is_retried_only_if_safe_and_no_byte_came() {
    // What comes over the stale connection, the method, and whether the request is sent again.
    let table: [(Step, Method<'_>, bool); 8] = [
        (Step::Close, Method::GET, true),
        (Step::Reset, Method::GET, true),
        (Step::Close, Method::PUT, true),
        (Step::Close, Method::DELETE, true),
        (Step::Close, Method::POST, false),
        (Step::Reset, Method::PATCH, false),
        (b"H".into(), Method::GET, false),
        (b"HTTP/1.1 200 OK\r\n".into(), Method::GET, false),
    ];
    for (step, method, again) in table {
        let mut stack = ScriptStack::new();
        let mut pool = Kept::<1>::new();
        stack.answers([ANSWER.into(), Step::Idle, step.clone(), Step::Close]);
        stack.answers([ANSWER.into()]);
        assert_eq!(get(&mut stack, &mut pool).as_deref(), Ok("abc"));
        let result = ask(&mut stack, &mut pool, method, URL);
        assert_eq!(result.is_ok(), again, "{step:?} {method}: {result:?}");
        assert_eq!(requests(&stack, 0), 2);
        assert_eq!(requests(&stack, 1), usize::from(again), "{step:?} {method}");
        assert_eq!(stack.open_sockets(), usize::from(again));
    }
}

#[test]
fn a_request_is_sent_again_once_only() {
    let mut stack = ScriptStack::new();
    let mut pool = Kept::<1>::new();
    stack.answers([ANSWER.into(), Step::Idle, Step::Close]);
    stack.answers([Step::Close]);
    stack.answers([ANSWER.into()]);
    assert_eq!(get(&mut stack, &mut pool).as_deref(), Ok("abc"));
    let closed = Err(Error::Response(ResponseError::Closed));
    assert_eq!(get(&mut stack, &mut pool), closed);
    assert_eq!(stack.open_sockets(), 0);
}

#[test]
fn a_body_that_was_read_is_not_sent_again() {
    let mut stack = ScriptStack::new();
    let mut pool = Kept::<1>::new();
    stack.answers([ANSWER.into(), Step::Idle, Step::Close]);
    stack.answers([ANSWER.into()]);
    assert_eq!(get(&mut stack, &mut pool).as_deref(), Ok("abc"));
    let mut reader = &b"body"[..];
    let body = Upload::sized(&mut reader, 4);
    let mut buffer = [0; 300];
    let mut client = Client::new(&mut stack, Ticks::every(1)).keep_alive(&mut pool);
    let error = client.put(URL).upload(&body).send(&mut buffer).err();
    assert_eq!(error, Some(Error::Response(ResponseError::Closed)));
}

#[test]
fn each_server_has_its_own() {
    let urls = ["http://10.0.0.1/", "http://10.0.0.1:81/", "http://10.0.0.2/"];
    let mut stack = ScriptStack::new();
    let mut pool = Kept::<2>::new();
    for url in urls {
        stack.answers([ANSWER.into()]);
        assert!(ask(&mut stack, &mut pool, Method::GET, url).is_ok());
    }
    // There is room for two: the first was given up for the third.
    assert_eq!(stack.open_sockets(), 2);
    assert!(!stack.is_open(0));
    for (socket, url) in [(1, urls[1]), (2, urls[2])] {
        stack.continues(socket, [Step::Idle, ANSWER.into()]);
        assert!(ask(&mut stack, &mut pool, Method::GET, url).is_ok());
        assert_eq!(requests(&stack, socket), 2, "{url}");
    }
    let long = format!("http://{}/", "x".repeat(65));
    stack.answers([ANSWER.into()]);
    assert!(ask(&mut stack, &mut pool, Method::GET, &long).is_ok());
    assert_eq!(stack.open_sockets(), 2, "a name of 65 bytes is not kept");
}

#[test]
fn a_call_never_gives_its_connection_to_another_server() {
    let mut stack = ScriptStack::new();
    let mut pool = Kept::<1>::new();
    let (mut first_buffer, mut second_buffer) = ([0; 300], [0; 300]);
    let first = Request::new(Method::GET, "http://10.0.0.1/");
    let second = Request::new(Method::GET, "http://10.0.0.2/");
    stack.answers([ANSWER.into()]);
    stack.answers([ANSWER.into()]);
    let mut first_call = pool.start(&mut stack, &first, &mut first_buffer).unwrap();
    let mut second_call = pool.start(&mut stack, &second, &mut second_buffer).unwrap();
    assert_eq!(first_call.collect(&mut stack, 0), Ok(()));
    assert_eq!(second_call.collect(&mut stack, 0), Ok(()));
    pool.finish(&mut stack, first_call);
    assert_eq!(stack.open_sockets(), 1, "its place has become the second's");
    pool.finish(&mut stack, second_call);
    assert_eq!(stack.open_sockets(), 1);
    assert!(stack.is_open(1));
}

#[test]
fn a_redirect_is_followed_over_a_connection_of_its_own() {
    let mut stack = ScriptStack::new();
    let mut pool = Kept::<1>::new();
    let go = b"HTTP/1.1 302 Go\r\nLocation: http://10.0.0.7/\r\nContent-Length: 0\r\n\r\n";
    stack.answers([go.into()]);
    stack.answers([ANSWER.into()]);
    assert_eq!(get(&mut stack, &mut pool).as_deref(), Ok("abc"));
    assert_eq!(stack.open_sockets(), 0, "it is not kept under the first server's name");
}
