//! The light-sensor application on embassy, on QEMU's `virt` board: riscv32imc, the ESP32-C3's instruction set.

#![no_std]
#![no_main]

use core::panic::PanicInfo;

use embassy_executor::{Executor, Spawner};
use embassy_net::{Runner, Stack, StackResources};
use light_embassy::{Backlog, Buffers, Patient, TASKS, WAITING};
use static_cell::{ConstStaticCell, StaticCell};
use virt::{Net, exit};

type Driver = Patient<Net, TASKS, WAITING>;

#[riscv_rt::entry]
fn main() -> ! {
    static EXECUTOR: StaticCell<Executor> = StaticCell::new();

    virt::enable_interrupts();
    EXECUTOR.init_with(Executor::new).run(start)
}

fn start(spawner: Spawner) {
    static BACKLOG: StaticCell<Backlog<TASKS, WAITING>> = StaticCell::new();
    static RESOURCES: StaticCell<StackResources<{ TASKS + 2 }>> = StaticCell::new();
    static BUFFERS: ConstStaticCell<[Buffers; TASKS]> =
        ConstStaticCell::new([const { Buffers::ZERO }; TASKS]);
    let net = Net::find().unwrap_or_else(|error| panic!("no network card: {error}"));
    let backlog = &*BACKLOG.init_with(|| Backlog::new(80));
    let seed = u64::from(virt::random()) << 32 | u64::from(virt::random());
    let (stack, runner) = embassy_net::new(
        Patient::new(net, backlog),
        embassy_net::Config::dhcpv4(Default::default()),
        RESOURCES.init_with(StackResources::new),
        seed,
    );
    spawner.spawn(network(runner).unwrap());
    for buffers in BUFFERS.take() {
        spawner.spawn(serve(stack, backlog, buffers).unwrap());
    }
    spawner.spawn(tell(stack).unwrap());
}

#[embassy_executor::task]
async fn network(mut runner: Runner<'static, Driver>) -> ! {
    runner.run().await
}

#[embassy_executor::task(pool_size = TASKS)]
async fn serve(
    stack: Stack<'static>,
    backlog: &'static Backlog<TASKS, WAITING>,
    buffers: &'static mut Buffers,
) {
    light_embassy::serve(stack, backlog, buffers).await
}

#[embassy_executor::task]
async fn tell(stack: Stack<'static>) {
    stack.wait_config_up().await;
    let config = stack.config_v4().unwrap();
    virt::print(format_args!("listening on {}:80\n", config.address.address()));
}

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    virt::print(format_args!("{info}\n"));
    exit(101)
}
