use std::thread;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use crate::Stack;
use crate::stack::{Entry, Interest};

impl Stack {
    /// Sleeps until a socket can go on whose last call answered `WouldBlock`, or `max` is over.
    ///
    /// A socket that was not asked since then, or whose last call succeeded, wakes nobody: a server
    /// that does not accept for the moment is not woken by clients that knock, and so does not spin.
    pub fn wait(&mut self, max: Duration) {
        let waiting = self.entries.iter().flatten().filter_map(Entry::poll_fd);
        let mut fds: Vec<_> = waiting.collect();
        if fds.is_empty() {
            return thread::sleep(max);
        }
        let timeout = Timespec::try_from(max).ok();
        // Woken too early by a signal, the caller looks around and waits again.
        let _ = poll(&mut fds, timeout.as_ref());
    }
}

impl Entry {
    fn poll_fd(&self) -> Option<PollFd<'_>> {
        let flags = match self.interest {
            Interest::None => return None,
            Interest::Read => PollFlags::IN,
            Interest::Write => PollFlags::OUT,
        };
        self.fd().map(|fd| PollFd::new(fd, flags))
    }
}
