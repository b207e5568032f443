//! The OLED: its bytes on the bus, and its text.

use board_drivers::{Ascii, Frame, Panel, Screen, Sh1106, Typeface};
use embedded_graphics::geometry::Point;
use embedded_hal::i2c::{ErrorKind, NoAcknowledgeSource};
use embedded_hal_mock::eh1::i2c::{Mock, Transaction};
use nal_http::hal::{BusError, Display};

const START: [u8; 25] = [
    0x00, 0xae, 0xd5, 0x80, 0xa8, 0x3f, 0xd3, 0x00, 0x40, 0xad, 0x8b, 0xa1, 0xc8, 0xda, 0x12, 0x81,
    0xcf, 0xd9, 0xf1, 0xdb, 0x40, 0xa4, 0xa6, 0, 0,
];

fn start() -> Transaction {
    Transaction::write(0x3c, START[..23].to_vec())
}

fn pages(frame: &Frame) -> Vec<Transaction> {
    let page = |(number, pixels): (u8, &[u8])| {
        let data = [&[0x40], pixels].concat();
        [
            Transaction::write(0x3c, vec![0x00, 0xb0 + number, 0x02, 0x10]),
            Transaction::write(0x3c, data),
        ]
    };
    (0..).zip(frame.pages()).flat_map(page).collect()
}

fn on() -> Transaction {
    Transaction::write(0x3c, vec![0x00, 0xaf])
}

fn drawn(text: &str) -> Frame {
    let mut frame = Frame::new();
    Ascii.draw(&mut frame, text, Point::zero());
    frame
}

#[test]
fn the_chip_is_set_up_once_and_shown_when_the_first_frame_is_there() {
    let (first, second) = (drawn("first"), drawn("second"));
    let expected = [vec![start()], pages(&first), vec![on()], pages(&second)].concat();
    let mut i2c = Mock::new(&expected);
    let mut panel = Sh1106::new(i2c.clone());
    panel.show(&first).unwrap();
    panel.show(&second).unwrap();
    i2c.done();
}

#[test]
fn a_panel_that_is_put_back_is_set_up_again() {
    let frame = drawn("http://192.168.0.9");
    let nack = ErrorKind::NoAcknowledge(NoAcknowledgeSource::Address);
    let broken = Transaction::write(0x3c, vec![0x00, 0xb0, 0x02, 0x10]).with_error(nack);
    let mut first = vec![start()];
    first.extend(pages(&frame));
    first.push(on());
    let again = first.clone();
    let expected = [first, vec![broken], again].concat();
    let mut i2c = Mock::new(&expected);
    let mut screen = Screen::new(Sh1106::new(i2c.clone()), Ascii);
    let lines = ["http://192.168.0.9"];
    assert_eq!(screen.show(&lines), Ok(()));
    assert_eq!(screen.show(&lines), Err(BusError(nack)));
    assert_eq!(screen.show(&lines), Ok(()));
    i2c.done();
}

/// A panel that takes everything.
struct Nothing;

impl Panel for Nothing {
    type Error = core::convert::Infallible;

    fn show(&mut self, _: &Frame) -> Result<(), Self::Error> {
        Ok(())
    }
}

fn lit(frame: &Frame) -> usize {
    let rows =
        (0..Frame::HEIGHT).map(|y| (0..Frame::WIDTH).filter(|x| frame.is_lit(*x, y)).count());
    rows.sum()
}

#[test]
fn lines_and_ends_for_which_there_is_no_room_are_cut() {
    let mut screen = Screen::new(Nothing, Ascii);
    let Ok(()) = screen.show(&["x"; 40]);
    let six = screen.frame().clone();
    let Ok(()) = screen.show(&["x"; 6]);
    assert_eq!(*screen.frame(), six);
    let Ok(()) = screen.show(&[&"x".repeat(22)]);
    let one = lit(&drawn("x"));
    assert!((21 * one..22 * one).contains(&lit(screen.frame())));
    let Ok(()) = screen.show(&[]);
    assert_eq!(lit(screen.frame()), 0);
}

#[test]
fn a_byte_is_eight_pixels_of_a_column() {
    use embedded_graphics::Pixel;
    use embedded_graphics::draw_target::DrawTarget;
    use embedded_graphics::pixelcolor::BinaryColor::{Off, On};

    let mut frame = Frame::new();
    let pixels = [(0, 0), (0, 7), (127, 63), (5, 9), (-1, 0), (0, -1), (128, 0), (0, 64)];
    let Ok(()) = frame.draw_iter(pixels.map(|(x, y)| Pixel(Point::new(x, y), On)));
    let bytes = frame.as_bytes();
    assert_eq!((bytes[0], bytes[128 + 5], bytes[7 * 128 + 127]), (0x81, 0x02, 0x80));
    assert_eq!(lit(&frame), 4);
    assert!(frame.is_lit(127, 63) && !frame.is_lit(126, 63) && !frame.is_lit(128, 0));
    let Ok(()) = frame.draw_iter([Pixel(Point::new(0, 0), Off)]);
    assert_eq!(frame.as_bytes()[0], 0x80);
}
