//! The light application with mocks for its board, and no network.

use std::fmt::Write;

use light_app::{LightApp, LightServer, State, TICK_MS, browser_url};
use nal_http::client::Request;
use nal_http::hal::sensor::ErrorKind;
use nal_http::testing::{MockDisplay, MockLightSensor, ScriptStack, TestClient};
use nal_http::wire::Method;

fn sensor(levels: &'static [Result<u16, ErrorKind>]) -> MockLightSensor {
    let mut sensor = MockLightSensor::new();
    let mut levels = levels.iter();
    sensor.expect_read().returning(move || *levels.next().unwrap());
    sensor
}

#[test]
fn the_page_shows_the_live_value() {
    let mut app = LightApp::new(sensor(&[Ok(301), Ok(4095)]), MockDisplay::new());
    let mut client = TestClient::new(LightApp::site());
    let page = client.get(&mut app, "/");
    assert_eq!(page.header("Content-Type"), Some("text/html; charset=utf-8"));
    assert!(page.text().contains("欢迎使用掌控板mPython！你的光线传感器值是:301<"));
    assert!(client.get(&mut app, "/").text().contains("你的光线传感器值是:4095<"));
}

#[test]
fn the_page_fits_a_slot_of_512_bytes() {
    let mut app = LightApp::new(sensor(&[Ok(4095)]), MockDisplay::new());
    let page = TestClient::new(LightApp::site()).slot(512).get(&mut app, "/");
    assert_eq!((page.status_code, page.is_complete), (200, true));
}

#[test]
fn the_level_as_json() {
    let mut app = LightApp::new(sensor(&[Ok(0)]), MockDisplay::new());
    let light = TestClient::new(LightApp::site()).get(&mut app, "/light");
    assert_eq!(light.header("Content-Type"), Some("application/json"));
    assert_eq!(light.text(), "{\"light\":0}");
}

#[test]
fn a_sensor_that_fails_is_a_503_and_not_the_end() {
    let mut app = LightApp::new(sensor(&[Err(ErrorKind::Bus), Ok(7)]), MockDisplay::new());
    let mut client = TestClient::new(LightApp::site());
    assert_eq!(client.get(&mut app, "/light").status_code, 503);
    assert_eq!(client.get(&mut app, "/light").text(), "{\"light\":7}");
}

#[test]
fn echo_answers_what_it_got() {
    let mut app = LightApp::new(MockLightSensor::new(), MockDisplay::new());
    let mut client = TestClient::new(LightApp::site());
    let long = "掌控板".repeat(10_000);
    let request = Request::new(Method::POST, "http://test/echo").data(&long);
    let answer = client.send(&mut app, &request.header("Content-Type", "text/x; a=b"));
    assert_eq!(answer.header("content-type"), Some("text/x; a=b"));
    assert_eq!(answer.text(), long);
    let empty = client.send(&mut app, &Request::new(Method::POST, "http://test/echo"));
    assert_eq!((empty.status_code, empty.content.len()), (200, 0));
}

#[test]
fn the_display_shows_where_to_point_the_browser() {
    // A URL that is longer than a line of the OLED goes on in the next one.
    for (address, expected) in [
        (([192, 168, 0, 9], 80), vec!["Connect your browser", "http://192.168.0.9"]),
        (([127, 0, 0, 1], 8080), vec!["Connect your browser", "http://127.0.0.1:8080"]),
        (
            ([192, 168, 100, 100], 41_619),
            vec!["Connect your browser", "http://192.168.100.10", "0:41619"],
        ),
    ] {
        let mut display = MockDisplay::new();
        display
            .expect_show()
            .withf(move |lines| *lines == expected[..])
            .times(1)
            .returning(|_| Ok(()));
        let mut app = LightApp::new(MockLightSensor::new(), display);
        app.show_address(address.into()).unwrap();
    }
}

#[test]
fn addresses_as_a_browser_takes_them() {
    let mut buffer = [0; 64];
    for (address, url) in [
        ("10.0.0.1:80", "http://10.0.0.1"),
        ("10.0.0.1:8080", "http://10.0.0.1:8080"),
        ("[::1]:80", "http://[::1]"),
        ("[fe80::1]:81", "http://[fe80::1]:81"),
    ] {
        assert_eq!(browser_url(address.parse().unwrap(), &mut buffer), url);
    }
    assert_eq!(browser_url("10.0.0.1:80".parse().unwrap(), &mut [0; 4]), "http://?");
}

type App = LightApp<MockLightSensor, MockDisplay>;

/// A board whose light is 301 as often as it is asked, and whose display shows anything.
fn steady() -> App {
    let mut sensor = MockLightSensor::new();
    sensor.expect_read().returning(|| Ok(301));
    let mut display = MockDisplay::new();
    display.expect_show().returning(|_| Ok(()));
    LightApp::new(sensor, display)
}

fn client() -> TestClient<App, State> {
    TestClient::new(LightApp::site())
}

fn get(path: &str) -> Request<'_> {
    Request::new(Method::GET, path)
}

fn put<'r>(body: &'r str, url: &'r str) -> Request<'r> {
    Request::new(Method::PUT, url).data(body)
}

#[test]
fn the_page_is_in_the_language_that_is_wanted() {
    let ask = |languages| {
        let request = get("http://test/").header("Accept-Language", languages);
        let page = client().slot(512).send(&mut steady(), &request);
        assert!(page.is_complete);
        page.text().to_owned()
    };
    for (languages, lang) in [
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("en-US,en;q=0.9,zh-CN;q=0.8", "en"),
        ("en;q=0.5, zh;q=0.6", "zh"),
        ("de", "en"),
    ] {
        let page = ask(languages);
        assert!(page.contains(&format!("<html lang=\"{lang}\">")), "{languages}: {page}");
        assert_eq!(page.contains("The last two minutes"), lang == "en");
        assert_eq!(page.contains("最近两分钟"), lang == "zh");
        assert!(page.contains("欢迎使用掌控板mPython！你的光线传感器值是:301<"), "in both");
        assert!(page.contains("301</output>") && page.contains("aria-checked=\"false\""));
        assert!(page.contains("<noscript><meta http-equiv=\"refresh\" content=\"2\"></noscript>"));
        assert!(!page.contains(['{', '}', '|']), "all is filled in");
    }
    assert!(client().get(&mut steady(), "/").text().contains("<html lang=\"zh\">"));
}

#[test]
fn what_the_page_needs_is_sent_as_gzip_and_kept() {
    let page = client().get(&mut steady(), "/");
    let mut total = page.content.len();
    for (path, content_type) in [("/page.css", "text/css"), ("/page.js", "text/javascript")] {
        let text = page.text();
        let target: String =
            text[text.find(path).unwrap()..].chars().take_while(|&c| c != '"').collect();
        assert_eq!(target.len(), path.len() + "?01234567".len(), "with its version");
        let url = format!("http://test{target}");
        let answer = client()
            .slot(512)
            .send(&mut steady(), &get(&url).header("Accept-Encoding", "gzip, br"));
        assert_eq!(answer.status_code, 200);
        assert_eq!(answer.header("Content-Type").unwrap().split(';').next(), Some(content_type));
        assert_eq!(answer.header("Content-Encoding"), Some("gzip"));
        assert_eq!(answer.header("Cache-Control"), Some("max-age=31536000"));
        total += answer.content.len();
        let refused = client().send(&mut steady(), &get(&url).header("Accept-Encoding", "br"));
        assert_eq!(refused.status_code, 406);
    }
    assert!(total < 8192, "{total} bytes");
    assert!(
        !page.text().contains("//") || page.text().matches("http://").count() == 1,
        "nothing from elsewhere"
    );
}

#[test]
fn the_last_hour() {
    let mut sensor = MockLightSensor::new();
    let mut n = 0;
    sensor.expect_read().returning(move || {
        n += 1;
        if n == 3 { Err(ErrorKind::Bus) } else { Ok(n) }
    });
    let mut app = LightApp::new(sensor, MockDisplay::new());
    let history = |app: &mut App, slot| client().slot(slot).get(app, "/history").text().to_owned();
    assert_eq!(history(&mut app, 512), r#"{"now":0,"ms":0,"every":7031,"light":[]}"#);
    let mut now_ms = 1_000;
    let mut pass = |app: &mut App, ms: u32| {
        for _ in 0..ms / TICK_MS {
            assert!(!app.tick(now_ms), "nobody listens");
            now_ms += TICK_MS;
        }
        now_ms
    };
    pass(&mut app, 30_000);
    assert_eq!(
        history(&mut app, 512),
        r#"{"now":0,"ms":29124,"every":7031,"light":[1,2,null,4,5]}"#
    );
    // Each sample is taken with the first tick behind its time.
    pass(&mut app, 3 * 3_600_000);
    for slot in [512, 1024] {
        let json = history(&mut app, slot);
        let levels = json.split(['[', ']']).nth(1).unwrap();
        let levels: Vec<u32> = levels.split(',').map(|level| level.parse().unwrap()).collect();
        assert_eq!(levels.len(), 512);
        assert!(levels.is_sorted() && levels[511] - levels[0] == 511, "the newest is the last");
    }
}

#[test]
fn a_lamp_to_be_switched() {
    let mut display = MockDisplay::new();
    let url = "http://192.168.0.9";
    for lines in [
        vec!["Connect your browser", url],
        vec!["Connect your browser", url, "The lamp is ON"],
        vec!["Connect your browser", url, "The lamp is off"],
    ] {
        display
            .expect_show()
            .withf(move |shown| *shown == lines[..])
            .times(1)
            .returning(|_| Ok(()));
    }
    let mut sensor = MockLightSensor::new();
    sensor.expect_read().returning(|| Ok(301));
    let mut app = LightApp::new(sensor, display);
    app.show_address(([192, 168, 0, 9], 80).into()).unwrap();
    let state = |app: &mut App| client().get(app, "/state").text().to_owned();
    assert_eq!(state(&mut app), r#"{"light":301,"led":false,"ms":0}"#);
    assert_eq!(client().send(&mut app, &put("on", "http://192.168.0.9/led")).status_code, 204);
    assert!(app.is_lamp_on() && app.tick(10), "who listens is to be told");
    assert_eq!(state(&mut app), r#"{"light":301,"led":true,"ms":0}"#);
    assert!(client().get(&mut app, "/").text().contains("aria-checked=\"true\""));
    assert_eq!(client().send(&mut app, &put("off\r\n", "http://192.168.0.9/led")).status_code, 204);
    assert!(!app.is_lamp_on());
    for body in ["", "1", "on off", "\u{ff4f}n"] {
        assert_eq!(client().send(&mut app, &put(body, "http://192.168.0.9/led")).status_code, 400);
    }
}

#[test]
fn a_page_of_another_origin_switches_nothing() {
    let mut app = steady();
    for url in
        ["http://evil.example/led", "http://192.168.0.9.evil.example/led", "http://1.2.3.4x/led"]
    {
        assert_eq!(client().send(&mut app, &put("on", url)).status_code, 421, "{url}");
    }
    // What browsers send unasked from any page: no route. And to a question in front of a PUT (CORS) nothing is allowed.
    let post = Request::new(Method::POST, "http://192.168.0.9/led").data("on");
    assert_eq!(client().send(&mut app, &post).status_code, 405);
    let asks = Request::new(Method::OPTIONS, "http://192.168.0.9/led")
        .header("Origin", "http://evil.example")
        .header("Access-Control-Request-Method", "PUT");
    assert!(client().send(&mut app, &asks).header("Access-Control-Allow-Origin").is_none());
    assert!(!app.is_lamp_on());
    for url in [
        "http://127.0.0.1:8080/led",
        "http://[::1]:80/led",
        "http://localhost:81/led",
        "http://mpython.local/led",
    ] {
        assert_eq!(client().send(&mut app, &put("on", url)).status_code, 204, "{url}");
    }
}

/// The events that the first two get who ask, and that the third is told to poll.
#[test]
fn pages_listen() {
    let mut stack = ScriptStack::new();
    let ask: &[u8] = b"GET /events HTTP/1.0\r\n\r\n";
    (0..3).for_each(|_| stack.connects([ask.into()]));
    let (mut app, mut server) = (steady(), LightServer::new(LightApp::site()));
    server.listen(&mut stack, 80).unwrap();
    let mut run = |app: &mut App, stack: &mut ScriptStack, from_ms, to_ms| {
        for now_ms in (from_ms..to_ms).step_by(50) {
            if app.tick(now_ms) {
                server.wake();
            }
            while server.poll(stack, app, now_ms).is_ok() {}
        }
    };
    run(&mut app, &mut stack, 1_000, 2_600);
    let body = |stack: &ScriptStack, socket| {
        let sent = String::from_utf8(stack.sent(socket).to_vec()).unwrap();
        sent.split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).unwrap()
    };
    let mut expected = "retry: 1000\n\n".to_owned();
    let mut event = |id, led, ms| {
        write!(
            expected,
            "id: {id}\nevent: now\ndata: {{\"light\":301,\"led\":{led},\"ms\":{ms}}}\n\n"
        )
        .unwrap();
        expected.clone()
    };
    event(0, false, 1_050);
    event(1, false, 1_550);
    event(2, false, 2_050);
    let all = event(3, false, 2_550);
    assert_eq!([body(&stack, 1), body(&stack, 2)], [all.clone(), all]);
    assert!(stack.sent(3).starts_with(b"HTTP/1.1 204 "));
    // Both are told at once of the lamp.
    stack.connects([b"PUT /led HTTP/1.1\r\nHost: 10.0.0.1\r\nContent-Length: 2\r\n\r\non".into()]);
    run(&mut app, &mut stack, 2_600, 2_700);
    let all = event(4, true, 2_600);
    assert_eq!([body(&stack, 1), body(&stack, 2)], [all.clone(), all]);
}

#[test]
fn the_app_is_small() {
    // The last hour is 1 KiB of it.
    assert!(size_of::<LightApp<(), ()>>() < 1_400, "{}", size_of::<LightApp<(), ()>>());
}
