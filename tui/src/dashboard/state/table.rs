//! Rows and columns that leave the dashboard as CSV or JSON. Every screen that shows a table can make one.

use serde_json::{Map, Value};

/// A cell.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Not known, or not there.
    Nothing,
    /// Words.
    Text(String),
    /// A number with a fraction. What is not finite is `nan`, `inf` or `-inf` in CSV and null in JSON.
    Number(f64),
    /// A whole number.
    Whole(u64),
}

/// A table.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    columns: Vec<String>,
    rows: Vec<Vec<Cell>>,
}

impl Table {
    /// A table of these columns, without rows.
    pub fn new(columns: Vec<String>) -> Self {
        Self { columns, rows: Vec::new() }
    }

    /// Adds a row. What is more than there are columns is left out, what is less is nothing.
    pub fn push(&mut self, mut row: Vec<Cell>) {
        row.resize(self.columns.len(), Cell::Nothing);
        self.rows.push(row);
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// As CSV (RFC 4180), with the names of the columns first.
    pub fn csv(&self) -> String {
        let mut writer = csv::Writer::from_writer(Vec::new());
        let text = |cell: &Cell| match cell {
            Cell::Nothing => String::new(),
            Cell::Text(text) => text.clone(),
            Cell::Number(number) if number.is_nan() => "nan".to_owned(),
            Cell::Number(number) => number.to_string(),
            Cell::Whole(number) => number.to_string(),
        };
        // Memory does not fail, and all rows are of one length.
        let mut written = writer.write_record(&self.columns);
        for row in &self.rows {
            written = written.and_then(|()| writer.write_record(row.iter().map(text)));
        }
        debug_assert!(written.is_ok());
        String::from_utf8(writer.into_inner().unwrap_or_default()).unwrap_or_default()
    }

    /// As JSON: a list of objects, a row each.
    pub fn json(&self) -> String {
        let value = |cell: &Cell| match cell {
            Cell::Nothing => Value::Null,
            Cell::Text(text) => Value::from(text.as_str()),
            Cell::Number(number) => Value::from(*number),
            Cell::Whole(number) => Value::from(*number),
        };
        let object = |row: &Vec<Cell>| -> Value {
            let pairs = self.columns.iter().cloned().zip(row.iter().map(value));
            Value::Object(pairs.collect::<Map<_, _>>())
        };
        let mut text = String::from("[\n");
        for (nth, row) in self.rows.iter().enumerate() {
            text.push_str(if nth == 0 { "  " } else { ",\n  " });
            text.push_str(&object(row).to_string());
        }
        text.push_str("\n]\n");
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_keep_their_meaning_in_both_forms() {
        let mut table = Table::new(vec!["run".to_owned(), "value".to_owned(), "step".to_owned()]);
        table.push(vec![Cell::Text("a, \"b\"".to_owned()), Cell::Number(0.1), Cell::Whole(3)]);
        table.push(vec![Cell::Nothing, Cell::Number(f64::NAN)]);
        assert_eq!(table.csv(), "run,value,step\n\"a, \"\"b\"\"\",0.1,3\n,nan,\n");
        let json: Value = serde_json::from_str(&table.json()).unwrap();
        assert_eq!(json[0]["value"], 0.1);
        assert_eq!(json[1], serde_json::json!({"run": null, "value": null, "step": null}));
    }
}
