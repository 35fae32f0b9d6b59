//! Columns of numbers, also of runs that were resumed.

use dissect_runs::records::{Kind, Record};
use dissect_runs::series::{Progress, Series};
use dissect_runs::spec::Spec;
use proptest::prelude::*;

fn steps(series: &Series, kind: Kind, field: &str) -> Vec<u64> {
    series.column(kind, field).iter().map(|point| point.step).collect()
}

fn step(step: u64) -> Record {
    Record::step(step).with("loss", step as f64)
}

fn epoch(epoch: u32) -> Record {
    Record::epoch(epoch, u64::from(epoch) * 10).with("train_loss", 1.0)
}

#[test]
fn after_a_resume_the_old_branch_is_gone() {
    let mut series = Series::new();
    let first = [step(5), step(10), epoch(1), step(15), step(20), epoch(2), step(25)];
    first.iter().for_each(|record| series.push(record));
    assert_eq!(steps(&series, Kind::Step, "loss"), [5, 10, 15, 20, 25]);
    assert_eq!(steps(&series, Kind::Epoch, "train_loss"), [10, 20]);

    // From the checkpoint after epoch 1: everything past step 10 is done again.
    series.push(&step(15));
    assert_eq!(steps(&series, Kind::Step, "loss"), [5, 10, 15]);
    assert_eq!(steps(&series, Kind::Epoch, "train_loss"), [10]);
    assert_eq!(series.last(Kind::Epoch).and_then(|record| record.epoch), Some(1));
    [step(20), epoch(2), step(25), step(30), epoch(3)].iter().for_each(|record| series.push(record));
    assert_eq!(steps(&series, Kind::Step, "loss"), [5, 10, 15, 20, 25, 30]);
    assert_eq!(steps(&series, Kind::Epoch, "train_loss"), [10, 20, 30]);

    // The first record after a resume may be an epoch's; and a run may begin anew.
    series.push(&epoch(2));
    assert_eq!(steps(&series, Kind::Step, "loss"), [5, 10, 15, 20]);
    assert_eq!(steps(&series, Kind::Epoch, "train_loss"), [10, 20]);
    series.push(&step(5));
    assert_eq!(steps(&series, Kind::Step, "loss"), [5]);
    assert_eq!(steps(&series, Kind::Epoch, "train_loss"), [0_u64; 0]);
    assert_eq!(series.columns().count(), 1);
}

#[test]
fn records_of_one_step_without_a_number_in_common_are_one_in_parts() {
    let mut series = Series::new();
    let test = |step| Record::step(step).with("test_loss", 1.0);
    [step(5), test(5), step(10), test(10)].iter().for_each(|record| series.push(record));
    assert_eq!(steps(&series, Kind::Step, "loss"), [5, 10]);
    assert_eq!(steps(&series, Kind::Step, "test_loss"), [5, 10]);
    let last = series.last(Kind::Step).unwrap();
    assert_eq!((last.value("loss"), last.value("test_loss")), (Some(10.0), Some(1.0)));
    // The third part has one of the first: the step is done again.
    series.push(&step(10));
    assert_eq!(steps(&series, Kind::Step, "loss"), [5, 10]);
    assert_eq!(steps(&series, Kind::Step, "test_loss"), [5]);
}

#[test]
fn each_f1_has_its_own_ascent() {
    let mut series = Series::new();
    for f1 in ["a", "b"] {
        for step in [0, 50, 100] {
            series.push(&Record::step(step).of_f1(f1).with("activation", 0.5).with_dist("c", 0.25));
        }
    }
    let columns: Vec<_> = series
        .columns()
        .map(|(column, points)| (column.f1.clone().unwrap(), column.field.clone(), points.len()))
        .collect();
    let expected = [("a", "activation"), ("a", "dist.c"), ("b", "activation"), ("b", "dist.c")];
    assert_eq!(columns, expected.map(|(f1, field)| (f1.to_owned(), field.to_owned(), 3)));
}

#[test]
fn progress_is_told_in_epochs_or_in_steps() {
    let train = Spec::parse("kind = 'train'\ntraining.epochs = 4").unwrap();
    let mut series = Series::new();
    assert_eq!(series.progress(&train), Progress { done: 0, total: 4, unit: "epoch" });
    series.push(&epoch(3));
    assert_eq!(series.progress(&train).fraction(), 0.75);

    let text = "kind = 'dissect'\nmodels = ['run:a', 'run:b']\ngenerator = 'run:g'\nsteps = 100\n";
    for (text, f1, done, total) in
        [(text.to_owned(), "a", 50, 100), (text.to_owned() + "all_pairs = true", "b", 150, 200)]
    {
        let mut series = Series::new();
        series.push(&Record::step(50).of_f1(f1));
        let progress = series.progress(&Spec::parse(&text).unwrap());
        assert_eq!(progress, Progress { done, total, unit: "step" });
    }
}

proptest! {
    /// A run cut off anywhere and resumed from any checkpoint before gives the series of a run that
    /// was never disturbed.
    #[test]
    fn disturbed_or_not_the_series_is_the_same(cuts in prop::collection::vec((1_usize..60, 0_usize..6), 0..6)) {
        let whole: Vec<_> = (1..=6_u32)
            .flat_map(|e| (1..=5).map(move |s| step(u64::from(e - 1) * 10 + s * 2)).chain([epoch(e)]))
            .collect();
        // Positions right after an epoch's record, where checkpoints are.
        let checkpoints: Vec<_> = (0..6).map(|e| e * 6).collect();
        let mut disturbed = Series::new();
        let (mut from, mut reached) = (0, 0);
        for (length, checkpoint) in cuts {
            let to = (from + length).min(whole.len());
            whole[from..to].iter().for_each(|record| disturbed.push(record));
            reached = reached.max(to);
            from = checkpoints[checkpoint.min(to / 6)].min(to);
        }
        whole[from..].iter().for_each(|record| disturbed.push(record));
        let mut undisturbed = Series::new();
        whole.iter().for_each(|record| undisturbed.push(record));
        let columns = |series: &Series| format!("{:?}", series.columns().collect::<Vec<_>>());
        prop_assert_eq!(columns(&disturbed), columns(&undisturbed));
    }
}
