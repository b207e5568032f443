//! Extras of one's own: a signature in the manner of a cloud's API, and a token that is fetched anew on 401.
//!
//! `cargo run --example extras`: it starts a server of its own, which checks both.
//!
//! Nothing here allocates but the server, so that the two extras run on a microcontroller as they are.

mod pc;

use std::cell::{Cell, RefCell};
use std::error::Error;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::thread;
use std::time::{SystemTime, UNIX_EPOCH};

use heapless::String;
use nal_http::client::{
    Client, Extra, IncomingHead, Next, OutgoingHead, RequestError, ResponseError,
};
use nal_std::Stack;
use pc::PcClock;
use sha2::{Digest, Sha256};

/// What the board and the cloud both know.
const KEY: &[u8] = b"a secret of at most 64 bytes";
const KEY_ID: &str = "board-301";
/// How long a token is good, in seconds.
const LIFETIME_S: u64 = 300;

type Hash = [u8; 32];

/// HMAC with SHA-256 (RFC 2104), for keys of up to 64 bytes.
fn hmac(key: &[u8], parts: &[&[u8]]) -> Hash {
    let pad = |with: u8| {
        let mut block = [with; 64];
        block.iter_mut().zip(key).for_each(|(byte, key)| *byte ^= key);
        Sha256::new().chain_update(block)
    };
    let inner = parts.iter().fold(pad(0x36), Digest::chain_update);
    pad(0x5c).chain_update(inner.finalize()).finalize().into()
}

fn hex(hash: &Hash) -> String<64> {
    let mut text = String::new();
    for byte in hash {
        write!(text, "{byte:02x}").expect("two digits for each byte");
    }
    text
}

/// What stands for a request: method, target, date and body cannot be changed on the way.
fn signature(method: &str, target: &str, date: &str, body: &[u8]) -> String<64> {
    let body = hex(&Sha256::digest(body).into());
    let lines = [method, "\n", target, "\n", date, "\n", &body];
    hex(&hmac(KEY, &lines.map(str::as_bytes)))
}

/// Signs each request, with its date.
struct Signed {
    now_s: fn() -> u64,
}

impl Extra for Signed {
    fn request(&self, head: &mut OutgoingHead<'_>) -> Result<(), RequestError> {
        // A body that is read while it is sent is not there yet; a cloud would have it signed piece by piece.
        let body = head.body().unwrap_or_default();
        let (mut date, mut value) = (String::<20>::new(), String::<192>::new());
        write!(date, "{}", (self.now_s)()).expect("a u64 has 20 digits");
        let signature = signature(head.method(), head.target(), &date, body);
        write!(value, "HMAC-SHA256 Credential={KEY_ID}, Signature={signature}").expect("room");
        head.header("X-Date", &date)?;
        head.header("Authorization", &value)
    }
}

/// Sends a token, and fetches another when the server takes it no more.
struct Token {
    text: RefCell<String<96>>,
    fetch: fn(&mut String<96>),
    /// It was fetched for the request that is under way: if that one is refused as well, so it is.
    is_fresh: Cell<bool>,
}

impl Extra for Token {
    fn request(&self, head: &mut OutgoingHead<'_>) -> Result<(), RequestError> {
        head.header("X-Token", &self.text.borrow())
    }

    fn response(&self, head: &mut IncomingHead<'_>) -> Result<Next, ResponseError> {
        // An upload cannot be sent again, but the next request has the new token.
        let is_fresh = self.is_fresh.replace(false);
        if head.status_code() != 401 || is_fresh {
            return Ok(Next::Proceed);
        }
        (self.fetch)(&mut self.text.borrow_mut());
        self.is_fresh.set(head.is_repeatable());
        Ok(Next::Again)
    }
}

fn now_s() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs())
}

/// Where a board would ask its cloud, here one is made: when it was, and a proof of that.
fn mint(at_s: u64, token: &mut String<96>) {
    token.clear();
    let mut time = String::<20>::new();
    write!(time, "{at_s}").expect("a u64 has 20 digits");
    write!(token, "{time}.{}", hex(&hmac(KEY, &[b"token ", time.as_bytes()]))).expect("room");
}

fn main() -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let base = format!("http://{}/readings/", listener.local_addr()?);
    thread::spawn(move || listener.incoming().flatten().try_for_each(|peer| serve(&peer)));

    let signed = Signed { now_s };
    let fetch = |token: &mut String<96>| {
        println!("a new token");
        mint(now_s(), token);
    };
    let token = Token { text: RefCell::default(), fetch, is_fresh: Cell::new(false) };
    // The one that was kept in flash is from long ago.
    mint(0, &mut token.text.borrow_mut());

    let mut stack = Stack::new();
    let mut client = Client::new(&mut stack, PcClock::new()).idle(pc::wait).base_url(&base);
    let mut buffer = [0; 1024];
    for light in ["301", "302"] {
        let request = client.put("light?unit=lux").params(&[("place", "教室")]).data(light);
        let mut response = request.with(&signed).with(&token).send(&mut buffer)?;
        response.raise_for_status()?;
        println!("{}", response.text()?);
    }
    Ok(())
}

/// Answers one request: 403 if it is not signed, 401 if its token is too old.
fn serve(peer: &TcpStream) -> std::io::Result<()> {
    let mut reader = BufReader::new(peer);
    let mut lines = Vec::new();
    loop {
        let mut line = std::string::String::new();
        reader.read_line(&mut line)?;
        if line.trim_end().is_empty() {
            break;
        }
        lines.push(line.trim_end().to_owned());
    }
    let field = |name: &str| {
        lines.iter().find_map(|line| line.strip_prefix(name)?.strip_prefix(": ")).unwrap_or("")
    };
    let mut body = vec![0; field("Content-Length").parse().unwrap_or(0)];
    reader.read_exact(&mut body)?;

    let mut words = lines.first().map_or("", |line| line).split(' ');
    let (method, target) = (words.next().unwrap_or(""), words.next().unwrap_or(""));
    let expected = signature(method, target, field("X-Date"), &body);
    let token = field("X-Token");
    let minted_s = token.split('.').next().and_then(|time| time.parse().ok()).unwrap_or(0);
    let mut valid = String::new();
    mint(minted_s, &mut valid);
    let (status, text) = if !field("Authorization").ends_with(expected.as_str()) {
        ("403 Forbidden", "not signed".to_owned())
    } else if token != valid.as_str() || now_s().saturating_sub(minted_s) > LIFETIME_S {
        ("401 Unauthorized", "token is too old".to_owned())
    } else {
        (
            "200 OK",
            format!(
                "{method} {target} from {KEY_ID}: {}",
                std::string::String::from_utf8_lossy(&body)
            ),
        )
    };
    let length = text.len();
    write!(
        &mut &*peer,
        "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{text}"
    )
}
