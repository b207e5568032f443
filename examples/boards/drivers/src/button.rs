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
#[derive(Debug)]
pub struct Button {
    /// How long it has to be down.
    down_ms: u32,
    /// Since it went down: when it counts.
    counts: Option<Deadline>,
    counted: bool,
}

impl Default for Button {
    fn default() -> Self {
        Self::held(20)
    }
}

impl Button {
    /// One that counts as pressed when it has been held down for so long.
    #[must_use]
    pub const fn held(down_ms: u32) -> Self {
        Self { down_ms, counts: None, counted: false }
    }

    /// Whether it was pressed, once for each press. To be asked again and again, with whether the pin
    /// says that it is down, and the time in ms.
    pub fn is_pressed(&mut self, is_down: bool, now_ms: u32) -> bool {
        if !is_down {
            *self = Self::held(self.down_ms);
            return false;
        }
        let counts = *self.counts.get_or_insert(Deadline::after(now_ms, self.down_ms));
        if self.counted || !counts.is_over(now_ms) {
            return false;
        }
        self.counted = true;
        true
    }
}

/// The mPython board's two buttons, each of which can be pressed, or held for 3 s.
#[derive(Debug)]
pub struct Buttons {
    short: [Button; 2],
    long: [Button; 2],
}

/// What a button was used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Press {
    /// A, pressed.
    A,
    /// B, pressed.
    B,
    /// A, held; it was pressed before.
    HeldA,
    /// B, held; it was pressed before.
    HeldB,
}

impl Default for Buttons {
    fn default() -> Self {
        Self {
            short: [const { Button::held(20) }; 2],
            long: [const { Button::held(Self::HELD_MS) }; 2],
        }
    }
}

impl Buttons {
    const HELD_MS: u32 = 3_000;

    /// What has happened, once for each; to be asked again and again, as [`Button::is_pressed`].
    pub fn pressed(&mut self, a_is_down: bool, b_is_down: bool, now_ms: u32) -> Option<Press> {
        let ([a, b], [long_a, long_b]) = (&mut self.short, &mut self.long);
        let buttons = [
            (a, a_is_down, Press::A),
            (b, b_is_down, Press::B),
            (long_a, a_is_down, Press::HeldA),
            (long_b, b_is_down, Press::HeldB),
        ];
        // Two at the same time count one after another.
        buttons.into_iter().find_map(|(button, is_down, press)| {
            button.is_pressed(is_down, now_ms).then_some(press)
        })
    }
}
