//! hyper in the place of the counted server: the same answer to `/`, and an end at `/end`. It takes the number of slots
//! that the other takes, and needs none.

use std::convert::Infallible;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::sync::Notify;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    println!("{}", listener.local_addr()?.port());
    let ended = Arc::new(Notify::new());
    loop {
        let stream = tokio::select! {
            accepted = listener.accept() => accepted?.0,
            () = ended.notified() => return Ok(()),
        };
        stream.set_nodelay(true)?;
        let ended = ended.clone();
        tokio::spawn(async move {
            let is_last = AtomicBool::new(false);
            let service = service_fn(|request: Request<Incoming>| {
                is_last.store(request.uri().path() == "/end", Ordering::Relaxed);
                async { Ok::<_, Infallible>(answer()) }
            });
            // A client that has left is no fault of the server's.
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
            if is_last.load(Ordering::Relaxed) {
                ended.notify_one();
            }
        });
    }
}

fn answer() -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from_static(b"Hello, world")));
    response.headers_mut().insert("Content-Type", "text/plain".parse().expect("a value"));
    response
}
