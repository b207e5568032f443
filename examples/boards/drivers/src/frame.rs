use core::convert::Infallible;

use embedded_graphics::Pixel;
use embedded_graphics::draw_target::DrawTarget;
use embedded_graphics::geometry::{OriginDimensions, Point, Size};
use embedded_graphics::pixelcolor::BinaryColor;

/// A picture of 128x64 pixels in the layout of SH1106 and SSD1306: 8 pages of 128 bytes, each byte
/// 8 pixels of a column, the lowest bit on top (SH1106 data sheet, "Display Data RAM").
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    bytes: [u8; Self::BYTES],
}

impl Frame {
    /// Pixels in a row.
    pub const WIDTH: usize = 128;
    /// Rows.
    pub const HEIGHT: usize = 64;
    /// Bytes of a frame.
    pub const BYTES: usize = Self::WIDTH * Self::HEIGHT / 8;

    /// A dark frame.
    #[must_use]
    pub const fn new() -> Self {
        Self { bytes: [0; Self::BYTES] }
    }

    /// All pages, the uppermost first.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; Self::BYTES] {
        &self.bytes
    }

    /// The pages, of [`WIDTH`](Self::WIDTH) bytes each, the uppermost first.
    pub fn pages(&self) -> impl Iterator<Item = &[u8]> {
        self.bytes.chunks_exact(Self::WIDTH)
    }

    /// Makes every pixel dark.
    pub fn clear(&mut self) {
        self.bytes.fill(0);
    }

    /// Whether a pixel is lit; those outside are not.
    #[must_use]
    pub fn is_lit(&self, x: usize, y: usize) -> bool {
        let byte = (x < Self::WIDTH).then(|| self.bytes.get(y / 8 * Self::WIDTH + x)).flatten();
        byte.is_some_and(|byte| byte & 1 << (y % 8) != 0)
    }

    fn set(&mut self, at: Point, color: BinaryColor) {
        let (Ok(x), Ok(y)) = (usize::try_from(at.x), usize::try_from(at.y)) else { return };
        if x >= Self::WIDTH {
            return;
        }
        let Some(byte) = self.bytes.get_mut(y / 8 * Self::WIDTH + x) else { return };
        let bit = 1 << (y % 8);
        *byte = if color.is_on() { *byte | bit } else { *byte & !bit };
    }
}

impl Default for Frame {
    fn default() -> Self {
        Self::new()
    }
}

impl OriginDimensions for Frame {
    fn size(&self) -> Size {
        Size::new(128, 64)
    }
}

impl DrawTarget for Frame {
    type Color = BinaryColor;
    type Error = Infallible;

    /// Draws what lies inside, and leaves out what does not.
    fn draw_iter<I>(&mut self, pixels: I) -> Result<(), Infallible>
    where
        I: IntoIterator<Item = Pixel<BinaryColor>>,
    {
        for Pixel(at, color) in pixels {
            self.set(at, color);
        }
        Ok(())
    }
}
