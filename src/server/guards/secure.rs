use crate::server::{Reply, Request};

/// Headers that have a browser allow pages of the board no more than they need; for
/// [`Site::map_response`](crate::server::Site::map_response), so that all answers have them. A handler of a page that
/// needs something else sets another policy, and browsers hold to both.
///
/// | header | what it does |
/// |---|---|
/// | `Content-Security-Policy: default-src 'self' 'unsafe-inline' data:; frame-ancestors 'none'` | nothing is loaded from elsewhere, and nobody shows the page in a frame |
/// | `X-Content-Type-Options: nosniff` | what says that it is text is not run as a script |
/// | `Referrer-Policy: no-referrer` | other sites are not told the board's address |
/// | `Cross-Origin-Resource-Policy: same-origin` | no page of another site shows or runs what the board has |
///
/// 197 bytes in each response, for which the slot has to have room.
///
/// ```
/// use nal_http::server::{Route, Site, guards};
///
/// const SITE: Site<()> = Site::new(&[Route::get("/", |_, _, reply| reply.html("<p>301"))])
///     .map_response(guards::secure_headers);
/// # let _ = SITE;
/// ```
pub fn secure_headers<A, T>(_: &mut A, _: &Request<'_, T>, reply: &mut Reply<'_>) {
    for (name, value) in HEADERS {
        reply.header(name, value);
    }
}

const HEADERS: [(&str, &str); 4] = [
    ("Content-Security-Policy", "default-src 'self' 'unsafe-inline' data:; frame-ancestors 'none'"),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
];

#[cfg(test)]
mod tests {
    use super::HEADERS;

    #[test]
    fn they_are_as_long_as_is_said() {
        let bytes: usize = HEADERS.iter().map(|(name, value)| name.len() + value.len() + 4).sum();
        assert_eq!(bytes, 197);
    }
}
