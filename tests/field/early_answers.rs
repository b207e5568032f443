//! Servers that answer before they have got the whole request, and what they do to the connection then.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread::JoinHandle;
use std::time::Duration;

use core::net::IpAddr;
use embedded_nal::{AddrType, Dns, TcpClientStack, TcpError, TcpErrorKind, nb};
use nal_http::client::{Client, Error, Phase, Request, ResponseError, Upload};
use nal_http::testing::Ticks;
use nal_http::wire::Method;
use nal_std::Stack;

/// How a server ends the connection once it has taken so much.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// It takes no more, and stays.
    Stays,
    /// It takes all.
    TakesAll,
    /// It closes its side: what it said can be received, then the end.
    Closes,
    /// It takes no more, and says so: `PipeClosed`.
    PipeClosed,
    /// It resets when more is sent; the stack still holds what it said.
    Resets,
}

/// A server that takes `takes` bytes, `at_once` at most, and has said something before it takes the rest.
struct Early {
    says: Vec<u8>,
    takes: usize,
    end: End,
    taken: Vec<u8>,
    said: usize,
    /// So much it says in one piece.
    piece: usize,
    open: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Broken {
    Pipe,
    Reset,
}

impl TcpError for Broken {
    fn kind(&self) -> TcpErrorKind {
        match self {
            Self::Pipe => TcpErrorKind::PipeClosed,
            Self::Reset => TcpErrorKind::Other,
        }
    }
}

impl TcpClientStack for Early {
    type TcpSocket = ();
    type Error = Broken;

    fn socket(&mut self) -> Result<(), Broken> {
        self.open += 1;
        Ok(())
    }

    fn connect(&mut self, (): &mut (), _: SocketAddr) -> nb::Result<(), Broken> {
        Ok(())
    }

    fn send(&mut self, (): &mut (), bytes: &[u8]) -> nb::Result<usize, Broken> {
        let n = bytes.len().min(self.takes - self.taken.len().min(self.takes));
        self.taken.extend_from_slice(&bytes[..n]);
        match self.end {
            _ if n > 0 => Ok(n),
            End::TakesAll => {
                self.taken.extend_from_slice(bytes);
                Ok(bytes.len())
            }
            End::Stays | End::Closes => Err(nb::Error::WouldBlock),
            End::PipeClosed => Err(nb::Error::Other(Broken::Pipe)),
            End::Resets => Err(nb::Error::Other(Broken::Reset)),
        }
    }

    fn receive(&mut self, (): &mut (), out: &mut [u8]) -> nb::Result<usize, Broken> {
        let left = &self.says[self.said..];
        if self.taken.len() < self.takes {
            return Err(nb::Error::WouldBlock);
        }
        if left.is_empty() {
            return match self.end {
                End::Stays | End::TakesAll => Err(nb::Error::WouldBlock),
                End::Closes | End::PipeClosed => Ok(0),
                End::Resets => Err(nb::Error::Other(Broken::Reset)),
            };
        }
        let n = left.len().min(out.len()).min(self.piece);
        out[..n].copy_from_slice(&left[..n]);
        self.said += n;
        Ok(n)
    }

    fn close(&mut self, (): ()) -> Result<(), Broken> {
        self.open -= 1;
        Ok(())
    }
}

impl Dns for Early {
    type Error = Broken;

    fn get_host_by_name(&mut self, _: &str, _: AddrType) -> nb::Result<IpAddr, Broken> {
        Ok(IpAddr::from([192, 168, 0, 1]))
    }

    fn get_host_by_address(&mut self, _: IpAddr, _: &mut [u8]) -> nb::Result<usize, Broken> {
        Err(nb::Error::Other(Broken::Reset))
    }
}

const TOO_LARGE: &[u8] =
    b"HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 3\r\n\r\nbig";

/// The three ways in which a body is sent.
#[derive(Debug, Clone, Copy)]
enum Body {
    Bytes,
    Form,
    Upload,
}

type Outcome = Result<(u16, String), Error<Broken, Broken>>;

fn post(stack: &mut Early, body: Body, size: usize) -> (Outcome, usize) {
    let data = "x".repeat(5000);
    let form = [("a", data.as_str())];
    let mut file = data.as_bytes();
    let upload = Upload::sized(&mut file, 5000);
    let request = Request::new(Method::POST, "http://mpython.cn/firmware").timeout(1000);
    let request = match body {
        Body::Bytes => request.data(&data),
        Body::Form => request.form(&form),
        Body::Upload => request.upload(&upload),
    };
    let mut buffer = vec![0; size];
    let mut call = request.start(&mut buffer).unwrap();
    for now in 0..10_000 {
        let result = match call.collect(stack, now) {
            Err(nb::Error::WouldBlock) => continue,
            Err(nb::Error::Other(error)) => Err(error),
            Ok(()) => {
                let text = String::from_utf8(call.content().to_vec()).unwrap();
                Ok((call.status_code(), text))
            }
        };
        call.close(stack);
        assert_eq!(stack.open, 0);
        return (result, now as usize);
    }
    panic!("it never ends");
}

fn early(says: &[u8], takes: usize, end: End, piece: usize) -> Early {
    Early { says: says.to_vec(), takes, end, taken: Vec::new(), said: 0, piece, open: 0 }
}

/// nginx over its `client_max_body_size`, API gateways, cameras: they answer, and read no more. Some stay, some close,
/// some reset, after any byte of the request.
#[test]
fn an_answer_that_has_arrived_is_given() {
    let interim = [b"HTTP/1.1 100 Continue\r\n\r\n", TOO_LARGE].concat();
    let long = "x".repeat(400);
    let long = format!(
        "HTTP/1.1 413 Too Large\r\nX: {long}\r\nConnection: close\r\nContent-Length: 3\r\n\r\nbig"
    );
    for says in [TOO_LARGE, &interim, long.as_bytes()] {
        for body in [Body::Bytes, Body::Form, Body::Upload] {
            for end in [End::Stays, End::Closes, End::PipeClosed, End::Resets] {
                for piece in [1, 7, 1000] {
                    for size in [230, 512] {
                        // Up to where the head was taken.
                        for takes in (200..700).step_by(37).chain([4000]) {
                            let mut stack = early(says, takes, end, piece);
                            let (outcome, waited) = post(&mut stack, body, size);
                            let what = (body, end, piece, size, takes);
                            assert_eq!(outcome, Ok((413, "big".into())), "{what:?}");
                            assert!(waited < 900, "{what:?}: it is not the time-out that ends it");
                        }
                    }
                }
            }
        }
    }
}

/// Nothing was taken yet: a server that has too many connections.
#[test]
fn an_answer_to_nothing_is_given() {
    for end in [End::Closes, End::PipeClosed, End::Resets, End::Stays] {
        for takes in [0, 1, 60] {
            let busy = b"HTTP/1.1 503 Busy\r\nContent-Length: 3\r\n\r\nbig";
            let mut stack = early(busy, takes, end, 1000);
            assert_eq!(
                post(&mut stack, Body::Bytes, 512).0,
                Ok((503, "big".into())),
                "{end:?} {takes}"
            );
        }
    }
}

/// Servers that answer while they read: an echo, a proxy that streams. The whole request is sent.
#[test]
fn a_success_that_comes_early_does_not_end_the_request() {
    let answer = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nyes\r\n0\r\n\r\n";
    for body in [Body::Bytes, Body::Form, Body::Upload] {
        for piece in [1, 1000] {
            let mut stack = early(answer, 700, End::TakesAll, piece);
            assert_eq!(post(&mut stack, body, 512).0, Ok((200, "yes".into())), "{body:?}");
            let sent = String::from_utf8_lossy(&stack.taken).into_owned();
            assert_eq!(sent.matches('x').count(), 5000 + sent.matches("x-www").count(), "{body:?}");
        }
        // The server that does not take the rest has answered all the same, when the time is over.
        for (end, late) in [(End::Stays, true), (End::Resets, false), (End::PipeClosed, false)] {
            let mut stack = early(answer, 700, end, 1000);
            let (outcome, waited) = post(&mut stack, body, 512);
            assert_eq!((outcome, waited >= 1000), (Ok((200, "yes".into())), late), "{body:?}");
        }
    }
}

/// What is none: half a head, nothing at all. The error is that of the connection.
#[test]
fn what_is_no_answer_is_an_error() {
    for says in [&b""[..], b"HTTP/1.1 413 Too", b"HTTP/1.1 100 Continue\r\n\r\n"] {
        let mut stack = early(says, 700, End::Resets, 1000);
        assert_eq!(post(&mut stack, Body::Bytes, 512).0, Err(Error::Send(Broken::Reset)));
        let mut stack = early(says, 700, End::Closes, 1000);
        let closed = Err(Error::Response(ResponseError::Closed));
        assert_eq!(post(&mut stack, Body::Bytes, 512).0, closed);
    }
    let mut stack = early(b"", 700, End::Stays, 1000);
    assert_eq!(post(&mut stack, Body::Bytes, 512).0, Err(Error::TimedOut(Phase::Send)));
    let mut stack = early(b"nonsense\r\n", 700, End::Stays, 1000);
    assert!(matches!(post(&mut stack, Body::Bytes, 512).0, Err(Error::Response(_))));
}

/// A server over a real socket: it reads the head, answers, and does something to the connection.
fn serve(then: impl FnOnce(TcpStream) + Send + 'static) -> (SocketAddr, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let thread = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut head = Vec::new();
        while !head.windows(4).any(|four| four == b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).unwrap();
            head.extend(byte);
        }
        stream.write_all(TOO_LARGE).unwrap();
        then(stream);
    });
    (address, thread)
}

/// Uploads to this address, and does something when the head of the answer is there.
fn upload_20_mb(address: SocketAddr, answered: impl FnOnce()) -> Result<(u16, String), String> {
    let data = vec![b'x'; 20_000_000];
    let mut stack = Stack::new();
    let mut client = Client::new(&mut stack, Ticks::every(1)).idle(|stack, _| {
        stack.wait(Duration::from_millis(1));
    });
    let url = format!("http://{address}/firmware");
    let mut buffer = [0; 512];
    let response = client.post(&url).data(&data).timeout(3_000).send(&mut buffer);
    let mut response = response.map_err(|error| error.to_string())?;
    answered();
    let code = response.status_code();
    Ok((code, response.text().map_err(|error| error.to_string())?.to_owned()))
}

/// The same over sockets, with 20 MB: a server that stays, and one whose system sends a reset.
#[test]
fn twenty_megabytes_that_nobody_wants() {
    let holding = || {
        let (hold, end) = std::sync::mpsc::channel::<()>();
        let (address, server) = serve(move |stream| {
            let _ = end.recv();
            drop(stream);
        });
        // Closing with data unread makes the system send a reset.
        (address, move || {
            drop(hold);
            server.join().unwrap();
        })
    };
    let (address, reset) = holding();
    assert_eq!(upload_20_mb(address, || ()), Ok((413, "big".into())), "it stays open");
    reset();
    let (address, reset) = holding();
    assert_eq!(upload_20_mb(address, reset), Ok((413, "big".into())), "it resets later");

    let (address, _) = serve(drop);
    match upload_20_mb(address, || ()) {
        Ok(answer) => assert_eq!(answer, (413, "big".into())),
        // The system may drop what it has received together with the connection.
        Err(error) => assert!(error.starts_with("connection broke"), "{error}"),
    }
}
