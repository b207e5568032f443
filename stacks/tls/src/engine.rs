//! The protocol itself, between the two ends of a link.

use core::convert::Infallible;
use core::future::poll_fn;
use core::pin::pin;
use core::task::Poll;

use super::alert::Alert;
use super::fragment::Fragment;
use super::handshake::Handshake;
use super::hello::ClientHello;
use super::incoming::{Event, Incoming};
use super::keys::ALERT_RECORD;
use super::link::{Host, Link, Phase, State};
use super::outgoing::Outgoing;
use super::share::{check_random, random};
use super::verifier::Verifier;
use super::{Platform, TlsError, Trust, name};

/// The least that the memory for sending must have: room for the client's hello with the longest
/// host name.
pub const MIN_SEND: usize = 640;

/// The memory for one record in each direction.
#[derive(Debug)]
pub struct Memory<'m> {
    /// For what comes. With 16,640 bytes it fits all records. With less, the server is asked for
    /// records with 4096, 2048, 1024 or 512 bytes of content, which takes 256 bytes more (RFC 6066
    /// section 4). Servers on OpenSSL, as nginx, do so; many others do not, and are refused when
    /// they send a longer record. The list of the server's certificates has to fit in as a whole, however many
    /// records it comes in.
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
    let Memory { receive, send } = memory;
    if send.len() < MIN_SEND {
        return Err(TlsError::SendMemory { have: send.len(), need: MIN_SEND });
    }
    // The client's records must not be longer than those it asks for, either.
    let fragment = Fragment::of(receive.len());
    let mut incoming = Incoming::new(link, receive);
    let mut outgoing = Outgoing::new(link, send, fragment.content);
    let result = async {
        check_random(platform)?;
        let name = name::parse(host)?;
        let verifier = Verifier::new(trust, &name, platform.unix_time());
        let hello = ClientHello {
            random: random(platform),
            name: name::indication(&name),
            fragment: fragment.to_ask_for,
        };
        Handshake::new(&mut incoming, &mut outgoing).run(&hello, &verifier, platform).await?;
        link.with(|state| {
            if state.phase == Phase::Handshake {
                state.phase = Phase::Open;
            }
        });
        exchange(&mut incoming, &mut outgoing, link).await
    }
    .await;
    // Whether it reaches the server does not matter to the client.
    if let Some(last) = result.map_or_else(TlsError::alert, |()| Some(Alert::CLOSE_NOTIFY)) {
        outgoing.alert(last);
    }
    result
}

/// Sends and receives what the client and the server have for each other, until one of them ends it.
///
/// Both at a time: the server may send nothing, or only a part of a record, until it has received something.
async fn exchange<const N: usize>(
    incoming: &mut Incoming<'_, '_, N>,
    outgoing: &mut Outgoing<'_, '_, N>,
    link: &Link<N>,
) -> Result<(), TlsError> {
    let (mut send, mut receive) = (pin!(send(outgoing, link)), pin!(receive(incoming, link)));
    poll_fn(|context| match send.as_mut().poll(context) {
        Poll::Pending => receive.as_mut().poll(context),
        ready @ Poll::Ready(_) => ready,
    })
    .await
}

/// Sends what the client writes, until it closes the connection or abandons it.
async fn send<const N: usize>(
    outgoing: &mut Outgoing<'_, '_, N>,
    link: &Link<N>,
) -> Result<(), TlsError> {
    loop {
        match link.when(next_task).await {
            Task::Write => outgoing.data().await?,
            Task::Flush => outgoing.flush().await?,
            Task::Close => return Ok(()),
            Task::Abandon => return Err(TlsError::NotOpen),
        }
    }
}

/// Receives what the server sends, until it closes the connection.
async fn receive<const N: usize>(
    incoming: &mut Incoming<'_, '_, N>,
    link: &Link<N>,
) -> Result<(), TlsError> {
    loop {
        match incoming.event().await? {
            Event::Data(mut rest) => {
                while !rest.is_empty() {
                    let push = |state: &mut State<N>| {
                        (!state.plain_in.is_full()).then(|| state.plain_in.push(rest))
                    };
                    let n = link.when(push).await;
                    rest = rest.get(n..).unwrap_or_default();
                }
            }
            Event::Update => link.with(|state| state.update = true),
            Event::End => return Ok(()),
        }
    }
}

enum Task {
    Write,
    Flush,
    Close,
    Abandon,
}

fn next_task<const N: usize>(state: &mut State<N>) -> Option<Task> {
    match state.phase {
        Phase::Abandoned | Phase::Opening => Some(Task::Abandon),
        _ if !state.plain_out.is_empty() => Some(Task::Write),
        _ if core::mem::take(&mut state.flush) => Some(Task::Flush),
        Phase::Closing if state.wire_out.room().len() >= ALERT_RECORD => Some(Task::Close),
        _ => None,
    }
}
