//! Where to connect to.

use core::net::{IpAddr, SocketAddr};

use embedded_nal::AddrType;

use super::tunnel::Tunnel;
use super::{Stage, Step, Transaction};
use crate::client::CallError;
use crate::client::extra::split;
use crate::client::request::parts::Parts;

impl Transaction {
    pub(super) fn connect_anew(&mut self) {
        self.stage = Stage::Resolve(None);
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
        &mut self,
        request: &'x Parts<'_>,
        buffer: &'x mut [u8],
    ) -> Result<Step<'x>, CallError> {
        if let Stage::Resolve(failed) = self.stage {
            self.abilities.check(self.target.is_https, request.proxy.is_some())?;
            let Some(ip) = self.target.ip else {
                let kind = match failed {
                    None => AddrType::Either,
                    Some(IpAddr::V6(_)) => AddrType::IPv4,
                    Some(IpAddr::V4(_)) => AddrType::IPv6,
                };
                let host = match request.proxy {
                    Some(proxy) => proxy.host(),
                    None => self.host(request, buffer),
                };
                return Ok(Step::Resolve { host, kind });
            };
            self.stage = Stage::Connect(ip, true);
        }
        let Stage::Connect(ip, _) = self.stage else { return Ok(Step::Wait) };
        let remote = SocketAddr::new(ip, self.target.port);
        let is_tls = self.target.is_https && request.proxy.is_none();
        Ok(Step::Connect { remote, tls: is_tls.then(|| self.host(request, buffer)) })
    }

    /// An address was found.
    pub(in crate::client) fn resolved(&mut self, ip: IpAddr) {
        let is_last = !matches!(self.stage, Stage::Resolve(None));
        self.stage = Stage::Connect(ip, is_last);
    }

    /// The connection is there.
    pub(in crate::client) fn connected(&mut self, request: Option<&Parts<'_>>) {
        let has_proxy = request.is_some_and(|request| request.proxy.is_some());
        if has_proxy && self.target.is_https {
            self.stage = Stage::Tunnel(Tunnel::NEW);
        } else {
            self.secured();
        }
    }

    /// TLS has begun, or is not wanted.
    pub(in crate::client) fn secured(&mut self) {
        self.stage = Stage::Talk;
        self.deadline = None;
    }
}
