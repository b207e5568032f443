//! reqwless and nanofish.

use ::nanofish::EmbassyHttpClient;
use ::reqwless::client::HttpClient;
use ::reqwless::request::Method;
use embassy_net::Stack;
use embassy_net::dns::DnsSocket;
use embassy_net::tcp::client::{TcpClient, TcpClientState};
use embedded_io_async::Read;

use crate::SOCKET;
use crate::clients::{URL, client};

client!(reqwless, get_reqwless);
client!(nanofish, get_nanofish);

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
