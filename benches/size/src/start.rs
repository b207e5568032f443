//! The first instruction, and what a panic would do.

use core::panic::PanicInfo;

// For other machines only sizes are of interest (`xtensa/run`).
#[cfg(target_arch = "riscv32")]
core::arch::global_asm!(
    ".section .text.start, \"ax\"",
    ".globl _start",
    "_start:",
    "la sp, __stack_top",
    "call main",
    "1: j 1b",
);

#[cfg(not(any(feature = "async", feature = "digest", feature = "json", feature = "tls")))]
unsafe extern "C" {
    /// Defined nowhere: the proof that nothing panics.
    fn nal_http_must_not_panic() -> !;
}

#[cfg(not(any(feature = "async", feature = "digest", feature = "json", feature = "tls")))]
#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    // SAFETY: never runs, as nothing that calls it can be linked.
    unsafe { nal_http_must_not_panic() }
}

/// `ser-write-json`, the cryptography of TLS and the hashes have bounds checks that can panic, so the images with them prove nothing.
#[cfg(any(feature = "async", feature = "digest", feature = "json", feature = "tls"))]
#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    loop {
        core::hint::spin_loop();
    }
}
