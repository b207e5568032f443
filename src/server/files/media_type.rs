//! Types of files by the endings of their names.

/// Endings in small letters, and what browsers expect of them. In a `const` only what is found is in the image.
const TYPES: &[(&str, &str)] = &[
    ("html", "text/html; charset=utf-8"),
    ("htm", "text/html; charset=utf-8"),
    ("css", "text/css; charset=utf-8"),
    ("js", "text/javascript; charset=utf-8"),
    ("mjs", "text/javascript; charset=utf-8"),
    ("json", "application/json"),
    ("map", "application/json"),
    ("webmanifest", "application/manifest+json"),
    ("txt", "text/plain; charset=utf-8"),
    ("md", "text/markdown; charset=utf-8"),
    ("csv", "text/csv; charset=utf-8"),
    ("xml", "application/xml"),
    ("svg", "image/svg+xml"),
    ("png", "image/png"),
    ("jpg", "image/jpeg"),
    ("jpeg", "image/jpeg"),
    ("gif", "image/gif"),
    ("webp", "image/webp"),
    ("avif", "image/avif"),
    ("ico", "image/vnd.microsoft.icon"),
    ("woff", "font/woff"),
    ("woff2", "font/woff2"),
    ("ttf", "font/ttf"),
    ("otf", "font/otf"),
    ("wasm", "application/wasm"),
    ("pdf", "application/pdf"),
    ("mp3", "audio/mpeg"),
    ("wav", "audio/wav"),
    ("mp4", "video/mp4"),
    ("webm", "video/webm"),
    ("zip", "application/zip"),
    ("gz", "application/gzip"),
];

/// The type of a file by the ending of its name, as browsers expect it; of an unknown ending, bytes. Called at run time, it
/// takes 1 KB of flash for its table.
///
/// ```
/// use nal_http::server::media_type;
///
/// assert_eq!(media_type("photos/1.JPG"), "image/jpeg");
/// assert_eq!(media_type("firmware"), "application/octet-stream");
/// ```
#[must_use]
pub const fn media_type(path: &str) -> &'static str {
    let ending = ending(path.as_bytes());
    let mut types = TYPES;
    while let [(known, media_type), rest @ ..] = types {
        if is_ending(known.as_bytes(), ending) {
            return media_type;
        }
        types = rest;
    }
    "application/octet-stream"
}

/// Whether this is the known ending, in letters of either case: cards have large ones.
const fn is_ending(mut known: &[u8], mut ending: &[u8]) -> bool {
    while let ([letter, known_rest @ ..], [other, ending_rest @ ..]) = (known, ending) {
        if *letter != other.to_ascii_lowercase() {
            return false;
        }
        (known, ending) = (known_rest, ending_rest);
    }
    known.is_empty() && ending.is_empty()
}

/// What is behind the last dot; empty if there is none.
const fn ending(path: &[u8]) -> &[u8] {
    let mut front = path;
    let mut length = 0;
    while let [before @ .., byte] = front {
        match byte {
            b'.' => {
                return match path.split_at_checked(path.len() - length) {
                    Some((_, ending)) => ending,
                    None => &[],
                };
            }
            b'/' => return &[],
            _ => (front, length) = (before, length + 1),
        }
    }
    &[]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types() {
        let bytes = "application/octet-stream";
        for (path, expected) in [
            ("index.html", "text/html; charset=utf-8"),
            ("a/b.min.js", "text/javascript; charset=utf-8"),
            ("style.css", "text/css; charset=utf-8"),
            ("DCIM/1.JPG", "image/jpeg"),
            ("a.csvx", bytes),
            ("a.b/c", bytes),
            ("a.", bytes),
            ("html", bytes),
            ("", bytes),
            ("favicon.ico", "image/vnd.microsoft.icon"),
            (".png", "image/png"),
        ] {
            assert_eq!(media_type(path), expected, "{path}");
        }
    }
}
