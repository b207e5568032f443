//! No program: arrays as long as the types are large, for `nm` to read.

#![no_std]
#![no_main]
#![allow(non_upper_case_globals, reason = "named as the types are")]

use core::mem::size_of;

use nal_http::client::{Call, Client, Cookies, Request};
use nal_http::server::{Connection, Server};
use nal_http_size::server::App;
use nal_http_size::stub::{DeviceClock, Socket, Stub};

macro_rules! sizes {
    ($($name:ident: $type:ty,)*) => {$(
        #[used]
        #[unsafe(no_mangle)]
        #[unsafe(link_section = ".sizes")]
        static $name: [u8; size_of::<$type>()] = [0; size_of::<$type>()];
    )*};
}

sizes! {
    SIZE_server_Connection: Connection<App>,
    SIZE_server_Server_4_1024: Server<Stub, App, 4, 1024>,
    SIZE_client_Client: Client<'static, Stub, DeviceClock>,
    SIZE_client_Request: Request<'static>,
    SIZE_client_Call: Call<'static, 'static, Socket>,
    SIZE_client_Cookies_4: Cookies<4>,
}

// Futures, whose types have no name; their buffers are the caller's. The client is in that of a whole GET.
#[cfg(feature = "async")]
sizes! {
    SIZE_async_client_Client: nal_http_size::async_client::Board,
    SIZE_async_client_send: [u8; size(nal_http_size::async_client::send)],
    SIZE_async_client_read: [u8; size(nal_http_size::async_client::read)],
    SIZE_async_client_page: [u8; size(nal_http_size::async_client::page)],
}

#[cfg(feature = "async")]
const fn size<A, B, F>(_: fn(A, B) -> F) -> usize {
    size_of::<F>()
}

#[cfg(feature = "tls")]
sizes! {
    SIZE_tls_Link_256: nal_http::tls::Link<256>,
    SIZE_tls_engine_256: [u8; ENGINE],
}

/// The engine is a future, whose type has no name.
#[cfg(feature = "tls")]
const ENGINE: usize = {
    use nal_http::tls::{Link, Memory, Trust, engine};
    use nal_http_size::client::Board;

    const fn size<A, B, C, D, F>(_: fn(A, B, C, D) -> F) -> usize {
        size_of::<F>()
    }

    size::<&'static Link<256>, Trust<'static>, Memory<'static>, Board, _>(engine)
};

#[cfg(feature = "async")]
sizes! {
    SIZE_async_Tasks_4: nal_http::server::asynch::Tasks<4>,
    SIZE_async_serve_connection: [u8; CONNECTION],
}

/// So is a connection that is served: with a socket and a timer that keep next to nothing.
#[cfg(feature = "async")]
const CONNECTION: usize = {
    use core::cell::RefCell;

    use nal_http_size::asynch::{Device, connection};

    const fn size<A, B, C, F>(_: fn(A, B, C) -> F) -> usize {
        size_of::<F>()
    }

    size::<&'static mut Device, &'static RefCell<App>, &'static mut [u8], _>(connection)
};

#[unsafe(no_mangle)]
extern "C" fn main() {}
