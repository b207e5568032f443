//! The OLED that the examples have on a PC: what the second tutorial shows on it can be read.

use nal_http::hal::Display;
use oled::Oled;

#[path = "../examples/pc/oled.rs"]
#[allow(dead_code, reason = "the examples save pictures, too")]
mod oled;

/// The pixels that are lit, by what is shown.
fn lit(lines: &[&str]) -> Vec<(usize, usize)> {
    let mut oled = Oled::new();
    oled.show(lines).unwrap();
    let places = (0..64).flat_map(|y| (0..128).map(move |x| (x, y)));
    places.filter(|&(x, y)| oled.is_lit(x, y)).collect()
}

#[test]
fn a_chinese_city_can_be_read() {
    // What ip-api.com/json/?lang=zh-CN answers, and others.
    let cities = "中国 广东 深圳市 北京 上海 哈尔滨 乌鲁木齐 呼和浩特 漯河 衢州 亳州 濮阳 澳门 香港 台北 新加坡";
    for name in
        cities.split(' ').chain(["China", "Shenzhen", "203.0.113.7", "Connect your browser"])
    {
        assert!(Oled::has_all(name), "{name}");
    }
    let shown = lit(&["中国", "深圳市", "203.0.113.7"]);
    let rows = |from, to| shown.iter().filter(|(_, y)| (from..to).contains(y)).count();
    assert!(rows(0, 12) > 20 && rows(12, 24) > 40 && rows(24, 36) > 30, "three lines");
    assert_eq!(rows(36, 64), 0);
}

#[test]
fn each_character_is_a_picture_of_its_own() {
    let pictures = ["深", "圳", "市", "中", "国", "A", "8"].map(|text| lit(&[text]));
    for (n, picture) in pictures.iter().enumerate() {
        assert!(picture.len() > 5);
        assert!(!pictures[..n].contains(picture));
    }
}

#[test]
fn what_the_font_has_not_is_left_out() {
    assert!(!Oled::has_all("𠀀") && !Oled::has_all("儋州"), "neither is in GB 2312");
    assert_eq!(lit(&["深𠀀圳"]), lit(&["深圳"]));
}

#[test]
fn the_longest_address_has_room() {
    let right = |line| lit(&[line]).into_iter().map(|(x, _)| x).max().unwrap();
    for line in ["http://192.168.100.100:8080", "Connect your browser", "The lamp is off"] {
        assert!(right(line) < 127, "{line}");
    }
}
