use embedded_hal::i2c::I2c;
use nal_http::hal::BusError;

use crate::{Frame, Panel};

/// The address of the mPython board's panel, as 7 bits.
pub const ADDRESS: u8 = 0x3c;

/// Control bytes in front of what is written (SH1106 data sheet, "I2C-bus Write data").
const COMMANDS: u8 = 0x00;
const DATA: u8 = 0x40;

/// What makes the panel ready, while it is dark (SH1106 data sheet, "Command Table").
const START: &[u8] = &[
    COMMANDS, 0xae, // display off
    0xd5, 0x80, // clock: 8, divided by 1
    0xa8, 0x3f, // 64 rows
    0xd3, 0x00, // the first of them on top
    0x40, // the first byte of the memory there
    0xad, 0x8b, // its own voltage converter on
    0xa1, 0xc8, // the panel is built in upside down
    0xda, 0x12, // its rows are wired alternately
    0x81, 0xcf, // contrast
    0xd9, 0xf1, // times to charge and discharge a pixel
    0xdb, 0x40, // voltage of the dark rows
    0xa4, 0xa6, // show the memory, and not inverted
];
const ON: &[u8] = &[COMMANDS, 0xaf];
/// Columns of the chip's memory to the left of the panel: it has 132, and the panel 128.
const OFFSET: u8 = 2;

/// An OLED of 128x64 pixels with an SH1106 or the mPython board's SSD1106, on an I2C bus of up to
/// 400 kHz, at which a frame takes 25 ms.
///
/// The chip is set up when something is first shown, and again after an error: a panel that was pulled
/// out and is put back shows the next frame.
///
/// ```no_run
/// # fn demo<I: embedded_hal::i2c::I2c>(i2c: I) -> Result<(), nal_http::hal::BusError<I::Error>> {
/// use board_drivers::{Ascii, Screen, Sh1106};
/// use nal_http::hal::Display;
///
/// let mut screen = Screen::new(Sh1106::new(i2c), Ascii);
/// screen.show(&["Connect your browser", "http://192.168.0.9"])
/// # }
/// ```
#[derive(Debug)]
pub struct Sh1106<I> {
    i2c: I,
    ready: bool,
}

impl<I: I2c> Sh1106<I> {
    /// A panel on this bus, at address 0x3C. Nothing is sent yet.
    pub const fn new(i2c: I) -> Self {
        Self { i2c, ready: false }
    }

    fn write(&mut self, frame: &Frame) -> Result<(), I::Error> {
        if !self.ready {
            self.i2c.write(ADDRESS, START)?;
        }
        for (page, pixels) in (0xb0..).zip(frame.pages()) {
            self.i2c.write(ADDRESS, &[COMMANDS, page, OFFSET, 0x10])?;
            let mut data = [DATA; 1 + Frame::WIDTH];
            for (place, pixels) in data.iter_mut().skip(1).zip(pixels) {
                *place = *pixels;
            }
            self.i2c.write(ADDRESS, &data)?;
        }
        if !self.ready {
            self.i2c.write(ADDRESS, ON)?;
        }
        Ok(())
    }
}

impl<I: I2c> Panel for Sh1106<I> {
    type Error = BusError<I::Error>;

    fn show(&mut self, frame: &Frame) -> Result<(), Self::Error> {
        let result = self.write(frame);
        self.ready = result.is_ok();
        Ok(result?)
    }
}
