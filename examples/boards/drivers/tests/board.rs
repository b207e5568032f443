//! Buttons, lines that are typed, what is kept in flash, and what outlives a restart.

use board_drivers::{
    Button, Buttons, Credentials, CredentialsError, LastWords, Line, Press, Typed,
};
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
fn a_button_that_is_held_was_pressed_before() {
    use Press::{A, B, HeldA, HeldB};

    let mut buttons = Buttons::default();
    let mut presses = vec![];
    let mut now = u32::MAX - 1_000;
    for (a, b, ms) in [
        (true, false, 500),
        (false, false, 500),
        (false, true, 5_000),
        (true, true, 2_990),
        (false, false, 10),
        (true, true, 5_000),
    ] {
        for _ in 0..ms / 10 {
            presses.extend(buttons.pressed(a, b, now));
            now = now.wrapping_add(10);
        }
    }
    assert_eq!(presses, [A, B, HeldB, A, A, B, HeldA, HeldB]);
}

#[test]
fn last_words_are_one_line_and_any_bit_wrong_is_none() {
    assert_eq!(LastWords::parse(&LastWords::NONE), None, "as the memory is after power was off");
    assert_eq!(LastWords::parse(&[0xff; LastWords::BYTES]), None);
    for (text, expected) in [
        ("", ""),
        ("panicked at src/main.rs:9:5:\nbroken", "panicked at src/main.rs:9:5: broken"),
        (&"x".repeat(121), &"x".repeat(120)),
        (&"光".repeat(41), &"光".repeat(40)),
        (&format!("{}光", "x".repeat(118)), &"x".repeat(118)),
    ] {
        let record = LastWords::record(&text);
        assert_eq!(LastWords::parse(&record).as_deref(), Some(expected));
        for bit in 0..record.len() * 8 {
            let mut record = record;
            record[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(LastWords::parse(&record), None, "bit {bit}");
        }
    }
}
