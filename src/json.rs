//! JSON from and to `serde` types, with the place of what is wrong.

use serde::Deserialize;
use serde_json_core::{de, from_slice};

/// Takes a value out of a text; strings may point into it.
///
/// # Errors
/// The position in bytes where the text stops being such a value.
pub(crate) fn parse<'t, T: Deserialize<'t>>(text: &'t [u8]) -> Result<T, usize> {
    from_slice(text).map(|(value, _)| value).map_err(|error| position::<T>(text, error))
}

/// The parser does not say where it stopped. But it reads from the front: the shortest text that fails in
/// the same way ends with what it stopped at.
fn position<'t, T: Deserialize<'t>>(text: &'t [u8], error: de::Error) -> usize {
    use de::Error as E;
    if matches!(
        error,
        E::EofWhileParsingList
            | E::EofWhileParsingObject
            | E::EofWhileParsingString
            | E::EofWhileParsingNumber
            | E::EofWhileParsingValue
    ) {
        return text.len();
    }
    let (mut shortest, mut longest) = (0, text.len());
    while shortest < longest {
        let middle = shortest.midpoint(longest);
        let front = text.get(..middle).unwrap_or_default();
        let fails_so = from_slice::<T>(front).is_err_and(|other| other == error);
        if fails_so { longest = middle } else { shortest = middle + 1 }
    }
    longest.saturating_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Place<'t> {
        city: &'t str,
        light: u16,
    }

    #[test]
    fn what_is_wrong_has_a_place() {
        let good = r#"{"city":"深圳","light":301}"#;
        assert_eq!(parse(good.as_bytes()), Ok(Place { city: "深圳", light: 301 }));
        let table = [
            ("", 0),
            ("nothing", 0),
            (r#"{"city":"a","light":x}"#, 20),
            (r#"{"city":"a" "light":1}"#, 12),
            (r#"{"city":"a","light":70000}"#, 24),
            (r#"{"city":"a"}"#, 11),
            (r#"{"city":7,"light":1}"#, 8),
            (r#"{"city":"a","light":1"#, 21),
            (r#"{"city":"a","light":1} x"#, 23),
        ];
        for (text, position) in table {
            assert_eq!(parse::<Place<'_>>(text.as_bytes()), Err(position), "{text}");
        }
    }
}
