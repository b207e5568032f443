//! What a site points to: so an image has nothing of what its site does not need.

use super::{LISTENS, Site};
use crate::server::connection::{Context, Told};
use crate::server::group::{self, Descent};
use crate::server::reply::{Late, Shown};
use crate::server::router;
use crate::server::target::path;
use crate::server::{Connection, Outcome, Reply, Request, Route};
use crate::wire::Writer;

/// What does what a site needs, and nothing else.
#[derive(Debug)]
pub(in crate::server) struct Ways<A: 'static, T: 'static> {
    /// Takes in what has arrived of a head, and finds out what is to be done.
    pub advance_head: AdvanceHead<A, T>,
    /// Writes the methods that a path has.
    pub write_methods: WriteMethods<A, T>,
    pub prepare: Option<Prepare<A, T>>,
    has_groups: bool,
}

type AdvanceHead<A, T> =
    fn(&mut Connection<A, T>, &mut [u8], &mut [u8], &mut Context<'_, A, T>) -> bool;

type WriteMethods<A, T> = fn(&'static [Route<A, T>], &[u8], &mut Writer<'_>);

/// Readies request and reply for who answers; the reply's head only if that is still open. The last argument is
/// whether the answer may be more than a status alone.
type Prepare<A, T> = for<'c> fn(&'c Site<A, T>, &mut A, &mut Request<'c, T>, &mut Reply<'c>, bool);

/// Tells of a request with its method and target, and counts it.
pub(in crate::server) type Tell<A, T> =
    fn(&mut Connection<A, T>, &[u8], &mut Context<'_, A, T>, Told);

impl<A, T: Default> Ways<A, T> {
    /// Of a site that wants nothing.
    pub const PLAIN: &'static Self = &Self::new::<false, false>(None);

    /// `IS_CHOOSY`: only some cookies are kept, or routes want headers of their own.
    const fn new<const IS_CHOOSY: bool, const HAS_GROUPS: bool>(
        prepare: Option<Prepare<A, T>>,
    ) -> Self {
        Self {
            advance_head: Connection::advance_head::<IS_CHOOSY, HAS_GROUPS>,
            write_methods: if HAS_GROUPS {
                router::write_methods_of_groups
            } else {
                router::write_methods
            },
            prepare,
            has_groups: HAS_GROUPS,
        }
    }
}

/// What a site needs follows from all that is set of it, so its builder methods can be called in any order: each that may
/// change it ends with one of these.
impl<A, T: Default> Site<A, T> {
    pub(super) const fn ready(mut self) -> Self {
        let has = group::look(self.routes);
        let is_choosy = has.wants || !self.cookies.is_empty();
        self.ways = match (is_choosy, has.groups, has.afters) {
            (false, false, _) => self.ways_for::<false, false, false>(),
            (false, true, false) => self.ways_for::<false, true, false>(),
            (false, true, true) => self.ways_for::<false, true, true>(),
            (true, false, _) => self.ways_for::<true, false, false>(),
            (true, true, false) => self.ways_for::<true, true, false>(),
            (true, true, true) => self.ways_for::<true, true, true>(),
        };
        self.ready_to_tell()
    }

    /// Apart from the others, so that a hook can be set at run time, and the compiler need not take all of them.
    pub(super) const fn ready_to_tell(mut self) -> Self {
        self.tell = match (self.hook.is_some() || LISTENS, self.limit > 0, self.ways.has_groups) {
            (false, false, _) => None,
            (false, true, _) => Some(Connection::tell_by::<false, false, true>),
            (true, false, false) => Some(Connection::tell_by::<false, true, false>),
            (true, false, true) => Some(Connection::tell_by::<true, true, false>),
            (true, true, false) => Some(Connection::tell_by::<false, true, true>),
            (true, true, true) => Some(Connection::tell_by::<true, true, true>),
        };
        self
    }

    const fn ways_for<const IS_CHOOSY: bool, const HAS_GROUPS: bool, const HAS_AFTERS: bool>(
        &self,
    ) -> &'static Ways<A, T> {
        if self.clock.is_some() {
            const {
                &Ways::new::<IS_CHOOSY, HAS_GROUPS>(Some(
                    Self::prepare::<true, HAS_GROUPS, HAS_AFTERS>,
                ))
            }
        } else if self.map_response.is_some() || HAS_GROUPS {
            const {
                &Ways::new::<IS_CHOOSY, HAS_GROUPS>(Some(
                    Self::prepare::<false, HAS_GROUPS, HAS_AFTERS>,
                ))
            }
        } else {
            const { &Ways::new::<IS_CHOOSY, HAS_GROUPS>(None) }
        }
    }
}

impl<A, T> Site<A, T> {
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
