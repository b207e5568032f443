//! What differs between the chips, and which of their pins are used: the only file that knows.

use esp_hal::analog::adc::{Adc, AdcConfig, AdcPin, Attenuation};
use esp_hal::clock::CpuClock;
use esp_hal::gpio::{Input, InputConfig, Pull};
use esp_hal::i2c::master::{Config as I2cConfig, I2c};
#[cfg(feature = "esp32c3")]
use esp_hal::peripherals::GPIO0 as LightPin;
#[cfg(feature = "esp32")]
use esp_hal::peripherals::GPIO39 as LightPin;
use esp_hal::peripherals::{ADC1, FLASH, WIFI};
use esp_hal::rtc_cntl::{Rtc, Rwdt, RwdtStage};
use esp_hal::time::{Duration, Rate};
use esp_hal::timer::timg::TimerGroup;
use esp_hal::uart::{Config as UartConfig, UartRx};
#[cfg(feature = "esp32c3")]
use esp_hal::usb::usb_serial_jtag::UsbSerialJtag;
use esp_hal::{Blocking, ram};

#[cfg(not(any(feature = "esp32", feature = "esp32c3")))]
compile_error!("choose a chip: `cargo esp32` for the mPython board, `cargo esp32c3` for a dev-kit");

pub type LightAdc = Adc<'static, ADC1<'static>, Blocking>;
pub type LightInput = AdcPin<LightPin<'static>, ADC1<'static>>;

/// The chip's number in images of firmware (`esp_chip_id_t`).
#[cfg(feature = "esp32")]
pub const NUMBER: u16 = 0;
#[cfg(feature = "esp32c3")]
pub const NUMBER: u16 = 5;

/// A program that stands still for so long is ended by a restart.
const WATCHDOG: Duration = Duration::from_secs(10);

/// The chip with its pins set up, and the radio's scheduler running.
pub struct Chip {
    pub adc: LightAdc,
    /// The light sensor: GPIO39 on the mPython board.
    pub light: LightInput,
    /// The OLED: SDA GPIO23, SCL GPIO22 on the mPython board.
    pub oled: I2c<'static, Blocking>,
    /// Button A: GPIO0 on the mPython board.
    pub button_a: Input<'static>,
    /// Button B: GPIO2 on the mPython board.
    pub button_b: Input<'static>,
    pub serial: Serial,
    /// It runs already.
    pub watchdog: Rwdt,
    pub flash: FLASH<'static>,
    pub wifi: WIFI<'static>,
}

impl Chip {
    pub fn start() -> Self {
        // The radio's own memory: its documentation asks for about 100 KB in all.
        esp_alloc::heap_allocator!(#[ram(reclaimed)] size: 64 * 1024);
        esp_alloc::heap_allocator!(size: 36 * 1024);
        let chip = esp_hal::init(esp_hal::Config::default().with_cpu_clock(CpuClock::max()));
        // First of all: that call has stopped the boot loader's own.
        let mut watchdog = Rtc::new(chip.RTC_TIMER).rwdt;
        watchdog.set_timeout(RwdtStage::Stage0, WATCHDOG);
        watchdog.enable();
        let timers = TimerGroup::new(chip.TIMG0);
        esp_rtos::start(timers.timer0, chip.FROM_CPU_INTR0);

        let mut adc = AdcConfig::new();
        #[cfg(feature = "esp32")]
        let (light, sda, scl, button_a, button_b, rx) =
            (chip.GPIO39, chip.GPIO23, chip.GPIO22, chip.GPIO0, chip.GPIO2, chip.GPIO3);
        // Any dev-kit: the BOOT button is GPIO9; light sensor, OLED and button B are wired to these.
        #[cfg(feature = "esp32c3")]
        let (light, sda, scl, button_a, button_b, rx) =
            (chip.GPIO0, chip.GPIO5, chip.GPIO6, chip.GPIO9, chip.GPIO10, chip.GPIO20);
        let light = adc.enable_pin(light, Attenuation::_11dB);

        let bus = I2cConfig::default().with_frequency(Rate::from_khz(400));
        let oled = I2c::new(chip.I2C0, bus).map(|bus| bus.with_sda(sda).with_scl(scl));
        let uart = UartRx::new(chip.UART0, UartConfig::default()).map(|port| port.with_rx(rx));
        let pressed_is_low = InputConfig::default().with_pull(Pull::Up);
        Self {
            adc: Adc::new(chip.ADC1, adc),
            light,
            oled: oled.unwrap_or_else(|error| panic!("I2C: {error}")),
            button_a: Input::new(button_a, pressed_is_low),
            button_b: Input::new(button_b, pressed_is_low),
            serial: Serial {
                uart: uart.unwrap_or_else(|error| panic!("serial port: {error}")),
                #[cfg(feature = "esp32c3")]
                usb: UsbSerialJtag::new(chip.USB_DEVICE),
            },
            watchdog,
            flash: chip.FLASH,
            wifi: chip.WIFI,
        }
    }
}

/// Where somebody types: the serial port that the USB socket's chip leads to, and the ESP32-C3's own USB.
pub struct Serial {
    uart: UartRx<'static, Blocking>,
    #[cfg(feature = "esp32c3")]
    usb: UsbSerialJtag<'static, Blocking>,
}

impl Serial {
    /// A byte that was typed; `None` if there is none now.
    pub fn read(&mut self) -> Option<u8> {
        #[cfg(feature = "esp32c3")]
        if let Ok(byte) = self.usb.read_byte() {
            return Some(byte);
        }
        let mut byte = [0];
        // A byte that came garbled is none.
        matches!(self.uart.read_buffered(&mut byte), Ok(1)).then_some(byte[0])
    }
}
