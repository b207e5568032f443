//! The last hour, in a ring of 1 KiB.

/// So many samples.
const SAMPLES: u32 = 512;
/// From one to the next, in ms: together an hour.
pub const EVERY_MS: u32 = 3_600_000 / SAMPLES;

/// Where the sensor did not answer.
const NONE: u16 = u16::MAX;

/// Samples by their numbers, from 0 on; the last 512 are there.
#[derive(Debug)]
pub struct History {
    samples: [u16; SAMPLES as usize],
    next: u32,
    /// When the newest was to be taken.
    taken_ms: u32,
}

impl History {
    pub const fn new() -> Self {
        Self { samples: [NONE; SAMPLES as usize], next: 0, taken_ms: 0 }
    }

    /// Whether it is time for a sample.
    pub fn is_due(&self, now_ms: u32) -> bool {
        self.next == 0 || now_ms.wrapping_sub(self.taken_ms) >= EVERY_MS
    }

    /// Adds a sample, or that there is none.
    pub fn push(&mut self, level: Option<u16>, now_ms: u32) {
        if let Some(place) = self.samples.get_mut(Self::place(self.next)) {
            *place = level.unwrap_or(NONE);
        }
        // In step, though the program comes a little late each time.
        let due_ms = self.taken_ms.wrapping_add(EVERY_MS);
        let is_in_step = self.next > 0 && now_ms.wrapping_sub(due_ms) < EVERY_MS;
        self.taken_ms = if is_in_step { due_ms } else { now_ms };
        self.next += 1;
    }

    /// The numbers of the samples that are there.
    pub const fn numbers(&self) -> core::ops::Range<u32> {
        self.next.saturating_sub(SAMPLES)..self.next
    }

    /// When the newest was taken, or was to be.
    pub const fn taken_ms(&self) -> u32 {
        self.taken_ms
    }

    /// The level with this number, if the sensor answered.
    pub fn level(&self, number: u32) -> Option<u16> {
        let level = self.samples.get(Self::place(number)).copied();
        level.filter(|&level| level != NONE && self.numbers().contains(&number))
    }

    const fn place(number: u32) -> usize {
        (number % SAMPLES) as usize
    }
}
