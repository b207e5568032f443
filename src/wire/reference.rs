use super::bytes::move_down;
use super::percent::write_escaped;
use super::{BufferTooSmall, Scheme, Url, Writer};

/// Writes the URL that `reference` means at `base` (RFC 3986 section 5.2), without its fragment, into
/// `buffer`. Returns its length in bytes.
///
/// ```
/// use nal_http::wire::{Url, resolve};
///
/// let base = Url::parse("http://mpython.cn/docs/board?lang=zh")?;
/// let mut buffer = [0; 64];
/// let length = resolve(&base, "../light", &mut buffer).unwrap();
/// assert_eq!(&buffer[..length], b"http://mpython.cn/light");
/// # Ok::<(), nal_http::wire::UrlError>(())
/// ```
///
/// What is not UTF-8 is escaped byte by byte, as browsers do with the headers of old servers.
///
/// # Errors
/// The URL is longer than the buffer.
pub fn resolve(
    base: &Url<'_>,
    reference: impl AsRef<[u8]>,
    buffer: &mut [u8],
) -> Result<usize, BufferTooSmall> {
    let mut writer = Writer::new(buffer);
    write_url(base, before(reference.as_ref(), b"#"), &mut writer);
    let text = writer.finish()?;
    let path_at = authority_end(text);
    Ok(remove_dots(text, path_at))
}

fn write_url(base: &Url<'_>, reference: &[u8], writer: &mut Writer<'_>) {
    if !has_scheme(reference) {
        writer.str(match base.scheme() {
            Scheme::Http => "http:",
            Scheme::Https => "https:",
        });
        if !reference.starts_with(b"//") {
            writer.str("//");
            writer.str(base.authority());
            write_folder(base, reference, writer);
        }
    }
    let is_text = core::str::from_utf8(reference).is_ok();
    for &byte in reference {
        if is_text || byte.is_ascii() { writer.byte(byte) } else { write_escaped(writer, byte) }
    }
}

/// What stands in front of a reference that begins with neither scheme nor authority.
fn write_folder(base: &Url<'_>, reference: &[u8], writer: &mut Writer<'_>) {
    match reference.first() {
        Some(b'/') => {}
        Some(b'?') => writer.str(base.path()),
        Some(_) => {
            let folder = base.path().bytes().rposition(|byte| byte == b'/');
            writer.str(folder.and_then(|slash| base.path().get(..=slash)).unwrap_or("/"));
        }
        None => {
            writer.str(base.path());
            if let Some(query) = base.query() {
                writer.byte(b'?');
                writer.str(query);
            }
        }
    }
}

fn before<'t>(text: &'t [u8], ends: &[u8]) -> &'t [u8] {
    text.split(|byte| ends.contains(byte)).next().unwrap_or_default()
}

/// Whether a reference begins with a scheme, so that it is a URL by itself.
pub(crate) fn has_scheme(reference: impl AsRef<[u8]>) -> bool {
    let reference = reference.as_ref();
    let name = before(reference, b":/?");
    reference.get(name.len()) == Some(&b':') && name.first().is_some_and(u8::is_ascii_alphabetic)
}

/// Where the authority ends, behind `//`; the path begins there.
fn authority_end(text: &[u8]) -> usize {
    let start = text.windows(2).position(|pair| pair == b"//");
    let start = start.map_or(text.len(), |slashes| slashes + 2);
    start + before(text.get(start..).unwrap_or_default(), b"/?").len()
}

/// Takes `.` and `..` out of the path that begins at `at` (RFC 3986 section 5.2.4). Returns the new length.
fn remove_dots(text: &mut [u8], at: usize) -> usize {
    let path = text.get(at..).unwrap_or_default();
    let path_end = at + path.iter().position(|&byte| byte == b'?').unwrap_or(path.len());
    let (mut next, mut out) = (at, at);
    // Each segment begins with its slash.
    while let Some(rest) = text.get(next..path_end).filter(|rest| rest.first() == Some(&b'/')) {
        let name = rest.get(1..).unwrap_or_default();
        let length = name.iter().position(|&byte| byte == b'/').unwrap_or(name.len());
        let is_last = length == name.len();
        let name = name.get(..length).unwrap_or_default();
        if name == b".." {
            let kept = text.get(at..out).unwrap_or_default();
            out = at + kept.iter().rposition(|&byte| byte == b'/').unwrap_or(0);
        } else if name != b"." {
            move_down(text, next, 1 + length, out);
            out += 1 + length;
            next += 1 + length;
            continue;
        }
        // What the dots stood for is a folder.
        if let (true, Some(slash)) = (is_last, text.get_mut(out)) {
            *slash = b'/';
            out += 1;
        }
        next += 1 + length;
    }
    let rest = text.len().saturating_sub(next);
    move_down(text, next, rest, out);
    out + rest
}

#[cfg(test)]
mod tests {
    use std::string::String;
    use std::vec;

    use proptest::prelude::*;

    use super::*;

    fn resolved(base: &str, reference: &str) -> String {
        let mut buffer = [0; 256];
        let length = resolve(&Url::parse(base).unwrap(), reference, &mut buffer).unwrap();
        String::from_utf8(buffer[..length].to_vec()).unwrap()
    }

    #[test]
    fn references_are_resolved_as_the_rfc_says() {
        // RFC 3986 section 5.4, with paths without parameters and fragments dropped.
        let table = [
            ("g", "http://a/b/c/g"),
            ("./g", "http://a/b/c/g"),
            ("g/", "http://a/b/c/g/"),
            ("/g", "http://a/g"),
            ("//g", "http://g"),
            ("?y", "http://a/b/c/d;p?y"),
            ("g?y", "http://a/b/c/g?y"),
            ("#s", "http://a/b/c/d;p?q"),
            ("g#s", "http://a/b/c/g"),
            ("g?y#s", "http://a/b/c/g?y"),
            (";x", "http://a/b/c/;x"),
            ("g;x", "http://a/b/c/g;x"),
            ("", "http://a/b/c/d;p?q"),
            (".", "http://a/b/c/"),
            ("./", "http://a/b/c/"),
            ("..", "http://a/b/"),
            ("../", "http://a/b/"),
            ("../g", "http://a/b/g"),
            ("../..", "http://a/"),
            ("../../", "http://a/"),
            ("../../g", "http://a/g"),
            ("../../../g", "http://a/g"),
            ("../../../../g", "http://a/g"),
            ("/./g", "http://a/g"),
            ("/../g", "http://a/g"),
            ("g.", "http://a/b/c/g."),
            (".g", "http://a/b/c/.g"),
            ("g..", "http://a/b/c/g.."),
            ("..g", "http://a/b/c/..g"),
            ("./../g", "http://a/b/g"),
            ("./g/.", "http://a/b/c/g/"),
            ("g/./h", "http://a/b/c/g/h"),
            ("g/../h", "http://a/b/c/h"),
            ("g;x=1/./y", "http://a/b/c/g;x=1/y"),
            ("g;x=1/../y", "http://a/b/c/y"),
            ("g?y/./x", "http://a/b/c/g?y/./x"),
            ("g?y/../x", "http://a/b/c/g?y/../x"),
            ("g?u=http://x/..", "http://a/b/c/g?u=http://x/.."),
            ("https://b:8/光/../线?c", "https://b:8/线?c"),
            ("HTTP://b", "HTTP://b"),
            ("http://b?q=/../x", "http://b?q=/../x"),
            ("1:2", "http://a/b/c/1:2"),
            ("光", "http://a/b/c/光"),
        ];
        for (reference, expected) in table {
            assert_eq!(resolved("http://a/b/c/d;p?q", reference), expected, "{reference}");
        }
        let old = b"/caf\xe9/\xb9\xe2?\xff#\xfe";
        let mut buffer = [0; 64];
        let length = resolve(&Url::parse("http://a/b").unwrap(), old, &mut buffer).unwrap();
        assert_eq!(&buffer[..length], b"http://a/caf%E9/%B9%E2?%FF");
        assert_eq!(resolved("https://h:8443", "x"), "https://h:8443/x");
        assert_eq!(resolved("http://[::1]:81/a", "b?c"), "http://[::1]:81/b?c");
    }

    #[test]
    fn what_does_not_fit_says_how_much_would() {
        let base = Url::parse("http://a/").unwrap();
        let error = BufferTooSmall { have: 9, need: 12 };
        assert_eq!(resolve(&base, "/bcd", &mut [0; 9]), Err(error));
    }

    proptest! {
        #[test]
        fn no_dots_are_left_and_nothing_panics(
            path in "(/[a-z.]{0,3}){0,6}", reference in "[a-z./?:#]{0,20}", any: String, size in 0_usize..80,
        ) {
            let text = std::format!("http://h{path}");
            let base = Url::parse(&text).unwrap();
            for reference in [&reference, &any] {
                let mut buffer = vec![0; size];
                if let Ok(length) = resolve(&base, reference, &mut buffer) {
                    let url = core::str::from_utf8(&buffer[..length]).unwrap();
                    if let Ok(url) = Url::parse(url) {
                        let mut segments = url.path().split('/');
                        prop_assert!(segments.all(|segment| segment != "." && segment != ".."), "{}", url.path());
                    }
                }
            }
        }
    }
}
