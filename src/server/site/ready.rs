//! What a site points to: so an image has nothing of what its site does not need.

use super::Site;
use crate::server::group::{self, Descent};
use crate::server::reply::{Late, Shown};
use crate::server::router::{self, Ways};
use crate::server::target::path;
use crate::server::{Connection, Outcome, Reply, Request, Route};

/// Readies request and reply for who answers; the reply's head only if that is still open. The last argument is
/// whether the answer may be more than a status alone.
pub(super) type Prepare<A, T> =
    for<'c> fn(&'c Site<A, T>, &mut A, &mut Request<'c, T>, &mut Reply<'c>, bool);

impl<A, T: Default> Site<A, T> {
    /// What a site with these routes needs. `is_choosy`: only some cookies are kept, or routes want headers of their own.
    pub(super) const fn ways(is_choosy: bool, routes: &[Route<A, T>]) -> &'static Ways<A, T> {
        match (is_choosy, group::look(routes).groups) {
            (false, false) => &Ways {
                advance_head: Connection::advance_head::<false, false>,
                write_methods: router::write_methods,
            },
            (true, false) => &Ways {
                advance_head: Connection::advance_head::<true, false>,
                write_methods: router::write_methods,
            },
            (false, true) => &Ways {
                advance_head: Connection::advance_head::<false, true>,
                write_methods: router::write_methods_of_groups,
            },
            (true, true) => &Ways {
                advance_head: Connection::advance_head::<true, true>,
                write_methods: router::write_methods_of_groups,
            },
        }
    }
}

impl<A, T> Site<A, T> {
    /// What readies for all that is set.
    pub(super) const fn preparing(&self) -> Prepare<A, T> {
        let has = group::look(self.routes);
        match (self.clock.is_some(), has.groups, has.afters) {
            (false, false, _) => Self::prepare::<false, false, false>,
            (false, true, false) => Self::prepare::<false, true, false>,
            (false, true, true) => Self::prepare::<false, true, true>,
            (true, false, _) => Self::prepare::<true, false, false>,
            (true, true, false) => Self::prepare::<true, true, false>,
            (true, true, true) => Self::prepare::<true, true, true>,
        }
    }

    fn prepare<'c, const HAS_DATE: bool, const HAS_GROUPS: bool, const HAS_AFTERS: bool>(
        &'c self,
        app: &mut A,
        request: &mut Request<'c, T>,
        reply: &mut Reply<'c>,
        has_page: bool,
    ) {
        if HAS_GROUPS {
            request.depth = Descent::to(self.routes, path(request.head.parts().1)).depth;
        }
        if !reply.has_open_head() {
            return;
        }
        if HAS_DATE || HAS_AFTERS {
            let seconds = self.clock.filter(|_| HAS_DATE).and_then(|clock| clock(app));
            reply.late = Some(Late {
                finish: Late::finish::<HAS_DATE, HAS_AFTERS>,
                seconds: seconds.and_then(|seconds| u32::try_from(seconds).ok()),
                head: request.head,
                shown: if HAS_AFTERS && has_page { Some(self) } else { None },
            });
        }
        if let (true, Some(map)) = (has_page, self.map_response) {
            map(app, request, reply);
        }
    }
}

impl<A, T> Shown for Site<A, T> {
    fn show(&self, outcome: &mut Outcome<'_, '_>) {
        for group in Descent::new(self.routes, path(outcome.target().as_bytes())) {
            if let Some(after) = group.after {
                after(outcome);
            }
        }
    }
}
