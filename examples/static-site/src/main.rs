//! A web site in flash: the folder `site`, embedded by `build.rs`, with a value that its script asks for.
//!
//! `cargo run -p static-site [-- PORT]`; on a board, the table and the routes are the same.

use std::time::{Duration, Instant};

use nal_http::hal::Clock;
use nal_http::server::{Answer, Etag, Files, Reply, Request, Route, Server, Site, Validators};
use nal_std::Stack;

struct App {
    light: u16,
    readings: u32,
}

const FILES: Files = include!(concat!(env!("OUT_DIR"), "/site.rs"));

const SITE: Site<App> = Site::new(&[
    Route::get("/light", light),
    Route::get("/{*path}", |_, request, reply| FILES.reply(request, reply)),
])
.want(Files::HEADERS);

/// The client is sent the value only if there is a new one.
fn light(app: &mut App, request: &mut Request<'_>, reply: &mut Reply<'_>) -> Answer {
    let etag = Etag::number(app.readings.into());
    reply.header("Cache-Control", "no-cache");
    if reply.is_fresh(request, &Validators::etag(etag.as_str()))? {
        return reply.no_content();
    }
    reply.write("text/plain", |body| body.number(app.light.into()))
}

struct PcClock(Instant);

impl Clock for PcClock {
    fn now_ms(&mut self) -> u32 {
        // It wraps around, as the clock of a board does.
        u32::try_from(self.0.elapsed().as_millis() & 0xffff_ffff).unwrap_or_default()
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let port = std::env::args().nth(1).map_or(Ok(8080), |port| port.parse())?;
    let mut stack = Stack::new();
    let mut server: Server<Stack, App, 4, 1024> = Server::new(SITE);
    server.listen(&mut stack, port)?;
    println!("http://127.0.0.1:{port}/");
    let mut app = App { light: 301, readings: 1 };
    match server.serve(&mut stack, &mut app, &mut PcClock(Instant::now()), |stack, ms| {
        stack.wait(Duration::from_millis(ms.into()));
    })? {}
}

#[cfg(test)]
mod tests {
    use nal_http::testing::TestClient;

    use super::*;

    #[test]
    fn the_folder_is_there() {
        let paths: Vec<_> = FILES.files().iter().map(nal_http::server::File::path).collect();
        assert_eq!(paths, ["css/style.css", "index.html", "light.js"]);
        let mut app = App { light: 301, readings: 1 };
        let mut client = TestClient::new(SITE);
        let index = client.get(&mut app, "/");
        assert_eq!(index.content, include_bytes!("../site/index.html"));
        assert_eq!(index.header("Vary"), Some("Accept-Encoding"));
        assert_eq!(index.header("Last-Modified"), Some("Fri, 27 Nov 2026 00:00:00 GMT"));
        let style = client.get(&mut app, "/css/style.css");
        assert_eq!(style.header("Content-Type"), Some("text/css; charset=utf-8"));
        assert_eq!(client.get(&mut app, "/light").text(), "301");
        assert_eq!(client.get(&mut app, "/css/").status_code, 404);
    }
}
