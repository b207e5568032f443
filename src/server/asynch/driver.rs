use core::future::{pending, poll_fn};
use core::pin::{Pin, pin};
use core::task::Poll;

use embedded_io_async::{Read, Write};

use super::Share;
use super::tasks::Place;
use crate::hal::Timer;
use crate::server::connection::Context;
use crate::server::slot::{Slot, Step};
use crate::server::{CloseReason, ConnectInfo, Event, Site};

/// A connection that is served. Dropped before its end, it tells the handler.
pub(super) struct Served<
    's,
    I,
    A: 'static,
    T: Default + 'static,
    S: Share<A>,
    C: Timer,
    const ENDS: bool,
> {
    pub io: &'s mut I,
    pub site: &'s Site<A, T>,
    pub app: &'s S,
    pub timer: &'s C,
    pub client: ConnectInfo,
    pub place: Place<'s, ENDS>,
    pub work: Work<'s, A, T>,
    /// The hook was told of it, and not that it is closed.
    pub is_open: bool,
}

/// A connection and its buffers.
pub(super) struct Work<'s, A: 'static, T: 'static> {
    pub slot: Slot<A, T>,
    pub rx: &'s mut [u8],
    pub tx: &'s mut [u8],
}

/// An application that somebody else has is asked for again so soon.
const AGAIN_MS: u32 = 5;

impl<I: Read + Write, A, T: Default, S: Share<A>, C: Timer, const ENDS: bool>
    Served<'_, I, A, T, S, C, ENDS>
{
    /// Serves until the connection is to be closed, and says why.
    pub(super) async fn run(&mut self) -> CloseReason {
        self.place.enter(self.work.slot.turn(), self.timer.now_ms());
        self.call(|_, context| {
            context.site.notify(context.app, context.client, &Event::Accepted);
        })
        .await;
        self.is_open = true;
        let reason = self.exchange().await;
        let reason =
            self.call(|Work { slot, rx, tx }, context| slot.close(rx, tx, context, reason)).await;
        self.is_open = false;
        reason
    }

    async fn exchange(&mut self) -> CloseReason {
        let place = self.place;
        let mut look = self.work.slot.look(true, &place);
        loop {
            if place.is_woken() {
                self.work.slot.wake(self.timer.now_ms());
            }
            let step = self.call(|Work { slot, rx, tx }, context| {
                slot.next(&mut look, rx, tx, context, &place)
            });
            let step = step.await;
            let Work { slot, rx, tx } = &mut self.work;
            let (output, room): (&[u8], &mut [u8]) = match step {
                Step::Send => (slot.output(tx), &mut []),
                Step::Receive => (&[], slot.room(rx)),
                // It has had its share: the other tasks have their turn.
                Step::Rest => {
                    if place.deadline().is_some_and(|end| slot.shut_down(self.timer.now_ms(), end))
                    {
                        return CloseReason::ServerClosed;
                    }
                    yield_now().await;
                    look = slot.look(true, &place);
                    continue;
                }
                Step::Over(reason) => return reason,
            };
            let mut transfer = pin!(transfer(self.io, output, room));
            let mut done = at_once(transfer.as_mut()).await;
            if done.is_none() {
                look.stop();
                let now_ms = self.timer.now_ms();
                match slot.settle(&mut look, now_ms, &self.site.timeouts, &place) {
                    None => continue,
                    Some(Step::Over(reason)) => return reason,
                    Some(_) => place.rest(slot.is_paused()),
                }
                if place.deadline().is_some_and(|end| slot.shut_down(now_ms, end)) {
                    return CloseReason::ServerClosed;
                }
                let time = pin!(self.timer.wait_ms(slot.due.remaining(now_ms)));
                done = first(transfer, time, place).await;
                look = slot.look(true, &place);
            }
            match done {
                Some(Transfer::Sent(n)) => slot.sent(&mut look, n),
                Some(Transfer::Received(n)) => slot.received(&mut look, n),
                Some(Transfer::Ended) => slot.ended(&mut look),
                Some(Transfer::Broken) => return CloseReason::Broken,
                None => {}
            }
        }
    }

    /// Calls `f` as soon as nobody else has the application.
    async fn call<R>(
        &mut self,
        mut f: impl FnMut(&mut Work<'_, A, T>, &mut Context<'_, A, T>) -> R,
    ) -> R {
        loop {
            if let Some(result) = self.try_call(&mut f) {
                return result;
            }
            self.timer.wait_ms(AGAIN_MS).await;
        }
    }
}

impl<I, A, T: Default, S: Share<A>, C: Timer, const ENDS: bool> Served<'_, I, A, T, S, C, ENDS> {
    fn try_call<R>(
        &mut self,
        f: impl FnOnce(&mut Work<'_, A, T>, &mut Context<'_, A, T>) -> R,
    ) -> Option<R> {
        let Self { site, client, work, .. } = self;
        let now_ms = self.timer.now_ms();
        self.app.with(|app| f(work, &mut Context { app, site, client, now_ms }))
    }
}

impl<I, A, T: Default, S: Share<A>, C: Timer, const ENDS: bool> Drop
    for Served<'_, I, A, T, S, C, ENDS>
{
    fn drop(&mut self) {
        if self.is_open {
            self.try_call(|Work { slot, rx, tx }, context| {
                slot.close(rx, tx, context, CloseReason::ServerClosed)
            });
        }
        self.place.leave(self.timer.now_ms());
    }
}

enum Transfer {
    Sent(usize),
    Received(usize),
    Ended,
    Broken,
}

/// Sends some of `output`, or else receives into `room`; waits for ever if there is neither.
#[expect(clippy::manual_async_fn, reason = "an `async fn` would keep its arguments twice")]
fn transfer<I: Read + Write>(
    io: &mut I,
    output: &[u8],
    room: &mut [u8],
) -> impl Future<Output = Transfer> {
    async move {
        if !output.is_empty() {
            return match io.write(output).await {
                Ok(n) if n > 0 => Transfer::Sent(n.min(output.len())),
                _ => Transfer::Broken,
            };
        }
        if room.is_empty() {
            return pending().await;
        }
        match io.read(room).await {
            Ok(0) => Transfer::Ended,
            Ok(n) => Transfer::Received(n.min(room.len())),
            Err(_) => Transfer::Broken,
        }
    }
}

/// What a future has at once.
fn at_once<F: Future>(mut future: Pin<&mut F>) -> impl Future<Output = Option<F::Output>> {
    poll_fn(move |context| match future.as_mut().poll(context) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending => Poll::Ready(None),
    })
}

/// What a future has that has just been polled, unless the time is over or there is news before.
fn first<F: Future, W: Future<Output = ()>, const ENDS: bool>(
    mut future: Pin<&mut F>,
    mut time: Pin<&mut W>,
    place: Place<'_, ENDS>,
) -> impl Future<Output = Option<F::Output>> {
    let mut was_polled = true;
    poll_fn(move |context| {
        if !core::mem::take(&mut was_polled) {
            if let Poll::Ready(output) = future.as_mut().poll(context) {
                return Poll::Ready(Some(output));
            }
        }
        let is_over = place.has_news(context.waker()) || time.as_mut().poll(context).is_ready();
        if is_over { Poll::Ready(None) } else { Poll::Pending }
    })
}

/// Lets others run.
async fn yield_now() {
    let mut has_run = false;
    poll_fn(|context| {
        if core::mem::replace(&mut has_run, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
