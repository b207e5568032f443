use nal_http::hal::Deadline;

/// A button whose contacts bounce: it counts as pressed when it has been down for 20 ms.
///
/// ```
/// use board_drivers::Button;
///
/// let mut button = Button::default();
/// assert!(!button.is_pressed(true, 0), "it may still bounce");
/// assert!(button.is_pressed(true, 20), "once for each press");
/// assert!(!button.is_pressed(true, 40));
/// ```
#[derive(Debug, Default)]
pub struct Button {
    /// Since it went down: when it counts.
    counts: Option<Deadline>,
    counted: bool,
}

impl Button {
    const BOUNCE_MS: u32 = 20;

    /// Whether it was pressed, once for each press. To be asked again and again, with whether the pin
    /// says that it is down, and the time in ms.
    pub fn is_pressed(&mut self, is_down: bool, now_ms: u32) -> bool {
        if !is_down {
            *self = Self::default();
            return false;
        }
        let counts = *self.counts.get_or_insert(Deadline::after(now_ms, Self::BOUNCE_MS));
        if self.counted || !counts.is_over(now_ms) {
            return false;
        }
        self.counted = true;
        true
    }
}
