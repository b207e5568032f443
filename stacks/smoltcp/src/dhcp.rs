use heapless::Vec;
use smoltcp::phy::Device;
use smoltcp::socket::{dhcpv4, dns};
use smoltcp::wire::{IpCidr, Ipv4Cidr};

use crate::Stack;

impl<'a, D: Device> Stack<'a, D> {
    /// Takes the address, the router and the name servers from DHCP, and follows their changes.
    ///
    /// Connections of an address that is gone are reset with the next poll; listeners listen on.
    #[must_use]
    pub fn with_dhcp(mut self, socket: dhcpv4::Socket<'a>) -> Self {
        self.dhcp = Some(self.sockets.add(socket));
        self
    }

    /// Gives the address back and asks DHCP anew: call it when the link is there again, which may be
    /// another network.
    pub fn restart_dhcp(&mut self) {
        if let Some(handle) = self.dhcp {
            self.sockets.get_mut::<dhcpv4::Socket<'_>>(handle).reset();
        }
    }

    pub(crate) fn poll_dhcp(&mut self) {
        let Some(handle) = self.dhcp else { return };
        let (address, router) = match self.sockets.get_mut::<dhcpv4::Socket<'_>>(handle).poll() {
            None => return,
            Some(dhcpv4::Event::Deconfigured) => (None, None),
            Some(dhcpv4::Event::Configured(config)) => {
                let servers = config.dns_servers.iter().map(|server| (*server).into());
                let servers: Vec<_, 3> = servers.take(3).collect();
                let (address, router) = (config.address, config.router);
                // A server that names none leaves those that the user has set.
                if let Some(dns) = self.dns.filter(|_| !servers.is_empty()) {
                    self.sockets.get_mut::<dns::Socket<'_>>(dns).update_servers(&servers);
                }
                (Some(address), router)
            }
        };
        self.set_ipv4(address);
        let table = self.interface.routes_mut();
        table.remove_default_ipv4_route();
        if let Some(router) = router {
            // A table that the user has filled stays as it is.
            let _ = table.add_default_ipv4_route(router);
        }
    }

    fn set_ipv4(&mut self, address: Option<Ipv4Cidr>) {
        self.interface.update_ip_addrs(|addresses| {
            addresses.retain(|address| !matches!(address, IpCidr::Ipv4(_)));
            if let Some(address) = address {
                let _ = addresses.push(IpCidr::Ipv4(address));
            }
        });
    }
}
