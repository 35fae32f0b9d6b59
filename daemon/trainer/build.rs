//! Lets the trainer find libtorch where `make setup` put it, or beside an installed binary.

use std::path::Path;

fn main() {
    println!("cargo:rerun-if-env-changed=LIBTORCH");
    let libtorch = std::env::var("LIBTORCH").expect("LIBTORCH is set by .cargo/config.toml");
    let core = Path::new(&libtorch).join("lib/libtorch_cpu.so");
    let core = core
        .canonicalize()
        .unwrap_or_else(|error| panic!("{} is not there ({error}); run `make setup` first", core.display()));
    let folder = core.parent().expect("a file has a folder").display();
    println!("cargo:rustc-link-arg=-Wl,-rpath,$ORIGIN/../lib/dissect/site/torch/lib");
    println!("cargo:rustc-link-arg=-Wl,-rpath,{folder}");
}
