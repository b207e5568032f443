/// So long a new image has to have an address in one piece: then it is kept.
const KEPT_MS: u32 = 30_000;
/// Without one for so long from its start, it is taken back.
const GIVEN_UP_MS: u32 = 300_000;

/// Whether an image that is new does well: if it joins no network, nobody can give the board another.
#[derive(Debug, Default)]
pub struct Trial {
    /// Since when the board has an address.
    since_ms: Option<u32>,
}

/// What is to become of a new image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// That is not known yet.
    Open,
    /// It does well.
    Keep,
    /// It does not.
    TakeBack,
}

impl Trial {
    /// Judges, from time to time; `now_ms` is since the board's start.
    pub fn judge(&mut self, has_address: bool, now_ms: u32) -> Verdict {
        if !has_address {
            self.since_ms = None;
            return if now_ms < GIVEN_UP_MS { Verdict::Open } else { Verdict::TakeBack };
        }
        let since_ms = *self.since_ms.get_or_insert(now_ms);
        if now_ms - since_ms < KEPT_MS { Verdict::Open } else { Verdict::Keep }
    }
}
