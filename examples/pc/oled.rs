//! The board's 128x64 OLED, in the terminal and as PNG.

use std::convert::Infallible;
use std::fs::File;
use std::io::{self, BufWriter};
use std::path::Path;

use embedded_graphics::draw_target::DrawTarget;
use embedded_graphics::framebuffer::{Framebuffer, buffer_size};
use embedded_graphics::geometry::Point;
use embedded_graphics::image::GetPixel;
use embedded_graphics::pixelcolor::BinaryColor;
use embedded_graphics::pixelcolor::raw::{LittleEndian, RawU1};
use nal_http::hal::{Display, display};
use u8g2_fonts::types::{FontColor, VerticalPosition};
use u8g2_fonts::{FontRenderer, fonts};

const WIDTH: usize = 128;
const HEIGHT: usize = 64;
/// Pixels of the PNG for each of the OLED.
const SCALE: usize = 4;
/// Rows from one line of text to the next.
const LINE: i32 = 12;

/// That of the mPython board: all of GB 2312 and ASCII, in 9x9 pixels.
type Font = fonts::u8g2_font_boutique_bitmap_9x9_t_gb2312;

type Pixels = Framebuffer<
    BinaryColor,
    RawU1,
    LittleEndian,
    WIDTH,
    HEIGHT,
    { buffer_size::<BinaryColor>(WIDTH, HEIGHT) },
>;

/// A display that draws itself on stderr, so that stdout stays a program's own.
pub struct Oled {
    pixels: Pixels,
}

impl Oled {
    pub fn new() -> Self {
        Self { pixels: Pixels::new() }
    }

    /// Whether the font has every character of a text; those that it has not are left out.
    pub fn has_all(text: &str) -> bool {
        let font = FontRenderer::new::<Font>();
        font.get_rendered_dimensions(text, Point::zero(), VerticalPosition::Top).is_ok()
    }

    /// Two rows of pixels in each line of block characters.
    fn draw(&self) {
        let edge = "─".repeat(WIDTH);
        eprintln!("┌{edge}┐");
        for y in (0..HEIGHT).step_by(2) {
            let row: String = (0..WIDTH)
                .map(|x| match (self.is_lit(x, y), self.is_lit(x, y + 1)) {
                    (true, true) => '█',
                    (true, false) => '▀',
                    (false, true) => '▄',
                    (false, false) => ' ',
                })
                .collect();
            eprintln!("│{row}│");
        }
        eprintln!("└{edge}┘");
    }

    /// Writes what is shown as a PNG, four pixels wide and high for each of the OLED.
    pub fn save_png(&self, path: &Path) -> io::Result<()> {
        let (width, height) = (WIDTH * SCALE, HEIGHT * SCALE);
        let file = BufWriter::new(File::create(path)?);
        let size = |pixels: usize| u32::try_from(pixels).map_err(io::Error::other);
        let mut encoder = png::Encoder::new(file, size(width)?, size(height)?);
        encoder.set_color(png::ColorType::Grayscale);
        encoder.set_depth(png::BitDepth::Eight);
        let mut image = Vec::with_capacity(width * height);
        for y in 0..height {
            let lit = |x: usize| self.is_lit(x / SCALE, y / SCALE);
            image.extend((0..width).map(|x| if lit(x) { 255_u8 } else { 0 }));
        }
        encoder.write_header()?.write_image_data(&image)?;
        Ok(())
    }

    pub fn is_lit(&self, x: usize, y: usize) -> bool {
        let coordinate = |value: usize| i32::try_from(value).unwrap_or(-1);
        let pixel = self.pixels.pixel(Point::new(coordinate(x), coordinate(y)));
        pixel == Some(BinaryColor::On)
    }
}

impl display::ErrorType for Oled {
    type Error = Infallible;
}

impl Display for Oled {
    fn show(&mut self, lines: &[&str]) -> Result<(), Infallible> {
        self.pixels.clear(BinaryColor::Off)?;
        let font = FontRenderer::new::<Font>().with_ignore_unknown_chars(true);
        let color = FontColor::Transparent(BinaryColor::On);
        let mut at = Point::zero();
        for line in lines {
            // What it has not is left out, and pixels in memory cannot fail.
            let _ = font.render(*line, at, VerticalPosition::Top, color, &mut self.pixels);
            at.y += LINE;
        }
        self.draw();
        Ok(())
    }
}
