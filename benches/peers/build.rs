//! Links the images with `link.x`.

use std::env;

fn main() {
    let folder = env::var("CARGO_MANIFEST_DIR").unwrap_or_default();
    println!("cargo:rustc-link-arg-bins=-T{folder}/../size/link.x");
    println!("cargo:rerun-if-changed=../size/link.x");
}
