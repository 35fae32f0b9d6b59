//! The table as a Parquet file: null was not measured, NaN was not finite, and times are timestamps.

use std::io::Write;
use std::sync::Arc;

use parquet::basic::{Compression, LogicalType, Repetition, TimeUnit, Type as Physical};
use parquet::data_type::{ByteArray, ByteArrayType, DataType, DoubleType, Int64Type};
use parquet::errors::{ParquetError, Result};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::types::Type;

use super::table::{FIXED, Row, Table, word};

/// Rows that are written at once, so that a long table takes no more memory than it does anyway.
const GROUP: usize = 1 << 17;

/// Writes the table.
pub fn write_parquet(table: &Table, out: impl Write + Send) -> Result<()> {
    let properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_created_by(concat!("dissect ", env!("CARGO_PKG_VERSION")).to_owned())
        .build();
    let mut writer = SerializedFileWriter::new(out, Arc::new(schema(table)?), Arc::new(properties))?;
    for rows in table.rows.chunks(GROUP) {
        let mut group = writer.next_row_group()?;
        let text = |text: &str| Some(ByteArray::from(text));
        write::<ByteArrayType, _>(&mut group, rows, |row| text(&table.runs[row.run]))?;
        write::<ByteArrayType, _>(&mut group, rows, |row| text(word(row.kind)))?;
        write::<ByteArrayType, _>(&mut group, rows, |row| row.f1.as_deref().and_then(text))?;
        write::<Int64Type, _>(&mut group, rows, |row| row.epoch.map(i64::from))?;
        write::<Int64Type, _>(&mut group, rows, |row| Some(i64::try_from(row.step).unwrap_or(i64::MAX)))?;
        write::<Int64Type, _>(&mut group, rows, |row| microseconds(row.time))?;
        for place in 0..table.metrics.len() {
            write::<DoubleType, _>(&mut group, rows, |row| {
                let at = row.values.binary_search_by_key(&place, |(at, _)| *at).ok()?;
                Some(row.values[at].1)
            })?;
        }
        group.close()?;
    }
    writer.close()?;
    Ok(())
}

/// The table's columns with their types. Names that foreign metrics bring are taken as they are.
fn schema(table: &Table) -> Result<Type> {
    let timestamp = LogicalType::timestamp(true, TimeUnit::MICROS);
    let fixed = FIXED.into_iter().map(|name| match name {
        "run" | "kind" => column(name, Physical::BYTE_ARRAY, Some(LogicalType::String), Repetition::REQUIRED),
        "f1" => column(name, Physical::BYTE_ARRAY, Some(LogicalType::String), Repetition::OPTIONAL),
        "epoch" => column(name, Physical::INT64, None, Repetition::OPTIONAL),
        "step" => column(name, Physical::INT64, None, Repetition::REQUIRED),
        _ => column(name, Physical::INT64, Some(timestamp.clone()), Repetition::OPTIONAL),
    });
    let metrics = table.metrics.iter().map(|name| column(name, Physical::DOUBLE, None, Repetition::OPTIONAL));
    let columns = fixed.chain(metrics).collect::<Result<_>>()?;
    Type::group_type_builder("runs").with_fields(columns).build()
}

fn column(
    name: &str,
    physical: Physical,
    logical: Option<LogicalType>,
    repetition: Repetition,
) -> Result<Arc<Type>> {
    let builder = Type::primitive_type_builder(name, physical).with_repetition(repetition);
    Ok(Arc::new(builder.with_logical_type(logical).build()?))
}

/// Writes the next column of a group: a value for each row that has one.
fn write<T: DataType, W: Write + Send>(
    group: &mut SerializedRowGroupWriter<'_, W>,
    rows: &[Row],
    value: impl Fn(&Row) -> Option<T::T>,
) -> Result<()> {
    let missing = || ParquetError::General("the schema has fewer columns than the table".to_owned());
    let mut column = group.next_column()?.ok_or_else(missing)?;
    let values: Vec<Option<T::T>> = rows.iter().map(value).collect();
    let levels: Vec<i16> = values.iter().map(|value| i16::from(value.is_some())).collect();
    let values: Vec<T::T> = values.into_iter().flatten().collect();
    // A required column has no levels, and passes over these.
    column.typed::<T>().write_batch(&values, Some(&levels), None)?;
    column.close()
}

/// Seconds since 1970 as microseconds; none where there is no such time.
fn microseconds(time: f64) -> Option<i64> {
    let micros = (time * 1e6).round();
    (micros.abs() < i64::MAX as f64).then_some(micros as i64)
}
