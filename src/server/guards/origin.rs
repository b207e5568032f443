use crate::server::{Failure, Request};
use crate::wire::{Headers, Status, split_first, text};

/// Lets pass what pages of this server send, and those of the origins in `others`, such as `https://dashboard.example`:
/// against pages that have a browser POST a form here (cross-site request forgery, CSRF). Browsers send forms anywhere
/// unasked, with the cookies and passwords that they keep for this server; but they say whose page it is, in `Origin`
/// (RFC 6454 section 7).
///
/// GET, HEAD and OPTIONS pass, and so have to change nothing (RFC 9110 section 9.2.1); so does a client that is no browser,
/// and sends no `Origin`. `Host` and `Origin` have to be [wanted](crate::server::Site::want).
///
/// ```
/// use nal_http::server::{Group, Route, Site, guards};
/// # use nal_http::testing::TestClient;
///
/// const ALL: &Group<()> = &Group::new(&[Route::post("/led", |_, _, reply| reply.no_content())])
///     .guard(|_, request| guards::origin(request, &[]));
/// const SITE: Site<()> = Site::new(&[Route::group("/", ALL)]).want(&["Host", "Origin"]);
/// # let post = |origin| TestClient::new(SITE).header("Origin", origin).post(&mut (), "/led", "").status_code;
/// # assert_eq!([post("http://test"), post("http://evil.example")], [204, 403]);
/// ```
///
/// To a browser, a page whose name leads to this server is one of this server: [`host`](super::host) keeps that out.
///
/// # Errors
/// A failure with status 403 if the page is of another origin, or of none that it tells (`null`); also if headers were
/// dropped, and nobody knows whether `Origin` was among them.
pub fn origin<T>(request: &Request<'_, T>, others: &[&str]) -> Result<(), Failure> {
    let is_known = request.header("Origin").is_some() || !request.headers_dropped();
    if matches!(request.method(), "GET" | "HEAD" | "OPTIONS")
        || (is_known && is_from(request, others))
    {
        return Ok(());
    }
    Err(Failure::new(Status::FORBIDDEN, "pages of this origin may not send that here"))
}

/// Whether it is of a page of this server, of one of these other origins, or of no page at all.
pub(in crate::server) fn is_from<T>(request: &Request<'_, T>, others: &[&str]) -> bool {
    let headers = request.headers();
    let Some(origin) = headers.get_bytes("Origin") else { return true };
    let origin = text(origin).unwrap_or_default();
    let host = split_first(origin, b':').1.and_then(|rest| rest.strip_prefix("//"));
    let host = host.unwrap_or_default();
    let is_own =
        request.host().is_some_and(|own| !own.is_empty() && own.eq_ignore_ascii_case(host));
    let is_other = others.iter().any(|other| *other == "*" || origin.eq_ignore_ascii_case(other));
    (is_own || is_other) && !is_doubled(&headers, "Origin")
}

/// Whether a header is there more than once.
pub(in crate::server) fn is_doubled(headers: &Headers<'_>, name: &str) -> bool {
    headers.clone().filter(|(other, _)| other.eq_ignore_ascii_case(name)).nth(1).is_some()
}
