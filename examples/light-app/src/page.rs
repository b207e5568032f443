//! The page, into which the board fills what it knows, and a style and a script that browsers keep.

use nal_http::server::{Answer, Body, Failure, Flow, Reply, Request};
use nal_http::wire::{Coding, Status, Writer, choose_language};

/// From `page/page.html`, by the build script.
const PARTS: &[Part] = include!(concat!(env!("OUT_DIR"), "/page.rs"));

const STYLE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/page.css.gz"));
const SCRIPT: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/page.js.gz"));

enum Part {
    Text(&'static str),
    /// In Chinese, or in English.
    Either(&'static str, &'static str),
    Light,
    Lamp,
}

/// Chinese if the client says nothing, as the tutorial is; English if it wants neither.
pub fn is_chinese<T>(request: &Request<'_, T>) -> bool {
    let wanted = request.headers().get_bytes("Accept-Language");
    wanted.is_none_or(|wanted| choose_language(wanted, &["en", "zh"]) == Some("zh"))
}

/// The page with its values, and how far it is written.
#[derive(Debug, Default)]
pub struct Page {
    is_chinese: bool,
    level: u16,
    is_lamp_on: bool,
    length: usize,
    /// The part that comes next, and how many bytes of it have been written.
    part: usize,
    at: usize,
}

impl Page {
    /// The page from its start.
    pub fn new(is_chinese: bool, level: u16, is_lamp_on: bool) -> Self {
        let mut page = Self { is_chinese, level, is_lamp_on, length: 0, part: 0, at: 0 };
        page.length = PARTS.iter().map(|part| page.text(part, &mut [0; 5]).len()).sum();
        page
    }

    /// So many bytes it has.
    pub fn length(&self) -> u64 {
        self.length as u64
    }

    /// Writes as much more of it as there is room for.
    pub fn write(&mut self, body: &mut Body<'_>) -> Answer {
        let mut digits = [0; 5];
        while let Some(part) = PARTS.get(self.part) {
            let rest = self.text(part, &mut digits).get(self.at..).unwrap_or_default();
            let written = body.write(rest);
            if written < rest.len() {
                self.at += written;
                return Ok(Flow::More);
            }
            (self.part, self.at) = (self.part + 1, 0);
        }
        Ok(Flow::Done)
    }

    fn text<'a>(&self, part: &Part, digits: &'a mut [u8]) -> &'a [u8] {
        match part {
            Part::Text(text) => text.as_bytes(),
            Part::Either(chinese, _) if self.is_chinese => chinese.as_bytes(),
            Part::Either(_, english) => english.as_bytes(),
            Part::Light => decimal(self.level, digits),
            Part::Lamp if self.is_lamp_on => b"true",
            Part::Lamp => b"false",
        }
    }
}

fn decimal(number: u16, digits: &mut [u8]) -> &[u8] {
    let mut writer = Writer::new(digits);
    writer.number(number.into());
    writer.finish().unwrap_or_default()
}

pub fn style<T>(request: &Request<'_, T>, reply: &mut Reply<'_>) -> Answer {
    asset(request, reply, "text/css; charset=utf-8", STYLE)
}

pub fn script<T>(request: &Request<'_, T>, reply: &mut Reply<'_>) -> Answer {
    asset(request, reply, "text/javascript; charset=utf-8", SCRIPT)
}

/// It is in flash as gzip alone, which all browsers take, and may be kept, since its address has its version.
fn asset<T>(
    request: &Request<'_, T>,
    reply: &mut Reply<'_>,
    content_type: &str,
    gzip: &'static [u8],
) -> Answer {
    let accepted = request.headers().get_bytes("Accept-Encoding");
    if Coding::choose(accepted, [Coding::Gzip]).is_none() {
        return Err(Failure::new(Status::NOT_ACCEPTABLE, "this is there as gzip only"));
    }
    reply.header("Content-Encoding", "gzip").max_age(31_536_000).fixed(content_type, gzip)
}
