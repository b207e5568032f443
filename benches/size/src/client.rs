//! The clients that are measured.

use core::hint::black_box;

use embedded_io::{ErrorKind, ErrorType, Read};
use nal_http::client::{Client, ErrorOf, Multipart, Part, Request, Response, Upload, http_get};

use crate::stub::{DeviceClock, Register, Stub};

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

/// The tutorial's first program.
pub fn tutorial(stack: &mut Stub) {
    settle(http_get(stack, DeviceClock, url(), show));
}

fn exchange(request: Request<'_, &mut Client<'_, Stub, DeviceClock>>) {
    let mut buffer = [0; 512];
    settle(request_into(request, &mut buffer));
}

fn request_into(
    request: Request<'_, &mut Client<'_, Stub, DeviceClock>>,
    buffer: &mut [u8],
) -> Result<u16, ErrorOf<Stub>> {
    read(request.send(buffer)?)
}

fn read(mut response: Response<'_, '_, '_, Stub, DeviceClock>) -> Result<u16, ErrorOf<Stub>> {
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

fn settle(result: Result<u16, ErrorOf<Stub>>) {
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
