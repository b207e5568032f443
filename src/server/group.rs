use core::fmt;

use super::{Failure, Outcome, Request, Route, pattern};

/// Is asked about a request before its handler; see [`Group::guard`].
pub type Guard<A, T = ()> = fn(&mut A, &Request<'_, T>) -> Result<(), Failure>;

/// Is shown each response before its head leaves; see [`Group::after`].
pub type After = fn(&mut Outcome<'_, '_>);

/// Routes that have something in common: the front of their paths, who is let pass, what their responses say.
///
/// [`Route::group`] puts it into a table, be it that of the [`Site`](super::Site) or of another group. Its routes
/// are written without the prefix; the one for the prefix itself has the path `""`.
///
/// ```
/// use nal_http::server::{Group, Route, Site, guards};
/// # use nal_http::testing::TestClient;
///
/// struct App;
///
/// const PINS: &Group<App> = &Group::new(&[
///     Route::get("", |_, _, reply| reply.text("all pins")),
///     Route::get("/{pin}", |_, request, reply| {
///         let pin: u8 = request.param_as("pin")?;
///         reply.write("text/plain", |body| body.number(pin.into()))
///     }),
/// ]);
///
/// const API: &Group<App> = &Group::new(&[
///     Route::get("/light", |_, _, reply| reply.text("301")),
///     Route::group("/pins", PINS),
/// ])
/// .guard(|_, request| guards::bearer(request, "nWZ3yB0aHqC7vQe1", "Bearer realm=\"board\""))
/// .after(|outcome| outcome.header("Cache-Control", "no-store"));
///
/// const SITE: Site<App> = Site::new(&[
///     Route::get("/", |_, _, reply| reply.html("<p>Welcome")),
///     Route::group("/api", API),
/// ])
/// .want(&["Authorization"]);
/// # let mut client = TestClient::new(SITE);
/// # assert_eq!(client.get(&mut App, "/").status_code, 200);
/// # assert_eq!(client.get(&mut App, "/api/pins/7").status_code, 401);
/// ```
///
/// # Which table is looked at
/// A group has its prefix and all paths below it: what its table does not know is a 404, a 405 or a 501, whatever
/// the tables around it have, and the methods that OPTIONS and a 405 name are those of its table. So no route
/// that is beside a group may have a path below its prefix, nor may another group. In a `const`, that does not
/// compile:
///
/// ```compile_fail
/// # use nal_http::server::{Group, Route, Site};
/// # const API: &Group<()> = &Group::new(&[]);
/// const SITE: Site<()> = Site::new(&[
///     Route::get("/api/light", |_, _, reply| reply.text("301")),
///     Route::group("/api", API),
/// ]);
/// # let _ = SITE;
/// ```
///
/// A route with parameters may fit such paths, as `/{*path}` of files does: it is for all others.
pub struct Group<A: 'static, T: 'static = ()> {
    pub(super) routes: &'static [Route<A, T>],
    pub(super) guard: Option<Guard<A, T>>,
    pub(super) after: Option<After>,
}

impl<A, T> Group<A, T> {
    /// A group of these routes, and of groups below its own prefix. The first route that fits is taken.
    ///
    /// # Panics
    /// A route is never taken, since an earlier one with its method, or a group, has all that fits it. In a `const`,
    /// that does not compile.
    #[must_use]
    pub const fn new(routes: &'static [Route<A, T>]) -> Self {
        check(routes);
        Self { routes, guard: None, after: None }
    }

    /// Has `guard` asked about each request for a path of the group, whether there is such a route or not; `Err`
    /// is the answer, of any status.
    ///
    /// It is asked when the head has come and before the body has: a client that waits for `100 Continue` is told to go
    /// on behind the guard alone. Of several groups around each other, the outermost is asked first. Several
    /// guards are a function that asks one after the other with `?`.
    ///
    /// It is not asked where the answer to OPTIONS is the server's own list of methods: browsers send no
    /// credentials in front of a request of another origin (CORS), and would never be let pass.
    ///
    /// What it looks at of the request's headers has to be wanted: by [`Site::want`](super::Site::want), and by routes with a
    /// [`want`](Route::want) of their own. The [body](Request::body) is empty. What is in [`guards`](super::guards) fits:
    ///
    /// ```
    /// use nal_http::server::{Group, Route, guards};
    ///
    /// const ADMIN: &Group<()> = &Group::new(&[Route::post("/restart", |_, _, reply| reply.no_content())])
    ///     .guard(|_, request| {
    ///         guards::host(request, &["board.local"])?;
    ///         guards::basic(request, "admin", "secret", "Basic realm=\"board\"")
    ///     });
    /// # let _ = ADMIN;
    /// ```
    ///
    /// # Panics
    /// It was called before: the second would take the place of the first. In a `const`, that does not compile.
    #[must_use]
    pub const fn guard(mut self, guard: Guard<A, T>) -> Self {
        assert!(
            self.guard.is_none(),
            "a group has one `guard`: it asks all that there are, with `?`"
        );
        self.guard = Some(guard);
        self
    }

    /// Has `after` shown each response to a request for a path of the group, the server's own included, such as a 404
    /// or what a guard has answered. Its status is known then, and headers can be added. Of several groups around each
    /// other, the outermost is the first, so the innermost has the last word.
    ///
    /// It is not given the application, which the handler has while it begins its body: what depends on that is for
    /// [`Site::map_response`](super::Site::map_response), [`handle_error`](super::Site::handle_error) or
    /// [`on_event`](super::Site::on_event), which is told the status of each response.
    ///
    /// Only a page that fails, and is sent once more as its status alone, is not shown.
    ///
    /// # Panics
    /// It was called before: the second would take the place of the first. In a `const`, that does not compile.
    #[must_use]
    pub const fn after(mut self, after: After) -> Self {
        assert!(self.after.is_none(), "a group has one `after`: it calls all that there are");
        self.after = Some(after);
        self
    }
}

impl<A, T> fmt::Debug for Group<A, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.routes).finish()
    }
}

/// The way from a table into the groups that have a path, from the outermost on.
pub(super) struct Descent<'p, A: 'static, T: 'static> {
    pub routes: &'static [Route<A, T>],
    /// What is behind their prefixes.
    pub path: &'p [u8],
    /// So many segments the prefixes have.
    pub depth: u8,
}

impl<'p, A, T> Descent<'p, A, T> {
    pub const fn new(routes: &'static [Route<A, T>], path: &'p [u8]) -> Self {
        Self { routes, path, depth: 0 }
    }

    /// All of it.
    pub fn to(routes: &'static [Route<A, T>], path: &'p [u8]) -> Self {
        let mut descent = Self::new(routes, path);
        while descent.enter().is_some() {}
        descent
    }

    /// The next group as it stands in the table, which is left for that of the group.
    pub fn enter(&mut self) -> Option<&'static Route<A, T>> {
        for route in self.routes {
            let Some(group) = route.as_group() else { continue };
            if let Some((path, depth)) = pattern::behind(route.path, self.path) {
                (self.routes, self.path) = (group.routes, path);
                self.depth = self.depth.saturating_add(depth);
                return Some(route);
            }
        }
        None
    }
}

impl<A, T> Iterator for Descent<'_, A, T> {
    type Item = &'static Group<A, T>;

    fn next(&mut self) -> Option<Self::Item> {
        self.enter()?.as_group()
    }
}

/// What the tables of a site have, in any of its groups.
pub(super) struct Has {
    pub groups: bool,
    pub wants: bool,
    pub afters: bool,
}

pub(super) const fn look<A, T>(mut routes: &[Route<A, T>]) -> Has {
    let mut has = Has { groups: false, wants: false, afters: false };
    while let [route, rest @ ..] = routes {
        has.wants |= route.wanted().is_some();
        if let Some(group) = route.as_group() {
            let inner = look(group.routes);
            has.groups = true;
            has.wants |= inner.wants;
            has.afters |= inner.afters || group.after.is_some();
        }
        routes = rest;
    }
    has
}

/// Panics if a route is never taken.
pub(super) const fn check<A, T>(mut routes: &[Route<A, T>]) {
    while let [earlier, rest @ ..] = routes {
        let mut others = rest;
        while let [later, rest @ ..] = others {
            match (earlier.as_group(), later.as_group()) {
                (None, None) => {
                    let (a, b) = (earlier.method.as_str(), later.method.as_str());
                    assert!(
                        !pattern::is_same(a.as_bytes(), b.as_bytes())
                            || !pattern::covers(earlier.path, later.path),
                        "a route is never taken: an earlier one with its method fits all that it fits"
                    );
                }
                (Some(_), Some(_)) => assert!(
                    !pattern::is_below(earlier.path, later.path)
                        && !pattern::is_below(later.path, earlier.path),
                    "two groups overlap: one has to be put into the other's table"
                ),
                (Some(_), None) => check_beside(earlier, later),
                (None, Some(_)) => check_beside(later, earlier),
            }
            others = rest;
        }
        routes = rest;
    }
}

const fn check_beside<A, T>(group: &Route<A, T>, route: &Route<A, T>) {
    assert!(
        !pattern::is_below(group.path, route.path),
        "a route is never taken: a group beside it has all that it fits"
    );
}
