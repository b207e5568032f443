use core::fmt::Write;
use core::net::{IpAddr, SocketAddr};

use crate::{Failure, Page, Reason};

/// What the OLED of the mPython board shows, in Chinese; buttons A and B go back and forth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum View {
    /// Where to point the browser.
    #[default]
    Address,
    /// The level of light.
    Light,
    /// How many requests there were, and who asked last.
    Clients,
}

/// What there is to show.
#[derive(Debug, Clone, Copy, Default)]
pub struct Status<'a> {
    /// Why the board asks for its Wi-Fi, if it does.
    pub asks: Option<Reason>,
    /// The name of the Wi-Fi.
    pub network: Option<&'a str>,
    /// Whether the radio is connected.
    pub connected: bool,
    /// The board's address, if it has one.
    pub address: Option<SocketAddr>,
    /// The level of light, if the sensor answers.
    pub light: Option<u16>,
    /// Requests since the start.
    pub requests: u32,
    /// Who asked last.
    pub last: Option<IpAddr>,
}

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

    /// What it shows: what stands in the way of an address comes first.
    #[must_use]
    pub fn page(self, status: &Status<'_>) -> Page {
        let mut page = Page::default();
        // The longest of each, an IPv6 address, has room.
        let _ = self.write(status, &mut page);
        page
    }

    fn write(self, status: &Status<'_>, page: &mut Page) -> core::fmt::Result {
        let Page { title, text, note } = page;
        if let Some(reason) = status.asks {
            title.write_str(match reason {
                Reason::NoNetwork => "还没有设置无线网络",
                Reason::Wanted => "设置无线网络",
                Reason::Failed(Failure::Password) => "无线网络密码不对？",
                Reason::Failed(Failure::NotFound) => "找不到无线网络",
                Reason::Failed(Failure::Other) => "连不上无线网络",
            })?;
            text.write_str("请按回车键")?;
            return note.write_str("USB串口 115200");
        }
        let network = status.network.unwrap_or_default();
        match (self, status.address) {
            _ if !status.connected => {
                title.write_str("无线网络")?;
                text.write_str("正在连接")?;
                note.write_str(network)
            }
            (_, None) => {
                title.write_str("无线网络已连接")?;
                text.write_str("等待地址")?;
                note.write_str(network)
            }
            (Self::Address, Some(address)) => {
                title.write_str("请用浏览器打开 http://")?;
                write_address(text, address.ip())?;
                match address.port() {
                    80 => Ok(()),
                    port => write!(text, ":{port}"),
                }
            }
            (Self::Light, _) => {
                title.write_str("光线")?;
                match status.light {
                    Some(light) => write!(text, "{light}"),
                    None => text.write_str("--"),
                }
            }
            (Self::Clients, _) => {
                title.write_str("访问次数")?;
                write!(text, "{}", status.requests)?;
                status.last.map_or(Ok(()), |last| write!(note, "客户: {last}"))
            }
        }
    }
}

/// In two lines: in one it would be smaller.
fn write_address(text: &mut impl Write, address: IpAddr) -> core::fmt::Result {
    match address {
        IpAddr::V4(v4) => {
            let [a, b, c, d] = v4.octets();
            write!(text, "{a}.{b}.\n{c}.{d}")
        }
        IpAddr::V6(v6) => write!(text, "[{v6}]"),
    }
}
