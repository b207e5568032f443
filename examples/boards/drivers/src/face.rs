use core::convert::Infallible;

use nal_http::hal::{Deadline, Display, display};

use crate::{Frame, Page, Panel, Status, Typeface, View};

/// How often the panel is looked after, in ms, and how often one that does not answer.
const REFRESH_MS: u32 = 500;
const AGAIN_MS: u32 = 5_000;
/// How long a notice stays, in ms.
const NOTICE_MS: u32 = 30_000;

/// The one owner of a board's panel: shows a view of the status, or a notice for 30 s, or until
/// a button is pressed. 1 KiB of RAM for the frame.
///
/// A panel that is missing is told once, and tried again every 5 s.
#[derive(Debug)]
pub struct Face<P, T> {
    panel: P,
    typeface: T,
    frame: Frame,
    view: View,
    notice: Option<(Page, Deadline)>,
    shown: Option<Page>,
    /// When it is to be looked after; at once if `None`.
    due: Option<Deadline>,
    is_missing: bool,
}

impl<P: Panel, T: Typeface> Face<P, T> {
    /// A panel, and the typeface of its text.
    pub const fn new(panel: P, typeface: T) -> Self {
        Self {
            panel,
            typeface,
            frame: Frame::new(),
            view: View::Address,
            notice: None,
            shown: None,
            due: None,
            is_missing: false,
        }
    }

    /// Goes to the first view, as at the start. If there is a notice, that goes away, too.
    pub fn home(&mut self) {
        self.notice = None;
        self.turn_to(View::default());
    }

    /// Goes to the next view. If there is a notice, that goes away instead.
    pub fn forth(&mut self) {
        self.turn_to(self.view.next());
    }

    /// Goes to the view before. If there is a notice, that goes away instead.
    pub fn back(&mut self) {
        self.turn_to(self.view.previous());
    }

    fn turn_to(&mut self, view: View) {
        self.due = None;
        if self.notice.take().is_none() {
            self.view = view;
        }
    }

    /// Shows this for 30 s, or until a button is pressed.
    pub fn notice(&mut self, page: Page, now_ms: u32) {
        self.due = None;
        self.notice = Some((page, Deadline::after(now_ms, NOTICE_MS)));
    }

    /// Whether it is to be looked after: then [`show`](Self::show) wants to know the status.
    pub fn is_due(&self, now_ms: u32) -> bool {
        self.due.is_none_or(|due| due.is_over(now_ms))
    }

    /// Shows what is not shown yet: a frame takes the bus 25 ms.
    ///
    /// # Errors
    /// The panel's, and only the first of many.
    pub fn show(&mut self, status: &Status<'_>, now_ms: u32) -> Result<(), P::Error> {
        self.due = Some(Deadline::after(now_ms, REFRESH_MS));
        self.notice.take_if(|(_, end)| end.is_over(now_ms));
        let page = match &self.notice {
            Some((notice, _)) => notice.clone(),
            None => self.view.page(status),
        };
        if self.shown.as_ref() == Some(&page) {
            return Ok(());
        }
        page.draw(&mut self.frame, &self.typeface);
        match self.panel.show(&self.frame) {
            Ok(()) => {
                (self.shown, self.is_missing) = (Some(page), false);
                Ok(())
            }
            Err(error) => {
                (self.shown, self.due) = (None, Some(Deadline::after(now_ms, AGAIN_MS)));
                let was_missing = core::mem::replace(&mut self.is_missing, true);
                if was_missing { Ok(()) } else { Err(error) }
            }
        }
    }
}

/// The display of an application whose board has a [`Face`]: that one shows the address already.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoDisplay;

impl display::ErrorType for NoDisplay {
    type Error = Infallible;
}

impl Display for NoDisplay {
    fn show(&mut self, _: &[&str]) -> Result<(), Infallible> {
        Ok(())
    }
}
