//! The messages with which a server goes on after its hello (RFC 8446 sections 4.3 and 4.4).

use super::TlsError;
use super::alert::Alert;
use super::codec::Reader;
use super::hello::{ClientHello, MAX_FRAGMENT_LENGTH, SERVER_NAME, SUPPORTED_GROUPS};

/// Refuses what is not the answer to this hello.
pub(super) fn check_extensions(
    mut body: Reader<'_>,
    hello: &ClientHello<'_>,
) -> Result<(), TlsError> {
    let mut extensions = body.list::<2>()?;
    body.end()?;
    while !extensions.is_empty() {
        let (kind, mut value) = (extensions.u16()?, extensions.list::<2>()?);
        match kind {
            // What a server would like for another time.
            SUPPORTED_GROUPS => {}
            SERVER_NAME if hello.name.is_some() => value.end()?,
            MAX_FRAGMENT_LENGTH if hello.fragment.is_some() => {
                let fragment = value.u8()?;
                value.end()?;
                if hello.fragment != Some(fragment) {
                    return Err(Alert::ILLEGAL_PARAMETER.into());
                }
            }
            _ => return Err(Alert::UNSUPPORTED_EXTENSION.into()),
        }
    }
    Ok(())
}

/// A server that wants a certificate of the client; what for does not matter to one that has none.
pub(super) fn check_request(mut body: Reader<'_>) -> Result<(), TlsError> {
    if !body.list::<1>()?.is_empty() {
        return Err(Alert::ILLEGAL_PARAMETER.into());
    }
    body.list::<2>()?;
    body.end()
}

/// The certificates of a server: its own, then others that may be of help.
#[derive(Debug, Clone)]
pub(super) struct Certificates<'m>(Reader<'m>);

impl<'m> Certificates<'m> {
    pub(super) fn read(mut body: Reader<'m>) -> Result<Self, TlsError> {
        if !body.list::<1>()?.is_empty() {
            return Err(Alert::ILLEGAL_PARAMETER.into());
        }
        let list = body.list::<3>()?;
        body.end()?;
        let mut rest = list;
        while !rest.is_empty() {
            rest.list::<3>()?;
            if !rest.list::<2>()?.is_empty() {
                return Err(Alert::UNSUPPORTED_EXTENSION.into());
            }
        }
        Ok(Self(list))
    }

    /// These certificates, each in DER.
    #[cfg(test)]
    pub(super) fn of(list: &'m [u8]) -> Self {
        Self(Reader::new(list))
    }
}

impl<'m> Iterator for Certificates<'m> {
    type Item = &'m [u8];

    fn next(&mut self) -> Option<&'m [u8]> {
        let der = self.0.list::<3>().ok()?;
        self.0.list::<2>().ok()?;
        Some(der.rest())
    }
}

/// The signature over the handshake, and how it was made.
#[derive(Debug, Clone, Copy)]
pub(super) struct Proof<'m> {
    pub(super) scheme: u16,
    pub(super) signature: &'m [u8],
}

impl<'m> Proof<'m> {
    pub(super) fn read(mut body: Reader<'m>) -> Result<Self, TlsError> {
        let scheme = body.u16()?;
        let signature = body.list::<2>()?.rest();
        body.end()?;
        Ok(Self { scheme, signature })
    }
}
