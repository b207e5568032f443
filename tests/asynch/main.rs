//! The client's tests once more, over the async client: the same files, scripts and expectations. What they call
//! `nal_http::client::Client` is here a face of [`asynch::Client`](real::client::asynch::Client) that blocks.

extern crate nal_http as real;
// In all that is below, `nal_http` is this crate.
extern crate self as nal_http;

mod call;
mod face;

pub(crate) use real::*;

pub(crate) mod client {
    //! `nal_http::client`, with the async client in the place of the one that blocks.
    pub(crate) use crate::call::{Client, Request, http_get};
    pub(crate) use real::client::*;
}

#[path = "../addresses.rs"]
mod addresses;
#[path = "../client/main.rs"]
mod client_calls;
#[path = "../cookies.rs"]
mod cookies;
#[path = "../digest.rs"]
mod digest;
#[path = "../download.rs"]
mod download;
#[path = "../extras/main.rs"]
mod extras;
#[path = "../keep_alive.rs"]
mod keep_alive;
#[path = "../redirects.rs"]
mod redirects;
#[path = "../requests.rs"]
mod requests;
#[path = "../trailers.rs"]
mod trailers;
#[path = "../transport.rs"]
mod transport;
#[path = "../uploads.rs"]
mod uploads;

/// As servers in the field have it.
#[path = "../field"]
mod field {
    #[path = "cookies.rs"]
    mod cookies;
    #[path = "downloads/mod.rs"]
    mod downloads;
    #[path = "early_answers.rs"]
    mod early_answers;
    #[path = "encodings.rs"]
    mod encodings;
    #[path = "heads.rs"]
    mod heads;
    #[path = "json.rs"]
    mod json;
    #[path = "proxies/mod.rs"]
    mod proxies;
    #[path = "redirects.rs"]
    mod redirects;
    #[path = "sessions.rs"]
    mod sessions;
    #[path = "sizes.rs"]
    mod sizes;
    #[path = "urls.rs"]
    mod urls;
}
