use core::fmt::Write;
use core::net::{IpAddr, SocketAddr};

use heapless::String;

/// What the OLED of the mPython board shows; buttons A and B go back and forth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum View {
    /// Where to point the browser.
    #[default]
    Address,
    /// The level of light.
    Light,
    /// Who asked last, and how many requests there were.
    Clients,
}

/// What there is to show.
#[derive(Debug, Clone, Copy, Default)]
pub struct Status {
    /// The board's address, if it has one.
    pub address: Option<SocketAddr>,
    /// Whether the radio is connected.
    pub connected: bool,
    /// The level of light, if the sensor answers.
    pub light: Option<u16>,
    /// Requests since the start.
    pub requests: u32,
    /// Who asked last.
    pub last: Option<IpAddr>,
}

/// Two lines for the OLED, in Chinese.
pub type Lines = [String<48>; 2];

impl View {
    /// The next one.
    #[must_use]
    pub const fn next(self) -> Self {
        match self {
            Self::Address => Self::Light,
            Self::Light => Self::Clients,
            Self::Clients => Self::Address,
        }
    }

    /// The one before.
    #[must_use]
    pub const fn previous(self) -> Self {
        self.next().next()
    }

    /// What it shows.
    #[must_use]
    pub fn lines(self, status: &Status) -> Lines {
        let mut lines = Lines::default();
        let [first, second] = &mut lines;
        // The longest line, with an IPv6 address, has room.
        let _ = match (self, status) {
            (_, Status { connected: false, .. }) => first.write_str("正在连接无线网络"),
            (_, Status { address: None, .. }) => first.write_str("等待地址"),
            (Self::Address, Status { address: Some(address), .. }) => {
                first.write_str("请用浏览器打开").and_then(|()| match address.port() {
                    80 => write!(second, "http://{}", address.ip()),
                    _ => write!(second, "http://{address}"),
                })
            }
            (Self::Light, Status { light: Some(light), .. }) => write!(first, "光线: {light}"),
            (Self::Light, Status { light: None, .. }) => first.write_str("光线: --"),
            (Self::Clients, status) => {
                write!(first, "访问次数: {}", status.requests).and_then(|()| match status.last {
                    Some(last) => write!(second, "客户: {last}"),
                    None => Ok(()),
                })
            }
        };
        lines
    }
}
