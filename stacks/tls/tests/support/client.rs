//! A client over `std` sockets.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::pin::pin;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use embedded_io::{ErrorType, Read, Write};
use nal_tls::{Link, Memory, Platform, Session, Stream, StreamError, TlsError, Trust, engine};

/// A `std` socket as `embedded-io` has it.
pub struct Socket(pub TcpStream);

impl ErrorType for Socket {
    type Error = embedded_io::ErrorKind;
}

impl Read for Socket {
    fn read(&mut self, out: &mut [u8]) -> Result<usize, Self::Error> {
        match self.0.read(out) {
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => Ok(0),
            result => result.map_err(|error| error.kind().into()),
        }
    }
}

impl Write for Socket {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Self::Error> {
        self.0.write(bytes).map_err(|error| error.kind().into())
    }

    fn flush(&mut self) -> Result<(), Self::Error> {
        Ok(())
    }
}

/// The PC: its random numbers, and a date of choice.
#[derive(Clone, Copy)]
pub struct Pc {
    pub date: Option<u64>,
}

/// 2026-06-01.
pub const TODAY: u64 = 1_780_272_000;
pub const PC: Pc = Pc { date: Some(TODAY) };

impl Platform for Pc {
    fn random(&mut self, bytes: &mut [u8]) {
        std::fs::File::open("/dev/urandom").and_then(|mut file| file.read_exact(bytes)).unwrap();
    }

    fn unix_time(&mut self) -> Option<u64> {
        self.date
    }
}

pub fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

#[derive(Clone, Copy)]
pub struct Get<'a> {
    pub host: &'a str,
    pub trust: Trust<'a>,
    pub platform: Pc,
    pub receive: usize,
    pub send: usize,
    pub path: &'a str,
}

impl<'a> Get<'a> {
    pub fn new(trust: Trust<'a>) -> Self {
        Self { host: "device.example", trust, platform: PC, receive: 16_640, send: 1024, path: "/" }
    }
}

/// Gets a page whose end is the end of the connection.
pub fn get(address: SocketAddr, get: &Get<'_>) -> Result<Vec<u8>, TlsError> {
    let (mut receive, mut send) = (vec![0; get.receive], vec![0; get.send]);
    let link = Link::<256>::new();
    let memory = Memory { receive: &mut receive, send: &mut send };
    let mut engine = pin!(engine(&link, get.trust, memory, get.platform));
    let mut session = Session::new(&link, engine.as_mut());
    get_over(&mut session, address, get)
}

pub fn get_over<const N: usize>(
    session: &mut Session<'_, N>,
    address: SocketAddr,
    get: &Get<'_>,
) -> Result<Vec<u8>, TlsError> {
    let socket = TcpStream::connect(address).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    exchange(session, Socket(socket), get).map_err(|error| match error {
        StreamError::Tls(error) => error,
        StreamError::Connection(error) => panic!("connection broke: {error:?}"),
    })
}

fn exchange<const N: usize>(
    session: &mut Session<'_, N>,
    socket: Socket,
    get: &Get<'_>,
) -> Result<Vec<u8>, StreamError<embedded_io::ErrorKind>> {
    let mut stream = Stream::open(session, socket, get.host)?;
    let request =
        format!("GET {} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", get.path, get.host);
    let mut rest = request.as_bytes();
    while !rest.is_empty() {
        let n = stream.write(rest)?;
        rest = &rest[n..];
    }
    stream.flush()?;
    let mut page = Vec::new();
    let mut piece = [0; 100];
    loop {
        match stream.read(&mut piece)? {
            0 => break,
            n => page.extend_from_slice(&piece[..n]),
        }
    }
    stream.close()?;
    Ok(page)
}
