//! A future is polled for a cause, and asks the connection once for each.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::poll_fn;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use embedded_nal::AddrType;
use nal_http::client::asynch::Client;
use nal_http::client::{Error, Phase};
use nal_http::hal::Timer;
use nal_http::net::{AsyncTransport, TransportError};

/// A stack whose events come from the test, each of which wakes who waits for it.
#[derive(Default)]
struct Wire {
    address: Event<IpAddr>,
    connection: Event<()>,
    received: Event<VecDeque<u8>>,
    /// So many bytes can be sent.
    room: Event<usize>,
    sent: RefCell<Vec<u8>>,
    sends: Cell<usize>,
    receives: Cell<usize>,
    is_open: Cell<bool>,
}

struct Event<T>(RefCell<(Option<T>, Option<Waker>)>);

impl<T> Default for Event<T> {
    fn default() -> Self {
        Self(RefCell::new((None, None)))
    }
}

impl<T> Event<T> {
    fn happens(&self, value: T) {
        let (there, waker) = &mut *self.0.borrow_mut();
        *there = Some(value);
        waker.take().into_iter().for_each(Waker::wake);
    }

    fn poll(&self, context: &mut Context<'_>) -> Poll<T> {
        let (there, waker) = &mut *self.0.borrow_mut();
        if let Some(value) = there.take() {
            return Poll::Ready(value);
        }
        *waker = Some(context.waker().clone());
        Poll::Pending
    }
}

type Broken = TransportError<()>;

impl AsyncTransport for &Wire {
    type Socket = ();
    type TcpError = ();
    type DnsError = ();

    async fn resolve(&mut self, _: &str, _: AddrType) -> Result<IpAddr, ()> {
        Ok(poll_fn(|context| self.address.poll(context)).await)
    }

    async fn connect(&mut self, _: SocketAddr, _: Option<&str>) -> Result<(), Broken> {
        poll_fn(|context| self.connection.poll(context)).await;
        self.is_open.set(true);
        Ok(())
    }

    fn poll_send(
        &mut self,
        (): &mut (),
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<Result<Option<usize>, Broken>> {
        self.sends.set(self.sends.get() + 1);
        self.room.poll(context).map(|room| {
            let n = room.min(bytes.len());
            self.sent.borrow_mut().extend_from_slice(&bytes[..n]);
            if room > n {
                self.room.happens(room - n);
            }
            Ok(Some(n))
        })
    }

    fn poll_receive(
        &mut self,
        (): &mut (),
        context: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<Result<usize, Broken>> {
        self.receives.set(self.receives.get() + 1);
        self.received.poll(context).map(|mut bytes| {
            let n = bytes.len().min(buffer.len());
            buffer.iter_mut().zip(bytes.drain(..n)).for_each(|(to, byte)| *to = byte);
            if !bytes.is_empty() {
                self.received.happens(bytes);
            }
            Ok(n)
        })
    }

    fn close(&mut self, (): ()) {
        assert!(self.is_open.replace(false), "closed twice");
    }
}

impl Wire {
    fn sends(&self, bytes: &str) {
        self.received.happens(bytes.bytes().collect());
    }

    /// How often it was asked to send and to receive, since this was asked.
    fn calls(&self) -> (usize, usize) {
        (self.sends.take(), self.receives.take())
    }
}

/// A clock that the test sets; it counts the waits that were begun.
#[derive(Default)]
struct Hand {
    now_ms: Cell<u32>,
    waker: RefCell<Option<Waker>>,
    waits: Cell<usize>,
}

impl Timer for Hand {
    fn now_ms(&self) -> u32 {
        self.now_ms.get()
    }

    async fn wait_ms(&self, ms: u32) {
        let end = self.now_ms() + ms;
        self.waits.set(self.waits.get() + 1);
        poll_fn(|context| {
            if self.now_ms() >= end {
                return Poll::Ready(());
            }
            *self.waker.borrow_mut() = Some(context.waker().clone());
            Poll::Pending
        })
        .await;
    }
}

#[derive(Default)]
struct Wakes(AtomicUsize);

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

impl Wakes {
    /// How often the task was woken since this was asked.
    fn take(&self) -> usize {
        self.0.swap(0, Ordering::Relaxed)
    }
}

#[test]
fn a_get_is_polled_once_for_each_event() {
    let (wire, hand, wakes) = (Wire::default(), Hand::default(), Arc::new(Wakes::default()));
    let task = Waker::from(wakes.clone());
    let context = &mut Context::from_waker(&task);
    let mut client = Client::new(&wire, &hand);
    let mut buffer = [0; 256];
    let mut response = {
        let mut sending = pin!(client.get("http://mpython.cn/light").send(&mut buffer));
        assert!(sending.as_mut().poll(context).is_pending());
        assert_eq!((wakes.take(), wire.calls(), hand.waits.take()), (0, (0, 0), 1), "resolving");

        wire.address.happens([10, 0, 0, 1].into());
        assert_eq!(wakes.take(), 1);
        assert!(sending.as_mut().poll(context).is_pending());
        assert_eq!((wakes.take(), wire.calls(), hand.waits.take()), (0, (0, 0), 1), "connecting");

        wire.connection.happens(());
        assert_eq!(wakes.take(), 1);
        assert!(sending.as_mut().poll(context).is_pending());
        let early = "no room: sends once, and listens once";
        assert_eq!((wakes.take(), wire.calls(), hand.waits.take()), (0, (1, 0), 1), "{early}");

        wire.room.happens(1_000);
        assert_eq!(wakes.take(), 1);
        assert!(sending.as_mut().poll(context).is_pending());
        assert_eq!((wakes.take(), wire.calls(), hand.waits.take()), (0, (1, 1), 1), "sent");
        assert!(wire.sent.borrow().ends_with(b"\r\n\r\n"));

        wire.sends("HTTP/1.1 200 OK\r\nContent-");
        assert_eq!(wakes.take(), 1);
        assert!(sending.as_mut().poll(context).is_pending());
        assert_eq!((wakes.take(), wire.calls()), (0, (0, 2)), "received, and nothing else");

        wire.sends("Length: 4\r\n\r\nab");
        assert_eq!(wakes.take(), 1);
        let Poll::Ready(Ok(response)) = sending.as_mut().poll(context) else { panic!() };
        assert_eq!((wakes.take(), wire.calls()), (0, (0, 1)));
        response
    };
    let mut out = [0; 10];
    let Poll::Ready(Ok(2)) = pin!(response.read(&mut out)).poll(context) else { panic!() };
    assert_eq!(wire.calls(), (0, 0), "it was there");
    {
        let mut reading = pin!(response.read(&mut out));
        assert!(reading.as_mut().poll(context).is_pending());
        assert_eq!((wakes.take(), wire.calls()), (0, (0, 1)));
        wire.sends("cd");
        assert_eq!(wakes.take(), 1);
        assert!(matches!(reading.as_mut().poll(context), Poll::Ready(Ok(2))));
        assert_eq!((wakes.take(), wire.calls()), (0, (0, 1)));
    }
    assert_eq!((&out[..2], wire.is_open.get()), (&b"cd"[..], false));
}

#[test]
fn time_that_passes_wakes_at_the_deadline_only() {
    let (wire, hand, wakes) = (Wire::default(), Hand::default(), Arc::new(Wakes::default()));
    let task = Waker::from(wakes.clone());
    let context = &mut Context::from_waker(&task);
    let mut client = Client::new(&wire, &hand);
    let mut buffer = [0; 256];
    let mut sending = pin!(client.get("http://10.0.0.1/").timeout(500).send(&mut buffer));
    wire.connection.happens(());
    wire.room.happens(1_000);
    assert!(sending.as_mut().poll(context).is_pending());
    assert_eq!((wakes.take(), hand.waits.take()), (0, 1), "for the head");
    assert_eq!(wire.calls(), (1, 1));
    for now in [300, 500] {
        // Somebody else's event in the same task: it is looked at, and waits for what is left.
        hand.now_ms.set(now);
        hand.waker.take().into_iter().for_each(Waker::wake);
        assert_eq!(wakes.take(), 1);
        match sending.as_mut().poll(context) {
            Poll::Pending => assert_eq!((now, hand.waits.take(), wire.calls().1), (300, 1, 1)),
            Poll::Ready(result) => {
                assert_eq!(now, 500);
                assert!(matches!(result, Err(Error::TimedOut(Phase::Head))));
            }
        }
    }
    assert!(!wire.is_open.get());
}

/// While the stack has no room for a long body, both directions are waited for, each asked once.
#[test]
fn sending_and_listening_go_on_side_by_side() {
    let (wire, hand, wakes) = (Wire::default(), Hand::default(), Arc::new(Wakes::default()));
    let task = Waker::from(wakes.clone());
    let context = &mut Context::from_waker(&task);
    let mut client = Client::new(&wire, &hand);
    let (mut buffer, body) = ([0; 256], vec![b'x'; 10_000]);
    let mut sending = pin!(client.post("http://10.0.0.1/").data(&body).send(&mut buffer));
    wire.connection.happens(());
    wire.room.happens(1_000);
    assert!(sending.as_mut().poll(context).is_pending());
    let (sends, receives) = wire.calls();
    assert_eq!((wakes.take(), receives), (0, 1), "it listens while there is no room");
    assert!(sends <= 4, "{sends}");
    for _ in 0..3 {
        wire.room.happens(100);
        assert_eq!(wakes.take(), 1);
        assert!(sending.as_mut().poll(context).is_pending());
        assert_eq!((wakes.take(), wire.calls()), (0, (2, 1)));
    }
    assert_eq!(wire.sent.borrow().len(), 1_300);
    wire.sends("HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n");
    assert_eq!(wakes.take(), 1);
    let Poll::Ready(Ok(response)) = sending.as_mut().poll(context) else { panic!() };
    assert_eq!((response.status_code(), wire.sent.borrow().len()), (413, 1_300));
    assert!(!wire.is_open.get());
}
