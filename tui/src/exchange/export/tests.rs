//! One table in two formats: what is missing, what was not finite, and branches that were given up.

use std::fs::{self, File};

use ::parquet::file::reader::{FileReader as _, SerializedFileReader};
use ::parquet::record::Field;
use dissect_runs::folder::RunFolder;
use dissect_runs::home::Home;
use dissect_runs::records::Record;
use dissect_runs::spec::Spec;
use dissect_runs::worker::{End, Worker};

use super::*;

fn run(home: &Home, records: &[Record]) -> RunFolder {
    let spec = Spec::parse("kind = 'train'\nname = 'a'\n[data]\ndataset = 'shapes'\n").unwrap();
    let run = home.create_run(&spec).unwrap();
    let mut worker = Worker::begin(run.clone(), None).unwrap();
    records.iter().for_each(|record| worker.record(record).unwrap());
    worker.end(End::Finished).unwrap();
    run
}

fn at(time: f64, record: Record) -> Record {
    Record { time, ..record }
}

/// Two runs: a resumed one, with a step done twice, and a dissection's records.
fn table(home: &Home) -> Table {
    let resumed = [
        at(1.0, Record::step(10).in_epoch(1).with("loss", 2.0)),
        at(2.5, Record::epoch(1, 10).with("train_loss", f64::NAN).with("run", 1.0)),
        at(3.0, Record::step(20).in_epoch(2).with("loss", 99.0)),
        at(4.0, Record::step(30).in_epoch(2).with("loss", 98.0)),
        at(5.0, Record::step(20).in_epoch(2).with("loss", 1e-7)),
    ];
    let ascent = [at(6.0, Record::step(0).of_f1("x, \"y\"").with("activation", 0.25).with_dist("b", 0.5))];
    Table::read(&[run(home, &resumed), run(home, &ascent)]).unwrap()
}

#[test]
fn csv_tells_missing_from_not_finite() {
    let folder = tempfile::tempdir().unwrap();
    let table = table(&Home::at(folder.path()));
    let mut text = Vec::new();
    write_csv(&table, &mut text).unwrap();
    let text = String::from_utf8(text).unwrap();
    let expected = "\
run,kind,f1,epoch,step,time,activation,dist.b,loss,metric.run,train_loss
A,step,,1,10,1,,,2,,
A,epoch,,1,10,2.5,,,,1,NaN
A,step,,2,20,5,,,1e-7,,
B,step,\"x, \"\"y\"\"\",,0,6,0.25,0.5,,,
";
    assert_eq!(text.replace(&table.runs[0], "A").replace(&table.runs[1], "B"), expected);
}

#[test]
fn parquet_has_types_and_tells_null_from_nan() {
    let folder = tempfile::tempdir().unwrap();
    let table = table(&Home::at(folder.path()));
    let path = folder.path().join("t.parquet");
    fs::write(&path, "an older one").unwrap();
    replace(&path, |file| write_parquet(&table, file).map_err(std::io::Error::other)).unwrap();

    let reader = SerializedFileReader::new(File::open(&path).unwrap()).unwrap();
    let rows: Vec<Vec<(String, Field)>> = reader
        .get_row_iter(None)
        .unwrap()
        .map(|row| {
            row.unwrap().get_column_iter().map(|(name, field)| (name.clone(), field.clone())).collect()
        })
        .collect();
    let names: Vec<&str> = rows[0].iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, table.head().collect::<Vec<_>>());
    let cell =
        |row: usize, name: &str| rows[row].iter().find(|(column, _)| column == name).unwrap().1.clone();
    assert_eq!(rows.len(), 4);
    assert_eq!(cell(0, "run"), Field::Str(table.runs[0].clone()));
    assert_eq!((cell(0, "kind"), cell(1, "kind")), (Field::Str("step".into()), Field::Str("epoch".into())));
    assert_eq!((cell(0, "f1"), cell(3, "f1")), (Field::Null, Field::Str("x, \"y\"".into())));
    assert_eq!((cell(2, "epoch"), cell(3, "epoch")), (Field::Long(2), Field::Null));
    assert_eq!((cell(2, "step"), cell(2, "loss")), (Field::Long(20), Field::Double(1e-7)));
    assert_eq!(cell(1, "time"), Field::TimestampMicros(2_500_000));
    assert_eq!((cell(0, "train_loss"), cell(1, "loss")), (Field::Null, Field::Null));
    assert!(matches!(cell(1, "train_loss"), Field::Double(value) if value.is_nan()));
}

#[test]
fn runs_that_measured_nothing_make_a_head_alone() {
    let folder = tempfile::tempdir().unwrap();
    let table = Table::read(&[run(&Home::at(folder.path()), &[])]).unwrap();
    let mut text = Vec::new();
    write_csv(&table, &mut text).unwrap();
    assert_eq!(text, b"run,kind,f1,epoch,step,time\n");
    let mut bytes = Vec::new();
    write_parquet(&table, &mut bytes).unwrap();
    assert!(bytes.starts_with(b"PAR1"));
}
