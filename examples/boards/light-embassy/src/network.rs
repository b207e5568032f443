use embassy_net::{Config, DhcpConfig, Runner, Stack, StackResources};
use embassy_net_driver::Driver;
use static_cell::StaticCell;

use crate::TASKS;

/// Sockets: one for each task, DHCP's, DNS's, and a client's.
const SOCKETS: usize = TASKS + 3;

/// A stack over a driver, with an address by DHCP. It takes the memory that this package has for one stack; `seed` must differ
/// from start to start.
///
/// # Panics
/// At the second call.
pub fn network<D: Driver>(driver: D, seed: u64) -> (Stack<'static>, Runner<'static, D>) {
    static RESOURCES: StaticCell<StackResources<SOCKETS>> = StaticCell::new();

    let resources = RESOURCES.init_with(StackResources::new);
    embassy_net::new(driver, Config::dhcpv4(DhcpConfig::default()), resources, seed)
}
