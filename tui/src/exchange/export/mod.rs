//! A run's measurements as other programs want them: one table of several runs, or TensorBoard's event files.

mod csv;
mod event_files;
mod parquet;
mod replace;
mod table;
#[cfg(test)]
mod tests;

pub use self::csv::write_csv;
pub use self::event_files::write_event_files;
pub use self::parquet::write_parquet;
pub use self::replace::replace;
pub use self::table::{Row, Table};
