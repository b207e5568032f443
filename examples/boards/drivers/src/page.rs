use core::convert::Infallible;
use core::fmt::{self, Write};

use embedded_graphics::Pixel;
use embedded_graphics::draw_target::DrawTarget;
use embedded_graphics::geometry::{OriginDimensions, Point, Size};
use embedded_graphics::pixelcolor::BinaryColor;
use heapless::String;

use crate::{Frame, Typeface};

/// Free columns at each side.
const MARGIN: u8 = 2;
const COLUMNS: u8 = 128 - 2 * MARGIN;
/// The rows of title, text and note.
const TITLE: u8 = 1;
const TEXT: u8 = 12;
const TEXT_ROWS: u8 = 40;
const NOTE: u8 = 53;
/// Free rows between two lines of the text.
const GAP: u8 = 1;
const LARGEST: u8 = 4;

/// What a panel says: a title, what matters as large as there is room for, and a note.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Page {
    /// One line on top.
    pub title: String<64>,
    /// 1 to 4 lines, of characters of up to 4 times their size. A line feed begins a line.
    pub text: String<128>,
    /// One line at the bottom.
    pub note: String<64>,
}

impl Page {
    /// A page of these three; what there is no room for is cut.
    #[must_use]
    pub fn new(title: impl fmt::Display, text: impl fmt::Display, note: impl fmt::Display) -> Self {
        Self { title: cut(title), text: cut(text), note: cut(note) }
    }

    /// Draws it over what is there.
    pub fn draw<T: Typeface>(&self, frame: &mut Frame, typeface: &T) {
        frame.clear();
        for (line, top) in [(&self.title, TITLE), (&self.note, NOTE)] {
            let line = Lines { typeface, rest: line, scale: 1 }.next().unwrap_or_default();
            draw_line(frame, typeface, line, top, 1);
        }

        let pitch = |scale: u8| scale * T::HEIGHT + GAP;
        let fits = |scale: &u8| {
            let lines = Lines { typeface, rest: &self.text, scale: *scale }.count();
            lines * usize::from(pitch(*scale)) <= usize::from(TEXT_ROWS + GAP)
        };
        let scale = (1..=LARGEST).rev().find(fits).unwrap_or(1);
        let lines = || {
            let most = (TEXT_ROWS + GAP) / pitch(scale);
            Lines { typeface, rest: &self.text, scale }.zip(0..most)
        };
        let rows = lines().map(|_| pitch(scale)).sum::<u8>();
        let top = TEXT + (TEXT_ROWS + GAP).saturating_sub(rows) / 2;
        for (line, number) in lines() {
            draw_line(frame, typeface, line, top + number * pitch(scale), scale);
        }
    }
}

/// As many characters of `text` as there is room for.
pub(crate) fn cut<const N: usize>(text: impl fmt::Display) -> String<N> {
    struct Cut<const N: usize>(String<N>);

    impl<const N: usize> Write for Cut<N> {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            text.chars().try_for_each(|character| self.0.push(character).map_err(|_| fmt::Error))
        }
    }

    let mut cut = Cut(String::new());
    let _ = write!(cut, "{text}");
    cut.0
}

fn draw_line<T: Typeface>(frame: &mut Frame, typeface: &T, line: &str, top: u8, scale: u8) {
    let origin = Point::new(MARGIN.into(), top.into());
    typeface.draw(&mut Scaled { frame, origin, scale }, line.trim_end(), Point::zero());
}

/// The lines of a text, as many as it takes. A line ends at a line feed, or else where one can read on: not within
/// a word or a number, if that can be helped.
struct Lines<'a, T> {
    typeface: &'a T,
    rest: &'a str,
    scale: u8,
}

impl<'a, T: Typeface> Iterator for Lines<'a, T> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let text = self.rest.split_inclusive('\n').next()?;
        let fits = |text: &str| self.typeface.width(text) <= (COLUMNS / self.scale).into();
        let first = text.chars().next()?;
        let (mut end, mut good_end) = (first.len_utf8(), None);
        for (at, character) in text.char_indices() {
            let behind = at + character.len_utf8();
            if !text.get(..behind).is_some_and(|text| fits(text.trim_end())) {
                break;
            }
            end = behind;
            if behind == text.len() || !character.is_ascii_alphanumeric() {
                good_end = Some(behind);
            }
        }
        let (line, rest) = self.rest.split_at_checked(good_end.unwrap_or(end))?;
        self.rest = rest;
        Some(line)
    }
}

/// Draws each pixel as a square.
struct Scaled<'a> {
    frame: &'a mut Frame,
    origin: Point,
    scale: u8,
}

impl OriginDimensions for Scaled<'_> {
    fn size(&self) -> Size {
        self.frame.size()
    }
}

impl DrawTarget for Scaled<'_> {
    type Color = BinaryColor;
    type Error = Infallible;

    fn draw_iter<I>(&mut self, pixels: I) -> Result<(), Infallible>
    where
        I: IntoIterator<Item = Pixel<BinaryColor>>,
    {
        let scale = i32::from(self.scale);
        for Pixel(at, color) in pixels {
            let corner = self.origin + at * scale;
            let square = (0..scale).flat_map(|x| (0..scale).map(move |y| Point::new(x, y)));
            self.frame.draw_iter(square.map(|offset| Pixel(corner + offset, color)))?;
        }
        Ok(())
    }
}
