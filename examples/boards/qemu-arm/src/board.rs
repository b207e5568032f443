//! Serial port, clock and exit of the MPS2 board with the AN385 image (Arm DAI 0385D).

use core::fmt::{self, Write};
use core::ptr;
use core::sync::atomic::{AtomicU32, Ordering};

use cortex_m::peripheral::SYST;
use cortex_m::peripheral::syst::SystClkSource;
use light_board::Board;
use semihosting::process::ExitCode;

/// CMSDK UART 0 (Arm DDI 0479D, section 4.3).
const UART: *mut u32 = 0x4000_4000 as *mut u32;
const UART_STATE: usize = 1;
const UART_CTRL: usize = 2;
const UART_BAUDDIV: usize = 4;
const TX_FULL: u32 = 1;
const TX_ENABLE: u32 = 1;
/// The core runs at 25 MHz.
const TICKS_PER_MS: u32 = 25_000;

/// Milliseconds since the start, in two halves: the core has no 64-bit atomics.
static LOW_MS: AtomicU32 = AtomicU32::new(0);
static HIGH_MS: AtomicU32 = AtomicU32::new(0);

/// The machine.
pub struct Mps2;

impl Mps2 {
    /// Starts the serial port and the clock.
    pub fn start(mut clock: SYST) {
        // SAFETY: registers of the UART, which only this file uses.
        unsafe {
            ptr::write_volatile(UART.add(UART_BAUDDIV), 16);
            ptr::write_volatile(UART.add(UART_CTRL), TX_ENABLE);
        }
        clock.set_clock_source(SystClkSource::Core);
        clock.set_reload(TICKS_PER_MS - 1);
        clock.clear_current();
        clock.enable_interrupt();
        clock.enable_counter();
    }
}

impl Board for Mps2 {
    fn uptime_ms() -> u64 {
        loop {
            let high = HIGH_MS.load(Ordering::Relaxed);
            let low = LOW_MS.load(Ordering::Relaxed);
            if high == HIGH_MS.load(Ordering::Relaxed) {
                return u64::from(high) << 32 | u64::from(low);
            }
        }
    }

    /// Sleeps until the next millisecond: the network card does not wake the core.
    fn rest(_: u32) {
        cortex_m::asm::wfi();
    }

    fn print(text: fmt::Arguments<'_>) {
        // The serial port takes whatever it is given.
        let _ = Uart.write_fmt(text);
    }

    /// The clock, stirred: good enough where no stranger reaches the board.
    fn random() -> u32 {
        static STIR: AtomicU32 = AtomicU32::new(1);
        let next = STIR.load(Ordering::Relaxed).wrapping_mul(0x9e37_79b9) ^ SYST::get_current();
        STIR.store(next, Ordering::Relaxed);
        next
    }
}

#[cortex_m_rt::exception]
fn SysTick() {
    // Nothing interrupts this, and nobody else writes.
    let low = LOW_MS.load(Ordering::Relaxed).wrapping_add(1);
    if low == 0 {
        HIGH_MS.store(HIGH_MS.load(Ordering::Relaxed).wrapping_add(1), Ordering::Relaxed);
    }
    LOW_MS.store(low, Ordering::Relaxed);
}

struct Uart;

impl fmt::Write for Uart {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for byte in text.bytes() {
            // SAFETY: registers of the UART.
            unsafe {
                while ptr::read_volatile(UART.add(UART_STATE)) & TX_FULL != 0 {}
                ptr::write_volatile(UART, byte.into());
            }
        }
        Ok(())
    }
}

/// Ends the emulator with this code.
pub fn exit(code: u8) -> ! {
    ExitCode::from(code).exit_process()
}
