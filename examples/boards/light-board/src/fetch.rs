use core::fmt;

use nal_http::client::{self, Client};
use nal_http::hal::{Clock, Deadline};
use nal_smoltcp::{Error, Stack};
use smoltcp::phy::Device;

use crate::stack::instant;
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

/// The client on the board: waits for an address, then gets `url` and posts Chinese text to it. Status
/// and text of both answers are printed.
///
/// # Errors
/// What went wrong first.
pub fn fetch<B: Board, D: Device>(stack: &mut Stack<'_, D>, url: &str) -> Result<(), FetchError> {
    let mut clock = BoardClock::<B>::default();
    let deadline = Deadline::after(clock.now_ms(), DHCP_MS);
    while stack.interface().ipv4_addr().is_none() {
        if deadline.is_over(clock.now_ms()) {
            return Err(FetchError::NoAddress);
        }
        idle::<B, D>(stack, deadline.remaining(clock.now_ms()));
    }
    let mut client = Client::new(stack, clock).idle(idle::<B, D>);
    let mut buffer = [0; 1024];
    show::<B, D>("GET", client.get(url), &mut buffer)?;
    let post = client
        .post(url)
        .header("Content-Type", "text/plain; charset=utf-8")
        .data("光线传感器值是:301");
    show::<B, D>("POST", post, &mut buffer)?;
    Ok(())
}

type Request<'r, 'c, 's, 'a, B, D> =
    client::Request<'r, &'c mut Client<'s, Stack<'a, D>, BoardClock<B>>>;

fn show<B: Board, D: Device>(
    method: &str,
    request: Request<'_, '_, '_, '_, B, D>,
    buffer: &mut [u8],
) -> Result<(), FetchError> {
    let mut response = request.send(buffer)?;
    let status = response.status_code();
    B::print(format_args!("{method} {status} {}\n", response.text()?));
    Ok(())
}

fn idle<B: Board, D: Device>(stack: &mut Stack<'_, D>, ms: u32) {
    if !stack.poll(instant(B::uptime_ms())) {
        B::rest(ms.min(1));
    }
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
