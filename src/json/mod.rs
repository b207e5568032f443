//! JSON from and to `serde` types, and what is wrong with a text that is not what was asked for.
//!
//! `ser-write-json` takes the text apart, and splits strings off the buffer: so they can be borrowed from it, and their
//! escapes are undone where they are. What it leaves open is here: surrogate pairs, a bound for nesting, `null` that is
//! no number, and errors that have a place.

mod access;
mod error;
mod reader;

use core::convert::Infallible;

use ser_write_json::SerWrite;
use ser_write_json::ser::{ArrayByteEncoder, Serializer};
use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Serialize};

pub use error::{JsonError, JsonProblem};
use reader::Reader;

use crate::wire::{self, Writer};

/// Takes a value out of a text, whose strings may point into it. The text is not JSON any more then.
///
/// # Errors
/// Where the text stops being such a value, and why.
pub(crate) fn parse<'t, T: Deserialize<'t>>(text: &'t mut [u8]) -> Result<T, JsonError> {
    let mut reader = Reader::new(text);
    let value = T::deserialize(&mut reader).map_err(|error| error.at(reader.position()))?;
    reader.end()?;
    Ok(value)
}

/// Takes the value of one member out of a text that is an object, and leaves the text as it is.
///
/// # Errors
/// Where the text stops being such an object, and why; the member is missing or there twice; its value is of another
/// type, or longer than 64 bytes.
pub(crate) fn member<T: DeserializeOwned>(
    text: &mut [u8],
    name: &'static str,
) -> Result<T, JsonError> {
    let mut reader = Reader::raw(text);
    let (mut found, mut is_first) = (None, true);
    reader.open(b'{')?;
    while !reader.is_over(b'}', &mut is_first)? {
        let is_it = reader.key()? == name;
        reader.peek()?;
        let start = reader.position();
        if is_it && found.is_some() {
            return Err(JsonError::duplicate_field(name).at(start));
        }
        reader.skip()?;
        if is_it {
            found = Some(start..reader.position());
        }
    }
    let end = reader.position();
    reader.close(b'}')?;
    reader.end()?;
    // As with the members of a type, an `Option` is `None` if it is not there.
    let value = found.clone().and_then(|place| text.get(place)).unwrap_or(b"null");
    let mut copy = [0; 64];
    let room = copy.get_mut(..value.len()).ok_or(JsonError::new(0, JsonProblem::Value));
    let parsed = room.and_then(|room| {
        wire::copy(room, value);
        parse(room)
    });
    parsed.map_err(|error| match found {
        Some(place) => error.behind(place.start).within(Some(name)),
        None => JsonError::missing_field(name).at(end),
    })
}

/// Writes a value as JSON. What does not fit is counted by the writer.
///
/// # Errors
/// The value refuses to be written.
pub(crate) fn write<T: Serialize + ?Sized>(
    writer: &mut Writer<'_>,
    value: &T,
) -> Result<(), Unwritable> {
    let mut serializer = Serializer::<_, ArrayByteEncoder>::new(Sink(writer));
    value.serialize(&mut serializer).map_err(|_| Unwritable)
}

/// The value refuses to be written as JSON.
pub(crate) struct Unwritable;

struct Sink<'w, 'b>(&'w mut Writer<'b>);

impl SerWrite for Sink<'_, '_> {
    type Error = Infallible;

    fn write(&mut self, bytes: &[u8]) -> Result<(), Infallible> {
        self.0.bytes(bytes);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
