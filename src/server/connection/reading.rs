//! How heads are read. A site holds a pointer to the way that it needs.

use super::Connection;
use crate::server::router::{self, Found};
use crate::server::target::path;
use crate::server::{Site, cookies};
use crate::wire::{HeadError, HeadRules, Progress, RequestHead, Window};

impl<A, T> Connection<A, T> {
    /// Takes in what has arrived of a head. `IS_CHOOSY`: only some cookies are kept, or routes want headers of their own.
    pub(super) fn read_head<const IS_CHOOSY: bool, const HAS_GROUPS: bool>(
        &mut self,
        rx: &mut [u8],
        site: &Site<A, T>,
    ) -> Result<Progress, HeadError> {
        if IS_CHOOSY {
            self.read_chosen::<HAS_GROUPS>(rx, site)
        } else {
            self.read_by(rx, &site.rules)
        }
    }

    fn read_chosen<const HAS_GROUPS: bool>(
        &mut self,
        rx: &mut [u8],
        site: &Site<A, T>,
    ) -> Result<Progress, HeadError> {
        if !site.cookies.is_empty() {
            let cut = cookies::thin(site.cookies, rx, &mut self.rx);
            self.head.cut(cut, &site.rules)?;
        }
        // No further than the first line, which says what is wanted of the others.
        while !self.head.has_begun() {
            let mut bytes = self.rx.bytes(rx).iter();
            let Some(at) = bytes.position(|&byte| byte == b'\n') else { break };
            let mut line = Window::at(self.rx.start());
            line.received(at + 1);
            self.rx.take(at + 1);
            self.head.advance(rx, &mut line, &site.rules)?;
        }
        let head = RequestHead::new(rx.get(..self.head.kept()).unwrap_or_default());
        let mut rules = site.rules;
        let (method, target) = head.parts();
        if let (Found::Route(route), _) =
            router::look::<_, _, HAS_GROUPS>(site.routes, method, path(target))
        {
            rules.wanted = route.wanted().unwrap_or(rules.wanted);
        }
        self.read_by(rx, &rules)
    }

    fn read_by(&mut self, rx: &mut [u8], rules: &HeadRules<'_>) -> Result<Progress, HeadError> {
        let progress = self.head.advance(rx, &mut self.rx, rules)?;
        if progress == Progress::NeedMore {
            self.head.make_room(rx, &mut self.rx, rules)?;
        }
        Ok(progress)
    }
}
