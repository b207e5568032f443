//! picoserve in the place of the counted server: prints its port, and serves until it is killed.

use std::net::Ipv4Addr;
use std::rc::Rc;

use picoserve::routing::get;
use picoserve::{Config, Router, Server};
use tokio::net::TcpListener;
use tokio::task::{LocalSet, spawn_local};

static CONFIG: Config = Config::const_default().keep_connection_alive();

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::io::Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    println!("{}", listener.local_addr()?.port());
    let app = Rc::new(Router::new().route("/", get(async || "Hello, world")));
    LocalSet::new()
        .run_until(async {
            loop {
                let (stream, _) = listener.accept().await?;
                stream.set_nodelay(true)?;
                let app = app.clone();
                spawn_local(async move {
                    let mut buffer = [0; 4096];
                    // A client that has left is no fault of the server's.
                    let _ = Server::new_tokio(&app, &CONFIG, &mut buffer).serve(stream).await;
                });
            }
        })
        .await
}
