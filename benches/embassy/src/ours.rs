//! nal-http: the light application.

use core::fmt;
use core::net::SocketAddr;

use embassy_executor::Spawner;
use embassy_net::{Runner, Stack};
use embassy_net_driver::Driver;
use light_embassy::{Board, Buffers, LightServer, SynFilter};
use nal_http::server::Event;
use static_cell::StaticCell;
use virt::Net;

use crate::TASKS;
use crate::end::Plug;
use crate::quiet::{Blank, Readings};

struct Quiet;

impl Board for Quiet {
    fn print(_: fmt::Arguments<'_>) {}

    fn on_event(_: &SocketAddr, _: &Event<'_>) {}
}

type Server = LightServer<Quiet, Readings, Blank>;

#[embassy_executor::task(pool_size = TASKS)]
async fn serve(server: &'static Server, stack: Stack<'static>, buffers: &'static mut Buffers) {
    server.serve(stack, buffers).await;
}

fn start<D: Driver>(
    spawner: Spawner,
    driver: D,
) -> (Stack<'static>, Runner<'static, SynFilter<D>>) {
    static SERVER: StaticCell<Server> = StaticCell::new();

    let server = &*SERVER.init_with(|| LightServer::new(Readings, Blank));
    let (stack, runner) = crate::stack(server.filter(driver));
    for buffers in light_embassy::buffers() {
        spawner.spawn(serve(server, stack, buffers).unwrap());
    }
    (stack, runner)
}

#[embassy_executor::task]
async fn wired(mut runner: Runner<'static, SynFilter<Net>>) {
    runner.run().await;
}

#[embassy_executor::task]
async fn on_cable(mut runner: Runner<'static, SynFilter<Plug>>) {
    runner.run().await;
}

pub fn start_wired(spawner: Spawner, net: Net) -> Stack<'static> {
    let (stack, runner) = start(spawner, net);
    spawner.spawn(wired(runner).unwrap());
    stack
}

pub fn start_on_cable(spawner: Spawner, plug: Plug) -> Stack<'static> {
    let (stack, runner) = start(spawner, plug);
    spawner.spawn(on_cable(runner).unwrap());
    stack
}
