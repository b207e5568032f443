/// What a reader of heads is to do with headers.
#[derive(Debug, Clone, Copy)]
pub struct HeadRules<'a> {
    /// Names of headers that must be kept, or the head is refused.
    pub wanted: &'a [&'a str],
    /// Others that are kept before all that nobody wants, for what handles the message in between.
    pub needed: &'a [&'static [Needed]],
    /// The most bytes that a head may have, kept or not.
    pub limit: usize,
}

/// A header that is kept where it fits, for what handles the message in between.
#[derive(Debug, Clone, Copy)]
pub struct Needed {
    /// Its name.
    pub name: &'static str,
    /// With these status codes it decides how to go on: then
    /// [`HeadReader::missing`](super::HeadReader::missing) tells what did not fit. With none it is welcome
    /// whatever the status is, and [`HeadReader::lost`](super::HeadReader::lost) counts those that did not.
    pub codes: &'static [u16],
}

/// What a header is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Claim {
    /// It is kept if there is room to spare.
    None,
    /// It is kept if there is room.
    Welcome,
    /// As that, and what is missing is told.
    Needed,
    /// The head is refused without it.
    Wanted,
}

impl HeadRules<'_> {
    /// The limit where no other is set: 16 KiB, as most servers have it.
    pub const DEFAULT_LIMIT: usize = 16 * 1024;

    pub(super) fn claim(&self, name: &[u8], code: u16) -> Claim {
        let is_it = |text: &str| name.eq_ignore_ascii_case(text.as_bytes());
        if self.wanted.iter().any(|wanted| is_it(wanted)) {
            return Claim::Wanted;
        }
        match self.needed.iter().copied().flatten().find(|needed| is_it(needed.name)) {
            Some(needed) if needed.codes.is_empty() => Claim::Welcome,
            Some(needed) if needed.codes.contains(&code) => Claim::Needed,
            _ => Claim::None,
        }
    }
}

impl Default for HeadRules<'_> {
    fn default() -> Self {
        Self { wanted: &[], needed: &[], limit: Self::DEFAULT_LIMIT }
    }
}

/// Whether a head is complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// More bytes are needed: [`HeadReader::make_room`](super::HeadReader::make_room), then receive.
    NeedMore,
    /// The head is complete; what is still in the window comes after it.
    Complete,
}
