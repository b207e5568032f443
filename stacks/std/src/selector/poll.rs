use std::mem;
use std::os::fd::OwnedFd;
use std::thread;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

use crate::entry::Entry;

/// Asks for all sockets that wait, each time.
#[derive(Debug, Default)]
pub(crate) struct Selector {
    found: Vec<(usize, PollFlags)>,
    /// Empty: memory for `wait`.
    fds: Vec<PollFd<'static>>,
}

impl Selector {
    #[expect(clippy::unused_self, clippy::unnecessary_wraps, reason = "others need, and may fail")]
    pub(crate) fn add(&mut self, _: &OwnedFd, _: usize) -> Result<(), Errno> {
        Ok(())
    }

    /// Sleeps until a socket can go on that waits, or `max` is over.
    pub(crate) fn wait(&mut self, entries: &[Option<Entry>], max: Duration) -> Result<(), Errno> {
        self.found.clear();
        let waiting = entries.iter().enumerate().filter_map(|(key, entry)| {
            let (fd, events) = entry.as_ref()?.waits()?;
            Some((key, PollFd::new(fd, events)))
        });
        let mut fds: Vec<PollFd<'_>> = mem::take(&mut self.fds);
        for (key, fd) in waiting {
            self.found.push((key, PollFlags::empty()));
            fds.push(fd);
        }
        let result = if fds.is_empty() {
            thread::sleep(max);
            Ok(0)
        } else {
            // A time that does not fit is longer than any computer runs: without end.
            let timeout = Timespec::try_from(max).ok();
            poll(&mut fds, timeout.as_ref())
        };
        for ((_, events), fd) in self.found.iter_mut().zip(&fds) {
            *events = fd.revents();
        }
        self.found.retain(|(_, events)| !events.is_empty());
        // An empty vector that has kept its memory, and borrows nothing.
        fds.clear();
        self.fds = fds.into_iter().map_while(|_| None).collect();
        result.map(drop)
    }

    /// What the last `wait` has found.
    pub(crate) fn found(&self) -> impl Iterator<Item = (usize, PollFlags)> {
        self.found.iter().copied()
    }
}
