use super::MultipartError;
use super::parameters::parameter;
use crate::wire::ascii::Set;
use crate::wire::bytes::find;

/// What is between the parts of a form with files: 1 to 70 characters, as its `Content-Type` tells (RFC 2046 section
/// 5.1.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Boundary<'b>(&'b [u8]);

/// `bchars` of RFC 2046.
const ALLOWED: &Set = &Set::alphanumeric_and(b"'()+_,-./:=? ");

/// How far what has arrived is what one looks for.
enum Found {
    Nothing,
    /// It may still become that.
    Front,
    /// It is that, so many bytes of it.
    All(usize),
}

impl<'b> Boundary<'b> {
    /// The boundary of a form with this `Content-Type`, in quotes or not.
    ///
    /// # Errors
    /// [`NotFormData`](MultipartError::NotFormData) if it is another type; [`NoBoundary`](MultipartError::NoBoundary) if
    /// its boundary is missing, malformed or there twice.
    pub fn of(content_type: &'b [u8]) -> Result<Self, MultipartError> {
        let end = find(content_type, b';');
        let (essence, parameters) = content_type.split_at_checked(end).unwrap_or_default();
        if !essence.trim_ascii().eq_ignore_ascii_case(b"multipart/form-data") {
            return Err(MultipartError::NotFormData);
        }
        let boundary = parameter(parameters, b"boundary").ok().flatten();
        let is_allowed = |text: &&[u8]| {
            matches!(text.len(), 1..=70)
                && ALLOWED.span(text) == text.len()
                && !text.ends_with(b" ")
        };
        boundary.filter(is_allowed).map(Self).ok_or(MultipartError::NoBoundary)
    }

    /// Its characters.
    #[must_use]
    pub const fn as_bytes(self) -> &'b [u8] {
        self.0
    }

    /// Where the next line begins that is one between two parts, with the line end in front of it, and how long it is
    /// as far as the end of the boundary. Without that, as far as what may be the front of one.
    pub(super) fn find(self, input: &[u8], is_line_start: bool) -> (usize, Option<usize>) {
        if is_line_start {
            match self.compare(input, b"--") {
                Found::Nothing => {}
                Found::Front => return (0, None),
                Found::All(length) => return (0, Some(length)),
            }
        }
        let mut at = 0;
        loop {
            let rest = input.get(at..).unwrap_or_default();
            at += find(rest, b'\r');
            let rest = input.get(at..).unwrap_or_default();
            match self.compare(rest, b"\r\n--") {
                Found::Nothing => at += 1,
                Found::Front => return (at, None),
                Found::All(length) => return (at, Some(length)),
            }
        }
    }

    /// Compares the front of `input` with `front` and the boundary.
    fn compare(self, input: &[u8], front: &[u8]) -> Found {
        let mut expected = front.iter().chain(self.0);
        let mut bytes = input.iter();
        loop {
            match (expected.next(), bytes.next()) {
                (None, _) => return Found::All(front.len() + self.0.len()),
                (Some(_), None) => return Found::Front,
                (Some(expected), Some(byte)) if expected == byte => {}
                _ => return Found::Nothing,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::string::String;
    use std::{format, vec};

    use super::*;

    fn boundary(parameters: &str) -> Result<String, MultipartError> {
        let value = format!("multipart/form-data{parameters}");
        Boundary::of(value.as_bytes())
            .map(|boundary| String::from_utf8(boundary.as_bytes().to_vec()).unwrap())
    }

    #[test]
    fn boundaries() {
        let long = "x".repeat(70);
        for (parameters, expected) in [
            ("; boundary=x", "x"),
            (";boundary=x", "x"),
            (" \t;\t boundary=x \t", "x"),
            ("; BOUNDARY=X", "X"),
            ("; charset=utf-8; boundary=x", "x"),
            ("; boundary=x; charset=\"a;b\\\";boundary=z\"", "x"),
            (";; boundary=x;", "x"),
            ("; boundary=\"x\"", "x"),
            ("; boundary=\"a b\"", "a b"),
            ("; boundary=\"'()+_,-./:=?\"", "'()+_,-./:=?"),
            ("; boundary='()+_,-./:=?", "'()+_,-./:=?"),
            (
                "; boundary=----WebKitFormBoundary7MA4YWxkTrZu0gW",
                "----WebKitFormBoundary7MA4YWxkTrZu0gW",
            ),
            (&format!("; boundary={long}"), &long),
        ] {
            assert_eq!(boundary(parameters).as_deref(), Ok(expected), "{parameters}");
        }
        let too_long = format!("; boundary={long}x");
        for parameters in vec![
            "",
            ";",
            "; boundary",
            "; boundary=",
            "; boundary=\"\"",
            "; boundary=\"x",
            "; boundary=x\"",
            "; boundary=\"a \"",
            "; boundary=a b",
            "; boundary=a*",
            "; boundary=光",
            "; boundary=\"a\\b\"",
            "; boundary=x; boundary=x",
            "; boundary=x y=z",
            "; xboundary=x",
            "; boundary =x",
            "; boundary=\"x\"y",
            "; boundary=x; =",
            &too_long,
        ] {
            assert_eq!(boundary(parameters), Err(MultipartError::NoBoundary), "{parameters}");
        }
        for other in [
            "",
            "multipart/mixed; boundary=x",
            "multipart/form-data2; boundary=x",
            "multipart/form-data boundary=x",
            "text/plain",
        ] {
            assert_eq!(Boundary::of(other.as_bytes()), Err(MultipartError::NotFormData), "{other}");
        }
        assert!(Boundary::of(b" Multipart/Form-Data ;boundary=x").is_ok());
    }
}
