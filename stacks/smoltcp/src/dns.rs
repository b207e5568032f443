use core::net::IpAddr;

use embedded_nal::{AddrType, Dns, nb};
use heapless::String;
use smoltcp::phy::Device;
use smoltcp::socket::dns::{self, GetQueryResultError};
use smoltcp::wire::DnsQueryType;

use crate::query::Query;
use crate::{Error, Stack};

impl<'a, D: Device> Stack<'a, D> {
    fn dns(&mut self) -> Result<&mut dns::Socket<'a>, Error> {
        let handle = self.dns.ok_or(Error::NoDns)?;
        Ok(self.sockets.get_mut(handle))
    }

    fn ask(&mut self, name: &str, kind: DnsQueryType) -> Result<(), Error> {
        let handle = self.dns.ok_or(Error::NoDns)?;
        let socket = self.sockets.get_mut::<dns::Socket<'_>>(handle);
        let handle = socket
            .start_query(self.interface.context(), name, kind)
            .map_err(|_| Error::HostNotFound)?;
        let name = String::try_from(name).map_err(|_| Error::HostNotFound)?;
        self.query = Some(Query { handle, name, kind });
        Ok(())
    }
}

impl<D: Device> Dns for Stack<'_, D> {
    type Error = Error;

    /// Asks the name servers; one question at a time. `Either` asks for an IPv4 address first.
    fn get_host_by_name(&mut self, name: &str, kind: AddrType) -> nb::Result<IpAddr, Error> {
        let other_kind = match kind {
            AddrType::IPv4 => Some(DnsQueryType::Aaaa),
            AddrType::IPv6 => Some(DnsQueryType::A),
            AddrType::Either => None,
        };
        let is_other = |query: &mut Query| query.name != name || Some(query.kind) == other_kind;
        if let Some(given_up) = self.query.take_if(is_other) {
            self.dns()?.cancel_query(given_up.handle);
        }
        let Some(Query { handle, kind: asked, .. }) = self.query.take() else {
            let first = if kind == AddrType::IPv6 { DnsQueryType::Aaaa } else { DnsQueryType::A };
            self.ask(name, first)?;
            return Err(nb::Error::WouldBlock);
        };
        match self.dns()?.get_query_result(handle) {
            Ok(addresses) => {
                let address = addresses.first().ok_or(Error::HostNotFound)?;
                Ok((*address).into())
            }
            Err(GetQueryResultError::Pending) => {
                let name = String::try_from(name).map_err(|_| Error::HostNotFound)?;
                self.query = Some(Query { handle, name, kind: asked });
                Err(nb::Error::WouldBlock)
            }
            Err(GetQueryResultError::Failed)
                if kind == AddrType::Either && asked == DnsQueryType::A =>
            {
                self.ask(name, DnsQueryType::Aaaa)?;
                Err(nb::Error::WouldBlock)
            }
            Err(GetQueryResultError::Failed) => Err(nb::Error::Other(Error::HostNotFound)),
        }
    }

    /// Not possible: smoltcp asks no such questions.
    fn get_host_by_address(&mut self, _: IpAddr, _: &mut [u8]) -> nb::Result<usize, Error> {
        Err(nb::Error::Other(Error::Unsupported))
    }
}
