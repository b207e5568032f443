//! An end of the cable as a driver of embassy-net.

use core::task::Context;

use embassy_net_driver::{Capabilities, Driver, HardwareAddress, LinkState, RxToken, TxToken};
use embassy_sync::waitqueue::AtomicWaker;
use smoltcp::phy::{Device, TxToken as _};
use smoltcp::time::Instant;

use crate::cable::{End, Received, Sending};

/// Who waits for a frame.
pub static WAITS: AtomicWaker = AtomicWaker::new();

pub struct Plug(pub End);

pub struct In(Received);
pub struct Out(Sending);

impl Driver for Plug {
    type RxToken<'a> = In;
    type TxToken<'a> = Out;

    fn receive(&mut self, cx: &mut Context<'_>) -> Option<(In, Out)> {
        WAITS.register(cx.waker());
        self.0.receive(Instant::ZERO).map(|(received, sending)| (In(received), Out(sending)))
    }

    fn transmit(&mut self, cx: &mut Context<'_>) -> Option<Out> {
        WAITS.register(cx.waker());
        self.0.transmit(Instant::ZERO).map(Out)
    }

    fn link_state(&mut self, _: &mut Context<'_>) -> LinkState {
        LinkState::Up
    }

    fn capabilities(&self) -> Capabilities {
        let mut capabilities = Capabilities::default();
        capabilities.max_transmission_unit = self.0.capabilities().max_transmission_unit;
        capabilities
    }

    fn hardware_address(&self) -> HardwareAddress {
        HardwareAddress::Ethernet([2, 0, 0, 0, 0, 1])
    }
}

impl RxToken for In {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, f: F) -> R {
        self.0.take(f)
    }
}

impl TxToken for Out {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, length: usize, f: F) -> R {
        self.0.consume(length, f)
    }
}
