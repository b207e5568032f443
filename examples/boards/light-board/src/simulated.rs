//! What an emulated board runs.

use core::net::Ipv4Addr;

use board_drivers::{Ascii, Screen};
use emulated::{OledInMemory, Readings, with_argument};
#[cfg(feature = "updates")]
use emulated::{SHUTDOWN_MS, State, UPDATE_SITE, Updatable};
#[cfg(feature = "updates")]
use nal_http::server::Server;
use nal_smoltcp::Stack;
use smoltcp::phy::Device;

#[cfg(feature = "updates")]
use crate::board::{BoardClock, wrapping_ms};
#[cfg(feature = "updates")]
use crate::stack::{idle, instant};
use crate::{Address, Board, LightBoard, fetch};

/// The name server of QEMU's network, which its DHCP does not name.
const NAME_SERVER: Ipv4Addr = Ipv4Addr::new(10, 0, 2, 3);

/// Runs an emulated board as the emulator was told to, in the first word behind the image's name: it serves
/// for ever if there is none, takes a firmware update if it is `update` (feature `updates`), panics if it is `panic`, and is
/// otherwise a URL to [`fetch`]. Returns the exit code.
///
/// # Panics
/// If it is told to, and if the stack has no socket to listen with.
pub fn run<B: Board, D: Device + 'static>(device: D, mac: [u8; 6]) -> u8 {
    with_argument(|argument| {
        assert!(argument != "panic", "on purpose");
        let address = Address::Dhcp { name_server: Some(NAME_SERVER) };
        let mut stack = crate::stack::<B, _>(device, mac, address);
        if argument.is_empty() {
            serve::<B, _>(stack);
        }
        #[cfg(feature = "updates")]
        if argument == "update" {
            return serve_update::<B, _>(stack);
        }
        let result = match argument {
            #[cfg(feature = "https")]
            url if url.starts_with("https:") => {
                let authority = emulated::Authority::read();
                crate::fetch_over_tls::<B, _>(
                    &mut stack,
                    url,
                    authority.certificate(),
                    emulated::Pc,
                )
            }
            url => fetch::<B, _>(&mut stack, url),
        };
        if let Err(error) = &result {
            B::print(format_args!("{error}\n"));
        }
        result.is_err().into()
    })
}

fn serve<B: Board, D: Device + 'static>(stack: Stack<'static, D>) -> ! {
    B::print(format_args!("OLED in memory at {:p}\n", OledInMemory::address()));
    let screen = Screen::new(OledInMemory, Ascii);
    let mut board = LightBoard::<B, _, _, _>::new(stack, Readings::default(), screen)
        .unwrap_or_else(|error| panic!("cannot listen: {error}"));
    loop {
        let idle_ms = board.step();
        if idle_ms > 0 {
            B::rest(idle_ms);
        }
    }
}

/// Serves until an update is there, and then until nobody would be cut off: where a board would restart, the program ends.
#[cfg(feature = "updates")]
fn serve_update<B: Board, D: Device + 'static>(mut stack: Stack<'static, D>) -> u8 {
    let (mut app, mut is_told) = (Updatable::default(), false);
    let mut server: Server<Stack<'static, D>, Updatable, 4, 1024, State> = Server::new(UPDATE_SITE);
    server.listen(&mut stack, 80).unwrap_or_else(|error| panic!("cannot listen: {error}"));
    B::print(format_args!("slot in memory at {:p}\n", app.slot()));
    while !app.is_ready() {
        let now = B::uptime_ms();
        let moved = stack.poll(instant(now));
        if !is_told && stack.interface().ipv4_addr().is_some() {
            is_told = true;
            B::print(format_args!("listening for updates\n"));
        }
        let busy = server.poll(&mut stack, &mut app, wrapping_ms(now)).is_ok();
        if !moved && !busy {
            B::rest(1);
        }
    }
    let mut clock = BoardClock::<B>::default();
    server.shutdown(&mut stack, &mut app, &mut clock, SHUTDOWN_MS, idle::<B, D>);
    // The last word of the last connection.
    stack.poll(instant(B::uptime_ms()));
    B::print(format_args!("restarting with an image of {} bytes\n", app.next_start()));
    0
}
