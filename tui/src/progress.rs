//! Progress on stderr: a bar on a terminal, now and then a line elsewhere.

use std::io::{self, IsTerminal as _};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

/// How often a line is written where there is no terminal.
const LINE_EVERY: Duration = Duration::from_secs(10);

/// The progress of one job of a known length.
#[derive(Debug)]
pub struct Progress {
    how: How,
    length: u64,
}

#[derive(Debug)]
enum How {
    Bar(ProgressBar),
    Lines { last: Option<Instant> },
}

impl Progress {
    /// Begins a job. `unit` names what is counted, in the plural.
    pub fn new(length: u64, unit: &str) -> Self {
        let how = if io::stderr().is_terminal() {
            let bar = ProgressBar::new(length);
            let template = format!("{{wide_bar}} {{pos}}/{{len}} {unit}  {{eta}}  {{msg}}");
            bar.set_style(ProgressStyle::with_template(&template).expect("the template holds"));
            How::Bar(bar)
        } else {
            How::Lines { last: None }
        };
        Self { how, length }
    }

    /// Says how far the job is and what is seen.
    pub fn at(&mut self, position: u64, message: &str) {
        match &mut self.how {
            How::Bar(bar) => {
                bar.set_position(position);
                bar.set_message(message.to_owned());
            }
            How::Lines { last } => {
                if last.is_none_or(|last| last.elapsed() >= LINE_EVERY) || position == self.length {
                    eprintln!("{position}/{}  {message}", self.length);
                    *last = Some(Instant::now());
                }
            }
        }
    }

    /// Ends the bar; lines stay.
    pub fn end(self) {
        if let How::Bar(bar) = self.how {
            bar.finish_and_clear();
        }
    }
}
