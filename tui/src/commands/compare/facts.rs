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
        apply(&mut facts, "shape", &self.shape, shape, |facts, value| facts.shape = Some(value))?;
        apply(&mut facts, "output", &self.output, output, |facts, value| match value {
            Output::Kind(kind) => facts.output = Some(kind),
            Output::Name(name) => facts.output_name = Some(name),
        })?;
        apply(&mut facts, "input", &self.input, name, |facts, value| facts.input_name = Some(value))?;
        apply(&mut facts, "classes", &self.classes, classes, |facts, value| facts.classes = Some(value))?;
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

fn shape(text: &str) -> Result<[usize; 2], &'static str> {
    let sides = text.split([',', 'x']).map(|side| side.trim().parse::<usize>());
    match sides.collect::<Result<Vec<_>, _>>().as_deref() {
        Ok([height, width]) if *height > 0 && *width > 0 => Ok([*height, *width]),
        _ => Err("height and width, such as 224,224"),
    }
}

/// What `--output` says.
#[derive(Clone)]
enum Output {
    Kind(OutputKind),
    Name(String),
}

fn output(text: &str) -> Result<Output, &'static str> {
    let kinds = [OutputKind::Logits, OutputKind::Probabilities];
    match kinds.into_iter().find(|kind| kind.name() == text) {
        Some(kind) => Ok(Output::Kind(kind)),
        None if text.is_empty() => Err("logits, probabilities or the name of an output"),
        None => Ok(Output::Name(text.to_owned())),
    }
}

fn name(text: &str) -> Result<String, &'static str> {
    if text.is_empty() { Err("a name") } else { Ok(text.to_owned()) }
}

/// Reads `cat,dog`, or a file's lines for `@FILE`.
fn classes(text: &str) -> Result<Vec<String>, &'static str> {
    let names = match text.strip_prefix('@') {
        Some(file) => std::fs::read_to_string(file).map_err(|_| "a readable file of names behind the @")?,
        None => text.replace(',', "\n"),
    };
    let names: Vec<String> =
        names.lines().map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect();
    if names.len() < 2 { Err("two names or more, such as cat,dog") } else { Ok(names) }
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
            "shape" => args.shape = values,
            "classes" => args.classes = values,
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
        let facts = args("shape", &["224x160"]).gather(2).unwrap();
        assert_eq!(facts[1].shape, Some([224, 160]));
    }

    #[test]
    fn an_output_is_named_and_described_by_one_flag() {
        let facts = args("output", &["f1=head", "probabilities"]).gather(2).unwrap();
        assert_eq!(
            (facts[0].output, facts[0].output_name.as_deref()),
            (Some(OutputKind::Probabilities), Some("head"))
        );
        assert_eq!((facts[1].output, &facts[1].output_name), (Some(OutputKind::Probabilities), &None));
    }

    #[test]
    fn classes_are_listed_or_in_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("names.txt");
        std::fs::write(&file, "cat\npolar bear\n\n").unwrap();
        let facts = args("classes", &["cat, dog", &format!("f2=@{}", file.display())]).gather(2).unwrap();
        assert_eq!(facts[0].classes.as_deref().unwrap(), ["cat", "dog"]);
        assert_eq!(facts[1].classes.as_deref().unwrap(), ["cat", "polar bear"]);
    }

    #[test]
    fn what_cannot_be_is_refused_with_what_could() {
        let cases = [
            ("layout", "HWC", "expected NCHW or NHWC"),
            ("range", "1,0", "the smaller first"),
            ("range", "0", "two numbers"),
            ("mean", "0.5,x", "expected numbers"),
            ("std", "nan", "expected numbers"),
            ("output", "", "logits, probabilities or the name"),
            ("shape", "224", "height and width"),
            ("shape", "0,3", "height and width"),
            ("classes", "cat", "two names or more"),
            ("classes", "@/nowhere/names", "a readable file"),
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
