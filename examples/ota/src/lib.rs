//! Firmware updates over `nal-http`: what is uploaded goes into flash as it comes, is checked by its SHA-256, and only then
//! is it what starts next.
//!
//! | request | answer |
//! |---|---|
//! | `PUT /update` with the image as its body, and `Repr-Digest`, `Content-Digest` or `?sha256=` | 200, and the image is started at the next restart |
//! | `POST /update` with a form: a file, and a field `sha256` in front of it or behind it | the same |
//! | `GET /update`, also meanwhile | `{"state":"receiving","received":4096,"length":1048576}` |
//!
//! ```text
//! curl -T board.bin -H "Repr-Digest: sha-256=:$(openssl dgst -sha256 -binary board.bin | base64):" http://board.local/update
//! curl -T board.bin "http://board.local/update?sha256=$(sha256sum board.bin | cut -c1-64)"
//! curl -F file=@board.bin -F sha256=$(sha256sum board.bin | cut -c1-64) http://board.local/update
//! ```
//!
//! The application brings the flash of the slot that is not running, and what tells the bootloader to start it:
//!
//! ```
//! use nal_http::server::{Route, Site};
//! use nal_http::wire::MultipartReader;
//! use ota::embedded_storage::nor_flash::NorFlash;
//! use ota::{Boot, Update, Updates, Upload};
//! # struct Bootloader;
//! # impl Boot for Bootloader {
//! #     type Error = ();
//! #     fn start_next<F: NorFlash>(&mut self, _: &mut F, _: u32) -> Result<(), ()> { Ok(()) }
//! # }
//!
//! struct App<F> {
//!     update: Update<F, Bootloader>,
//! }
//!
//! impl<F: NorFlash> Updates for App<F> {
//!     type Flash = F;
//!     type Boot = Bootloader;
//!
//!     fn update(&mut self) -> &mut Update<F, Bootloader> {
//!         &mut self.update
//!     }
//! }
//!
//! fn site<F: NorFlash + 'static>() -> Site<App<F>, Upload> {
//!     Site::new(const {
//!         &[
//!             Route::put("/update", ota::put).in_pieces().want(ota::DIGESTS),
//!             Route::post("/update", ota::post).in_pieces().want(MultipartReader::HEADERS),
//!             Route::get("/update", ota::progress),
//!         ]
//!     })
//! }
//! # let _ = ();
//! ```
//!
//! Whoever can send to the board can update it: put [`guards::basic`](nal_http::server::guards::basic) in front. A digest
//! finds what was damaged on the way; it does not say who made the image. For that the application checks a signature in its
//! [`Boot::start_next`], as `tests/update/signed.rs` does.

#![no_std]
#![forbid(unsafe_code)]

mod error;
mod handlers;
mod update;
mod writer;

pub use embedded_storage;
pub use error::UpdateError;
pub use handlers::{DIGESTS, Updates, Upload, post, progress, put};
pub use update::{Boot, Digest, Update};
pub use writer::Writer;
