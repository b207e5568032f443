use core::task::{Context, Waker};

use embassy_net_driver::Driver;
use smoltcp::phy::{Device, DeviceCapabilities, Medium, RxToken, TxToken};
use smoltcp::time::Instant;

/// A driver of `embassy-net`, such as esp-radio's, as a network device of smoltcp.
///
/// How long a frame may be, and how many may come at once, is what the driver itself says: a driver
/// cuts each frame out of a buffer of that length, and has no room for another byte. The driver is
/// asked again and again; nobody is woken.
#[derive(Debug)]
pub struct Radio<D>(pub D);

impl<D: Driver> Device for Radio<D> {
    type RxToken<'a>
        = Received<D::RxToken<'a>>
    where
        D: 'a;
    type TxToken<'a>
        = Sending<D::TxToken<'a>>
    where
        D: 'a;

    fn receive(&mut self, _: Instant) -> Option<(Self::RxToken<'_>, Self::TxToken<'_>)> {
        let tokens = self.0.receive(&mut nobody());
        tokens.map(|(received, sending)| (Received(received), Sending(sending)))
    }

    fn transmit(&mut self, _: Instant) -> Option<Self::TxToken<'_>> {
        self.0.transmit(&mut nobody()).map(Sending)
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let driver = self.0.capabilities();
        let mut capabilities = DeviceCapabilities::default();
        capabilities.medium = Medium::Ethernet;
        capabilities.max_transmission_unit = driver.max_transmission_unit;
        capabilities.max_burst_size = driver.max_burst_size;
        capabilities
    }
}

fn nobody() -> Context<'static> {
    Context::from_waker(Waker::noop())
}

/// A frame that has come.
#[derive(Debug)]
pub struct Received<T>(T);

impl<T: embassy_net_driver::RxToken> RxToken for Received<T> {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, f: F) -> R {
        self.0.consume(|frame| f(frame))
    }
}

/// Room for a frame to be sent.
#[derive(Debug)]
pub struct Sending<T>(T);

impl<T: embassy_net_driver::TxToken> TxToken for Sending<T> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, length: usize, f: F) -> R {
        self.0.consume(length, f)
    }
}
