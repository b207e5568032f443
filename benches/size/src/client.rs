//! The clients that are measured.

use core::hint::black_box;

use embedded_io::{ErrorKind, ErrorType, Read};
use nal_http::client::{
    Client, ErrorOf, Multipart, Part, Pool, Request, Response, Upload, http_get,
};
use nal_http::net::Transport;

use crate::stub::{DeviceClock, Register, Stub};

/// What of the stack is the caller's: the buffer of the request, and that of the pieces. The peers' programs have the same.
pub const BUFFERS: usize = 512 + 100;

/// A URL that the compiler cannot take apart beforehand.
fn url() -> &'static str {
    black_box("http://mpython.cn/weather")
}

/// What is uploaded. (Slices as readers keep a panic of their own.)
struct Readings;

impl ErrorType for Readings {
    type Error = ErrorKind;
}

impl Read for Readings {
    fn read(&mut self, out: &mut [u8]) -> Result<usize, ErrorKind> {
        out.fill(b'x');
        Ok(out.len())
    }
}

/// A GET whose body is read in pieces.
pub fn get(stack: &mut Stub) {
    let mut client = Client::new(stack, DeviceClock);
    exchange(client.get(url()));
}

/// As [`get`], with a form to send.
pub fn post_form(stack: &mut Stub) {
    let mut client = Client::new(stack, DeviceClock);
    exchange(client.post(url()).form(&[("city", "深圳"), ("unit", "C")]));
}

/// As [`get`], with a body that is read while it is sent.
pub fn upload(stack: &mut Stub) {
    let mut reader = Readings;
    let body = Upload::sized(&mut reader, 11);
    let mut client = Client::new(stack, DeviceClock);
    exchange(client.put(url()).upload(&body));
}

/// As [`get`], with a form that has a file.
pub fn post_files(stack: &mut Stub) {
    let mut reader = Readings;
    let parts = [
        Part::field("city", black_box("深圳")),
        Part::file("log", "light.csv", "text/csv", &mut reader, 11),
    ];
    let form = Multipart::new(&parts, black_box([7; 16]));
    let mut client = Client::new(stack, DeviceClock);
    exchange(client.post(url()).files(&form));
}

/// As [`get`], with a name and a password.
pub fn get_with_password(stack: &mut Stub) {
    let mut client = Client::new(stack, DeviceClock);
    exchange(client.get(url()).auth(black_box("name"), black_box("password")));
}

/// As [`get`], through an http proxy that wants a password.
pub fn get_through_proxy(stack: &mut Stub) {
    let mut client = Client::new(stack, DeviceClock).proxy(black_box("http://a:b@proxy:3128"));
    exchange(client.get(url()));
}

/// As [`get`], with a default header, and a URL that is relative.
pub fn get_from_base(stack: &mut Stub) {
    let mut client = Client::new(stack, DeviceClock)
        .headers(black_box(&[("X-Api-Key", "301")]))
        .base_url(black_box("http://mpython.cn/api/"));
    exchange(client.get(black_box("weather")));
}

/// As [`get`], over a connection that is kept.
pub fn get_and_keep(stack: &mut Stub) {
    let mut pool = Pool::<_, 1>::new();
    let mut client = Client::new(stack, DeviceClock).keep_alive(&mut pool);
    exchange(client.get(url()));
}

/// As [`get`], with trailers.
pub fn get_with_trailers(stack: &mut Stub) {
    let mut client = Client::new(stack, DeviceClock);
    exchange(client.get(url()).trailers());
}

/// As [`get`], with cookies.
pub fn get_with_cookies(stack: &mut Stub) {
    let cookies = nal_http::client::Cookies::<4>::new();
    let mut client = Client::new(stack, DeviceClock);
    exchange(client.get(url()).cookies(&cookies));
}

/// As [`get`], with a proof that the password is known.
#[cfg(feature = "digest")]
pub fn get_with_digest(stack: &mut Stub) {
    let mut client = Client::new(stack, DeviceClock);
    exchange(client.get(url()).digest(black_box("name"), black_box("password"), black_box(1)));
}

/// The tutorial's first program.
pub fn tutorial(stack: &mut Stub) {
    settle(http_get(stack, DeviceClock, url(), show));
}

fn exchange<S: Transport>(request: Request<'_, &mut Client<'_, S, DeviceClock>>) {
    let mut buffer = [0; 512];
    settle(request_into(request, &mut buffer));
}

fn request_into<S: Transport>(
    request: Request<'_, &mut Client<'_, S, DeviceClock>>,
    buffer: &mut [u8],
) -> Result<u16, ErrorOf<S>> {
    read(request.send(buffer)?)
}

fn read<S: Transport>(
    mut response: Response<'_, '_, '_, S, DeviceClock>,
) -> Result<u16, ErrorOf<S>> {
    let mut piece = [0; 100];
    loop {
        match response.read(&mut piece)? {
            0 => return Ok(response.status_code()),
            n => show(piece.get(..n).unwrap_or_default()),
        }
    }
}

fn show(piece: &[u8]) {
    Register::Result.set(piece.len());
}

fn settle<E>(result: Result<u16, E>) {
    Register::Result.set(result.map_or(0, usize::from));
}

/// A value sent and another received.
#[cfg(feature = "json")]
pub fn json(stack: &mut Stub) {
    #[derive(serde::Serialize, serde::Deserialize)]
    struct Weather {
        temperature: i32,
        humidity: u8,
    }

    let mut buffer = [0; 512];
    let mut client = Client::new(stack, DeviceClock);
    let weather = Weather { temperature: 0, humidity: black_box(50) };
    let answer = client.post(url()).json(&weather).send(&mut buffer);
    let weather = answer.and_then(|mut response| response.json::<Weather>());
    settle(weather.map(|weather| weather.temperature as u16 + u16::from(weather.humidity)));
}

/// As [`get`], over TLS: from a server with a certificate of an authority, or one that is pinned.
#[cfg(feature = "tls")]
pub fn get_over_tls(stack: &mut Stub, trust: nal_http::tls::Trust<'_>) {
    use core::pin::pin;
    use nal_http::tls::{Link, MIN_SEND, Memory, Session, TlsStack, engine};

    let (mut receive, mut send) = ([0; 4352], [0; MIN_SEND]);
    let memory = Memory { receive: &mut receive, send: &mut send };
    let link = Link::<256>::new();
    let mut engine = pin!(engine(&link, trust, memory, Board));
    let mut session = Session::new(&link, engine.as_mut());
    let mut stack = TlsStack::new(stack, &mut session);
    let mut client = Client::new(&mut stack, DeviceClock);
    exchange(client.get(black_box("https://mpython.cn/weather")));
}

/// A board with bad random numbers: nothing is sent anywhere.
#[cfg(feature = "tls")]
pub struct Board;

#[cfg(feature = "tls")]
impl nal_http::tls::Platform for Board {
    fn random(&mut self, bytes: &mut [u8]) {
        bytes.fill_with(|| Register::Result.get() as u8);
    }

    fn unix_time(&mut self) -> Option<u64> {
        Some(Register::Result.get() as u64)
    }
}
