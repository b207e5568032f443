//! The server with files in flash: one that is plain and gzip, of 64 bytes in all.

#![no_std]
#![no_main]

use nal_http::server::{File, Files, Route, Site, Variant};
use nal_http::wire::Coding;
use nal_http_size::server::{self, App};
use nal_http_size::stub::Stub;

const FILES: Files = Files::new(&[File::new("index.html", "\"1\"", &[b'a'; 40])
    .coded(&[Variant::new(Coding::Gzip, "\"2\"", &[b'b'; 24])])]);

const SITE: Site<App> = Site::new(&[
    server::LIGHT,
    server::ECHO,
    Route::get("/{*path}", |_, request, reply| FILES.reply(request, reply)),
]);

#[unsafe(no_mangle)]
extern "C" fn main() {
    let mut stack = Stub::default();
    let server = server::listening_for(&mut stack, SITE);
    loop {
        server::poll(server, &mut stack);
    }
}
