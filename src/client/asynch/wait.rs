//! The three ways in which a call waits.

use core::future::poll_fn;
use core::pin::Pin;
use core::task::{Context, Poll};

/// What a function does with the task's context, at once.
pub(super) fn now<R>(mut act: impl FnMut(&mut Context<'_>) -> R) -> impl Future<Output = R> {
    poll_fn(move |context| Poll::Ready(act(context)))
}

/// What a future gives, or `None` if the time is over before.
pub(super) fn within<F: Future>(
    mut future: Pin<&mut F>,
    mut time: Pin<&mut impl Future<Output = ()>>,
) -> impl Future<Output = Option<F::Output>> {
    poll_fn(move |context| match future.as_mut().poll(context) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending => time.as_mut().poll(context).map(|()| None),
    })
}

/// Until the task is woken, by what was polled before or by the time.
pub(super) fn woken(mut time: Pin<&mut impl Future<Output = ()>>) -> impl Future<Output = ()> {
    let mut is_waiting = false;
    poll_fn(move |context| {
        if core::mem::replace(&mut is_waiting, true) {
            return Poll::Ready(());
        }
        time.as_mut().poll(context)
    })
}
