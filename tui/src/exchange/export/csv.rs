//! The table as comma-separated values: an empty field was not measured, `NaN` was not finite.

use std::io::Write;

use super::table::{Table, word};

/// Writes the table with its head. Times are seconds since 1970.
pub fn write_csv(table: &Table, out: impl Write) -> Result<(), csv::Error> {
    let mut writer = csv::Writer::from_writer(out);
    writer.write_record(table.head())?;
    for row in &table.rows {
        let epoch = row.epoch.map(|epoch| epoch.to_string()).unwrap_or_default();
        writer.write_field(&table.runs[row.run])?;
        writer.write_field(word(row.kind))?;
        writer.write_field(row.f1.as_deref().unwrap_or_default())?;
        writer.write_field(epoch)?;
        writer.write_field(row.step.to_string())?;
        writer.write_field(number(row.time))?;
        let mut values = row.values.iter().peekable();
        for place in 0..table.metrics.len() {
            let value = values.next_if(|(at, _)| *at == place).map(|(_, value)| number(*value));
            writer.write_field(value.unwrap_or_default())?;
        }
        writer.write_record(None::<&[u8]>)?;
    }
    writer.flush()?;
    Ok(())
}

/// As few digits as tell it from every other number; whole ones without a point.
fn number(value: f64) -> String {
    if value.fract() == 0.0 && value.abs() < 1e15 { format!("{value}") } else { format!("{value:?}") }
}
