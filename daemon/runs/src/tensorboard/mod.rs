//! TensorBoard's event files: their framing, their messages, and one that grows while a run works. Knows records, but
//! neither runs nor folders of runs.

mod event_file;
mod frames;
mod live;
mod proto;
mod tag;

pub use event_file::EventFile;
pub use frames::{FrameError, Frames};
pub(crate) use live::Live;
pub use proto::{
    Dim, Event, PluginData, SESSION_START, SessionLog, SourceMetadata, Summary, SummaryMetadata, Tensor,
    TensorShape, Value,
};
pub use tag::{WRITER, tag};
