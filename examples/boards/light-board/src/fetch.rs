use core::fmt;

use nal_http::client::{self, Client};
use nal_http::hal::{Clock, Deadline};
use nal_http::net::Transport;
use nal_smoltcp::{Error, Stack};
use smoltcp::phy::Device;

use crate::stack::idle;
use crate::{Board, BoardClock};

/// How long DHCP may take, in milliseconds.
const DHCP_MS: u32 = 30_000;

/// Why [`fetch`] failed.
#[derive(Debug)]
pub enum FetchError {
    /// No DHCP server gave the board an address in 30 seconds.
    NoAddress,
    /// The request failed.
    Client(client::Error<Error, Error>),
}

/// A client on the board's stack. While it waits, the stack is looked after, and the board rests.
pub fn client<'s, 'a, B: Board, D: Device>(
    stack: &'s mut Stack<'a, D>,
) -> Client<'s, Stack<'a, D>, BoardClock<B>> {
    Client::new(stack, BoardClock::default()).idle(idle::<B, D>)
}

/// The client on the board: waits for an address, then gets `url` and posts Chinese text to it. Status
/// and text of both answers are printed.
///
/// # Errors
/// What went wrong first.
pub fn fetch<B: Board, D: Device>(stack: &mut Stack<'_, D>, url: &str) -> Result<(), FetchError> {
    wait_for_address::<B, D>(stack)?;
    get_and_post::<B, _>(stack, idle::<B, D>, url)
}

/// [`fetch`] for https URLs, of servers for which this authority vouches: one certificate in DER. Takes 25 KB of the
/// call stack.
///
/// # Errors
/// What went wrong first.
#[cfg(feature = "https")]
pub fn fetch_over_tls<B: Board, D: Device>(
    stack: &mut Stack<'_, D>,
    url: &str,
    authority: &[u8],
    platform: impl nal_http::tls::Platform,
) -> Result<(), FetchError> {
    use core::pin::pin;

    use nal_http::tls::{Link, MIN_SEND, Memory, Session, TlsStack, Trust, engine};

    wait_for_address::<B, D>(stack)?;
    let (mut receive, mut send) = ([0; 4352], [0; MIN_SEND]);
    let memory = Memory { receive: &mut receive, send: &mut send };
    let link = Link::<256>::new();
    let authorities = [authority];
    let mut engine = pin!(engine(&link, Trust::authorities(&authorities), memory, platform));
    let mut session = Session::new(&link, engine.as_mut());
    let mut stack = TlsStack::new(stack, &mut session);
    get_and_post::<B, _>(&mut stack, |stack, ms| idle::<B, D>(stack.stack(), ms), url)
}

fn wait_for_address<B: Board, D: Device>(stack: &mut Stack<'_, D>) -> Result<(), FetchError> {
    let mut clock = BoardClock::<B>::default();
    let deadline = Deadline::after(clock.now_ms(), DHCP_MS);
    while stack.interface().ipv4_addr().is_none() {
        if deadline.is_over(clock.now_ms()) {
            return Err(FetchError::NoAddress);
        }
        idle::<B, D>(stack, deadline.remaining(clock.now_ms()));
    }
    Ok(())
}

fn get_and_post<B, S>(stack: &mut S, idle: fn(&mut S, u32), url: &str) -> Result<(), FetchError>
where
    B: Board,
    S: Transport<TcpError = Error, DnsError = Error>,
{
    let mut client = Client::new(stack, BoardClock::<B>::default()).idle(idle);
    let mut buffer = [0; 1024];
    show::<B, S>("GET", client.get(url), &mut buffer)?;
    let post = client
        .post(url)
        .header("Content-Type", "text/plain; charset=utf-8")
        .data("光线传感器值是:301");
    show::<B, S>("POST", post, &mut buffer)
}

fn show<B: Board, S: Transport<TcpError = Error, DnsError = Error>>(
    method: &str,
    request: client::Request<'_, &mut Client<'_, S, BoardClock<B>>>,
    buffer: &mut [u8],
) -> Result<(), FetchError> {
    let mut response = request.send(buffer)?;
    let status = response.status_code();
    B::print(format_args!("{method} {status} {}\n", response.text()?));
    Ok(())
}

impl fmt::Display for FetchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoAddress => f.write_str("no DHCP server has given the board an address"),
            Self::Client(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for FetchError {}

impl From<client::Error<Error, Error>> for FetchError {
    fn from(error: client::Error<Error, Error>) -> Self {
        Self::Client(error)
    }
}
