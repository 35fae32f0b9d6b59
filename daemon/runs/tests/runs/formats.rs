//! Files of every released format, which must load for ever, and which today's version still writes
//! the same way.

use dissect_runs::protocol::{ClientHello, DaemonHello, Reply, Request};
use dissect_runs::records::{Event, Record};
use dissect_runs::spec::Spec;
use dissect_runs::state::{State, Status};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Each line loads, and is written as it was.
fn check_lines<T: Serialize + DeserializeOwned>(lines: &str) -> Vec<T> {
    let check = |line: &str| {
        let value: T = serde_json::from_str(line).unwrap_or_else(|error| panic!("{line}: {error}"));
        assert_eq!(serde_json::to_string(&value).unwrap(), line);
        value
    };
    lines.lines().map(check).collect()
}

#[test]
fn specs() {
    for (old, new) in [
        (include_str!("../formats/1/train.toml"), include_str!("../formats/2/train.toml")),
        (include_str!("../formats/1/gan.toml"), include_str!("../formats/2/gan.toml")),
        (include_str!("../formats/1/dissect.toml"), include_str!("../formats/2/dissect.toml")),
    ] {
        let spec = Spec::parse(new).unwrap();
        assert_eq!(spec.to_toml(), new);
        assert_eq!(Spec::parse(old).unwrap(), spec, "what 2 added is off by default");
    }
    let imported = include_str!("../formats/2/imported.toml");
    assert_eq!(Spec::parse(imported).unwrap().to_toml(), imported);
}

#[test]
fn states() {
    let states: Vec<State> = check_lines(include_str!("../formats/1/states.jsonl"));
    for status in Status::ALL {
        assert!(states.iter().any(|state| state.status() == status), "no {status} among the files");
    }
}

#[test]
fn metrics() {
    let records: Vec<Record> = check_lines(include_str!("../formats/1/metrics.jsonl"));
    assert_eq!(records[1].value("train_accuracy"), Some(0.625));
    assert!(records[2].value("train_loss").unwrap().is_nan(), "null stands for what is not finite");
    assert_eq!(records[5].dist["vgg11-true-s2"], 0.5);
}

#[test]
fn events() {
    check_lines::<Event>(include_str!("../formats/1/events.jsonl"));
}

#[test]
fn messages() {
    let lines: Vec<_> = include_str!("../formats/1/messages.jsonl").lines().collect();
    check_lines::<ClientHello>(lines[0]);
    check_lines::<DaemonHello>(lines[1]);
    check_lines::<Request>(&lines[2..10].join("\n"));
    check_lines::<Reply>(&lines[10..].join("\n"));
}

#[test]
fn a_metric_nobody_knows_yet_is_kept() {
    let line =
        r#"{"kind":"epoch","time":1.0,"epoch":1,"step":2,"sharpness":3.5,"note":"text","nested":{"a":1}}"#;
    let record: Record = serde_json::from_str(line).unwrap();
    assert_eq!(record.value("sharpness"), Some(3.5));
    assert_eq!(record.values.len(), 1, "only numbers can be charted");
    let infinite = Record::step(1).with("loss", f64::INFINITY).with("other", f64::NAN);
    let text = serde_json::to_string(&infinite).unwrap();
    assert!(text.contains(r#""loss":null,"other":null"#), "{text}");
}
