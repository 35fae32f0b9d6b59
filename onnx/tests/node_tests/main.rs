//! ONNX's own node tests: each that has floats in and out and an operator with a gradient is run, and its gradient compared
//! with differences. What becomes of every case stands in `docs/node-tests.md`.
#![expect(clippy::unwrap_used, reason = "where a helper cannot go on the test has failed")]

mod differences;
mod outcome;
mod page;
mod retype;
mod suite;

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use outcome::{Outcome, outcome};

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/node-tests.md");

/// Every case, with what became of it, by name.
fn outcomes() -> Vec<(String, Outcome)> {
    let folders = suite::folders();
    let (next, outcomes) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some((name, folder)) = folders.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let outcome = outcome(suite::read(folder).as_ref());
                    outcomes.lock().unwrap().push((name.clone(), outcome));
                }
            });
        }
    });
    let mut outcomes = outcomes.into_inner().unwrap();
    outcomes.sort_by(|a, b| a.0.cmp(&b.0));
    outcomes
}

#[test]
fn gradients_are_those_of_differences_and_the_page_says_what_was_compared() {
    let outcomes = outcomes();
    let page = page::page(&outcomes);
    print!("{}", page.split("\n## ").next().unwrap());
    let failed: Vec<String> = (outcomes.iter())
        .filter_map(|(name, outcome)| match outcome {
            Outcome::Failed(reason) => Some(format!("{name}: {reason}")),
            _ => None,
        })
        .collect();
    assert!(failed.is_empty(), "{} of the node tests fail:\n{}", failed.len(), failed.join("\n"));
    if std::env::var_os("DISSECT_WRITE_PAGE").is_some() {
        std::fs::write(PAGE, &page).unwrap();
    }
    let written = std::fs::read_to_string(PAGE).unwrap_or_default();
    let differs = written.lines().zip(page.lines()).find(|(a, b)| a != b);
    let renew = "DISSECT_WRITE_PAGE=1 cargo test -p dissect-onnx --test node_tests";
    assert!(written == page, "docs/node-tests.md is out of date, first at {differs:?}; `{renew}`");
}
