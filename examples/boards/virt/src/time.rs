//! Embassy's time: the machine's clock, and its timer for whoever waits.

use core::cell::RefCell;
use core::task::Waker;

use critical_section::{CriticalSection, Mutex};
use embassy_time_driver::Driver;
use embassy_time_queue_utils::Queue;
use riscv::interrupt::Interrupt;

use crate::machine::{set_alarm, ticks};

struct Time {
    queue: Mutex<RefCell<Queue>>,
}

embassy_time_driver::time_driver_impl!(static TIME: Time = Time { queue: Mutex::new(RefCell::new(Queue::new())) });

impl Driver for Time {
    fn now(&self) -> u64 {
        ticks()
    }

    fn schedule_wake(&self, at: u64, waker: &Waker) {
        critical_section::with(|cs| {
            if self.queue.borrow_ref_mut(cs).schedule_wake(at, waker) {
                self.wake_and_set(cs);
            }
        });
    }
}

impl Time {
    /// Wakes those whose time has come, and sets the timer for the next one. An alarm in the past is pending at once.
    fn wake_and_set(&self, cs: CriticalSection<'_>) {
        set_alarm(self.queue.borrow_ref_mut(cs).next_expiration(ticks()));
    }
}

#[riscv_rt::core_interrupt(Interrupt::MachineTimer)]
fn timer() {
    critical_section::with(|cs| TIME.wake_and_set(cs));
}
