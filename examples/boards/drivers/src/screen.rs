use embedded_graphics::geometry::Point;
use nal_http::hal::{Display, display};

use crate::{Frame, Panel, Typeface};

/// Lines of text on a panel of 128x64 pixels. 1 KiB of RAM, for the frame.
#[derive(Debug)]
pub struct Screen<P, T> {
    frame: Frame,
    panel: P,
    typeface: T,
}

impl<P: Panel, T: Typeface> Screen<P, T> {
    /// A screen on this panel, whose text is drawn with this typeface.
    pub const fn new(panel: P, typeface: T) -> Self {
        Self { frame: Frame::new(), panel, typeface }
    }

    /// The panel.
    pub const fn panel(&mut self) -> &mut P {
        &mut self.panel
    }

    /// What was drawn last.
    pub const fn frame(&self) -> &Frame {
        &self.frame
    }
}

impl<P: Panel, T> display::ErrorType for Screen<P, T> {
    type Error = P::Error;
}

impl<P: Panel, T: Typeface> Display for Screen<P, T> {
    /// Shows these lines from the top; those for which there is no room are left out.
    fn show(&mut self, lines: &[&str]) -> Result<(), P::Error> {
        self.frame.clear();
        let mut top = 0_u8;
        for line in lines {
            self.typeface.draw(&mut self.frame, line, Point::new(0, top.into()));
            top = top.saturating_add(T::LINE);
        }
        self.panel.show(&self.frame)
    }
}
