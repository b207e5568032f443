//! The protocol itself: `embedded-tls` between the two ends of a link.

use core::convert::Infallible;
use core::future::poll_fn;
use core::pin::pin;
use core::task::{Context, Poll, Waker};

use embedded_io_async::Write as _;
use embedded_tls::{
    Aes128GcmSha256, MaxFragmentLength, TlsConfig, TlsConnection, TlsContext, TlsError as Failure,
    TlsReader, TlsWriter,
};

use super::link::{Host, Link, Phase, State, Wire};
use super::provider::{Provider, check_random};
use super::verifier::Verifier;
use super::{Platform, TlsError, Trust, name};

/// The least that the memory for sending must have: room for the client's hello with the longest
/// host name.
pub const MIN_SEND: usize = 640;

/// The length of a `close_notify`: header, alert, type and tag.
pub(super) const GOODBYE: usize = 5 + 2 + 1 + 16;
/// What a record takes beside its content: `embedded-tls` keeps 128 bytes free for it when it
/// sends, and a server may take 256 (RFC 8446 section 5.2).
const SEND_OVERHEAD: usize = 128;
const RECEIVE_OVERHEAD: usize = 256;

type Connection<'m, 'l, const N: usize> = TlsConnection<'m, Wire<'l, N>, Aes128GcmSha256>;

/// The memory for one record in each direction.
#[derive(Debug)]
pub struct Memory<'m> {
    /// For what comes. With 16,640 bytes it fits all records. With less, the server is asked for
    /// records with 4096, 2048, 1024 or 512 bytes of content, which takes 256 bytes more (RFC 6066
    /// section 4). Servers on OpenSSL, as nginx, do so; many others do not, and are refused when
    /// they send a longer record. The certificates of the server always have to fit in one record.
    pub receive: &'m mut [u8],
    /// For what goes, at least [`MIN_SEND`] bytes.
    pub send: &'m mut [u8],
}

/// Serves the connections of a link, one after another, for ever.
///
/// It never blocks: it is a future that waits whenever the link has nothing for it. A
/// [`Session`](super::Session) polls it; it needs no executor and no waker.
pub async fn engine<P: Platform, const N: usize>(
    link: &Link<N>,
    trust: Trust<'_>,
    memory: Memory<'_>,
    mut platform: P,
) -> Infallible {
    let Memory { receive, send } = memory;
    loop {
        let host = link.when(next_host).await;
        let memory = Memory { receive: &mut *receive, send: &mut *send };
        let result = serve(link, trust, memory, &mut platform, &host).await;
        link.with(|state| end(state, result));
    }
}

fn next_host<const N: usize>(state: &mut State<N>) -> Option<Host> {
    let is_opening = state.phase == Phase::Opening;
    is_opening.then(|| {
        state.phase = Phase::Handshake;
        core::mem::take(&mut state.host)
    })
}

fn end<const N: usize>(state: &mut State<N>, result: Result<(), TlsError>) {
    // Another connection may already have been asked for.
    if state.phase != Phase::Opening {
        state.phase = Phase::Over(result);
    }
}

async fn serve<const N: usize>(
    link: &Link<N>,
    trust: Trust<'_>,
    memory: Memory<'_>,
    platform: &mut impl Platform,
    host: &str,
) -> Result<(), TlsError> {
    let fragment = Fragment::of(memory.receive.len());
    let send_room = fragment.content + SEND_OVERHEAD;
    let Some(send) = sized(memory.send, send_room) else { return Err(TlsError::SendMemory) };
    let limit = memory.receive.len();
    link.with(|state| state.guard = super::guard::Guard::new(limit));
    let mut tls = TlsConnection::new(Wire(link), memory.receive, send);
    open(&mut tls, link, trust, platform, host, fragment).await?;
    link.with(|state| {
        state.guard.open();
        if state.phase == Phase::Handshake {
            state.phase = Phase::Open;
        }
    });
    if let End::Client = exchange(&mut tls, link).await? {
        say_goodbye(tls);
    }
    Ok(())
}

async fn open<const N: usize>(
    tls: &mut Connection<'_, '_, N>,
    link: &Link<N>,
    trust: Trust<'_>,
    platform: &mut impl Platform,
    host: &str,
    fragment: Fragment,
) -> Result<(), TlsError> {
    check_random(platform)?;
    let name = name::parse(host)?;
    let mut config = TlsConfig::new();
    if cfg!(feature = "rsa") {
        config = config.enable_rsa_signatures();
    }
    if let Some(name) = name::indication(&name) {
        config = config.with_server_name(name);
    }
    if let Some(length) = fragment.to_ask_for {
        config = config.with_max_fragment_length(length);
    }
    let now = platform.unix_time();
    let mut provider = Provider::new(platform, Verifier::new(trust, &name, now));
    match tls.open(TlsContext::new(&config, &mut provider)).await {
        // The library asks for no proof, and has to be asked whether there was one.
        Ok(()) => Ok(provider.verifier.conclude()?),
        Err(failure) => match provider.verifier.refusal() {
            Some(refusal) => Err(refusal.into()),
            None => Err(link.with(|state| handshake_error(state, failure, fragment))),
        },
    }
}

/// Says and hears what the client and the server have for each other, until one of them ends it.
///
/// Both at a time: the server may be silent, or in the middle of a record, until it is told something.
async fn exchange<const N: usize>(
    tls: &mut Connection<'_, '_, N>,
    link: &Link<N>,
) -> Result<End, TlsError> {
    let (reader, writer) = tls.split();
    let (mut say, mut hear) = (pin!(say(writer, link)), pin!(hear(reader, link)));
    poll_fn(|context| match say.as_mut().poll(context) {
        Poll::Pending => hear.as_mut().poll(context),
        ready @ Poll::Ready(_) => ready,
    })
    .await
}

/// Sends what the client says, until it closes the connection or gives it up.
async fn say<'l, const N: usize>(
    mut writer: TlsWriter<'l, Wire<'l, N>, Aes128GcmSha256>,
    link: &Link<N>,
) -> Result<End, TlsError> {
    loop {
        let sent = match link.when(next_task).await {
            Task::Write => write(&mut writer, link).await,
            Task::Flush => writer.flush().await,
            Task::Close => return Ok(End::Client),
            Task::Forget => return Err(TlsError::NotOpen),
        };
        sent.map_err(|error| link.with(|state| open_error(state, error)))?;
    }
}

/// Receives what the server says, until it closes the connection.
async fn hear<'l, const N: usize>(
    mut reader: TlsReader<'l, Wire<'l, N>, Aes128GcmSha256>,
    link: &Link<N>,
) -> Result<End, TlsError> {
    loop {
        link.when(|state| (!state.plain_in.is_full()).then_some(())).await;
        match reader.read_buffered().await {
            Ok(mut decrypted) => link.with(|state| {
                let room = state.plain_in.room().len();
                state.plain_in.push(decrypted.pop(room));
            }),
            Err(Failure::ConnectionClosed) => return Ok(End::Server),
            Err(error) => return Err(link.with(|state| open_error(state, error))),
        }
    }
}

/// Who ended the connection.
enum End {
    Client,
    Server,
}

enum Task {
    Write,
    Flush,
    Close,
    Forget,
}

fn next_task<const N: usize>(state: &mut State<N>) -> Option<Task> {
    match state.phase {
        Phase::Abandoned | Phase::Opening => Some(Task::Forget),
        _ if !state.plain_out.is_empty() => Some(Task::Write),
        _ if core::mem::take(&mut state.flush) => Some(Task::Flush),
        Phase::Closing if state.wire_out.room().len() >= GOODBYE => Some(Task::Close),
        _ => None,
    }
}

/// Sends `close_notify`, for which there is room, so that it is done at once.
///
/// The future takes twice the size of the connection: here it is on the stack, for a moment.
fn say_goodbye<const N: usize>(tls: Connection<'_, '_, N>) {
    let mut context = Context::from_waker(Waker::noop());
    // Whether the server hears it does not matter to the client.
    let _ = pin!(tls.close()).poll(&mut context);
}

/// Encrypts what the client has written.
async fn write<'l, const N: usize>(
    writer: &mut TlsWriter<'l, Wire<'l, N>, Aes128GcmSha256>,
    link: &Link<N>,
) -> Result<(), Failure> {
    // A copy, since the state cannot be kept while the record goes out.
    let mut piece = [0; 64];
    let n = link.with(|state| state.plain_out.pop(&mut piece));
    let mut rest = piece.get(..n).unwrap_or_default();
    while !rest.is_empty() {
        let n = writer.write(rest).await?;
        rest = rest.get(n..).unwrap_or_default();
    }
    Ok(())
}

/// How long records may be.
#[derive(Clone, Copy)]
struct Fragment {
    content: usize,
    /// What to ask the server for; nothing if there is room for the longest.
    to_ask_for: Option<MaxFragmentLength>,
}

impl Fragment {
    fn of(receive: usize) -> Self {
        let lengths = [
            (16_384, None),
            (4096, Some(MaxFragmentLength::Bits12)),
            (2048, Some(MaxFragmentLength::Bits11)),
            (1024, Some(MaxFragmentLength::Bits10)),
        ];
        let fits = |(content, _): &(usize, _)| content + RECEIVE_OVERHEAD <= receive;
        let (content, to_ask_for) =
            lengths.into_iter().find(fits).unwrap_or((512, Some(MaxFragmentLength::Bits9)));
        Self { content, to_ask_for }
    }
}

/// The part of `memory` that is used for sending, if it is enough.
fn sized(memory: &mut [u8], room: usize) -> Option<&mut [u8]> {
    let length = memory.len().min(room);
    memory.get_mut(..length).filter(|memory| memory.len() >= MIN_SEND)
}

fn handshake_error<const N: usize>(
    state: &State<N>,
    failure: Failure,
    fragment: Fragment,
) -> TlsError {
    if let Some(fault) = state.fault {
        return fault;
    }
    if let Some(alert) = state.clear_alert() {
        return TlsError::Alert(alert);
    }
    match failure {
        Failure::IoError if state.guard.has_met_server() => TlsError::Truncated,
        Failure::IoError => TlsError::ClosedInHandshake,
        Failure::Io(_) => TlsError::NotOpen,
        Failure::CryptoError | Failure::InvalidSignature => TlsError::NotAuthentic,
        _ if state.guard.was_full(fragment.content) => TlsError::SplitMessage,
        _ => TlsError::Handshake,
    }
}

fn open_error<const N: usize>(state: &State<N>, failure: Failure) -> TlsError {
    match failure {
        _ if state.fault.is_some() => state.fault.unwrap_or(TlsError::NotOpen),
        Failure::IoError => TlsError::Truncated,
        Failure::Io(_) => TlsError::NotOpen,
        Failure::CryptoError => TlsError::NotAuthentic,
        // The library says no more of an alert.
        Failure::InternalError => TlsError::Alert(super::Alert::new(0)),
        _ => TlsError::Handshake,
    }
}
