use core::{fmt, ptr};

use super::Route;
use super::group::Descent;

/// The path of the route that a request has found, as the tables have it, behind the prefixes of the groups that it is in:
/// `/api/devices/{id}` for `/api/devices/7`. So there are only as many as there are routes, whatever clients ask for.
///
/// It prints as that. Two are the same if they print the same. It is `'static` and of 16 bytes on a 32-bit target, so
/// an application can keep it, as to count by it; see [`Access::route`](super::Access::route).
///
/// ```
/// use nal_http::server::{Event, Group, Route, Site};
///
/// const DEVICES: &Group<Vec<String>> =
///     &Group::new(&[Route::get("/{id}", |_, _, reply| reply.text("on"))]);
/// const SITE: Site<Vec<String>> = Site::new(&[Route::group("/api/devices", DEVICES)])
///     .on_event(|log, _, event| {
///         if let Event::Completed(access) = event {
///             let route = access.route.map_or("no route".into(), |route| route.to_string());
///             log.push(format!("{access} by {route}"));
///         }
///     });
/// # let (mut client, mut log) = (nal_http::testing::TestClient::new(SITE), Vec::new());
/// # client.get(&mut log, "/api/devices/7");
/// # client.get(&mut log, "/wp-login.php");
/// # assert_eq!(log[0], "GET /api/devices/7 200 2 bytes 0 ms by /api/devices/{id}");
/// # assert_eq!(log[1], "GET /wp-login.php 404 9 bytes 0 ms by no route");
/// ```
#[derive(Clone, Copy)]
pub struct MatchedPath(Way);

#[derive(Clone, Copy)]
enum Way {
    /// Of a route in the table of a site.
    Plain(&'static str),
    /// From this group of that table on: which of the routes of its table is next, times how many there are, and so on.
    In { outermost: &'static dyn Node, next: usize },
}

/// A route of any application, or a group.
pub(super) trait Node: Sync {
    fn path(&self) -> &'static str;

    /// Where the way leads from a group, and the rest of it.
    fn follow(&self, next: usize) -> Option<(&'static dyn Node, usize)>;
}

impl<A, T> Node for Route<A, T> {
    fn path(&self) -> &'static str {
        self.path
    }

    fn follow(&self, next: usize) -> Option<(&'static dyn Node, usize)> {
        let routes = self.as_group()?.routes;
        let route = routes.get(next.checked_rem(routes.len())?)?;
        Some((route, next.checked_div(routes.len())?))
    }
}

impl MatchedPath {
    pub(super) const fn plain(path: &'static str) -> Self {
        Self(Way::Plain(path))
    }

    /// Of `route`, which is what a request for `path` has found in these tables.
    pub(super) fn in_groups<A, T>(
        routes: &'static [Route<A, T>],
        path: &[u8],
        route: &'static Route<A, T>,
    ) -> Self {
        let mut descent = Descent::new(routes, path);
        let Some(outermost) = descent.enter() else { return Self::plain(route.path) };
        let (mut next, mut ways) = (0_usize, 1_usize);
        loop {
            let table = descent.routes;
            let group = descent.enter();
            let target = group.unwrap_or(route);
            let index = table.iter().position(|it| ptr::eq(it, target)).unwrap_or_default();
            next = next.wrapping_add(index.wrapping_mul(ways));
            ways = ways.wrapping_mul(table.len());
            if group.is_none() {
                return Self(Way::In { outermost, next });
            }
        }
    }

    /// What stands one behind the other.
    pub(super) const fn parts(self) -> Parts {
        Parts(Some(self.0))
    }
}

pub(super) struct Parts(Option<Way>);

impl Iterator for Parts {
    type Item = &'static str;

    fn next(&mut self) -> Option<Self::Item> {
        let (node, next) = match self.0.take()? {
            Way::Plain(path) => return Some(path),
            Way::In { outermost, next } => (outermost, next),
        };
        let Some((outermost, next)) = node.follow(next) else { return Some(node.path()) };
        self.0 = Some(Way::In { outermost, next });
        // A group at `/` has no prefix.
        Some(if node.path() == "/" { "" } else { node.path() })
    }
}

impl PartialEq for MatchedPath {
    fn eq(&self, other: &Self) -> bool {
        let (mut own, mut others) = (self.parts(), other.parts());
        let (mut a, mut b): (&[u8], &[u8]) = (&[], &[]);
        loop {
            let n = a.len().min(b.len());
            let (Some((a_front, a_rest)), Some((b_front, b_rest))) =
                (a.split_at_checked(n), b.split_at_checked(n))
            else {
                return false;
            };
            if a_front != b_front {
                return false;
            }
            (a, b) = (a_rest, b_rest);
            let more = if a.is_empty() { own.next().map(|part| a = part.as_bytes()) } else { None };
            let others_more =
                if b.is_empty() { others.next().map(|part| b = part.as_bytes()) } else { None };
            if more.or(others_more).is_none() {
                return a.is_empty() && b.is_empty();
            }
        }
    }
}

impl Eq for MatchedPath {}

impl fmt::Display for MatchedPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.parts().try_for_each(|part| f.write_str(part))
    }
}

impl fmt::Debug for MatchedPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{self}\"")
    }
}

#[cfg(feature = "defmt")]
impl defmt::Format for MatchedPath {
    fn format(&self, f: defmt::Formatter<'_>) {
        for part in self.parts() {
            defmt::write!(f, "{=str}", part);
        }
    }
}
