use heapless::Vec;

use super::payload::{Pairs, Payload, WritePairs};
use super::proxy::Proxy;
use super::trailers::KeepTrailers;
use crate::client::extra::{Extra, MAX_EXTRAS, Preset};
use crate::client::extras::redirects;
use crate::net::Timeouts;
use crate::wire::{HeadRules, Method, Needed};

/// The most headers that one request can be given, those of its client included.
pub const MAX_HEADERS: usize = 8;

/// Those of its own, and one for the coding of the body.
pub(in crate::client) const MAX_NEEDS: usize = MAX_EXTRAS + 3;

/// What a request is made of.
pub(in crate::client) struct Parts<'r> {
    pub(in crate::client) method: Method<'r>,
    pub(in crate::client) url: &'r str,
    pub(in crate::client) params: Option<(Pairs<'r>, WritePairs)>,
    pub(in crate::client) headers: Vec<(&'r str, &'r str), MAX_HEADERS, u8>,
    /// So many of them are those of the client.
    pub(in crate::client) defaults: u8,
    pub(in crate::client) too_many_headers: bool,
    pub(in crate::client) too_many_extras: bool,
    pub(in crate::client) with: Vec<&'r dyn Extra, MAX_EXTRAS, u8>,
    pub(in crate::client) auth: Option<Preset<'r>>,
    pub(in crate::client) redirects: Option<Preset<'r>>,
    pub(in crate::client) proxy: Option<Proxy<'r>>,
    pub(in crate::client) payload: Payload<'r>,
    pub(in crate::client) keep_trailers: Option<KeepTrailers>,
    pub(in crate::client) timeouts: Timeouts,
    /// Names of response headers that must be kept.
    pub(in crate::client) wanted: &'r [&'r str],
    /// The most bytes that the head of the response may have.
    pub(in crate::client) head_limit: usize,
}

impl<'r> Parts<'r> {
    pub(in crate::client) fn new(method: Method<'r>, url: &'r str) -> Self {
        Self {
            method,
            url,
            params: None,
            headers: Vec::new(),
            defaults: 0,
            too_many_headers: false,
            too_many_extras: false,
            with: Vec::new(),
            auth: None,
            redirects: redirects::default(method.as_str()),
            proxy: None,
            payload: Payload::None,
            keep_trailers: None,
            timeouts: Timeouts::default(),
            wanted: &[],
            head_limit: HeadRules::DEFAULT_LIMIT,
        }
    }

    /// The headers that the application has set. Those that the client adds are not for another server.
    pub(super) fn headers(&self, is_cross_origin: bool) -> Pairs<'_> {
        let left_out = if is_cross_origin { self.defaults.into() } else { 0 };
        self.headers.get(..self.headers.len().saturating_sub(left_out)).unwrap_or_default()
    }

    /// In the order in which they are asked.
    pub(in crate::client) fn extras(&self) -> impl Iterator<Item = &dyn Extra> {
        let presets = [&self.auth, &self.redirects].into_iter().flatten();
        let presets = presets.map(|preset| preset as &dyn Extra);
        self.with.iter().map(|extra| *extra as &dyn Extra).chain(presets)
    }

    /// The headers of a response that are kept for what is done about it here.
    pub(in crate::client) fn needs(&self) -> [&'static [Needed]; MAX_NEEDS] {
        /// What keeps a body from being taken for text: it was not asked for, and no room is too small for it.
        const ENCODING: &[Needed] = &[Needed { name: "Content-Encoding", codes: &[] }];
        let mut needs: [&[Needed]; MAX_NEEDS] = [&[]; MAX_NEEDS];
        let all = core::iter::once(ENCODING).chain(self.extras().map(Extra::needs));
        for (place, need) in needs.iter_mut().zip(all) {
            *place = need;
        }
        needs
    }

    pub(in crate::client) const fn rules<'x>(
        &'x self,
        needed: &'x [&'static [Needed]],
    ) -> HeadRules<'x> {
        HeadRules { wanted: self.wanted, needed, limit: self.head_limit }
    }
}
