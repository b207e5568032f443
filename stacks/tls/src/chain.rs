//! From the server's certificate up to an authority that the firmware trusts.
//!
//! `webpki` builds and checks the path (RFC 5280 section 6, RFC 6125): signatures, dates, basic and
//! name constraints, extended key usage, names. It ignores the key usage, which is checked here.

use core::cell::Cell;

use heapless::Vec;
use pki_types::{CertificateDer, ServerName, UnixTime};
use webpki::{EndEntityCert, Error, KeyUsage, VerifiedPath, anchor_from_trusted_cert};

use super::CertificateError;
use super::certificate::Certificate;
use super::flight::Certificates;
use super::signature;

/// So many certificates between that of the server and the authority: each takes 1.4 KB of stack.
const MAX_INTERMEDIATES: usize = 4;

/// The form of [`verify`].
pub(super) type Verify = fn(&Question<'_>, authorities: &[&[u8]]) -> Result<(), CertificateError>;

/// What is asked of the authorities.
pub(super) struct Question<'q> {
    /// What the server has sent: its own certificate, then others that may be of help.
    pub(super) certificates: &'q Certificates<'q>,
    /// The host that was meant.
    pub(super) name: &'q ServerName<'q>,
    /// The date in seconds since 1970, if it is known.
    pub(super) now: Option<u64>,
}

/// Checks that the server's certificate leads to one of `authorities`, is valid now, and is for the
/// host.
pub(super) fn verify(
    question: &Question<'_>,
    authorities: &[&[u8]],
) -> Result<(), CertificateError> {
    let Question { certificates, name, now } = question;
    let mut others = (*certificates).clone();
    let server = others.next().ok_or(CertificateError::Missing)?;
    let own = Certificate::read(server).ok_or(CertificateError::Malformed)?;
    let mut chain = Vec::<CertificateDer<'_>, MAX_INTERMEDIATES>::new();
    let mut subjects = Vec::<&[u8], MAX_INTERMEDIATES>::new();
    let mut earliest = own.not_before;
    for other in others {
        // One that cannot be read is of no use, and does no harm. Several with one name would make
        // more paths than a microcontroller can try: a server could keep it busy for seconds.
        let read = Certificate::read(other).filter(|read| !subjects.contains(&read.subject));
        if let Some(read) = read {
            earliest = earliest.max(read.not_before);
            subjects.push(read.subject).map_err(|_| CertificateError::TooComplex)?;
            chain.push(other.into()).map_err(|_| CertificateError::TooComplex)?;
        }
    }
    // Without the date, a moment is taken at which all of them have begun to be valid.
    let now = UnixTime::since_unix_epoch(core::time::Duration::from_secs(now.unwrap_or(earliest)));
    let server = CertificateDer::from(server);
    let end = EndEntityCert::try_from(&server).map_err(|error| error_of(&error))?;
    lead_to_any(&end, &chain, authorities, now)?;
    end.verify_is_valid_for_subject_name(name).map_err(|error| error_of(&error))?;
    if own.may_sign() { Ok(()) } else { Err(CertificateError::KeyUsage) }
}

/// The error is of the authority that came nearest.
fn lead_to_any(
    end: &EndEntityCert<'_>,
    chain: &[CertificateDer<'_>],
    authorities: &[&[u8]],
    now: UnixTime,
) -> Result<(), CertificateError> {
    let mut nearest = CertificateError::UnknownIssuer;
    for authority in authorities {
        match lead_to(end, chain, authority, now) {
            Ok(()) => return Ok(()),
            Err(CertificateError::UnknownIssuer) => {}
            Err(error) => nearest = error,
        }
    }
    Err(nearest)
}

fn lead_to(
    end: &EndEntityCert<'_>,
    chain: &[CertificateDer<'_>],
    authority: &[u8],
    now: UnixTime,
) -> Result<(), CertificateError> {
    let authority = CertificateDer::from(authority);
    let anchor = [anchor_from_trusted_cert(&authority).map_err(|_| CertificateError::Authority)?];
    let wrong_usage = Cell::new(false);
    let check_usages = |path: &VerifiedPath<'_>| {
        let may_issue = |der: &[u8]| Certificate::read(der).is_some_and(|read| read.may_issue());
        if path.intermediate_certificates().all(|issuer| may_issue(&issuer.der())) {
            return Ok(());
        }
        wrong_usage.set(true);
        Err(Error::EndEntityUsedAsCa)
    };
    let path = end.verify_for_usage(
        signature::IN_CERTIFICATES,
        &anchor,
        chain,
        now,
        KeyUsage::server_auth(),
        None,
        Some(&check_usages),
    );
    match path {
        Ok(_) => Ok(()),
        Err(_) if wrong_usage.get() => Err(CertificateError::KeyUsage),
        Err(error) => Err(error_of(&error)),
    }
}

pub(super) fn error_of(error: &Error) -> CertificateError {
    match error {
        Error::CertExpired { .. } => CertificateError::Expired,
        Error::CertNotValidYet { .. } => CertificateError::NotYetValid,
        Error::CertNotValidForName(_) => CertificateError::WrongHost,
        Error::UnknownIssuer => CertificateError::UnknownIssuer,
        Error::InvalidSignatureForPublicKey => CertificateError::WrongSignature,
        Error::RequiredEkuNotFoundContext(_) | Error::EmptyEkuExtension => {
            CertificateError::NotForServers
        }
        Error::EndEntityUsedAsCa | Error::PathLenConstraintViolated => {
            CertificateError::NotAnAuthority
        }
        Error::CaUsedAsEndEntity => CertificateError::AuthorityAsServer,
        Error::NameConstraintViolation => CertificateError::NameConstraint,
        Error::UnsupportedCriticalExtension => CertificateError::CriticalExtension,
        Error::UnsupportedSignatureAlgorithmContext(_)
        | Error::UnsupportedSignatureAlgorithmForPublicKeyContext(_) => {
            CertificateError::Unsupported
        }
        Error::MaximumNameConstraintComparisonsExceeded
        | Error::MaximumPathBuildCallsExceeded
        | Error::MaximumPathDepthExceeded
        | Error::MaximumSignatureChecksExceeded => CertificateError::TooComplex,
        _ => CertificateError::Malformed,
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use std::vec::Vec;

    use proptest::prelude::*;

    use super::{CertificateError, Certificates, Question, verify};
    use crate::name;

    macro_rules! pair {
        ($kind:literal) => {
            (
                $kind,
                include_bytes!(concat!("../tests/data/ca-", $kind, ".der")) as &[u8],
                include_bytes!(concat!("../tests/data/leaf-", $kind, ".der")) as &[u8],
            )
        };
    }

    /// Authorities and what they have issued.
    const PAIRS: &[(&str, &[u8], &[u8])] = &[
        pair!("p256"),
        #[cfg(feature = "p384")]
        pair!("p384"),
        #[cfg(feature = "rsa")]
        pair!("rsa2048"),
        #[cfg(feature = "rsa")]
        pair!("rsa3072"),
        #[cfg(feature = "ed25519")]
        pair!("ed25519"),
    ];

    fn check(leaf: &[u8], ca: &[u8]) -> Result<(), CertificateError> {
        let name = name::parse("device.example").unwrap();
        let [_, length @ ..] = u32::try_from(leaf.len()).unwrap().to_be_bytes();
        let list: Vec<u8> = length.iter().chain(leaf).chain(&[0, 0]).copied().collect();
        let certificates = Certificates::of(&list);
        verify(&Question { certificates: &certificates, name: &name, now: None }, &[ca])
    }

    #[test]
    fn each_leads_to_its_own_authority_only() {
        for (kind, ca, _) in PAIRS {
            for (other, _, leaf) in PAIRS {
                assert_eq!(check(leaf, ca).is_ok(), kind == other, "{kind} {other}");
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(if cfg!(debug_assertions) { 100 } else { 2000 }))]

        #[test]
        fn no_bit_of_a_certificate_can_be_changed(
            pair in 0..PAIRS.len(),
            at: prop::sample::Index,
            bit in 0..8,
        ) {
            let (kind, ca, leaf) = PAIRS[pair];
            let mut changed = leaf.to_vec();
            let at = at.index(changed.len());
            changed[at] ^= 1_u8 << bit;
            prop_assert!(check(&changed, ca).is_err(), "{} {} {}", kind, at, bit);
        }

        #[test]
        fn no_change_of_an_authority_is_a_panic(
            pair in 0..PAIRS.len(),
            at: prop::sample::Index,
            byte: u8,
        ) {
            let (_, ca, leaf) = PAIRS[pair];
            let mut changed = ca.to_vec();
            let at = at.index(changed.len());
            changed[at] = byte;
            let _ = check(leaf, &changed);
        }
    }
}
