//! What the measuring program needs of QEMU's `virt`: instructions, the stack's depth, a UART.

use core::arch::asm;
use core::hint::black_box;
use core::ptr::{with_exposed_provenance, with_exposed_provenance_mut};

/// The work that was measured.
#[derive(Clone, Copy)]
pub struct Cost {
    pub instructions: usize,
    /// Bytes of the stack below the caller.
    pub stack: usize,
}

/// So far below the caller the stack is looked at.
const DEPTH: usize = 16 * 1024;
const PAINT: u8 = 0xa5;

/// Runs `work`, and says what it took.
#[inline(never)]
pub fn cost(work: &mut dyn FnMut()) -> Cost {
    // Called through a pointer that the compiler does not know, its frame is all below this one.
    let work = black_box(work);
    let top: usize;
    // SAFETY: reads a register.
    unsafe { asm!("mv {}, sp", out(reg) top) };
    for at in top - DEPTH..top - 64 {
        // SAFETY: below the stack there is nothing; no function is called between here and there.
        unsafe { with_exposed_provenance_mut::<u8>(at).write_volatile(PAINT) };
    }
    let start = instructions();
    work();
    let instructions = instructions() - start;
    let painted = |at: &usize| {
        // SAFETY: as above.
        unsafe { with_exposed_provenance::<u8>(*at).read_volatile() == PAINT }
    };
    let deepest = (top - DEPTH..top).find(|at| !painted(at)).unwrap_or(top);
    Cost { instructions, stack: top - deepest }
}

fn instructions() -> usize {
    let count;
    // SAFETY: reads a counter.
    unsafe { asm!("csrr {}, minstret", out(reg) count) };
    count
}

pub fn print(text: &str) {
    for byte in text.bytes() {
        // SAFETY: the UART of the machine.
        unsafe { with_exposed_provenance_mut::<u8>(0x1000_0000).write_volatile(byte) };
    }
}

/// Prints a number, flush right.
#[expect(clippy::cast_possible_truncation, reason = "a digit")]
pub fn print_number(value: usize) {
    let mut digits = [b' '; 9];
    let mut rest = value;
    for digit in digits.iter_mut().rev() {
        *digit = b'0' | (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    print(core::str::from_utf8(&digits).unwrap_or_default());
}

/// Ends the machine.
pub fn exit(success: bool) -> ! {
    let code: u32 = if success { 0x5555 } else { 0x1_3333 };
    // SAFETY: the machine's test device.
    unsafe { with_exposed_provenance_mut::<u32>(0x10_0000).write_volatile(code) };
    loop {
        core::hint::spin_loop();
    }
}
