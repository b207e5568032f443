//! Where to connect to.

use core::net::{IpAddr, SocketAddr};

use embedded_nal::AddrType;

use super::tunnel::Tunnel;
use super::{Stage, Step, Transaction};
use crate::client::exchange::{split, url_of};
use crate::client::request::parts::Parts;
use crate::client::{CallError, RequestError};
use crate::wire::Url;

impl Transaction {
    pub(super) fn next_of_connecting<'x>(
        &mut self,
        request: &'x Parts<'_>,
        buffer: &'x mut [u8],
    ) -> Result<Step<'x>, CallError> {
        let (_, urls) = split(buffer, self.exchange.taken());
        let url = url_of(request, self.exchange.attempt(), urls).map_err(RequestError::Url)?;
        if let Stage::Resolve(failed) = self.stage {
            self.abilities.check(&url, request.proxy.is_some())?;
            let server = server(request, &url);
            let Some(ip) = server.ip() else {
                let kind = match failed {
                    None => AddrType::Either,
                    Some(IpAddr::V6(_)) => AddrType::IPv4,
                    Some(IpAddr::V4(_)) => AddrType::IPv6,
                };
                return Ok(Step::Resolve { host: server.host(), kind });
            };
            self.stage = Stage::Connect(SocketAddr::new(ip, server.port()), true);
        }
        let Stage::Connect(remote, _) = self.stage else { return Ok(Step::Wait) };
        let tls = (url.is_https() && request.proxy.is_none()).then(|| url.host());
        Ok(Step::Connect { remote, tls })
    }

    /// An address was found.
    pub(in crate::client) fn resolved(
        &mut self,
        request: Option<&Parts<'_>>,
        buffer: &mut [u8],
        ip: IpAddr,
    ) {
        let is_last = !matches!(self.stage, Stage::Resolve(None));
        if let Some(port) = self.port(request, buffer) {
            self.stage = Stage::Connect(SocketAddr::new(ip, port), is_last);
        }
    }

    /// The first address, of which the error is told.
    pub(super) fn try_first_again(
        &mut self,
        request: Option<&Parts<'_>>,
        buffer: &mut [u8],
    ) -> bool {
        let Stage::Resolve(Some(ip)) = self.stage else { return false };
        self.resolved(request, buffer, ip);
        true
    }

    fn port(&self, request: Option<&Parts<'_>>, buffer: &mut [u8]) -> Option<u16> {
        let request = request?;
        let (_, urls) = split(buffer, self.exchange.taken());
        let url = url_of(request, self.exchange.attempt(), urls).ok()?;
        Some(server(request, &url).port())
    }

    /// The connection is there.
    pub(in crate::client) fn connected(&mut self, request: Option<&Parts<'_>>, buffer: &mut [u8]) {
        let has_proxy = request.is_some_and(|request| request.proxy.is_some());
        let (_, urls) = split(buffer, self.exchange.taken());
        let url = request.and_then(|request| url_of(request, self.exchange.attempt(), urls).ok());
        if has_proxy && url.is_some_and(|url| url.is_https()) {
            self.stage = Stage::Tunnel(Tunnel::NEW);
        } else {
            self.secured();
        }
    }

    /// TLS has begun.
    pub(in crate::client) fn secured(&mut self) {
        self.stage = Stage::Talk;
        self.deadline = None;
    }
}

/// What is connected to: the proxy, or the server of the URL.
fn server<'u>(request: &Parts<'u>, url: &Url<'u>) -> Url<'u> {
    let mut server = *url;
    if let Some(proxy) = request.proxy {
        proxy.stand_in_for(&mut server);
    }
    server
}
