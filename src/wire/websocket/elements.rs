use core::iter;

use crate::wire::{Headers, split_first, text};

/// The elements of a header that is a list, in all its lines.
pub(crate) fn elements<'c>(headers: &Headers<'c>, name: &str) -> impl Iterator<Item = &'c str> {
    let lines = headers.clone().filter(move |(candidate, _)| candidate.eq_ignore_ascii_case(name));
    lines.filter_map(|(_, value)| text(value)).flat_map(|value| {
        let mut rest = Some(value);
        iter::from_fn(move || {
            let (element, behind) = split_first(rest?, b',');
            rest = behind;
            Some(element.trim_ascii())
        })
    })
}
