//! The page: a template of which the board fills in what it knows, and a style and a script that browsers keep.

use nal_http::server::{Answer, Body, Failure, Flow, Reply, Request};
use nal_http::wire::{Coding, Status, Writer, choose_language, measure};

/// `{light}` stands for a value, and `{中文|English}` for a text in one of two languages.
const TEMPLATE: &str = include_str!("page/page.html");
const BRACES: usize = 2;

const STYLE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/page.css.gz"));
const SCRIPT: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/page.js.gz"));
/// Of style and script: with others, the page asks for others.
const VERSION: &str = env!("PAGE_VERSION");

/// Chinese if the client says nothing, as the tutorial is; English if it wants neither.
pub fn is_chinese<T>(request: &Request<'_, T>) -> bool {
    let wanted = request.headers().get_bytes("Accept-Language");
    wanted.is_none_or(|wanted| choose_language(wanted, &["en", "zh"]) == Some("zh"))
}

/// The page with its values.
pub struct Page {
    pub is_chinese: bool,
    pub level: u16,
    pub is_lamp_on: bool,
}

impl Page {
    /// So many bytes it has.
    pub fn length(&self) -> usize {
        measure(|page| {
            let mut at = 0;
            while let (text, Some(name)) = split(at) {
                page.str(text);
                self.fill(name, page);
                at += text.len() + name.len() + BRACES;
            }
            page.str(split(at).0);
        })
    }

    /// Writes as much of it as there is room for, from `at` in the template on.
    pub fn write(&self, body: &mut Body<'_>, at: &mut usize) -> Answer {
        while let (text, Some(name)) = split(*at) {
            let written = body.write(text.as_bytes());
            *at += written;
            if written < text.len() || body.room() < measure(|page| self.fill(name, page)) {
                return Ok(Flow::More);
            }
            self.fill(name, body.writer());
            *at += name.len() + BRACES;
        }
        *at += body.write(split(*at).0.as_bytes());
        Ok(if *at < TEMPLATE.len() { Flow::More } else { Flow::Done })
    }

    /// Writes what stands in braces.
    fn fill(&self, name: &str, page: &mut Writer<'_>) {
        match (name, name.split_once('|')) {
            (_, Some((chinese, english))) => {
                page.str(if self.is_chinese { chinese } else { english });
            }
            ("light", _) => page.number(self.level.into()),
            ("lamp", _) => page.str(if self.is_lamp_on { "true" } else { "false" }),
            _ => page.str(VERSION),
        }
    }
}

/// The template from `at` on: text, and what stands in braces behind it.
fn split(at: usize) -> (&'static str, Option<&'static str>) {
    let rest = TEMPLATE.get(at..).unwrap_or_default();
    let Some((text, behind)) = rest.split_once('{') else { return (rest, None) };
    (text, behind.split_once('}').map(|(name, _)| name))
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
