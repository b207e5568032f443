//! Emulated boards: what they have in the place of a light sensor and an OLED, and what they run.

use core::convert::Infallible;
use core::net::Ipv4Addr;
use core::sync::atomic::{AtomicU8, Ordering};

use board_drivers::{Ascii, Frame, Panel, Screen};
use nal_http::hal::{LightSensor, sensor};
use semihosting::experimental::env;
use smoltcp::phy::Device;

use crate::{Address, Board, LightBoard, fetch};

/// The name server of QEMU's network, which its DHCP does not name.
const NAME_SERVER: Ipv4Addr = Ipv4Addr::new(10, 0, 2, 3);

/// Runs an emulated board as the emulator was told to, in the first word behind the image's name: it serves
/// for ever if there is none, panics if it is `panic`, and is otherwise a URL to [`fetch`]. Returns the exit
/// code.
///
/// # Panics
/// If it is told to, and if the stack has no socket to listen with.
pub fn run<B: Board, D: Device + 'static>(device: D, mac: [u8; 6]) -> u8 {
    let arguments = env::args::<256>().ok();
    let mut words = arguments.iter().flatten().skip(1).flatten();
    let argument = words.next().unwrap_or_default();
    assert!(argument != "panic", "on purpose");
    let address = Address::Dhcp { name_server: Some(NAME_SERVER) };
    let mut stack = crate::stack::<B, _>(device, mac, address);
    if !argument.is_empty() {
        let result = match argument {
            #[cfg(feature = "https")]
            url if url.starts_with("https:") => tls::fetch::<B, _>(&mut stack, url),
            url => fetch::<B, _>(&mut stack, url),
        };
        if let Err(error) = &result {
            B::print(format_args!("{error}\n"));
        }
        return result.is_err().into();
    }
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

/// What https needs, by courtesy of the PC that emulates the board.
#[cfg(feature = "https")]
mod tls {
    use nal_http::tls::Platform;
    use nal_smoltcp::Stack;
    use semihosting::experimental::time::SystemTime;
    use semihosting::fs::File;
    use semihosting::io::Read;
    use smoltcp::phy::Device;

    use crate::{Board, FetchError, fetch_over_tls};

    /// The longest certificate, in bytes.
    const CERTIFICATE: usize = 2048;

    struct Pc;

    impl Platform for Pc {
        fn random(&mut self, bytes: &mut [u8]) {
            semihosting::experimental::random::fill_bytes(bytes)
                .unwrap_or_else(|error| panic!("the PC has no random numbers: {error}"));
        }

        fn unix_time(&mut self) -> Option<u64> {
            let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
            since.ok().map(|since| since.as_secs())
        }
    }

    /// Trusts the authority in the file `ca.der` of the folder where the emulator runs.
    pub fn fetch<B: Board, D: Device>(
        stack: &mut Stack<'_, D>,
        url: &str,
    ) -> Result<(), FetchError> {
        let mut authority = [0; CERTIFICATE];
        let length = File::open(c"ca.der").and_then(|mut file| file.read(&mut authority));
        let length = length.unwrap_or_else(|error| panic!("ca.der cannot be read: {error}"));
        fetch_over_tls::<B, D>(stack, url, &authority[..length], Pc)
    }
}

/// A light sensor without light: it counts its readings, from 301 on.
#[derive(Debug)]
pub struct Readings(u16);

impl Default for Readings {
    fn default() -> Self {
        Self(300)
    }
}

impl sensor::ErrorType for Readings {
    type Error = Infallible;
}

impl LightSensor for Readings {
    fn read(&mut self) -> Result<u16, Infallible> {
        self.0 = (self.0 + 1) % 4096;
        Ok(self.0)
    }
}

/// What the OLED shows: the bytes that a real one would be sent.
static OLED: [AtomicU8; Frame::BYTES] = [const { AtomicU8::new(0) }; Frame::BYTES];

/// An OLED in memory.
#[derive(Debug, Default)]
pub struct OledInMemory;

impl OledInMemory {
    /// Where its pixels are, for those who look at an emulator's memory from outside.
    #[must_use]
    pub fn address() -> *const () {
        OLED.as_ptr().cast()
    }
}

impl Panel for OledInMemory {
    type Error = Infallible;

    fn show(&mut self, frame: &Frame) -> Result<(), Infallible> {
        for (shown, byte) in OLED.iter().zip(frame.as_bytes()) {
            shown.store(*byte, Ordering::Relaxed);
        }
        Ok(())
    }
}
