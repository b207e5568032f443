use super::bytes::split_first;
use super::percent::write_form_text;
use super::{Encoded, Writer};

/// The pairs of a query or of a form (`application/x-www-form-urlencoded`), in their order.
///
/// ```
/// use nal_http::wire::Pairs;
///
/// let pairs = Pairs::new("name=%E6%8E%8C+1&on");
/// assert!(pairs.get("name").is_some_and(|name| name == "掌 1"));
/// assert!(pairs.get("on").is_some_and(|on| on == ""));
/// assert!(pairs.get("off").is_none());
/// ```
#[derive(Debug, Clone, Default)]
pub struct Pairs<'a> {
    rest: &'a str,
}

impl<'a> Pairs<'a> {
    /// The pairs of a text such as `a=1&b=2`.
    #[must_use]
    pub const fn new(text: &'a str) -> Self {
        Self { rest: text }
    }

    /// The value of the first pair with this name, which is compared with its escapes undone.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Encoded<'a>> {
        self.clone().find(|(candidate, _)| *candidate == *name).map(|(_, value)| value)
    }
}

impl<'a> Iterator for Pairs<'a> {
    type Item = (Encoded<'a>, Encoded<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        while !self.rest.is_empty() {
            let (pair, rest) = split_first(self.rest, b'&');
            self.rest = rest.unwrap_or_default();
            if !pair.is_empty() {
                let (name, value) = split_first(pair, b'=');
                return Some((Encoded::form(name), Encoded::form(value.unwrap_or_default())));
            }
        }
        None
    }
}

/// Writes pairs as a form, or as the query of a URL.
pub fn write_pairs(writer: &mut Writer<'_>, pairs: &[(&str, &str)]) {
    for (index, (name, value)) in pairs.iter().enumerate() {
        if index > 0 {
            writer.byte(b'&');
        }
        write_form_text(writer, name);
        writer.byte(b'=');
        write_form_text(writer, value);
    }
}

#[cfg(test)]
mod tests {
    use std::string::String;
    use std::vec::Vec;
    use std::{str, vec};

    use proptest::prelude::*;

    use super::super::measure;
    use super::*;

    #[test]
    fn pieces() {
        let table: &[(&str, &[(&str, &str)])] = &[
            ("", &[]),
            ("&&", &[]),
            ("a", &[("a", "")]),
            ("a=", &[("a", "")]),
            ("=b", &[("", "b")]),
            ("a=b=c&", &[("a", "b=c")]),
            ("a=1&a=2", &[("a", "1"), ("a", "2")]),
            ("%26=%3D", &[("&", "=")]),
        ];
        for (text, expected) in table {
            let pairs: Vec<_> = Pairs::new(text).collect();
            assert_eq!(pairs.len(), expected.len(), "{text}");
            for ((name, value), expected) in pairs.iter().zip(*expected) {
                assert!(*name == expected.0 && *value == expected.1, "{text}");
            }
        }
        assert!(Pairs::new("a=1&a=2").get("a").is_some_and(|value| value == "1"));
    }

    proptest! {
        #[test]
        fn pairs_come_back(pairs: Vec<(String, String)>) {
            let pairs: Vec<_> = pairs.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
            let mut buffer = vec![0; measure(|writer| write_pairs(writer, &pairs))];
            write_pairs(&mut Writer::new(&mut buffer), &pairs);
            let text = str::from_utf8(&buffer).unwrap();
            prop_assert_eq!(Pairs::new(text).count(), pairs.len());
            for ((name, value), expected) in Pairs::new(text).zip(&pairs) {
                prop_assert!(name == expected.0 && value == expected.1);
            }
        }
    }
}
