//! Queries, forms and parameters of paths as types of `serde`.

use core::mem;
use core::str::FromStr;

use serde::de::value::StrDeserializer;
use serde::de::{self, Deserialize, DeserializeSeed, IntoDeserializer, MapAccess, Visitor};

use super::{Failure, Request, pattern};
use crate::wire::{Encoded, Status};

impl<'c, T> Request<'c, T> {
    /// The [query](Self::query) as a struct with a field for each name. Needs the feature `serde`.
    ///
    /// | field | value |
    /// |---|---|
    /// | numbers, `char` | as Rust writes them |
    /// | `bool` | `true`, `on`, `1`, or `false`, `off`, `0` |
    /// | an `enum` without values | the name of one, as `serde` has it |
    /// | `Option` | none if it is missing or empty |
    /// | `&str` | of the request itself, or, if it has escapes, in `buffer`, which never needs to be longer than the query |
    /// | one with `#[serde(default)]` | that if it is missing |
    ///
    /// Names that the struct does not have are passed over. Where no field is a text, `buffer` may be `&mut []`.
    ///
    /// ```
    /// use nal_http::server::{Answer, Reply, Request, Route, Site};
    /// use serde::Deserialize;
    /// # use nal_http::testing::TestClient;
    ///
    /// #[derive(Deserialize)]
    /// #[serde(rename_all = "lowercase")]
    /// enum Unit {
    ///     Lux,
    ///     Fc,
    /// }
    ///
    /// #[derive(Deserialize)]
    /// struct Wanted<'q> {
    ///     unit: Unit,
    ///     last: Option<u16>,
    ///     room: &'q str,
    /// }
    ///
    /// fn light(_: &mut (), request: &mut Request<'_>, reply: &mut Reply<'_>) -> Answer {
    ///     let mut buffer = [0; 64];
    ///     let wanted: Wanted<'_> = request.typed_query(&mut buffer)?;
    ///     let level = if let Unit::Lux = wanted.unit { 301 } else { 28 };
    ///     reply.write("text/plain", |body| {
    ///         body.str(wanted.room);
    ///         body.str(": ");
    ///         body.number(level / u64::from(wanted.last.unwrap_or(1)));
    ///     })
    /// }
    ///
    /// const SITE: Site<()> = Site::new(&[Route::get("/light", light)]);
    /// # let mut client = TestClient::new(SITE);
    /// # assert_eq!(client.get(&mut (), "/light?unit=lux&room=a%20b").text(), "a b: 301");
    /// # assert!(client.get(&mut (), "/light?unit=lux").text().ends_with("a value is missing: room"));
    /// ```
    ///
    /// # Errors
    /// A failure with status 400 that names the field and says what is wrong with it.
    pub fn typed_query<'de, V: Deserialize<'de>>(&self, buffer: &'de mut [u8]) -> Result<V, Failure>
    where
        'c: 'de,
    {
        extract(self.query(), buffer).map_err(|wrong| wrong.into_failure(Status::BAD_REQUEST))
    }

    /// The [form](Self::form) as a struct with a field for each name; see [`typed_query`](Self::typed_query). Needs the
    /// feature `serde`.
    ///
    /// # Errors
    /// A failure with status 422 that names the field and says what is wrong with it; those of [`form`](Self::form).
    pub fn typed_form<'de, V: Deserialize<'de>>(&self, buffer: &'de mut [u8]) -> Result<V, Failure>
    where
        'c: 'de,
    {
        extract(self.form()?, buffer)
            .map_err(|wrong| wrong.into_failure(Status::UNPROCESSABLE_CONTENT))
    }

    /// The [parameters](Self::param) of the path as a struct with a field for each; see [`typed_query`](Self::typed_query).
    /// Needs the feature `serde`.
    ///
    /// # Errors
    /// A failure with status 400 that names the field and says what is wrong with it; with 500 if the route has no
    /// such parameter.
    pub fn typed_params<'de, V: Deserialize<'de>>(
        &self,
        buffer: &'de mut [u8],
    ) -> Result<V, Failure>
    where
        'c: 'de,
    {
        let parameters = pattern::parameters(self.pattern, self.path(), self.depth);
        extract(parameters, buffer).map_err(|wrong| {
            if wrong.message == MISSING {
                let message = "a route has no such parameter in its path";
                return Wrong { message, ..wrong }.into_failure(Status::INTERNAL_SERVER_ERROR);
            }
            wrong.into_failure(Status::BAD_REQUEST)
        })
    }
}

fn extract<'de, V: Deserialize<'de>>(
    pairs: impl Iterator<Item = (Encoded<'de>, Encoded<'de>)>,
    buffer: &'de mut [u8],
) -> Result<V, Wrong> {
    V::deserialize(Struct {
        pairs,
        fields: &[],
        field: None,
        value: Encoded::default(),
        room: Room(buffer),
    })
}

const MISSING: &str = "a value is missing";

/// What is wrong with which field.
#[derive(Debug)]
struct Wrong {
    field: Option<&'static str>,
    message: &'static str,
}

impl Wrong {
    const fn new(message: &'static str) -> Self {
        Self { field: None, message }
    }

    fn into_failure(self, status: Status) -> Failure {
        let failure = Failure::new(status, self.message);
        if let Some(field) = self.field { failure.field(field) } else { failure }
    }
}

impl core::fmt::Display for Wrong {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.message)
    }
}

impl de::StdError for Wrong {}

impl de::Error for Wrong {
    fn custom<M: core::fmt::Display>(_: M) -> Self {
        Self::new("a value is not what it must be")
    }

    fn invalid_type(_: de::Unexpected<'_>, _: &dyn de::Expected) -> Self {
        Self::new("a value is not of the type that is needed here")
    }

    fn invalid_value(_: de::Unexpected<'_>, _: &dyn de::Expected) -> Self {
        Self::new("a value is not what it must be")
    }

    fn unknown_variant(_: &str, _: &'static [&'static str]) -> Self {
        Self::new("a value is not one of those that there are")
    }

    fn unknown_field(_: &str, _: &'static [&'static str]) -> Self {
        Self::new("there is a name that is not known here")
    }

    fn missing_field(field: &'static str) -> Self {
        Self { field: Some(field), message: MISSING }
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self { field: Some(field), message: "a value is given twice" }
    }
}

/// What is left of the buffer for texts with escapes.
struct Room<'de>(&'de mut [u8]);

/// Pairs as the fields of a struct.
struct Struct<'de, I> {
    pairs: I,
    fields: &'static [&'static str],
    /// The field whose value is next, if the struct has it.
    field: Option<&'static str>,
    value: Encoded<'de>,
    room: Room<'de>,
}

impl<'de, I: Iterator<Item = (Encoded<'de>, Encoded<'de>)>> de::Deserializer<'de>
    for Struct<'de, I>
{
    type Error = Wrong;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        visitor.visit_map(self)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        mut self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        self.fields = fields;
        visitor.visit_map(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        visitor.visit_newtype_struct(self)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        seq tuple tuple_struct map enum identifier ignored_any
    }
}

impl<'de, I: Iterator<Item = (Encoded<'de>, Encoded<'de>)>> MapAccess<'de> for Struct<'de, I> {
    type Error = Wrong;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Wrong> {
        let Some((name, value)) = self.pairs.next() else { return Ok(None) };
        self.field = self.fields.iter().copied().find(|field| name == *field);
        self.value = value;
        // One that the struct does not have is none of its names, whatever escapes it has.
        let name = self.field.unwrap_or(name.as_raw());
        let name: StrDeserializer<'_, Wrong> = name.into_deserializer();
        seed.deserialize(name).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Wrong> {
        let field = self.field;
        let value = Value { encoded: self.value, room: &mut self.room };
        seed.deserialize(value).map_err(|wrong| Wrong { field: wrong.field.or(field), ..wrong })
    }
}

/// The value of one pair.
struct Value<'v, 'de> {
    encoded: Encoded<'de>,
    room: &'v mut Room<'de>,
}

impl<'de> Value<'_, 'de> {
    fn parse<N: FromStr>(&self, wrong: &'static str) -> Result<N, Wrong> {
        let mut buffer = [0; 64];
        let text = self.encoded.decode(&mut buffer).ok();
        text.and_then(|text| text.parse().ok()).ok_or(Wrong::new(wrong))
    }

    /// The text, in the request or else in the buffer.
    fn text(self) -> Result<&'de str, Wrong> {
        let raw = self.encoded.as_raw();
        if self.encoded.bytes().eq(raw.bytes()) {
            return Ok(raw);
        }
        let length = self.encoded.bytes().count();
        let (place, rest) = mem::take(&mut self.room.0)
            .split_at_mut_checked(length)
            .ok_or(Wrong::new("a text is longer than there is room for"))?;
        self.room.0 = rest;
        let text = self.encoded.decode(place);
        text.map_err(|_| Wrong::new("a text with its escapes undone is not UTF-8"))
    }
}

const WHOLE: &str = "a value is not a whole number in its range";
const NUMBER: &str = "a value is not a number";

macro_rules! parsed {
    ($($deserialize:ident $visit:ident $wrong:expr;)*) => {
        $(fn $deserialize<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
            visitor.$visit(self.parse($wrong)?)
        })*
    };
}

impl<'de> de::Deserializer<'de> for Value<'_, 'de> {
    type Error = Wrong;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        visitor.visit_borrowed_str(self.text()?)
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        let is_one_of = |texts: &[&str]| texts.iter().any(|text| self.encoded == *text);
        let is_true = is_one_of(&["true", "on", "1"]);
        if !is_true && !is_one_of(&["false", "off", "0"]) {
            return Err(Wrong::new("a value is neither true nor false"));
        }
        visitor.visit_bool(is_true)
    }

    parsed! {
        deserialize_u8 visit_u8 WHOLE;
        deserialize_u16 visit_u16 WHOLE;
        deserialize_u32 visit_u32 WHOLE;
        deserialize_u64 visit_u64 WHOLE;
        deserialize_u128 visit_u128 WHOLE;
        deserialize_i8 visit_i8 WHOLE;
        deserialize_i16 visit_i16 WHOLE;
        deserialize_i32 visit_i32 WHOLE;
        deserialize_i64 visit_i64 WHOLE;
        deserialize_i128 visit_i128 WHOLE;
        deserialize_f32 visit_f32 NUMBER;
        deserialize_f64 visit_f64 NUMBER;
        deserialize_char visit_char "a value is not one letter";
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        if self.encoded.as_raw().is_empty() {
            visitor.visit_none()
        } else {
            visitor.visit_some(self)
        }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        visitor.visit_unit()
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        let variant = variants.iter().copied().find(|variant| self.encoded == *variant);
        let variant = variant.ok_or(Wrong::new("a value is not one of those that there are"))?;
        let variant: StrDeserializer<'_, Wrong> = variant.into_deserializer();
        visitor.visit_enum(variant)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        visitor.visit_unit()
    }

    serde::forward_to_deserialize_any! {
        str string bytes byte_buf unit_struct seq tuple tuple_struct map struct identifier
    }
}
