/// Reads a date in any of the forms that HTTP has had (RFC 9110 section 5.6.7), and in those that cookies have: by the
/// algorithm of RFC 6265 section 5.1.1, which takes their parts in any order.
///
/// The number is larger for later dates, and says nothing else.
pub(crate) fn parse_date(text: &str) -> Option<u64> {
    let (mut time, mut day, mut month, mut year) = (None, None, None, None);
    for token in text.as_bytes().split(|byte| is_delimiter(*byte)) {
        let (number, digits, is_clear) = front(token);
        if time.is_none() && is_clear && digits <= 2 {
            time = clock(token);
            if time.is_some() {
                continue;
            }
        }
        if day.is_none() && is_clear && digits <= 2 {
            day = Some(number);
            continue;
        }
        if month.is_none() {
            month = month_of(token);
            if month.is_some() {
                continue;
            }
        }
        if year.is_none() && is_clear && digits >= 2 {
            year = Some(number);
        }
    }
    let ((hour, minute, second), day, month) = (time?, day?, month?);
    let year = match year? {
        year @ 70..100 => year + 1900,
        year @ ..70 => year + 2000,
        year => year,
    };
    let is_day = year >= 1601 && (1..=days(year, month)).contains(&day);
    let is_time = hour < 24 && minute < 60 && second < 60;
    let (days, time) = ((year << 4 | month) << 5 | day, (hour << 6 | minute) << 6 | second);
    (is_day && is_time).then_some(u64::from(days) << 17 | u64::from(time))
}

/// Whether a text has one of the three forms of a date that HTTP knows: where another is not to count.
pub(crate) fn is_http_date(text: &str) -> bool {
    const FIXED: &[u8] = b"aaa, 00 aaa 0000 00:00:00 GMT";
    const ASCTIME: &[u8] = b"aaa aaa _0 00:00:00 0000";
    const RFC_850: &[u8] = b", 00-aaa-00 00:00:00 GMT";
    let text = text.as_bytes();
    let weekday = text.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    let behind = text.get(weekday..).unwrap_or_default();
    has_form(text, FIXED) || has_form(text, ASCTIME) || (weekday > 5 && has_form(behind, RFC_850))
}

fn has_form(text: &[u8], form: &[u8]) -> bool {
    let fits = |(&byte, &form): (&u8, &u8)| match form {
        b'a' => byte.is_ascii_alphabetic(),
        b'0' => byte.is_ascii_digit(),
        b'_' => byte == b' ' || byte.is_ascii_digit(),
        form => byte == form,
    };
    text.len() == form.len() && text.iter().zip(form).all(fits)
}

fn is_delimiter(byte: u8) -> bool {
    matches!(byte, b'\t' | b' '..=b'/' | b';'..=b'@' | b'['..=b'`' | b'{'..=b'~')
}

/// The number at the front, of how many digits it is, and whether these are 1 to 4.
fn front(token: &[u8]) -> (u32, usize, bool) {
    let digits = token.iter().take_while(|byte| byte.is_ascii_digit());
    let (number, length) = digits.take(5).fold((0, 0), |(number, length), digit| {
        (number * 10 + u32::from(digit - b'0'), length + 1)
    });
    (number, length, (1..=4).contains(&length))
}

/// `8:49:37`, with whatever behind it.
fn clock(token: &[u8]) -> Option<(u32, u32, u32)> {
    let mut fields = token.splitn(3, |byte| *byte == b':');
    let mut field = |is_last| {
        let token = fields.next()?;
        let (number, digits, is_clear) = front(token);
        (is_clear && digits <= 2 && (is_last || digits == token.len())).then_some(number)
    };
    Some((field(false)?, field(false)?, field(true)?))
}

fn month_of(token: &[u8]) -> Option<u32> {
    let name = token.get(..3)?;
    let names = b"janfebmaraprmayjunjulaugsepoctnovdec".chunks_exact(3);
    (1..).zip(names).find(|(_, known)| known.eq_ignore_ascii_case(name)).map(|(month, _)| month)
}

const fn days(year: u32, month: u32) -> u32 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => {
            29
        }
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_date_in_all_its_forms() {
        let expected = parse_date("Sun, 06 Nov 1994 08:49:37 GMT");
        assert!(expected.is_some());
        for text in [
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
            "Sun, 6-NOV-1994 8:49:37",
            "1994 6 november 08:49:37.5",
            "08:49:37 94 6th Nov",
            "(6)Nov;1994;08:49:37+0200",
        ] {
            // "94" in front of the day would be the day.
            let expected = if text.contains("94 6th") { None } else { expected };
            assert_eq!(parse_date(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_none() {
        for text in [
            "",
            "never",
            "Thu, 01 Jan 1970",
            "Thu, 32 Jan 1970 00:00:00 GMT",
            "Thu, 00 Jan 1970 00:00:00 GMT",
            "Thu, 29 Feb 2023 00:00:00 GMT",
            "Thu, 31 Apr 2023 00:00:00 GMT",
            "Thu, 01 Jan 1600 00:00:00 GMT",
            "Thu, 01 Jan 19700 00:00:00 GMT",
            "Thu, 01 Jan 1970 24:00:00 GMT",
            "Thu, 01 Jan 1970 00:60:00 GMT",
            "Thu, 01 Jan 1970 00:00:60 GMT",
            "Thu, 01 Jan 1970 000:00:00 GMT",
            "24:00:00 1 Jan 1970 10:00:00",
            "Thu, 01 Ja 1970 00:00:00 GMT",
            "1 12345 99999999999 1999",
        ] {
            assert_eq!(parse_date(text), None, "{text}");
        }
    }

    #[test]
    fn forms() {
        for text in [
            "Sun, 06 Nov 1994 08:49:37 GMT",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
            "Wed Nov 16 08:49:37 1994",
        ] {
            assert!(is_http_date(text), "{text}");
        }
        for text in [
            "",
            "Sun, 6 Nov 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 08:49:37",
            "Sun, 06 Nov 1994 08:49:37 UTC",
            "Sun, 06 Nov 1994 08:49:37 GMT; x",
            "Sun, 06-Nov-94 08:49:37 GMT",
            "Sunday, 06-Nov-1994 08:49:37 GMT",
            "06 Nov 1994 08:49:37 GMT",
            "1994-11-06T08:49:37Z",
        ] {
            assert!(!is_http_date(text), "{text}");
        }
    }

    #[test]
    fn later_is_more() {
        let dates = [
            "Wednesday, 01-Jan-70 00:00:00 GMT",
            "Thu, 01 Jan 1970 00:00:01 GMT",
            "Thu, 01 Jan 1970 00:01:00 GMT",
            "Thu, 01 Jan 1970 01:00:00 GMT",
            "Fri, 02 Jan 1970 00:00:00 GMT",
            "Sun, 01 Feb 1970 00:00:00 GMT",
            "Fri, 31-Dec-99 23:59:59 GMT",
            "Tue, 29 Feb 2000 00:00:00 GMT",
            "Thu, 01 Jan 2015 00:00:00 GMT",
            "Tue, 01-Jan-69 00:00:00 GMT",
            "Fri, 31 Dec 9999 23:59:59 GMT",
        ];
        assert!(dates.iter().all(|text| parse_date(text).is_some()));
        assert!(dates.is_sorted_by_key(|text| parse_date(text)));
    }

    proptest! {
        #[test]
        fn noise_is_no_panic(text in "[0-9:janfeb,; -]{0,40}", other in "\\PC{0,40}") {
            let _ = (parse_date(&text), parse_date(&other));
        }
    }
}
