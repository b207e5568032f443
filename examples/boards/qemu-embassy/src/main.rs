//! The light-sensor application on embassy, on QEMU's `virt` board: riscv32imc, the ESP32-C3's instruction set.

#![no_std]
#![no_main]

mod client;
#[cfg(feature = "updates")]
mod update;

use core::fmt;
use core::panic::PanicInfo;

use board_drivers::{Ascii, Screen};
use embassy_executor::{Executor, Spawner};
use embassy_net::{Runner, Stack};
use emulated::{OledInMemory, Readings, with_argument};
use heapless::String;
use light_embassy::{Board, Buffers, LightServer, SynFilter, TASKS};
use static_cell::StaticCell;
use virt::{Net, exit};

/// The machine.
struct Virt;

impl Board for Virt {
    fn print(text: fmt::Arguments<'_>) {
        virt::print(text);
    }
}

type Server = LightServer<Virt, Readings, Screen<OledInMemory, Ascii>>;

#[riscv_rt::entry]
fn main() -> ! {
    static EXECUTOR: StaticCell<Executor> = StaticCell::new();

    virt::enable_interrupts();
    EXECUTOR.init_with(Executor::new).run(start)
}

/// Runs the board as the emulator was told to, in the first word behind the image's name: it serves for ever if there is
/// none, takes a firmware update if it is `update` (feature `updates`), panics if it is `panic`, and is otherwise a URL to fetch.
fn start(spawner: Spawner) {
    static SERVER: StaticCell<Server> = StaticCell::new();

    let argument = with_argument(|argument| String::try_from(argument).unwrap_or_default());
    assert!(argument != "panic", "on purpose");
    let net = Net::find().unwrap_or_else(|error| panic!("no network card: {error}"));
    let seed = u64::from(virt::random()) << 32 | u64::from(virt::random());
    #[cfg(feature = "updates")]
    if argument == "update" {
        return update::start(spawner, net, seed);
    }
    let screen = Screen::new(OledInMemory, Ascii);
    let server = &*SERVER.init_with(|| LightServer::new(Readings::default(), screen));
    let (stack, runner) = light_embassy::network(server.filter(net), seed);
    spawner.spawn(network(runner).unwrap());
    if !argument.is_empty() {
        return spawner.spawn(client::fetch(stack, argument).unwrap());
    }
    Virt::print(format_args!("OLED in memory at {:p}\n", OledInMemory::address()));
    spawner.spawn(look_after(server, stack).unwrap());
    for buffers in light_embassy::buffers() {
        spawner.spawn(serve(server, stack, buffers).unwrap());
    }
}

#[embassy_executor::task]
async fn network(mut runner: Runner<'static, SynFilter<Net>>) {
    runner.run().await;
}

#[embassy_executor::task(pool_size = TASKS)]
async fn serve(server: &'static Server, stack: Stack<'static>, buffers: &'static mut Buffers) {
    server.serve(stack, buffers).await;
}

#[embassy_executor::task]
async fn look_after(server: &'static Server, stack: Stack<'static>) {
    server.look_after(stack).await;
}

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    Virt::print(format_args!("{info}\n"));
    exit(101)
}
