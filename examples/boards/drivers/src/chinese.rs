use embedded_graphics::geometry::Point;
use embedded_graphics::pixelcolor::BinaryColor;
use u8g2_fonts::types::{FontColor, VerticalPosition};
use u8g2_fonts::{FontRenderer, fonts};

use crate::{Frame, Typeface};

/// Characters of 9x9 pixels: all of GB 2312 and ASCII. 133 KB of flash.
///
/// The font is Boutique Bitmap 9x9, under the SIL Open Font License 1.1, which allows it in a firmware.
#[derive(Debug, Clone, Copy, Default)]
pub struct Chinese;

impl Chinese {
    const FONT: FontRenderer = FontRenderer::new::<fonts::u8g2_font_boutique_bitmap_9x9_t_gb2312>()
        .with_ignore_unknown_chars(true);

    /// Whether the font has every character of `text`.
    #[must_use]
    pub fn has_all(text: &str) -> bool {
        let font = FontRenderer::new::<fonts::u8g2_font_boutique_bitmap_9x9_t_gb2312>();
        font.get_rendered_dimensions(text, Point::zero(), VerticalPosition::Top).is_ok()
    }
}

impl Typeface for Chinese {
    const LINE: u8 = 12;

    fn draw(&self, frame: &mut Frame, text: &str, top: u8) {
        let at = Point::new(0, top.into());
        let color = FontColor::Transparent(BinaryColor::On);
        // Unknown characters are left out, and a frame takes every pixel.
        let _ = Self::FONT.render(text, at, VerticalPosition::Top, color, frame);
    }
}
