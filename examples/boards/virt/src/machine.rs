use core::fmt::{self, Write};
use core::ptr;

use riscv::register::{mcycle, mie};

const UART: *mut u8 = 0x1000_0000 as *mut u8;
/// Counts at 10 MHz.
const MTIME: *const u32 = 0x0200_bff8 as *const u32;
const MTIMECMP: *mut u32 = 0x0200_4000 as *mut u32;
const TEST: *mut u32 = 0x0010_0000 as *mut u32;

/// So often the clock ticks in a millisecond.
pub const TICKS_PER_MS: u64 = 10_000;

/// Sleeps for so many milliseconds, without a trap: the pending timer alone ends `wfi`.
pub fn rest(ms: u32) {
    set_alarm(ticks() + u64::from(ms) * TICKS_PER_MS);
    // SAFETY: interrupts are off altogether, so there is no handler to disturb.
    unsafe { mie::set_mtimer() };
    riscv::asm::wfi();
}

/// The timer is pending from this tick on.
pub(crate) fn set_alarm(tick: u64) {
    // SAFETY: `mtimecmp` of this hart; all ones first, so that no half is ever too early.
    unsafe {
        ptr::write_volatile(MTIMECMP, u32::MAX);
        ptr::write_volatile(MTIMECMP.add(1), (tick >> 32) as u32);
        ptr::write_volatile(MTIMECMP, tick as u32);
    }
}

/// Writes to the serial port.
pub fn print(text: fmt::Arguments<'_>) {
    // The serial port takes whatever it is given.
    let _ = Uart.write_fmt(text);
}

/// The PC's clock, stirred: good enough where no stranger reaches the board.
pub fn random() -> u32 {
    (mcycle::read() as u32).wrapping_mul(0x9e37_79b9) ^ ticks() as u32
}

struct Uart;

impl fmt::Write for Uart {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for byte in text.bytes() {
            // SAFETY: the transmit register of the emulated 16550, which takes every byte at once.
            unsafe { ptr::write_volatile(UART, byte) };
        }
        Ok(())
    }
}

/// Ticks since the machine has started.
pub fn ticks() -> u64 {
    loop {
        // SAFETY: the halves of `mtime`, read until the upper one has not changed.
        let (before, low, after) = unsafe {
            let high = MTIME.add(1);
            (ptr::read_volatile(high), ptr::read_volatile(MTIME), ptr::read_volatile(high))
        };
        if before == after {
            return u64::from(before) << 32 | u64::from(low);
        }
    }
}

/// Ends the emulator with this code.
pub fn exit(code: u8) -> ! {
    let word = if code == 0 { 0x5555 } else { 0x3333 | u32::from(code) << 16 };
    // SAFETY: the test device of the machine.
    unsafe { ptr::write_volatile(TEST, word) };
    loop {
        riscv::asm::wfi();
    }
}
