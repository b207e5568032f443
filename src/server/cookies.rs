//! One cookie of many: browsers send those of every site on the same host, 4 KB of them.

use crate::wire::{Headers, Window, move_down, split_bytes, text};

const HEADER: &[u8] = b"Cookie:";

/// The value of the first cookie `name`.
pub(super) fn find<'h>(headers: &Headers<'h>, name: &str) -> Option<&'h str> {
    let mut pairs = headers.values("Cookie").flat_map(|value| value.split(|&byte| byte == b';'));
    pairs.find_map(|pair| {
        let (other, value) = split_bytes(pair, b'=')?;
        if other.trim_ascii() == name.as_bytes() { text(value.trim_ascii()) } else { None }
    })
}

/// Takes all other pairs out of the cookies in the part of a head that is in the window, whole lines or
/// the front of one. Returns how many bytes it took out.
///
/// Of a pair whose end has not come its name is left, so what follows can be told. What should not be in
/// a header is left for who refuses it.
pub(super) fn thin(names: &[&str], buffer: &mut [u8], window: &mut Window) -> usize {
    let (mut at, mut cut) = (window.start(), 0);
    let mut end = window.end();
    while let Some(unread) = buffer.get(at..end).filter(|unread| !unread.is_empty()) {
        let length = unread.iter().position(|&byte| byte == b'\n').map_or(unread.len(), |n| n + 1);
        let front = unread.get(..HEADER.len()).unwrap_or_default();
        if !front.eq_ignore_ascii_case(HEADER) {
            at += length;
            continue;
        }
        let mut line_end = at + length;
        at += HEADER.len();
        while let Some(rest) = buffer.get(at..line_end).filter(|rest| !rest.is_empty()) {
            let ends = |byte: &u8| matches!(byte, b';' | b'\r' | b'\n');
            let pair_len = rest.iter().position(ends).unwrap_or(rest.len());
            let pair = rest.get(..pair_len).unwrap_or_default();
            let (front, gone) = others(names, pair, rest.get(pair_len) == Some(&b';'));
            let behind = at + front + gone;
            move_down(buffer, behind, end.saturating_sub(behind), at + front);
            (cut, end, line_end) = (cut + gone, end - gone, line_end - gone);
            at += (pair_len + 1).saturating_sub(gone);
        }
        at = line_end;
    }
    let start = window.start();
    *window = Window::at(start);
    window.received(end.saturating_sub(start));
    cut
}

/// Where in a pair what is to be taken out begins, and how long it is.
fn others(names: &[&str], pair: &[u8], is_whole: bool) -> (usize, usize) {
    let is_text = pair.iter().all(|&byte| byte >= b' ' && byte != 0x7f);
    let name_end = pair.iter().position(|&byte| byte == b'=');
    let name = pair.get(..name_end.unwrap_or(pair.len())).unwrap_or_default().trim_ascii();
    if !is_text || names.iter().any(|wanted| wanted.as_bytes() == name) {
        return (0, 0);
    }
    match name_end {
        _ if is_whole => (0, pair.len() + 1),
        Some(name_end) => (name_end + 1, pair.len() - name_end - 1),
        None => (0, 0),
    }
}

#[cfg(test)]
mod tests {
    use std::string::String;
    use std::vec;
    use std::vec::Vec;

    use proptest::prelude::*;

    use super::*;

    /// What is left of a head that arrives in pieces of `step` bytes.
    fn thinned(head: &str, step: usize) -> (String, usize) {
        let mut buffer = vec![0; head.len()];
        let (mut window, mut cut) = (Window::at(0), 0);
        for piece in head.as_bytes().chunks(step) {
            window.room(&mut buffer)[..piece.len()].copy_from_slice(piece);
            window.received(piece.len());
            cut += thin(&["session", "b"], &mut buffer, &mut window);
        }
        (String::from_utf8(window.bytes(&buffer).to_vec()).unwrap(), cut)
    }

    #[test]
    fn what_is_left_of_cookies() {
        let table = [
            ("Cookie: a=1; session=2; c=3\r\n", "Cookie: session=2; c=\r\n"),
            ("cookie:a=1;b=2\r\n", "cookie:b=2\r\n"),
            ("A: b\r\nCookie: a; b=2;c\r\nD: e\r\n", "A: b\r\nCookie: b=2;c\r\nD: e\r\n"),
            ("Cookie: sessions=1; session=2\r\n", "Cookie: session=2\r\n"),
            ("Cookies: a=1; b=2\r\n", "Cookies: a=1; b=2\r\n"),
            ("Cookie: a=\x01; b=2\r\n", "Cookie: a=\x01; b=2\r\n"),
            ("Cookie:\r\n", "Cookie:\r\n"),
        ];
        for (head, expected) in table {
            for step in 1..=head.len() {
                let (left, cut) = thinned(head, step);
                assert_eq!((left.as_str(), left.len() + cut), (expected, head.len()), "{step}");
            }
        }
    }

    proptest! {
        #[test]
        fn the_split_makes_no_difference(
            lines in prop::collection::vec("(?i:cookie:|a:)[ -~]{0,30}", 0..5), step in 1_usize..40,
        ) {
            let head: Vec<_> = lines.iter().flat_map(|line| [line, "\r\n"]).collect();
            let head = head.concat();
            prop_assert_eq!(thinned(&head, step), thinned(&head, head.len().max(1)));
        }
    }
}
