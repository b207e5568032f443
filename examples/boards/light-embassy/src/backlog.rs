use core::cell::RefCell;
use core::task::Context;

use embassy_net::IpEndpoint;
use embassy_net_driver::{Capabilities, Driver, HardwareAddress, LinkState, RxToken};
use embassy_time::{Duration, Instant};
use heapless::Vec;

use crate::knock::{Client, Knock, LONGEST};
use crate::{TASKS, WAITING};

/// A client that has not sent its SYN again for this time is no longer waited for: Linux sends it again after 1, 3, 7
/// and 15 seconds.
const PATIENCE: Duration = Duration::from_secs(30);
/// A client that was let in may be so long about its handshake; then its socket gives up, too.
pub(crate) const HANDSHAKE: Duration = Duration::from_secs(10);

/// A SYN, as it came.
type Syn = Vec<u8, LONGEST>;

/// Clients that wait for a socket that listens, at most `W`; and how many sockets listen, at most `N`.
///
/// embassy-net has no backlog: a SYN for which no socket listens is answered by a reset, and the client gives up. A
/// [`Patient`] driver keeps it until one listens.
#[derive(Debug)]
pub struct Backlog<const N: usize, const W: usize> {
    port: u16,
    state: RefCell<State<N, W>>,
}

#[derive(Debug)]
struct State<const N: usize, const W: usize> {
    /// So many sockets listen or are about to be connected.
    listening: usize,
    /// For whom they are: let in, and not accepted yet.
    entering: Vec<(Client, Instant), N>,
    /// In the order in which they came.
    waiting: Vec<Waiting, W>,
}

#[derive(Debug, Clone)]
struct Waiting {
    client: Client,
    syn: Syn,
    last: Instant,
}

impl<const N: usize, const W: usize> Backlog<N, W> {
    /// Nobody waits for this port.
    #[must_use]
    pub const fn new(port: u16) -> Self {
        let state = State { listening: 0, entering: Vec::new(), waiting: Vec::new() };
        Self { port, state: RefCell::new(state) }
    }

    /// To be called right before a socket is told to listen; it does until it has [`accepted`](Listening::accepted), or
    /// this is dropped.
    pub fn listen(&self) -> Listening<'_, N, W> {
        self.state.borrow_mut().listening += 1;
        Listening(self)
    }

    /// Whether any socket listens.
    pub fn is_listening(&self) -> bool {
        self.state.borrow().listening > 0
    }
}

/// A socket that listens.
#[derive(Debug)]
pub struct Listening<'a, const N: usize, const W: usize>(&'a Backlog<N, W>);

impl<const N: usize, const W: usize> Listening<'_, N, W> {
    /// The socket is connected to this client.
    pub fn accepted(self, remote: Option<IpEndpoint>) {
        let Some(IpEndpoint { addr: embassy_net::IpAddress::Ipv4(address), port }) = remote else {
            return;
        };
        let client = Client { address: address.octets(), port };
        self.0.state.borrow_mut().entering.retain(|(entering, _)| *entering != client);
    }
}

impl<const N: usize, const W: usize> Drop for Listening<'_, N, W> {
    fn drop(&mut self) {
        self.0.state.borrow_mut().listening -= 1;
    }
}

impl<const N: usize, const W: usize> State<N, W> {
    /// Whether a socket listens for nobody yet.
    fn is_open(&mut self, now: Instant) -> bool {
        self.entering.retain(|(_, since)| now - *since < HANDSHAKE);
        self.entering.len() < self.listening
    }

    fn enters(&mut self, client: Client, now: Instant) {
        self.forget(client);
        let _ = self.entering.push((client, now));
    }

    fn forget(&mut self, client: Client) {
        self.entering.retain(|(entering, _)| *entering != client);
        self.waiting.retain(|waiting| waiting.client != client);
    }

    /// Whether somebody waits, and a socket listens.
    fn has_next(&mut self, now: Instant) -> bool {
        self.waiting.retain(|waiting| now - waiting.last < PATIENCE);
        !self.waiting.is_empty() && self.is_open(now)
    }

    /// The SYN of the client that has waited longest, who enters.
    fn next(&mut self, now: Instant) -> Option<Syn> {
        let Waiting { client, syn, .. } =
            (!self.waiting.is_empty()).then(|| self.waiting.remove(0))?;
        self.enters(client, now);
        Some(syn)
    }

    /// Whether a frame has to wait; it is kept if there is room.
    fn keeps(&mut self, frame: &[u8], port: u16, now: Instant) -> bool {
        match Knock::of(frame, port) {
            None => false,
            Some(Knock::Reset(client)) => {
                self.forget(client);
                false
            }
            Some(Knock::Syn(client))
                if self.entering.iter().any(|(entering, _)| *entering == client) =>
            {
                false
            }
            Some(Knock::Syn(client)) => {
                if self.waiting.is_empty() && self.is_open(now) {
                    self.enters(client, now);
                    return false;
                }
                let Ok(syn) = Vec::from_slice(frame) else { return true };
                let waiting = Waiting { client, syn, last: now };
                match self.waiting.iter_mut().find(|waiting| waiting.client == client) {
                    Some(known) => *known = waiting,
                    // For whom there is no room comes again.
                    None => drop(self.waiting.push(waiting)),
                }
                true
            }
        }
    }
}

/// A driver that keeps back clients for whom no socket listens, and lets them in when one does.
#[derive(Debug)]
pub struct Patient<D, const N: usize = TASKS, const W: usize = WAITING> {
    driver: D,
    backlog: &'static Backlog<N, W>,
}

impl<D: Driver, const N: usize, const W: usize> Patient<D, N, W> {
    /// Of this driver.
    pub fn new(driver: D, backlog: &'static Backlog<N, W>) -> Self {
        Self { driver, backlog }
    }
}

impl<D: Driver, const N: usize, const W: usize> Driver for Patient<D, N, W> {
    type RxToken<'a>
        = Arrival<D::RxToken<'a>, N, W>
    where
        Self: 'a;
    type TxToken<'a>
        = D::TxToken<'a>
    where
        Self: 'a;

    fn receive(&mut self, cx: &mut Context<'_>) -> Option<(Self::RxToken<'_>, Self::TxToken<'_>)> {
        let mut state = self.backlog.state.borrow_mut();
        let now = Instant::now();
        if state.has_next(now) {
            let room = self.driver.transmit(cx)?;
            return Some((Arrival::Waited(state.next(now)?), room));
        }
        let (frame, room) = self.driver.receive(cx)?;
        Some((Arrival::New(frame, self.backlog), room))
    }

    fn transmit(&mut self, cx: &mut Context<'_>) -> Option<Self::TxToken<'_>> {
        self.driver.transmit(cx)
    }

    fn link_state(&mut self, cx: &mut Context<'_>) -> LinkState {
        self.driver.link_state(cx)
    }

    fn capabilities(&self) -> Capabilities {
        self.driver.capabilities()
    }

    fn hardware_address(&self) -> HardwareAddress {
        self.driver.hardware_address()
    }
}

/// A frame that comes in.
#[derive(Debug)]
pub enum Arrival<T, const N: usize = TASKS, const W: usize = WAITING> {
    /// From the driver: if it is a SYN and no socket listens, it has to wait.
    New(T, &'static Backlog<N, W>),
    /// A SYN that has waited.
    Waited(Syn),
}

impl<T: RxToken, const N: usize, const W: usize> RxToken for Arrival<T, N, W> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, f: F) -> R {
        match self {
            Self::New(frame, backlog) => frame.consume(|bytes| {
                let waits = backlog.state.borrow_mut().keeps(bytes, backlog.port, Instant::now());
                // An empty frame is passed over.
                f(if waits { &mut [] } else { bytes })
            }),
            Self::Waited(mut syn) => f(&mut syn),
        }
    }
}

#[cfg(test)]
mod tests {
    use embassy_net::IpAddress;

    use super::*;
    use crate::knock::tests::{reset, syn};

    type Small = Backlog<2, 3>;

    fn client(port: u16) -> Client {
        Client { address: [10, 0, 2, 2], port }
    }

    const NOW: Instant = Instant::from_secs(100);

    impl Small {
        /// Whether the client's SYN is kept back.
        fn keeps(&self, port: u16) -> bool {
            self.keeps_at(port, NOW)
        }

        fn keeps_at(&self, port: u16, now: Instant) -> bool {
            self.state.borrow_mut().keeps(&syn(client(port)), self.port, now)
        }

        /// The port of the client that is let in now.
        fn next(&self) -> Option<u16> {
            self.next_at(NOW)
        }

        fn next_at(&self, now: Instant) -> Option<u16> {
            let mut state = self.state.borrow_mut();
            let syn = state.has_next(now).then(|| state.next(now)).flatten()?;
            match Knock::of(&syn, self.port) {
                Some(Knock::Syn(client)) => Some(client.port),
                _ => None,
            }
        }
    }

    #[test]
    fn who_comes_while_nobody_listens_is_let_in_later_in_turn() {
        let backlog = Small::new(80);
        assert!(backlog.keeps(1) && backlog.keeps(2));
        assert_eq!(backlog.next(), None);
        let _first = backlog.listen();
        assert_eq!((backlog.next(), backlog.next()), (Some(1), None));
        let _second = backlog.listen();
        assert_eq!((backlog.next(), backlog.next()), (Some(2), None));
    }

    #[test]
    fn a_socket_is_for_one_client_until_it_has_accepted() {
        let backlog = Small::new(80);
        let listening = backlog.listen();
        assert!(!backlog.keeps(1), "a socket listens");
        assert!(!backlog.keeps(1), "the same SYN again");
        assert!(backlog.keeps(2), "it is for the other");
        listening.accepted(Some(IpEndpoint::new(IpAddress::v4(10, 0, 2, 2), 1)));
        assert_eq!(backlog.next(), None);
        let _again = backlog.listen();
        assert_eq!(backlog.next(), Some(2));
    }

    #[test]
    fn a_newcomer_does_not_pass_those_who_wait() {
        let backlog = Small::new(80);
        assert!(backlog.keeps(1));
        let _listening = backlog.listen();
        assert!(backlog.keeps(2));
        assert_eq!(backlog.next(), Some(1));
    }

    #[test]
    fn a_syn_that_comes_again_takes_no_second_place_and_a_reset_frees_it() {
        let backlog = Small::new(80);
        for port in [1, 1, 2, 3, 4] {
            assert!(backlog.keeps(port), "{port}");
        }
        assert!(
            !backlog.state.borrow_mut().keeps(&reset(client(1)), 80, NOW),
            "the stack has it, too"
        );
        let _listening = (backlog.listen(), backlog.listen());
        // There was no room for 4.
        assert_eq!([backlog.next(), backlog.next(), backlog.next()], [Some(2), Some(3), None]);
    }

    #[test]
    fn who_gives_up_is_not_waited_for() {
        let backlog = Small::new(80);
        assert!(backlog.keeps(1));
        let _listening = backlog.listen();
        assert_eq!(backlog.next(), Some(1));
        assert!(backlog.keeps(2));
        let late = NOW + HANDSHAKE;
        assert_eq!(backlog.next_at(late), Some(2), "1 has not completed its handshake");
        assert!(backlog.keeps_at(3, late));
        assert_eq!(backlog.next_at(late + PATIENCE), None, "3 has not sent its SYN again");
    }
}
