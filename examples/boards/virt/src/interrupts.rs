//! The card's interrupt wakes the network's task. It comes by way of the platform's interrupt controller.

use core::ptr;

use embassy_sync::waitqueue::AtomicWaker;
use riscv::interrupt::Interrupt;
use riscv::register::{mie, mstatus};

use crate::card::{SLOT_COUNT, slot};

/// Who waits for the card.
pub(crate) static CARD: AtomicWaker = AtomicWaker::new();

/// The controller (PLIC): a priority for each source, and for this hart, a bit for each source, a threshold, and
/// where the source is read from that has interrupted.
const PRIORITIES: *mut u32 = 0x0c00_0000 as *mut u32;
const ENABLED: *mut u32 = 0x0c00_2000 as *mut u32;
const THRESHOLD: *mut u32 = 0x0c20_0000 as *mut u32;
const CLAIM: *mut u32 = 0x0c20_0004 as *mut u32;
/// The source of the first virtio slot; the others follow.
const FIRST_SOURCE: usize = 1;

/// In each virtio slot.
const STATUS: usize = 0x60;
const ACKNOWLEDGE: usize = 0x64;

/// Lets timer and network card interrupt, which wakes the executor from its `wfi`.
pub fn enable() {
    // SAFETY: registers of the controller; the handlers below are ready.
    unsafe {
        for source in FIRST_SOURCE..FIRST_SOURCE + SLOT_COUNT {
            ptr::write_volatile(PRIORITIES.add(source), 1);
        }
        let sources = ((1 << SLOT_COUNT) - 1) << FIRST_SOURCE;
        ptr::write_volatile(ENABLED, sources);
        ptr::write_volatile(THRESHOLD, 0);
        mie::set_mtimer();
        mie::set_mext();
        mstatus::set_mie();
    }
}

#[riscv_rt::core_interrupt(Interrupt::MachineExternal)]
fn external() {
    // SAFETY: the controller says which slot has interrupted; its status is read, and acknowledged.
    unsafe {
        let source = ptr::read_volatile(CLAIM);
        let slot = slot((source as usize).saturating_sub(FIRST_SOURCE));
        let status = ptr::read_volatile((slot + STATUS) as *const u32);
        ptr::write_volatile((slot + ACKNOWLEDGE) as *mut u32, status);
        ptr::write_volatile(CLAIM, source);
    }
    CARD.wake();
}
