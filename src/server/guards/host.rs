use crate::server::{Failure, Request};
use crate::wire::Status;

/// Lets pass requests for one of our hosts, with any port: against DNS rebinding, where a page of another site has
/// its own name lead to the board's address, and so is the same origin to the browser. Only the name it asks
/// for tells.
///
/// `hosts` are names or addresses as they stand in URLs, such as `board.local`, `192.168.4.1` or `[fe80::1]`;
/// case does not matter, nor does a dot behind a name. An address cannot be rebound, so the board's own belongs here.
///
/// # Errors
/// A failure with status 421 (RFC 9110 section 15.5.20) for all others, also where no host is said.
pub fn host<T>(request: &Request<'_, T>, hosts: &[&str]) -> Result<(), Failure> {
    const MISDIRECTED: Status = match Status::new("421 Misdirected Request") {
        Some(status) => status,
        None => Status::BAD_REQUEST,
    };
    let asked = request.host().map(|host| name(host.trim_ascii()));
    if asked.is_some_and(|asked| hosts.iter().any(|host| host.eq_ignore_ascii_case(asked))) {
        return Ok(());
    }
    Err(Failure::new(MISDIRECTED, "this is not a name of this host"))
}

/// A host without its port.
fn name(host: &str) -> &str {
    let digits = host.bytes().rev().take_while(u8::is_ascii_digit).count();
    let front = host.len().checked_sub(digits).and_then(|end| host.get(..end));
    let name = front.and_then(|front| front.strip_suffix(':')).unwrap_or(host);
    name.strip_suffix('.').unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_without_ports() {
        for (host, expected) in [
            ("a.b", "a.b"),
            ("a.b:80", "a.b"),
            ("a.b:", "a.b"),
            ("a.b.:80", "a.b"),
            ("[fe80::1]", "[fe80::1]"),
            ("[fe80::1]:80", "[fe80::1]"),
            ("", ""),
        ] {
            assert_eq!(name(host), expected, "{host}");
        }
    }
}
