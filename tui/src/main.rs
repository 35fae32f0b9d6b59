//! Entry point of `dissect`.

use clap::Parser as _;

fn main() {
    dissect::cli::Cli::parse();
}
