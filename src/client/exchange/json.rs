//! A body that is JSON.

use super::Exchange;
use crate::client::ResponseError;

impl Exchange<'_, '_> {
    /// Takes what was [gathered](Self::gather) of the body as a value, whose strings may point into the buffer. Their escapes
    /// are undone there, so nothing is gathered any more then.
    ///
    /// # Errors
    /// [`ResponseError::Json`], with the place, if it is not such a value.
    pub fn json<'a, T: serde::Deserialize<'a>>(&'a mut self) -> Result<T, ResponseError> {
        let start = self.head.kept();
        let body = start.saturating_add(self.regained)..start.saturating_add(self.gathered);
        (self.gathered, self.regained) = (0, 0);
        let body = self.buffer.get_mut(body).unwrap_or_default();
        crate::json::parse(body).map_err(ResponseError::Json)
    }
}
