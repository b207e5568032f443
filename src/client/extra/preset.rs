//! Extras that a request holds itself.

use super::{Extra, IncomingHead, Next, OutgoingHead};
use crate::client::{RequestError, ResponseError};
use crate::wire::Needed;

/// An extra whose settings are in the request itself, so that nobody has to keep them.
///
/// It holds a pointer to what it does, so that an image whose requests have none does not hold that code.
#[derive(Clone, Copy)]
pub(in crate::client) struct Preset<'r> {
    pub(in crate::client) kind: &'static dyn Kind,
    pub(in crate::client) texts: (&'r str, &'r str),
    #[cfg_attr(not(feature = "digest"), expect(dead_code, reason = "only a proof has one"))]
    pub(in crate::client) number: u64,
}

/// What a [`Preset`] does: see [`Extra`].
pub(in crate::client) trait Kind: Sync {
    fn request(&self, _: &Preset<'_>, _: &mut OutgoingHead<'_>) -> Result<(), RequestError> {
        Ok(())
    }

    fn needs(&self) -> &'static [Needed] {
        &[]
    }

    fn response(&self, _: &Preset<'_>, _: &mut IncomingHead<'_>) -> Result<Next, ResponseError> {
        Ok(Next::Proceed)
    }
}

impl Extra for Preset<'_> {
    fn request(&self, head: &mut OutgoingHead<'_>) -> Result<(), RequestError> {
        self.kind.request(self, head)
    }

    fn needs(&self) -> &'static [Needed] {
        self.kind.needs()
    }

    fn response(&self, head: &mut IncomingHead<'_>) -> Result<Next, ResponseError> {
        self.kind.response(self, head)
    }
}
