//! Each rule over series that should and should not trouble it. Time is an argument.

use std::time::Duration;

use dissect_runs::finding::Rule;
use dissect_runs::records::Record;

use super::panel::Panel;
use crate::config::Thresholds;

const BEGAN: f64 = 1000.0;
const EVERYTHING: Thresholds = Thresholds {
    every: Duration::from_secs(5),
    non_finite: 1,
    divergence: 3.0,
    plateau_epochs: 4,
    stall_s: 600.0,
    throughput: 0.5,
};

/// The rules that have found something at `now`.
fn found(thresholds: Thresholds, records: &[Record], now: f64) -> Vec<Rule> {
    let mut panel = Panel::new(thresholds, BEGAN);
    records.iter().for_each(|record| panel.take(record));
    let verdicts = panel.verdicts(now).into_iter();
    verdicts.filter(|verdict| verdict.reason.is_some()).map(|verdict| verdict.rule).collect()
}

/// One record for each value, a second apart.
fn series(new: impl Fn(u64) -> Record, name: &str, values: &[f64]) -> Vec<Record> {
    let record = |(nth, value): (usize, &f64)| {
        let step = nth as u64 + 1;
        Record { time: BEGAN + step as f64, ..new(step).with(name, *value) }
    };
    values.iter().enumerate().map(record).collect()
}

fn steps(name: &str, values: &[f64]) -> Vec<Record> {
    series(Record::step, name, values)
}

fn epochs(name: &str, values: &[f64]) -> Vec<Record> {
    series(|step| Record::epoch(step as u32, step), name, values)
}

#[test]
fn a_rule_finds_what_it_looks_for_and_nothing_else() {
    const NAN: f64 = f64::NAN;
    let falls: Vec<f64> = (0..40).map(|x| 2.3 * 0.9_f64.powi(x)).collect();
    for (records, expected) in [
        (vec![], vec![]),
        (steps("loss", &falls), vec![]),
        (epochs("train_loss", &falls), vec![]),
        // Not finite: once is enough, of any number but an accuracy.
        (steps("loss", &[2.3, NAN, 2.0]), vec![Rule::NonFinite]),
        (epochs("gradient_magnitude", &[1.0, f64::INFINITY]), vec![Rule::NonFinite]),
        (epochs("clean_accuracy", &[NAN, NAN]), vec![]),
        (vec![Record::step(1).of_f1("a").with_dist("b", NAN)], vec![Rule::NonFinite]),
        // Diverged: high for five records in a row.
        (steps("loss", &[2.3, 1.0, 9.0, 9.0, 9.0, 9.0]), vec![]),
        (steps("loss", &[2.3, 1.0, 9.0, 9.0, 9.0, 9.0, 9.0]), vec![Rule::Divergence]),
        (steps("loss", &[2.3, 1.0, 9.0, 9.0, 9.0, 9.0, 9.0, 1.1]), vec![]),
        (epochs("train_loss", &[2.3, 1.0, 9.0, 9.0, 9.0, 9.0, 9.0]), vec![Rule::Divergence, Rule::Plateau]),
        // A hundred times next to nothing is next to nothing.
        (steps("loss", &[2.3, 0.001, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1]), vec![]),
        (steps("d_loss", &[0.1, 9.0, 9.0, 9.0, 9.0, 9.0, 9.0]), vec![]),
        // A plateau of four epochs; better by less than a thousandth is no better.
        (epochs("train_loss", &[2.3, 2.3, 2.3, 2.3]), vec![]),
        (epochs("train_loss", &[2.3, 2.2999, 2.2998, 2.2997, 2.2996]), vec![Rule::Plateau]),
        (epochs("train_loss", &[2.3, 2.3, 2.3, 2.3, 2.3, 2.2]), vec![]),
        (steps("loss", &[2.3; 30]), vec![]),
        // Half as fast, for most of five records.
        (steps("images_per_second", &[10.0, 100.0, 100.0, 100.0, 100.0, 100.0]), vec![]),
        (steps("images_per_second", &[100.0, 100.0, 100.0, 100.0, 100.0, 40.0, 40.0]), vec![]),
        (
            steps("images_per_second", &[100.0, 100.0, 100.0, 100.0, 100.0, 40.0, 40.0, 40.0]),
            vec![Rule::Throughput],
        ),
        (steps("images_per_second", &[100.0; 8]), vec![]),
    ] {
        assert_eq!(found(EVERYTHING, &records, BEGAN + 50.0), expected, "{records:?}");
    }
}

#[test]
fn a_stall_is_counted_from_the_last_step_or_from_the_begin() {
    let old = Record { time: BEGAN - 86_400.0, ..Record::step(1) };
    let new = Record { time: BEGAN + 1000.0, ..Record::step(2) };
    for (records, now, expected) in [
        (vec![], BEGAN + 600.0, vec![]),
        (vec![], BEGAN + 601.0, vec![Rule::Stall]),
        // Written by the worker before this one, a day ago.
        (vec![old.clone()], BEGAN + 1.0, vec![]),
        (vec![old.clone(), new.clone()], BEGAN + 1600.0, vec![]),
        (vec![old, new], BEGAN + 1601.0, vec![Rule::Stall]),
    ] {
        assert_eq!(found(EVERYTHING, &records, now), expected, "{records:?} at {now}");
    }
}

#[test]
fn a_resumed_run_is_judged_by_its_new_branch() {
    let mut records = steps("loss", &[2.3, f64::NAN]);
    assert_eq!(found(EVERYTHING, &records, BEGAN), [Rule::NonFinite]);
    records.extend(steps("loss", &[2.3, 2.2]));
    assert_eq!(found(EVERYTHING, &records, BEGAN), []);
    // In a dissection the next ascent begins at step 1 as well, and replaces nothing.
    let mut records = vec![Record::step(1).of_f1("a").with("activation", f64::NAN)];
    records.push(Record::step(1).of_f1("b").with("activation", 1.0));
    assert_eq!(found(EVERYTHING, &records, BEGAN), [Rule::NonFinite]);
}

#[test]
fn zero_turns_a_rule_off() {
    let off = Thresholds {
        non_finite: 0,
        divergence: 0.0,
        plateau_epochs: 0,
        stall_s: 0.0,
        throughput: 0.0,
        ..EVERYTHING
    };
    let mut records = epochs("train_loss", &[1.0, 9.0, 9.0, 9.0, 9.0, 9.0, f64::NAN]);
    records.extend(steps("images_per_second", &[9.0, 9.0, 9.0, 9.0, 9.0, 1.0, 1.0, 1.0]));
    let all = [Rule::NonFinite, Rule::Divergence, Rule::Plateau, Rule::Stall, Rule::Throughput];
    assert_eq!(found(off, &records, 1e9), []);
    // The last record of an epoch is not finite, which breaks no row of high ones.
    assert_eq!(found(EVERYTHING, &records, 1e9), all);
}
