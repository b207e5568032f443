//! nanofish: the page and its JSON.

use core::fmt::Write;

use embassy_executor::Spawner;
use embassy_net::Stack;
use heapless::String;
use nanofish::{
    EmbassyHttpServer, Error, HttpHandler, HttpRequest, HttpResponse, HttpResponseBuilder,
    ServerTimeouts,
};

use crate::{HTTP, LIGHT, PAGE, SOCKET, TASKS};

/// Its text, which a response refers to.
struct App(String<256>);

impl HttpHandler for App {
    async fn handle_request(
        &mut self,
        request: &HttpRequest<'_>,
    ) -> Result<HttpResponse<'_>, Error> {
        self.0.clear();
        let response = HttpResponseBuilder::new();
        match request.path {
            "/" => {
                let _ = write!(self.0, "{}{LIGHT}{}", PAGE[0], PAGE[1]);
                response.content_type("text/html; charset=utf-8")?.text(&self.0).build()
            }
            "/light" => {
                let _ = write!(self.0, "{{\"light\":{LIGHT}}}");
                response.header("Cache-Control", "no-store")?.json(&self.0)?.build()
            }
            _ => response.status(nanofish::StatusCode::NotFound).build(),
        }
    }
}

type Server = EmbassyHttpServer<SOCKET, SOCKET, HTTP, HTTP>;

async fn connections(stack: Stack<'static>) {
    let mut server = Server::with_timeouts(80, ServerTimeouts::default()).with_keep_alive(1000);
    server.serve(stack, App(String::new())).await
}

#[embassy_executor::task(pool_size = TASKS)]
async fn serve(stack: Stack<'static>) {
    connections(stack).await;
}

pub fn spawn(spawner: Spawner, stack: Stack<'static>) -> Stack<'static> {
    for _ in 0..TASKS {
        spawner.spawn(serve(stack).unwrap());
    }
    stack
}
