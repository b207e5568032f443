//! Compresses the page's style and script, and gives them a version: so browsers can keep them, and ask for others once they
//! have changed.

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
    println!("cargo:rustc-env=PAGE_VERSION={:08x}", version.sum());
    Ok(())
}
