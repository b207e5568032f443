//! What a panic does: its words are printed, kept over the restart, and told again after it.

use core::panic::PanicInfo;
use core::sync::atomic::Ordering;

use board_drivers::LastWords;
use esp_backtrace::Backtrace;
use esp_hal::ram;
use esp_hal::rtc_cntl::SocResetReason;
use esp_hal::system::{reset_reason, software_reset};
use esp_println::println;
use heapless::String;
use portable_atomic::AtomicU8;

/// A restart leaves it alone; when power comes on it is zeros.
#[ram(unstable(rtc_fast, persistent))]
static RECORD: [AtomicU8; LastWords::BYTES] = [const { AtomicU8::new(0) }; LastWords::BYTES];

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    keep(LastWords::record(info));
    println!("{info}");
    // `espflash` puts names to them.
    for frame in Backtrace::capture().frames() {
        println!("{:#x}", frame.program_counter());
    }
    software_reset()
}

fn keep(record: [u8; LastWords::BYTES]) {
    for (place, byte) in RECORD.iter().zip(record) {
        place.store(byte, Ordering::Relaxed);
    }
}

/// Why the program was restarted, if something was wrong with it; once.
pub fn last_words() -> Option<String<120>> {
    let mut record = LastWords::NONE;
    for (byte, place) in record.iter_mut().zip(&RECORD) {
        *byte = place.load(Ordering::Relaxed);
    }
    keep(LastWords::NONE);
    match reset_reason() {
        Some(SocResetReason::SysRtcWdt) => {
            String::try_from("the watchdog: the program stood still for 10 s").ok()
        }
        _ => LastWords::parse(&record),
    }
}
