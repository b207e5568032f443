use super::Writer;

/// Writes a time as HTTP has it, such as `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110 section 5.6.7): 29
/// bytes. `seconds` counts from 1970-01-01T00:00:00Z and reaches to the year 2106.
///
/// ```
/// use nal_http::wire::{Writer, write_date};
///
/// let mut buffer = [0; 29];
/// let mut writer = Writer::new(&mut buffer);
/// write_date(&mut writer, 784_111_777);
/// assert_eq!(writer.written(), b"Sun, 06 Nov 1994 08:49:37 GMT");
/// ```
pub fn write_date(writer: &mut Writer<'_>, seconds: u32) {
    let (days, time) = (seconds / 86_400, seconds % 86_400);
    // Counted from 1 March of the year 0, each year ends with the day that it may have or not.
    let since_0 = days + 719_468;
    let century = (4 * since_0 + 3) / 146_097;
    let day_of_century = since_0 - century * 146_097 / 4;
    let year_of_century = (4 * day_of_century + 3) / 1_461;
    let day_of_year = day_of_century - year_of_century * 1_461 / 4;
    let from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * from_march + 2) / 5 + 1;
    let is_next_year = from_march >= 10;
    let month = if is_next_year { from_march - 10 } else { from_march + 2 };
    let year = 100 * century + year_of_century + u32::from(is_next_year);

    // 1970 began with a Thursday.
    writer.str(name("ThuFriSatSunMonTueWed", days % 7));
    writer.str(", ");
    two_digits(writer, day);
    writer.byte(b' ');
    writer.str(name("JanFebMarAprMayJunJulAugSepOctNovDec", month));
    writer.byte(b' ');
    two_digits(writer, year / 100);
    two_digits(writer, year % 100);
    writer.byte(b' ');
    two_digits(writer, time / 3_600);
    writer.byte(b':');
    two_digits(writer, time / 60 % 60);
    writer.byte(b':');
    two_digits(writer, time % 60);
    writer.str(" GMT");
}

fn name(names: &'static str, index: u32) -> &'static str {
    let at = index as usize * 3;
    names.get(at..at + 3).unwrap_or_default()
}

fn two_digits(writer: &mut Writer<'_>, value: u32) {
    let digit = |value: u32| {
        let [low, ..] = (value % 10).to_le_bytes();
        b'0' | low
    };
    writer.bytes(&[digit(value / 10), digit(value)]);
}

#[cfg(test)]
mod tests {
    use std::format;
    use std::string::String;

    use proptest::prelude::*;

    use super::*;

    fn date(seconds: u32) -> String {
        let mut buffer = [0; 29];
        let mut writer = Writer::new(&mut buffer);
        write_date(&mut writer, seconds);
        String::from_utf8(writer.finish().unwrap().to_vec()).unwrap()
    }

    #[test]
    fn dates() {
        assert_eq!(date(0), "Thu, 01 Jan 1970 00:00:00 GMT");
        assert_eq!(date(784_111_777), "Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(date(951_782_400), "Tue, 29 Feb 2000 00:00:00 GMT");
        assert_eq!(date(951_868_799), "Tue, 29 Feb 2000 23:59:59 GMT");
        assert_eq!(date(951_868_800), "Wed, 01 Mar 2000 00:00:00 GMT");
        assert_eq!(date(4_107_542_400), "Mon, 01 Mar 2100 00:00:00 GMT");
        assert_eq!(date(u32::MAX), "Sun, 07 Feb 2106 06:28:15 GMT");
    }

    /// Counted up year by year and month by month.
    fn counted(seconds: u32) -> String {
        let (mut days, mut year) = (seconds / 86_400, 1970);
        let leap = |year: u32| {
            year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
        };
        while days >= 365 + u32::from(leap(year)) {
            days -= 365 + u32::from(leap(year));
            year += 1;
        }
        let names = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec";
        let lengths = [31, 28 + u32::from(leap(year)), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
        for (month, length) in names.split(' ').zip(lengths) {
            if days < length {
                let weekday = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
                let weekday = weekday[(seconds / 86_400 % 7) as usize];
                let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
                let day = days + 1;
                return format!(
                    "{weekday}, {day:02} {month} {year} {hour:02}:{minute:02}:{second:02} GMT"
                );
            }
            days -= length;
        }
        unreachable!()
    }

    proptest! {
        #[test]
        fn dates_are_those_of_the_calendar(seconds: u32) {
            prop_assert_eq!(date(seconds), counted(seconds));
        }
    }
}
