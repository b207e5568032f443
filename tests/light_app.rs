//! The light application with mocks for its board, and no network.

use light_app::{LightApp, browser_url};
use nal_http::client::Request;
use nal_http::hal::sensor::ErrorKind;
use nal_http::testing::{MockDisplay, MockLightSensor, TestClient};
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
    assert_eq!(page.status_code, 200);
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
    let mut display = MockDisplay::new();
    display
        .expect_show()
        .withf(|lines| *lines == ["Connect your browser", "http://192.168.0.9"])
        .times(1)
        .returning(|_| Ok(()));
    let mut app = LightApp::new(MockLightSensor::new(), display);
    app.show_address(([192, 168, 0, 9], 80).into()).unwrap();
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
