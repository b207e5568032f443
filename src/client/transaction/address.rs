//! Where to connect to.

use core::net::{IpAddr, SocketAddr};

use embedded_nal::AddrType;

use super::{Stage, Step, Transaction};
use crate::client::extra::split;
use crate::client::request::parts::Parts;
#[cfg(feature = "websocket")]
use crate::client::request::proxy::Proxy;
use crate::client::request::proxy::Tunnelling;

impl Transaction {
    pub(super) const fn connect_anew(&mut self) {
        self.stage = if self.target.remote.is_some() { Stage::ConnectLast } else { Stage::Resolve };
        self.deadline = None;
        self.retry = None;
        (self.is_broken, self.is_last_look, self.is_full) = (false, false, false);
    }

    /// The host of the URL.
    pub(super) fn host<'x>(&self, request: &'x Parts<'_>, buffer: &'x mut [u8]) -> &'x str {
        let (_, urls) = split(buffer, self.exchange.taken());
        let url = self.exchange.attempt().url_of(request.url, urls);
        let (at, length) = self.target.host;
        url.get(at..at.saturating_add(length)).unwrap_or_default()
    }

    pub(super) fn next_of_connecting<'x>(
        &'x mut self,
        request: &'x Parts<'_>,
        buffer: &'x mut [u8],
    ) -> Step<'x> {
        if let Err(error) = self.abilities.check(self.target.is_https, request.proxy.is_some()) {
            self.exchange.fail(error);
            return Step::Failed;
        }
        let kind = match (self.stage, &self.target.remote) {
            (Stage::Connect | Stage::ConnectLast, Some(remote)) => {
                let is_tls = self.target.is_https && request.proxy.is_none();
                return Step::Connect { remote, tls: is_tls.then(|| self.host(request, buffer)) };
            }
            (_, None) => AddrType::Either,
            (_, Some(SocketAddr::V6(_))) => AddrType::IPv4,
            (_, Some(SocketAddr::V4(_))) => AddrType::IPv6,
        };
        let host = match request.proxy {
            Some(proxy) => proxy.host(),
            None => self.host(request, buffer),
        };
        Step::Resolve { host, kind }
    }

    /// An address was found.
    pub(in crate::client) fn resolved(&mut self, ip: IpAddr) {
        self.target.remote = Some(SocketAddr::new(ip, self.target.port));
        let is_first = self.stage == Stage::Resolve;
        self.stage = if is_first { Stage::Connect } else { Stage::ConnectLast };
    }

    /// The connection is there.
    pub(in crate::client) fn connected(&mut self, request: Option<&Parts<'_>>) {
        let is_https = self.target.is_https;
        let is_asked = request
            .is_some_and(|request| request.proxy.is_some() && request.needs_tunnel(is_https));
        match self.tunnelling(request) {
            Some(tunnelling) if is_asked => {
                (tunnelling.begin)(&mut self.tunnel);
                self.stage = Stage::Tunnel;
            }
            _ => self.secured(),
        }
    }

    /// What makes the tunnel that is needed.
    pub(super) fn tunnelling(&self, request: Option<&Parts<'_>>) -> Option<&'static Tunnelling> {
        #[cfg(feature = "websocket")]
        if let Some(request) = request.filter(|request| request.is_upgrade) {
            return request.proxy.map(Proxy::tunnelling);
        }
        let _ = request;
        self.abilities.tunnelling
    }

    /// The proxy has made it.
    pub(super) const fn tunnelled(&mut self) {
        if self.target.is_https || !cfg!(feature = "websocket") {
            self.stage = Stage::Secure;
        } else {
            self.secured();
        }
    }

    /// TLS has begun, or is not wanted.
    pub(in crate::client) const fn secured(&mut self) {
        self.stage = Stage::Talk;
        self.deadline = None;
    }
}
