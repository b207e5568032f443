//! Carries out what a transaction says over an [`AsyncTransport`]: the twin of the driver that is polled.

use core::pin::pin;

use super::ErrorOf;
use super::wait::{now, within, woken};
use crate::client::Failed;
use crate::client::driver::{Driver, Outcome, abilities, close, finish};
use crate::client::error::{Broken, Use};
use crate::client::request::parts::Parts;
use crate::client::transaction::{Goal, Step};
use crate::hal::Timer;
use crate::net::{AsyncTransport, Polled, Received, Sockets};

impl<K> Driver<K> {
    /// Goes on until the goal is reached. Dropped at an await, it can be begun again with the same goal.
    #[expect(clippy::manual_async_fn, reason = "an async function holds its arguments twice")]
    pub(super) fn run<S: AsyncTransport<Socket = K>>(
        &mut self,
        stack: &mut S,
        timer: &impl Timer,
        request: Option<&Parts<'_>>,
        buffer: &mut [u8],
        mut goal: Goal<'_>,
    ) -> impl Future<Output = Result<usize, ErrorOf<S>>> {
        async move {
            self.transaction.abilities = abilities::<Polled<'_, '_, S>>();
            let mut broken = None;
            let mut now_ms = timer.now_ms();
            loop {
                let error =
                    match self.act(stack, timer, &mut now_ms, request, buffer, &mut goal).await {
                        Outcome::Moved => continue,
                        Outcome::Done(n) => return Ok(n),
                        Outcome::Broken(error) => Some(error),
                        Outcome::Failed => None,
                        Outcome::Blocked => match self.transaction.blocked(now_ms) {
                            Ok(true) => continue,
                            Ok(false) => {
                                let left_ms = self.transaction.remaining_ms(now_ms);
                                woken(pin!(timer.wait_ms(left_ms))).await;
                                now_ms = timer.now_ms();
                                continue;
                            }
                            Err(Failed) => None,
                        },
                    };
                if let Err(error) = self.recover(error, &mut broken, request, buffer) {
                    if self.transaction.is_over() {
                        now(|context| self.close(&mut Polled { stack, context })).await;
                    }
                    return Err(error);
                }
            }
        }
    }

    /// Does the next thing.
    #[expect(clippy::manual_async_fn, reason = "an async function holds its arguments twice")]
    fn act<S: AsyncTransport<Socket = K>>(
        &mut self,
        stack: &mut S,
        timer: &impl Timer,
        now_ms: &mut u32,
        request: Option<&Parts<'_>>,
        buffer: &mut [u8],
        goal: &mut Goal<'_>,
    ) -> impl Future<Output = Outcome<S::TcpError, S::DnsError>> {
        async move {
            let Self { transaction, socket, .. } = self;
            let left_ms = transaction.connect_left_ms(*now_ms);
            let (error, what) = match transaction.next(request, buffer, *now_ms, goal) {
                Step::Resolve { host, kind } => {
                    let time = timer.wait_ms(left_ms);
                    let found = within(pin!(stack.resolve(host, kind)), pin!(time)).await;
                    *now_ms = timer.now_ms();
                    return match found {
                        Some(Ok(ip)) => {
                            transaction.resolved(ip);
                            Outcome::Moved
                        }
                        Some(Err(error)) => Outcome::Broken(Broken::Dns(error)),
                        None => Outcome::Blocked,
                    };
                }
                Step::Connect { remote, tls } => {
                    let time = timer.wait_ms(left_ms);
                    let made = within(pin!(stack.connect(*remote, tls)), pin!(time)).await;
                    *now_ms = timer.now_ms();
                    match made {
                        Some(Ok(made)) => {
                            *socket = Some(made);
                            transaction.connected(request);
                            return Outcome::Moved;
                        }
                        Some(Err(error)) => (error, Use::Connect),
                        None => return Outcome::Blocked,
                    }
                }
                Step::Secure { host } => {
                    let Some(socket) = socket else { return Outcome::Failed };
                    let time = timer.wait_ms(left_ms);
                    let made = within(pin!(stack.secure(socket, host)), pin!(time)).await;
                    *now_ms = timer.now_ms();
                    match made {
                        Some(Ok(())) => {
                            transaction.secured();
                            return Outcome::Moved;
                        }
                        Some(Err(error)) => (error, Use::Connect),
                        None => return Outcome::Blocked,
                    }
                }
                Step::Send(bytes) => {
                    let Some(socket) = socket else { return Outcome::Failed };
                    match now(|context| Polled { stack, context }.send(socket, bytes)).await {
                        Ok(sent) => {
                            transaction.sent(sent);
                            return Outcome::Moved;
                        }
                        Err(error) => (error, Use::Send),
                    }
                }
                Step::Receive(room) => {
                    let Some(open) = socket else { return Outcome::Failed };
                    match now(|context| Polled { stack, context }.receive(open, room)).await {
                        Ok(received) => match transaction.received(request, buffer, received) {
                            Ok(None) if received == Received::Idle => return Outcome::Blocked,
                            Ok(None) => return Outcome::Moved,
                            Ok(Some(done)) => {
                                return now(|context| {
                                    finish(&mut Polled { stack, context }, socket, done)
                                })
                                .await;
                            }
                            Err(Failed) => return Outcome::Failed,
                        },
                        Err(error) => (error, Use::Receive),
                    }
                }
                Step::Wait => return Outcome::Blocked,
                Step::Close => {
                    now(|context| close(&mut Polled { stack, context }, socket)).await;
                    return Outcome::Moved;
                }
                Step::Done(n, closes) => {
                    return now(|context| {
                        finish(&mut Polled { stack, context }, socket, (n, closes))
                    })
                    .await;
                }
                Step::Failed => return Outcome::Failed,
            };
            let what = if transaction.is_connecting() { Use::Connect } else { what };
            Outcome::Broken(Broken::Connection(error, what))
        }
    }
}
