//! What a site is told of a request with its method and target. It holds a pointer to the way that it needs.

use super::{Connection, Context};
use crate::server::event::Access;
use crate::server::target::path;
use crate::server::{Event, MatchedPath};
use crate::wire::RequestHead;

/// Of what is told.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::server) enum Told {
    Request,
    /// It is over: all of it was sent, or it was cut off.
    Response {
        is_complete: bool,
    },
}

impl<A, T> Connection<A, T> {
    /// Tells of a request, or of its response.
    pub(super) fn tell(&mut self, rx: &[u8], context: &mut Context<'_, A, T>, what: Told) {
        if let Some(tell) = context.site.tell {
            tell(self, rx, context, what);
        }
    }

    fn tell_all<const HAS_GROUPS: bool>(
        &mut self,
        rx: &[u8],
        context: &mut Context<'_, A, T>,
        what: Told,
    ) {
        let kept = self.head.kept().min(self.piece.start());
        let head = RequestHead::new(rx.get(..kept).unwrap_or_default());
        let (method, target) = (head.method(), head.target());
        let route = self.route.filter(|_| kept > 0).map(|route| {
            if HAS_GROUPS {
                MatchedPath::in_groups(context.site.routes, path(head.parts().1), route)
            } else {
                MatchedPath::plain(route.path)
            }
        });
        context.notify(&match what {
            Told::Request => Event::Request { method, target },
            Told::Response { is_complete } => Event::Completed(Access {
                method,
                target,
                route,
                status: self.out.status,
                bytes: self.out.position,
                ms: context.now_ms.wrapping_sub(self.begun_ms),
                is_complete,
            }),
        });
    }

    /// Does what of both the site wants.
    pub(in crate::server) fn tell_by<
        const HAS_GROUPS: bool,
        const TELLS: bool,
        const COUNTS: bool,
    >(
        &mut self,
        rx: &[u8],
        context: &mut Context<'_, A, T>,
        what: Told,
    ) {
        if COUNTS && what == Told::Request {
            self.out.left = self.out.left.counted(context.site.limit);
        }
        if TELLS {
            self.tell_all::<HAS_GROUPS>(rx, context, what);
        }
    }
}
