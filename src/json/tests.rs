use std::collections::BTreeMap;
use std::string::{String, ToString};
use std::vec;
use std::vec::Vec;

use proptest::prelude::*;

use super::JsonProblem::*;
use super::*;

#[derive(Debug, PartialEq, Deserialize)]
struct Place<'t> {
    city: &'t str,
    light: u16,
}

fn parse_in<T: for<'t> Deserialize<'t>>(text: &str) -> Result<T, JsonError> {
    parse(&mut text.as_bytes().to_vec())
}

#[test]
fn what_is_wrong_has_a_place_a_field_and_a_name() {
    let mut good = r#"{"city":"深圳","light":301}"#.to_string().into_bytes();
    assert_eq!(parse(&mut good), Ok(Place { city: "深圳", light: 301 }));
    let table = [
        ("", 0, None, End),
        ("nothing", 0, None, Type),
        ("?", 0, None, Syntax),
        (r#"{"city":"a","light":x}"#, 20, Some("light"), Syntax),
        (r#"{"city":"a" "light":1}"#, 12, None, Syntax),
        (r#"{"city":"a","light":70000}"#, 20, Some("light"), Range),
        (r#"{"city":"a","light":-1}"#, 20, Some("light"), Range),
        (r#"{"city":"a","light":1.5}"#, 20, Some("light"), Type),
        (r#"{"city":"a","light":null}"#, 20, Some("light"), Type),
        (r#"{"city":"a","light":01}"#, 21, None, Syntax),
        (r#"{"city":"a"}"#, 11, Some("light"), Missing),
        (r#"{"city":"a","light":1,"city":"b"}"#, 29, Some("city"), Twice),
        (r#"{"city":7,"light":1}"#, 8, Some("city"), Type),
        (r#"{"city":"\ud83d","light":1}"#, 9, Some("city"), Text),
        (r#"{"city":"\x","light":1}"#, 9, Some("city"), Text),
        ("{\"city\":\"a\nb\",\"light\":1}", 9, Some("city"), Text),
        (r#"{"city":"a","light":1"#, 21, None, End),
        (r#"{"city":"a","light":1,}"#, 22, None, Syntax),
        (r#"{"city":"a","light":1} x"#, 23, None, Syntax),
        ("\u{feff}x", 3, None, Syntax),
    ];
    for (text, position, field, problem) in table {
        let error = JsonError { position, field, problem };
        assert_eq!(parse::<Place<'_>>(&mut text.as_bytes().to_vec()), Err(error), "{text}");
    }
    let not_text = &mut b"{\"city\":\"\xff\",\"light\":1}".to_vec();
    assert_eq!(parse::<Place<'_>>(not_text).map_err(|error| error.problem), Err(Text));
}

#[test]
fn members_of_an_object_that_stays_as_it_is() {
    let text = r#" {"a\n":{"level":1},"city":"\u6df1\u5733", "level" : 301 ,"list":[1,"]}",null],"no":null} "#;
    let mut bytes = text.as_bytes().to_vec();
    assert_eq!(member(&mut bytes, "level"), Ok(301_u16));
    assert_eq!(member(&mut bytes, "city"), Ok("深圳".to_string()));
    assert_eq!(member(&mut bytes, "no"), Ok(None::<bool>));
    assert_eq!(member(&mut bytes, "other"), Ok(None::<bool>));
    assert_eq!(member(&mut bytes, "list"), Ok((1_u8, "]}".to_string(), ())));
    assert_eq!(bytes, text.as_bytes());
}

#[test]
fn what_is_wrong_with_a_member() {
    let long = r#"{"level":"a long text, as it is written: 64 bytes and not one more than that."}"#;
    let table = [
        ("", 0, None, End),
        ("7", 0, None, Type),
        ("{", 1, None, End),
        ("{}", 1, Some("level"), Missing),
        (r#"{"level"}"#, 8, None, Syntax),
        (r#"{"level":70000}"#, 9, Some("level"), Range),
        (r#"{"level":"7"}"#, 9, Some("level"), Type),
        (r#"{"level":null}"#, 9, Some("level"), Type),
        (r#"{"level":1,"level":1}"#, 19, Some("level"), Twice),
        (r#"{"level":1,"x":"\x"}"#, 16, None, Text),
        (r#"{"level":1,}"#, 11, None, Syntax),
        (r#"{"level":1} {}"#, 12, None, Syntax),
        (r#"{"level":1"#, 10, None, End),
        (long, 9, Some("level"), Value),
    ];
    for (text, position, field, problem) in table {
        let error = JsonError { position, field, problem };
        let mut bytes = text.as_bytes().to_vec();
        assert_eq!(member::<u16>(&mut bytes, "level"), Err(error), "{text}");
        assert_eq!(bytes, text.as_bytes());
    }
}

#[test]
fn numbers_are_those_of_the_standard() {
    for text in [
        "1.", ".5", "+1", "01", "1e", "1e+", "-", "--1", "1.e1", "0x1", "NaN", "Infinity", "1e999",
        "null",
    ] {
        assert!(parse_in::<f64>(text).is_err(), "{text}");
        assert!(
            parse_in::<Vec<Ignored>>(&std::format!("[{text}]")).is_err()
                || text == "1e999"
                || text == "null",
            "{text}"
        );
    }
    assert_eq!(parse_in::<f32>("1e39").map_err(|error| error.problem), Err(Range));
    for (text, number) in [("0", 0.0), ("-0.5e-1", -0.05), ("1E3", 1000.0), (" 25.5 ", 25.5)] {
        assert_eq!(parse_in::<f64>(text), Ok(number), "{text}");
    }
    for (text, number) in
        [("-128", Ok(-128)), ("127", Ok(127)), ("128", Err(Range)), ("-129", Err(Range))]
    {
        assert_eq!(parse_in::<i8>(text).map_err(|error| error.problem), number, "{text}");
    }
    assert_eq!(parse_in::<u64>("18446744073709551615"), Ok(u64::MAX));
    assert_eq!(parse_in::<Option<f32>>("null"), Ok(None));
}

type Ignored = serde::de::IgnoredAny;

#[test]
fn what_nobody_wants_is_checked_and_passed_over() {
    #[derive(Debug, PartialEq, Deserialize)]
    struct Light {
        light: u8,
    }
    for other in [
        "null",
        "true",
        "-1.5e3",
        r#""a\"b""#,
        "[]",
        "{}",
        "[1,[2,{}],{\"a\":[]}]",
        r#"{"a":{"b":[1,2]},"c":"}"}"#,
    ] {
        let text = std::format!(r#"{{"other" : {other} , "light":7}}"#);
        assert_eq!(parse_in(&text), Ok(Light { light: 7 }), "{text}");
    }
    for other in [
        "nul",
        "[1,]",
        "[,1]",
        "{,}",
        "{\"a\"}",
        "{\"a\":1,}",
        "[1}",
        "{1:2}",
        "1 2",
        "\"a",
        "[1 2]",
    ] {
        let text = std::format!(r#"{{"other":{other},"light":7}}"#);
        assert!(parse_in::<Light>(&text).is_err(), "{text}");
    }
}

#[test]
fn nesting_has_a_bound() {
    let nested = |depth| "[".repeat(depth) + &"]".repeat(depth);
    assert!(parse_in::<Ignored>(&nested(32)).is_ok());
    assert_eq!(
        parse_in::<Ignored>(&nested(33)),
        Err(JsonError { position: 32, field: None, problem: Depth })
    );
    assert_eq!(
        parse_in::<Ignored>(&"[".repeat(100_000)).map_err(|error| error.problem),
        Err(Depth)
    );
}

#[test]
fn escapes_are_undone_wherever_they_are() {
    for (text, expected) in [
        (r#""\u6df1\u5733""#, "深圳"),
        (r#""\ud83d\ude00!""#, "😀!"),
        (r#""a\/b\"c\\d\n\r\t\b\f""#, "a/b\"c\\d\n\r\t\u{8}\u{c}"),
        (r#""\\ud83d\ude00""#, ""),
        (r#""\\\ud83d\ude00\\""#, "\\😀\\"),
        (r#""\ud83d\ude00\ud83d\ude00" "#, "😀😀"),
        (r#""\ude00\ud83d""#, ""),
        (r#""\uD83D\uDE00\"""#, "😀\""),
        (r#""\ud83d\ude00\""#, ""),
        (r#""\ud83d\ude00\"#, ""),
        (r#""\ud83d\ud83d\ude00""#, ""),
        (r#""\u0000\u001f\u2028""#, "\0\u{1f}\u{2028}"),
    ] {
        let mut bytes = text.as_bytes().to_vec();
        let found = parse::<&str>(&mut bytes);
        assert_eq!(
            found.map_err(drop),
            if expected.is_empty() { Err(()) } else { Ok(expected) },
            "{text}"
        );
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Kind {
    Unit,
    New(String),
    Pair(i8, bool),
    Named { light: Option<u64> },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Everything {
    #[serde(rename = "ein \"Wort\" 光")]
    text: String,
    letter: char,
    kinds: Vec<Kind>,
    by_name: BTreeMap<String, i64>,
    by_number: BTreeMap<i16, u32>,
    temperature: f64,
    half: f32,
    nothing: (),
    pair: (u8, String),
}

prop_compose! {
    fn kind()(pick in 0..4, text in any::<String>(), number in any::<i8>(), light in any::<Option<u64>>()) -> Kind {
        match pick {
            0 => Kind::Unit,
            1 => Kind::New(text),
            2 => Kind::Pair(number, number > 0),
            _ => Kind::Named { light },
        }
    }
}

prop_compose! {
    fn everything()(
        text in any::<String>(), letter in any::<char>(), kinds in prop::collection::vec(kind(), 0..4),
        by_name in prop::collection::btree_map(any::<String>(), any::<i64>(), 0..4),
        by_number in prop::collection::btree_map(any::<i16>(), any::<u32>(), 0..4),
        temperature in prop::num::f64::NORMAL | prop::num::f64::ZERO, half in prop::num::f32::NORMAL, pair in any::<(u8, String)>(),
    ) -> Everything {
        Everything { text, letter, kinds, by_name, by_number, temperature, half, nothing: (), pair }
    }
}

fn written<T: Serialize>(value: &T) -> Vec<u8> {
    let mut buffer = vec![0; 64 * 1024];
    let mut writer = Writer::new(&mut buffer);
    assert!(write(&mut writer, value).is_ok());
    writer.finish().unwrap().to_vec()
}

proptest! {
    #[test]
    fn what_is_written_comes_back(value in everything()) {
        let mut text = written(&value);
        prop_assert_eq!(parse(&mut text), Ok(value));
    }

    #[test]
    fn noise_is_an_error_and_no_panic(
        noise in prop::collection::vec(prop::sample::select(br#"{}[]",:\ud83e0019.-+tfn l"#.to_vec()), 0..60), flip in any::<(u8, u8)>(), value in everything(),
    ) {
        let _ = parse::<Everything>(&mut noise.clone());
        let _ = parse::<&str>(&mut [b"\"", noise.as_slice()].concat());
        let _ = parse::<Ignored>(&mut noise.clone());
        let mut text = written(&value);
        let at = usize::from(flip.0) % text.len();
        text[at] = flip.1;
        let _ = parse::<Everything>(&mut text);
    }
}
