//! `tiny_http` in the place of the counted server: prints its port, and serves until it is killed.

use tiny_http::{Header, Response, Server};

fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let server = Server::http("127.0.0.1:0")?;
    println!("{}", server.server_addr().to_ip().ok_or("no port")?.port());
    for request in server.incoming_requests() {
        let text: Header = "Content-Type: text/plain".parse().map_err(|()| "no header")?;
        // A client that has left is no fault of the server's.
        let _ = request.respond(Response::from_string("Hello, world").with_header(text));
    }
    Ok(())
}
