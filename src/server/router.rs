use super::Route;
use super::group::Descent;
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

/// Looks for the first route that fits, in a table alone.
///
/// A path is known if a route fits it that is more than a fallback: one for every path (`/{*any}`)
/// takes what no other has, and one for OPTIONS says how to ask, not what there is.
fn find<A, T, const HAS_GROUPS: bool>(
    routes: &'static [Route<A, T>],
    method: &[u8],
    path: &[u8],
) -> Found<A, T> {
    if climbs(path) {
        return Found::Refused(Status::BAD_REQUEST);
    }
    let (mut of_get, mut is_there, mut is_known) = (None, false, false);
    for route in routes.iter().filter(|route| is_for::<_, _, HAS_GROUPS>(route, path)) {
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

/// Looks for a route the way that the site needs; see [`find_in_groups`].
pub(super) fn look<A, T, const HAS_GROUPS: bool>(
    routes: &'static [Route<A, T>],
    method: &[u8],
    path: &[u8],
) -> (Found<A, T>, u8) {
    if HAS_GROUPS {
        find_in_groups(routes, method, path)
    } else {
        (find::<_, _, false>(routes, method, path), 0)
    }
}

/// The same in the table of the group that has the path, if there is one. Returns also how many segments of the
/// path are in front of what that sees.
fn find_in_groups<A, T>(
    routes: &'static [Route<A, T>],
    method: &[u8],
    path: &[u8],
) -> (Found<A, T>, u8) {
    let descent = Descent::to(routes, path);
    let mut found = find::<_, _, true>(descent.routes, method, descent.path);
    if let Found::Nothing(status) | Found::Refused(status) = &mut found {
        if *status == Status::NOT_IMPLEMENTED && has_method(routes, method) {
            // Another table knows the method.
            *status = Status::NOT_FOUND;
            if let Found::Refused(status) = &mut found {
                *status = Status::METHOD_NOT_ALLOWED;
            }
        }
    }
    (found, descent.depth)
}

fn is_for<A, T, const HAS_GROUPS: bool>(route: &Route<A, T>, path: &[u8]) -> bool {
    !(HAS_GROUPS && route.as_group().is_some()) && fits(route.path, path)
}

/// Whether a method is known to the server, or to one of its routes.
fn is_implemented<A, T>(routes: &[Route<A, T>], method: &[u8]) -> bool {
    let is_standard = Method::STANDARD.iter().any(|&standard| is(standard, method));
    (is_standard && method != b"CONNECT") || routes.iter().any(|route| is(route.method, method))
}

/// Whether a route has a method, in any of the tables.
fn has_method<A, T>(routes: &[Route<A, T>], method: &[u8]) -> bool {
    routes.iter().any(|route| match route.as_group() {
        Some(group) => has_method(group.routes, method),
        None => is(route.method, method),
    })
}

fn is(method: Method<'_>, name: &[u8]) -> bool {
    method.as_str().as_bytes() == name
}

/// Writes the methods that `path` has in a table alone, each once, for `Allow` (RFC 9110 section 10.2.1).
pub(super) fn write_methods<A, T>(
    routes: &'static [Route<A, T>],
    path: &[u8],
    writer: &mut Writer<'_>,
) {
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

/// The same in the table of the group that has the path; for `*` in all.
pub(super) fn write_methods_of_groups<A, T>(
    routes: &'static [Route<A, T>],
    path: &[u8],
    writer: &mut Writer<'_>,
) {
    let descent = Descent::to(routes, path);
    write_of_tables(descent.routes, descent.path, writer, writer.len());
}

fn write_of_tables<A, T>(
    routes: &[Route<A, T>],
    path: &[u8],
    writer: &mut Writer<'_>,
    start: usize,
) {
    let of_all = path == b"*";
    for route in routes {
        if let (true, Some(group)) = (of_all, route.as_group()) {
            write_of_tables(group.routes, path, writer, start);
        } else if of_all || is_for::<_, _, true>(route, path) {
            write_once(route.method.as_str(), writer, start);
            if route.method == Method::GET {
                write_once("HEAD", writer, start);
            }
        }
    }
}

/// Writes the method if it is not yet in the list that begins at `start`.
fn write_once(method: &str, writer: &mut Writer<'_>, start: usize) {
    let list = writer.written().get(start..).unwrap_or_default();
    if list.split(|byte| b", ".contains(byte)).any(|told| told == method.as_bytes()) {
        return;
    }
    if !list.is_empty() {
        writer.str(", ");
    }
    writer.str(method);
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
            let code = match find::<_, _, false>(ROUTES, method.as_bytes(), path.as_bytes()) {
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
