//! Sets up tracing: the journal with fields, stderr, or a bounded file; and a level that can change.

use std::env;
use std::io::{self, IsTerminal, Write};
use std::sync::Mutex;

use anyhow::Context;
use rustix::fs::fstat;
use tracing::{Level, Metadata};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, Registry, fmt, reload};

use super::rotated::Rotated;
use crate::config::{Destination, LogConfig};

/// The log of this process.
#[derive(Debug, Clone)]
pub struct Logging {
    level: reload::Handle<EnvFilter, Registry>,
}

impl Logging {
    /// Logs this from now on.
    pub fn set_level(&self, level: &str) {
        let set = EnvFilter::try_new(level).map(|filter| self.level.reload(filter));
        if let Err(error) = set {
            tracing::error!("log.level: {error}");
        }
    }
}

/// Begins the log.
pub fn start(config: &LogConfig) -> anyhow::Result<Logging> {
    let filter = EnvFilter::try_new(&config.level).context("log.level")?;
    let (filter, level) = reload::Layer::new(filter);
    tracing_subscriber::registry().with(filter).with(output(config)?).init();
    Ok(Logging { level })
}

type Output<S> = Box<dyn Layer<S> + Send + Sync>;

fn output<S>(config: &LogConfig) -> anyhow::Result<Output<S>>
where
    S: tracing::Subscriber + for<'l> tracing_subscriber::registry::LookupSpan<'l>,
{
    // An error of the log itself must go nowhere: to print it is to panic where stderr is gone, too.
    let text = || fmt::layer().log_internal_errors(false);
    let to_stderr = || text().with_ansi(io::stderr().is_terminal()).with_writer(io::stderr).boxed();
    Ok(match config.to {
        // In the journal a line should say all of it; it has a time of its own there.
        Destination::Auto if stderr_is_journal() => {
            text().with_ansi(false).without_time().with_level(false).with_writer(Prioritised).boxed()
        }
        Destination::Auto | Destination::Stderr => to_stderr(),
        Destination::Journald => journal().context("log.to is \"journald\", and no journal answers")?.boxed(),
        Destination::File => {
            let file = Rotated::open(&config.file, config.file_mib << 20, config.files);
            let file = file.with_context(|| format!("cannot open the log {}", config.file.display()))?;
            text().with_ansi(false).with_writer(Mutex::new(file)).boxed()
        }
    })
}

fn journal() -> io::Result<tracing_journald::Layer> {
    let journal = tracing_journald::layer()?;
    Ok(journal.with_field_prefix(None).with_syslog_identifier("dissectd".to_owned()))
}

/// Stderr, each line with its priority before it, as systemd reads it (sd-daemon(3)).
struct Prioritised;

impl<'a> MakeWriter<'a> for Prioritised {
    type Writer = Priority;

    fn make_writer(&'a self) -> Priority {
        Priority("<6>")
    }

    fn make_writer_for(&'a self, line: &Metadata<'_>) -> Priority {
        Priority(match *line.level() {
            Level::ERROR => "<3>",
            Level::WARN => "<4>",
            Level::INFO => "<6>",
            _ => "<7>",
        })
    }
}

struct Priority(&'static str);

impl Write for Priority {
    /// Takes a line whole.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let mut stderr = io::stderr().lock();
        stderr.write_all(&[self.0.as_bytes(), line].concat())?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

/// Whether systemd has connected stderr with the journal. The variable alone does not say so: it is
/// inherited by those whose stderr goes elsewhere.
fn stderr_is_journal() -> bool {
    let Ok(named) = env::var("JOURNAL_STREAM") else { return false };
    fstat(io::stderr()).is_ok_and(|stderr| named == format!("{}:{}", stderr.st_dev, stderr.st_ino))
}
