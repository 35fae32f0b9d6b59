//! The language as a table: texts with what they keep, and texts with the column that is wrong.

use std::borrow::Cow;

use proptest::prelude::*;

use super::*;
use crate::filter::{Datum, Subject, complete};

struct Thing {
    name: &'static str,
    texts: &'static [(&'static str, &'static str)],
    numbers: &'static [(&'static str, f64)],
}

impl Subject for Thing {
    fn has_word(&self, test: &dyn Fn(&str) -> bool) -> bool {
        test(self.name) || self.texts.iter().any(|(_, text)| test(text))
    }

    fn field(&self, name: &str) -> Option<Datum<'_>> {
        let texts: Vec<_> =
            self.texts.iter().filter(|text| text.0 == name).map(|text| Cow::from(text.1)).collect();
        let number = || self.numbers.iter().find(|number| number.0 == name).map(|number| number.1);
        match texts.is_empty() {
            false => Some(Datum::Texts(texts)),
            true => number().map(Datum::Number),
        }
    }
}

const THINGS: [Thing; 4] = [
    Thing {
        name: "vgg11-true-s1",
        texts: &[("state", "running"), ("arch", "vgg11"), ("group", "paper")],
        numbers: &[("noise", 0.0), ("test_accuracy", 0.8), ("age", 600.0)],
    },
    Thing {
        name: "vgg11-random-s1",
        texts: &[("state", "finished"), ("arch", "vgg11"), ("finding", "stall"), ("finding", "plateau")],
        numbers: &[("noise", 1.0), ("test_accuracy", 0.1), ("age", 7_300.0)],
    },
    Thing {
        name: "resnet20-half",
        texts: &[("state", "failed"), ("arch", "resnet20"), ("group", "paper")],
        numbers: &[("noise", 0.5), ("test_accuracy", f64::NAN), ("age", 90_000.0)],
    },
    Thing { name: "gan a|b*", texts: &[("state", "running")], numbers: &[("age", 5.0)] },
];

fn vocabulary() -> Vocabulary {
    let mut vocabulary = Vocabulary::default();
    for name in ["state", "arch", "group", "finding"] {
        vocabulary.add(name, false, ["running".to_owned(), "finished".to_owned()]);
    }
    for name in ["noise", "test_accuracy", "age"] {
        vocabulary.add(name, true, []);
    }
    vocabulary
}

#[test]
fn what_a_filter_keeps() {
    for (text, expected) in [
        ("", "0123"),
        ("   ", "0123"),
        ("vgg", "01"),
        ("VGG random", "1"),
        ("state:running", "03"),
        ("state:run", "03"),
        ("state=run", ""),
        ("state=running", "03"),
        ("state!=running", "12"),
        ("state:running,failed", "023"),
        ("-state:running,failed", "1"),
        ("arch:vgg*", "01"),
        ("arch:*20", "2"),
        ("arch:vgg?1", "01"),
        ("arch:gg*", ""),
        ("group:paper", "02"),
        ("-group:paper", "13"),
        ("group!=paper", "13"),
        ("noise>0.5", "1"),
        ("noise>=0.5", "12"),
        ("noise<50%", "0"),
        ("noise:0.2..0.8", "2"),
        ("noise:..0.5", "02"),
        ("noise=0,1", "01"),
        ("test_accuracy>=0.8", "0"),
        ("test_accuracy>-1", "01"),
        ("-test_accuracy>0.5", "123"),
        ("age<1h", "03"),
        ("age>1d", "2"),
        ("finding:plateau", "1"),
        ("finding:*", "1"),
        ("state:running arch:vgg*", "0"),
        ("state:running|noise>0.9", "013"),
        ("vgg random | gan", "13"),
        ("vgg (random|true) -state:finished", "0"),
        ("-(vgg|gan)", "2"),
        ("\"a|b*\"", "3"),
        ("state:\"running\" vgg", "0"),
        ("random |", "1"),
        ("s*", "1"),
        ("*s1", "01"),
        ("noise>0.5 -kind", "1"),
    ] {
        let filter = parse(text, &vocabulary()).unwrap_or_else(|problem| panic!("{text}: {problem}"));
        let kept: String =
            (0..4).filter(|nth| filter.keeps(&THINGS[*nth])).map(|nth| nth.to_string()).collect();
        assert_eq!(kept, expected, "{text}");
    }
}

#[test]
fn a_problem_has_its_column() {
    for (text, at, length, fragment) in [
        ("sate:running", 0, 4, "did you mean `state`"),
        ("vgg zzzz:1", 4, 4, "in quotes"),
        ("state:", 6, 1, "expected what `state` is to be"),
        ("state:running,", 14, 1, "expected what `state`"),
        ("noise>", 6, 1, "expected what `noise`"),
        ("noise>half", 6, 4, "expected a number"),
        ("noise:a..b", 6, 4, "expected a number"),
        ("noise>inf", 6, 3, "expected a number"),
        ("noise!0.5", 5, 1, "expected `!=`"),
        ("state>3", 6, 1, "holds words"),
        ("a \"b c", 2, 1, "not closed"),
        ("(a b", 0, 1, "not closed"),
        ("a) b", 1, 1, "closes nothing"),
        ("漢字 sate:x", 3, 4, "did you mean"),
        ("a -", 3, 1, "leaves out"),
        ("- a", 0, 1, "right after"),
        (":x", 0, 1, ""),
    ] {
        match parse(text, &vocabulary()) {
            Err(problem) => {
                assert_eq!((problem.at, problem.length), (at, length), "{text}: {problem}");
                assert!(problem.complaint.contains(fragment), "{text}: {problem}");
            }
            // A sign without a field before it is a word.
            Ok(_) => assert_eq!(text, ":x"),
        }
    }
    assert!(parse(&"(".repeat(100_000), &vocabulary()).is_err());
    assert!(parse(&"-".repeat(100_000), &vocabulary()).is_err());
}

proptest! {
    #[test]
    fn no_text_panics(text in r#"([a-z]{1,5}|state|noise|[:=<>!|()\-",. *?]|\PC|[0-9.]{1,4}){0,24}"#) {
        let vocabulary = vocabulary();
        match parse(&text, &vocabulary) {
            Ok(filter) => { THINGS.iter().for_each(|thing| { filter.keeps(thing); }); }
            Err(problem) => prop_assert!(problem.at <= text.chars().count() && problem.length > 0),
        }
        let completed = complete(&text, &vocabulary).text;
        prop_assert!(completed.starts_with(text.trim_end_matches(|c: char| c.is_alphanumeric() || c == '_')));
    }
}
