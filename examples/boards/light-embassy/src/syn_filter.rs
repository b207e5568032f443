use core::task::Context;

use embassy_net_driver::{Capabilities, Driver, HardwareAddress, LinkState, RxToken};

use crate::syn_queue::{Syn, SynQueue};
use crate::{TASKS, WAITING};

/// A driver that keeps back clients for whom no socket listens, and lets them in when one does.
#[derive(Debug)]
pub struct SynFilter<D, const N: usize = TASKS, const W: usize = WAITING> {
    driver: D,
    queue: &'static SynQueue<N, W>,
}

impl<D: Driver, const N: usize, const W: usize> SynFilter<D, N, W> {
    /// Of this driver.
    pub fn new(driver: D, queue: &'static SynQueue<N, W>) -> Self {
        Self { driver, queue }
    }
}

impl<D: Driver, const N: usize, const W: usize> Driver for SynFilter<D, N, W> {
    type RxToken<'a>
        = Arrival<D::RxToken<'a>, N, W>
    where
        Self: 'a;
    type TxToken<'a>
        = D::TxToken<'a>
    where
        Self: 'a;

    fn receive(&mut self, cx: &mut Context<'_>) -> Option<(Self::RxToken<'_>, Self::TxToken<'_>)> {
        if self.queue.has_next() {
            let room = self.driver.transmit(cx)?;
            return Some((Arrival::Waited(self.queue.next()?), room));
        }
        let (frame, room) = self.driver.receive(cx)?;
        Some((Arrival::New(frame, self.queue), room))
    }

    fn transmit(&mut self, cx: &mut Context<'_>) -> Option<Self::TxToken<'_>> {
        self.driver.transmit(cx)
    }

    fn link_state(&mut self, cx: &mut Context<'_>) -> LinkState {
        self.driver.link_state(cx)
    }

    fn capabilities(&self) -> Capabilities {
        self.driver.capabilities()
    }

    fn hardware_address(&self) -> HardwareAddress {
        self.driver.hardware_address()
    }
}

/// A frame that comes in.
#[derive(Debug)]
pub enum Arrival<T, const N: usize = TASKS, const W: usize = WAITING> {
    /// From the driver: if it is a SYN and no socket listens, it has to wait.
    New(T, &'static SynQueue<N, W>),
    /// A SYN that has waited.
    Waited(Syn),
}

impl<T: RxToken, const N: usize, const W: usize> RxToken for Arrival<T, N, W> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, f: F) -> R {
        match self {
            Self::New(frame, queue) => frame.consume(|bytes| {
                // An empty frame is passed over.
                f(if queue.keeps(bytes) { &mut [] } else { bytes })
            }),
            Self::Waited(mut syn) => f(&mut syn),
        }
    }
}
