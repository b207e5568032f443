use super::bytes::split_once;

/// What a server wants to know of who asks: a challenge of a `WWW-Authenticate` header (RFC 9110 section
/// 11.3), as far as digest authentication needs it (RFC 7616 section 3.3).
///
/// Texts are as they came, without their quotes and with their escapes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Challenge<'a> {
    /// The scheme, such as `Digest`.
    pub scheme: &'a str,
    /// The part of the server that the password is for.
    pub realm: &'a str,
    /// The server's own number for this exchange.
    pub nonce: &'a str,
    /// What the server wants to be told again.
    pub opaque: Option<&'a str>,
    /// The hash; MD5 without it.
    pub algorithm: Option<&'a str>,
    /// What is protected, as a list; without it the way of RFC 2069 is meant.
    pub qop: Option<&'a str>,
    /// The name was known, and only the nonce is too old.
    pub is_stale: bool,
    /// The name is to be sent as a hash.
    pub hashes_user: bool,
}

/// The challenges of one `WWW-Authenticate` header.
///
/// ```
/// use nal_http::wire::Challenges;
///
/// let header = r#"Basic realm="a, b", Digest realm="光", nonce="x", qop="auth,auth-int""#;
/// let digest = Challenges::new(header).find(|challenge| challenge.scheme == "Digest");
/// assert_eq!(digest.map(|digest| (digest.realm, digest.nonce)), Some(("光", "x")));
/// ```
#[derive(Debug, Clone)]
pub struct Challenges<'a> {
    rest: &'a str,
}

impl<'a> Challenges<'a> {
    /// Those of a header with this value.
    #[must_use]
    pub const fn new(value: &'a str) -> Self {
        Self { rest: value }
    }
}

impl<'a> Iterator for Challenges<'a> {
    type Item = Challenge<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut challenge = None::<Challenge<'a>>;
        loop {
            self.rest = self.rest.trim_start_matches([' ', '\t', ',']);
            if self.rest.is_empty() {
                return challenge;
            }
            let (element, rest) = split_element(self.rest);
            let name = element.split(['=', ' ', '\t']).next().unwrap_or_default();
            let behind = element.get(name.len()..).unwrap_or_default().trim_start();
            let parameter = if behind.starts_with('=') {
                element
            } else if challenge.is_some() {
                // Another scheme: it is the next challenge.
                return challenge;
            } else {
                challenge = Some(Challenge { scheme: name, ..Challenge::default() });
                behind
            };
            self.rest = rest;
            if let Some(challenge) = &mut challenge {
                challenge.take(parameter);
            }
        }
    }
}

impl<'a> Challenge<'a> {
    fn take(&mut self, parameter: &'a str) {
        let Some((name, value)) = split_once(parameter, b'=') else { return };
        let Some(value) = unquote(value.trim()) else { return };
        let name = name.trim();
        let is = |known: &str| name.eq_ignore_ascii_case(known);
        let is_true = value.eq_ignore_ascii_case("true");
        if is("realm") {
            self.realm = value;
        } else if is("nonce") {
            self.nonce = value;
        } else if is("opaque") {
            self.opaque = Some(value);
        } else if is("algorithm") {
            self.algorithm = Some(value);
        } else if is("qop") {
            self.qop = Some(value);
        } else if is("stale") {
            self.is_stale = is_true;
        } else if is("userhash") {
            self.hashes_user = is_true;
        }
    }
}

/// The text of a token or of a quoted string; none if its quotes do not match: it could not be told again.
fn unquote(value: &str) -> Option<&str> {
    let quoted = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
    let text = quoted.unwrap_or(value);
    let mut is_escaped = false;
    let is_plain = text.bytes().all(|byte| {
        let escapes = !is_escaped && byte == b'\\';
        let was_escaped = core::mem::replace(&mut is_escaped, escapes);
        was_escaped || byte != b'"'
    });
    (is_plain && !is_escaped && (quoted.is_some() || !text.contains('\\'))).then_some(text)
}

/// What is in front of the first comma that is not quoted, and what is behind it.
fn split_element(text: &str) -> (&str, &str) {
    let (mut is_quoted, mut is_escaped) = (false, false);
    let end = text.bytes().position(|byte| {
        let escapes = is_quoted && !is_escaped && byte == b'\\';
        let was_escaped = core::mem::replace(&mut is_escaped, escapes);
        is_quoted ^= byte == b'"' && !was_escaped;
        byte == b',' && !is_quoted
    });
    let end = end.unwrap_or(text.len());
    let (element, rest) = text.split_at_checked(end).unwrap_or((text, ""));
    (element.trim_end(), rest)
}

#[cfg(test)]
mod tests {
    extern crate std;

    use std::string::String;
    use std::vec::Vec;

    use proptest::prelude::*;

    use super::*;

    fn schemes(value: &str) -> Vec<(&str, &str, &str)> {
        Challenges::new(value).map(|one| (one.scheme, one.realm, one.nonce)).collect()
    }

    #[test]
    fn headers_of_one_and_more_challenges() {
        for (value, expected) in [
            ("", &[][..]),
            (" , ,", &[]),
            ("Basic", &[("Basic", "", "")]),
            ("Basic realm=\"a\"", &[("Basic", "a", "")]),
            ("digest REALM = \"a\" ,nonce=b", &[("digest", "a", "b")]),
            ("Digest realm=\"a, Basic b=c\", nonce=\"\"", &[("Digest", "a, Basic b=c", "")]),
            ("Digest realm=\"a\\\"b, \\\\\", nonce=\"c=\"", &[("Digest", "a\\\"b, \\\\", "c=")]),
            ("Negotiate, Digest nonce=x,realm=y", &[("Negotiate", "", ""), ("Digest", "y", "x")]),
            ("Negotiate abc==, Basic realm=a", &[("Negotiate", "", ""), ("Basic", "a", "")]),
            ("Digest realm=a,, Digest realm=b", &[("Digest", "a", ""), ("Digest", "b", "")]),
            ("Digest realm=\"光\", nonce=\"n", &[("Digest", "光", "")]),
            ("Digest realm=\"a\\\\\", nonce=\"b\\\"", &[("Digest", "a\\\\", "")]),
            ("Digest realm=a\"b\"c, nonce=\"d\"e\"f\"", &[("Digest", "", "")]),
            ("Digest realm=a\\, nonce=b", &[("Digest", "", "b")]),
            ("realm=\"a\"", &[]),
        ] {
            assert_eq!(schemes(value), expected, "{value}");
        }
    }

    #[test]
    fn parameters() {
        let value = "Digest realm=\"r\", nonce=\"n\", opaque=\"\", algorithm=SHA-256, qop=\"auth, auth-int\", stale=TRUE, userhash=true, charset=UTF-8";
        let expected = Challenge {
            scheme: "Digest",
            realm: "r",
            nonce: "n",
            opaque: Some(""),
            algorithm: Some("SHA-256"),
            qop: Some("auth, auth-int"),
            is_stale: true,
            hashes_user: true,
        };
        assert_eq!(Challenges::new(value).collect::<Vec<_>>(), [expected]);
    }

    proptest! {
        #[test]
        fn noise_is_taken_apart_and_ends(value in "[a-c=,\" \\\\光]{0,40}") {
            let found: Vec<_> = Challenges::new(&value).collect();
            prop_assert!(found.len() <= value.len());
        }

        #[test]
        fn what_was_put_in_comes_out(texts in prop::collection::vec("[a-z ,=光]{0,8}", 1..4)) {
            let all: Vec<String> = texts.iter().map(|text| std::format!("Digest realm=\"{text}\", nonce=\"{text}\"")).collect();
            let header = all.join(", ");
            let found: Vec<_> = Challenges::new(&header).map(|one| (one.realm, one.nonce)).collect();
            let expected: Vec<_> = texts.iter().map(|text| (text.as_str(), text.as_str())).collect();
            prop_assert_eq!(found, expected);
        }
    }
}
