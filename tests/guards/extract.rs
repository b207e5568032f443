//! Queries, forms and parameters as structs: what each kind of field takes, and what is said about what it does not.

use nal_http::server::{Group, Request, Route, Site};
use nal_http::testing::TestClient;
use proptest::prelude::*;
use serde::Deserialize;

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Unit {
    Lux,
    Fc,
}

#[derive(Debug, PartialEq, Deserialize)]
struct Level(u8);

#[derive(Debug, PartialEq, Deserialize)]
struct Wanted<'q> {
    unit: Unit,
    level: Level,
    #[serde(default)]
    is_on: bool,
    offset: Option<i16>,
    name: Option<&'q str>,
    #[serde(rename = "光", default)]
    light: f32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Strict {
    #[serde(default)]
    a: u64,
}

#[derive(Deserialize)]
struct Pin<'p> {
    pin: u8,
    path: &'p str,
}

fn show(
    request: &Request<'_>,
    room: usize,
    is_form: bool,
) -> Result<String, nal_http::server::Failure> {
    let mut buffer = [0; 64];
    let buffer = &mut buffer[..room];
    let wanted: Wanted<'_> =
        if is_form { request.typed_form(buffer)? } else { request.typed_query(buffer)? };
    let Wanted { unit, level: Level(level), is_on, offset, name, light } = wanted;
    Ok(format!("{unit:?} {level} {is_on} {offset:?} {name:?} {light}"))
}

const PINS: &Group<()> = &Group::new(&[Route::get("/{pin}/{*path}", |(), request, reply| {
    let mut buffer = [0; 8];
    let pin: Pin<'_> = request.typed_params(&mut buffer)?;
    reply.text(&format!("Pin {{ pin: {}, path: {:?} }}", pin.pin, pin.path))
})]);

const SITE: Site<()> = Site::new(&[
    Route::get("/query", |(), request, reply| reply.text(&show(request, 64, false)?)),
    Route::get("/small", |(), request, reply| reply.text(&show(request, 3, false)?)),
    Route::post("/form", |(), request, reply| reply.text(&show(request, 64, true)?)),
    Route::get("/strict", |(), request, reply| {
        let strict: Strict = request.typed_query(&mut [])?;
        reply.text(&strict.a.to_string())
    }),
    Route::get("/lacks/{pin}", |(), request, reply| {
        let pin: Pin<'_> = request.typed_params(&mut [])?;
        reply.text(&format!("Pin {{ pin: {}, path: {:?} }}", pin.pin, pin.path))
    }),
    Route::group("/a/b", PINS),
]);

fn get(target: &str) -> (u16, String) {
    let response = TestClient::new(SITE).get(&mut (), target);
    (response.status_code, response.text().to_owned())
}

const WHOLE: &str = "a value is not a whole number in its range: level";

#[test]
fn queries_and_forms() {
    for (pairs, expected) in [
        ("unit=lux&level=7", Ok("Lux 7 false None None 0")),
        (
            "unit=fc&level=255&is_on=on&offset=-5&name=a&%E5%85%89=1.5",
            Ok("Fc 255 true Some(-5) Some(\"a\") 1.5"),
        ),
        (
            "level=%37&other=%00&unit=l%75x&&name=a+b%2Bc&is_on=false",
            Ok("Lux 7 false None Some(\"a b+c\") 0"),
        ),
        (
            "unit=lux&level=7&name=%E5%85%89%25&offset=&is_on=1",
            Ok("Lux 7 true None Some(\"光%\") 0"),
        ),
        ("unit=lux&level=7&name=50%&is_on=0", Ok("Lux 7 false None Some(\"50%\") 0")),
        ("unit=lux&level=7&name=", Ok("Lux 7 false None None 0")),
        ("unit=lux&level=7&LEVEL=8&a=1&a=2", Ok("Lux 7 false None None 0")),
        ("unit=lux", Err("a value is missing: level")),
        ("", Err("a value is missing: unit")),
        ("unit=lux&level=", Err(WHOLE)),
        ("unit=lux&level", Err(WHOLE)),
        ("unit=lux&level=256", Err(WHOLE)),
        ("unit=lux&level=-1", Err(WHOLE)),
        ("unit=lux&level=1.0", Err(WHOLE)),
        ("unit=lux&level=7 ", Err(WHOLE)),
        ("unit=lux&level=7&level=7", Err("a value is given twice: level")),
        ("unit=Lux&level=7", Err("a value is not one of those that there are: unit")),
        ("unit=&level=7", Err("a value is not one of those that there are: unit")),
        ("unit=lux&level=7&is_on=yes", Err("a value is neither true nor false: is_on")),
        ("unit=lux&level=7&is_on=", Err("a value is neither true nor false: is_on")),
        ("unit=lux&level=7&offset=x", Err("a value is not a whole number in its range: offset")),
        ("unit=lux&level=7&%E5%85%89=x", Err("a value is not a number: 光")),
        ("unit=lux&level=7&name=%FF", Err("a text with its escapes undone is not UTF-8: name")),
    ] {
        let response = TestClient::new(SITE).post(&mut (), "/form", pairs);
        let (code, text) = expected.map_or_else(|text| (422, text), |text| (200, text));
        assert_eq!((response.status_code, response.text()), (code, text), "{pairs}");
        if !pairs.contains(' ') {
            let code = if code == 422 { 400 } else { code };
            assert_eq!(get(&format!("/query?{pairs}")), (code, text.to_owned()), "{pairs}");
        }
    }
    let long = "a text is longer than there is room for: name";
    assert_eq!(
        get("/small?unit=lux&level=7&name=abcdef").0,
        200,
        "without escapes it needs no room"
    );
    assert_eq!(get("/small?unit=lux&level=7&name=%61bc").0, 200);
    assert_eq!(get("/small?unit=lux&level=7&name=%61bcd"), (400, long.to_owned()));
    assert_eq!(get("/strict?a=1").0, 200);
    assert_eq!(get("/strict?b=1"), (400, "there is a name that is not known here".to_owned()));
    let json = TestClient::new(SITE).json(&mut (), "/form", &7);
    assert_eq!(json.status_code, 415, "it is asked for a form, as ever");
}

#[test]
fn parameters_of_paths() {
    for (target, expected) in [
        ("/a/b/7/x/y", (200, "Pin { pin: 7, path: \"x/y\" }")),
        ("/%61/b/%37/x%20y", (200, "Pin { pin: 7, path: \"x y\" }")),
        ("/a/b/7/", (200, "Pin { pin: 7, path: \"\" }")),
        ("/a/b/256/x", (400, "a value is not a whole number in its range: pin")),
        (
            "/a/b/7/%20%20%20%20%20%20%20%20%20",
            (400, "a text is longer than there is room for: path"),
        ),
        ("/lacks/7", (500, "Internal Server Error")),
    ] {
        let (code, text) = expected;
        assert_eq!(get(target), (code, text.to_owned()), "{target}");
    }
}

proptest! {
    /// Whatever is sent, nothing panics, and what is good says what the typed getters say.
    #[test]
    fn the_same_as_one_by_one(query in "((unit|level|name|is_on|offset|x|%6c)(=(lux|7|300|on|%3|%20|a+|true|-1)?)?&?){0,6}") {
        const SITE: Site<()> = Site::new(&[Route::get("/", |(), request, reply| {
            let whole = request.typed_query::<Wanted<'_>>(&mut [0; 64]).map(|wanted| wanted.level.0);
            if let Ok(level) = whole {
                assert_eq!(request.query_as::<u8>("level"), Ok(level));
            }
            reply.no_content()
        })]);
        TestClient::new(SITE).get(&mut (), &format!("/?{query}"));
    }
}
