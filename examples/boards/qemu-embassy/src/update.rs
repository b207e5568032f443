//! The board as one that takes firmware updates: a task for each connection.

use core::cell::RefCell;
use core::net::SocketAddr;

use embassy_executor::Spawner;
use embassy_net::tcp::TcpSocket;
use embassy_net::{Runner, Stack};
use embassy_time::{Duration, with_timeout};
use emulated::{UPDATE_SITE, Updatable};
use light_embassy::{Board, PORT, SynFilter, SynQueue, timer};
use nal_http::server::asynch::Tasks;
use static_cell::StaticCell;
use virt::Net;

use crate::Virt;

const TASKS: usize = 4;
/// So many clients more can wait.
const WAITING: usize = 16;
/// So long a client may take to close its side behind us.
const CLOSING: Duration = Duration::from_millis(250);

/// What the tasks share.
struct Shared {
    app: RefCell<Updatable>,
    tasks: Tasks<TASKS>,
    queue: SynQueue<TASKS, WAITING>,
}

/// Serves for ever.
pub fn start(spawner: Spawner, net: Net, seed: u64) {
    static SHARED: StaticCell<Shared> = StaticCell::new();

    let app = RefCell::new(Updatable::default());
    let shared = &*SHARED.init(Shared { app, tasks: Tasks::new(), queue: SynQueue::new(PORT) });
    let (stack, runner) = light_embassy::network(SynFilter::new(net, &shared.queue), seed);
    spawner.spawn(network(runner).unwrap());
    spawner.spawn(tell(stack).unwrap());
    for _ in 0..TASKS {
        spawner.spawn(serve(shared, stack).unwrap());
    }
}

#[embassy_executor::task]
async fn network(mut runner: Runner<'static, SynFilter<Net, TASKS, WAITING>>) {
    runner.run().await;
}

#[embassy_executor::task]
async fn tell(stack: Stack<'static>) {
    stack.wait_config_up().await;
    Virt::print(format_args!("listening for updates\n"));
}

#[embassy_executor::task(pool_size = TASKS)]
async fn serve(shared: &'static Shared, stack: Stack<'static>) {
    let (mut receive, mut send, mut buffer) = ([0; 2048], [0; 2048], [0; 1024]);
    let mut socket = TcpSocket::new(stack, &mut receive, &mut send);
    let Some(mut task) = shared.tasks.join() else { return };
    loop {
        let listening = shared.queue.listen();
        let (client, accepted) = task.listen(socket.accept(PORT)).await;
        let peer = socket.remote_endpoint();
        listening.accepted(peer);
        if let (Ok(()), Some(peer)) = (accepted, peer) {
            let peer = SocketAddr::new(peer.addr.into(), peer.port);
            let app = &shared.app;
            client.serve(&mut socket, peer, &UPDATE_SITE, app, &mut buffer, &timer()).await;
        }
        socket.close();
        let closed = async {
            while let Ok(1..) = socket.read(&mut [0; 64]).await {}
            socket.flush().await
        };
        let _ = with_timeout(CLOSING, closed).await;
        socket.abort();
        let _ = with_timeout(CLOSING, socket.flush()).await;
    }
}
