//! The virtio network card as a device of smoltcp.

use core::ptr::{self, NonNull};
use core::sync::atomic::{AtomicUsize, Ordering};

use smoltcp::phy::{Device, DeviceCapabilities, Medium, RxToken, TxToken};
use smoltcp::time::Instant;
use virtio_drivers::device::net::VirtIONetRaw;
use virtio_drivers::transport::mmio::{MmioTransport, VirtIOHeader};
use virtio_drivers::transport::{DeviceType, Transport};
use virtio_drivers::{BufferDirection, Error, Hal, PAGE_SIZE, PhysAddr};

/// Where the machine has its virtio devices.
const SLOTS: usize = 0x1000_1000;
const SLOT_SIZE: usize = 0x1000;
const SLOT_COUNT: usize = 8;

const QUEUE: usize = 8;
const FRAME: usize = 1536;

/// A card, and the frames that it owns for the moment.
pub struct Net {
    raw: VirtIONetRaw<Memory, MmioTransport<'static>, QUEUE>,
    received: &'static mut [[u8; FRAME]; QUEUE],
    /// Which frame a token of the card stands for.
    tokens: [Option<u16>; QUEUE],
    sent: &'static mut [u8; FRAME],
    sending: Option<(u16, usize)>,
}

impl Net {
    /// The first network card of the machine.
    pub fn find() -> Result<Self, Error> {
        static mut RECEIVED: [[u8; FRAME]; QUEUE] = [[0; FRAME]; QUEUE];
        static mut SENT: [u8; FRAME] = [0; FRAME];

        let transport = (0..SLOT_COUNT).find_map(|slot| {
            let header = NonNull::new((SLOTS + slot * SLOT_SIZE) as *mut VirtIOHeader)?;
            // SAFETY: the machine has a virtio slot there, which only this function looks at.
            let transport = unsafe { MmioTransport::new(header, SLOT_SIZE) }.ok()?;
            (transport.device_type() == DeviceType::Network).then_some(transport)
        });
        let raw = VirtIONetRaw::new(transport.ok_or(Error::Unsupported)?)?;
        // SAFETY: there is one card, and this runs once.
        let (received, sent) =
            unsafe { (&mut *ptr::addr_of_mut!(RECEIVED), &mut *ptr::addr_of_mut!(SENT)) };
        let mut net = Self { raw, received, tokens: [None; QUEUE], sent, sending: None };
        for index in 0..QUEUE {
            net.give(index)?;
        }
        Ok(net)
    }

    pub fn mac(&self) -> [u8; 6] {
        self.raw.mac_address()
    }

    /// Gives a frame to the card to receive into.
    fn give(&mut self, index: usize) -> Result<(), Error> {
        // SAFETY: the frame is static, and not touched before the card gives it back.
        self.tokens[index] = Some(unsafe { self.raw.receive_begin(&mut self.received[index])? });
        Ok(())
    }

    /// The next frame that has arrived: its index, and where in it the packet is.
    fn take(&mut self) -> Option<(usize, usize, usize)> {
        let token = self.raw.poll_receive()?;
        let index = self.tokens.iter().position(|taken| *taken == Some(token))?;
        self.tokens[index] = None;
        // SAFETY: the token is that of this frame.
        let (header, length) =
            unsafe { self.raw.receive_complete(token, &mut self.received[index]) }.ok()?;
        Some((index, header, length))
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

impl Device for Net {
    type RxToken<'a> = Received;
    type TxToken<'a> = Sending<'a>;

    fn receive(&mut self, _: Instant) -> Option<(Received, Sending<'_>)> {
        if !self.is_ready() {
            return None;
        }
        let (index, start, length) = self.take()?;
        let mut packet = Received { bytes: [0; FRAME], length };
        packet.bytes[..length].copy_from_slice(&self.received[index][start..start + length]);
        self.give(index).ok()?;
        Some((packet, Sending(self)))
    }

    fn transmit(&mut self, _: Instant) -> Option<Sending<'_>> {
        self.is_ready().then_some(Sending(self))
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.max_transmission_unit = 1514;
        capabilities.medium = Medium::Ethernet;
        capabilities.max_burst_size = Some(1);
        capabilities
    }
}

/// A packet that has arrived. It is copied, so that an answer can be sent while it is read.
pub struct Received {
    bytes: [u8; FRAME],
    length: usize,
}

impl RxToken for Received {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, f: F) -> R {
        f(&self.bytes[..self.length])
    }
}

/// Room for a packet.
pub struct Sending<'a>(&'a mut Net);

impl TxToken for Sending<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, length: usize, f: F) -> R {
        self.0.send(length, f)
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
        // One hart and no interrupts: load and store will do, and imc has no more.
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
