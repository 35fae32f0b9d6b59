//! The form a new run is written in: the keys of a spec with their defaults, checked at every key press.
//!
//! The fields are whatever a complete spec of that kind holds, so a new key of a spec needs no change here. Only what
//! somebody set is handed to the parser: defaults that depend on other keys stay defaults.

use std::collections::BTreeMap;

use dissect_runs::spec::{Arch, Dataset, Kind, Objective, Optimizer, Precision, Spec};

/// A run about to be started.
#[derive(Debug, Clone)]
pub struct Form {
    kind: Kind,
    /// What somebody wrote, by key.
    set: BTreeMap<String, String>,
    fields: Vec<Field>,
    problems: Vec<(String, String)>,
    at: usize,
    caret: usize,
    /// Where it stands with the daemon.
    pub sending: Sending,
}

/// Where a form stands with the daemon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sending {
    /// Nobody has asked for it.
    NotYet,
    /// Sent, without an answer so far.
    Sent,
    /// The daemon, or the way to it, said no.
    Refused(String),
}

/// One line of the form.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// The key with its table, as `training.epochs`.
    pub key: String,
    /// What it holds, as it would be typed.
    pub value: String,
    /// How it is edited.
    pub shape: Shape,
}

/// How a field is edited and written to TOML.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// One of some words.
    Choice(&'static [&'static str]),
    /// Any text.
    Text,
    /// A number.
    Number,
    /// Texts with commas between them.
    List,
}

const KINDS: &[&str] = &["train", "gan", "dissect"];
const SWITCH: &[&str] = &["true", "false"];

impl Form {
    /// The defaults of a kind.
    pub fn new(kind: Kind) -> Self {
        let mut form = Self {
            kind,
            set: BTreeMap::new(),
            fields: Vec::new(),
            problems: Vec::new(),
            at: 1,
            caret: 0,
            sending: Sending::NotYet,
        };
        form.fields = form.defaults();
        form.check();
        form.caret_to_end();
        form
    }

    /// A form that asks for what `spec` did, under a new default name.
    pub fn like(spec: &Spec) -> Self {
        let mut form = Self::new(spec.kind());
        form.set = fields(spec).into_iter().map(|field| (field.key, field.value)).collect();
        form.set.remove("name");
        form.check();
        form
    }

    /// A dissection of these models.
    pub fn dissect(models: &[String], generator: &str) -> Self {
        let mut form = Self::new(Kind::Dissect);
        form.set.insert("models".to_owned(), models.join(", "));
        form.set.insert("generator".to_owned(), generator.to_owned());
        form.check();
        form.at = form.fields.iter().position(|field| field.key == "seeds").unwrap_or(1);
        form.caret_to_end();
        form
    }

    /// The lines, the kind first.
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// The line that is edited, and the place in it.
    pub fn at(&self) -> (usize, usize) {
        (self.at, self.caret)
    }

    /// Whether somebody set this key.
    pub fn is_set(&self, key: &str) -> bool {
        key == "kind" || self.set.contains_key(key)
    }

    /// What is wrong with a key.
    pub fn problem(&self, key: &str) -> Option<&str> {
        self.problems.iter().find(|(at, _)| at == key).map(|(_, complaint)| complaint.as_str())
    }

    /// The first thing wrong, with its key.
    pub fn first_problem(&self) -> Option<(&str, &str)> {
        self.problems.first().map(|(key, complaint)| (key.as_str(), complaint.as_str()))
    }

    /// The spec to send, once nothing is wrong.
    pub fn spec(&self) -> Option<Spec> {
        self.parse().ok()
    }

    /// Moves to another line.
    pub fn step(&mut self, by: i32) {
        let count = self.fields.len() as i64;
        self.at = (self.at as i64 + i64::from(by)).clamp(0, count - 1) as usize;
        self.caret_to_end();
    }

    /// Moves along the line, or to the next choice.
    pub fn aside(&mut self, by: i32) {
        let field = &self.fields[self.at];
        match field.shape {
            Shape::Choice(words) => {
                let now = words.iter().position(|word| *word == field.value).unwrap_or(0) as i64;
                let next = (now + i64::from(by)).rem_euclid(words.len() as i64) as usize;
                self.put(words[next].to_owned());
            }
            _ => {
                let length = field.value.chars().count() as i64;
                self.caret = (self.caret as i64 + i64::from(by)).clamp(0, length) as usize;
            }
        }
    }

    /// Takes in a typed character: into the text, or as the first letter of a choice.
    pub fn type_in(&mut self, c: char) {
        let field = &self.fields[self.at];
        if let Shape::Choice(words) = field.shape {
            let now = words.iter().position(|word| *word == field.value).unwrap_or(0);
            let next = words.iter().cycle().skip(now + 1).take(words.len()).find(|word| word.starts_with(c));
            if let Some(word) = next.or((c == ' ').then(|| &words[(now + 1) % words.len()])) {
                self.put((*word).to_owned());
            }
        } else if !c.is_control() {
            // A default gives way to what is typed; what somebody wrote is added to.
            let (mut value, caret) =
                if self.is_set(&field.key) { (field.value.clone(), self.caret) } else { (String::new(), 0) };
            value.insert(byte(&value, caret), c);
            self.caret = caret + 1;
            self.put(value);
        }
    }

    /// Deletes the character before the caret.
    pub fn backspace(&mut self) {
        let field = &self.fields[self.at];
        if !matches!(field.shape, Shape::Choice(_)) && self.caret > 0 {
            let mut value = field.value.clone();
            value.remove(byte(&value, self.caret - 1));
            self.caret -= 1;
            self.put(value);
        }
    }

    /// Back to the default of the line.
    pub fn reset_field(&mut self) {
        let key = self.fields[self.at].key.clone();
        self.set.remove(&key);
        if let Some(default) = self.defaults().into_iter().find(|field| field.key == key) {
            self.fields[self.at].value = default.value;
        }
        self.check();
        self.caret_to_end();
    }

    fn put(&mut self, value: String) {
        let key = self.fields[self.at].key.clone();
        self.sending = Sending::NotYet;
        if key == "kind" {
            let kind = Kind::ALL.iter().copied().find(|kind| kind.as_str() == value).unwrap_or(self.kind);
            *self = Self { at: 0, ..Self::new(kind) };
            return;
        }
        self.fields[self.at].value = value.clone();
        self.set.insert(key, value);
        self.check();
    }

    fn caret_to_end(&mut self) {
        self.caret = self.fields[self.at].value.chars().count();
    }

    /// Asks the parser. While something is wrong the fields that were not set keep what they last said.
    fn check(&mut self) {
        match self.parse() {
            Ok(spec) => {
                self.fields = fields(&spec);
                // As they were written, not as a spec would print them: `1e-2` stays under the caret.
                for field in &mut self.fields {
                    if let Some(value) = self.set.get(&field.key) {
                        field.value.clone_from(value);
                    }
                }
                self.problems.clear();
            }
            Err(problems) => {
                for field in &mut self.fields {
                    if let Some(value) = self.set.get(&field.key) {
                        field.value.clone_from(value);
                    }
                }
                self.problems = problems;
            }
        }
    }

    fn parse(&self) -> Result<Spec, Vec<(String, String)>> {
        let settings: Vec<String> = self
            .set
            .iter()
            .map(|(key, value)| {
                let shape = self
                    .fields
                    .iter()
                    .find(|field| field.key == *key)
                    .map_or(Shape::Text, |field| field.shape);
                format!("{key}={}", to_toml(value, shape))
            })
            .collect();
        Spec::with_overrides(&format!("kind = \"{}\"\n", self.kind), &settings).map_err(|error| {
            error.problems.into_iter().map(|problem| (problem.key, problem.complaint)).collect()
        })
    }

    fn defaults(&self) -> Vec<Field> {
        // A dissection has no default models; any will do to learn of its other fields.
        let models =
            if self.kind == Kind::Dissect { "models = [\"a\", \"b\"]\ngenerator = \"g\"\n" } else { "" };
        let spec = Spec::parse(&format!("kind = \"{}\"\n{models}", self.kind))
            .expect("the defaults of every kind parse");
        let mut fields = fields(&spec);
        if self.kind == Kind::Dissect {
            for field in &mut fields {
                if ["models", "generator", "name"].contains(&field.key.as_str()) {
                    field.value.clear();
                }
            }
        }
        fields
    }
}

/// Every key of a complete spec, its tables' names before a dot, in the order it is written in.
fn fields(spec: &Spec) -> Vec<Field> {
    let mut fields =
        vec![Field { key: "kind".to_owned(), value: spec.kind().to_string(), shape: Shape::Choice(KINDS) }];
    let text = spec.to_toml();
    let mut table = String::new();
    for line in text.lines() {
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            table = format!("{name}.");
        } else if let Some((key, _)) = line.split_once(" = ") {
            let key = format!("{table}{key}");
            if key == "kind" {
                continue;
            }
            let parsed: toml::Table = toml::from_str(line).unwrap_or_default();
            if let Some(value) = parsed.into_iter().next().map(|(_, value)| value) {
                fields.push(field(key, &value));
            }
        }
    }
    fields
}

fn field(key: String, value: &toml::Value) -> Field {
    let (text, shape) = match value {
        toml::Value::String(text) => (text.clone(), choices(&key).map_or(Shape::Text, Shape::Choice)),
        toml::Value::Boolean(on) => (on.to_string(), Shape::Choice(SWITCH)),
        toml::Value::Array(items) => {
            let texts: Vec<_> = items
                .iter()
                .map(|item| item.as_str().map_or_else(|| item.to_string(), str::to_owned))
                .collect();
            (texts.join(", "), Shape::List)
        }
        other => (other.to_string(), Shape::Number),
    };
    Field { key, value: text, shape }
}

/// The words a key chooses from. `run.device` is not among them: any `cuda:N` will do there.
fn choices(key: &str) -> Option<&'static [&'static str]> {
    macro_rules! words {
        ($all:expr) => {{
            static WORDS: std::sync::LazyLock<Vec<&'static str>> =
                std::sync::LazyLock::new(|| $all.iter().map(|value| value.as_str()).collect());
            Some(WORDS.as_slice())
        }};
    }
    match key {
        "model.arch" => words!(Arch::ALL),
        "data.dataset" => words!(Dataset::ALL),
        "training.precision" => words!(Precision::ALL),
        "objective" => words!(Objective::ALL),
        "optimizer" => words!(Optimizer::ALL),
        _ => None,
    }
}

fn to_toml(value: &str, shape: Shape) -> String {
    let quoted = |text: &str| toml::Value::String(text.to_owned()).to_string();
    match shape {
        Shape::Choice(SWITCH) | Shape::Number => value.trim().to_owned(),
        Shape::Choice(_) | Shape::Text => quoted(value.trim()),
        Shape::List => {
            let items: Vec<_> =
                value.split(',').map(str::trim).filter(|item| !item.is_empty()).map(quoted).collect();
            format!("[{}]", items.join(", "))
        }
    }
}

fn byte(text: &str, characters: usize) -> usize {
    text.char_indices().nth(characters).map_or(text.len(), |(at, _)| at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn go_to(form: &mut Form, key: &str) {
        form.step(-1_000);
        while form.fields()[form.at().0].key != key {
            form.step(1);
        }
    }

    fn write(form: &mut Form, key: &str, value: &str) {
        go_to(form, key);
        while !form.fields()[form.at().0].value.is_empty() {
            form.backspace();
        }
        value.chars().for_each(|c| form.type_in(c));
    }

    fn value<'a>(form: &'a Form, key: &str) -> &'a str {
        &form.fields().iter().find(|field| field.key == key).unwrap().value
    }

    #[test]
    fn every_kind_starts_from_defaults_that_parse() {
        for kind in [Kind::Train, Kind::Gan] {
            let form = Form::new(kind);
            assert_eq!(form.spec().unwrap(), Spec::parse(&format!("kind = \"{kind}\"")).unwrap());
        }
        let form = Form::new(Kind::Dissect);
        assert!(form.problem("models").is_some() && form.problem("generator").is_some());
    }

    #[test]
    fn defaults_follow_what_they_depend_on() {
        let mut form = Form::new(Kind::Train);
        assert_eq!((value(&form, "name"), value(&form, "training.weight_decay")), ("vgg11-random-s1", "0.0"));
        write(&mut form, "data.noise", "0.0");
        assert_eq!(
            (value(&form, "name"), value(&form, "training.weight_decay")),
            ("vgg11-true-s1", "0.0001")
        );
    }

    #[test]
    fn problems_stand_at_their_keys_while_one_types() {
        let mut form = Form::new(Kind::Train);
        for (key, text) in
            [("training.epochs", "-5"), ("training.epochs", "many"), ("data.noise", "2"), ("name", "a b")]
        {
            let mut form = form.clone();
            write(&mut form, key, text);
            assert!(form.problem(key).is_some() && form.spec().is_none(), "{key}={text}");
            assert_eq!(value(&form, key), text);
            form.reset_field();
            assert!(form.spec().is_some(), "{key}");
        }
        write(&mut form, "training.learning_rate", "1e-2");
        assert_eq!(value(&form, "training.learning_rate"), "1e-2");
        assert!(form.spec().is_some());
    }

    #[test]
    fn a_default_gives_way_to_what_is_typed() {
        let mut form = Form::new(Kind::Train);
        go_to(&mut form, "training.epochs");
        "25".chars().for_each(|c| form.type_in(c));
        assert_eq!((value(&form, "training.epochs"), form.at().1), ("25", 2));
        form.aside(-1);
        form.type_in('0');
        assert_eq!(value(&form, "training.epochs"), "205");
        form.reset_field();
        form.backspace();
        assert_eq!(value(&form, "training.epochs"), "10", "a default can be edited as well");
    }

    #[test]
    fn choices_turn_and_kinds_change_the_fields() {
        let mut form = Form::new(Kind::Train);
        go_to(&mut form, "model.arch");
        form.aside(-1);
        assert_eq!(value(&form, "model.arch"), "resnet56");
        form.type_in('v');
        assert_eq!(value(&form, "model.arch"), "vgg11");
        go_to(&mut form, "kind");
        form.aside(1);
        assert_eq!(value(&form, "gan.latent"), "100");
        form.aside(1);
        assert_eq!(value(&form, "steps"), "1000");
    }

    #[test]
    fn clones_ask_for_the_same() {
        let text =
            "kind = \"train\"\nname = \"mine\"\n[training]\nepochs = 7\n[data]\ndataset = \"shapes\"\n";
        let spec = Spec::parse(text).unwrap();
        let Some(Spec::Train(clone)) = Form::like(&spec).spec() else { panic!("a training") };
        assert_eq!((clone.training.epochs, clone.name.as_str()), (7, "vgg11-random-s1"));
    }

    #[test]
    fn dissections_take_the_marked_models() {
        let form = Form::dissect(&["run:a@10".to_owned(), "/m/b c.onnx".to_owned()], "run:gan-s0");
        let Some(Spec::Dissect(spec)) = form.spec() else { panic!("{:?}", form.first_problem()) };
        assert_eq!(
            spec.models.iter().map(ToString::to_string).collect::<Vec<_>>(),
            ["run:a@10", "/m/b c.onnx"]
        );
        assert_eq!(spec.generator.to_string(), "run:gan-s0");
    }
}
