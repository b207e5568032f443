#[cfg(feature = "json")]
use super::RequestError;
use crate::wire::Writer;

/// Pairs of name and value.
pub(super) type Pairs<'r> = &'r [(&'r str, &'r str)];

/// Writes pairs into a form or a query.
///
/// Requests hold a pointer to what writes their pairs, so that an image whose requests have none
/// does not hold the code either.
pub(super) type WritePairs = fn(&mut Writer<'_>, &[(&str, &str)]);

/// The body of a request.
#[derive(Clone, Copy)]
pub(super) enum Payload<'r> {
    None,
    Bytes(&'r [u8]),
    Form(Pairs<'r>, WritePairs),
    #[cfg(feature = "json")]
    Json(&'r dyn WriteJson),
}

impl Payload<'_> {
    pub(super) const fn content_type(&self) -> Option<&'static str> {
        match self {
            Self::None | Self::Bytes(_) => None,
            Self::Form(..) => Some("application/x-www-form-urlencoded"),
            #[cfg(feature = "json")]
            Self::Json(_) => Some("application/json"),
        }
    }
}

/// A value that can be written as JSON, whatever its type.
#[cfg(feature = "json")]
pub(super) trait WriteJson {
    /// Writes into `buffer` and returns the length in bytes.
    fn write_json(&self, buffer: &mut [u8]) -> Result<usize, RequestError>;
}

#[cfg(feature = "json")]
impl<T: serde::Serialize> WriteJson for T {
    fn write_json(&self, buffer: &mut [u8]) -> Result<usize, RequestError> {
        let have = buffer.len();
        serde_json_core::to_slice(self, buffer).map_err(|_| RequestError::JsonTooLong { have })
    }
}
