//! One event file that is written. Each event is one write, so that a reader finds whole events or a torn last one.

use std::fs::File;
use std::io::{self, Seek, Write};
use std::path::Path;

use prost::Message as _;

use super::frames;
use super::proto::{Event, SESSION_START, SessionLog, SourceMetadata, Summary, Value};
use super::tag::{WRITER, tag};
use crate::records::Record;

/// The version that makes readers heed [`SESSION_START`].
const VERSION: &str = "brain.Event:2";

/// An event file, open for writing.
pub struct EventFile {
    file: File,
    /// Bytes of whole events.
    length: u64,
    message: Vec<u8>,
    buffer: Vec<u8>,
}

impl EventFile {
    /// Creates `path`, which must not exist. `time` is the first event's, seconds since 1970.
    pub fn create(path: &Path, time: f64) -> io::Result<Self> {
        Self::begin(File::create_new(path)?, time)
    }

    /// Writes into an empty file.
    pub fn begin(file: File, time: f64) -> io::Result<Self> {
        let mut file = Self { file, length: 0, message: Vec::new(), buffer: Vec::new() };
        file.write(&Event {
            wall_time: time,
            file_version: Some(VERSION.to_owned()),
            source_metadata: Some(SourceMetadata { writer: WRITER.to_owned() }),
            ..Event::default()
        })?;
        Ok(file)
    }

    /// Says that whatever was written at `step` or later, in this folder's older files too, was given up.
    pub fn give_up_from(&mut self, step: u64, time: f64) -> io::Result<()> {
        let session_log = Some(SessionLog { status: SESSION_START });
        self.write(&Event { wall_time: time, step: whole(step), session_log, ..Event::default() })
    }

    /// Writes the numbers of a record; one that has none is passed over.
    pub fn record(&mut self, record: &Record) -> io::Result<()> {
        let f1 = record.f1.as_deref();
        let dist =
            record.dist.iter().map(|(f2, value)| (tag(record.kind, f1, &format!("dist.{f2}")), *value));
        let plain = record.values.iter().map(|(name, value)| (tag(record.kind, f1, name), *value));
        self.scalars(record.step, record.time, plain.chain(dist))
    }

    /// Writes scalars of one step by their tags.
    pub fn scalars(
        &mut self,
        step: u64,
        time: f64,
        scalars: impl Iterator<Item = (String, f64)>,
    ) -> io::Result<()> {
        let value =
            |(tag, value): (String, f64)| Value { tag, simple_value: Some(value as f32), ..Value::default() };
        let value: Vec<Value> = scalars.map(value).collect();
        if value.is_empty() {
            return Ok(());
        }
        let wall_time = if time.is_finite() { time } else { 0.0 };
        self.write(&Event {
            wall_time,
            step: whole(step),
            summary: Some(Summary { value }),
            ..Event::default()
        })
    }

    /// Makes what was written survive a loss of power.
    pub fn sync(&self) -> io::Result<()> {
        self.file.sync_data()
    }

    /// A write that fails leaves the file as it was before, so that a later one finds it whole.
    fn write(&mut self, event: &Event) -> io::Result<()> {
        self.message.clear();
        event.encode(&mut self.message).map_err(io::Error::other)?;
        self.buffer.clear();
        frames::push(&mut self.buffer, &self.message);
        let written = self.file.write_all(&self.buffer);
        if written.is_ok() {
            self.length += self.buffer.len() as u64;
        } else {
            self.file.set_len(self.length)?;
            self.file.seek(io::SeekFrom::Start(self.length))?;
        }
        written
    }
}

/// A step as event files have it.
fn whole(step: u64) -> i64 {
    i64::try_from(step).unwrap_or(i64::MAX)
}
