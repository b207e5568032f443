//! Buffers that are too small: the number in the error is one that works when it is tried.

use nal_http::client::{
    Client, Cookies, Error, ErrorOf, Request, RequestError, ResponseError, Upload,
};
use nal_http::testing::{ScriptStack, Step, Ticks};
use nal_http::wire::{BufferTooSmall, Method};

type Outcome = Result<Vec<u8>, ErrorOf<ScriptStack>>;

fn send(request: &Request<'_>, answers: &[&str], size: usize) -> Outcome {
    let mut stack = ScriptStack::new();
    for answer in answers {
        stack.answers([Step::from(answer), Step::Close]);
    }
    let mut buffer = vec![0; size];
    let mut client = Client::new(&mut stack, Ticks::every(1));
    let mut response = request.clone().over(&mut client).send(&mut buffer)?;
    response.content().map(<[u8]>::to_vec)
}

/// What an error says is needed, if it says so.
fn told(error: &ErrorOf<ScriptStack>, size: usize) -> usize {
    let (have, need) = match *error {
        Error::Request(RequestError::HeadTooLong(BufferTooSmall { have, need }))
        | Error::Response(ResponseError::FollowUp(BufferTooSmall { have, need })) => (have, need),
        Error::Response(ResponseError::TooLong(room)) => (room.have, room.need.unwrap()),
        ref other => panic!("{other}"),
    };
    assert_eq!(have, size, "{error}");
    assert!(error.to_string().contains(&need.to_string()), "{error}");
    need
}

const NO_BODY: &str = "HTTP/1.1 204 No Content\r\n\r\n";

/// People who begin with a buffer of 64 bytes.
#[test]
fn a_request_names_the_smallest_buffer_for_its_head() {
    let cookies = Cookies::<4>::new();
    let setting = Request::new(Method::GET, "http://h/").cookies(&cookies);
    let set = "HTTP/1.1 204 No\r\nSet-Cookie: session=0123456789; Path=/\r\n\r\n";
    assert!(send(&setting, &[set], 512).is_ok());
    let url = "http://user:password@h/光?a=b";
    let form = [("a", "b")];
    let mut reader = &b"abcdefgh"[..];
    let sized = Upload::sized(&mut reader, 8);
    let mut reader = &b"abcdefgh"[..];
    let chunked = Upload::chunked(&mut reader);
    let requests = [
        Request::new(Method::GET, url),
        Request::new(Method::GET, url).params(&[("c", "深圳")]).header("X-A", "b"),
        Request::new(Method::POST, url).data("12345").bearer("0123456789"),
        Request::new(Method::POST, url).form(&form),
        Request::new(Method::GET, "http://h/").cookies(&cookies).trailers(),
        Request::new(Method::PUT, url).upload(&sized),
        Request::new(Method::PUT, url).upload(&chunked),
    ];
    for request in requests {
        for size in [0, 1, 64, 100] {
            let need = told(&send(&request, &[NO_BODY], size).unwrap_err(), size);
            if size == 100 {
                let smaller = send(&request, &[NO_BODY], need - 1).unwrap_err();
                assert_eq!(told(&smaller, need - 1), need);
                assert_eq!(send(&request, &[NO_BODY], need), Ok(Vec::new()), "{request:?} {need}");
            }
        }
    }
}

/// APIs with many headers: a larger buffer keeps more of them, and the body has to fit all the same.
#[test]
fn a_body_names_a_buffer_that_holds_it_beside_the_head() {
    let request = Request::new(Method::GET, "http://h/");
    for headers in [0, 1, 3, 10, 60] {
        for body in [30, 150, 600, 5000] {
            for wanted in ["X-No", "X-0"] {
                let lines: String =
                    (0..headers).map(|n| format!("X-{n}: {}\r\n", "v".repeat(50))).collect();
                let head = format!("HTTP/1.1 200 OK\r\n{lines}Content-Length: {body}\r\n\r\n");
                let answer = format!("{head}{}", "b".repeat(body));
                let names = [wanted];
                let request = Request::new(Method::GET, request.url()).want(&names);
                for size in [160, 200, 300, 512, 1024] {
                    let Err(error) = send(&request, &[&answer], size) else { continue };
                    let need = told(&error, size);
                    let what = format!("{headers} headers, {body} bytes in {size}, then {need}");
                    let retried = send(&request, &[&answer], need);
                    assert_eq!(retried.map(|body| body.len()), Ok(body), "{what}");
                    assert!(need <= head.len() + body, "{what}: never more than all of it");
                    if headers == 0 {
                        assert!(send(&request, &[&answer], need - 1).is_err(), "{what}");
                    }
                }
            }
        }
    }
}

/// A body that does not say how long it is has no number.
#[test]
fn a_body_without_a_length_names_none() {
    let request = Request::new(Method::GET, "http://h/");
    let answers = [
        format!("HTTP/1.1 200 OK\r\n\r\n{}", "b".repeat(500)),
        format!(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1f4\r\n{}\r\n0\r\n\r\n",
            "b".repeat(500)
        ),
    ];
    for answer in answers {
        let Err(Error::Response(error)) = send(&request, &[&answer], 200) else { panic!() };
        let ResponseError::TooLong(room) = error else { panic!("{error}") };
        assert_eq!((room.have, room.need), (200, None));
        assert!(error.to_string().contains("does not say how long"), "{error}");
    }
}

/// Cameras that send three challenges of 300 bytes each.
#[test]
fn an_answer_to_a_challenge_names_a_buffer_that_holds_it() {
    for (realm, nonce, others) in [(10, 40, 0), (60, 300, 0), (60, 300, 2), (20, 900, 1)] {
        let challenge = format!(
            "WWW-Authenticate: Digest realm=\"{}\", nonce=\"{}\", qop=\"auth\", algorithm=SHA-256\r\n",
            "r".repeat(realm),
            "n".repeat(nonce)
        );
        let other = format!("X-Frame: {}\r\n", "x".repeat(200)).repeat(others);
        let refused =
            format!("HTTP/1.1 401 Unauthorized\r\n{other}{challenge}Content-Length: 0\r\n\r\n");
        let request = Request::new(Method::GET, "http://camera/snapshot.jpg").digest("me", "pw", 1);
        for size in [160, 200, 300, 400, 512, 800, 1024, 1300] {
            let Err(error) = send(&request, &[&refused, NO_BODY], size) else { continue };
            let need = told(&error, size);
            let what = format!("{realm} {nonce} {others} in {size}, then {need}");
            assert_eq!(send(&request, &[&refused, NO_BODY], need), Ok(Vec::new()), "{what}");
            let (mut small, mut least) = (size, need);
            while small + 1 < least {
                let middle = usize::midpoint(small, least);
                let fits = send(&request, &[&refused, NO_BODY], middle).is_ok();
                if fits { least = middle } else { small = middle }
            }
            assert!(need - least < 400, "{what}: {least}");
        }
    }
}
