use core::fmt;

use serde::de::{Error, Unexpected};

/// Why a body is not the JSON that was asked for, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub struct JsonError {
    /// Where, in bytes from the start of the body: the first byte that cannot be there, or the first of a value, or
    /// of the text of a string, that cannot be taken.
    pub position: usize,
    /// The field of the type, if it is in one, or one is missing.
    pub field: Option<&'static str>,
    /// What is wrong.
    pub problem: JsonProblem,
}

/// What is wrong with a body that is not the JSON that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum JsonProblem {
    /// It is not JSON (RFC 8259), or goes on behind the value.
    Syntax,
    /// It ends before the value does.
    End,
    /// A string has an escape or bytes that stand for no text, such as half of a surrogate pair, or a line break
    /// that is not escaped.
    Text,
    /// The value is of another type.
    Type,
    /// The number does not fit into the type.
    Range,
    /// The value is of the right type, and none that is allowed.
    Value,
    /// The field is not there.
    Missing,
    /// The field is there twice.
    Twice,
    /// There is a field that is not allowed.
    Unknown,
    /// Lists and objects are nested more than 32 deep.
    Depth,
}

impl JsonError {
    /// No place is known yet.
    const NOWHERE: usize = usize::MAX;

    pub(super) const fn new(position: usize, problem: JsonProblem) -> Self {
        Self { position, field: None, problem }
    }

    /// It was there, if nobody knows better.
    pub(super) const fn at(mut self, position: usize) -> Self {
        if self.position == Self::NOWHERE {
            self.position = position;
        }
        self
    }

    /// The text was behind so many bytes of another.
    pub(super) const fn behind(mut self, bytes: usize) -> Self {
        self.position += bytes;
        self
    }

    /// It was in that field, if nobody knows better.
    pub(super) const fn within(mut self, field: Option<&'static str>) -> Self {
        if self.field.is_none() {
            self.field = field;
        }
        self
    }

    /// Writes it as a sentence, without what `core::fmt` would add to an image.
    pub(crate) fn tell(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        let (mut digits, mut rest) = ([b'0'; 20], self.position);
        let mut first = digits.len();
        for digit in digits.iter_mut().rev() {
            *digit = b"0123456789".get(rest % 10).copied().unwrap_or_default();
            (rest, first) = (rest / 10, first - 1);
            if rest == 0 {
                break;
            }
        }
        let digits = core::str::from_utf8(digits.get(first..).unwrap_or_default());
        out.write_str("at byte ")?;
        out.write_str(digits.unwrap_or_default())?;
        if let Some(field) = self.field {
            out.write_str(", field `")?;
            out.write_str(field)?;
            out.write_str("`")?;
        }
        out.write_str(match self.problem {
            JsonProblem::Syntax => ": this is not JSON",
            JsonProblem::End => ": it ends too early",
            JsonProblem::Text => ": the string has an escape or bytes that are no text",
            JsonProblem::Type => ": the value is of another type",
            JsonProblem::Range => ": the number is out of range",
            JsonProblem::Value => ": the value is not one of those allowed",
            JsonProblem::Missing => ": the field is missing",
            JsonProblem::Twice => ": the field is there twice",
            JsonProblem::Unknown => ": there is no such field",
            JsonProblem::Depth => ": lists and objects are nested more than 32 deep",
        })
    }
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.tell(f)
    }
}

/// What a type says about a value. Its sentences are not kept: they would need an allocator.
impl Error for JsonError {
    fn custom<T: fmt::Display>(_message: T) -> Self {
        Self::new(Self::NOWHERE, JsonProblem::Value)
    }

    fn invalid_type(_found: Unexpected<'_>, _expected: &dyn serde::de::Expected) -> Self {
        Self::new(Self::NOWHERE, JsonProblem::Type)
    }

    fn invalid_value(found: Unexpected<'_>, _expected: &dyn serde::de::Expected) -> Self {
        let is_number = matches!(found, Unexpected::Unsigned(_) | Unexpected::Signed(_));
        let problem = if is_number { JsonProblem::Range } else { JsonProblem::Value };
        Self::new(Self::NOWHERE, problem)
    }

    fn unknown_field(_field: &str, _expected: &'static [&'static str]) -> Self {
        Self::new(Self::NOWHERE, JsonProblem::Unknown)
    }

    fn missing_field(field: &'static str) -> Self {
        Self::new(Self::NOWHERE, JsonProblem::Missing).within(Some(field))
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self::new(Self::NOWHERE, JsonProblem::Twice).within(Some(field))
    }
}

impl core::error::Error for JsonError {}
