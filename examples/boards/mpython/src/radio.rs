//! The radio as a device of smoltcp. Its tokens are not part of esp-radio's public interface, which is why
//! the version of that crate is pinned.

use esp_radio::wifi::{Interface, WifiRxToken, WifiTxToken};
use smoltcp::phy::{Device, DeviceCapabilities, Medium, RxToken, TxToken};
use smoltcp::time::Instant;

pub struct Radio(pub Interface);

pub struct Received(WifiRxToken);

pub struct Sending(WifiTxToken);

impl Device for Radio {
    type RxToken<'a> = Received;
    type TxToken<'a> = Sending;

    fn receive(&mut self, _: Instant) -> Option<(Received, Sending)> {
        self.0.receive().map(|(received, sending)| (Received(received), Sending(sending)))
    }

    fn transmit(&mut self, _: Instant) -> Option<Sending> {
        self.0.transmit().map(Sending)
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.max_transmission_unit = 1514;
        capabilities.max_burst_size = Some(1);
        capabilities.medium = Medium::Ethernet;
        capabilities
    }
}

impl RxToken for Received {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, f: F) -> R {
        self.0.consume_token(|frame| f(frame))
    }
}

impl TxToken for Sending {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, length: usize, f: F) -> R {
        self.0.consume_token(length, f)
    }
}
