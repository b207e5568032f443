//! Lets the linker find `memory.x`, and the program the radio's firmware, which is not in this repository: without it, the
//! program is built all the same, with a warning.

use std::path::Path;
use std::{env, fs};

/// What README.md says where to take from.
const FIRMWARE: [&str; 3] = ["43439A0.bin", "43439A0_clm.bin", "nvram_rp2040.bin"];

fn main() {
    let folder = env::var("CARGO_MANIFEST_DIR").unwrap_or_default();
    let out = env::var("OUT_DIR").unwrap_or_default();
    println!("cargo:rustc-link-search={folder}");
    println!("cargo:rerun-if-changed=memory.x");
    for name in FIRMWARE {
        let path = Path::new(&folder).join("firmware").join(name);
        println!("cargo:rerun-if-changed={}", path.display());
        let bytes = fs::read(&path).unwrap_or_else(|_| {
            println!("cargo:warning=firmware/{name} is not there: the radio will not start");
            Vec::new()
        });
        if let Err(error) = fs::write(Path::new(&out).join(name), bytes) {
            panic!("{name}: {error}");
        }
    }
}
