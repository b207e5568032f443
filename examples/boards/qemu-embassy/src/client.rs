//! The board as a client: gets a URL and posts to it, and ends the emulator.

use core::fmt;
use core::net::Ipv4Addr;

use embassy_net::dns::DnsSocket;
use embassy_net::tcp::client::{TcpClient, TcpClientState};
use embassy_net::{ConfigV4, Stack};
use embassy_time::{Duration, with_timeout};
use heapless::String;
use virt::exit;

/// The name server of QEMU's network, which its DHCP does not name.
const NAME_SERVER: Ipv4Addr = Ipv4Addr::new(10, 0, 2, 3);
/// How long DHCP may take.
const DHCP: Duration = Duration::from_secs(30);

/// Fetches the URL, and exits with 0 if that went well.
#[embassy_executor::task]
pub async fn fetch(stack: Stack<'static>, url: String<128>) {
    let state = TcpClientState::new();
    if with_timeout(DHCP, stack.wait_config_up()).await.is_err() {
        fail(format_args!("no DHCP server has given the board an address"));
    }
    if let Some(mut config) = stack.config_v4() {
        let _ = config.dns_servers.push(NAME_SERVER);
        stack.set_config_v4(ConfigV4::Static(config));
    }
    let (tcp, dns) = (TcpClient::<1, 2048, 2048>::new(stack, &state), DnsSocket::new(stack));
    let result = match url.as_str() {
        #[cfg(feature = "https")]
        url if url.starts_with("https:") => {
            let authority = emulated::Authority::read();
            let authority = authority.certificate();
            light_embassy::fetch_over_tls((&tcp, &dns), url, authority, emulated::Pc, virt::print)
                .await
        }
        url => light_embassy::fetch((&tcp, &dns), url, virt::print).await,
    };
    match result {
        Ok(()) => exit(0),
        Err(error) => fail(format_args!("{error}")),
    }
}

fn fail(why: fmt::Arguments<'_>) -> ! {
    virt::print(format_args!("{why}\n"));
    exit(1)
}
