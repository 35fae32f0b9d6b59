//! The flags for other people's models: read, and given to the classifiers they are about.

use anyhow::anyhow;
use dissect_onnx::dissect::Facts;
use dissect_onnx::export::{Layout, OutputKind};

use super::args::FactArgs;
use crate::failure::Failure;

impl FactArgs {
    /// What the flags say of each of `count` classifiers. What is said of one goes before what is said of all.
    pub(super) fn gather(&self, count: usize) -> Result<Vec<Facts>, Failure> {
        let mut facts = vec![Facts::default(); count];
        apply(&mut facts, "layout", &self.layout, layout, |facts, value| facts.layout = Some(value))?;
        apply(&mut facts, "range", &self.range, range, |facts, value| facts.range = Some(value))?;
        apply(&mut facts, "mean", &self.mean, numbers, |facts, value| facts.mean = Some(value))?;
        apply(&mut facts, "std", &self.std, numbers, |facts, value| facts.std = Some(value))?;
        apply(&mut facts, "output", &self.output, output, |facts, value| facts.output = Some(value))?;
        Ok(facts)
    }
}

/// Reads one flag's values and sets them, those for all models first.
fn apply<T: Clone>(
    facts: &mut [Facts],
    flag: &str,
    values: &[String],
    read: fn(&str) -> Result<T, &'static str>,
    set: impl Fn(&mut Facts, T),
) -> Result<(), Failure> {
    let usage = |value: &str, why: String| Failure::Usage(anyhow!("--{flag} {value}: {why}"));
    let mut of_one = Vec::new();
    for value in values {
        let (model, text) = match value.split_once('=') {
            Some((model, text)) => (Some(number(model, facts.len()).map_err(|why| usage(value, why))?), text),
            None => (None, value.as_str()),
        };
        let read = read(text).map_err(|expected| usage(value, format!("expected {expected}")))?;
        match model {
            Some(index) => of_one.push((index, read)),
            None => facts.iter_mut().for_each(|facts| set(facts, read.clone())),
        }
    }
    for (index, value) in of_one {
        set(&mut facts[index], value);
    }
    Ok(())
}

/// The index of a classifier given as f1, f2 and so on.
fn number(model: &str, count: usize) -> Result<usize, String> {
    let number = model.strip_prefix('f').and_then(|digits| digits.parse::<usize>().ok());
    match number {
        Some(number) if (1..=count).contains(&number) => Ok(number - 1),
        _ => Err(format!(
            "found `{model}=`, expected f1= to f{count}=, the place of a model among those given"
        )),
    }
}

fn layout(text: &str) -> Result<Layout, &'static str> {
    match text.to_ascii_uppercase().as_str() {
        "NCHW" => Ok(Layout::Nchw),
        "NHWC" => Ok(Layout::Nhwc),
        _ => Err("NCHW or NHWC"),
    }
}

/// Reads `0,255`.
pub(in crate::commands) fn range(text: &str) -> Result<[f64; 2], &'static str> {
    match numbers(text).as_deref() {
        Ok([low, high]) if low < high => Ok([*low, *high]),
        _ => Err("two numbers, the smaller first, such as 0,255"),
    }
}

fn numbers(text: &str) -> Result<Vec<f64>, &'static str> {
    let numbers = text.split(',').map(|number| number.trim().parse::<f64>());
    let numbers: Result<Vec<f64>, _> = numbers.collect();
    numbers
        .ok()
        .filter(|numbers| numbers.iter().all(|number| number.is_finite()))
        .ok_or("numbers, such as 0.5,0.5,0.5")
}

fn output(text: &str) -> Result<OutputKind, &'static str> {
    let kinds = [OutputKind::Logits, OutputKind::Probabilities];
    kinds.into_iter().find(|kind| kind.name() == text).ok_or("logits or probabilities")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(flag: &str, values: &[&str]) -> FactArgs {
        let values = values.iter().map(|value| (*value).to_owned()).collect();
        let mut args = FactArgs::default();
        match flag {
            "layout" => args.layout = values,
            "range" => args.range = values,
            "mean" => args.mean = values,
            "std" => args.std = values,
            _ => args.output = values,
        }
        args
    }

    #[test]
    fn what_is_said_of_one_goes_before_what_is_said_of_all() {
        let facts = args("range", &["f2=0,255", "-1,1"]).gather(3).unwrap();
        let ranges: Vec<_> = facts.iter().map(|facts| facts.range).collect();
        assert_eq!(ranges, [Some([-1.0, 1.0]), Some([0.0, 255.0]), Some([-1.0, 1.0])]);
        let facts = args("layout", &["f1=nhwc"]).gather(2).unwrap();
        assert_eq!((facts[0].layout, facts[1].layout), (Some(Layout::Nhwc), None));
    }

    #[test]
    fn what_cannot_be_is_refused_with_what_could() {
        let cases = [
            ("layout", "HWC", "expected NCHW or NHWC"),
            ("range", "1,0", "the smaller first"),
            ("range", "0", "two numbers"),
            ("mean", "0.5,x", "expected numbers"),
            ("std", "nan", "expected numbers"),
            ("output", "softmax", "logits or probabilities"),
            ("output", "f3=logits", "expected f1= to f2="),
            ("output", "f0=logits", "expected f1= to f2="),
            ("output", "vgg=logits", "found `vgg=`"),
        ];
        for (flag, value, expected) in cases {
            let failure = args(flag, &[value]).gather(2).unwrap_err();
            let message = failure.message().unwrap();
            assert!(message.contains(expected) && message.contains(flag), "{message}");
            assert_eq!(failure.code(), 2);
        }
    }
}
