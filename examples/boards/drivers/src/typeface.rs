use embedded_graphics::Drawable;
use embedded_graphics::geometry::Point;
use embedded_graphics::mono_font::MonoTextStyle;
use embedded_graphics::mono_font::ascii::FONT_6X10;
use embedded_graphics::pixelcolor::BinaryColor;
use embedded_graphics::text::{Baseline, Text};

use crate::Frame;

/// How a line of text is drawn.
pub trait Typeface {
    /// Rows from one line to the next.
    const LINE: u8;

    /// Draws `text` with its upper left corner at column 0 of row `top`; what does not fit is cut.
    fn draw(&self, frame: &mut Frame, text: &str, top: u8);
}

/// 21 characters of 6x10 pixels in a line, 5 lines; characters that are not ASCII become `?`.
#[derive(Debug, Clone, Copy, Default)]
pub struct Ascii;

impl Typeface for Ascii {
    const LINE: u8 = 12;

    fn draw(&self, frame: &mut Frame, text: &str, top: u8) {
        let style = MonoTextStyle::new(&FONT_6X10, BinaryColor::On);
        let at = Point::new(0, top.into());
        let Ok(_) = Text::with_baseline(text, at, style, Baseline::Top).draw(frame);
    }
}
