//! The board with QEMU's network card: a program that serves for ever.

use embassy_executor::{Executor, Spawner};
use embassy_net::{Runner, Stack};
use static_cell::StaticCell;
use virt::Net;

/// Runs a program, which makes a stack over the card.
pub fn run(start: fn(Spawner, Net) -> Stack<'static>) -> ! {
    static EXECUTOR: StaticCell<Executor> = StaticCell::new();

    virt::enable_interrupts();
    EXECUTOR.init_with(Executor::new).run(|spawner| {
        let net = Net::find().unwrap_or_else(|error| panic!("no network card: {error}"));
        let stack = start(spawner, net);
        spawner.spawn(tell(stack).unwrap());
    })
}

/// Starts the stack as it is.
pub fn plain(spawner: Spawner, net: Net) -> Stack<'static> {
    let (stack, runner) = crate::stack(net);
    spawner.spawn(network(runner).unwrap());
    stack
}

#[embassy_executor::task]
async fn network(mut runner: Runner<'static, Net>) {
    runner.run().await;
}

#[embassy_executor::task]
async fn tell(stack: Stack<'static>) {
    stack.wait_config_up().await;
    virt::print(format_args!("listening\n"));
}
