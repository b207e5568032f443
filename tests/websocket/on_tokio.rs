//! The echo by the server of futures, over tokio's sockets.

use std::cell::RefCell;
use std::rc::Rc;
use std::thread;
use std::time::Instant;

use nal_http::hal::DelayTimer;
use nal_http::server::asynch::serve_connection;
use tokio::net::TcpListener;
use tokio::runtime;
use tokio::task::LocalSet;

use super::frames::{App, SITE};
use super::sockets::{Delay, Socket};

/// A server that echoes, on a port of its own, as long as the test runs.
pub fn serve() -> u16 {
    let (sender, receiver) = std::sync::mpsc::channel();
    thread::spawn(move || {
        let runtime = runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let local = LocalSet::new();
        local.block_on(&runtime, async {
            let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
            sender.send(listener.local_addr().unwrap().port()).unwrap();
            let (app, begun) = (Rc::new(RefCell::new(App::default())), Instant::now());
            loop {
                let (stream, peer) = listener.accept().await.unwrap();
                let app = Rc::clone(&app);
                local.spawn_local(async move {
                    let now = || u32::try_from(begun.elapsed().as_millis()).unwrap();
                    let timer = DelayTimer::new(now, Delay);
                    let (mut socket, mut buffer) = (Socket(stream), [0; 2048]);
                    serve_connection(&mut socket, peer, &SITE, &*app, &mut buffer, &timer).await
                });
            }
        });
    });
    receiver.recv().unwrap()
}
