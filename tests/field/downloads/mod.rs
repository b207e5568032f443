//! Downloads from servers that break off, change the file, and answer `Range` in every way there is.

mod parts;
mod random;

use std::fmt::Write;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use embedded_nal::{AddrType, Dns, TcpClientStack};
use nal_http::client::{Client, DownloadErrorOf, Piece};
use nal_http::net::Timeouts;
use nal_http::testing::{ScriptError, Ticks};

/// How a server answers one request.
#[derive(Debug, Clone)]
struct Answer {
    /// It puts another version in place first.
    changes: bool,
    kind: Kind,
    is_chunked: bool,
    /// It breaks off behind so many bytes of the body, politely or not.
    cut: Option<(usize, bool)>,
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    /// As RFC 9110 section 13.1.5 and 14.2 say.
    Honest,
    /// Takes no notice of `If-Range`.
    AnyVersion,
    /// Takes no notice of `Range`.
    All,
    /// A 206 with all of it.
    AllAsPart,
    /// A 206 that begins so many bytes before, or behind, or ends before.
    Earlier(u8),
    Later(u8),
    Shorter(u8),
    /// Content-Range as it is written elsewhere.
    Unit(&'static str),
    NoRange,
    NoTotal,
    OtherTotal,
    /// A body of another length than the range.
    OtherLength,
    /// The validator is left out, or is weak, in a 206.
    NoValidator,
    Weak,
    Multipart,
    Status(u16),
}

/// What versions are told apart by.
#[derive(Debug, Clone, Copy)]
enum Validator {
    Tag,
    Date,
    /// Changed in the second in which it was sent: no date tells that apart.
    FreshDate,
    WeakTag,
    None,
}

impl Validator {
    fn headers(self, version: usize) -> String {
        match self {
            Self::Tag => format!("ETag: \"v{version}\"\r\n"),
            Self::Date | Self::FreshDate => {
                format!("Last-Modified: Tue, 24 Nov 2026 08:00:{:02} GMT\r\n", version % 60)
            }
            Self::WeakTag => format!("ETag: W/\"v\"\r\n{}", Self::Date.headers(version)),
            Self::None => String::new(),
        }
    }
}

struct FileServer {
    versions: Vec<Vec<u8>>,
    now: usize,
    validator: Validator,
    answers: Vec<Answer>,
    /// What it does when these are over.
    then: Answer,
    requests: Vec<String>,
    request: Vec<u8>,
    answer: Vec<u8>,
    ends_by_reset: Option<bool>,
}

const HONEST: Answer = Answer { changes: false, kind: Kind::Honest, is_chunked: false, cut: None };

impl FileServer {
    fn new(versions: Vec<Vec<u8>>, validator: Validator, answers: Vec<Answer>) -> Self {
        Self {
            versions,
            now: 0,
            validator,
            answers,
            then: HONEST,
            requests: Vec::new(),
            request: Vec::new(),
            answer: Vec::new(),
            ends_by_reset: None,
        }
    }

    fn respond(&mut self) {
        let request = String::from_utf8(std::mem::take(&mut self.request)).unwrap();
        let n = self.requests.len();
        let answer = self.answers.get(n).unwrap_or(&self.then).clone();
        if answer.changes {
            self.now += 1;
        }
        let file = self.versions[self.now % self.versions.len()].clone();
        let mut validator = self.validator.headers(self.now);
        let line = |name: &str| {
            let value = request.lines().find_map(|line| line.strip_prefix(name));
            value.map(str::to_owned)
        };
        let from = line("Range: bytes=");
        let from = from.map(|range| range.trim_end_matches('-').parse::<usize>().unwrap());
        let is_same = line("If-Range: ").is_none_or(|known| validator.contains(&known));
        self.requests.push(request);
        let from = from.filter(|_| is_same || !matches!(answer.kind, Kind::Honest));
        let (len, mut first, mut last) = (file.len(), from.unwrap_or(0), file.len());
        let (mut unit, mut total, mut more) = ("bytes ", len.to_string(), 0);
        let mut status = if from.is_some() { 206 } else { 200 };
        match answer.kind {
            Kind::Honest | Kind::AnyVersion => {}
            Kind::All => (status, first) = (200, 0),
            Kind::AllAsPart => (status, first) = (206, 0),
            Kind::Earlier(n) => first = first.saturating_sub(n.into()),
            Kind::Later(n) => (status, first) = (206, first + usize::from(n)),
            Kind::Shorter(n) => {
                (status, last) = (206, last.saturating_sub(n.into()).max(first + 1));
            }
            Kind::Unit(name) => unit = name,
            Kind::NoRange => status = 206,
            Kind::NoTotal => total = "*".into(),
            Kind::OtherTotal => total = (len + 1).to_string(),
            Kind::OtherLength => more = 3,
            Kind::NoValidator if status == 206 => validator.clear(),
            Kind::Weak if status == 206 => validator = validator.replace("\"v", "W/\"v"),
            Kind::NoValidator | Kind::Weak => {}
            Kind::Multipart => status = 206,
            Kind::Status(code) => (status, first, last) = (code, 0, 0),
        }
        if status == 206 && (first >= last || last > len) {
            (status, first, last) = (416, 0, 0);
        }
        let mut body = file.get(first..last).unwrap_or_default().to_vec();
        let date = if let Validator::FreshDate = self.validator { 24 } else { 25 };
        let mut head = format!("HTTP/1.1 {status} X\r\n{validator}");
        match self.validator {
            Validator::FreshDate => {
                let changed = validator.replace("Last-Modified", "Date");
                head += &changed;
            }
            _ => write!(head, "Date: Wed, {date} Nov 2026 08:00:00 GMT\r\n").unwrap(),
        }
        if matches!(answer.kind, Kind::Multipart) {
            head += "Content-Type: Multipart/ByteRanges; boundary=x\r\n";
            body = [b"--x\r\nContent-Range: bytes 0-0/1\r\n\r\n".as_slice(), &body].concat();
        } else if status == 206 && !matches!(answer.kind, Kind::NoRange) {
            write!(head, "Content-Range: {unit}{first}-{}/{total}\r\n", last - 1).unwrap();
        }
        if status == 206 {
            body.extend(std::iter::repeat_n(b'?', more));
        }
        if answer.is_chunked {
            head += "Transfer-Encoding: chunked\r\n\r\n";
            let chunks = body.chunks(50);
            let chunks = chunks.map(|chunk| {
                [format!("{:x}\r\n", chunk.len()).as_bytes(), chunk, b"\r\n"].concat()
            });
            body = chunks.flatten().chain(*b"0\r\n\r\n").collect();
        } else {
            write!(head, "Content-Length: {}\r\n\r\n", body.len()).unwrap();
        }
        if let Some((n, _)) = answer.cut {
            body.truncate(n);
        }
        self.answer = [head.into_bytes(), body].concat();
        self.ends_by_reset = answer.cut.map(|(_, by_reset)| by_reset);
    }
}

impl TcpClientStack for FileServer {
    type TcpSocket = ();
    type Error = ScriptError;

    fn socket(&mut self) -> Result<(), ScriptError> {
        Ok(())
    }

    fn connect(&mut self, (): &mut (), _: SocketAddr) -> nb::Result<(), ScriptError> {
        (self.answer, self.ends_by_reset) = (Vec::new(), None);
        Ok(())
    }

    fn send(&mut self, (): &mut (), bytes: &[u8]) -> nb::Result<usize, ScriptError> {
        self.request.extend_from_slice(bytes);
        if self.request.ends_with(b"\r\n\r\n") {
            self.respond();
        }
        Ok(bytes.len())
    }

    fn receive(&mut self, (): &mut (), buffer: &mut [u8]) -> nb::Result<usize, ScriptError> {
        let n = self.answer.len().min(buffer.len()).min(97);
        buffer[..n].copy_from_slice(&self.answer[..n]);
        self.answer.drain(..n);
        match (n, self.ends_by_reset) {
            (0, Some(true)) => Err(nb::Error::Other(ScriptError::Reset)),
            _ => Ok(n),
        }
    }

    fn close(&mut self, (): ()) -> Result<(), ScriptError> {
        Ok(())
    }
}

impl Dns for FileServer {
    type Error = ScriptError;

    fn get_host_by_name(&mut self, _: &str, _: AddrType) -> nb::Result<IpAddr, ScriptError> {
        Ok(Ipv4Addr::LOCALHOST.into())
    }

    fn get_host_by_address(&mut self, _: IpAddr, _: &mut [u8]) -> nb::Result<usize, ScriptError> {
        Err(nb::Error::Other(ScriptError::Misused))
    }
}

/// A flash in which each byte must follow the one before, or start over.
#[derive(Debug, Default)]
struct Flash {
    bytes: Vec<u8>,
    starts: usize,
}

impl Flash {
    fn write(&mut self, piece: Piece<'_>) -> Result<(), &'static str> {
        if piece.offset == 0 {
            self.bytes.clear();
            self.starts += 1;
        }
        assert_eq!(piece.offset, self.bytes.len() as u64);
        assert!(!piece.bytes.is_empty());
        self.bytes.extend_from_slice(piece.bytes);
        Ok(())
    }
}

type Failure = DownloadErrorOf<FileServer, &'static str>;

/// What a download ends with, what was written, and for how many milliseconds it waited.
fn download(server: &mut FileServer) -> (Result<u64, Failure>, Flash, u32) {
    thread_local!(static WAITED: std::cell::Cell<u32> = const { std::cell::Cell::new(0) });
    WAITED.set(0);
    let mut flash = Flash::default();
    let mut buffer = [0; 900];
    let mut client = Client::new(server, Ticks::every(1_000)).timeouts(Timeouts::each(60_000));
    client = client.idle(|_, ms| WAITED.set(WAITED.get() + ms));
    let url = "http://mpython.cn/firmware.bin";
    let result = client.download(url, &mut buffer, |piece| flash.write(piece));
    (result, flash, WAITED.get())
}

fn versions() -> Vec<Vec<u8>> {
    vec![vec![b'A'; 4000], vec![b'B'; 4000]]
}

/// The first answer of C1 and C3: half of the file, then the connection breaks.
const HALF: Answer = Answer { cut: Some((2000, true)), ..HONEST };

fn behind_half(kind: Kind, changes: bool) -> FileServer {
    let second = Answer { changes, kind, ..HONEST };
    FileServer::new(versions(), Validator::Tag, vec![HALF, second])
}
