//! Tools for tests: of applications without a network, of the crate itself, and of stacks.
//!
//! They need `std`; enable the feature `testing` in `[dev-dependencies]` only.
//!
//! * [`TestClient`] calls an application's handlers in the same process: no stack, no socket.
//! * [`MockStack`], [`MockLightSensor`], [`MockDisplay`], [`MockClock`] are `mockall` mocks of what a
//!   board brings.
//! * [`ScriptStack`] is a stack in memory whose peers follow a script.
//! * [`FaultStack`] makes any stack hesitate, split, reset or close at a given call.
//! * [`check_stack`] tells the author of an `embedded-nal` stack whether this crate runs on it.
//!
//! ```
//! use nal_http::server::{Answer, Reply, Request, Route};
//! use nal_http::testing::TestClient;
//!
//! struct App {
//!     led: bool,
//! }
//!
//! fn switch(app: &mut App, request: &Request<'_>, reply: Reply<'_>) -> Answer<App> {
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

mod check;
mod client;
mod fault;
mod mocks;
mod script;

pub use check::{Report, Rig, Verdict, check_stack};
pub use client::{TestClient, TestResponse};
pub use fault::{Call, Fault, FaultError, FaultStack};
pub use mocks::{MockClock, MockDisplay, MockError, MockLightSensor, MockSocket, MockStack};
pub use script::{ScriptError, ScriptSocket, ScriptStack, Step};
