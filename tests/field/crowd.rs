//! A network in simulated time: clients queue for a server, and do what they were made for.

use std::cell::{Cell, RefMut};
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::rc::Rc;

use embedded_nal::{TcpClientStack, TcpError, TcpErrorKind, TcpFullStack, nb};
use nal_http::net::Readiness;
use nal_http::server::{CloseReason, ConnectInfo, Event, Site};

use crate::drivers::{Driver, Serving};

/// What a client does.
#[derive(Debug, Clone, Copy)]
pub struct Client {
    /// It sends this, so many ms after it has connected.
    pub first: (&'static [u8], u32),
    /// Then this, again and again, so many ms apart.
    pub then: (&'static [u8], u32),
    /// It takes so many bytes at first, and each time that it does something.
    pub takes: usize,
    /// It closes its side behind what it sends first.
    pub half_closes: bool,
    /// It comes again, 1 ms after it was closed.
    pub returns: bool,
}

impl Client {
    /// One that sends `first` as soon as it has connected, takes all, and comes again.
    pub const fn that_sends(first: &'static [u8]) -> Self {
        let then: (&[u8], u32) = (b"", 1_000);
        Self { first: (first, 0), then, takes: usize::MAX, half_closes: false, returns: true }
    }

    pub const fn then(self, bytes: &'static [u8], every_ms: u32) -> Self {
        Self { then: (bytes, every_ms), ..self }
    }

    pub const fn takes(self, bytes: usize) -> Self {
        Self { takes: bytes, ..self }
    }

    pub const fn every(self, ms: u32) -> Self {
        Self { then: (self.then.0, ms), ..self }
    }
}

/// One connection of a client, and how it went.
#[derive(Debug)]
pub struct Peer {
    client: Client,
    /// Simulated time runs from 0 here, and does not wrap around.
    pub connected_at: u64,
    acts_at: u64,
    has_begun: bool,
    has_closed: bool,
    /// On its way to the server.
    inbox: VecDeque<u8>,
    /// What the client still takes.
    window: usize,
    pub taken: Vec<u8>,
    pub last_taken_at: u64,
    pub closed_at: Option<u64>,
    watched: Watched,
    /// So often the server has asked whether something had arrived.
    pub receives: usize,
}

/// A socket of which the stack tells whether it is ready.
#[derive(Debug, Default)]
struct Watched {
    number: Option<usize>,
    waits_for: Option<Call>,
}

/// A call that had to wait.
#[derive(Debug, Clone, Copy)]
enum Call {
    Receive,
    Send,
}

impl Watched {
    fn noted<T>(&mut self, call: Call, result: nb::Result<T, Failed>) -> nb::Result<T, Failed> {
        self.waits_for = matches!(result, Err(nb::Error::WouldBlock)).then_some(call);
        result
    }
}

impl Peer {
    pub fn returns(&self) -> bool {
        self.client.returns
    }

    /// So many ms after it had connected its request was there.
    pub fn delay(&self) -> u64 {
        self.client.first.1.into()
    }
}

/// The stack of a server.
#[derive(Debug, Default)]
pub struct Crowd {
    now: u64,
    pub peers: Vec<Peer>,
    queue: VecDeque<usize>,
    listener: Watched,
    alive: Vec<usize>,
    coming: Vec<(u64, Client)>,
    /// `accept` fails so often before it works again.
    pub accept_fails: u32,
    /// This arrives from that peer while the next client is accepted.
    pub meanwhile: Option<(usize, &'static [u8])>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Failed;

impl TcpError for Failed {
    fn kind(&self) -> TcpErrorKind {
        TcpErrorKind::Other
    }
}

const LISTENER: usize = usize::MAX;

/// So many bytes may be under way, in both directions.
const WINDOW: usize = 1_000;

impl Crowd {
    /// A client will connect.
    pub fn comes(&mut self, at: u64, client: Client) {
        self.coming.push((at, client));
    }

    /// So many have connected and were not accepted.
    pub fn queued(&self) -> usize {
        self.queue.len()
    }

    /// So many were accepted and not closed.
    pub fn accepted(&self) -> usize {
        self.alive.len() - self.queue.len()
    }

    /// When somebody does something next.
    fn next(&self) -> u64 {
        let acts = self.alive.iter().map(|&id| self.peers[id].acts_at);
        acts.chain(self.coming.iter().map(|(at, _)| *at)).min().unwrap_or(u64::MAX)
    }

    /// Those who connect now do, and those who act now.
    pub fn act(&mut self, now: u64) -> Vec<usize> {
        self.now = now;
        let (come, coming) = self.coming.drain(..).partition(|(at, _)| *at <= now);
        self.coming = coming;
        let come: Vec<(u64, Client)> = come;
        let first = self.peers.len();
        for (_, client) in come {
            self.queue.push_back(self.peers.len());
            self.alive.push(self.peers.len());
            self.peers.push(Peer {
                client,
                connected_at: now,
                acts_at: now + u64::from(client.first.1),
                has_begun: false,
                has_closed: false,
                inbox: VecDeque::new(),
                window: client.takes,
                taken: Vec::new(),
                last_taken_at: now,
                closed_at: None,
                watched: Watched::default(),
                receives: 0,
            });
        }
        for &id in &self.alive {
            let peer = &mut self.peers[id];
            if peer.acts_at > now {
                continue;
            }
            let client = peer.client;
            let bytes = if peer.has_begun { client.then.0 } else { client.first.0 };
            if peer.inbox.len() + bytes.len() <= WINDOW && !peer.has_closed {
                peer.inbox.extend(bytes);
            }
            peer.window = peer.window.saturating_add(client.takes).min(WINDOW.max(client.takes));
            peer.has_begun = true;
            peer.has_closed |= client.half_closes;
            peer.acts_at = now + u64::from(client.then.1);
        }
        (first..self.peers.len()).collect()
    }
}

impl Crowd {
    /// It tells no more than it has to.
    pub const READINESS: Readiness<Self> = Readiness { watch: Self::watch, next: Self::next_ready };

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "sockets are passed so")]
    fn watch(&mut self, id: &usize, number: usize) {
        let watched = match *id {
            LISTENER => &mut self.listener,
            id => &mut self.peers[id].watched,
        };
        *watched = Watched { number: Some(number), waits_for: None };
    }

    fn next_ready(&self, from: usize) -> Option<usize> {
        let peers = self.alive.iter().map(|&id| &self.peers[id]);
        let peers = peers.filter_map(|peer| {
            let is_ready = match peer.watched.waits_for {
                None => true,
                Some(Call::Receive) => !peer.inbox.is_empty() || peer.has_closed,
                Some(Call::Send) => peer.window > 0,
            };
            peer.watched.number.filter(|_| is_ready)
        });
        let is_incoming = self.listener.waits_for.is_none() || !self.queue.is_empty();
        let listener = self.listener.number.filter(|_| is_incoming);
        peers.chain(listener).filter(|number| *number >= from).min()
    }
}

impl TcpClientStack for Crowd {
    type TcpSocket = usize;
    type Error = Failed;

    fn socket(&mut self) -> Result<usize, Failed> {
        Ok(LISTENER)
    }

    fn connect(&mut self, _: &mut usize, _: SocketAddr) -> nb::Result<(), Failed> {
        Err(nb::Error::Other(Failed))
    }

    fn send(&mut self, id: &mut usize, bytes: &[u8]) -> nb::Result<usize, Failed> {
        let peer = &mut self.peers[*id];
        let n = bytes.len().min(peer.window);
        if n == 0 {
            return peer.watched.noted(Call::Send, Err(nb::Error::WouldBlock));
        }
        peer.watched.waits_for = None;
        peer.window -= n;
        peer.last_taken_at = self.now;
        // Enough to tell what it was; there are endless ones.
        let room = 1_000_usize.saturating_sub(peer.taken.len());
        peer.taken.extend(&bytes[..n.min(room)]);
        Ok(n)
    }

    fn receive(&mut self, id: &mut usize, buffer: &mut [u8]) -> nb::Result<usize, Failed> {
        let peer = &mut self.peers[*id];
        let n = buffer.len().min(peer.inbox.len());
        peer.receives += 1;
        if n == 0 && !peer.has_closed {
            return peer.watched.noted(Call::Receive, Err(nb::Error::WouldBlock));
        }
        peer.watched.waits_for = None;
        for (to, from) in buffer.iter_mut().zip(peer.inbox.drain(..n)) {
            *to = from;
        }
        Ok(n)
    }

    fn close(&mut self, id: usize) -> Result<(), Failed> {
        if id != LISTENER {
            assert!(self.alive.contains(&id), "closed twice");
            self.alive.retain(|&other| other != id);
            self.peers[id].closed_at = Some(self.now);
            if self.peers[id].client.returns {
                self.coming.push((self.now + 1, self.peers[id].client));
            }
        }
        Ok(())
    }
}

impl TcpFullStack for Crowd {
    fn bind(&mut self, _: &mut usize, _: u16) -> Result<(), Failed> {
        Ok(())
    }

    fn listen(&mut self, _: &mut usize) -> Result<(), Failed> {
        Ok(())
    }

    fn accept(&mut self, _: &mut usize) -> nb::Result<(usize, SocketAddr), Failed> {
        if self.accept_fails > 0 {
            self.accept_fails -= 1;
            return Err(nb::Error::Other(Failed));
        }
        let next = self.queue.pop_front().ok_or(nb::Error::WouldBlock);
        let id = self.listener.noted(Call::Receive, next)?;
        if let Some((from, bytes)) = self.meanwhile.take() {
            self.peers[from].inbox.extend(bytes);
        }
        Ok((id, SocketAddr::from(([192, 168, 0, 2], 50_000))))
    }
}

/// What a server of these tests serves, and what has become of its connections.
#[derive(Default)]
pub struct App {
    pub closed: Vec<CloseReason>,
    pub statuses: Vec<u16>,
    pub accept_failures: Rc<Cell<u32>>,
}

pub fn observe(app: &mut App, _: &ConnectInfo, event: &Event<'_>) {
    match event {
        Event::Closed(reason) => app.closed.push(*reason),
        Event::Answered(status) => app.statuses.push(status.code()),
        Event::AcceptFailed => app.accept_failures.set(app.accept_failures.get() + 1),
        _ => {}
    }
}

/// A server, and who comes to it.
pub struct Scene<const N: usize> {
    pub server: Serving<Crowd, App, N, 512>,
    pub now: u64,
    /// For each client, who has connected with it in the order of `crowd.peers`: so many were
    /// ahead of it in the queue.
    pub ahead: Vec<usize>,
}

impl<const N: usize> Scene<N> {
    /// A server with `N` slots or tasks, whose clock shows `start` at first.
    pub fn new(driver: Driver, site: Site<App>, start: u32) -> Self {
        Self::with_tasks(driver, site, start, N)
    }

    /// The same with so many tasks.
    pub fn with_tasks(driver: Driver, site: Site<App>, start: u32, tasks: usize) -> Self {
        let (crowd, app) = (Crowd::default(), App::default());
        let mut server = Serving::with_tasks(driver, site, crowd, app, start, tasks);
        server.set_tries(1);
        server.run_now();
        Self { server, now: 0, ahead: Vec::new() }
    }

    pub fn crowd(&self) -> RefMut<'_, Crowd> {
        self.server.stack()
    }

    pub fn app(&self) -> RefMut<'_, App> {
        self.server.app()
    }

    /// Lets time pass, as a loop does that sleeps until something arrives or has to be done.
    #[expect(clippy::cast_possible_truncation, reason = "no scene is that long")]
    pub fn run_until(&mut self, end: u64) {
        while self.now < end {
            // Those who wait are in the stack's queue, or the server holds them.
            let queued = self.crowd().queued();
            let accepted = self.crowd().accepted();
            let held = self.server.open_connections().map_or(0, |open| accepted - open);
            let come = self.crowd().act(self.now);
            self.ahead.extend(come.iter().enumerate().map(|(n, _)| queued + held + n));
            self.server.run_now();
            let idle = u64::from(self.server.idle_ms());
            let next = (self.now + idle).min(self.crowd().next()).min(end);
            self.server.pass((next - self.now) as u32);
            self.now = next;
        }
    }
}
