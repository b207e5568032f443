use core::cell::RefCell;
use core::ops::Range;
use core::ptr::NonNull;
use core::sync::atomic::{AtomicUsize, Ordering};

use static_cell::ConstStaticCell;
use virtio_drivers::device::net::VirtIONetRaw;
use virtio_drivers::transport::mmio::{MmioTransport, VirtIOHeader};
use virtio_drivers::transport::{DeviceType, Transport};
use virtio_drivers::{BufferDirection, Error, Hal, PAGE_SIZE, PhysAddr};

/// Where the machine has its virtio devices.
const SLOTS: usize = 0x1000_1000;
const SLOT_SIZE: usize = 0x1000;
pub(crate) const SLOT_COUNT: usize = 8;

/// The address of a slot.
pub(crate) const fn slot(number: usize) -> usize {
    SLOTS + number * SLOT_SIZE
}

/// So many frames may wait to be received.
pub(crate) const QUEUE: usize = 8;
/// The longest frame.
pub(crate) const MTU: usize = 1514;
const FRAME: usize = 1536;

type Frame = [u8; FRAME];

/// The card. Its tokens share it.
pub struct Net(RefCell<Card>);

/// A card, and the frames that it owns for the moment.
struct Card {
    raw: VirtIONetRaw<Memory, MmioTransport<'static>, QUEUE>,
    /// Frames that the card receives into, and their tokens.
    receiving: [Option<(u16, &'static mut Frame)>; QUEUE],
    /// The frame to send; the card has it while there is a token and a length.
    sent: &'static mut Frame,
    sending: Option<(u16, usize)>,
}

impl Net {
    /// The first network card of the machine.
    pub fn find() -> Result<Self, Error> {
        static RECEIVED: ConstStaticCell<[Frame; QUEUE]> =
            ConstStaticCell::new([[0; FRAME]; QUEUE]);
        static SENT: ConstStaticCell<Frame> = ConstStaticCell::new([0; FRAME]);

        let transport = (0..SLOT_COUNT).find_map(|number| {
            let header = NonNull::new(slot(number) as *mut VirtIOHeader)?;
            // SAFETY: the machine has a virtio slot there, which only this function looks at.
            let transport = unsafe { MmioTransport::new(header, SLOT_SIZE) }.ok()?;
            (transport.device_type() == DeviceType::Network).then_some(transport)
        });
        let raw = VirtIONetRaw::new(transport.ok_or(Error::Unsupported)?)?;
        let receiving = [const { None }; QUEUE];
        let mut card = Card { raw, receiving, sent: SENT.take(), sending: None };
        for frame in RECEIVED.take() {
            card.give(frame);
        }
        Ok(Self(RefCell::new(card)))
    }

    /// Its hardware address.
    pub fn mac(&self) -> [u8; 6] {
        self.0.borrow().raw.mac_address()
    }

    /// The next packet that has arrived, if there is also room for an answer.
    pub(crate) fn received(&mut self) -> Option<(Received<'_>, Sending<'_>)> {
        let card = self.0.get_mut();
        if !card.is_ready() {
            return None;
        }
        let (frame, packet) = card.take()?;
        Some((Received { card: &self.0, frame, packet }, Sending(&self.0)))
    }

    /// Room for a packet.
    pub(crate) fn room(&mut self) -> Option<Sending<'_>> {
        self.0.get_mut().is_ready().then_some(Sending(&self.0))
    }
}

impl Card {
    /// Gives a frame to the card to receive into.
    fn give(&mut self, frame: &'static mut Frame) {
        let Some(place) = self.receiving.iter_mut().find(|place| place.is_none()) else { return };
        // SAFETY: the frame is static, and not touched before the card gives it back.
        if let Ok(token) = unsafe { self.raw.receive_begin(frame) } {
            *place = Some((token, frame));
        }
    }

    /// The next frame that has arrived, and where in it the packet is.
    fn take(&mut self) -> Option<(&'static mut Frame, Range<usize>)> {
        let token = self.raw.poll_receive()?;
        let has_it =
            |place: &&mut Option<(u16, _)>| place.as_ref().is_some_and(|(own, _)| *own == token);
        let (_, frame) = self.receiving.iter_mut().find(has_it)?.take()?;
        // SAFETY: the token is that of this frame.
        let (start, length) = unsafe { self.raw.receive_complete(token, frame) }.ok()?;
        Some((frame, start..start + length))
    }

    /// Whether the frame that was sent last is out.
    fn is_ready(&mut self) -> bool {
        if let Some((token, length)) = self.sending {
            if self.raw.poll_transmit().is_none() {
                return false;
            }
            // SAFETY: the token is that of this frame.
            let _ = unsafe { self.raw.transmit_complete(token, &self.sent[..length]) };
            self.sending = None;
        }
        true
    }

    fn send<R>(&mut self, length: usize, fill: impl FnOnce(&mut [u8]) -> R) -> R {
        // There was room when the token was given out; two tokens at once wait here.
        while !self.is_ready() {}
        let header = self.raw.fill_buffer_header(&mut self.sent[..]).unwrap_or(0);
        let result = fill(&mut self.sent[header..header + length]);
        let length = header + length;
        // SAFETY: the frame is static, and not touched before the card gives it back.
        let token = unsafe { self.raw.transmit_begin(&self.sent[..length]) };
        self.sending = token.ok().map(|token| (token, length));
        result
    }
}

/// A packet that has arrived, in the frame that the card received it into.
pub struct Received<'a> {
    card: &'a RefCell<Card>,
    frame: &'static mut Frame,
    packet: Range<usize>,
}

impl Received<'_> {
    /// Looks at it; then the card has the frame again.
    pub(crate) fn look<R>(self, f: impl FnOnce(&mut [u8]) -> R) -> R {
        let result = f(&mut self.frame[self.packet]);
        self.card.borrow_mut().give(self.frame);
        result
    }
}

/// Room for a packet.
pub struct Sending<'a>(&'a RefCell<Card>);

impl Sending<'_> {
    /// Sends a packet of this length.
    pub(crate) fn send<R>(self, length: usize, fill: impl FnOnce(&mut [u8]) -> R) -> R {
        self.0.borrow_mut().send(length, fill)
    }
}

/// Memory for the card's queues: physical addresses are those of the program.
struct Memory;

const PAGES: usize = 8;

#[repr(C, align(4096))]
struct Pages([[u8; PAGE_SIZE]; PAGES]);

// SAFETY: pages are handed out once each, are static, and addresses are not translated.
unsafe impl Hal for Memory {
    fn dma_alloc(pages: usize, _: BufferDirection) -> (PhysAddr, NonNull<u8>) {
        static mut POOL: Pages = Pages([[0; PAGE_SIZE]; PAGES]);
        static TAKEN: AtomicUsize = AtomicUsize::new(0);
        // One hart, and no interrupt does this: load and store will do, and imc has no more.
        let first = TAKEN.load(Ordering::Relaxed);
        TAKEN.store(first + pages, Ordering::Relaxed);
        assert!(first + pages <= PAGES, "no pages left for the network card");
        let page = (&raw mut POOL).cast::<u8>().wrapping_add(first * PAGE_SIZE);
        (page as PhysAddr, NonNull::new(page).unwrap_or(NonNull::dangling()))
    }

    unsafe fn dma_dealloc(_: PhysAddr, _: NonNull<u8>, _: usize) -> i32 {
        0
    }

    unsafe fn mmio_phys_to_virt(address: PhysAddr, _: usize) -> NonNull<u8> {
        NonNull::new(address as *mut u8).unwrap_or(NonNull::dangling())
    }

    unsafe fn share(buffer: NonNull<[u8]>, _: BufferDirection) -> PhysAddr {
        buffer.as_ptr().cast::<u8>() as PhysAddr
    }

    unsafe fn unshare(_: PhysAddr, _: NonNull<[u8]>, _: BufferDirection) {}
}
