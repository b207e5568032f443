//! Digest authentication: which challenges are answered, how often, and what is sent then.

use nal_http::client::{
    Client, Error, Multipart, Part, RedirectError, Request, RequestError, ResponseError, Upload,
};
use nal_http::testing::{ScriptStack, Step, Ticks};
use nal_http::wire::{InvalidHeader, Method};

const URL: &str = "http://board.local/light?a=光";
const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ndone";

type Answer = Result<u16, Error<(), ()>>;

/// The status that a request ends with, and what was sent over each connection.
fn send(request: &Request<'_>, answers: &[&str], size: usize) -> (Answer, Vec<String>) {
    let mut stack = ScriptStack::new();
    for answer in answers {
        let bytes = answer.bytes().flat_map(|byte| [Step::from(&[byte][..]), Step::Idle]);
        stack.answers(bytes.chain([Step::Close]));
    }
    let mut buffer = vec![0; size];
    let result = exchange(&mut stack, request, &mut buffer);
    assert_eq!(stack.open_sockets(), 0);
    let sent = (0..answers.len()).map(|socket| String::from_utf8_lossy(stack.sent(socket)).into());
    (result, sent.filter(|sent: &String| !sent.is_empty()).collect())
}

fn exchange(stack: &mut ScriptStack, request: &Request<'_>, buffer: &mut [u8]) -> Answer {
    let mut client = Client::new(stack, Ticks::every(1));
    let told = |error| match error {
        Error::Request(error) => Error::Request(error),
        Error::Response(error) => Error::Response(error),
        other => panic!("{other}"),
    };
    let mut response = request.clone().over(&mut client).send(buffer).map_err(told)?;
    response.content().map_err(told)?;
    Ok(response.status_code())
}

fn get() -> Request<'static> {
    Request::new(Method::GET, URL).digest("光", "密码", 1)
}

fn challenge(value: &str) -> String {
    format!("HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: {value}\r\nContent-Length: 2\r\n\r\nno")
}

/// The header of the second request, if there was one.
fn answer_to(value: &str) -> Option<String> {
    let (result, sent) = send(&get(), &[&challenge(value), OK], 1024);
    assert!(!sent[0].contains("Authorization"), "{}", sent[0]);
    assert_eq!(result, Ok(if sent.len() > 1 { 200 } else { 401 }), "{value}");
    let line = sent.get(1)?.lines().find(|line| line.starts_with("Authorization: "))?;
    Some(line.to_owned())
}

#[test]
fn a_challenge_is_answered() {
    let line =
        answer_to(r#"Digest realm="a", nonce="n\"", qop="auth", algorithm=SHA-256, opaque="o""#);
    let line = line.unwrap();
    let (front, back) = line.split_once("response=\"").unwrap();
    assert_eq!(
        front,
        r#"Authorization: Digest username="光", realm="a", nonce="n\"", uri="/light?a=%E5%85%89", opaque="o", "#
    );
    let (response, back) = back.split_once('"').unwrap();
    assert_eq!(response.len(), 64);
    assert_eq!(back, r#", algorithm=SHA-256, qop=auth, nc=00000001, cnonce="8000000000000001""#);
    // The way of RFC 2069: MD5, and no number of the client's.
    let line = answer_to("Digest realm=a, nonce=n").unwrap();
    assert!(line.ends_with('"') && !line.contains("cnonce"), "{line}");
}

#[test]
fn the_best_challenge_that_is_understood_is_answered() {
    let name = |value: &str| {
        let line = answer_to(value)?;
        Some(line.split_once("nonce=\"").unwrap().1.split('"').next().unwrap().to_owned())
    };
    for (value, chosen) in [
        ("Basic realm=a, Digest nonce=1, Digest nonce=2, algorithm=sha-256", Some("2")),
        (
            "Digest nonce=1, algorithm=SHA-256\r\nWWW-Authenticate: Digest nonce=2, algorithm=MD5",
            Some("1"),
        ),
        (
            "Digest nonce=1, algorithm=MD5\r\nwww-authenticate: Digest nonce=2, algorithm=SHA-256",
            Some("2"),
        ),
        (
            "Digest nonce=1, algorithm=SHA-512-256, Digest nonce=2, algorithm=MD5-sess, qop=auth",
            Some("2"),
        ),
        ("Digest nonce=1, qop=auth-int, Digest nonce=2, qop=\"auth-int, AUTH\"", Some("2")),
        ("Basic realm=\"a\"", None),
        ("Digest nonce=1, algorithm=SHA-512-256", None),
        ("Digest nonce=1, qop=auth-int", None),
        ("Digest realm=\"without a nonce\"", None),
        ("Digest nonce=\"1", None),
        ("Negotiate", None),
    ] {
        assert_eq!(name(value).as_deref(), chosen, "{value}");
    }
}

#[test]
fn a_wrong_password_ends_as_the_response() {
    let again = challenge("Digest realm=a, nonce=n");
    let (result, sent) = send(&get(), &[&again, &again, OK], 1024);
    assert_eq!((result, sent.len()), (Ok(401), 2));
}

#[test]
fn a_nonce_that_was_too_old_is_replaced_once() {
    let first = challenge("Digest realm=a, nonce=1");
    let stale = challenge("Digest realm=a, nonce=2, stale=true");
    let (result, sent) = send(&get(), &[&first, &stale, OK], 1024);
    assert_eq!((result, sent.len()), (Ok(200), 3));
    assert!(sent[2].contains("nonce=\"2\""));
    let (result, sent) = send(&get(), &[&first, &stale, &stale, OK], 1024);
    assert_eq!((result, sent.len()), (Ok(401), 3));
}

#[test]
fn bodies_are_sent_again_if_they_can() {
    let first = challenge("Digest realm=a, nonce=1");
    let post = || Request::new(Method::POST, URL).digest("n", "p", 1);
    let long = "光线".repeat(1000);
    let pairs = [("城市", "深圳")];
    for (request, end) in [
        (post().data("光线"), "\r\n\r\n光线"),
        (post().data(&long), &long),
        (post().form(&pairs), "\r\n\r\n%E5%9F%8E%E5%B8%82=%E6%B7%B1%E5%9C%B3"),
        (post().json(&"光"), "\r\n\r\n\"光\""),
    ] {
        let (result, sent) = send(&request, &[&first, OK], 1024);
        assert_eq!((result, sent.len()), (Ok(200), 2), "{end}");
        assert!(sent.iter().all(|sent| sent.ends_with(end)), "{sent:?}");
        let length = |sent: &str| {
            sent.lines().find(|line| line.starts_with("Content-Le")).map(str::to_owned)
        };
        assert_eq!(length(&sent[0]), length(&sent[1]));
    }
    let mut reader = "光线".as_bytes();
    let upload = Upload::sized(&mut reader, 6);
    let (result, sent) = send(&post().upload(&upload), &[&first, OK], 1024);
    assert_eq!((result, sent.len()), (Ok(401), 1));
    let parts = [Part::field("名", "值")];
    let form = Multipart::new(&parts, [1; 16]);
    let (result, sent) = send(&post().files(&form), &[&first, OK], 1024);
    assert_eq!((result, sent.len()), (Ok(401), 1));
    let head = Request::new(Method::HEAD, URL).digest("n", "p", 1);
    let (result, sent) =
        send(&head, &[&first, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n"], 1024);
    assert_eq!(result, Ok(200));
    assert!(sent[1].starts_with("HEAD "));
}

#[test]
fn nothing_is_answered_elsewhere() {
    let first = challenge("Digest realm=a, nonce=1");
    let redirect = |to: &str| format!("HTTP/1.1 302 Found\r\nLocation: {to}\r\n\r\n");
    let (result, sent) = send(&get(), &[&redirect("http://other/"), &first, OK], 1024);
    assert_eq!((result, sent.len()), (Ok(401), 2));
    // On the same server it is, for what it redirects to; and each place has its own.
    let (result, sent) =
        send(&get(), &[&redirect("/b"), &first, &redirect("/c"), &first, OK], 1024);
    assert_eq!((result, sent.len()), (Ok(200), 5));
    assert!(sent[2].starts_with("GET /b ") && sent[2].contains("uri=\"/b\""), "{}", sent[2]);
    assert!(!sent[3].contains("Authorization") && sent[4].contains("uri=\"/c\""));
    let (result, _) = send(&get(), &[&first, &redirect("https://board.local/")], 1024);
    assert_eq!(result, Err(Error::Request(RequestError::Https)));
    let (result, _) = send(&get(), &[&first, &redirect("ftp://a/")], 1024);
    assert!(matches!(result, Err(Error::Response(ResponseError::Redirect(RedirectError::Url(_))))));
}

#[test]
fn what_was_set_by_hand_counts() {
    let first = challenge("Digest realm=a, nonce=1");
    let request = get().header("Authorization", "Other x");
    let (result, sent) = send(&request, &[&first, OK], 1024);
    assert_eq!((result, sent.len()), (Ok(401), 1));
    let request = Request::new(Method::GET, URL).auth("a", "b").digest("a", "b", 1);
    let (_, sent) = send(&request, &[OK], 1024);
    assert!(!sent[0].contains("Authorization"), "the password is not sent");
}

#[test]
fn names_and_buffers_that_will_not_do_are_told() {
    let request = Request::new(Method::GET, URL).digest("a\r\nX: y", "b", 1);
    let (result, sent) = send(&request, &[OK], 1024);
    assert_eq!(result, Err(Error::Request(RequestError::Header(InvalidHeader::Value))));
    assert_eq!(sent, [""; 0]);
    let first = challenge("Digest realm=a, nonce=1, algorithm=SHA-256, qop=auth");
    let mut answered = 0;
    for size in 100..700 {
        match send(&get(), &[&first, OK], size).0 {
            Ok(200) => answered += 1,
            Ok(code) => panic!("{code} with {size} bytes"),
            Err(Error::Response(ResponseError::FollowUp(room))) => {
                assert!(room.have == size && room.need > size && room.need < 700, "{room:?}");
            }
            Err(Error::Request(RequestError::HeadTooLong(_)) | Error::Response(_)) => {
                assert_eq!(answered, 0, "{size}");
            }
            Err(error) => panic!("{error}"),
        }
    }
    assert!(answered > 100, "{answered}");
}
