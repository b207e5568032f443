use core::cell::RefCell;
use core::fmt;
use core::marker::PhantomData;
use core::net::SocketAddr;

use embassy_net::Stack;
use embassy_net::tcp::TcpSocket;
use embassy_net_driver::Driver;
use embassy_time::{Duration, Timer};
use light_app::{LightApp, State as Call, TICK_MS, print_event};
use nal_http::hal::{Display, LightSensor, Timer as _};
use nal_http::server::asynch::Tasks;
use nal_http::server::{ConnectInfo, Event, Site};
use static_cell::ConstStaticCell;

use crate::close::close;
use crate::syn_filter::SynFilter;
use crate::syn_queue::SynQueue;
use crate::timer;

/// Connections at once, each with a task of its own.
pub const TASKS: usize = 8;
/// So many clients more can wait; each takes 112 bytes.
pub const WAITING: usize = 48;
/// The port that the server listens on.
pub const PORT: u16 = 80;
/// A client may be so long about its handshake. Both sides send again after a second, and what is lost once has then arrived.
const HANDSHAKE: Duration = Duration::from_secs(2);
/// A client that does not answer for so long has gone. The stack asks idle ones twice in that time.
const SILENCE: Duration = Duration::from_secs(10);
const KEEP_ALIVE: Duration = Duration::from_secs(4);

/// What the shared code needs of a board. Its functions take no value, since hooks of `nal-http` are plain functions.
pub trait Board: 'static {
    /// Writes to the serial port.
    fn print(text: fmt::Arguments<'_>);

    /// Something has happened in the server. Clients and their requests are printed if this is left as it is.
    fn on_event(peer: &SocketAddr, event: &Event<'_>) {
        print_event(peer, event, Self::print);
    }
}

/// The memory of a connection: what its socket receives into and sends from, and the server's buffer.
#[derive(Debug)]
pub struct Buffers {
    receive: [u8; 2048],
    send: [u8; 2048],
    http: [u8; 1024],
}

/// The memory of all tasks, for each its own. It is a static of this package, of 40 KiB.
///
/// # Panics
/// At the second call.
pub fn buffers() -> &'static mut [Buffers; TASKS] {
    static BUFFERS: ConstStaticCell<[Buffers; TASKS]> = ConstStaticCell::new(
        [const { Buffers { receive: [0; 2048], send: [0; 2048], http: [0; 1024] } }; TASKS],
    );

    BUFFERS.take()
}

/// What the tasks of the light-sensor application share.
#[derive(Debug)]
pub struct LightServer<B, L: 'static, P: 'static> {
    site: Site<LightApp<L, P>, Call>,
    app: RefCell<LightApp<L, P>>,
    tasks: Tasks<TASKS>,
    queue: SynQueue<TASKS, WAITING>,
    board: PhantomData<B>,
}

impl<B: Board, L: LightSensor + 'static, P: Display + 'static> LightServer<B, L, P> {
    /// The application with this sensor and this display.
    pub fn new(sensor: L, display: P) -> Self {
        Self {
            site: LightApp::site().on_event(on_event::<B, L, P>),
            app: RefCell::new(LightApp::new(sensor, display)),
            tasks: Tasks::new(),
            queue: SynQueue::new(PORT),
            board: PhantomData,
        }
    }

    /// The board's driver, which keeps back clients until a task listens.
    pub fn filter<D: Driver>(&'static self, driver: D) -> SynFilter<D> {
        SynFilter::new(driver, &self.queue)
    }

    /// Serves one connection after another, for ever.
    pub async fn serve(&self, stack: Stack<'_>, buffers: &mut Buffers) {
        let Buffers { receive, send, http } = buffers;
        let mut socket = TcpSocket::new(stack, receive, send);
        socket.set_nagle_enabled(false);
        socket.set_keep_alive(Some(KEEP_ALIVE));
        let Some(mut task) = self.tasks.join() else { return };
        loop {
            socket.set_timeout(Some(HANDSHAKE));
            let listening = self.queue.listen();
            let (client, accepted) = task.listen(socket.accept(PORT)).await;
            let peer = socket.remote_endpoint();
            listening.accepted(peer);
            socket.set_timeout(Some(SILENCE));
            if let (Ok(()), Some(peer)) = (accepted, peer) {
                let peer = SocketAddr::new(peer.addr.into(), peer.port);
                client.serve(&mut socket, peer, &self.site, &self.app, http, &timer()).await;
            }
            close(&mut socket, &self.queue).await;
        }
    }

    /// Shows where to point the browser, whenever the address has changed, and samples the light.
    pub async fn look_after(&self, stack: Stack<'_>) -> ! {
        let mut shown = None;
        loop {
            let address = stack.config_v4().map(|config| config.address.address());
            if address != shown {
                shown = address;
                self.show(address.map(|ip| SocketAddr::new(ip.into(), PORT)));
            }
            if self.app.borrow_mut().tick(timer().now_ms()) {
                self.tasks.wake();
            }
            // More often than anything is sampled: who presses the switch wants to see it.
            Timer::after_millis(u64::from(TICK_MS / 10)).await;
        }
    }

    fn show(&self, address: Option<SocketAddr>) {
        if let Some(address) = address {
            B::print(format_args!("listening on {address}\n"));
            self.display(|app| app.show_address(address));
        } else {
            B::print(format_args!("the address is lost\n"));
            self.display(|app| app.display().show(&["Waiting for", "an address"]));
        }
    }

    fn display(&self, show: impl FnOnce(&mut LightApp<L, P>) -> Result<(), P::Error>) {
        if let Err(error) = show(&mut self.app.borrow_mut()) {
            B::print(format_args!("the display does not answer: {error:?}\n"));
        }
    }
}

fn on_event<B: Board, L, P>(_: &mut LightApp<L, P>, client: &ConnectInfo, event: &Event<'_>) {
    B::on_event(&client.peer, event);
}
