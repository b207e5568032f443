//! A token (RFC 6750), as JSON APIs want it.

use super::basic::check;
use crate::client::RequestError;
use crate::client::extra::{Kind, OutgoingHead, Preset};

struct Bearer;

/// What sends a token.
pub(in crate::client) fn preset(token: &str) -> Preset<'_> {
    Preset { kind: &Bearer, texts: (token, ""), number: 0 }
}

impl Kind for Bearer {
    fn request(
        &self,
        preset: &Preset<'_>,
        head: &mut OutgoingHead<'_>,
    ) -> Result<(), RequestError> {
        if head.has("Authorization") {
            return Ok(());
        }
        let token = preset.texts.0;
        check(token)?;
        let writer = head.writer();
        writer.str("Authorization: Bearer ");
        writer.str(token);
        writer.str("\r\n");
        Ok(())
    }
}
