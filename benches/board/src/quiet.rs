//! A light sensor and a display that cost nothing.

use core::convert::Infallible;

use nal_http::hal::{Display, LightSensor, display, sensor};

pub const LIGHT: u16 = 301;

pub struct Readings;

impl sensor::ErrorType for Readings {
    type Error = Infallible;
}

impl LightSensor for Readings {
    fn read(&mut self) -> Result<u16, Infallible> {
        Ok(LIGHT)
    }
}

pub struct Blank;

impl display::ErrorType for Blank {
    type Error = Infallible;
}

impl Display for Blank {
    fn show(&mut self, _: &[&str]) -> Result<(), Infallible> {
        Ok(())
    }
}
