use core::future::pending;

use embedded_io_async::{ErrorKind, Write as _};
use nal_http_size::stub::Register;
use picoserve::io::{Read, Socket, Write};
use picoserve::mem::{BorrowedBuffer, BorrowedCursor};
use picoserve::request::Request;
use picoserve::response::{Content, IntoResponse, ResponseWriter};
use picoserve::routing::{RequestHandlerService, get, post_service};
use picoserve::time::Duration;
use picoserve::{Config, ResponseSent, Router, Server, Timeouts, Timer};

use crate::Wire;

pub struct Runtime;

/// Time that does not pass.
struct Standing;

impl Timer<Runtime> for Standing {
    async fn delay(&self, _: Duration) {
        pending().await
    }
}

impl Write for Wire {
    async fn write_with<F: FnOnce(BorrowedCursor<'_>) -> R, R>(
        &mut self,
        f: F,
    ) -> Result<R, ErrorKind> {
        let mut buffer = [0; 256];
        let mut buffer = BorrowedBuffer::new(&mut buffer);
        let result = f(buffer.unfilled());
        self.write_all(buffer.filled()).await?;
        Ok(result)
    }
}

impl Socket<Runtime> for Wire {
    type Error = ErrorKind;
    type ReadHalf<'a> = Self;
    type WriteHalf<'a> = Self;

    fn split(&mut self) -> (Self, Self) {
        (Self, Self)
    }

    async fn abort<T: Timer<Runtime>>(
        self,
        _: &Timeouts,
        _: &T,
    ) -> Result<(), picoserve::Error<ErrorKind>> {
        Ok(())
    }

    async fn shutdown<T: Timer<Runtime>>(
        self,
        _: &Timeouts,
        _: &T,
    ) -> Result<(), picoserve::Error<ErrorKind>> {
        Ok(())
    }
}

/// JSON without serde, as the other programs write it.
struct Light(usize);

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

/// Answers a body that fits into the buffer.
struct Echo;

impl RequestHandlerService for Echo {
    async fn call_request_handler_service<R: Read, W: ResponseWriter<Error = R::Error>>(
        &self,
        _: &(),
        (): (),
        mut request: Request<'_, R>,
        writer: W,
    ) -> Result<ResponseSent, W::Error> {
        let mut copy = [0; 128];
        let body = request.body_connection.body().read_all().await;
        let n = body.map_or(0, |body| {
            let n = body.len().min(copy.len());
            copy[..n].copy_from_slice(&body[..n]);
            n
        });
        let connection = request.body_connection.finalize().await?;
        (&copy[..n]).write_to(connection, writer).await
    }
}

/// One connection, for as long as it lives.
pub async fn serve() {
    let router = Router::new()
        .route("/", get(|| async { "Hello from a microcontroller" }))
        .route("/light", get(|| async { Light(Register::Light.get()) }))
        .route("/echo", post_service(Echo));
    let config = Config::const_default().keep_connection_alive();
    let mut buffer = [0; 1024];
    let _ = Server::custom(&router, Standing, &config, &mut buffer).serve(Wire).await;
}
