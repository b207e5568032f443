//! Lets the linker find the `memory.x` of the same machine.

use std::env;

fn main() {
    let folder = env::var("CARGO_MANIFEST_DIR").unwrap_or_default();
    let board = "../../examples/boards/virt";
    println!("cargo:rustc-link-search={folder}/{board}");
    println!("cargo:rerun-if-changed={board}/memory.x");
}
