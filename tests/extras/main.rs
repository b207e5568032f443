//! What comes beside the plain request: extras of the application's own, those of the crate, and how they go together.

mod steps;

use std::cell::{Cell, RefCell};

use nal_http::client::{
    Client, Conditional, Cookies, Error, ErrorOf, EventSource, Extra, IncomingHead, MAX_EXTRAS,
    Next, OutgoingHead, Pool, Request, RequestError, ResponseError, Upload,
};
use nal_http::net::Transport;
use nal_http::testing::{ScriptSocket, ScriptStack, Step, Ticks};
use nal_http::wire::{InvalidHeader, Method, Needed};

const URL: &str = "http://board.local/light?a=光";
const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ndone";
const REFUSED: &str = "HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\nno";

fn script(answers: &[&str]) -> ScriptStack {
    let mut stack = ScriptStack::new();
    for answer in answers {
        stack.answers([answer.as_bytes().into(), Step::Close]);
    }
    stack
}

/// The status that a request ends with, or why it has none.
fn run<S: Transport>(
    stack: &mut S,
    request: &Request<'_>,
    buffer: &mut [u8],
) -> Result<u16, ErrorOf<S>> {
    let mut client = Client::new(stack, Ticks::every(100));
    let mut response = request.clone().over(&mut client).send(buffer)?;
    response.content()?;
    Ok(response.status_code())
}

/// The same, and what was sent over each connection.
fn send(request: &Request<'_>, answers: &[&str], size: usize) -> (Answer, Vec<String>) {
    let mut stack = script(answers);
    let result = run(&mut stack, request, &mut vec![0; size]);
    assert_eq!(stack.open_sockets(), 0);
    (result, sent(&stack, answers.len()))
}

type Answer = Result<u16, ErrorOf<ScriptStack>>;

fn sent(stack: &ScriptStack, connections: usize) -> Vec<String> {
    let sent = (0..connections).map(|socket| String::from_utf8_lossy(stack.sent(socket)).into());
    sent.filter(|sent: &String| !sent.is_empty()).collect()
}

/// The value of a header that was sent.
fn value<'s>(sent: &'s str, name: &str) -> Option<&'s str> {
    sent.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
}

/// Signs what it sees.
struct Signature;

impl Extra for Signature {
    fn request(&self, head: &mut OutgoingHead<'_>) -> Result<(), RequestError> {
        let body = head.body().map_or("unknown".into(), String::from_utf8_lossy);
        let seen = format!("{} {} {} {body}", head.method(), head.url().authority(), head.target());
        head.header("X-Signed", &seen)
    }
}

/// Has the request sent again with the next of its tokens, as long as there is one.
struct Token {
    number: Cell<u8>,
    last: u8,
    always: bool,
}

impl Token {
    const fn new(last: u8) -> Self {
        Self { number: Cell::new(1), last, always: false }
    }
}

impl Extra for Token {
    fn request(&self, head: &mut OutgoingHead<'_>) -> Result<(), RequestError> {
        head.header("X-Token", &self.number.get().to_string())
    }

    fn response(&self, head: &mut IncomingHead<'_>) -> Result<Next, ResponseError> {
        if head.status_code() != 401 || self.number.get() == self.last && !self.always {
            return Ok(Next::Proceed);
        }
        self.number.set(self.number.get() + 1);
        Ok(Next::Again)
    }
}

/// Writes down what it is asked, and answers as it is told.
struct Witness<'w> {
    name: &'static str,
    seen: &'w RefCell<Vec<String>>,
    next: Cell<Next>,
    everywhere: bool,
}

impl Extra for Witness<'_> {
    fn request(&self, head: &mut OutgoingHead<'_>) -> Result<(), RequestError> {
        self.seen.borrow_mut().push(format!("{} {}", self.name, head.attempts()));
        head.header(&format!("X-{}", self.name), "1")
    }

    fn response(&self, head: &mut IncomingHead<'_>) -> Result<Next, ResponseError> {
        self.seen.borrow_mut().push(format!("{} {}", self.name, head.status_code()));
        Ok(self.next.replace(Next::Proceed))
    }

    fn is_for_other_origins(&self) -> bool {
        self.everywhere
    }
}

#[test]
fn a_signature_sees_method_target_and_body() {
    let request = Request::new(Method::PUT, URL).params(&[("b", "&")]).data("21 °C");
    let (result, sent) = send(&request.with(&Signature), &[OK], 512);
    assert_eq!(result, Ok(200));
    let signed = value(&sent[0], "X-Signed");
    assert_eq!(signed, Some("PUT board.local /light?a=%E5%85%89&b=%26 21 °C"));
    // What is not in memory as a whole is not seen, and no body is an empty one.
    let form = Request::new(Method::POST, URL).form(&[("a", "b")]).with(&Signature);
    let (_, sent) = send(&form, &[OK], 512);
    assert!(value(&sent[0], "X-Signed").unwrap().ends_with(" unknown"), "{}", sent[0]);
    let (_, sent) = send(&Request::new(Method::GET, URL).with(&Signature), &[OK], 512);
    assert_eq!(value(&sent[0], "X-Signed"), Some("GET board.local /light?a=%E5%85%89 "));
}

#[test]
fn what_is_wrong_with_an_extra_s_header_is_told() {
    struct Broken(Cell<bool>);
    impl Extra for Broken {
        fn request(&self, head: &mut OutgoingHead<'_>) -> Result<(), RequestError> {
            head.header("X-A", if self.0.get() { "a\r\nb" } else { "a" })
        }

        fn response(&self, _: &mut IncomingHead<'_>) -> Result<Next, ResponseError> {
            self.0.set(true);
            Ok(Next::Again)
        }
    }
    let error = Err(Error::Request(RequestError::Header(InvalidHeader::Value)));
    for is_broken in [true, false] {
        let broken = Broken(Cell::new(is_broken));
        let request = Request::new(Method::GET, URL).with(&broken);
        let (result, sent) = send(&request, &[REFUSED, OK], 512);
        assert_eq!((result, sent.len()), (error, usize::from(!is_broken)));
    }
}

#[test]
fn a_token_is_fetched_anew_once() {
    let token = Token::new(2);
    let (result, sent) = send(&Request::new(Method::GET, URL).with(&token), &[REFUSED, OK], 512);
    assert_eq!((result, sent.len()), (Ok(200), 2));
    assert_eq!(
        sent.iter().map(|sent| value(sent, "X-Token")).collect::<Vec<_>>(),
        [Some("1"), Some("2")]
    );
    // The body goes with it again.
    let token = Token::new(2);
    let request = Request::new(Method::POST, URL).data("light").with(&token);
    let (_, sent) = send(&request, &[REFUSED, OK], 512);
    assert!(sent.iter().all(|sent| sent.ends_with("\r\n\r\nlight")), "{sent:?}");
    // No other one: the refusal is the response.
    let token = Token::new(2);
    let answers = [REFUSED, REFUSED, OK];
    let (result, sent) = send(&Request::new(Method::GET, URL).with(&token), &answers, 512);
    assert_eq!((result, sent.len()), (Ok(401), 2));
}

#[test]
fn an_upload_is_not_sent_again() {
    let token = Token::new(9);
    let mut reader = &b"light"[..];
    let body = Upload::sized(&mut reader, 5);
    let request = Request::new(Method::PUT, URL).upload(&body).with(&token);
    let (result, sent) = send(&request, &[REFUSED, OK], 512);
    assert_eq!((result, sent.len()), (Ok(401), 1));
}

#[test]
fn a_kept_connection_is_replaced_and_kept_again() {
    let mut stack = ScriptStack::new();
    stack.answers([OK.into(), Step::Idle, REFUSED.into()]);
    stack.answers([OK.into(), Step::Idle, OK.into()]);
    let mut pool = Pool::<ScriptSocket, 1>::new();
    let mut buffer = [0; 512];
    let token = Token::new(2);
    let mut client = Client::new(&mut stack, Ticks::every(1)).keep_alive(&mut pool);
    for _ in 0..3 {
        let mut response = client.get(URL).with(&token).send(&mut buffer).unwrap();
        assert_eq!((response.status_code(), response.text().unwrap()), (200, "done"));
    }
    assert_eq!((stack.open_sockets(), sent(&stack, 2).len()), (1, 2));
    pool.close(&mut stack);
    assert_eq!(stack.open_sockets(), 0);
}

#[test]
fn they_are_asked_in_order_and_the_first_decides() {
    let seen = RefCell::new(Vec::new());
    let new = |name, next| Witness { name, seen: &seen, next: Cell::new(next), everywhere: false };
    let (a, b) = (new("A", Next::Proceed), new("B", Next::Again));
    let c = new("C", Next::Again);
    let request = Request::new(Method::GET, URL).with(&a).with(&b).with(&c);
    let (result, sent) = send(&request, &[REFUSED, OK, OK], 512);
    // C is asked when B has nothing more to say.
    assert_eq!((result, sent.len()), (Ok(200), 3));
    let expected =
        "A 0,B 0,C 0,A 401,B 401,A 1,B 1,C 1,A 200,B 200,C 200,A 2,B 2,C 2,A 200,B 200,C 200";
    assert_eq!(seen.borrow().join(","), expected);
}

#[test]
fn another_origin_gets_only_what_is_for_it() {
    let seen = RefCell::new(Vec::new());
    let new = |name, everywhere| Witness {
        name,
        seen: &seen,
        next: Cell::new(Next::Proceed),
        everywhere,
    };
    let (secret, public) = (new("Secret", false), new("Public", true));
    for (location, is_told) in [("http://other.local/", false), ("/there", true)] {
        let moved =
            format!("HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n");
        let request = Request::new(Method::GET, URL).with(&secret).with(&public);
        let (result, sent) = send(&request, &[&moved, OK], 512);
        assert_eq!((result, sent.len()), (Ok(200), 2));
        assert_eq!(
            (value(&sent[1], "X-Secret").is_some(), value(&sent[1], "X-Public")),
            (is_told, Some("1"))
        );
    }
}

#[test]
fn there_is_room_for_so_many() {
    let tokens = [const { Token::new(1) }; MAX_EXTRAS + 1];
    let cookies = Cookies::<1>::new();
    let with = |count: usize| {
        let request = Request::new(Method::GET, URL).auth("a", "b").redirects(1);
        tokens.iter().take(count).fold(request, |request, token| request.with(token))
    };
    assert_eq!(send(&with(MAX_EXTRAS), &[OK], 512).0, Ok(200));
    let too_many = Err(Error::Request(RequestError::TooManyExtras));
    assert_eq!(send(&with(MAX_EXTRAS + 1), &[OK], 512), (too_many, vec![]));
    assert_eq!(send(&with(MAX_EXTRAS).cookies(&cookies), &[OK], 512), (too_many, vec![]));
}

#[test]
fn an_answer_has_the_headers_that_it_is_made_of() {
    /// Sends back the number that the server has given.
    struct Echo;
    impl Extra for Echo {
        fn request(&self, head: &mut OutgoingHead<'_>) -> Result<(), RequestError> {
            let number = head.response_headers().get("X-Number").unwrap_or("none");
            head.header("X-Echo", number)
        }

        fn needs(&self) -> &'static [Needed] {
            &[Needed { name: "X-Number", codes: &[401] }]
        }

        fn response(&self, head: &mut IncomingHead<'_>) -> Result<Next, ResponseError> {
            let is_asked = head.status_code() == 401 && head.attempts() == 0;
            Ok(if is_asked { Next::Answer("X-Number") } else { Next::Proceed })
        }
    }
    let other = format!("X-Other: {}\r\n", "o".repeat(200));
    let refused =
        format!("HTTP/1.1 401 No\r\n{other}X-Number: 301\r\n{other}Content-Length: 0\r\n\r\n");
    let request = Request::new(Method::GET, URL).with(&Echo);
    // Where there is too little room for both, the size that is named is one that does.
    let mut size = 8;
    let mut refusals = 0;
    loop {
        match send(&request, &[&refused, OK], size) {
            (Err(Error::Request(RequestError::HeadTooLong(room))), sent) => {
                assert!(sent.is_empty() && room.need > size);
                size = room.need;
            }
            (Err(Error::Response(ResponseError::FollowUp(room))), _) => {
                assert!(room.have == size && room.need > size, "{room:?}");
                size = room.need;
            }
            (Ok(200), sent) => {
                assert_eq!(value(&sent[1], "X-Echo"), Some("301"));
                break;
            }
            other => panic!("{size}: {other:?}"),
        }
        refusals += 1;
        assert!(refusals < 4);
    }
    assert!(refusals > 0);
}

#[test]
fn what_has_not_changed_is_not_sent_again() {
    let changed = Conditional::<12>::new();
    let ask = |fields: &str, code: u16| {
        let answer = format!("HTTP/1.1 {code} x\r\n{fields}Content-Length: 0\r\n\r\n");
        let (result, sent) = send(&Request::new(Method::GET, URL).with(&changed), &[&answer], 512);
        assert_eq!(result, Ok(code));
        let condition = |name| value(&sent[0], name).map(str::to_owned);
        (condition("If-None-Match"), condition("If-Modified-Since"))
    };
    let (tag, date) =
        (|tag: &str| (Some(tag.into()), None), |date: &str| (None, Some(date.into())));
    assert_eq!(ask("ETag: \"1\"\r\nLast-Modified: yesterday\r\n", 200), (None, None));
    assert_eq!(ask("ETag: \"9\"\r\n", 304), tag("\"1\""));
    assert_eq!(ask("ETag: W/\"2\"\r\n", 200), tag("\"1\""));
    assert_eq!(ask("Last-Modified: today\r\n", 200), tag("W/\"2\""));
    assert_eq!(ask("", 500), date("today"));
    assert_eq!(ask("ETag: \"12345678901\"\r\n", 200), date("today"));
    // That was too long to be kept.
    assert_eq!(ask("ETag: \"3\"\r\n", 200), (None, None));
    changed.clear();
    assert_eq!(ask("", 200), (None, None));
    assert_eq!(format!("{changed:?}"), "Conditional { validator: Some(\"\") }");
}

#[test]
fn a_condition_of_the_application_s_own_stays() {
    let changed = Conditional::<12>::new();
    let tagged = "HTTP/1.1 200 OK\r\nETag: \"1\"\r\nContent-Length: 0\r\n\r\n";
    send(&Request::new(Method::GET, URL).with(&changed), &[tagged], 512).0.unwrap();
    let request = Request::new(Method::GET, URL).header("if-none-match", "*").with(&changed);
    let (_, sent) = send(&request, &[OK], 512);
    assert_eq!(sent[0].to_ascii_lowercase().matches("if-none-match").count(), 1);
}

#[test]
fn a_stream_of_events_is_asked_for_by_an_extra() {
    let mut text = [0; 64];
    let mut events = EventSource::new(&mut text);
    let asked = events.ask();
    let moved = "HTTP/1.1 307 There\r\nLocation: http://other.local/\r\nContent-Length: 0\r\n\r\n";
    let (_, sent) = send(&Request::new(Method::GET, URL).with(&asked), &[moved, OK], 512);
    for sent in sent {
        assert_eq!(value(&sent, "Accept"), Some("text/event-stream"));
        assert_eq!(value(&sent, "Cache-Control"), Some("no-store"));
    }
}

#[test]
fn it_stands_beside_what_the_builder_gives() {
    let cookies = Cookies::<1>::new();
    let token = Token::new(2);
    let request = Request::new(Method::POST, URL)
        .header("X-Own", "1")
        .params(&[("b", "c")])
        .form(&[("d", "e")])
        .bearer("301")
        .cookies(&cookies)
        .trailers()
        .with(&token)
        .with(&Signature)
        .redirects(2);
    let refused = "HTTP/1.1 401 No\r\nSet-Cookie: a=1\r\nContent-Length: 0\r\n\r\n";
    let moved = "HTTP/1.1 303 See Other\r\nLocation: /seen\r\nContent-Length: 0\r\n\r\n";
    let (result, sent) = send(&request, &[refused, moved, OK], 1024);
    assert_eq!((result, sent.len()), (Ok(200), 3));
    assert_eq!(
        sent.iter().map(|sent| value(sent, "Cookie")).collect::<Vec<_>>(),
        [None, Some("a=1"), Some("a=1")]
    );
    assert!(
        sent[1].starts_with("POST /light?a=%E5%85%89&b=c ") && sent[1].ends_with("\r\n\r\nd=e")
    );
    assert!(sent[2].starts_with("GET /seen ") && sent[2].ends_with("\r\n\r\n"));
    for sent in &sent {
        let names = ["X-Own", "Authorization", "X-Token", "X-Signed", "TE"];
        assert!(names.into_iter().all(|name| value(sent, name).is_some()), "{sent}");
    }
}
