//! The first message of each side (RFC 8446 section 4.1).

use super::TlsError;
use super::alert::Alert;
use super::codec::{Reader, Writer};
use super::share::{GROUPS, Secret};
use super::signature::SCHEMES;

const CLIENT_HELLO: u8 = 1;
/// The version that all versions since TLS 1.2 say they are, and the one that is meant.
const LEGACY_VERSION: u16 = 0x0303;
const TLS_1_3: u16 = 0x0304;
const TLS_AES_128_GCM_SHA256: u16 = 0x1301;

pub(super) const SERVER_NAME: u16 = 0;
pub(super) const MAX_FRAGMENT_LENGTH: u16 = 1;
pub(super) const SUPPORTED_GROUPS: u16 = 10;
const SIGNATURE_ALGORITHMS: u16 = 13;
const SUPPORTED_VERSIONS: u16 = 43;
const COOKIE: u16 = 44;
const KEY_SHARE: u16 = 51;

/// The random number of a hello that only asks for another one: the SHA-256 of `HelloRetryRequest`.
const RETRY: [u8; 32] = [
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
    0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
];

/// `ClientHello`: what the client sends first, and again if it is asked to.
pub(super) struct ClientHello<'h> {
    pub(super) random: [u8; 32],
    /// The host, if it has a name.
    pub(super) name: Option<&'h str>,
    /// The number of the longest content that records may have (RFC 6066 section 4).
    pub(super) fragment: Option<u8>,
}

impl ClientHello<'_> {
    /// Writes the whole message, with what a server has asked to get back.
    pub(super) fn write(&self, writer: &mut Writer<'_>, secret: &Secret, cookie: Option<&[u8]>) {
        writer.put(&[CLIENT_HELLO]);
        writer.list::<3>(|writer| {
            writer.u16(LEGACY_VERSION);
            writer.put(&self.random);
            writer.list::<1>(|_| {});
            writer.list::<2>(|writer| writer.u16(TLS_AES_128_GCM_SHA256));
            // No compression.
            writer.list::<1>(|writer| writer.put(&[0]));
            writer.list::<2>(|writer| self.write_extensions(writer, secret, cookie));
        });
    }

    fn write_extensions(&self, writer: &mut Writer<'_>, secret: &Secret, cookie: Option<&[u8]>) {
        if let Some(name) = self.name {
            extension(writer, SERVER_NAME, |writer| {
                writer.list::<2>(|writer| {
                    writer.put(&[0]);
                    writer.list::<2>(|writer| writer.put(name.as_bytes()));
                });
            });
        }
        if let Some(fragment) = self.fragment {
            extension(writer, MAX_FRAGMENT_LENGTH, |writer| writer.put(&[fragment]));
        }
        let list = |writer: &mut Writer<'_>, kind, numbers: &[u16]| {
            extension(writer, kind, |writer| {
                writer.list::<2>(|writer| numbers.iter().for_each(|number| writer.u16(*number)));
            });
        };
        list(writer, SUPPORTED_GROUPS, GROUPS);
        list(writer, SIGNATURE_ALGORITHMS, SCHEMES);
        extension(writer, SUPPORTED_VERSIONS, |writer| {
            writer.list::<1>(|writer| writer.u16(TLS_1_3));
        });
        if let Some(cookie) = cookie {
            extension(writer, COOKIE, |writer| writer.list::<2>(|writer| writer.put(cookie)));
        }
        extension(writer, KEY_SHARE, |writer| {
            writer.list::<2>(|writer| {
                writer.u16(secret.group());
                writer.list::<2>(|writer| secret.write(writer));
            });
        });
    }
}

fn extension(writer: &mut Writer<'_>, kind: u16, write: impl FnOnce(&mut Writer<'_>)) {
    writer.u16(kind);
    writer.list::<2>(write);
}

/// `ServerHello`: what the server sends first.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum ServerHello<'m> {
    /// Its half of the key exchange, in this group.
    Share { group: u16, share: &'m [u8] },
    /// `HelloRetryRequest`: the client shall send its hello again, with a share of another group, or with this cookie.
    Retry { group: Option<u16>, cookie: Option<&'m [u8]> },
}

impl<'m> ServerHello<'m> {
    pub(super) fn read(mut body: Reader<'m>) -> Result<Self, TlsError> {
        let version = body.u16()?;
        let random = body.array::<32>()?;
        let session = body.list::<1>()?;
        let cipher = body.u16()?;
        let compression = body.u8()?;
        // Before TLS 1.3, a hello could end here.
        let mut extensions = if body.is_empty() { body } else { body.list::<2>()? };
        body.end()?;
        let is_retry = random == RETRY;
        let (mut selected, mut group, mut share, mut cookie) = (None, None, None, None);
        let (mut is_twice, mut is_unknown) = (false, false);
        while !extensions.is_empty() {
            let (kind, mut value) = (extensions.u16()?, extensions.list::<2>()?);
            match kind {
                SUPPORTED_VERSIONS => is_twice |= selected.replace(value.u16()?).is_some(),
                KEY_SHARE => {
                    is_twice |= group.replace(value.u16()?).is_some();
                    if !is_retry {
                        share = Some(value.list::<2>()?.rest());
                    }
                }
                COOKIE if is_retry => {
                    is_twice |= cookie.replace(value.list::<2>()?.rest()).is_some();
                }
                _ => {
                    is_unknown = true;
                    continue;
                }
            }
            value.end()?;
        }
        // Without it, this is the hello of an older version.
        let is_1_3 = selected.ok_or(Alert::PROTOCOL_VERSION)? == TLS_1_3;
        if is_unknown {
            return Err(Alert::UNSUPPORTED_EXTENSION.into());
        }
        let is_as_offered = cipher == TLS_AES_128_GCM_SHA256 && compression == 0;
        let is_legacy = version == LEGACY_VERSION && session.is_empty();
        if is_twice || !is_1_3 || !is_as_offered || !is_legacy {
            return Err(Alert::ILLEGAL_PARAMETER.into());
        }
        if is_retry {
            return Ok(Self::Retry { group, cookie });
        }
        let group = group.ok_or(Alert::MISSING_EXTENSION)?;
        Ok(Self::Share { group, share: share.unwrap_or_default() })
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use std::vec::Vec;

    use proptest::prelude::*;

    use super::{Alert, ClientHello, RETRY, Reader, Secret, ServerHello, TlsError, Writer};
    use crate::Platform;

    const VERSION: &[u8] = &[0, 43, 0, 2, 3, 4];
    const SHARE: &[u8] = &[0, 51, 0, 7, 0, 23, 0, 3, 7, 8, 9];

    struct Hello {
        version: [u8; 2],
        random: [u8; 32],
        session: &'static [u8],
        cipher: [u8; 2],
        compression: u8,
    }

    const HELLO: Hello =
        Hello { version: [3, 3], random: [9; 32], session: &[], cipher: [0x13, 1], compression: 0 };

    fn hello(hello: &Hello, extensions: &[&[u8]]) -> Vec<u8> {
        let mut bytes = [&hello.version[..], &hello.random].concat();
        bytes.push(hello.session.len().try_into().unwrap());
        bytes.extend(hello.session);
        bytes.extend(hello.cipher);
        bytes.push(hello.compression);
        let extensions = extensions.concat();
        bytes.extend(u16::try_from(extensions.len()).unwrap().to_be_bytes());
        bytes.extend(extensions);
        bytes
    }

    #[test]
    fn hellos_of_servers() {
        let retry = Hello { random: RETRY, ..HELLO };
        let share = ServerHello::Share { group: 23, share: &[7, 8, 9] };
        for (case, hello, expected) in [
            ("as it must be", hello(&HELLO, &[VERSION, SHARE]), Ok(share)),
            (
                "again, with another group",
                hello(&retry, &[&[0, 51, 0, 2, 0, 29], VERSION]),
                Ok(ServerHello::Retry { group: Some(29), cookie: None }),
            ),
            (
                "again, with a cookie",
                hello(&retry, &[VERSION, &[0, 44, 0, 3, 0, 1, 5]]),
                Ok(ServerHello::Retry { group: None, cookie: Some(&[5]) }),
            ),
            ("no version", hello(&HELLO, &[SHARE]), Err(Alert::PROTOCOL_VERSION)),
            ("TLS 1.2", hello(&HELLO, &[&[0xff, 1, 0, 1, 0]]), Err(Alert::PROTOCOL_VERSION)),
            (
                "not even extensions",
                hello(&HELLO, &[])[..38].to_vec(),
                Err(Alert::PROTOCOL_VERSION),
            ),
            (
                "another version",
                hello(&HELLO, &[&[0, 43, 0, 2, 3, 3], SHARE]),
                Err(Alert::ILLEGAL_PARAMETER),
            ),
            (
                "another old version",
                hello(&Hello { version: [3, 4], ..HELLO }, &[VERSION, SHARE]),
                Err(Alert::ILLEGAL_PARAMETER),
            ),
            (
                "a session that never was",
                hello(&Hello { session: &[1], ..HELLO }, &[VERSION, SHARE]),
                Err(Alert::ILLEGAL_PARAMETER),
            ),
            (
                "another cipher",
                hello(&Hello { cipher: [0x13, 2], ..HELLO }, &[VERSION, SHARE]),
                Err(Alert::ILLEGAL_PARAMETER),
            ),
            (
                "compressed",
                hello(&Hello { compression: 1, ..HELLO }, &[VERSION, SHARE]),
                Err(Alert::ILLEGAL_PARAMETER),
            ),
            ("no share", hello(&HELLO, &[VERSION]), Err(Alert::MISSING_EXTENSION)),
            ("twice", hello(&HELLO, &[VERSION, SHARE, SHARE]), Err(Alert::ILLEGAL_PARAMETER)),
            (
                "a cookie for nothing",
                hello(&HELLO, &[VERSION, SHARE, &[0, 44, 0, 3, 0, 1, 5]]),
                Err(Alert::UNSUPPORTED_EXTENSION),
            ),
            (
                "a key that both have",
                hello(&HELLO, &[VERSION, SHARE, &[0, 41, 0, 2, 0, 0]]),
                Err(Alert::UNSUPPORTED_EXTENSION),
            ),
            (
                "bytes behind",
                [hello(&HELLO, &[VERSION, SHARE]), Vec::from([0])].concat(),
                Err(Alert::DECODE_ERROR),
            ),
        ] {
            let result = ServerHello::read(Reader::new(&hello));
            assert_eq!(result, expected.map_err(TlsError::from), "{case}");
        }
    }

    #[test]
    fn what_is_cut_off_is_refused() {
        let hello = hello(&HELLO, &[VERSION, SHARE]);
        for length in 0..hello.len() {
            assert!(ServerHello::read(Reader::new(&hello[..length])).is_err(), "{length}");
        }
    }

    struct Counter(u8);

    impl Platform for Counter {
        fn random(&mut self, bytes: &mut [u8]) {
            for byte in bytes {
                (self.0, *byte) = (self.0.wrapping_add(7), self.0);
            }
        }
    }

    /// The lists of the client's hello, one in another, as RFC 8446 section 4.1.2 has them.
    #[test]
    fn the_hello_of_the_client() {
        let longest = ["a".repeat(60).as_str(); 4].join(".") + ".example";
        for (name, fragment, cookie) in [
            (Some("a.example"), Some(4), None),
            (None, None, Some(&[1, 2, 3][..])),
            (Some(&longest), Some(1), None),
        ] {
            let hello = ClientHello { random: [5; 32], name, fragment };
            let secret = Secret::first(&mut Counter(1)).unwrap();
            let mut bytes = [0; crate::MIN_SEND];
            let mut writer = Writer::new(&mut bytes);
            hello.write(&mut writer, &secret, cookie);
            let length = writer.finish();
            assert!(length + 100 < crate::MIN_SEND, "{length}");
            let mut reader = Reader::new(&bytes[..length]);
            assert_eq!(reader.u8(), Ok(1));
            let mut body = reader.list::<3>().unwrap();
            assert_eq!((reader.end(), body.u16(), body.array()), (Ok(()), Ok(0x0303), Ok([5; 32])));
            assert!(body.list::<1>().unwrap().is_empty());
            assert_eq!(body.list::<2>().unwrap().rest(), [0x13, 1]);
            assert_eq!(body.list::<1>().unwrap().rest(), [0]);
            let mut extensions = body.list::<2>().unwrap();
            assert_eq!(body.end(), Ok(()));
            let mut kinds = Vec::new();
            while !extensions.is_empty() {
                kinds.push(extensions.u16().unwrap());
                extensions.list::<2>().unwrap();
            }
            for (kind, is_there) in [
                (0, name.is_some()),
                (1, fragment.is_some()),
                (44, cookie.is_some()),
                (10, true),
                (13, true),
                (43, true),
                (51, true),
            ] {
                assert_eq!(kinds.contains(&kind), is_there, "{kind}");
            }
        }
    }

    proptest! {
        #[test]
        fn noise_is_no_panic(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
            let mut hello = hello(&HELLO, &[VERSION, SHARE]);
            let _ = ServerHello::read(Reader::new(&bytes));
            hello.truncate(40);
            hello.extend(bytes);
            let _ = ServerHello::read(Reader::new(&hello));
        }
    }
}
