//! A listener that takes what is sent when the test says so, call by call.

use std::iter;

use nal_http::server::{ConnectInfo, Connection, Context, EventStream, Listener, Slow, Wait};

use crate::{App, SITE, app, with};

/// A connection whose client takes what is sent when the test says so.
struct Client {
    connection: Connection<App, Listener>,
    rx: [u8; 512],
    tx: [u8; 512],
    taken: Vec<u8>,
    now_ms: u32,
}

impl Client {
    fn ask(app: &mut App) -> Self {
        let (connection, taken) = (Connection::new(), Vec::new());
        let mut client = Self { connection, rx: [0; 512], tx: [0; 512], taken, now_ms: 0 };
        let request = b"GET /events HTTP/1.0\r\n\r\n";
        client.connection.room(&mut client.rx)[..request.len()].copy_from_slice(request);
        client.connection.received(request.len());
        client.advance(app, 0);
        client
    }

    fn advance(&mut self, app: &mut App, ms: u32) {
        self.now_ms += ms;
        let client = &ConnectInfo { peer: ([127, 0, 0, 1], 1).into(), connection: 0 };
        let mut context = Context { app, site: &SITE, client, now_ms: self.now_ms };
        self.connection.advance(&mut self.rx, &mut self.tx, &mut context);
    }

    /// Takes so many bytes at a time until nothing is left.
    fn take(&mut self, app: &mut App, at_most: usize) -> String {
        while !self.connection.output(&self.tx).is_empty() {
            let output = self.connection.output(&self.tx);
            let n = output.len().min(at_most);
            self.taken.extend_from_slice(&output[..n]);
            self.connection.sent(n);
            self.advance(app, 0);
        }
        let text = String::from_utf8(std::mem::take(&mut self.taken)).unwrap();
        text.split_once("\r\n\r\n").map_or(text.clone(), |(_, body)| body.into())
    }
}

#[test]
fn who_is_slow_skips_to_the_newest() {
    let mut app = with([]);
    let mut client = Client::ask(&mut app);
    assert_eq!(client.take(&mut app, 7), "retry: 1000\n\n");
    app.events.push(1);
    client.advance(&mut app, 100);
    // 16 more fit in the ring: nothing is lost.
    (21..=36).for_each(|n| _ = app.events.push(n));
    client.advance(&mut app, 100);
    let text = client.take(&mut app, 1);
    let others = (1..=16).map(|id| format!("id: {id}\ndata: {}\n\n", id + 20));
    let all: String = iter::once("id: 0\ndata: 1\n\n".into()).chain(others).collect();
    assert_eq!(text, all);
    app.events.push(18);
    client.advance(&mut app, 100);
    (19..=35).for_each(|n| _ = app.events.push(n));
    client.advance(&mut app, 100);
    assert_eq!(client.take(&mut app, 100), "id: 17\ndata: 18\n\nid: 34\ndata: 35\n\n");
    assert_eq!(app.events.listeners(), 1);
}

#[test]
fn or_is_dropped_if_the_application_says_so() {
    let mut app = app(EventStream::new().slow(Slow::IsDropped));
    (1..=40).for_each(|n| _ = app.events.push(n));
    let mut client = Client::ask(&mut app);
    (41..=56).for_each(|n| _ = app.events.push(n));
    assert_eq!(
        client.take(&mut app, 64).lines().filter(|line| line.starts_with("data")).count(),
        1
    );
    client.advance(&mut app, 100);
    assert_eq!(
        client.take(&mut app, 64).lines().filter(|line| line.starts_with("data")).count(),
        16
    );
    assert_eq!((app.events.listeners(), client.connection.waits_for()), (1, Wait::Pause));
    app.events.push(57);
    client.advance(&mut app, 100);
    (58..=74).for_each(|n| _ = app.events.push(n));
    assert_eq!(client.take(&mut app, 64), "id: 56\ndata: 57\n\n");
    client.advance(&mut app, 100);
    assert_eq!((app.events.listeners(), client.connection.waits_for()), (0, Wait::Close));
}
