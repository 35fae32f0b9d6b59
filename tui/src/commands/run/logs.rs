//! `dissect run logs`.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use dissect_runs::home::Home;
use dissect_runs::tail::Watcher;

use crate::failure::Outcome;
use crate::output;

/// How often a worker's death is looked for where no file tells of it.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// What `dissect run logs` takes.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The run: its id, its name (the newest of it), or a unique beginning of either
    pub id: String,

    /// Go on printing until the run ends
    #[arg(long, short)]
    pub follow: bool,

    /// Only the last N lines
    #[arg(long, short = 'n', value_name = "N")]
    pub lines: Option<usize>,
}

/// Prints the log.
pub fn run(args: Args) -> Outcome {
    let run = Home::from_env()?.find(&args.id)?;
    let path = run.log_path();
    // Watched before the first look, so that nothing is missed between the two.
    let mut watcher = Watcher::new()?;
    watcher.add(run.path())?;
    let mut position = 0;
    let text = read_from(&path, &mut position)?;
    output::print(last_lines(&text, args.lines))?;
    let mut more = args.follow;
    while more {
        // Asked before reading: what a worker writes before its end is then not left behind.
        more = !run.status_now()?.is_ended();
        output::print(&read_from(&path, &mut position)?)?;
        if more {
            watcher.wait(LOOK_EVERY)?;
        }
    }
    Ok(())
}

/// What was appended since `position`, which moves on. A log that is not there yet is empty.
fn read_from(path: &Path, position: &mut u64) -> anyhow::Result<String> {
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(String::new()),
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
    };
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(*position))?;
    *position += file.read_to_end(&mut bytes)? as u64;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn last_lines(text: &str, count: Option<usize>) -> &str {
    let Some(count) = count else { return text };
    let total = text.lines().count();
    let skipped = text.split_inclusive('\n').take(total.saturating_sub(count)).map(str::len).sum();
    &text[skipped..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_lines_are_whole() {
        let cases = [(None, "a\nb\nc"), (Some(2), "b\nc"), (Some(9), "a\nb\nc"), (Some(0), "")];
        for (count, expected) in cases {
            assert_eq!(last_lines("a\nb\nc", count), expected, "{count:?}");
        }
    }

    #[test]
    fn reading_goes_on_where_it_stopped() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log.txt");
        let mut position = 0;
        assert_eq!(read_from(&path, &mut position).unwrap(), "");
        std::fs::write(&path, "one\n").unwrap();
        assert_eq!(read_from(&path, &mut position).unwrap(), "one\n");
        std::fs::write(&path, "one\ntwo\n").unwrap();
        assert_eq!(read_from(&path, &mut position).unwrap(), "two\n");
    }
}
