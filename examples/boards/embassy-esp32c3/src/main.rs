//! The light-sensor application on embassy, on an ESP32-C3: joins a Wi-Fi and serves.

#![no_std]
#![no_main]

use core::fmt;

use board_drivers::{Ascii, Screen, Sh1106};
use embassy_executor::Spawner;
use embassy_net::{Runner, Stack};
use embassy_time::{Duration, Timer};
use esp_backtrace as _;
use esp_hal::analog::adc::{Adc, AdcConfig, AdcPin, Attenuation};
use esp_hal::clock::CpuClock;
use esp_hal::i2c::master::{Config as I2cConfig, I2c};
use esp_hal::peripherals::{ADC1, GPIO0};
use esp_hal::rng::Rng;
use esp_hal::time::Rate;
use esp_hal::timer::timg::TimerGroup;
use esp_hal::{Blocking, ram};
use esp_println::{print, println};
use esp_radio::wifi::sta::StationConfig;
use esp_radio::wifi::{
    AuthenticationMethodConfig, Config, ConnectionError, Interface, WifiController,
};
use light_embassy::{Board, Buffers, LightServer, SynFilter, TASKS};
use nal_http::hal::{LightSensor, sensor};
use static_cell::StaticCell;

/// The network to join, from the environment of the build.
const NAME: &str = env!("WIFI_NAME");
const PASSWORD: &str = env!("WIFI_PASSWORD");
/// After so long, a network that could not be joined is tried again.
const PAUSE: Duration = Duration::from_secs(5);

esp_bootloader_esp_idf::esp_app_desc!();

struct Esp;

impl Board for Esp {
    fn print(text: fmt::Arguments<'_>) {
        print!("{text}");
    }
}

type Oled = Screen<Sh1106<I2c<'static, Blocking>>, Ascii>;
type Server = LightServer<Esp, LightOnAdc, Oled>;

#[esp_hal::main]
async fn main(spawner: Spawner) {
    static SERVER: StaticCell<Server> = StaticCell::new();

    // The radio's own memory: its documentation asks for about 100 KB in all.
    esp_alloc::heap_allocator!(#[ram(reclaimed)] size: 64 * 1024);
    esp_alloc::heap_allocator!(size: 36 * 1024);
    let chip = esp_hal::init(esp_hal::Config::default().with_cpu_clock(CpuClock::max()));
    let timers = TimerGroup::new(chip.TIMG0);
    esp_rtos::start(timers.timer0, chip.FROM_CPU_INTR0);

    // Light sensor on GPIO0; OLED: SDA on GPIO5, SCL on GPIO6.
    let mut adc = AdcConfig::new();
    let pin = adc.enable_pin(chip.GPIO0, Attenuation::_11dB);
    let sensor = LightOnAdc { adc: Adc::new(chip.ADC1, adc), pin };
    let bus = I2c::new(chip.I2C0, I2cConfig::default().with_frequency(Rate::from_khz(400)));
    let bus = bus.unwrap_or_else(|error| panic!("I2C: {error}"));
    let bus = bus.with_sda(chip.GPIO5).with_scl(chip.GPIO6);
    let screen = Screen::new(Sh1106::new(bus), Ascii);
    let server = &*SERVER.init_with(|| LightServer::new(sensor, screen));

    let radio = WifiController::new(chip.WIFI, Default::default());
    let radio = radio.unwrap_or_else(|error| panic!("the radio does not start: {error}"));
    let rng = Rng::new();
    let seed = u64::from(rng.random()) << 32 | u64::from(rng.random());
    let (stack, runner) = light_embassy::network(server.filter(Interface::station()), seed);
    spawner.spawn(join(radio).unwrap());
    spawner.spawn(network(runner).unwrap());
    for buffers in light_embassy::buffers() {
        spawner.spawn(serve(server, stack, buffers).unwrap());
    }
    server.look_after(stack).await
}

/// Joins the network, and again whenever it is lost.
#[embassy_executor::task]
async fn join(mut radio: WifiController<'static>) {
    loop {
        match connect(&mut radio).await {
            Ok(()) => {
                println!("joined {NAME}");
                let _ = radio.wait_for_disconnect_async().await;
                println!("{NAME} is lost");
            }
            Err(error) => println!("cannot join {NAME}: {error:?}"),
        }
        Timer::after(PAUSE).await;
    }
}

async fn connect(radio: &mut WifiController<'_>) -> Result<(), ConnectionError> {
    let authentication = match PASSWORD {
        "" => AuthenticationMethodConfig::Open,
        password => AuthenticationMethodConfig::Wpa2Personal(password.try_into()?),
    };
    let station =
        StationConfig::default().with_ssid(NAME.try_into()?).with_authentication(authentication);
    radio.set_config(&Config::Station(station))?;
    radio.connect_async().await.map(drop)
}

#[embassy_executor::task]
async fn network(mut runner: Runner<'static, SynFilter<Interface>>) {
    runner.run().await;
}

#[embassy_executor::task(pool_size = TASKS)]
async fn serve(server: &'static Server, stack: Stack<'static>, buffers: &'static mut Buffers) {
    server.serve(stack, buffers).await;
}

/// The light sensor on the converter: 12 bits, the tutorial's scale.
struct LightOnAdc {
    adc: Adc<'static, ADC1<'static>, Blocking>,
    pin: AdcPin<GPIO0<'static>, ADC1<'static>>,
}

impl sensor::ErrorType for LightOnAdc {
    type Error = sensor::ErrorKind;
}

impl LightSensor for LightOnAdc {
    fn read(&mut self) -> Result<u16, sensor::ErrorKind> {
        // A conversion takes microseconds.
        nb::block!(self.adc.read_oneshot(&mut self.pin)).map_err(|()| sensor::ErrorKind::Other)
    }
}
