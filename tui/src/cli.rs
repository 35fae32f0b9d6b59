//! The command line's grammar. It must not know what a verb does.

use clap::Parser;

/// Tells what a network learned from what it memorised.
#[derive(Debug, Parser)]
#[command(name = "dissect", version, about)]
pub struct Cli {}
