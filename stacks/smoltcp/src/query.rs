use heapless::String;
use smoltcp::socket::dns::QueryHandle;
use smoltcp::wire::DnsQueryType;

/// The longest name that DNS has, in bytes.
const MAX_NAME: usize = 253;

/// A DNS query that has been sent and not answered.
pub(crate) struct Query {
    pub(crate) handle: QueryHandle,
    pub(crate) name: String<MAX_NAME>,
    pub(crate) kind: DnsQueryType,
}
