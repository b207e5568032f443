//! The host as TLS needs it: to send to the server, and to compare it with the certificate.

use pki_types::{DnsName, IpAddr, ServerName};

use super::TlsError;

/// The name without the dot that makes it absolute: neither SNI (RFC 6066 section 3) nor
/// certificates have that dot.
pub(super) fn trimmed(host: &str) -> &str {
    let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    host.strip_suffix('.').unwrap_or(host)
}

/// What the certificate must be for.
pub(super) fn parse(host: &str) -> Result<ServerName<'_>, TlsError> {
    if let Ok(ip) = IpAddr::try_from(host) {
        return Ok(ServerName::IpAddress(ip));
    }
    DnsName::try_from(host).map(ServerName::DnsName).map_err(|_| TlsError::Host)
}

/// What `server_name` has: names only, never an address (RFC 6066 section 3).
pub(super) fn indication<'h>(name: &'h ServerName<'_>) -> Option<&'h str> {
    match name {
        ServerName::DnsName(name) => Some(name.as_ref()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{indication, parse, trimmed};

    #[test]
    fn hosts() {
        for (host, sni) in [
            ("example.com", Ok(Some("example.com"))),
            ("example.com.", Ok(Some("example.com"))),
            ("xn--bcher-kva.example", Ok(Some("xn--bcher-kva.example"))),
            ("192.168.0.9", Ok(None)),
            ("::1", Ok(None)),
            ("[2001:db8::1]", Ok(None)),
            ("", Err(())),
            (".", Err(())),
            ("a..b", Err(())),
            ("bücher.example", Err(())),
            ("*.example.com", Err(())),
            ("a b", Err(())),
        ] {
            let name = parse(trimmed(host));
            assert_eq!(name.as_ref().map(indication).map_err(|_| ()), sni, "{host}");
        }
    }
}
