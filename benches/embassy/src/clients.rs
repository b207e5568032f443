//! Clients get the same small JSON from one server, in a connection of its own: ours, and how to spawn any.

use core::sync::atomic::AtomicBool;

use embassy_net::Stack;
use embassy_net::dns::DnsSocket;
use embassy_net::tcp::client::{TcpClient, TcpClientState};
use nal_http::client::asynch::Client;

use crate::SOCKET;

/// Whether the answer has come.
pub static DONE: AtomicBool = AtomicBool::new(false);

pub const URL: &str = "http://10.0.0.2/light";

/// A module with a task that calls this function once.
macro_rules! client {
    ($name:ident, $get:ident) => {
        pub mod $name {
            use core::sync::atomic::Ordering;

            use embassy_executor::Spawner;
            use embassy_net::Stack;

            #[embassy_executor::task]
            async fn run(stack: Stack<'static>) {
                $crate::clients::DONE
                    .store(super::$get(stack).await == Some(200), Ordering::Relaxed);
            }

            pub fn spawn(spawner: Spawner, stack: Stack<'static>) -> Stack<'static> {
                spawner.spawn(run(stack).unwrap());
                stack
            }
        }
    };
}

#[cfg(feature = "peers")]
pub(crate) use client;

client!(ours, get_ours);

async fn get_ours(stack: Stack<'static>) -> Option<u16> {
    let state = TcpClientState::<1, SOCKET, SOCKET>::new();
    let (tcp, dns) = (TcpClient::new(stack, &state), DnsSocket::new(stack));
    let mut client = Client::new((&tcp, &dns), light_embassy::timer());
    let mut buffer = [0; 512];
    let mut response = client.get(URL).send(&mut buffer).await.ok()?;
    let status = response.status_code();
    let mut piece = [0; 100];
    while response.read(&mut piece).await.ok()? > 0 {}
    Some(status)
}
