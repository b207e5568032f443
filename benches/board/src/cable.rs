//! A cable in memory between two stacks.

use core::cell::{Cell, RefCell};

use heapless::{Deque, Vec};
use smoltcp::phy::{Device, DeviceCapabilities, Medium, RxToken, TxToken};
use smoltcp::time::Instant;
use static_cell::ConstStaticCell;

const MTU: usize = 1514;
/// Frames that a direction can hold.
const FRAMES: usize = 8;

/// One direction of the cable.
pub struct Wire {
    frames: RefCell<Deque<Vec<u8, MTU>, FRAMES>>,
    count: Cell<usize>,
}

impl Wire {
    pub const fn new() -> Self {
        Self { frames: RefCell::new(Deque::new()), count: Cell::new(0) }
    }

    /// Counts from 0 again.
    pub fn restart(&self) {
        self.count.set(0);
    }

    /// Whether a frame is under way.
    #[allow(dead_code, reason = "used where the board sleeps until there is one")]
    pub fn has_frames(&self) -> bool {
        !self.frames.borrow().is_empty()
    }

    /// So many frames were sent through it.
    pub fn count(&self) -> usize {
        self.count.get()
    }
}

/// One end of the cable.
#[derive(Clone, Copy)]
pub struct End {
    pub incoming: &'static Wire,
    pub outgoing: &'static Wire,
}

/// The two ends of the cable. It is a static of this program.
///
/// # Panics
/// At the second call.
pub fn cable() -> [End; 2] {
    // Zeros, so that nothing of them is ever on the stack.
    static WIRES: ConstStaticCell<[Wire; 2]> = ConstStaticCell::new([const { Wire::new() }; 2]);

    let [there, back] = &*WIRES.take();
    [End { incoming: there, outgoing: back }, End { incoming: back, outgoing: there }]
}

impl Device for End {
    type RxToken<'a> = Received;
    type TxToken<'a> = Sending;

    fn receive(&mut self, _: Instant) -> Option<(Received, Sending)> {
        let sending = self.transmit(Instant::ZERO)?;
        let waiting = !self.incoming.frames.borrow().is_empty();
        waiting.then_some((Received(self.incoming), sending))
    }

    fn transmit(&mut self, _: Instant) -> Option<Sending> {
        (!self.outgoing.frames.borrow().is_full()).then_some(Sending(self.outgoing))
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.max_transmission_unit = MTU;
        capabilities.medium = Medium::Ethernet;
        capabilities
    }
}

/// A frame, which stays where it is until it has been looked at.
pub struct Received(&'static Wire);

impl Received {
    pub fn take<R>(self, f: impl FnOnce(&mut [u8]) -> R) -> R {
        let mut frames = self.0.frames.borrow_mut();
        let result = f(frames.front_mut().map_or(&mut [], |frame| &mut frame[..]));
        frames.pop_front();
        result
    }
}

impl RxToken for Received {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, f: F) -> R {
        self.take(|frame| f(frame))
    }
}

pub struct Sending(&'static Wire);

impl TxToken for Sending {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, length: usize, f: F) -> R {
        let mut frames = self.0.frames.borrow_mut();
        let _ = frames.push_back(Vec::new());
        self.0.count.set(self.0.count.get() + 1);
        match frames.back_mut() {
            Some(frame) => {
                let _ = frame.resize(length, 0);
                f(frame)
            }
            None => f(&mut []),
        }
    }
}
