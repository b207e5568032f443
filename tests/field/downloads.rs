//! Downloads from servers that break off, change the file, and answer `Range` in every way there is.

use std::fmt::Write;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use embedded_nal::{AddrType, Dns, TcpClientStack};
use nal_http::client::{Client, DownloadError, DownloadErrorOf, Piece, ResumeError};
use nal_http::net::Timeouts;
use nal_http::testing::{ScriptError, Ticks};
use proptest::prelude::*;

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

/// A build server puts a new image in place, and a proxy that takes no notice of `If-Range` serves both.
#[test]
fn parts_of_two_versions_are_never_joined() {
    for validator in [Validator::Tag, Validator::Date, Validator::FreshDate, Validator::WeakTag] {
        let second = Answer { kind: Kind::AnyVersion, changes: true, ..HONEST };
        let mut server = FileServer::new(versions(), validator, vec![HALF, second]);
        let (result, flash, _) = download(&mut server);
        assert_eq!(result, Ok(4000), "{validator:?}");
        assert!(flash.bytes == versions()[1] || flash.bytes == versions()[0], "{validator:?}");
    }
    let mut server = behind_half(Kind::AnyVersion, true);
    let (_, flash, waited) = download(&mut server);
    assert!(flash.bytes == versions()[1]);
    assert_eq!((flash.starts, server.requests.len(), waited), (2, 3, 0));
    assert!(!server.requests[2].contains("Range"), "{}", server.requests[2]);
}

/// A cache that drops the validator, or makes it weak, says nothing about what it has put together.
#[test]
fn a_part_that_has_lost_its_validator_is_not_joined() {
    for kind in [Kind::NoValidator, Kind::Weak] {
        let mut server = behind_half(kind, false);
        let (result, flash, _) = download(&mut server);
        assert_eq!((result, flash.starts, server.requests.len()), (Ok(4000), 2, 3), "{kind:?}");
    }
}

/// Caches that have the whole file send it as a part; small servers count from where they like.
#[test]
fn what_comes_from_further_ahead_is_skipped_up_to_where_it_helps() {
    for kind in [Kind::AllAsPart, Kind::Earlier(200), Kind::Earlier(1)] {
        let mut server = behind_half(kind, false);
        let (result, flash, _) = download(&mut server);
        assert_eq!((result, flash.starts, server.requests.len()), (Ok(4000), 1, 2), "{kind:?}");
        assert!(flash.bytes == versions()[0]);
    }
}

/// RFC 9110 section 14.1: names of units have no case; section 15.3.7.1: a part may be shorter than was asked for.
#[test]
fn parts_in_other_words_are_used() {
    for (kind, requests) in [
        (Kind::Unit("Bytes "), 2),
        (Kind::Unit("BYTES "), 2),
        (Kind::NoTotal, 2),
        (Kind::Shorter(200), 3),
    ] {
        let mut server = behind_half(kind, false);
        let (result, flash, waited) = download(&mut server);
        assert_eq!(
            (result, flash.starts, server.requests.len()),
            (Ok(4000), 1, requests),
            "{kind:?}"
        );
        assert!(flash.bytes == versions()[0] && waited == 0, "{kind:?}");
    }
}

/// C3: a 206 that says nothing that can be used is asked for once, and all of the file after that, at once.
#[test]
fn a_part_that_cannot_be_used_is_not_asked_for_again() {
    for kind in [
        Kind::NoRange,
        Kind::Unit("bytes="),
        Kind::Unit("pages "),
        Kind::Later(7),
        Kind::OtherTotal,
        Kind::OtherLength,
        Kind::Multipart,
        Kind::Status(416),
    ] {
        let mut server = behind_half(kind, false);
        let (result, flash, waited) = download(&mut server);
        assert_eq!((result, flash.starts, server.requests.len()), (Ok(4000), 2, 3), "{kind:?}");
        assert!(!server.requests[2].contains("Range"), "{kind:?}");
        assert_eq!(waited, 0, "{kind:?}");
    }
}

/// A server that sends parts whatever it is asked for: the second answer of the kind ends it.
#[test]
fn a_server_that_sends_only_parts_is_given_up_at_once() {
    for kind in [Kind::NoRange, Kind::Multipart, Kind::Later(7)] {
        let mut server = FileServer::new(versions(), Validator::Tag, vec![HALF]);
        server.then.kind = kind;
        let (result, _, waited) = download(&mut server);
        assert_eq!(result, Err(DownloadError::Resume(ResumeError::Range)), "{kind:?}");
        assert_eq!((server.requests.len(), waited), (3, 0), "{kind:?}");
    }
}

/// GitHub's tags are hashes of 64 digits in quotes.
#[test]
fn a_tag_that_is_a_hash_is_kept() {
    let hash = "0123456789abcdef".repeat(4);
    let mut stack = nal_http::testing::ScriptStack::new();
    let head = format!("HTTP/1.1 200 OK\r\nETag: \"{hash}\"\r\nContent-Length: 9\r\n\r\nfirm");
    stack.answers([head.as_str().into(), nal_http::testing::Step::Reset]);
    let head = format!(
        "HTTP/1.1 206 X\r\nETag: \"{hash}\"\r\nContent-Length: 5\r\nContent-Range: bytes 4-8/9\r\n\r\nware!"
    );
    stack.answers([head.as_str().into()]);
    let (mut flash, mut buffer) = (Flash::default(), [0; 900]);
    let mut client = Client::new(&mut stack, Ticks::every(1));
    assert_eq!(client.download("http://h/", &mut buffer, |piece| flash.write(piece)), Ok(9));
    assert_eq!((flash.bytes.as_slice(), flash.starts), (&b"firmware!"[..], 1));
}

/// A server that compresses whatever it is asked for (C12): its bytes are not the file.
#[test]
fn a_file_that_is_compressed_is_not_written() {
    for coding in ["gzip", "br", "x-own"] {
        let mut stack = nal_http::testing::ScriptStack::new();
        let answer = format!(
            "HTTP/1.1 200 OK\r\nContent-Encoding: {coding}\r\nContent-Length: 2\r\n\r\n\x1f\x0b"
        );
        stack.answers([answer.as_str().into()]);
        let (mut flash, mut buffer) = (Flash::default(), [0; 900]);
        let mut client = Client::new(&mut stack, Ticks::every(1));
        let result = client.download("http://h/", &mut buffer, |piece| flash.write(piece));
        let error = result.unwrap_err();
        assert!(matches!(error, DownloadError::Resume(ResumeError::Encoded(_))));
        assert!(error.to_string().contains(coding), "{error}");
        assert_eq!(flash.starts, 0);
    }
}

/// A head that does not fit, a file without an end: the same request has the same answer.
#[test]
fn what_will_be_the_same_is_asked_for_once() {
    let too_long =
        format!("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nETag: \"{}\"\r\n\r\nx", "x".repeat(900));
    for answer in [
        "HTTP/1.1 200 OK\r\n\r\nhow long?",
        "HTTP/1.1 501 No\r\nContent-Length: 0\r\n\r\n",
        &too_long,
    ] {
        let mut stack = nal_http::testing::ScriptStack::new();
        stack.answers([answer.into(), nal_http::testing::Step::Close]);
        stack.answers([answer.into(), nal_http::testing::Step::Close]);
        let mut buffer = [0; 900];
        let mut client = Client::new(&mut stack, Ticks::every(1));
        assert!(
            client.download("http://h/", &mut buffer, |_| Ok::<_, ()>(())).is_err(),
            "{answer}"
        );
        assert!(stack.sent(1).is_empty(), "{answer}");
    }
}

fn kind() -> impl Strategy<Value = Kind> {
    prop_oneof![
        6 => Just(Kind::Honest),
        1 => Just(Kind::AnyVersion),
        1 => Just(Kind::All),
        1 => Just(Kind::AllAsPart),
        1 => any::<u8>().prop_map(Kind::Earlier),
        1 => any::<u8>().prop_map(Kind::Later),
        1 => any::<u8>().prop_map(Kind::Shorter),
        1 => prop::sample::select(vec!["Bytes ", "bytes=", "pages ", ""]).prop_map(Kind::Unit),
        1 => Just(Kind::NoRange),
        1 => Just(Kind::NoTotal),
        1 => Just(Kind::OtherTotal),
        1 => Just(Kind::OtherLength),
        1 => Just(Kind::NoValidator),
        1 => Just(Kind::Weak),
        1 => Just(Kind::Multipart),
        1 => prop::sample::select(vec![404, 416, 429, 500, 503]).prop_map(Kind::Status),
    ]
}

prop_compose! {
    fn answer()(
        changes in prop::bool::weighted(0.2), kind in kind(), is_chunked in any::<bool>(),
        cut in prop::option::weighted(0.7, (0_usize..400, any::<bool>())),
    ) -> Answer {
        Answer { changes, kind, is_chunked, cut }
    }
}

fn validator() -> impl Strategy<Value = Validator> {
    prop::sample::select(vec![
        Validator::Tag,
        Validator::Tag,
        Validator::Date,
        Validator::FreshDate,
        Validator::WeakTag,
        Validator::None,
    ])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    /// One version, whole, or an error, in a bounded number of requests; whatever the server does.
    #[test]
    fn a_download_delivers_one_version_or_an_error(
        lengths in prop::collection::vec(0_usize..400, 1..4), validator in validator(),
        answers in prop::collection::vec(answer(), 0..20), then in prop::option::of(answer()),
    ) {
        // The bytes of each version are its own, each with its place.
        let file = |(version, length): (usize, usize)| -> Vec<u8> {
            (0..=82).cycle().take(length).map(|byte: u8| byte + [0, 83, 166][version]).collect()
        };
        let files: Vec<_> = lengths.iter().copied().enumerate().map(file).collect();
        let longest = lengths.iter().copied().max().unwrap_or(0);
        let mut server = FileServer::new(files.clone(), validator, answers);
        let ends_well = then.is_none();
        server.then = then.unwrap_or(HONEST);
        let scripted = server.answers.len();
        let (result, flash, _) = download(&mut server);
        if let Ok(length) = result {
            // Nothing is written of an empty file, which has no piece.
            prop_assert_eq!(length, if length == 0 { 0 } else { flash.bytes.len() as u64 });
            let written = if length == 0 { &[] } else { flash.bytes.as_slice() };
            prop_assert!(files.iter().any(|file| file == written), "of no version: {:?}", written);
        }
        let bound = if ends_well { scripted + 2 } else { scripted + 6 * 5 * (longest + 1) };
        prop_assert!(server.requests.len() <= bound, "{} requests", server.requests.len());
    }

    /// With a strong validator and a file that stays, each byte that has come counts.
    #[test]
    fn a_file_that_stays_comes_whole_whatever_breaks(
        length in 1_usize..2_000, validator in prop::sample::select(vec![Validator::Tag, Validator::Date]),
        cuts in prop::collection::vec((1_usize..400, any::<bool>(), any::<bool>()), 0..20),
    ) {
        let file: Vec<u8> = (0..=250).cycle().take(length).collect();
        let answers = cuts.iter().enumerate().map(|(n, &(cut, by_reset, is_chunked))| {
            // In chunks, nobody knows the length before the second answer.
            Answer { is_chunked: is_chunked && n > 0, cut: Some((cut + 9, by_reset)), ..HONEST }
        });
        let mut server = FileServer::new(vec![file.clone()], validator, answers.collect());
        let (result, flash, waited) = download(&mut server);
        prop_assert_eq!((result, flash.starts, waited), (Ok(length as u64), 1, 0));
        prop_assert!(flash.bytes == file);
    }
}
