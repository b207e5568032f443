//! HTTP/1.1 for microcontrollers, over any [`embedded-nal`](embedded_nal) TCP stack, or any async one such as
//! embassy's: a GET over a socket, a client as easy as MicroPython's `urequests`, and a small web server. `no_std`,
//! no allocation, no `unsafe`; no async runtime is needed.
//!
//! | module | what is in it |
//! |---|---|
//! | [`client`] | [`http_get`](client::http_get), [`Client`](client::Client): requests with params, forms, JSON |
//! | [`server`] | [`Server`](server::Server): several connections from one `poll`, handlers in a const table |
//! | [`wire`] | HTTP as bytes, without I/O: URLs, heads, bodies |
//! | [`net`] | what is asked of a stack, time-outs, an adapter for stacks that differ |
//! | [`hal`] | [`Clock`](hal::Clock), `Timer` for async, [`LightSensor`](hal::LightSensor), [`Display`](hal::Display): what a board implements |
//! | [`testing`] | mocks, a stack that fails on a script, client and server without a network (feature `testing`) |
//!
//! # The tutorial's three steps
//! ```no_run
//! # use nal_http::hal::Clock;
//! # fn demo<S>(stack: &mut S, mut clock: impl Clock) -> Result<(), nal_http::client::ErrorOf<S>>
//! # where S: embedded_nal::TcpFullStack + embedded_nal::Dns {
//! use nal_http::client::{Client, http_get};
//! use nal_http::server::{Answer, Reply, Request, Route, Server, Site};
//!
//! // 1. A GET over a socket: what comes, 100 bytes at a time.
//! http_get(stack, &mut clock, "http://micropython.org/ks/test.html", |piece| {
//!     // print it
//! })?;
//!
//! // 2. The requests module.
//! let mut buffer = [0; 2560];
//! let mut client = Client::new(stack, &mut clock);
//! let mut response = client.post("http://192.168.0.9/led").form(&[("on", "1")]).send(&mut buffer)?;
//! let (code, text) = (response.status_code(), response.text()?);
//! # drop(response);
//!
//! // 3. The server.
//! struct App;
//! fn page(_: &mut App, _: &mut Request<'_>, reply: &mut Reply<'_>) -> Answer {
//!     reply.html("欢迎使用掌控板mPython！")
//! }
//! const SITE: Site<App> = Site::new(&[Route::get("/", page)]);
//! let mut server: Server<S, App, 4, 1024> = Server::new(SITE);
//! # Ok(())
//! # }
//! ```
//!
//! The crates of other people that are in signatures are exported again, so that versions match: [`embedded_nal`],
//! and with it [`nb`], whose `WouldBlock` is what all that is polled answers, and [`embedded_io`], whose `Read` a
//! [`Response`](client::Response) is.
//!
//! # Features
//! None but `testing` needs `std`.
//!
//! | feature | what it adds |
//! |---|---|
//! | `redirects` (on by default) | GET and HEAD follow redirects if they do not say otherwise |
//! | `tls` | https: the module [`tls`] |
//! | `tls-p384`, `tls-rsa`, `tls-ed25519` | https also with certificates that have such keys |
//! | `tls-x25519` | https also with the key exchange X25519 |
//! | `digest` | digest authentication: [`client::Request::digest`] |
//! | `async` | client and server on async stacks, such as embassy's: `client::asynch`, `server::asynch` |
//! | `embassy-sync` | applications that tasks share may be in its mutexes: `server::asynch::Share` |
//! | `serde` | queries, forms and parameters of paths into `serde` types: `server::Request::typed_query` |
//! | `session` | sessions in a signed cookie: `server::Sessions` |
//! | `json` | JSON bodies from and to [`serde`] types, by `ser-write-json` |
//! | `websocket` | server and client speak WebSocket: `server::websocket`, `client::websocket` |
//! | `log` | what happens is told to the [`log`](https://docs.rs/log) crate |
//! | `defmt` | what happens is told to [`defmt`](https://docs.rs/defmt); errors can be printed with it |
//! | `testing` | the module [`testing`] |
//!
//! # No panics
//! Whatever a peer sends, nothing in here panics. In a release build with fat LTO and without overflow
//! checks, at opt-level `z`, `s`, 2 or 3, no panicking code is left at all, which the size report proves by
//! linking; with thin LTO or opt-level 1 some is left, and is never reached. `httparse`, which checks the headers, needs
//! `opt-level = 3` for that: `[profile.release.package.httparse]`. The features `json`, `digest` and
//! `tls` are excepted: `ser-write-json`, the hashes and the cryptography keep panicking code of their own.
//!
// What a feature adds has no page without it: its links then lead to the table.
#![cfg_attr(not(feature = "digest"), doc = "[`client::Request::digest`]: #features")]
#![cfg_attr(not(feature = "json"), doc = "[`serde`]: https://docs.rs/serde")]
#![cfg_attr(not(feature = "testing"), doc = "[`testing`]: #features")]
#![cfg_attr(not(feature = "tls"), doc = "[`tls`]: #features")]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![no_std]
#![forbid(unsafe_code)]
#![deny(missing_docs)]

#[cfg(any(test, feature = "testing"))]
extern crate std;

#[cfg(feature = "async")]
pub use {embedded_hal_async, embedded_io_async, embedded_nal_async};
pub use {embedded_io, embedded_nal, nb};

pub mod client;
pub mod hal;
#[cfg(feature = "json")]
mod json;
mod log;
pub mod net;
pub mod server;
#[cfg(feature = "testing")]
pub mod testing;
#[cfg(feature = "tls")]
pub mod tls;
pub mod wire;
