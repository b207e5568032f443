//! Digest authentication (RFC 7616), where the server wants a proof and no password.

use md5::Md5;
use sha2::Sha256;
use sha2::digest::Digest as Hash;

use super::basic::check;
use crate::client::extra::{IncomingHead, Kind, Next, OutgoingHead, Preset};
use crate::client::{RequestError, ResponseError};
use crate::wire::{Challenge, Challenges, Headers, Needed, Writer, split_once};

const CHALLENGE: &str = "WWW-Authenticate";
const NEEDED: &[Needed] = &[Needed { name: CHALLENGE, codes: &[401] }];
/// So many challenges are answered for one URL: the second only if the nonce of the first was too old.
const MAX_ANSWERS: u8 = 2;

struct Digest;

/// What answers challenges; `random` is the client's own number for the exchange.
pub(in crate::client) fn preset<'r>(user: &'r str, password: &'r str, random: u64) -> Preset<'r> {
    Preset { kind: &Digest, texts: (user, password), number: random }
}

impl Kind for Digest {
    fn request(
        &self,
        preset: &Preset<'_>,
        head: &mut OutgoingHead<'_>,
    ) -> Result<(), RequestError> {
        let user = User::of(preset);
        check(user.name)?;
        let answered = head.attempts().checked_sub(1);
        match answered.and_then(|answered| choose(head.response_headers(), answered)) {
            Some(challenge) if !head.has("Authorization") => user.answer(&challenge, head),
            _ => Ok(()),
        }
    }

    fn needs(&self) -> &'static [Needed] {
        NEEDED
    }

    fn response(
        &self,
        preset: &Preset<'_>,
        head: &mut IncomingHead<'_>,
    ) -> Result<Next, ResponseError> {
        let may_answer =
            head.is_repeatable() && !head.is_cross_origin() && !head.has_sent("Authorization");
        if head.status_code() != 401 || !may_answer {
            return Ok(Next::Proceed);
        }
        if choose(head.headers(), head.attempts()).is_some() {
            return Ok(Next::Answer(CHALLENGE));
        }
        Ok(match head.head.missing() {
            0 => Next::Proceed,
            missing => Next::NoRoom(head.head.kept() + User::of(preset).room() + 2 * missing),
        })
    }
}

/// Who sends a request.
#[derive(Clone, Copy)]
struct User<'r> {
    name: &'r str,
    password: &'r str,
    random: u64,
}

/// A hash that both sides know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Algorithm {
    Md5,
    Sha256,
}

impl<'r> User<'r> {
    const fn of(preset: &Preset<'r>) -> Self {
        let (name, password) = preset.texts;
        Self { name, password, random: preset.number }
    }

    /// The most bytes that an answer has beside what is in the challenge.
    const fn room(&self) -> usize {
        const FIXED: usize = 320;
        FIXED + 2 * self.name.len()
    }

    /// RFC 7616 section 3.4.1.
    fn response(&self, parts: &Parts<'_>) -> Hex {
        let Parts { algorithm, is_session, method, target, cnonce, challenge } = *parts;
        let nonce = Text::Escaped(challenge.nonce);
        let realm = Text::Escaped(challenge.realm);
        let mut secret =
            algorithm.hash(&[Text::Plain(self.name), realm, Text::Plain(self.password)]);
        if is_session {
            secret = algorithm.hash(&[Text::Plain(secret.text()), nonce, Text::Plain(cnonce)]);
        }
        let request = algorithm.hash(&[Text::Plain(method), Text::Plain(target)]);
        let (secret, request) = (Text::Plain(secret.text()), Text::Plain(request.text()));
        if challenge.qop.is_none() {
            return algorithm.hash(&[secret, nonce, request]);
        }
        let (count, cnonce) = (Text::Plain("00000001"), Text::Plain(cnonce));
        algorithm.hash(&[secret, nonce, count, cnonce, Text::Plain("auth"), request])
    }
}

/// The best of the challenges that can be answered, if there is one.
fn choose(headers: Headers<'_>, answers: u8) -> Option<Challenge<'_>> {
    let values = headers.filter(|(name, _)| name.eq_ignore_ascii_case(CHALLENGE));
    let values = values.filter_map(|(_, value)| core::str::from_utf8(value).ok());
    let can_answer = |challenge: &Challenge<'_>| {
        let is_tried = answers > 0 && !challenge.is_stale || answers >= MAX_ANSWERS;
        challenge.scheme.eq_ignore_ascii_case("Digest")
            && !challenge.nonce.is_empty()
            && !is_tried
            && Algorithm::of(challenge).is_some()
            && challenge.qop.is_none_or(|qop| lists(qop, "auth"))
    };
    let mut best = None;
    for challenge in values.flat_map(Challenges::new).filter(can_answer) {
        // The first of the best, in the order of the server.
        if best.is_none_or(|best| Algorithm::of(&challenge) > Algorithm::of(&best)) {
            best = Some(challenge);
        }
    }
    best
}

impl User<'_> {
    /// Writes the header that answers a challenge.
    fn answer(
        &self,
        challenge: &Challenge<'_>,
        head: &mut OutgoingHead<'_>,
    ) -> Result<(), RequestError> {
        let Some((algorithm, is_session)) = Algorithm::of(challenge) else { return Ok(()) };
        let mut cnonce = [0; 16];
        let mut number = Writer::new(&mut cnonce);
        number.hex(self.random | 1 << 63);
        let cnonce = core::str::from_utf8(&cnonce).unwrap_or_default();

        let (method, target) = (head.method(), head.target());
        let parts = Parts { algorithm, is_session, method, target, cnonce, challenge };
        let response = self.response(&parts);

        let at = head.target.clone();
        let writer = head.writer();
        writer.str("Authorization: Digest username=\"");
        if challenge.hashes_user {
            let user = [Text::Plain(self.name), Text::Escaped(challenge.realm)];
            writer.str(algorithm.hash(&user).text());
        } else {
            for byte in self.name.bytes() {
                if matches!(byte, b'"' | b'\\') {
                    writer.byte(b'\\');
                }
                writer.byte(byte);
            }
        }
        writer.str("\", realm=\"");
        writer.str(challenge.realm);
        writer.str("\", nonce=\"");
        writer.str(challenge.nonce);
        writer.str("\", uri=\"");
        copy_within(writer, at);
        if let Some(opaque) = challenge.opaque {
            writer.str("\", opaque=\"");
            writer.str(opaque);
        }
        writer.str("\", response=\"");
        writer.str(response.text());
        writer.byte(b'"');
        if let Some(name) = challenge.algorithm {
            writer.str(", algorithm=");
            writer.str(name);
        }
        if challenge.qop.is_some() {
            writer.str(", qop=auth, nc=00000001, cnonce=\"");
            writer.str(cnonce);
            writer.byte(b'"');
        }
        if challenge.hashes_user {
            writer.str(", userhash=true");
        }
        writer.str("\r\n");
        Ok(())
    }
}

/// What a response is made of, beside name and password.
#[derive(Clone, Copy)]
struct Parts<'a> {
    algorithm: Algorithm,
    is_session: bool,
    method: &'a str,
    target: &'a str,
    cnonce: &'a str,
    challenge: &'a Challenge<'a>,
}

/// Text that is hashed.
#[derive(Clone, Copy)]
enum Text<'a> {
    Plain(&'a str),
    /// As it stands in a quoted string; its escapes are not hashed.
    Escaped(&'a str),
}

impl Text<'_> {
    fn feed(self, hash: &mut impl Hash) {
        match self {
            Self::Plain(text) => hash.update(text),
            Self::Escaped(mut text) => {
                while let Some((before, behind)) = split_once(text, b'\\') {
                    hash.update(before);
                    // What is escaped is not looked at, it may be another backslash.
                    let mut rest = behind.chars();
                    let escaped = rest.next().map_or(0, char::len_utf8);
                    hash.update(behind.get(..escaped).unwrap_or_default());
                    text = rest.as_str();
                }
                hash.update(text);
            }
        }
    }
}

impl Algorithm {
    /// The one that the challenge asks for, and whether it is for a session (`-sess`); none if it is not known here.
    fn of(challenge: &Challenge<'_>) -> Option<(Self, bool)> {
        let name = challenge.algorithm.unwrap_or("MD5");
        let known = [
            ("SHA-256", (Self::Sha256, false)),
            ("SHA-256-sess", (Self::Sha256, true)),
            ("MD5", (Self::Md5, false)),
            ("MD5-sess", (Self::Md5, true)),
        ];
        let found = known.into_iter().find(|(known, _)| name.eq_ignore_ascii_case(known));
        found.map(|(_, algorithm)| algorithm)
    }

    /// The hash of the texts, with colons between them.
    fn hash(self, texts: &[Text<'_>]) -> Hex {
        match self {
            Self::Md5 => Hex::of::<Md5>(texts),
            Self::Sha256 => Hex::of::<Sha256>(texts),
        }
    }
}

/// A hash in hexadecimal.
struct Hex {
    digits: [u8; 64],
    length: usize,
}

impl Hex {
    fn of<H: Hash>(texts: &[Text<'_>]) -> Self {
        let mut hash = H::new();
        for (index, text) in texts.iter().enumerate() {
            if index > 0 {
                hash.update(":");
            }
            text.feed(&mut hash);
        }
        let mut digits = [0; 64];
        let mut writer = Writer::new(&mut digits);
        for byte in hash.finalize() {
            writer.hex((byte >> 4).into());
            writer.hex((byte & 0xf).into());
        }
        let length = writer.len();
        Self { digits, length }
    }

    fn text(&self) -> &str {
        let digits = self.digits.get(..self.length).unwrap_or_default();
        core::str::from_utf8(digits).unwrap_or_default()
    }
}

/// Whether a list with commas has this word.
fn lists(list: &str, word: &str) -> bool {
    list.split(',').any(|one| one.trim().eq_ignore_ascii_case(word))
}

/// Writes once more what stands in the writer.
fn copy_within(writer: &mut Writer<'_>, range: core::ops::Range<usize>) {
    for at in range {
        let byte = writer.written().get(at).copied().unwrap_or_default();
        writer.byte(byte);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_of_rfc_7616() {
        let digest = User { name: "Mufasa", password: "Circle of Life", random: 0 };
        for (algorithm, response) in [
            ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
            ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
        ] {
            let challenge = Challenge {
                realm: "http-auth@example.org",
                nonce: "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
                algorithm: Some(algorithm),
                qop: Some("auth, auth-int"),
                ..Challenge::default()
            };
            let (algorithm, is_session) = Algorithm::of(&challenge).unwrap();
            let parts = Parts {
                algorithm,
                is_session,
                method: "GET",
                target: "/dir/index.html",
                cnonce: "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
                challenge: &challenge,
            };
            assert_eq!(digest.response(&parts).text(), response);
        }
    }

    #[test]
    fn the_example_of_rfc_2617_and_the_way_of_rfc_2069() {
        let digest = User { name: "Mufasa", password: "Circle Of Life", random: 0 };
        for (qop, response) in [
            (Some("auth,auth-int"), "6629fae49393a05397450978507c4ef1"),
            (None, "670fd8c2df070c60b045671b8b24ff02"),
        ] {
            let challenge = Challenge {
                realm: "testrealm@host.com",
                nonce: "dcd98b7102dd2f0e8b11d0f600bfb0c093",
                qop,
                ..Challenge::default()
            };
            let parts = Parts {
                algorithm: Algorithm::Md5,
                is_session: false,
                method: "GET",
                target: "/dir/index.html",
                cnonce: "0a4f113b",
                challenge: &challenge,
            };
            assert_eq!(digest.response(&parts).text(), response);
        }
    }
}
