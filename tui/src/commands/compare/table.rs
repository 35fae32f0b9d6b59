//! A dissection's report for people: a table, and what is seen in it.

use dissect_onnx::dissect::{Matrix, Measures, Pair, Report};

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
    let beside = beside(report);
    if !beside.is_empty() {
        text.push('\n');
        text.push_str(&beside);
    }
    if let Some(matrix) = &report.matrix {
        text.push('\n');
        text.push_str(&matrix_table(matrix));
    }
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
        ("95 % interval", Align::Right),
        ("std", Align::Right),
        ("Jensen-Shannon", Align::Right),
        ("same class", Align::Right),
        ("before ascent", Align::Right),
    ]);
    for pair in pairs {
        let measures = pair.on_patterns.as_ref();
        table.row([
            pair.f1.clone(),
            pair.f2.clone(),
            format!("{:.4}", pair.dist),
            interval(measures.and_then(|measures| measures.interval)),
            format!("{:.4}", pair.std),
            nats(measures.map(|measures| measures.jensen_shannon)),
            percent(pair.agreement),
            format!("{:.4}", pair.before),
        ]);
    }
    table.render()
}

/// What makes the distances readable: how far f1 is from itself, from f2 before the ascent and on other images, and
/// from a network that has learned nothing.
fn beside(report: &Report) -> String {
    if report.baselines.is_empty() {
        return String::new();
    }
    let mut table = Table::new(&[
        ("distance of", Align::Left),
        ("to", Align::Left),
        ("on its patterns", Align::Right),
        ("before ascent", Align::Right),
        ("on test images", Align::Right),
    ]);
    let dist = |measures: Option<&Measures>| nats(measures.map(|measures| measures.dist));
    for baselines in &report.baselines {
        let f1 = &baselines.f1;
        table.row([f1.clone(), "itself".into(), nats(Some(baselines.itself)), "-".into(), "-".into()]);
        for pair in report.pairs.iter().filter(|pair| pair.f1 == *f1) {
            let [patterns, starts, images] =
                [&pair.on_patterns, &pair.on_starts, &pair.on_images].map(|measures| dist(measures.as_ref()));
            table.row([f1.clone(), pair.f2.clone(), patterns, starts, images]);
        }
        let untrained = baselines.untrained.as_ref();
        table.row([
            f1.clone(),
            "itself untrained".into(),
            dist(untrained.map(|untrained| &untrained.on_patterns)),
            dist(untrained.map(|untrained| &untrained.on_starts)),
            dist(untrained.and_then(|untrained| untrained.on_images.as_ref())),
        ]);
    }
    table.render()
}

/// The distances of all pairs, a row for each f1.
fn matrix_table(matrix: &Matrix) -> String {
    let columns = matrix.models.iter().map(|name| (name.clone(), Align::Right));
    let mut table = Table::with(std::iter::once(("f1 \\ f2".to_owned(), Align::Left)).chain(columns));
    for (f1, distances) in matrix.models.iter().zip(&matrix.dist) {
        let cells = distances.iter().map(|dist| nats(Some(*dist)));
        table.line(std::iter::once(f1.clone()).chain(cells).collect());
    }
    table.render()
}

fn nats(value: Option<f64>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| format!("{value:.4}"))
}

fn interval(interval: Option<[f64; 2]>) -> String {
    interval.map_or_else(|| "-".to_owned(), |[low, high]| format!("{low:.4} to {high:.4}"))
}

fn classes(pairs: &[Pair]) -> String {
    let mut table = Table::new(&[
        ("f1", Align::Left),
        ("f2", Align::Left),
        ("class", Align::Left),
        ("distance", Align::Right),
        ("95 % interval", Align::Right),
        ("std", Align::Right),
        ("Jensen-Shannon", Align::Right),
        ("same class", Align::Right),
        ("f2 names it", Align::Right),
        ("before ascent", Align::Right),
    ]);
    let share = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), percent);
    for pair in pairs {
        for class in &pair.per_class {
            table.row([
                pair.f1.clone(),
                pair.f2.clone(),
                class.name.clone(),
                format!("{:.4}", class.mean),
                interval(class.interval),
                format!("{:.4}", class.std),
                nats(class.jensen_shannon),
                share(class.agreement),
                share(class.success_rate),
                nats(class.before),
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
            success_rate: Some(agreement),
            on_patterns: Some(Measures {
                dist,
                interval: Some([dist - 0.1, dist + 0.1]),
                reverse: dist,
                symmetric: dist,
                jensen_shannon: dist / 4.0,
                jensen_shannon_interval: None,
                agreement,
                agreement_interval: None,
            }),
            on_starts: None,
            on_images: None,
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
        insta::assert_snapshot!(pairs(&[pair(0.86, 0.57)]), @r#"
    f1  f2  distance     95 % interval     std  Jensen-Shannon  same class  before ascent
    a   b     0.5700  0.4700 to 0.6700  0.1000          0.1425       86.0%         2.5000
    "#);
        // A report from before the interval was measured.
        let old = Pair { on_patterns: None, ..pair(0.86, 0.57) };
        insta::assert_snapshot!(pairs(&[old]), @r#"
    f1  f2  distance  95 % interval     std  Jensen-Shannon  same class  before ascent
    a   b     0.5700              -  0.1000               -       86.0%         2.5000
    "#);
    }

    #[test]
    fn all_pairs_are_a_table() {
        let nothing = vec![vec![0.0; 2]; 2];
        let matrix = Matrix {
            models: vec!["one".into(), "two".into()],
            dist: vec![vec![0.0, 1.25], vec![0.5, 0.0]],
            jensen_shannon: nothing.clone(),
            agreement: nothing.clone(),
            before: nothing,
            on_images: None,
        };
        insta::assert_snapshot!(matrix_table(&matrix), @r#"
    f1 \ f2     one     two
    one      0.0000  1.2500
    two      0.5000  0.0000
    "#);
    }
}
