//! `dissect man`: the pages made from the grammar.

use std::fs;
use std::path::PathBuf;

use anyhow::Context as _;
use clap::CommandFactory as _;
use clap_mangen::Man;

use crate::cli::Cli;
use crate::failure::Outcome;
use crate::output;

/// What `dissect man` takes.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Write a page for every command into this folder instead
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

/// Prints the main page or writes all.
pub fn run(args: Args) -> Outcome {
    let command = Cli::command();
    if let Some(out) = args.out {
        fs::create_dir_all(&out).with_context(|| format!("cannot create {}", out.display()))?;
        clap_mangen::generate_to(command, &out)
            .with_context(|| format!("cannot write the pages into {}", out.display()))?;
        return Ok(());
    }
    let mut text = Vec::new();
    Man::new(command).render(&mut text)?;
    output::print(&String::from_utf8_lossy(&text))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_verb_has_a_page() {
        let folder = tempfile::tempdir().unwrap();
        run(Args { out: Some(folder.path().join("man1")) }).unwrap();
        for name in ["dissect", "dissect-man"] {
            let page = fs::read_to_string(folder.path().join(format!("man1/{name}.1"))).unwrap();
            assert!(page.contains(".TH") && page.contains("NAME"), "{name}: {page}");
        }
    }
}
