//! The LAN9118 Ethernet controller as a device of smoltcp (SMSC data sheet DS00002266, chapter 5).

use core::ptr;

use smoltcp::phy::{Device, DeviceCapabilities, Medium, RxToken, TxToken};
use smoltcp::time::Instant;

const BASE: usize = 0x4020_0000;
/// The longest frame, without its checksum.
const MTU: usize = 1514;
const WORDS: usize = MTU.div_ceil(4) + 1;

/// Registers of the bus interface, by their offset.
#[derive(Clone, Copy)]
enum Register {
    RxDataFifo = 0x00,
    TxDataFifo = 0x20,
    RxStatusFifo = 0x40,
    TxStatusFifo = 0x48,
    IdRev = 0x50,
    TxCfg = 0x70,
    HwCfg = 0x74,
    RxFifoInf = 0x7c,
    TxFifoInf = 0x80,
    MacCsrCmd = 0xa4,
    MacCsrData = 0xa8,
}

/// Registers of the MAC, which are reached through two of the others.
#[derive(Clone, Copy)]
enum Mac {
    Control = 1,
    AddressHigh = 2,
    AddressLow = 3,
}

const CSR_BUSY: u32 = 1 << 31;
const CSR_READ: u32 = 1 << 30;
const MAC_RECEIVE: u32 = 1 << 2;
const MAC_TRANSMIT: u32 = 1 << 3;
/// All multicast frames pass: IPv6 finds its neighbours with them.
const MAC_ALL_MULTICAST: u32 = 1 << 19;
const MAC_FULL_DUPLEX: u32 = 1 << 20;
const TX_ON: u32 = 1 << 1;
/// The part of the FIFO memory that is for sending, in KiB, and the bit that must be set with it.
const HW_FIFO_5K_STORE_AND_FORWARD: u32 = 5 << 16 | 1 << 20;
const RX_ERROR: u32 = 1 << 15;
const TX_FIRST_AND_LAST: u32 = 1 << 13 | 1 << 12;

/// The controller.
pub struct Net(());

impl Net {
    /// The controller, started.
    pub fn find() -> Result<Self, &'static str> {
        if read(Register::IdRev) >> 16 != 0x0118 {
            return Err("no LAN9118 at its place");
        }
        write(Register::HwCfg, HW_FIFO_5K_STORE_AND_FORWARD);
        write(Register::TxCfg, TX_ON);
        write_mac(Mac::Control, MAC_RECEIVE | MAC_TRANSMIT | MAC_ALL_MULTICAST | MAC_FULL_DUPLEX);
        Ok(Self(()))
    }

    /// The address that the controller was given by its EEPROM.
    pub fn mac(&self) -> [u8; 6] {
        let [a, b, c, d] = read_mac(Mac::AddressLow).to_le_bytes();
        let [e, f, ..] = read_mac(Mac::AddressHigh).to_le_bytes();
        [a, b, c, d, e, f]
    }
}

impl Device for Net {
    type RxToken<'a> = Frame;
    type TxToken<'a> = Room;

    fn receive(&mut self, now: Instant) -> Option<(Frame, Room)> {
        let room = self.transmit(now)?;
        Some((next_frame()?, room))
    }

    fn transmit(&mut self, _: Instant) -> Option<Room> {
        // What became of earlier frames is nobody's business, but must be taken away.
        while read(Register::TxFifoInf) >> 16 & 0xff > 0 {
            read(Register::TxStatusFifo);
        }
        let free = read(Register::TxFifoInf) & 0xffff;
        (free as usize >= (WORDS + 2) * 4).then_some(Room(()))
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.max_transmission_unit = MTU;
        capabilities.medium = Medium::Ethernet;
        capabilities
    }
}

/// The next frame in the FIFO that is good; others are taken away.
fn next_frame() -> Option<Frame> {
    while read(Register::RxFifoInf) >> 16 & 0xff > 0 {
        let status = read(Register::RxStatusFifo);
        let length = (status >> 16 & 0x3fff) as usize;
        let frame = Frame { length: length.saturating_sub(4), words: length.div_ceil(4) };
        if status & RX_ERROR == 0 && frame.length <= MTU {
            return Some(frame);
        }
    }
    None
}

/// A frame, which is in the FIFO until it is consumed or dropped.
pub struct Frame {
    /// In bytes, without the checksum.
    length: usize,
    /// So many words of it are still in the FIFO.
    words: usize,
}

impl RxToken for Frame {
    fn consume<R, F: FnOnce(&[u8]) -> R>(mut self, f: F) -> R {
        let mut bytes = [0; WORDS * 4];
        for place in bytes.chunks_exact_mut(4).take(self.words) {
            place.copy_from_slice(&read(Register::RxDataFifo).to_le_bytes());
            self.words -= 1;
        }
        f(bytes.get(..self.length).unwrap_or_default())
    }
}

impl Drop for Frame {
    fn drop(&mut self) {
        for _ in 0..self.words {
            read(Register::RxDataFifo);
        }
    }
}

/// There is room for a frame in the FIFO.
pub struct Room(());

impl TxToken for Room {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, length: usize, f: F) -> R {
        let mut bytes = [0; WORDS * 4];
        let length = length.min(bytes.len());
        let result = f(&mut bytes[..length]);
        write(Register::TxDataFifo, TX_FIRST_AND_LAST | length as u32);
        write(Register::TxDataFifo, length as u32);
        for word in bytes[..length.next_multiple_of(4)].chunks_exact(4) {
            write(Register::TxDataFifo, u32::from_le_bytes([word[0], word[1], word[2], word[3]]));
        }
        result
    }
}

fn read(register: Register) -> u32 {
    // SAFETY: a register of the controller, which only this file uses.
    unsafe { ptr::read_volatile((BASE + register as usize) as *const u32) }
}

fn write(register: Register, value: u32) {
    // SAFETY: a register of the controller, which only this file uses.
    unsafe { ptr::write_volatile((BASE + register as usize) as *mut u32, value) }
}

fn read_mac(register: Mac) -> u32 {
    write(Register::MacCsrCmd, CSR_BUSY | CSR_READ | register as u32);
    while read(Register::MacCsrCmd) & CSR_BUSY != 0 {}
    read(Register::MacCsrData)
}

fn write_mac(register: Mac, value: u32) {
    write(Register::MacCsrData, value);
    write(Register::MacCsrCmd, CSR_BUSY | register as u32);
    while read(Register::MacCsrCmd) & CSR_BUSY != 0 {}
}
