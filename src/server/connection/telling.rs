//! What a site is told of a request with its method and target. It holds a pointer to the way that it needs.

use super::{Connection, Context};
use crate::server::Event;
use crate::server::event::Access;
use crate::wire::RequestHead;

impl<A, T> Connection<A, T> {
    /// Tells of a request, or of its response if that is over.
    pub(super) fn tell(
        &mut self,
        rx: &[u8],
        context: &mut Context<'_, A, T>,
        access: Option<Access<'static>>,
    ) {
        if let Some(tell) = context.site.tell {
            tell(self, rx, context, access);
        }
    }

    /// Where somebody listens.
    pub(in crate::server) fn tell_all(
        &mut self,
        rx: &[u8],
        context: &mut Context<'_, A, T>,
        access: Option<Access<'static>>,
    ) {
        let kept = self.head.kept().min(self.piece.start());
        let head = RequestHead::new(rx.get(..kept).unwrap_or_default());
        let (method, target) = (head.method(), head.target());
        let route = self.route.filter(|_| kept > 0).map_or("", |route| route.path);
        context.notify(&match access {
            None => Event::Request { method, target },
            Some(access) => Event::Completed(Access { method, target, route, ..access }),
        });
    }

    /// The same where a connection has `LIMIT` requests at most.
    pub(in crate::server) fn tell_and_count<const LIMIT: i8>(
        &mut self,
        rx: &[u8],
        context: &mut Context<'_, A, T>,
        access: Option<Access<'static>>,
    ) {
        if access.is_none() {
            self.left = self.left.counted(LIMIT);
        }
        self.tell_all(rx, context, access);
    }
}
