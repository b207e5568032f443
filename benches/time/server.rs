//! Our server.

use std::net::SocketAddr;

use nal_http::server::{Answer, ConnectInfo, Connection, Context, Reply, Request, Route, Site};

use super::PAGE;

struct App;

const SITE: Site<App> = Site::new(&[Route::get("/", page)]);

fn page(_: &mut App, _: &mut Request<'_>, reply: &mut Reply<'_>) -> Answer {
    reply.fixed("text/plain", PAGE)
}

/// A request, to a slot of 1 KiB; how long the body of the response was.
pub fn answer(mut arriving: &[u8]) -> usize {
    let (mut rx, mut tx) = ([0; 512], [0; 512]);
    let client = ConnectInfo { peer: SocketAddr::from(([127, 0, 0, 1], 1)), connection: 0 };
    let (app, site, client) = (&mut App, &SITE, &client);
    let mut context = Context { app, site, client, now_ms: 0 };
    let mut connection = Connection::new();
    let mut body = 0;
    loop {
        connection.advance(&mut rx, &mut tx, &mut context);
        let output = divan::black_box(connection.output(&tx));
        let n = output.len();
        if n > 0 {
            body = if output.ends_with(PAGE) { PAGE.len() } else { 0 };
            connection.sent(n);
        } else if arriving.is_empty() {
            return body;
        } else {
            let n = receive(&mut arriving, connection.room(&mut rx));
            connection.received(n);
        }
    }
}

/// Moves bytes from what arrives to where they are received.
fn receive(arriving: &mut &[u8], room: &mut [u8]) -> usize {
    let n = room.len().min(arriving.len());
    let (now, later) = arriving.split_at(n);
    room[..n].copy_from_slice(now);
    *arriving = later;
    n
}
