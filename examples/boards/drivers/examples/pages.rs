//! Draws in the terminal what the mPython board's OLED shows: `cargo run --features chinese --example pages`.

use std::net::SocketAddr;

use board_drivers::{Chinese, Failure, Frame, Page, Reason, Status, View};

fn main() {
    let start = Status { network: Some("home"), ..Status::default() };
    let joined = Status { connected: true, light: Some(301), ..start };
    let at = |address: [u8; 4], port| Status {
        address: Some(SocketAddr::from((address, port))),
        requests: 12,
        last: Some([192, 168, 0, 12].into()),
        ..joined
    };
    let asks = |reason| Status { asks: Some(reason), ..start };
    let board = at([192, 168, 0, 9], 80);
    let pages = [
        View::Address.page(&asks(Reason::NoNetwork)),
        View::Address.page(&asks(Reason::Failed(Failure::Password))),
        View::Address.page(&start),
        View::Address.page(&joined),
        View::Address.page(&board),
        View::Address.page(&at([192, 168, 100, 123], 80)),
        View::Address.page(&at([10, 0, 0, 2], 8080)),
        View::Light.page(&board),
        View::Light.page(&Status { light: Some(4095), ..board }),
        View::Clients.page(&board),
        Page::new("China", "Shenzhen", "203.0.113.7"),
        Page::new(
            "上次重启的原因",
            "panicked at src/main.rs:97:5: the radio does not start: OutOfMemory",
            "",
        ),
    ];
    for page in pages {
        let mut frame = Frame::new();
        page.draw(&mut frame, &Chinese);
        print(&frame);
    }
}

/// Two rows of pixels are a row of characters.
fn print(frame: &Frame) {
    println!("┌{}┐", "─".repeat(Frame::WIDTH));
    for y in (0..Frame::HEIGHT).step_by(2) {
        let cell = |x| match (frame.is_lit(x, y), frame.is_lit(x, y + 1)) {
            (false, false) => ' ',
            (true, false) => '▀',
            (false, true) => '▄',
            (true, true) => '█',
        };
        println!("│{}│", (0..Frame::WIDTH).map(cell).collect::<String>());
    }
    println!("└{}┘", "─".repeat(Frame::WIDTH));
}
