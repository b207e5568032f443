//! The light-sensor application on embassy, on an STM32 with Ethernet: the NUCLEO-F429ZI.

#![no_std]
#![no_main]

use core::convert::Infallible;
use core::fmt;
use core::panic::PanicInfo;

use board_drivers::{Ascii, Screen, Sh1106};
use embassy_executor::Spawner;
use embassy_net::{Runner, Stack};
use embassy_stm32::adc::{Adc, SampleTime};
use embassy_stm32::eth::{self, Ethernet, GenericPhy, PacketQueue, Sma};
use embassy_stm32::i2c::{self, I2c, Master};
use embassy_stm32::mode::Blocking;
use embassy_stm32::peripherals::{ADC1, ETH, ETH_SMA, PA3, RNG};
use embassy_stm32::rng::{self, Rng};
use embassy_stm32::time::Hertz;
use embassy_stm32::{Config, Peri, bind_interrupts};
use light_embassy::{Board, Buffers, LightServer, SynFilter, TASKS};
use nal_http::hal::{LightSensor, sensor};
use rtt_target::{rprint, rprintln, rtt_init_print};
use static_cell::StaticCell;

/// Locally administered: each board in a network needs its own.
const MAC: [u8; 6] = [0x02, 0x00, 0x00, 0xf4, 0x29, 0x01];
/// Frames that may wait, in each direction.
const FRAMES: usize = 4;

bind_interrupts!(struct Irqs {
    ETH => eth::InterruptHandler;
    HASH_RNG => rng::InterruptHandler<RNG>;
});

struct Nucleo;

impl Board for Nucleo {
    fn print(text: fmt::Arguments<'_>) {
        rprint!("{}", text);
    }
}

type Net = Ethernet<'static, ETH, GenericPhy<Sma<'static, ETH_SMA>>>;
type Oled = Screen<Sh1106<I2c<'static, Blocking, Master>>, Ascii>;
type Server = LightServer<Nucleo, LightOnAdc, Oled>;

#[embassy_executor::main]
async fn main(spawner: Spawner) {
    static SERVER: StaticCell<Server> = StaticCell::new();
    static PACKETS: StaticCell<PacketQueue<FRAMES, FRAMES>> = StaticCell::new();

    rtt_init_print!();
    let chip = embassy_stm32::init(clocks());
    // Light sensor on PA3 (A0); OLED: SDA on PB9 (D14), SCL on PB8 (D15).
    let sensor = LightOnAdc { adc: Adc::new(chip.ADC1), pin: chip.PA3 };
    let mut bus = i2c::Config::default();
    bus.frequency = Hertz(400_000);
    let bus = I2c::new_blocking(chip.I2C1, chip.PB8, chip.PB9, bus);
    let server =
        &*SERVER.init_with(|| LightServer::new(sensor, Screen::new(Sh1106::new(bus), Ascii)));

    let net = Ethernet::new(
        PACKETS.init_with(PacketQueue::new),
        chip.ETH,
        Irqs,
        chip.PA1,
        chip.PA7,
        chip.PC4,
        chip.PC5,
        chip.PG13,
        chip.PB13,
        chip.PG11,
        MAC,
        chip.ETH_SMA,
        chip.PA2,
        chip.PC1,
    );
    let seed = Rng::new(chip.RNG, Irqs).next_u64();
    let (stack, runner) = light_embassy::network(server.filter(net), seed);
    spawner.spawn(network(runner).unwrap());
    for buffers in light_embassy::buffers() {
        spawner.spawn(serve(server, stack, buffers).unwrap());
    }
    server.look_after(stack).await
}

/// 168 MHz from the ST-LINK's 8 MHz; 42 MHz on the slow bus, 84 MHz on the fast one. The random number generator has 48 MHz.
fn clocks() -> Config {
    use embassy_stm32::rcc::{
        AHBPrescaler, APBPrescaler, Hse, HseMode, Pll, PllMul, PllPDiv, PllPreDiv, PllQDiv,
        PllSource, Sysclk,
    };

    let mut config = Config::default();
    config.rcc.hse = Some(Hse { freq: Hertz(8_000_000), mode: HseMode::Bypass });
    config.rcc.pll_src = PllSource::HSE;
    config.rcc.pll = Some(Pll {
        prediv: PllPreDiv::DIV4,
        mul: PllMul::MUL168,
        divp: Some(PllPDiv::DIV2),
        divq: Some(PllQDiv::DIV7),
        divr: None,
    });
    config.rcc.ahb_pre = AHBPrescaler::DIV1;
    config.rcc.apb1_pre = APBPrescaler::DIV4;
    config.rcc.apb2_pre = APBPrescaler::DIV2;
    config.rcc.sys = Sysclk::PLL1_P;
    config
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
    adc: Adc<'static, ADC1>,
    pin: Peri<'static, PA3>,
}

impl sensor::ErrorType for LightOnAdc {
    type Error = Infallible;
}

impl LightSensor for LightOnAdc {
    fn read(&mut self) -> Result<u16, Infallible> {
        Ok(self.adc.blocking_read(&mut self.pin, SampleTime::CYCLES56))
    }
}

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    rprintln!("{}", info);
    cortex_m::peripheral::SCB::sys_reset()
}
