use std::fmt;
use std::os::fd::OwnedFd;
use std::thread;
use std::time::Duration;

use rustix::buffer::spare_capacity;
use rustix::event::{PollFlags, Timespec, epoll};
use rustix::io::Errno;

use crate::entry::Entry;

/// What the system knows of our sockets. It tells each change once (edge-triggered), and what there is
/// when a socket is added.
#[derive(Default)]
pub(crate) struct Selector {
    epoll: Option<OwnedFd>,
    events: Vec<epoll::Event>,
}

/// So many are told at once; the others by the next call.
const EVENTS: usize = 256;

/// The longest time that every system takes: 24 days.
const LONGEST: Duration = Duration::from_millis(i32::MAX as u64);

impl Selector {
    /// From now on, what happens to this socket is found, by this key.
    pub(crate) fn add(&mut self, fd: &OwnedFd, key: usize) -> Result<(), Errno> {
        let epoll = match &mut self.epoll {
            Some(epoll) => epoll,
            none => {
                self.events.reserve_exact(EVENTS);
                none.insert(epoll::create(epoll::CreateFlags::CLOEXEC)?)
            }
        };
        let all = epoll::EventFlags::IN
            | epoll::EventFlags::OUT
            | epoll::EventFlags::RDHUP
            | epoll::EventFlags::ET;
        epoll::add(epoll, fd, epoll::EventData::new_u64(key as u64), all)
    }

    /// Sleeps until something has happened to a socket, or `max` is over.
    pub(crate) fn wait(&mut self, _: &[Option<Entry>], max: Duration) -> Result<(), Errno> {
        self.events.clear();
        let Some(epoll) = &self.epoll else {
            thread::sleep(max);
            return Ok(());
        };
        let timeout = Timespec::try_from(max.min(LONGEST)).ok();
        epoll::wait(epoll, spare_capacity(&mut self.events), timeout.as_ref()).map(drop)
    }

    /// What the last `wait` has found.
    pub(crate) fn found(&self) -> impl Iterator<Item = (usize, PollFlags)> {
        self.events.iter().map(|event| {
            let (key, flags) = (event.data.u64(), event.flags);
            // The two have the same bits.
            #[expect(clippy::cast_possible_truncation, reason = "they are what it was given")]
            (key as usize, PollFlags::from_bits_truncate(flags.bits() as u16))
        })
    }
}

impl fmt::Debug for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Selector").field("epoll", &self.epoll).finish_non_exhaustive()
    }
}
