//! No program: arrays as long as the types are large, for `nm` to read.

#![no_std]
#![no_main]
#![allow(non_upper_case_globals, reason = "named as the types are")]

use core::mem::size_of;

use nal_http::client::{Call, Client, Exchange, Request};
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
    SIZE_client_Exchange: Exchange<'static, 'static>,
    SIZE_client_Call: Call<'static, 'static, Socket>,
}

#[unsafe(no_mangle)]
extern "C" fn main() {}
