//! Buttons, lines that are typed, views, and what is kept in flash.

use board_drivers::{Button, Credentials, CredentialsError, Line, Status, Typed, View};
use embedded_storage::{ReadStorage, Storage};

#[derive(Debug, Clone)]
struct Flash([u8; 256]);

impl ReadStorage for Flash {
    type Error = core::convert::Infallible;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), Self::Error> {
        let offset = offset as usize;
        bytes.copy_from_slice(&self.0[offset..offset + bytes.len()]);
        Ok(())
    }

    fn capacity(&self) -> usize {
        self.0.len()
    }
}

impl Storage for Flash {
    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), Self::Error> {
        let offset = offset as usize;
        self.0[offset..offset + bytes.len()].copy_from_slice(bytes);
        Ok(())
    }
}

#[test]
fn credentials_are_kept_until_they_are_forgotten() {
    let mut flash = Flash([0xff; 256]);
    assert_eq!(Credentials::load(&mut flash), Ok(None), "nothing was kept yet");
    let longest = "x".repeat(63);
    for (name, password) in [("掌控板", "12345678"), ("open", ""), (&longest[..32], &longest)] {
        let credentials = Credentials::new(name, password).unwrap();
        credentials.save(&mut flash).unwrap();
        assert_eq!(Credentials::load(&mut flash), Ok(Some(credentials.clone())));
        assert_eq!((credentials.name(), credentials.password()), (name, password));
        assert!(password.is_empty() || !format!("{credentials:?}").contains(password));
    }
    Credentials::forget(&mut flash).unwrap();
    assert_eq!(Credentials::load(&mut flash), Ok(None));
}

#[test]
fn a_record_with_any_bit_wrong_is_none() {
    let mut good = Flash([0xff; 256]);
    Credentials::new("home", "password").unwrap().save(&mut good).unwrap();
    for bit in 0..106 * 8 {
        let mut bad = good.clone();
        bad.0[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(Credentials::load(&mut bad), Ok(None), "bit {bit}");
    }
}

#[test]
fn names_and_passwords_that_wifi_does_not_have_are_refused() {
    use CredentialsError::{Name, Password};
    for (name, password, expected) in [
        ("", "12345678", Name),
        (&"x".repeat(33), "12345678", Name),
        ("home", "1234567", Password),
        ("home", &"x".repeat(64), Password),
    ] {
        assert_eq!(Credentials::new(name, password).err(), Some(expected));
    }
}

#[test]
fn a_line_is_typed() {
    use Typed::{Character, Erased, Nothing};

    let mut line = Line::<8>::default();
    let typed: Vec<_> = "光\x08\x08ab\x1b€€x".bytes().map(|byte| line.take(byte)).collect();
    let expected = [
        [Nothing, Nothing, Character, Erased, Nothing].as_slice(),
        &[Character, Character, Nothing],
        &[Nothing, Nothing, Character, Nothing, Nothing, Character, Nothing],
    ];
    assert_eq!(typed, expected.concat());
    assert_eq!(line.text(), "ab€€");
    assert_eq!(line.take(b'\n'), Typed::Line);
}

#[test]
fn a_press_counts_once_and_bouncing_does_not() {
    let mut button = Button::default();
    let presses = |button: &mut Button, from: u32, downs: &[bool]| {
        let times = (0..).map(|step| from.wrapping_add(step * 10));
        times.zip(downs).filter(|(now, down)| button.is_pressed(**down, *now)).count()
    };
    assert_eq!(presses(&mut button, 0, &[true, false, true, false, true, false]), 0);
    assert_eq!(presses(&mut button, u32::MAX - 15, &[true; 50]), 1);
    assert_eq!(presses(&mut button, 1_000, &[false, true, true, true, true]), 1);
}

#[test]
fn views_say_what_there_is() {
    let mut status = Status::default();
    let lines = |view: View, status: &Status| view.lines(status).map(|line| line.to_string());
    assert_eq!(lines(View::Light, &status), ["正在连接无线网络", ""]);
    status.connected = true;
    assert_eq!(lines(View::Address, &status), ["等待地址", ""]);
    status.address = Some(([192, 168, 0, 9], 80).into());
    assert_eq!(lines(View::Address, &status), ["请用浏览器打开", "http://192.168.0.9"]);
    status.address = Some(([192, 168, 0, 9], 81).into());
    assert_eq!(lines(View::Address, &status), ["请用浏览器打开", "http://192.168.0.9:81"]);
    assert_eq!(lines(View::Light, &status), ["光线: --", ""]);
    status.light = Some(301);
    assert_eq!(lines(View::Light, &status), ["光线: 301", ""]);
    assert_eq!(lines(View::Clients, &status), ["访问次数: 0", ""]);
    (status.requests, status.last) = (12, Some([192, 168, 0, 12].into()));
    assert_eq!(lines(View::Clients, &status), ["访问次数: 12", "客户: 192.168.0.12"]);
    assert_eq!(View::Address.next().next().next(), View::Address);
    assert_eq!(View::Address.previous(), View::Clients);
}
