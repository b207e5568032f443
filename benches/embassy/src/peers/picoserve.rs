//! picoserve: the page and its JSON.

use embassy_executor::Spawner;
use embassy_net::Stack;
use picoserve::io::Write;
use picoserve::response::Content;
use picoserve::routing::{PathRouter, get};
use picoserve::{Config, Router, Server};
use static_cell::ConstStaticCell;

use crate::{HTTP, LIGHT, PAGE, SOCKET, TASKS};

struct Page(u16);

impl Content for Page {
    fn content_type(&self) -> &'static str {
        "text/html; charset=utf-8"
    }

    fn content_length(&self) -> usize {
        format_args!("{}{}{}", PAGE[0], self.0, PAGE[1]).content_length()
    }

    async fn write_content<W: Write>(self, writer: W) -> Result<(), W::Error> {
        format_args!("{}{}{}", PAGE[0], self.0, PAGE[1]).write_content(writer).await
    }
}

/// JSON without serde, as the other programs write it.
struct Light(u16);

impl Content for Light {
    fn content_type(&self) -> &'static str {
        "application/json"
    }

    fn content_length(&self) -> usize {
        format_args!("{{\"light\":{}}}", self.0).content_length()
    }

    async fn write_content<W: Write>(self, writer: W) -> Result<(), W::Error> {
        format_args!("{{\"light\":{}}}", self.0).write_content(writer).await
    }
}

const CONFIG: Config = Config::const_default().keep_connection_alive();

fn router() -> Router<impl PathRouter> {
    Router::new()
        .route("/", get(|| async { Page(LIGHT) }))
        .route("/light", get(|| async { (("Cache-Control", "no-store"), Light(LIGHT)) }))
}

type Buffers = ([u8; SOCKET], [u8; SOCKET], [u8; HTTP]);

async fn connections(stack: Stack<'static>, (receive, send, http): &mut Buffers) {
    let router = router();
    loop {
        Server::new(&router, &CONFIG, http).listen_and_serve(0, stack, 80, receive, send).await;
    }
}

#[embassy_executor::task(pool_size = TASKS)]
async fn serve(stack: Stack<'static>, buffers: &'static mut Buffers) {
    connections(stack, buffers).await;
}

pub fn spawn(spawner: Spawner, stack: Stack<'static>) -> Stack<'static> {
    static BUFFERS: ConstStaticCell<[Buffers; TASKS]> =
        ConstStaticCell::new([const { ([0; SOCKET], [0; SOCKET], [0; HTTP]) }; TASKS]);

    for buffers in BUFFERS.take() {
        spawner.spawn(serve(stack, buffers).unwrap());
    }
    stack
}
