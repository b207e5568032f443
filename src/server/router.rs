use super::Route;
use super::pattern::{fits, fits_all};
use super::target::climbs;
use crate::wire::{Method, Status, Writer};

/// What a table of routes has for a request.
pub(super) enum Found<A: 'static, T: 'static> {
    Route(&'static Route<A, T>),
    /// The path is not known: 404, or 501 if the method is not, either.
    Nothing(Status),
    /// There is no other answer than this: of a known path, 204 if the request asks which methods it has,
    /// 405 if it is for other methods only.
    Refused(Status),
}

/// Looks for the first route that fits.
///
/// A path is known if a route fits it that is more than a fallback: one for every path (`/{*any}`)
/// takes what no other has, and one for OPTIONS says how to ask, not what there is.
pub(super) fn find<A, T>(
    routes: &'static [Route<A, T>],
    method: &[u8],
    path: &[u8],
) -> Found<A, T> {
    if climbs(path) {
        return Found::Refused(Status::BAD_REQUEST);
    }
    let (mut of_get, mut is_there, mut is_known) = (None, false, false);
    for route in routes.iter().filter(|route| fits(route.path, path)) {
        if is(route.method, method) {
            return Found::Route(route);
        }
        if of_get.is_none() && route.method == Method::GET {
            of_get = Some(route);
        }
        is_there = true;
        is_known |= route.method != Method::OPTIONS && !fits_all(route.path);
    }
    if let Some(route) = of_get.filter(|_| method == b"HEAD") {
        return Found::Route(route);
    }
    if method == b"OPTIONS" && (path == b"*" || is_there) {
        return Found::Refused(Status::NO_CONTENT);
    }
    let status = match (is_implemented(routes, method), is_known) {
        (false, _) => Status::NOT_IMPLEMENTED,
        (true, true) => Status::METHOD_NOT_ALLOWED,
        (true, false) => Status::NOT_FOUND,
    };
    if is_known { Found::Refused(status) } else { Found::Nothing(status) }
}

/// Whether a method is known to the server, or to one of its routes.
fn is_implemented<A, T>(routes: &[Route<A, T>], method: &[u8]) -> bool {
    let is_standard = Method::STANDARD.iter().any(|&standard| is(standard, method));
    (is_standard && method != b"CONNECT") || routes.iter().any(|route| is(route.method, method))
}

fn is(method: Method<'_>, name: &[u8]) -> bool {
    method.as_str().as_bytes() == name
}

/// Writes the methods that `path` has, each once, for `Allow` (RFC 9110 section 10.2.1).
pub(super) fn write_methods<A, T>(routes: &[Route<A, T>], path: &[u8], writer: &mut Writer<'_>) {
    let fits = |route: &Route<A, T>| path == b"*" || fits(route.path, path);
    let mut separator = "";
    for (index, route) in routes.iter().enumerate() {
        // GET is told as HEAD, too; and of two routes with one method, the first tells of it.
        let is_told = routes.iter().enumerate().any(|(other_index, other)| {
            let tells = if other.method == route.method {
                other_index < index
            } else {
                other.method == Method::GET && route.method == Method::HEAD
            };
            tells && fits(other)
        });
        if is_told || !fits(route) {
            continue;
        }
        writer.str(separator);
        separator = ", ";
        writer.str(route.method.as_str());
        if route.method == Method::GET {
            writer.str(", HEAD");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::{Answer, Reply, Request};

    fn nothing(_: &mut (), _: &mut Request<'_>, reply: &mut Reply<'_>) -> Answer {
        reply.no_content()
    }

    const PURGE: Method<'static> = match Method::new("PURGE") {
        Ok(method) => method,
        Err(_) => panic!(),
    };

    const ROUTES: &[Route<()>] =
        &[Route::get("/a", nothing), Route::put("/a", nothing), Route::new(PURGE, "/b", nothing)];

    #[test]
    fn methods() {
        let table = [
            ("GET", "/a", 200),
            ("HEAD", "/a", 200),
            ("PUT", "/a", 200),
            ("POST", "/a", 405),
            ("TRACE", "/a", 405),
            ("OPTIONS", "/a", 204),
            ("OPTIONS", "*", 204),
            ("OPTIONS", "/x", 404),
            ("PURGE", "/a", 405),
            ("PURGE", "/b", 200),
            ("HEAD", "/b", 405),
            ("GET", "/x", 404),
            ("BREW", "/a", 501),
            ("get", "/a", 501),
            ("CONNECT", "/a", 501),
        ];
        for (method, path, expected) in table {
            let code = match find(ROUTES, method.as_bytes(), path.as_bytes()) {
                Found::Route(_) => 200,
                Found::Nothing(status) | Found::Refused(status) => status.code(),
            };
            assert_eq!(code, expected, "{method} {path}");
        }
        let mut buffer = [0; 64];
        let mut writer = Writer::new(&mut buffer);
        write_methods(ROUTES, b"/a", &mut writer);
        assert_eq!(writer.written(), b"GET, HEAD, PUT");
    }
}
