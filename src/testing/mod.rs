//! Tools for tests: of applications without a network, of the crate itself, and of stacks.
//!
//! They need `std`; enable the feature `testing` in `[dev-dependencies]` only.
//!
//! # Handlers, without a network
//! [`TestClient`] calls an application's handlers in the same process, through the same code as a
//! connection from outside: no stack, no socket, no time.
//!
//! ```
//! use nal_http::server::{Answer, Reply, Request, Route};
//! use nal_http::testing::TestClient;
//!
//! struct App {
//!     led: bool,
//! }
//!
//! fn switch(app: &mut App, request: &mut Request<'_>, reply: &mut Reply<'_>) -> Answer {
//!     app.led = request.form()?.get("on").is_some_and(|on| on == "1");
//!     reply.text(if app.led { "on" } else { "off" })
//! }
//!
//! const ROUTES: &[Route<App>] = &[Route::post("/led", switch)];
//!
//! let mut app = App { led: false };
//! let mut client = TestClient::new(ROUTES);
//! let answer = client.post(&mut app, "/led", "on=1");
//! assert_eq!((answer.status_code, answer.text()), (200, "on"));
//! assert!(app.led);
//! ```
//!
//! # Clients, without a network
//! [`TestServer`] answers a client in the same process, by a function from what it has sent to what it
//! receives, in pieces of any size.
//!
//! # What the board brings, as mocks
//! [`MockLightSensor`], [`MockDisplay`], [`MockClock`] and [`MockStack`] are `mockall` mocks: a test
//! says which calls it expects, and what they answer. Each of them has an example.
//!
//! # A network on paper
//! [`ScriptStack`] is a stack in memory whose peers follow a script. It plays servers to a client,
//! clients to a server, and remembers what was sent to them. Here the peer hesitates in the middle
//! of its answer:
//!
//! ```
//! use nal_http::client::Client;
//! use nal_http::testing::{MockClock, ScriptStack, Step};
//!
//! let mut stack = ScriptStack::new();
//! let head = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n";
//! stack.answers([head.into(), "he".into(), Step::Idle, "llo".into()]);
//!
//! let mut clock = MockClock::new();
//! clock.expect_now_ms().return_const(0_u32);
//! let mut buffer = [0; 256];
//! let mut client = Client::new(&mut stack, clock);
//! let mut response = client.get("http://mpython.cn/").send(&mut buffer).unwrap();
//! assert_eq!(response.text(), Ok("hello"));
//! ```
//!
//! [`Ticks`] is a clock for it that goes on by itself.
//!
//! # Faults, at any call
//! [`FaultStack`] makes any stack hesitate, split, reset or close at a call that the test chooses,
//! and counts calls and open sockets:
//!
//! ```
//! use nal_http::client::{Client, Error};
//! use nal_http::testing::{Call, Fault, FaultStack, MockClock, ScriptStack};
//!
//! let mut peers = ScriptStack::new();
//! peers.answers([]);
//! let mut stack = FaultStack::new(peers).at_most(1).once(Call::Send, 20, Fault::Reset);
//!
//! let mut clock = MockClock::new();
//! clock.expect_now_ms().return_const(0_u32);
//! let mut buffer = [0; 256];
//! let answer = Client::new(&mut stack, clock).get("http://mpython.cn/").send(&mut buffer).err();
//! assert!(matches!(answer, Some(Error::Send(_))));
//! assert_eq!((stack.calls(Call::Send), stack.open_sockets()), (21, 0));
//! ```
//!
//! # Stacks
//! [`check_stack`] tells the author of an `embedded-nal` stack whether this crate runs on it: a dozen
//! expectations, each with a verdict, and what to do about those that are not met. Its documentation
//! has an example; a [`Report`] reads like this:
//!
//! ```text
//! ok    nobody connects: accept would block
//! ok    a client connects and is accepted
//! FAIL  an idle connection is not at its end: Client received Ok(0) while idle; answer WouldBlock;
//!       a stack whose Ok(0) means "nothing yet" works wrapped in nal_http::net::ZeroIsIdle
//! ```

#[cfg(feature = "async")]
pub mod asynch;
mod bench;
mod check;
mod client;
mod fault;
#[cfg(feature = "websocket")]
mod frames;
mod mocks;
mod report;
mod rig;
mod script;
mod server;
mod ticks;

pub use check::check_stack;
pub use client::{TestClient, TestResponse};
pub use fault::{Call, Fault, FaultError, FaultStack};
#[cfg(feature = "websocket")]
pub use frames::websocket_frame;
pub use mocks::{MockClock, MockDisplay, MockError, MockLightSensor, MockSocket, MockStack};
pub use report::{Report, Verdict};
pub use rig::Rig;
pub use script::{ScriptError, ScriptSocket, ScriptStack, Step};
pub use server::TestServer;
pub use ticks::Ticks;
