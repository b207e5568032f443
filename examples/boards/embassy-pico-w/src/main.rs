//! The light-sensor application on embassy, on a Raspberry Pi Pico W: joins a Wi-Fi and serves.

#![no_std]
#![no_main]

use core::fmt;
use core::panic::PanicInfo;

use board_drivers::{Ascii, Screen, Sh1106};
use cyw43::{A4, Aligned, Control, JoinOptions, NetDriver, SpiBus, State};
use cyw43_pio::{DEFAULT_CLOCK_DIVIDER, PioSpi};
use embassy_executor::Spawner;
use embassy_net::{Runner, Stack};
use embassy_rp::adc::{self, Adc, Channel};
use embassy_rp::clocks::RoscRng;
use embassy_rp::gpio::{Level, Output, Pull};
use embassy_rp::i2c::{self, I2c};
use embassy_rp::peripherals::{DMA_CH0, I2C0, PIO0};
use embassy_rp::pio::{self, Pio};
use embassy_rp::{bind_interrupts, dma};
use embassy_time::{Duration, Timer};
use light_embassy::{Board, Buffers, LightServer, SynFilter, TASKS};
use nal_http::hal::{LightSensor, sensor};
use rtt_target::{rprint, rprintln, rtt_init_print};
use static_cell::StaticCell;

/// The network to join, from the environment of the build.
const NAME: &str = env!("WIFI_NAME");
const PASSWORD: &str = env!("WIFI_PASSWORD");
/// After so long, a network that could not be joined is tried again.
const PAUSE: Duration = Duration::from_secs(5);

/// The radio's firmware.
macro_rules! firmware {
    ($name:literal) => {{
        static BYTES: &Aligned<A4, [u8]> =
            &Aligned(*include_bytes!(concat!(env!("OUT_DIR"), "/", $name)));
        BYTES
    }};
}

bind_interrupts!(struct Irqs {
    PIO0_IRQ_0 => pio::InterruptHandler<PIO0>;
    DMA_IRQ_0 => dma::InterruptHandler<DMA_CH0>;
});

struct Pico;

impl Board for Pico {
    fn print(text: fmt::Arguments<'_>) {
        rprint!("{}", text);
    }
}

type Radio = cyw43::Runner<'static, SpiBus<Output<'static>, PioSpi<'static, PIO0, 0>>>;
type Net = NetDriver<'static>;
type Oled = Screen<Sh1106<I2c<'static, I2C0, i2c::Blocking>>, Ascii>;
type Server = LightServer<Pico, LightOnAdc, Oled>;

#[embassy_executor::main]
async fn main(spawner: Spawner) {
    static SERVER: StaticCell<Server> = StaticCell::new();
    static STATE: StaticCell<State> = StaticCell::new();

    rtt_init_print!();
    let chip = embassy_rp::init(Default::default());
    // Light sensor on GPIO26; OLED: SDA on GPIO4, SCL on GPIO5.
    let adc = Adc::new_blocking(chip.ADC, adc::Config::default());
    let sensor = LightOnAdc { adc, pin: Channel::new_pin(chip.PIN_26, Pull::None) };
    let mut bus = i2c::Config::default();
    bus.frequency = 400_000;
    let bus = I2c::new_blocking(chip.I2C0, chip.PIN_5, chip.PIN_4, bus);
    let server =
        &*SERVER.init_with(|| LightServer::new(sensor, Screen::new(Sh1106::new(bus), Ascii)));

    // How the radio is wired on the board.
    let mut pio = Pio::new(chip.PIO0, Irqs);
    let spi = PioSpi::new(
        &mut pio.common,
        pio.sm0,
        DEFAULT_CLOCK_DIVIDER,
        pio.irq0,
        Output::new(chip.PIN_25, Level::High),
        chip.PIN_24,
        chip.PIN_29,
        dma::Channel::new(chip.DMA_CH0, Irqs),
    );
    let power = Output::new(chip.PIN_23, Level::Low);
    let (code, nvram) = (firmware!("43439A0.bin"), firmware!("nvram_rp2040.bin"));
    let (net, mut control, driver) =
        cyw43::new(STATE.init_with(State::new), power, spi, code, nvram).await;
    spawner.spawn(radio(driver).unwrap());
    control.init(firmware!("43439A0_clm.bin")).await;

    let (stack, runner) = light_embassy::network(server.filter(net), RoscRng.next_u64());
    spawner.spawn(network(runner).unwrap());
    spawner.spawn(join(control, stack).unwrap());
    for buffers in light_embassy::buffers() {
        spawner.spawn(serve(server, stack, buffers).unwrap());
    }
    server.look_after(stack).await
}

#[embassy_executor::task]
async fn radio(driver: Radio) {
    driver.run().await;
}

/// Joins the network, and again whenever it is lost.
#[embassy_executor::task]
async fn join(mut control: Control<'static>, stack: Stack<'static>) {
    loop {
        let options = match PASSWORD {
            "" => JoinOptions::new_open(),
            password => JoinOptions::new(password.as_bytes()),
        };
        match control.join(NAME, options).await {
            Ok(()) => {
                rprintln!("joined {}", NAME);
                stack.wait_link_down().await;
                rprintln!("{} is lost", NAME);
            }
            Err(error) => rprintln!("cannot join {}: {:?}", NAME, error),
        }
        Timer::after(PAUSE).await;
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

/// The light sensor on the converter: 12 bits, the tutorial's scale.
struct LightOnAdc {
    adc: Adc<'static, adc::Blocking>,
    pin: Channel<'static>,
}

impl sensor::ErrorType for LightOnAdc {
    type Error = sensor::ErrorKind;
}

impl LightSensor for LightOnAdc {
    fn read(&mut self) -> Result<u16, sensor::ErrorKind> {
        self.adc.blocking_read(&mut self.pin).map_err(|_| sensor::ErrorKind::Other)
    }
}

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    rprintln!("{}", info);
    cortex_m::peripheral::SCB::sys_reset()
}
