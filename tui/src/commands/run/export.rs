//! `dissect run export`.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};
use clap::ValueEnum;
use dissect_runs::folder::RunFolder;
use dissect_runs::home::Home;

use crate::exchange::export::{Table, replace, write_csv, write_event_files, write_parquet};
use crate::failure::{Failure, Outcome};

/// What `dissect run export` takes.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
A table has a row for each record and the columns run, kind (step or epoch), f1 (in a dissection, the model that \
ascends), epoch, step, time and one for each metric of any of the runs. In CSV a time is in seconds since 1970, what was \
not measured is empty, and what was not finite is NaN; in Parquet a time is a timestamp, and they are null and NaN. What a \
resumed run did anew is there once.\n\n\
For TensorBoard each run gets a folder of its own in PATH: tensorboard --logdir PATH.")]
pub struct Args {
    /// Runs: ids, names (the newest of each), or unique beginnings of either
    #[arg(value_name = "ID", required = true)]
    pub ids: Vec<String>,

    /// As what; where nothing is said, Parquet if PATH ends in .parquet, else CSV
    #[arg(long, short, value_enum, value_name = "FORMAT")]
    pub format: Option<Format>,

    /// Write into this file, or folder for TensorBoard; CSV goes to stdout without it
    #[arg(long, short, value_name = "PATH")]
    pub out: Option<PathBuf>,
}

/// What runs are exported as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// One table, comma-separated
    Csv,
    /// One table, Apache Parquet
    Parquet,
    /// Event files, a folder a run
    Tensorboard,
}

/// Writes the runs.
pub fn run(args: Args) -> Outcome {
    let home = Home::from_env()?;
    let runs = args.ids.iter().map(|id| home.find(id)).collect::<Result<Vec<_>, _>>()?;
    let is_parquet = |path: &PathBuf| path.extension().is_some_and(|ending| ending == "parquet");
    let format = args.format.unwrap_or(match &args.out {
        Some(path) if is_parquet(path) => Format::Parquet,
        _ => Format::Csv,
    });
    match (format, args.out) {
        (Format::Csv, None) => {
            let mut out = io::BufWriter::new(io::stdout().lock());
            write_csv(&table(&runs)?, &mut out).map_err(from_csv)?;
            out.flush()?;
            Ok(())
        }
        (Format::Csv, Some(path)) => {
            let table = table(&runs)?;
            into_file(&path, &table, |file| write_csv(&table, file).map_err(anyhow::Error::from))
        }
        (Format::Parquet, Some(path)) => {
            let table = table(&runs)?;
            into_file(&path, &table, |file| write_parquet(&table, file).map_err(anyhow::Error::from))
        }
        (Format::Tensorboard, Some(folder)) => {
            let files = write_event_files(&runs, &folder).map_err(|(path, error)| {
                anyhow!(error).context(format!("cannot write {}", path.display()))
            })?;
            eprintln!("{} event files in {}", files.len(), folder.display());
            Ok(())
        }
        (Format::Parquet, None) => Err(Failure::Usage(anyhow!("parquet: expected --out FILE.parquet"))),
        (Format::Tensorboard, None) => {
            Err(Failure::Usage(anyhow!("tensorboard: expected --out FOLDER, in which each run gets its own")))
        }
    }
}

fn table(runs: &[RunFolder]) -> anyhow::Result<Table> {
    Table::read(runs).context("cannot read the metrics")
}

fn into_file(path: &Path, table: &Table, write: impl FnOnce(&File) -> anyhow::Result<()>) -> Outcome {
    replace(path, write).with_context(|| format!("cannot write {}", path.display()))?;
    eprintln!("{} rows of {} runs in {}", table.rows.len(), table.runs.len(), path.display());
    Ok(())
}

/// A reader that left is a broken pipe, as everywhere.
fn from_csv(error: csv::Error) -> Failure {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error.into(),
        other => anyhow!("cannot write CSV: {other:?}").into(),
    }
}
