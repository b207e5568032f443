//! Clients that get the same small JSON, from one server, in a connection of its own: ours, reqwless, nanofish.

use core::sync::atomic::{AtomicBool, Ordering};

use ::nanofish::EmbassyHttpClient;
use ::reqwless::client::HttpClient;
use ::reqwless::request::Method;
use embassy_executor::Spawner;
use embassy_net::Stack;
use embassy_net::dns::DnsSocket;
use embassy_net::tcp::client::{TcpClient, TcpClientState};
use embedded_io_async::Read;
use nal_http::client::asynch::Client;

use crate::SOCKET;

/// Whether the answer has come.
pub static DONE: AtomicBool = AtomicBool::new(false);

const URL: &str = "http://10.0.0.2/light";

macro_rules! client {
    ($name:ident, $get:ident) => {
        pub mod $name {
            use super::*;

            #[embassy_executor::task]
            async fn run(stack: Stack<'static>) {
                DONE.store($get(stack).await == Some(200), Ordering::Relaxed);
            }

            pub fn spawn(spawner: Spawner, stack: Stack<'static>) -> Stack<'static> {
                spawner.spawn(run(stack).unwrap());
                stack
            }
        }
    };
}

client!(ours, get_ours);
client!(reqwless, get_reqwless);
client!(nanofish, get_nanofish);

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

async fn get_reqwless(stack: Stack<'static>) -> Option<u16> {
    let state = TcpClientState::<1, SOCKET, SOCKET>::new();
    let (tcp, dns) = (TcpClient::new(stack, &state), DnsSocket::new(stack));
    let mut client = HttpClient::new(&tcp, &dns);
    let mut buffer = [0; 512];
    let mut request = client.request(Method::GET, URL).await.ok()?;
    let response = request.send(&mut buffer).await.ok()?;
    let status = response.status.0;
    let mut body = response.body().reader();
    let mut piece = [0; 100];
    while body.read(&mut piece).await.ok()? > 0 {}
    Some(status)
}

async fn get_nanofish(stack: Stack<'static>) -> Option<u16> {
    type Client<'a> = EmbassyHttpClient<'a, SOCKET, SOCKET, 0, 0, 512>;

    let mut buffer = [0; 512];
    let (response, _) = Client::new(&stack).get(URL, &[], &mut buffer).await.ok()?;
    response.is_success().then_some(200)
}
