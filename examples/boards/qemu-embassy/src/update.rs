//! The board as one that takes a firmware update: a task for each connection, and one that ends them all when it is there.

use core::cell::RefCell;
use core::net::SocketAddr;

use embassy_executor::Spawner;
use embassy_net::tcp::TcpSocket;
use embassy_net::{Runner, Stack};
use embassy_time::Timer;
use emulated::{SHUTDOWN_MS, UPDATE_SITE, Updatable};
use light_embassy::{Board, PORT, SynFilter, SynQueue, close, timer};
use nal_http::server::asynch::Tasks;
use static_cell::StaticCell;
use virt::{Net, exit};

use crate::Virt;

const TASKS: usize = 4;
/// So many clients more can wait.
const WAITING: usize = 16;

/// What the tasks share.
struct Shared {
    app: RefCell<Updatable>,
    tasks: Tasks<TASKS>,
    queue: SynQueue<TASKS, WAITING>,
}

/// Serves until an update is there.
pub fn start(spawner: Spawner, net: Net, seed: u64) {
    static SHARED: StaticCell<Shared> = StaticCell::new();

    let mut app = Updatable::default();
    Virt::print(format_args!("slot in memory at {:p}\n", app.slot()));
    let app = RefCell::new(app);
    let shared = &*SHARED.init(Shared { app, tasks: Tasks::new(), queue: SynQueue::new(PORT) });
    let (stack, runner) = light_embassy::network(SynFilter::new(net, &shared.queue), seed);
    spawner.spawn(network(runner).unwrap());
    spawner.spawn(look_after(shared, stack).unwrap());
    for _ in 0..TASKS {
        spawner.spawn(serve(shared, stack).unwrap());
    }
}

#[embassy_executor::task]
async fn network(mut runner: Runner<'static, SynFilter<Net, TASKS, WAITING>>) {
    runner.run().await;
}

/// Ends the server when an update is there, without cutting anybody off: where a board would restart, the emulator ends.
#[embassy_executor::task]
async fn look_after(shared: &'static Shared, stack: Stack<'static>) {
    stack.wait_config_up().await;
    Virt::print(format_args!("listening for updates\n"));
    while !shared.app.borrow().is_ready() {
        Timer::after_millis(10).await;
    }
    shared.queue.close();
    shared.tasks.shutdown(&timer(), SHUTDOWN_MS).await;
    let length = shared.app.borrow_mut().next_start();
    Virt::print(format_args!("restarting with an image of {length} bytes\n"));
    exit(0)
}

#[embassy_executor::task(pool_size = TASKS)]
async fn serve(shared: &'static Shared, stack: Stack<'static>) {
    let (mut receive, mut send, mut buffer) = ([0; 2048], [0; 2048], [0; 1024]);
    let mut socket = TcpSocket::new(stack, &mut receive, &mut send);
    let Some(mut task) = shared.tasks.join() else { return };
    loop {
        let listening = shared.queue.listen();
        let accepted = task.listen_until_shutdown(socket.accept(PORT)).await;
        let Some((client, accepted)) = accepted else { return };
        let peer = socket.remote_endpoint();
        listening.accepted(peer);
        if let (Ok(()), Some(peer)) = (accepted, peer) {
            let peer = SocketAddr::new(peer.addr.into(), peer.port);
            let app = &shared.app;
            client.serve(&mut socket, peer, &UPDATE_SITE, app, &mut buffer, &timer()).await;
        }
        close(&mut socket, &shared.queue).await;
    }
}
