//! What the OLED says, how large, and what happens when there is none.

#![cfg(feature = "chinese")]

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use board_drivers::{
    Ascii, Chinese, Face, Failure, Frame, Page, Panel, Reason, Status, Typeface, View,
};
use nal_http::hal::display;

fn board() -> Status<'static> {
    Status {
        network: Some("home"),
        connected: true,
        address: Some(([192, 168, 100, 123], 80).into()),
        light: Some(301),
        requests: 12,
        last: Some([192, 168, 0, 12].into()),
        ..Status::default()
    }
}

fn texts(page: &Page) -> [&str; 3] {
    [&page.title, &page.text, &page.note]
}

#[test]
fn a_view_says_what_stands_in_the_way_and_then_what_there_is() {
    let asks = |reason| Status { asks: Some(reason), ..Status::default() };
    let connecting = Status { connected: false, ..board() };
    let waiting = Status { address: None, ..board() };
    let elsewhere = Status { address: Some(([10, 0, 0, 2], 8080).into()), ..board() };
    let v6 = Status { address: Some(([0xfe80, 0, 0, 0, 0, 0, 0, 1], 80).into()), ..board() };
    let fresh = Status { requests: 0, last: None, light: None, ..board() };
    let how = ["请按回车键", "USB串口 115200"];
    for (view, status, expected) in [
        (View::Light, asks(Reason::NoNetwork), ["还没有设置无线网络", how[0], how[1]]),
        (View::Light, asks(Reason::Wanted), ["设置无线网络", how[0], how[1]]),
        (
            View::Light,
            asks(Reason::Failed(Failure::Password)),
            ["无线网络密码不对？", how[0], how[1]],
        ),
        (View::Light, asks(Reason::Failed(Failure::NotFound)), ["找不到无线网络", how[0], how[1]]),
        (View::Light, asks(Reason::Failed(Failure::Other)), ["连不上无线网络", how[0], how[1]]),
        (View::Light, connecting, ["无线网络", "正在连接", "home"]),
        (View::Light, waiting, ["无线网络已连接", "等待地址", "home"]),
        (View::Address, board(), ["请用浏览器打开 http://", "192.168.\n100.123", ""]),
        (View::Address, elsewhere, ["请用浏览器打开 http://", "10.0.\n0.2:8080", ""]),
        (View::Address, v6, ["请用浏览器打开 http://", "[fe80::1]", ""]),
        (View::Light, board(), ["光线", "301", ""]),
        (View::Light, fresh, ["光线", "--", ""]),
        (View::Clients, board(), ["访问次数", "12", "客户: 192.168.0.12"]),
        (View::Clients, fresh, ["访问次数", "0", ""]),
    ] {
        let page = view.page(&status);
        assert_eq!(texts(&page), expected);
        let shown = texts(&page).concat().replace('\n', "");
        assert!(Chinese::has_all(&shown), "{shown}");
    }
    for firmware in ["上次重启的原因", "正在请求", "请求失败", "灯", "开", "关"] {
        assert!(Chinese::has_all(firmware), "{firmware}");
    }
    assert_eq!(View::Address.next().next().next(), View::Address);
    assert_eq!(View::Address.previous(), View::Clients);
}

fn lit(frame: &Frame) -> Vec<(usize, usize)> {
    let all = (0..Frame::HEIGHT).flat_map(|y| (0..Frame::WIDTH).map(move |x| (x, y)));
    all.filter(|(x, y)| frame.is_lit(*x, *y)).collect()
}

fn drawn<T: Typeface>(page: &Page, typeface: &T) -> Vec<(usize, usize)> {
    let mut frame = Frame::new();
    page.draw(&mut frame, typeface);
    lit(&frame)
}

#[test]
fn text_is_as_large_as_there_is_room_for() {
    // One line of the font, times so much.
    for (text, scale) in [
        ("4095", 4),
        ("正在连接", 3),
        ("请按回车键", 2),
        ("255.255.\n255.255", 2),
        ("[fe80::1]", 2),
        ("192.168.100.123:8080", 1),
    ] {
        let pixels = drawn(&Page::new("", text, ""), &Chinese).len();
        let small: usize = text
            .split('\n')
            .map(|line| {
                let mut frame = Frame::new();
                Chinese.draw(&mut frame, line, embedded_graphics::geometry::Point::zero());
                lit(&frame).len()
            })
            .sum();
        assert_eq!(pixels, small * scale * scale, "{text:?}");
    }
}

#[test]
fn nothing_is_drawn_at_the_panels_edge_and_nothing_overlaps() {
    let words = "192.168. Wi-Fi 掌控板 panicked at src/main.rs:97:5: 光线光线光线光线光线光线光线 ";
    let long: String = words.chars().cycle().take(140).collect();
    let w = "W".repeat(64);
    let ends = (0..long.len()).filter(|at| long.is_char_boundary(*at));
    let samples = ends.map(|end| &long[..end]).chain((0..w.len()).map(|end| &w[..end]));
    for sample in samples {
        let all = [Page::new(sample, "", ""), Page::new("", sample, ""), Page::new("", "", sample)];
        let rows = [1..12, 12..53, 53..63];
        for (page, rows) in all.iter().zip(rows) {
            for pixels in [drawn(page, &Chinese), drawn(page, &Ascii)] {
                assert!(pixels.iter().all(|(x, _)| (2..126).contains(x)), "{page:?}");
                assert!(pixels.iter().all(|(_, y)| rows.contains(y)), "{page:?} {rows:?}");
            }
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Missing;

impl display::Error for Missing {
    fn kind(&self) -> display::ErrorKind {
        display::ErrorKind::Bus
    }
}

/// A panel that can be pulled out.
#[derive(Default, Clone)]
struct Plug {
    is_out: Rc<Cell<bool>>,
    attempts: Rc<Cell<u32>>,
    shown: Rc<RefCell<Frame>>,
}

impl Panel for Plug {
    type Error = Missing;

    fn show(&mut self, frame: &Frame) -> Result<(), Missing> {
        self.attempts.set(self.attempts.get() + 1);
        if self.is_out.get() {
            return Err(Missing);
        }
        self.shown.replace(frame.clone());
        Ok(())
    }
}

impl Plug {
    fn shows(&self, page: &Page) -> bool {
        lit(&self.shown.borrow()) == drawn(page, &Chinese)
    }
}

/// Looks after the face for so long, every 10 ms. Returns the errors that are to be told.
fn run(face: &mut Face<Plug, Chinese>, status: &Status<'_>, now: &mut u32, ms: u32) -> usize {
    let mut errors = 0;
    for _ in 0..ms / 10 {
        *now = now.wrapping_add(10);
        if face.is_due(*now) {
            errors += usize::from(face.show(status, *now).is_err());
        }
    }
    errors
}

#[test]
fn a_missing_panel_is_told_once_and_shows_again_when_it_is_put_back() {
    let panel = Plug::default();
    let mut face = Face::new(panel.clone(), Chinese);
    let mut now = u32::MAX - 10_000;
    panel.is_out.set(true);
    assert_eq!(run(&mut face, &board(), &mut now, 60_000), 1);
    assert!((11..=13).contains(&panel.attempts.get()), "{:?}", panel.attempts);
    panel.is_out.set(false);
    assert_eq!(run(&mut face, &board(), &mut now, 6_000), 0);
    assert!(panel.shows(&View::Address.page(&board())));
    let attempts = panel.attempts.get();
    assert_eq!(run(&mut face, &board(), &mut now, 10_000), 0);
    assert_eq!(panel.attempts.get(), attempts, "what is shown is not sent again");
    panel.is_out.set(true);
    let moved = Status { address: Some(([192, 168, 0, 7], 80).into()), ..board() };
    assert_eq!(run(&mut face, &moved, &mut now, 10_000), 1, "it went missing once more");
}

#[test]
fn buttons_turn_views_and_put_notices_away_which_time_does_too() {
    let panel = Plug::default();
    let mut face = Face::new(panel.clone(), Chinese);
    let mut now = u32::MAX - 40_000;
    let [address, light] = [View::Address, View::Light].map(|view| view.page(&board()));
    let notice = Page::new("China", "Shenzhen", "203.0.113.7");
    let mut shows = |face: &mut Face<Plug, Chinese>, page: &Page, ms| {
        run(face, &board(), &mut now, ms);
        panel.shows(page)
    };
    assert!(shows(&mut face, &address, 20));
    face.forth();
    assert!(shows(&mut face, &light, 20), "at once");
    face.notice(notice.clone(), u32::MAX - 40_000);
    assert!(shows(&mut face, &notice, 20));
    face.forth();
    assert!(shows(&mut face, &light, 20));
    face.back();
    assert!(shows(&mut face, &address, 20));
    face.notice(notice.clone(), u32::MAX - 40_000);
    assert!(shows(&mut face, &notice, 29_000));
    assert!(shows(&mut face, &address, 1_500));
    face.forth();
    face.notice(notice, u32::MAX);
    face.home();
    assert!(shows(&mut face, &address, 20));
}
