use core::cell::RefCell;

use embassy_net::{IpAddress, IpEndpoint};
use embassy_time::{Duration, Instant};
use heapless::Vec;

use crate::segment::{Client, LONGEST, Segment};

/// A client that has not sent its SYN again for this time is no longer waited for: Linux sends it again after 1, 3, 7
/// and 15 seconds.
const PATIENCE: Duration = Duration::from_secs(30);
/// A client that was let in and of which nothing was heard for this time had sent no sound SYN: no socket was for it.
const LOST: Duration = Duration::from_secs(10);

/// A SYN, as it came.
pub(crate) type Syn = Vec<u8, LONGEST>;

/// Clients that wait for a socket that listens, at most `W`; and how many sockets listen, at most `N`.
///
/// embassy-net has no backlog: a SYN for which no socket listens is answered by a reset, and the client gives up. A
/// [`SynFilter`] driver keeps it until one listens.
#[derive(Debug)]
pub struct SynQueue<const N: usize, const W: usize> {
    port: u16,
    state: RefCell<State<N, W>>,
}

#[derive(Debug)]
struct State<const N: usize, const W: usize> {
    /// So many sockets listen or are about to be connected.
    listening: usize,
    /// For whom they are: let in, and not accepted yet.
    entering: Vec<Entering, N>,
    /// In the order in which they came.
    waiting: Vec<Waiting, W>,
    /// No socket will listen any more.
    is_closed: bool,
}

/// Whom a frame is from: Ethernet's address, which is harder to make up than the packet's.
type Sender = [u8; 6];

fn sender(frame: &[u8]) -> Sender {
    frame.get(6..).and_then(|rest| rest.first_chunk()).copied().unwrap_or_default()
}

#[derive(Debug)]
struct Entering {
    client: Client,
    sender: Sender,
    since: Instant,
}

#[derive(Debug)]
struct Waiting {
    client: Client,
    syn: Syn,
    last: Instant,
}

impl<const N: usize, const W: usize> SynQueue<N, W> {
    /// Nobody waits for this port.
    #[must_use]
    pub const fn new(port: u16) -> Self {
        let state =
            State { listening: 0, entering: Vec::new(), waiting: Vec::new(), is_closed: false };
        Self { port, state: RefCell::new(state) }
    }

    /// To be called right before a socket is told to listen; it does until it has [`accepted`](Listening::accepted), or
    /// this is dropped.
    pub fn listen(&self) -> Listening<'_, N, W> {
        self.state.borrow_mut().listening += 1;
        Listening(self)
    }

    /// Has nobody wait any more, when the server is shut down: who comes is refused, and who waits when it sends its SYN again.
    pub fn close(&self) {
        let mut state = self.state.borrow_mut();
        state.waiting.clear();
        state.is_closed = true;
    }

    /// Whether somebody waits, and a socket listens.
    pub(crate) fn has_next(&self) -> bool {
        self.state.borrow_mut().has_next(Instant::now())
    }

    /// The SYN of the client who enters.
    pub(crate) fn next(&self) -> Option<Syn> {
        self.state.borrow_mut().next(Instant::now())
    }

    /// Whether a frame has to wait; it is kept if there is room.
    pub(crate) fn keeps(&self, frame: &[u8]) -> bool {
        self.state.borrow_mut().keeps(frame, self.port, Instant::now())
    }

    /// Whether any socket listens.
    pub fn is_listening(&self) -> bool {
        self.state.borrow().listening > 0
    }
}

/// A socket that listens.
#[derive(Debug)]
pub struct Listening<'a, const N: usize, const W: usize>(&'a SynQueue<N, W>);

impl<const N: usize, const W: usize> Listening<'_, N, W> {
    /// The socket is connected to this client; or to none, since the handshake took too long: then it was that of the client
    /// who was let in first.
    pub fn accepted(self, remote: Option<IpEndpoint>) {
        let entering = &mut self.0.state.borrow_mut().entering;
        let client = match remote {
            Some(IpEndpoint { addr: IpAddress::Ipv4(address), port }) => {
                Some(Client { address: address.octets(), port })
            }
            _ => entering.first().map(|entering| entering.client),
        };
        entering.retain(|entering| Some(entering.client) != client);
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
        self.entering.retain(|entering| now - entering.since < LOST);
        self.entering.len() < self.listening
    }

    fn enters(&mut self, client: Client, syn: &[u8], now: Instant) {
        self.forget(client);
        let _ = self.entering.push(Entering { client, sender: sender(syn), since: now });
    }

    fn forget(&mut self, client: Client) {
        self.entering.retain(|entering| entering.client != client);
        self.waiting.retain(|waiting| waiting.client != client);
    }

    /// Whether somebody waits, and a socket listens.
    fn has_next(&mut self, now: Instant) -> bool {
        self.waiting.retain(|waiting| now - waiting.last < PATIENCE);
        !self.waiting.is_empty() && self.is_open(now)
    }

    /// The SYN of the client who enters: that has waited longest, of those whose sender has no other that has yet to complete its
    /// handshake, if there are such. So a sender whose handshakes end nowhere does not hold up the others.
    fn next(&mut self, now: Instant) -> Option<Syn> {
        let is_busy = |from| self.entering.iter().any(|entering| entering.sender == from);
        let next = self.waiting.iter().position(|waiting| !is_busy(sender(&waiting.syn)));
        let next = next.or((!self.waiting.is_empty()).then_some(0))?;
        let Waiting { client, syn, .. } = self.waiting.remove(next);
        self.enters(client, &syn, now);
        Some(syn)
    }

    /// Gives a client a place. If there is none, it may have that of the last one, if that one's sender has more places than
    /// its own would: so a flood of one sender does not keep out the others. Who gets none comes again.
    fn wait(&mut self, waiting: Waiting) {
        let held = |of: &Waiting| {
            let from = sender(&of.syn);
            self.waiting.iter().filter(|waiting| sender(&waiting.syn) == from).count()
        };
        let gives_way = self.waiting.last().is_some_and(|last| held(last) > held(&waiting) + 1);
        if self.waiting.is_full() && gives_way {
            self.waiting.pop();
        }
        let _ = self.waiting.push(waiting);
    }

    /// Whether a frame has to wait; it is kept if there is room.
    fn keeps(&mut self, frame: &[u8], port: u16, now: Instant) -> bool {
        match Segment::of(frame, port) {
            None => false,
            Some(_) if self.is_closed => false,
            Some(Segment::Reset(client)) => {
                self.forget(client);
                false
            }
            Some(Segment::Syn(client))
                if self.entering.iter().any(|entering| entering.client == client) =>
            {
                false
            }
            Some(Segment::Syn(client)) => {
                if self.waiting.is_empty() && self.is_open(now) {
                    self.enters(client, frame, now);
                    return false;
                }
                let Ok(syn) = Vec::from_slice(frame) else { return true };
                let waiting = Waiting { client, syn, last: now };
                match self.waiting.iter_mut().find(|waiting| waiting.client == client) {
                    Some(known) => *known = waiting,
                    None => self.wait(waiting),
                }
                true
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::segment::tests::{reset, syn};

    type Small = SynQueue<2, 3>;

    fn client(port: u16) -> Client {
        Client { address: [10, 0, 2, 2], port }
    }

    const NOW: Instant = Instant::from_secs(100);

    impl Small {
        /// Whether the client's SYN is kept back.
        fn syn(&self, port: u16) -> bool {
            self.syn_at(port, NOW)
        }

        fn syn_at(&self, port: u16, now: Instant) -> bool {
            self.state.borrow_mut().keeps(&syn(client(port)), self.port, now)
        }

        /// The port of the client that is let in now.
        fn enters(&self) -> Option<u16> {
            self.enters_at(NOW)
        }

        fn enters_at(&self, now: Instant) -> Option<u16> {
            let mut state = self.state.borrow_mut();
            let syn = state.has_next(now).then(|| state.next(now)).flatten()?;
            match Segment::of(&syn, self.port) {
                Some(Segment::Syn(client)) => Some(client.port),
                _ => None,
            }
        }
    }

    #[test]
    fn who_comes_while_nobody_listens_is_let_in_later_in_turn() {
        let queue = Small::new(80);
        assert!(queue.syn(1) && queue.syn(2));
        assert_eq!(queue.enters(), None);
        let _first = queue.listen();
        assert_eq!((queue.enters(), queue.enters()), (Some(1), None));
        let _second = queue.listen();
        assert_eq!((queue.enters(), queue.enters()), (Some(2), None));
    }

    #[test]
    fn a_socket_is_for_one_client_until_it_has_accepted() {
        let queue = Small::new(80);
        let listening = queue.listen();
        assert!(!queue.syn(1), "a socket listens");
        assert!(!queue.syn(1), "the same SYN again");
        assert!(queue.syn(2), "it is for the other");
        listening.accepted(Some(IpEndpoint::new(IpAddress::v4(10, 0, 2, 2), 1)));
        assert_eq!(queue.enters(), None);
        let _again = queue.listen();
        assert_eq!(queue.enters(), Some(2));
    }

    #[test]
    fn a_socket_that_waited_in_vain_is_free_for_the_next() {
        let queue = Small::new(80);
        let listening = queue.listen();
        assert!(!queue.syn(1));
        assert!(queue.syn(2));
        listening.accepted(None);
        let _again = queue.listen();
        assert_eq!(queue.enters(), Some(2));
    }

    #[test]
    fn a_newcomer_does_not_pass_those_who_wait() {
        let queue = Small::new(80);
        assert!(queue.syn(1));
        let _listening = queue.listen();
        assert!(queue.syn(2));
        assert_eq!(queue.enters(), Some(1));
    }

    #[test]
    fn a_syn_that_comes_again_takes_no_second_place_and_a_reset_frees_it() {
        let queue = Small::new(80);
        for port in [1, 1, 2, 3, 4] {
            assert!(queue.syn(port), "{port}");
        }
        assert!(
            !queue.state.borrow_mut().keeps(&reset(client(1)), 80, NOW),
            "the stack has it, too"
        );
        let _listening = (queue.listen(), queue.listen());
        // There was no room for 4.
        assert_eq!([queue.enters(), queue.enters(), queue.enters()], [Some(2), Some(3), None]);
    }

    #[test]
    fn a_flood_of_one_sender_leaves_a_place_for_others() {
        let queue = Small::new(80);
        for port in [1, 2, 3, 4] {
            assert!(queue.syn(port), "{port}");
        }
        let other = Client { address: [10, 0, 2, 9], port: 9 };
        assert!(queue.state.borrow_mut().keeps(&syn(other), 80, NOW));
        let _listening = [queue.listen(), queue.listen(), queue.listen()];
        // None of the two is let in behind another of its own sender while the other waits.
        assert_eq!([queue.enters(), queue.enters(), queue.enters()], [Some(1), Some(9), Some(2)]);
    }

    #[test]
    fn who_gives_up_is_not_waited_for() {
        let queue = Small::new(80);
        assert!(queue.syn(1));
        let _listening = queue.listen();
        assert_eq!(queue.enters(), Some(1));
        assert!(queue.syn(2));
        let late = NOW + LOST;
        assert_eq!(queue.enters_at(late), Some(2), "no socket was for 1");
        assert!(queue.syn_at(3, late));
        assert_eq!(queue.enters_at(late + PATIENCE), None, "3 has not sent its SYN again");
    }

    #[test]
    fn a_queue_that_is_closed_keeps_nobody() {
        let queue = Small::new(80);
        assert!(queue.syn(1));
        queue.close();
        assert!(!queue.syn(1) && !queue.syn(2), "the stack refuses them");
        let _listening = queue.listen();
        assert_eq!(queue.enters(), None);
    }
}
