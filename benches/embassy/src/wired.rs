//! The board with QEMU's network card: a program that serves for ever.

use embassy_executor::{Executor, Spawner};
use embassy_net::{Config, Runner, Stack};
use static_cell::StaticCell;
use virt::Net;

/// Runs a program, once the board has an address.
pub fn run(program: fn(Spawner, Stack<'static>)) -> ! {
    static EXECUTOR: StaticCell<Executor> = StaticCell::new();

    virt::enable_interrupts();
    EXECUTOR.init_with(Executor::new).run(|spawner| {
        let net = Net::find().unwrap_or_else(|error| panic!("no network card: {error}"));
        let (stack, runner) = crate::stack(net, Config::dhcpv4(Default::default()));
        spawner.spawn(network(runner).unwrap());
        spawner.spawn(start(spawner, stack, program).unwrap());
    })
}

#[embassy_executor::task]
async fn network(mut runner: Runner<'static, Net>) {
    runner.run().await;
}

#[embassy_executor::task]
async fn start(spawner: Spawner, stack: Stack<'static>, program: fn(Spawner, Stack<'static>)) {
    stack.wait_config_up().await;
    program(spawner, stack);
    virt::print(format_args!("listening\n"));
}
