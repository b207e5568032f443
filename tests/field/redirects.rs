//! Where servers send on, and how much room it takes.

use nal_http::client::{
    BodyTooLong, Client, Error, ErrorOf, RedirectError, Request, RequestError, ResponseError,
    http_get,
};
use nal_http::testing::{ScriptStack, Step, Ticks};
use nal_http::wire::{BufferTooSmall, HeadError, Method, UrlError};

type Outcome = Result<u16, ErrorOf<ScriptStack>>;

const DONE: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ndone";

fn stack(answers: &[Vec<u8>]) -> ScriptStack {
    let mut stack = ScriptStack::new();
    for answer in answers {
        // One byte by one: then every limit is met.
        stack.answers([Step::from(answer), Step::Close]);
    }
    stack.answers([DONE.into(), Step::Close]);
    stack
}

fn get(answers: &[Vec<u8>], url: &str, size: usize) -> (Outcome, ScriptStack) {
    let mut stack = stack(answers);
    let mut buffer = vec![0; size];
    let mut client = Client::new(&mut stack, Ticks::every(1));
    let outcome = client.get(url).send(&mut buffer).map(|response| response.status_code());
    assert_eq!(stack.open_sockets(), 0);
    (outcome, stack)
}

fn redirect(code: u16, location: &[u8]) -> Vec<u8> {
    let policy = "default-src 'none'; ".repeat(180);
    let front = format!(
        "HTTP/1.1 {code} Found\r\nServer: github.com\r\nContent-Security-Policy: {policy}\r\nLocation: "
    );
    [front.as_bytes(), location, b"\r\nX-Frame-Options: deny\r\nContent-Length: 0\r\n\r\n"].concat()
}

fn need(error: &ErrorOf<ScriptStack>, size: usize) -> Option<usize> {
    match *error {
        Error::Request(RequestError::HeadTooLong(BufferTooSmall { have, need }))
        | Error::Response(
            ResponseError::FollowUp(BufferTooSmall { have, need })
            | ResponseError::TooLong(BodyTooLong { have, need: Some(need) }),
        ) => {
            assert_eq!(have, size, "{error}");
            assert!(error.to_string().contains(&need.to_string()), "{error}");
            Some(need)
        }
        Error::Response(ResponseError::Head(HeadError::BufferTooSmall { need })) => Some(need),
        _ => None,
    }
}

const ASSET: &str =
    "https://release-assets.githubusercontent.com/github-production-release-asset/1?sp=r&sig=";

/// GitHub sends downloads of releases to URLs of 850 to 1100 bytes, beside a policy of 3.6 KB.
#[test]
fn a_release_is_found_by_the_smallest_client() {
    for length in (800..=1100).step_by(50) {
        let asset = format!("http{}", &ASSET["https".len()..]);
        let location = format!("{asset}{}", "x".repeat(length - asset.len()));
        let mut stack = stack(&[redirect(302, location.as_bytes())]);
        let mut body = Vec::new();
        let url = "http://github.com/labplus-cn/mpython/releases/download/v2.3.4/firmware_mpython_v2.3.4.bin";
        let code =
            http_get(&mut stack, Ticks::every(1), url, |piece| body.extend_from_slice(piece));
        assert_eq!((code, body.as_slice()), (Ok(200), &b"done"[..]), "{length}");
        let sent = String::from_utf8_lossy(stack.sent(1)).into_owned();
        assert!(sent.starts_with(&format!(
            "GET {} HTTP/1.1\r\n",
            &location[asset.find(".com").unwrap() + 4..]
        )));
    }
}

/// The number that an error names is one that works, and where the URL could be read it is the smallest that does.
#[test]
fn what_a_redirect_needs_is_told() {
    let url = "http://github.com/a/b";
    let long = |front: &str, length: usize| format!("{front}{}", "y".repeat(length)).into_bytes();
    let odd = [b"/caf\xe9/".as_slice(), &b"\xb9\xe2".repeat(150)].concat();
    let locations = [
        long("/", 850),
        long("/", 899),
        long("http://10.0.0.7:8080/", 1079),
        long("//other/", 300),
        long("../", 500),
        long("?", 500),
        odd,
        long("/a b ", 300),
        long(&"光".repeat(80), 30),
        long("/#", 600),
    ];
    for location in locations {
        let answers = [redirect(302, &location)];
        for size in [160, 256, 512, 900, 950, 1024, 1200, 1536] {
            let what = format!("{} in {size}", location.escape_ascii());
            let error = match get(&answers, url, size).0 {
                Ok(code) => {
                    assert_eq!(code, 200);
                    continue;
                }
                Err(error) => error,
            };
            let needed = need(&error, size).unwrap_or_else(|| panic!("{error}: {what}"));
            let (outcome, stack) = get(&answers, url, needed);
            assert_eq!(outcome, Ok(200), "{what}, then in {needed}");
            assert!(!stack.sent(1).is_empty());
            // What was told without having seen the URL as a whole is near the smallest.
            let (mut small, mut least) = (size, needed);
            while small + 1 < least {
                let middle = usize::midpoint(small, least);
                if get(&answers, url, middle).0 == Ok(200) {
                    least = middle;
                } else {
                    small = middle;
                }
            }
            assert!(
                needed - least <= 2 * url.len() + 40 + slack(&location),
                "{what}: {needed}, {least}"
            );
            let error = get(&answers, url, least - 1).0.unwrap_err();
            assert!(need(&error, least - 1).unwrap() >= least, "{what}");
        }
    }
}

/// A fragment is not sent, and takes no room; what is escaped in the request need not be in the URL.
fn slack(location: &[u8]) -> usize {
    let escapes = location.iter().filter(|byte| !byte.is_ascii_graphic()).count();
    if location.contains(&b'#') { 2 * location.len() } else { 2 * escapes }
}

/// Hop by hop, each URL takes its room from the end of the buffer.
#[test]
fn what_a_second_redirect_needs_is_told() {
    let first = redirect(301, format!("http://b/{}", "y".repeat(200)).as_bytes());
    let second = redirect(307, format!("http://c/{}", "z".repeat(400)).as_bytes());
    let answers = [first, second];
    for size in 640..1400 {
        let Err(error) = get(&answers, "http://a/", size).0 else { continue };
        let needed = need(&error, size).unwrap_or_else(|| panic!("{error}"));
        assert_eq!(get(&answers, "http://a/", needed).0, Ok(200), "{size}, then {needed}: {error}");
    }
}

/// A created record says where it is; catalogues say it with 200. Nothing is followed there.
#[test]
fn a_location_that_nobody_follows_is_no_error() {
    let location = format!("/{}", "x".repeat(3000));
    let answer = |code| {
        format!("HTTP/1.1 {code} X\r\nLocation: {location}\r\nContent-Length: 2\r\n\r\nhi")
            .into_bytes()
    };
    for code in [200, 201, 202, 300, 304, 400, 503] {
        let (outcome, _) = get(&[answer(code)], "http://a/", 512);
        assert_eq!(outcome, Ok(code));
    }
    // Nor where the request says so.
    for request in [
        Request::new(Method::GET, "http://a/").redirects(0),
        Request::new(Method::POST, "http://a/"),
    ] {
        let mut stack = stack(&[answer(302)]);
        let mut buffer = [0; 512];
        let mut call = request.start(&mut buffer).unwrap();
        assert_eq!(call.collect(&mut stack, 0), Ok(()));
        assert_eq!((call.status_code(), call.headers_dropped()), (302, true));
    }
}

/// Old PHP scripts and Chinese servers write the name of the file as it stands on the disk.
#[test]
fn a_location_that_is_not_utf_8_is_followed_as_browsers_do() {
    let table: [(&[u8], &str); 4] = [
        (b"/caf\xe9.bin", "/caf%E9.bin"),
        (b"/\xb9\xe2\xcf\xdf?\xb3\xc7=1#\xff", "/%B9%E2%CF%DF?%B3%C7=1"),
        (b"\xe9", "/%E9"),
        ("/光".as_bytes(), "/%E5%85%89"),
    ];
    for (location, target) in table {
        let (outcome, stack) = get(&[redirect(302, location)], "http://a/", 1024);
        assert_eq!(outcome, Ok(200));
        let sent = String::from_utf8_lossy(stack.sent(1)).into_owned();
        assert!(sent.starts_with(&format!("GET {target} HTTP/1.1\r\n")), "{sent}");
    }
    let (outcome, _) = get(&[redirect(302, b"http://caf\xe9.example/")], "http://a/", 1024);
    let nowhere = ResponseError::Redirect(RedirectError::Url(UrlError::Host));
    assert_eq!(outcome, Err(Error::Response(nowhere)));
}

/// What cannot be read as a header, where it decides how to go on, is an error and not a redirect without a target.
#[test]
fn a_location_that_nobody_can_read_is_an_error() {
    for line in ["Location : /x", "Location: /a\x01b", "Location\0: /x"] {
        let answer = format!("HTTP/1.1 302 Found\r\n{line}\r\nContent-Length: 0\r\n\r\n");
        let (outcome, _) = get(&[answer.clone().into_bytes()], "http://a/", 512);
        let unreadable = ResponseError::Head(HeadError::Header { line: 2 });
        if line.contains('\0') {
            assert_eq!(outcome, Ok(302), "the name of nothing");
        } else {
            assert_eq!(outcome, Err(Error::Response(unreadable)), "{line:?}");
        }
        let created = answer.replace("302", "201").into_bytes();
        assert_eq!(get(&[created], "http://a/", 512).0, Ok(201));
    }
}
