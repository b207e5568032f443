use core::marker::PhantomData;
use core::net::{Ipv4Addr, SocketAddr};

use light_app::{LightApp, LightServer};
use nal_http::hal::{Display, LightSensor};
use nal_http::server::{ConnectInfo, Event};
use nal_smoltcp::{Error, Stack};
use smoltcp::phy::Device;

use crate::Board;
use crate::board::{BoardClock, wrapping_ms};
use crate::stack::{idle, instant};

/// The port that the server listens on.
const PORT: u16 = 80;
/// A loop looks round so often though nothing is to be done: buttons and watchdogs want that.
const LONGEST_REST_MS: u32 = 20;

/// The light-sensor application on a board: network, server, sensor and display.
pub struct LightBoard<B, D: Device + 'static, L: 'static, P: 'static> {
    stack: Stack<'static, D>,
    server: LightServer<Stack<'static, D>, L, P>,
    app: LightApp<L, P>,
    address: Option<Ipv4Addr>,
    board: PhantomData<B>,
}

impl<B, D, L, P> LightBoard<B, D, L, P>
where
    B: Board,
    D: Device + 'static,
    L: LightSensor + 'static,
    P: Display + 'static,
{
    /// Listens on port 80 of the stack.
    ///
    /// # Errors
    /// The stack has no socket left.
    pub fn new(mut stack: Stack<'static, D>, sensor: L, display: P) -> Result<Self, Error> {
        let site = LightApp::site().on_event(on_event::<B, L, P>);
        let mut server = LightServer::new(site);
        server.listen(&mut stack, PORT)?;
        let app = LightApp::new(sensor, display);
        Ok(Self { stack, server, app, address: None, board: PhantomData })
    }

    /// The address that the board has now.
    pub fn address(&self) -> Option<SocketAddr> {
        self.address.map(|address| SocketAddr::new(address.into(), PORT))
    }

    /// The application, for a program that shows something else on its display.
    pub fn app(&mut self) -> &mut LightApp<L, P> {
        &mut self.app
    }

    /// The stack, for a program that has a device to look after.
    pub fn stack(&mut self) -> &mut Stack<'static, D> {
        &mut self.stack
    }

    /// Does what is to be done now: receives, answers, sends, samples the light, and follows the board's address, which
    /// is shown when it changes. Returns for how many milliseconds the board may rest.
    pub fn step(&mut self) -> u32 {
        let now = B::uptime_ms();
        let moved = self.stack.poll(instant(now));
        self.follow_address();
        if self.app.tick(wrapping_ms(now)) {
            self.server.wake();
        }
        let busy = self.server.poll(&mut self.stack, &mut self.app, wrapping_ms(now)).is_ok();
        if moved || busy {
            return 0;
        }
        let stack = self.stack.poll_delay().map_or(u64::MAX, |delay| delay.total_millis());
        let server = self.server.idle_ms(wrapping_ms(now)).min(LONGEST_REST_MS);
        u32::try_from(stack).map_or(server, |stack| stack.min(server))
    }

    /// Before a restart: lets what is under way end, for so many milliseconds at most, and refuses newcomers. Pages that listen
    /// are told by the end of their stream.
    pub fn shutdown(&mut self, within_ms: u32) {
        let Self { stack, server, app, .. } = self;
        let mut clock = BoardClock::<B>::default();
        server.shutdown(stack, app, &mut clock, within_ms, idle::<B, D>);
    }

    fn follow_address(&mut self) {
        let address = self.stack.interface().ipv4_addr();
        if address == self.address {
            return;
        }
        self.address = address;
        let shown = match self.address() {
            Some(address) => {
                B::print(format_args!("listening on {address}\n"));
                self.app.show_address(address)
            }
            None => {
                B::print(format_args!("the address is lost\n"));
                self.app.display().show(&["Waiting for", "an address"])
            }
        };
        if let Err(error) = shown {
            B::print(format_args!("the display does not answer: {error:?}\n"));
        }
    }
}

fn on_event<B: Board, L, P>(_: &mut LightApp<L, P>, client: &ConnectInfo, event: &Event<'_>) {
    B::on_event(&client.peer, event);
}
