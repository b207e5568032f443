//! Compresses the page's style and script, and gives them a version: so browsers can keep them, and ask for others once they
//! have changed. Takes the page apart where values go, so that the board has nothing to look for.

use std::io::Write;
use std::path::PathBuf;
use std::{env, fs, io};

use flate2::write::GzEncoder;
use flate2::{Compression, Crc};

fn main() -> io::Result<()> {
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or(io::ErrorKind::NotFound)?);
    let mut version = Crc::new();
    for name in ["page.css", "page.js"] {
        let path = format!("src/page/{name}");
        println!("cargo:rerun-if-changed={path}");
        let text = fs::read(path)?;
        version.update(&text);
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(&text)?;
        fs::write(out.join(format!("{name}.gz")), encoder.finish()?)?;
    }
    let path = "src/page/page.html";
    println!("cargo:rerun-if-changed={path}");
    let page = fs::read_to_string(path)?.replace("{version}", &format!("{:08x}", version.sum()));
    fs::write(out.join("page.rs"), parts(&page))
}

/// The page as a constant: text, and what stands in braces, which is a value, `{light}`, or a text in Chinese and in
/// English, `{中文|English}`.
fn parts(page: &str) -> String {
    let part = |(index, part): (usize, &str)| match (index % 2, part, part.split_once('|')) {
        (0, ..) => format!("Part::Text({part:?}),"),
        (_, _, Some((chinese, english))) => format!("Part::Either({chinese:?}, {english:?}),"),
        (_, "light", _) => "Part::Light,".into(),
        (_, "lamp", _) => "Part::Lamp,".into(),
        _ => panic!("the page has no value `{part}`"),
    };
    let parts: Vec<String> = page.split(['{', '}']).enumerate().map(part).collect();
    format!("&[{}]", parts.concat())
}
