use embedded_graphics::Drawable;
use embedded_graphics::draw_target::DrawTarget;
use embedded_graphics::geometry::Point;
use embedded_graphics::mono_font::MonoTextStyle;
use embedded_graphics::mono_font::ascii::FONT_6X10;
use embedded_graphics::pixelcolor::BinaryColor;
use embedded_graphics::text::{Baseline, Text};

/// How a line of text is drawn.
pub trait Typeface {
    /// Rows of a character.
    const HEIGHT: u8;
    /// Rows from one line to the next.
    const LINE: u8;

    /// Columns of `text`.
    fn width(&self, text: &str) -> u32;

    /// Draws `text` with its upper left corner at this place; what does not fit is cut.
    fn draw<D: DrawTarget<Color = BinaryColor>>(&self, target: &mut D, text: &str, at: Point);
}

/// 21 characters of 6x10 pixels in a line, 5 lines; characters that are not ASCII become `?`.
#[derive(Debug, Clone, Copy, Default)]
pub struct Ascii;

impl Typeface for Ascii {
    const HEIGHT: u8 = 10;
    const LINE: u8 = 12;

    fn width(&self, text: &str) -> u32 {
        let characters = u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
        characters.saturating_mul(FONT_6X10.character_size.width)
    }

    fn draw<D: DrawTarget<Color = BinaryColor>>(&self, target: &mut D, text: &str, at: Point) {
        let style = MonoTextStyle::new(&FONT_6X10, BinaryColor::On);
        // Pixels in memory cannot fail.
        let _ = Text::with_baseline(text, at, style, Baseline::Top).draw(target);
    }
}
