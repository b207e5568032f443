//! Our client.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use nal_http::client::Request;
use nal_http::embedded_nal::AddrType;
use nal_http::nb;
use nal_http::net::{Received, Transport, TransportError};
use nal_http::wire::Method;

use super::{URL, receive};

/// A GET with a buffer of 512 bytes, its body in pieces of 2 KiB.
pub fn get(arriving: &[u8]) -> usize {
    let mut transport = Memory { arriving };
    let mut buffer = [0; 512];
    let request = Request::new(Method::GET, URL);
    let mut call = request.start(&mut buffer).expect("a request");
    let (mut piece, mut length) = ([0; 2048], 0);
    loop {
        match call.read(&mut transport, 0, &mut piece).expect("a response") {
            0 => break,
            n => length += n,
        }
    }
    assert_eq!(call.status_code(), 200);
    length
}

/// A connection to nobody, from which bytes arrive.
struct Memory<'a> {
    arriving: &'a [u8],
}

type Result<T> = std::result::Result<T, TransportError<Infallible>>;

impl Transport for Memory<'_> {
    type Socket = ();
    type TcpError = Infallible;
    type DnsError = Infallible;

    fn resolve(&mut self, _: &str, _: AddrType) -> nb::Result<IpAddr, Infallible> {
        Ok(Ipv4Addr::LOCALHOST.into())
    }

    fn socket(&mut self) -> std::result::Result<(), Infallible> {
        Ok(())
    }

    fn connect(
        &mut self,
        (): &mut (),
        _: SocketAddr,
        _: Option<&str>,
    ) -> nb::Result<(), TransportError<Infallible>> {
        Ok(())
    }

    fn send(&mut self, (): &mut (), bytes: &[u8]) -> Result<Option<usize>> {
        Ok(Some(divan::black_box(bytes).len()))
    }

    fn receive(&mut self, (): &mut (), room: &mut [u8]) -> Result<Received> {
        Ok(match receive(&mut self.arriving, room) {
            0 => Received::End,
            n => Received::Data(n),
        })
    }

    fn close(&mut self, (): ()) {}
}
