//! A server that comes to its end, and may begin again.

use core::future::poll_fn;
use core::pin::pin;
use core::task::Poll;

use super::{Accepted, Course, Entry, Place, State, Task, Tasks};
use crate::hal::{Deadline, Timer};

impl<const N: usize> Tasks<N> {
    /// Shuts the server down without cutting off what it has begun; over when that is done, which takes
    /// `within_ms` at most, and the time that closing takes.
    ///
    /// Tasks stop to listen, if they do so with [`listen_until_shutdown`](Task::listen_until_shutdown), as all
    /// have to, and connections that have no request under way are closed. Others are served on, and handlers are
    /// told, as by [`Server::poll_shutdown`](crate::server::Server::poll_shutdown). Then [`reopen`](Self::reopen) has
    /// tasks listen again.
    ///
    /// It may be dropped before its end: the server is shut down all the same.
    ///
    /// ```
    /// use nal_http::hal::Timer;
    /// use nal_http::server::asynch::Tasks;
    ///
    /// async fn restart(tasks: &Tasks<4>, timer: &impl Timer) {
    ///     tasks.shutdown(timer, 5_000).await;
    ///     // No connection is left: write what is to be kept, reset the chip.
    /// }
    /// ```
    pub async fn shutdown(&self, timer: &impl Timer, within_ms: u32) {
        let deadline = Deadline::after(timer.now_ms(), within_ms);
        self.0.course.set(Course::ShutDown(deadline));
        self.0.entries.iter().for_each(Entry::notify);
        while !self.is_shut_down() {
            timer.wait_ms(LOOKS_AGAIN_MS).await;
        }
    }

    /// Whether the server is shut down, and no connection is left.
    #[must_use]
    pub fn is_shut_down(&self) -> bool {
        let is_at_rest = |entry: &Entry| matches!(entry.state.get(), State::Absent | State::Joined);
        matches!(self.0.course.get(), Course::ShutDown(_)) && self.0.entries.iter().all(is_at_rest)
    }

    /// Tasks may listen again behind a [`shutdown`](Self::shutdown). Those that have ended are to be spawned anew.
    pub fn reopen(&self) {
        self.0.course.set(Course::Open);
    }

    /// For how many milliseconds no task has listened, if none does: a client that comes is refused by
    /// embassy-net, or waits in the stack's queue. For a task that answers with 503 then; `docs/server.md` has
    /// one.
    #[must_use]
    pub fn crowded_ms(&self, now_ms: u32) -> Option<u32> {
        match self.0.course.get() {
            Course::Crowded { since_ms } => Some(now_ms.wrapping_sub(since_ms)),
            Course::Open | Course::ShutDown(_) => None,
        }
    }
}

/// So often a shutdown looks whether it is over.
const LOOKS_AGAIN_MS: u32 = 20;

impl<'t> Task<'t> {
    /// As [`listen`](Self::listen), for a server that is [shut down](Tasks::shutdown) some day. `None` when it is:
    /// then `accept` was dropped.
    ///
    /// ```
    /// # use core::cell::RefCell;
    /// # use core::net::SocketAddr;
    /// # use nal_http::embedded_io_async::{ErrorKind, Read, Write};
    /// # use nal_http::hal::Timer;
    /// # use nal_http::server::Site;
    /// # use nal_http::server::asynch::Tasks;
    /// # trait Socket: Read + Write {
    /// #     async fn accept(&mut self, port: u16) -> Result<SocketAddr, ErrorKind>;
    /// # }
    /// # struct App;
    /// # const SITE: Site<App> = Site::new(&[]);
    /// async fn web(tasks: &Tasks<4>, app: &RefCell<App>, socket: &mut impl Socket, timer: &impl Timer) {
    ///     let mut buffer = [0; 1024];
    ///     let Some(mut task) = tasks.join() else { return };
    ///     while let Some((client, accepted)) = task.listen_until_shutdown(socket.accept(80)).await {
    ///         if let Ok(peer) = accepted {
    ///             client.serve(socket, peer, &SITE, app, &mut buffer, timer).await;
    ///         }
    ///         // ... and close the socket
    ///     }
    /// }
    /// ```
    pub async fn listen_until_shutdown<F: Future>(
        &mut self,
        accept: F,
    ) -> Option<(Accepted<'_, 't, true>, F::Output)> {
        let Place { group, index } = self.place;
        let place = Place::<true> { group, index };
        // As with `listen`, what it was before is over.
        place.set(State::Joined);
        let output = {
            let mut listen = pin!(self.listen(accept));
            let output = poll_fn(|context| {
                if place.deadline().is_some() {
                    return Poll::Ready(None);
                }
                let _ = place.has_news(context.waker());
                listen.as_mut().poll(context).map(|(_, output)| Some(output))
            });
            output.await?
        };
        Some((Accepted { task: self }, output))
    }
}
