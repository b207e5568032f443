use std::mem;
use std::thread;
use std::time::Duration;

use rustix::event::{PollFd, Timespec, poll};

use crate::Stack;
use crate::entry::Entry;

impl Stack {
    /// Sleeps until a socket can go on whose last call answered `WouldBlock`, or `max` is over.
    ///
    /// A socket waits to be read after a `receive` or `accept` that would block, and to be written
    /// after a `send` or `connect` that would; both, if so it is. It wakes once, and again only when
    /// it was asked and again would block. So a server that for the moment does not accept is not
    /// woken by the clients that knock, and nothing spins.
    ///
    /// A signal may end the sleep early. Where no socket waits, it sleeps for all of `max`.
    pub fn wait(&mut self, max: Duration) {
        let mut fds: Vec<PollFd<'_>> = mem::take(&mut self.fds);
        fds.extend(self.entries().filter_map(Entry::poll_fd));
        if fds.is_empty() {
            thread::sleep(max);
        } else {
            // A time that does not fit is longer than any computer runs: without end.
            let timeout = Timespec::try_from(max).ok();
            if poll(&mut fds, timeout.as_ref()).is_ok() {
                let waiting = self.entries().filter(|entry| entry.poll_fd().is_some());
                for (entry, fd) in waiting.zip(&fds) {
                    entry.woken(fd.revents());
                }
            }
        }
        // An empty vector that has kept its memory, and borrows nothing.
        fds.clear();
        self.fds = fds.into_iter().map_while(|_| None).collect();
    }
}
