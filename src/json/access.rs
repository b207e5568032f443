//! A [`Reader`] as `serde` asks it.

use serde::de::value::BorrowedStrDeserializer;
use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error, MapAccess, SeqAccess, VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;

use super::JsonError;
use super::reader::{Reader, Result};

/// Methods for numbers, each a line: what `serde` calls, what reads it, what it is handed to.
macro_rules! numbers {
    ($($method:ident => $read:ident, $visit:ident;)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
            let number = self.$read()?;
            visitor.$visit(number)
        })*
    };
}

impl<'de> Deserializer<'de> for &mut Reader<'de> {
    type Error = JsonError;

    numbers! {
        deserialize_bool => bool, visit_bool;
        deserialize_u8 => unsigned, visit_u8;
        deserialize_u16 => unsigned, visit_u16;
        deserialize_u32 => unsigned, visit_u32;
        deserialize_u64 => unsigned, visit_u64;
        deserialize_i8 => signed, visit_i8;
        deserialize_i16 => signed, visit_i16;
        deserialize_i32 => signed, visit_i32;
        deserialize_i64 => signed, visit_i64;
        deserialize_str => string, visit_borrowed_str;
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_f32(self.float(f32::is_finite)?)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_f64(self.float(f64::is_finite)?)
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.peek()? {
            b'n' => self.deserialize_unit(visitor),
            b't' | b'f' => self.deserialize_bool(visitor),
            b'"' => self.deserialize_str(visitor),
            b'[' => self.deserialize_seq(visitor),
            b'{' => self.deserialize_map(visitor),
            first => match (self.is_whole()?, first) {
                (true, b'-') => self.deserialize_i64(visitor),
                (true, _) => self.deserialize_u64(visitor),
                (false, _) => self.deserialize_f64(visitor),
            },
        }
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.deserialize_str(visitor)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.deserialize_str(visitor)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.deserialize_str(visitor)
    }

    /// As they are written: a list of numbers.
    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        if self.peek()? == b'n' {
            self.literal(b"null")?;
            return visitor.visit_none();
        }
        visitor.visit_some(self)
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        if self.peek()? != b'n' {
            return Err(self.mismatch());
        }
        self.literal(b"null")?;
        visitor.visit_unit()
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.open(b'[')?;
        let value = visitor.visit_seq(Items { reader: self, is_first: true });
        let value = value.map_err(|error| error.at(self.position()))?;
        self.close(b']')?;
        Ok(value)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _length: usize, visitor: V) -> Result<V::Value> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _length: usize,
        visitor: V,
    ) -> Result<V::Value> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.deserialize_struct("", &[], visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        self.open(b'{')?;
        let members = Members { reader: self, fields, field: None, is_first: true };
        let value = visitor.visit_map(members).map_err(|error| error.at(self.position()))?;
        self.close(b'}')?;
        Ok(value)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        if self.peek()? == b'"' {
            return visitor.visit_enum(BorrowedStrDeserializer::new(self.string()?));
        }
        self.open(b'{')?;
        let name = self.key()?;
        let value = visitor.visit_enum(Variant { reader: self, name })?;
        self.close(b'}')?;
        Ok(value)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.skip()?;
        visitor.visit_unit()
    }
}

/// The items of a list.
struct Items<'r, 'de> {
    reader: &'r mut Reader<'de>,
    is_first: bool,
}

impl<'de> SeqAccess<'de> for Items<'_, 'de> {
    type Error = JsonError;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>> {
        if self.reader.is_over(b']', &mut self.is_first)? {
            return Ok(None);
        }
        let at = self.reader.position();
        seed.deserialize(&mut *self.reader).map(Some).map_err(|error| error.at(at))
    }
}

/// The members of an object.
struct Members<'r, 'de> {
    reader: &'r mut Reader<'de>,
    /// Those that the type has.
    fields: &'static [&'static str],
    /// The one of them that comes now.
    field: Option<&'static str>,
    is_first: bool,
}

impl<'de> MapAccess<'de> for Members<'_, 'de> {
    type Error = JsonError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>> {
        if self.reader.is_over(b'}', &mut self.is_first)? {
            return Ok(None);
        }
        let at = self.reader.position();
        let key = self.reader.key()?;
        self.field = self.fields.iter().find(|field| **field == key).copied();
        seed.deserialize(Key(key)).map(Some).map_err(|error| error.at(at))
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value> {
        self.reader.peek()?;
        let at = self.reader.position();
        let value = seed.deserialize(&mut *self.reader);
        value.map_err(|error| error.at(at).within(self.field))
    }
}

/// The name of a member; a number, where the type has numbers for names.
struct Key<'de>(&'de str);

impl Key<'_> {
    fn parse<N: core::str::FromStr>(&self) -> Result<N> {
        self.0.parse().map_err(|_| JsonError::custom(""))
    }
}

impl<'de> Deserializer<'de> for Key<'de> {
    type Error = JsonError;

    numbers! {
        deserialize_bool => parse, visit_bool;
        deserialize_u8 => parse, visit_u8;
        deserialize_u16 => parse, visit_u16;
        deserialize_u32 => parse, visit_u32;
        deserialize_u64 => parse, visit_u64;
        deserialize_i8 => parse, visit_i8;
        deserialize_i16 => parse, visit_i16;
        deserialize_i32 => parse, visit_i32;
        deserialize_i64 => parse, visit_i64;
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_borrowed_str(self.0)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        visitor.visit_enum(BorrowedStrDeserializer::new(self.0))
    }

    forward_to_deserialize_any! {
        f32 f64 char str string bytes byte_buf option unit unit_struct seq tuple tuple_struct map
        struct identifier ignored_any
    }
}

/// A variant of an enum that has a value.
struct Variant<'r, 'de> {
    reader: &'r mut Reader<'de>,
    name: &'de str,
}

impl<'r, 'de> EnumAccess<'de> for Variant<'r, 'de> {
    type Error = JsonError;
    type Variant = &'r mut Reader<'de>;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self::Variant)> {
        let variant = seed.deserialize(BorrowedStrDeserializer::<JsonError>::new(self.name))?;
        Ok((variant, self.reader))
    }
}

impl<'de> VariantAccess<'de> for &mut Reader<'de> {
    type Error = JsonError;

    fn unit_variant(self) -> Result<()> {
        serde::Deserialize::deserialize(self)
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value> {
        seed.deserialize(self)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _length: usize, visitor: V) -> Result<V::Value> {
        self.deserialize_seq(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        self.deserialize_struct("", fields, visitor)
    }
}
