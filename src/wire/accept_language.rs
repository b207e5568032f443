//! Which language a client wants (RFC 9110 section 12.5.4).

use super::quality::{best, weighted};

/// The one of the `offered` languages that a client likes best, by its `Accept-Language`, weights and all; of several, the
/// first. `None` if it wants none of them: then any is better than no answer.
///
/// A language also stands for its variants, and the other way round: who asks for `zh-CN` takes `zh`, and who asks for `zh` takes
/// `zh-CN`. Of several ranges the closest counts.
///
/// ```
/// use nal_http::wire::choose_language;
///
/// let offered = ["en", "zh"];
/// assert_eq!(choose_language(b"zh-CN,zh;q=0.9,en;q=0.8", &offered), Some("zh"));
/// assert_eq!(choose_language(b"de, en-GB;q=0.7, zh;q=0.2", &offered), Some("en"));
/// assert_eq!(choose_language(b"fr", &offered), None);
/// ```
#[must_use]
pub fn choose_language<'o>(header: &[u8], offered: &[&'o str]) -> Option<&'o str> {
    best(offered.iter().copied(), |tag| quality(header, tag.as_bytes()))
}

fn quality(header: &[u8], tag: &[u8]) -> u16 {
    let (mut closest, mut best) = (0, 0);
    for (range, quality) in weighted(header) {
        let closeness = closeness(range, tag);
        if closeness > closest || (closeness == closest && closeness > 0 && quality > best) {
            (closest, best) = (closeness, quality);
        }
    }
    best
}

/// How close a range is to a tag: 3 if they are the same, 0 if it has nothing to do with it.
fn closeness(range: &[u8], tag: &[u8]) -> u8 {
    match range {
        b"*" => 1,
        _ if range.eq_ignore_ascii_case(tag) => 3,
        _ if is_variant(range, tag) || is_variant(tag, range) => 2,
        _ => 0,
    }
}

/// Whether `tag` is `of` with a part behind it.
fn is_variant(tag: &[u8], of: &[u8]) -> bool {
    let (front, rest) = tag.split_at_checked(of.len()).unwrap_or_default();
    !of.is_empty() && front.eq_ignore_ascii_case(of) && rest.starts_with(b"-")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::choose_language;

    #[test]
    fn choices() {
        // header, which of English and Chinese, which of the variants that are offered
        for (header, of_two, of_variants) in [
            ("zh", Some("zh"), Some("zh-Hans")),
            ("ZH-cn", Some("zh"), None),
            ("zh-Hans-CN", Some("zh"), Some("zh-Hans")),
            ("zh-CN,zh;q=0.9,en-US;q=0.8,en;q=0.7", Some("zh"), Some("zh-Hans")),
            ("en-US,en;q=0.9,zh;q=0.8", Some("en"), Some("en-GB")),
            ("en;q=0.5, zh-TW;q=0.6", Some("zh"), Some("en-GB")),
            ("zh-TW;q=0.3, zh-CN;q=0.9, en;q=0.5", Some("zh"), Some("en-GB")),
            ("en;q=0.2, en-GB;q=0.9, zh;q=0.5", Some("zh"), Some("en-GB")),
            ("zh;q=0, *", Some("en"), Some("en-GB")),
            ("*;q=0.5, zh;q=0.4", Some("en"), Some("en-GB")),
            ("*", Some("en"), Some("en-GB")),
            ("*;q=0", None, None),
            ("en;q=0", None, None),
            ("english, zhx", None, None),
            ("e, z", None, None),
            ("", None, None),
            (" , ;q=1, -", None, None),
            ("zh;q=2, en;q=0.001", Some("en"), Some("en-GB")),
            ("zh ; q=0.7 , en ; q=0.6", Some("zh"), Some("zh-Hans")),
        ] {
            let header_bytes = header.as_bytes();
            assert_eq!(choose_language(header_bytes, &["en", "zh"]), of_two, "{header}");
            assert_eq!(
                choose_language(header_bytes, &["en-GB", "zh-Hans"]),
                of_variants,
                "{header}"
            );
        }
        assert_eq!(choose_language(b"en", &[]), None);
    }

    proptest! {
        #[test]
        fn what_is_chosen_was_offered(header in "[a-z*;=.,q01 -]{0,40}") {
            let chosen = choose_language(header.as_bytes(), &["zh"]);
            prop_assert!(matches!(chosen, None | Some("zh")));
        }
    }
}
