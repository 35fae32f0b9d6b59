//! A dissection's report for people: a table, and what is seen in it.

use dissect_onnx::dissect::{Pair, Report};

use crate::output::{Align, Table, percent};

/// The share of patterns named alike above which two models count as sharing what the first learned, and below
/// which as not sharing it.
const SHARED: f64 = 2.0 / 3.0;
const OWN: f64 = 1.0 / 3.0;

/// The whole text.
pub(super) fn text(report: &Report, verbose: bool) -> String {
    let mut text = String::new();
    for activation in [&report.activation].into_iter().chain(&report.other_activations) {
        text.push_str(&format!(
            "f1 {}: probability of its class {:.3} before the ascent, {:.3} after; it names the class on {} of the \
             patterns\n",
            activation.f1,
            activation.before,
            activation.after,
            percent(activation.success_rate)
        ));
    }
    text.push('\n');
    text.push_str(&pairs(&report.pairs));
    if verbose {
        text.push('\n');
        text.push_str(&classes(&report.pairs));
    }
    for pair in &report.pairs {
        text.push('\n');
        text.push_str(&seen(pair));
    }
    text.push('\n');
    text
}

fn pairs(pairs: &[Pair]) -> String {
    let mut table = Table::new(&[
        ("f1", Align::Left),
        ("f2", Align::Left),
        ("distance", Align::Right),
        ("std", Align::Right),
        ("same class", Align::Right),
        ("before ascent", Align::Right),
    ]);
    for pair in pairs {
        table.row([
            pair.f1.clone(),
            pair.f2.clone(),
            format!("{:.4}", pair.dist),
            format!("{:.4}", pair.std),
            percent(pair.agreement),
            format!("{:.4}", pair.before),
        ]);
    }
    table.render()
}

fn classes(pairs: &[Pair]) -> String {
    let mut table = Table::new(&[
        ("f1", Align::Left),
        ("f2", Align::Left),
        ("class", Align::Left),
        ("distance", Align::Right),
        ("std", Align::Right),
    ]);
    for pair in pairs {
        for class in &pair.per_class {
            table.row([
                pair.f1.clone(),
                pair.f2.clone(),
                class.name.clone(),
                format!("{:.4}", class.mean),
                format!("{:.4}", class.std),
            ]);
        }
    }
    table.render()
}

/// What a pair's numbers say, in a sentence.
fn seen(pair: &Pair) -> String {
    let Pair { f1, f2, dist, before, agreement, .. } = pair;
    let moved = if dist < before { "closer" } else { "no closer" };
    let meaning = if *agreement >= SHARED {
        format!("what {f1} has learned, {f2} has learned too")
    } else if *agreement <= OWN {
        format!("what excites {f1} says little to {f2}")
    } else {
        format!("{f2} shares a part of what excites {f1}")
    };
    format!(
        "On patterns that excite {f1}, {f2} names the same class {} of the time and is {dist:.2} nats away, {moved} \
         than before the ascent ({before:.2}): {meaning}.",
        percent(*agreement)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(agreement: f64, dist: f64) -> Pair {
        Pair {
            f1: "a".into(),
            f2: "b".into(),
            dist,
            variance: 0.01,
            std: 0.1,
            per_class: Vec::new(),
            agreement,
            before: 2.5,
        }
    }

    #[test]
    fn the_sentence_follows_the_numbers() {
        let cases = [
            (
                pair(0.86, 0.57),
                "86.0% of the time and is 0.57 nats away, closer",
                "what a has learned, b has learned too",
            ),
            (pair(0.30, 3.54), "no closer than before the ascent (2.50)", "what excites a says little to b"),
            (pair(0.50, 1.0), "closer", "b shares a part of what excites a"),
        ];
        for (pair, numbers, meaning) in cases {
            let text = seen(&pair);
            assert!(text.contains(numbers) && text.contains(meaning), "{text}");
        }
    }

    #[test]
    fn the_table_has_a_line_a_pair() {
        assert_eq!(
            pairs(&[pair(0.86, 0.57)]),
            "f1  f2  distance     std  same class  before ascent\n\
             a   b     0.5700  0.1000       86.0%         2.5000\n"
        );
    }
}
