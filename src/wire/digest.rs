use super::Base64;

/// The SHA-256 in the value of a `Content-Digest` or `Repr-Digest` (RFC 9530), such as
/// `sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:`; `None` if it has none, or is malformed.
///
/// Both are a dictionary (RFC 9651 section 3.2) of algorithms, each with its bytes in Base64; others beside it are passed over,
/// and of two the last counts.
///
/// ```
/// use nal_http::wire::digest_sha256;
///
/// let digest = digest_sha256(b"md5=:1B2M2Y8AsgTpgAmY7PhCfg==:, sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:");
/// assert_eq!(digest.unwrap()[..4], [0xe3, 0xb0, 0xc4, 0x42]);
/// ```
#[must_use]
pub fn digest_sha256(field: &[u8]) -> Option<[u8; 32]> {
    let mut members = field.rsplit(|byte| *byte == b',').map(<[u8]>::trim_ascii);
    let value = members.find_map(|member| member.strip_prefix(b"sha-256=:"))?;
    let mut parts = value.splitn(2, |byte| *byte == b':');
    let (digits, parameters) = (parts.next()?, parts.next()?);
    if !parameters.is_empty() && !parameters.starts_with(b";") {
        return None;
    }
    let mut bytes = Base64::new(digits.strip_suffix(b"=").unwrap_or(digits));
    let mut digest = [0; 32];
    for place in &mut digest {
        *place = bytes.next()??;
    }
    bytes.next().is_none().then_some(digest)
}

#[cfg(test)]
mod tests {
    use std::format;
    use std::string::String;

    use super::*;

    #[test]
    fn a_sha_256_among_others() {
        const DIGITS: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
        let digest: [u8; 32] = core::array::from_fn(|n| n.to_le_bytes()[0]);
        let plain = DIGITS.trim_end_matches('=');
        for field in [
            format!("sha-256=:{DIGITS}:"),
            format!("sha-256=:{plain}:"),
            format!(" sha-512=:AA==: ,\tsha-256=:{DIGITS}: "),
            format!("sha-256=:{DIGITS}:;a=1, unixsum=:AA==:"),
            format!("sha-256=:AA==:, sha-256=:{DIGITS}:"),
        ] {
            assert_eq!(digest_sha256(field.as_bytes()), Some(digest), "{field}");
        }
        for field in [
            String::new(),
            DIGITS.into(),
            "sha-256".into(),
            "sha-256=:".into(),
            "sha-256=::".into(),
            format!("sha-256={DIGITS}"),
            format!("sha-256=:{DIGITS}"),
            format!("sha-256=:{DIGITS}:x"),
            format!("sha-256=:{plain}==:"),
            format!("sha-256=:={plain}:"),
            format!("sha-256=:AAAA{DIGITS}:"),
            format!("sha-256=:{}:", &DIGITS[4..]),
            format!("sha-256=:{}:", DIGITS.replace('E', "-")),
            format!("sha-512=:{DIGITS}:"),
            format!("xsha-256=:{DIGITS}:"),
            format!("sha-256=:{DIGITS}:, sha-256=:AA==:"),
        ] {
            assert_eq!(digest_sha256(field.as_bytes()), None, "{field}");
        }
    }
}
