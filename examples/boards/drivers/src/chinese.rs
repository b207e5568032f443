use embedded_graphics::draw_target::DrawTarget;
use embedded_graphics::geometry::Point;
use embedded_graphics::pixelcolor::BinaryColor;
use u8g2_fonts::types::{FontColor, VerticalPosition};
use u8g2_fonts::{FontRenderer, fonts};

use crate::Typeface;

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
    const HEIGHT: u8 = 9;
    const LINE: u8 = 12;

    fn width(&self, text: &str) -> u32 {
        let dimensions =
            Self::FONT.get_rendered_dimensions(text, Point::zero(), VerticalPosition::Top);
        // Unknown characters take no room.
        dimensions.map_or(0, |dimensions| dimensions.advance.x.try_into().unwrap_or(0))
    }

    fn draw<D: DrawTarget<Color = BinaryColor>>(&self, target: &mut D, text: &str, at: Point) {
        let color = FontColor::Transparent(BinaryColor::On);
        // Unknown characters are left out, and pixels in memory cannot fail.
        let _ = Self::FONT.render(text, at, VerticalPosition::Top, color, target);
    }
}
