//! Where to connect to.

use core::net::{IpAddr, SocketAddr};

use embedded_nal::AddrType;

use super::{Stage, Step, Transaction};
use crate::client::extra::split;
use crate::client::request::parts::Parts;

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
        let has_proxy = request.is_some_and(|request| request.proxy.is_some());
        match self.abilities.tunnelling {
            Some(tunnelling) if has_proxy && self.target.is_https => {
                (tunnelling.begin)(&mut self.tunnel);
                self.stage = Stage::Tunnel;
            }
            _ => self.secured(),
        }
    }

    /// TLS has begun, or is not wanted.
    pub(in crate::client) fn secured(&mut self) {
        self.stage = Stage::Talk;
        self.deadline = None;
    }
}
