//! Our client against our server, over each stack and both families of addresses.

use std::net::{IpAddr, Ipv6Addr};

use embedded_nal::{Dns, TcpClientStack};
use nal_http::client::{Client, http_get};
use nal_std::Stack;

use crate::on_tokio::BOTH;
use crate::support::{RealClock, Running, localhost, wait};

fn tour<S: TcpClientStack + Dns>(stack: &mut S, server: &Running, idle: fn(&mut S, u32))
where
    <S as Dns>::Error: core::fmt::Debug,
{
    let mut buffer = [0; 512];
    let mut client = Client::new(stack, RealClock::new()).idle(idle);
    let light = server.url("/light");
    for _ in 0..20 {
        let mut response = client.get(&light).send(&mut buffer).unwrap();
        assert_eq!((response.status_code(), response.reason()), (200, "OK"));
        assert_eq!(response.header("content-type"), Some("application/json"));
        assert_eq!(response.text().unwrap(), "{\"light\":301}");
    }
    let long = "光线传感器".repeat(20_000);
    let echo = server.url("/echo");
    let mut response =
        client.post(&echo).header("Content-Type", "text/x").data(&long).send(&mut buffer).unwrap();
    assert_eq!(response.header("content-type"), Some("text/x"));
    assert_eq!(response.content_length(), Some(300_000));
    let (mut body, mut piece) = (Vec::new(), [0; 1000]);
    loop {
        let n = response.read(&mut piece).unwrap();
        body.extend_from_slice(&piece[..n]);
        if n == 0 {
            break;
        }
    }
    assert_eq!(body, long.as_bytes());
}

#[test]
fn over_nal_std() {
    let addresses = [localhost(), IpAddr::V6(Ipv6Addr::LOCALHOST)];
    for server in addresses.into_iter().flat_map(|ip| BOTH.map(|light| light(ip))) {
        let mut stack = Stack::new();
        tour(&mut stack, &server, wait);
        assert_eq!(stack.open_sockets(), 0, "each socket is closed once");
    }
}

#[test]
fn over_std_embedded_nal() {
    let server = Running::light::<1024>(localhost());
    tour(&mut std_embedded_nal::Stack, &server, |_, _| std::thread::yield_now());
}

#[test]
fn the_first_program_of_the_tutorial() {
    let server = Running::light::<512>(localhost());
    let mut body = Vec::new();
    let status = http_get(&mut Stack::new(), RealClock::new(), &server.url("/"), |piece| {
        assert!(piece.len() <= 100);
        body.extend_from_slice(piece);
    });
    assert_eq!(status.unwrap(), 200);
    let page = String::from_utf8(body).unwrap();
    assert!(page.contains("欢迎使用掌控板mPython！你的光线传感器值是:301"), "{page}");
}

#[test]
fn a_name_is_looked_up() {
    let server = Running::light::<512>(localhost());
    let url = format!("http://localhost:{}/light", server.address.port());
    let (mut stack, mut buffer) = (Stack::new(), [0; 512]);
    let mut client = Client::new(&mut stack, RealClock::new()).idle(wait);
    match client.get(&url).send(&mut buffer) {
        Ok(mut response) => assert_eq!(response.text().unwrap(), "{\"light\":301}"),
        // Where the name stands for [::1] first, nobody listens there.
        Err(error) => assert!(error.to_string().contains("refused"), "{error}"),
    }
}
