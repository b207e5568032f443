//! The light-sensor application on QEMU's `virt` board: riscv32imc, the ESP32-C3's instruction set.

#![no_std]
#![no_main]

mod board;
mod net;

use core::convert::Infallible;
use core::fmt::Write;
use core::net::{Ipv4Addr, SocketAddr};
use core::panic::PanicInfo;
use core::ptr;

use board::{Uart, now_ms, sleep_ms};
use light_app::{LightApp, LightServer};
use nal_http::hal::{Display, LightSensor, display, sensor};
use nal_http::server::Event;
use nal_smoltcp::Stack;
use net::Net;
use smoltcp::iface::{Config, Interface, SocketSet, SocketStorage};
use smoltcp::time::Instant;
use smoltcp::wire::{EthernetAddress, IpAddress, IpCidr, Ipv4Address};

/// What QEMU's user network gives to its guest.
const ADDRESS: Ipv4Addr = Ipv4Addr::new(10, 0, 2, 15);
const ROUTER: Ipv4Address = Ipv4Address::new(10, 0, 2, 2);
/// Eight clients at once: one socket each, another while its last connection closes, and the backlog.
const SOCKETS: usize = 24;
const BUFFER: usize = 2048;

/// A light sensor without light: it counts its readings.
struct Readings(u16);

impl sensor::ErrorType for Readings {
    type Error = Infallible;
}

impl LightSensor for Readings {
    fn read(&mut self) -> Result<u16, Infallible> {
        self.0 = (self.0 + 1) % 4096;
        Ok(self.0)
    }
}

/// The OLED's lines, on the serial port.
struct Serial;

impl display::ErrorType for Serial {
    type Error = Infallible;
}

impl Display for Serial {
    fn show(&mut self, lines: &[&str]) -> Result<(), Infallible> {
        for line in lines {
            let _ = writeln!(Uart, "OLED: {line}");
        }
        Ok(())
    }
}

#[riscv_rt::entry]
fn main() -> ! {
    static mut BUFFERS: [[[u8; BUFFER]; 2]; SOCKETS] = [[[0; BUFFER]; 2]; SOCKETS];
    static mut STORAGE: [SocketStorage<'static>; SOCKETS] = [SocketStorage::EMPTY; SOCKETS];

    let mut net = Net::find().unwrap_or_else(|error| panic!("no network card: {error}"));
    let mut config = Config::new(EthernetAddress(net.mac()).into());
    config.random_seed = now_ms().into();
    let mut interface = Interface::new(config, &mut net, Instant::ZERO);
    interface.update_ip_addrs(|addresses| {
        let _ = addresses.push(IpCidr::new(IpAddress::from(ADDRESS), 24));
    });
    let _ = interface.routes_mut().add_default_ipv4_route(ROUTER);
    // SAFETY: `main` runs once, and takes each static once.
    let (storage, buffers) =
        unsafe { (&mut *ptr::addr_of_mut!(STORAGE), &mut *ptr::addr_of_mut!(BUFFERS)) };
    let mut stack =
        Stack::new(interface, net, SocketSet::new(&mut storage[..]), now_ms()).backlog(4);
    for [rx, tx] in buffers {
        stack.add_socket(rx, tx);
    }

    let mut app = LightApp::new(Readings(300), Serial);
    let mut server = LightServer::<Stack<'_, Net>, _, _>::new(LightApp::site().on_event(print));
    if let Err(error) = server.listen(&mut stack, 80) {
        panic!("cannot listen: {error}");
    }
    let Ok(()) = app.show_address(SocketAddr::new(ADDRESS.into(), 80));
    let _ = writeln!(Uart, "listening on {ADDRESS}:80");
    loop {
        let now = now_ms();
        let moved = stack.poll(Instant::from_millis(now));
        let busy = server.poll(&mut stack, &mut app, now).is_ok();
        if !moved && !busy {
            sleep_ms(1);
        }
    }
}

fn print<A>(_: &mut A, peer: &SocketAddr, event: &Event<'_>) {
    let _ = match event {
        Event::Accepted => writeln!(Uart, "Client address: {peer}"),
        Event::Request { method, target } => {
            writeln!(Uart, "Client request: {peer} {method} {target}")
        }
        _ => Ok(()),
    };
}

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    let _ = writeln!(Uart, "{info}");
    board::exit(101)
}
