//! The light application by the server of futures, over tokio's sockets.

use std::cell::RefCell;
use std::net::IpAddr;
use std::rc::Rc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use light_app::LightApp;
use nal_http::hal::DelayTimer;
use nal_http::server::Site;
use nal_http::server::asynch::Tasks;
use tokio::net::TcpListener;
use tokio::runtime;
use tokio::task::LocalSet;

use crate::sockets::{Delay, Socket};
use crate::support::{Light, NoDisplay, Running};

/// Who serves: a server that is polled, or tasks.
pub const BOTH: [fn(IpAddr) -> Running; 2] = [Running::light::<1024>, light::<1024>];

/// The same with small slots.
pub const BOTH_SMALL: [fn(IpAddr) -> Running; 2] = [Running::light::<512>, light::<512>];

/// The light application, by five tasks with buffers of `B` bytes.
fn light<const B: usize>(ip: IpAddr) -> Running {
    serve::<_, _, B>(ip, LightApp::site, || LightApp::new(Light, NoDisplay), 0)
}

/// Any application by five tasks. Stopped, it is shut down within so many milliseconds.
pub fn serve<A: 'static, T: Default + 'static, const B: usize>(
    ip: IpAddr,
    site: fn() -> Site<A, T>,
    app: fn() -> A,
    within_ms: u32,
) -> Running {
    Running::spawn(move |sender, stopped| {
        let runtime = runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let (local, start) = (LocalSet::new(), Instant::now());
        local.block_on(&runtime, async {
            let listener = Rc::new(TcpListener::bind((ip, 0)).await.unwrap());
            let tasks: &'static Tasks<5> = Box::leak(Box::default());
            let app = Rc::new(RefCell::new(app()));
            for _ in 0..5 {
                local.spawn_local(work::<_, _, B>(
                    tasks,
                    Rc::clone(&listener),
                    site(),
                    Rc::clone(&app),
                ));
            }
            sender.send(listener.local_addr().unwrap()).unwrap();
            while !stopped.load(Ordering::Relaxed) {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            tasks.shutdown(&DelayTimer::new(|| now_ms(start), Delay), within_ms).await;
        });
    })
}

fn now_ms(start: Instant) -> u32 {
    u32::try_from(start.elapsed().as_millis()).unwrap()
}

async fn work<A, T: Default, const B: usize>(
    tasks: &'static Tasks<5>,
    listener: Rc<TcpListener>,
    site: Site<A, T>,
    app: Rc<RefCell<A>>,
) {
    let start = Instant::now();
    let timer = DelayTimer::new(|| now_ms(start), Delay);
    let (mut buffer, mut task) = ([0; B], tasks.join().unwrap());
    while let Some((client, accepted)) = task.listen_until_shutdown(listener.accept()).await {
        let (stream, peer) = accepted.unwrap();
        client.serve(&mut Socket(stream), peer, &site, &*app, &mut buffer, &timer).await;
    }
}
