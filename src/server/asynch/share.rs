use core::cell::RefCell;

/// An application that the tasks of a server share, each of which borrows it while a handler or the hook
/// runs, and never while it waits.
///
/// | | for an application that |
/// |---|---|
/// | `RefCell<A>` | tasks of one executor share |
/// | `embassy_sync::blocking_mutex::Mutex<M, RefCell<A>>` (feature `embassy-sync`) | interrupts or other executors share, too: handlers then run in its critical section |
/// | `embassy_sync::mutex::Mutex<M, A>` (the same) | another task holds while it waits for something |
///
/// If somebody else has it, a connection tries again every 5 ms; nothing panics.
pub trait Share<A> {
    /// Calls `f` with the application, unless somebody else has it.
    fn with<R>(&self, f: impl FnOnce(&mut A) -> R) -> Option<R>;
}

impl<A, S: Share<A> + ?Sized> Share<A> for &S {
    fn with<R>(&self, f: impl FnOnce(&mut A) -> R) -> Option<R> {
        S::with(self, f)
    }
}

impl<A> Share<A> for RefCell<A> {
    fn with<R>(&self, f: impl FnOnce(&mut A) -> R) -> Option<R> {
        Some(f(&mut *self.try_borrow_mut().ok()?))
    }
}

#[cfg(feature = "embassy-sync")]
mod embassy {
    use embassy_sync::blocking_mutex::{self, raw::RawMutex};
    use embassy_sync::mutex;

    use super::{RefCell, Share};

    impl<M: RawMutex, A> Share<A> for blocking_mutex::Mutex<M, RefCell<A>> {
        fn with<R>(&self, f: impl FnOnce(&mut A) -> R) -> Option<R> {
            self.lock(|cell| cell.with(f))
        }
    }

    impl<M: RawMutex, A> Share<A> for mutex::Mutex<M, A> {
        fn with<R>(&self, f: impl FnOnce(&mut A) -> R) -> Option<R> {
            Some(f(&mut *self.try_lock().ok()?))
        }
    }
}
