//! The metrics screen: frames at five sizes, and what its keys do.

use dissect_runs::finding::Rule;
use dissect_runs::records::{Event as RunEvent, Happening, Record};
use dissect_runs::spec::Spec;
use dissect_runs::state::State as RunState;

use super::world::{NOW, opened, text};
use crate::dashboard::draw::{Depth, Theme};
use crate::dashboard::picture;
use crate::dashboard::state::{Effect, Event, Key, RunSeen, Scale, State, XAxis};

const SIZES: [(u16, u16); 5] = [(40, 10), (80, 24), (120, 40), (160, 50), (200, 60)];

const BEGIN: f64 = NOW - 600.0;

/// A training on random labels that hunts, fits, was resumed, and wrote what is no number.
fn seen(id: &str, name: &str) -> Vec<Event> {
    let spec = format!(
        "kind = \"train\"\nname = \"{name}\"\n[data]\ndataset = \"shapes\"\nnoise = 1.0\n[training]\nepochs = 40\n"
    );
    let spec = Spec::parse(&spec).map_err(|error| error.to_string());
    let state = Ok(RunState::Finished { started: BEGIN, ended: BEGIN + 500.0 });
    let at = |seconds: f64, what: Happening| RunEvent { time: BEGIN + seconds, what };
    let stage = |name: &str| Happening::Stage { name: name.to_owned() };
    let mut records = Vec::new();
    let mut epoch = |epoch: u32, offset: f64| {
        let x = f64::from(epoch);
        let fitted = 1.0 / (1.0 + (-(x - 18.0) / 3.0).exp());
        for step in 1..=10 {
            let noise = f64::from((epoch * 7 + step * 13) % 11) / 11.0 - 0.5;
            let spike = if epoch == 31 && step == 4 { 4.0 } else { 0.0 };
            let loss = if epoch == 12 { f64::NAN } else { 2.4 * (1.0 - fitted) + 0.05 + 0.1 * noise + spike };
            let number = u64::from(epoch - 1) * 10 + u64::from(step);
            let record = Record::step(number).in_epoch(epoch).with("loss", loss);
            records.push(Record { time: BEGIN + offset + number as f64, ..record });
        }
        let record = Record::epoch(epoch, u64::from(epoch) * 10)
            .with(
                "train_loss",
                2.4 * (1.0 - fitted) + 0.05 + if offset == 0.0 { 0.02 * (x - 20.0).max(0.0) } else { 0.0 },
            )
            .with("test_loss", 2.3 + 0.05 * x)
            .with("train_accuracy", 0.1 + 0.9 * fitted)
            .with("test_accuracy", 0.1 + 0.01 * (x % 3.0))
            .with("gradient_magnitude", 40.0 * x / (10.0 + x * x));
        records.push(Record { time: BEGIN + offset + x * 10.0, ..record });
    };
    (1..=24).for_each(|n| epoch(n, 0.0));
    // Stopped after epoch 24, resumed from the checkpoint of epoch 20.
    (21..=40).for_each(|n| epoch(n, 60.0));
    let checkpoint = |epoch: u32| Happening::Checkpoint { epoch, step: u64::from(epoch) * 10 };
    let events = vec![
        at(1.0, Happening::Started),
        at(1.0, stage("hunting")),
        at(100.0, checkpoint(10)),
        at(120.0, Happening::Finding { rule: Rule::NonFinite, reason: "loss at step 111".to_owned() }),
        at(130.0, stage("fitting")),
        at(200.0, checkpoint(20)),
        at(270.0, Happening::Resumed { epoch: 20, step: 200 }),
        at(270.0, stage("fitting")),
        at(
            400.0,
            Happening::Snapshot {
                epoch: 30,
                file: "snapshots/epoch-0030.onnx".to_owned(),
                largest_difference: 1e-6,
            },
        ),
        at(440.0, stage("fitted")),
    ];
    let id = id.to_owned();
    vec![
        Event::Run(RunSeen { id: id.clone(), spec, state, allowance: None }),
        Event::Records { id: id.clone(), records },
        Event::Events { id, events },
    ]
}

const FIRST: &str = "20261123-101502-random-s1";
const SECOND: &str = "20261123-101503-random-s2";

fn state(size: (u16, u16), keys: &str) -> State {
    let mut state = opened(size);
    let runs = seen(FIRST, "random-s1").into_iter().chain(seen(SECOND, "random-s2"));
    runs.for_each(|event| drop(state.update(event)));
    state.update(Event::Listed);
    state.cursor.put_on(FIRST);
    press(&mut state, keys);
    state
}

fn press(state: &mut State, keys: &str) -> Vec<Effect> {
    let keys = picture::parse(keys).unwrap();
    keys.into_iter().flat_map(|key| state.update(Event::Key(key))).collect()
}

#[test]
fn frames_at_five_sizes() {
    for (name, keys) in [
        ("grid", "2"),
        ("full-reading", "2ss<enter>]}}}}"),
        ("two-runs-zoomed", " k 2+++]"),
        ("four-log-clock", "2vvvXXXL"),
        ("export", "2e"),
    ] {
        for size in SIZES {
            let shown = text(&state(size, keys), size, Depth::Indexed);
            insta::assert_snapshot!(format!("{name}-{}x{}", size.0, size.1), shown);
        }
    }
    for (name, theme) in [("mono", Theme::new(Depth::Mono)), ("ascii", Theme::new(Depth::Mono).in_ascii())] {
        let size = (80, 24);
        insta::assert_snapshot!(format!("two-runs-{name}"), text(&state(size, " k 2vv"), size, theme));
    }
}

#[test]
fn keys_zoom_pan_and_read() {
    let mut state = state((120, 40), "2");
    let view = |state: &State| state.charts.clone();
    press(&mut state, ")");
    assert!(state.notice.is_some(), "without a zoom there is nothing to pan, and it is said");
    press(&mut state, "+");
    let (low, high) = view(&state).window.unwrap();
    assert!((low - 10.075).abs() < 0.01 && (high - 30.025).abs() < 0.01, "{low} to {high}: the middle half");
    press(&mut state, "((");
    assert!(view(&state).window.unwrap().0 < 0.2, "pans to the end and no further");
    press(&mut state, "(((");
    assert!((view(&state).window.unwrap().1 - view(&state).window.unwrap().0 - 20.0).abs() < 0.1);
    // The cursor comes in at the right end and zooming keeps it in sight.
    press(&mut state, "0[");
    assert_eq!(view(&state).reading, Some(40.0));
    press(&mut state, "++++");
    let (low, high) = view(&state).window.unwrap();
    assert!(low < 40.0 && 40.0 <= high, "{low} to {high}");
    press(&mut state, "-----");
    assert_eq!(view(&state).window, None);
    press(&mut state, "[[");
    assert_eq!(view(&state).reading, Some(38.0));
    // The chart at hand is of epochs: another x axis keeps the record.
    press(&mut state, "X");
    assert_eq!((view(&state).axis, view(&state).reading), (XAxis::Step, Some(380.0)));
    let text = state.copy_text().unwrap();
    assert!(text.contains("random-s1 train_loss") && text.contains("epoch 38 · step 380"), "{text}");
    press(&mut state, "<esc>");
    assert_eq!(view(&state).reading, None);
}

#[test]
fn charts_are_chosen_by_pattern_pin_and_hand() {
    let mut state = state((120, 40), "2");
    let titles = |state: &State| state.chart_list().into_iter().map(|chart| chart.title).collect::<Vec<_>>();
    let all = titles(&state);
    assert!(all.len() >= 4, "{all:?}");
    press(&mut state, "/^(loss|acc)<enter>");
    assert_eq!(titles(&state), ["Loss", "Accuracy", "Loss by step"]);
    press(&mut state, "<esc>/grad<enter>*<esc>/^acc<enter>");
    assert_eq!(titles(&state), ["Gradient magnitude", "Accuracy"], "what is pinned stays, and comes first");
    press(&mut state, "<esc>G");
    state.update(Event::Key(Key::Delete));
    assert_eq!(titles(&state).len(), all.len() - 1);
    press(&mut state, "a/[<enter>");
    assert_eq!(titles(&state), ["Gradient magnitude"], "what is no expression is looked for as it stands");
}

#[test]
fn what_a_resume_gave_up_is_kept_and_stages_end_where_they_do() {
    let state = state((120, 40), "2");
    let run = &state.runs[FIRST];
    let chart = &state.chart_list()[0];
    let (kind, metric) = chart.columns().next().unwrap();
    let dead: Vec<_> = run.history.given_up(kind, metric, XAxis::Epoch).flatten().map(|(x, _)| x).collect();
    assert_eq!(dead, [20.0, 21.0, 22.0, 23.0, 24.0]);
    let line = run.history.line(kind, metric, XAxis::Epoch).unwrap();
    let steps: Vec<f64> = (0..line.len()).map(|index| line.x(index)).collect();
    assert!(steps.windows(2).all(|pair| pair[0] < pair[1]), "no place twice: {steps:?}");
    let bands = crate::dashboard::state::bands(run, XAxis::Epoch);
    let ends: Vec<_> = bands.iter().map(|band| (band.stage.name(), band.to.map(f64::round))).collect();
    assert_eq!(ends, [("hunting", Some(13.0)), ("fitting", Some(38.0))]);
}

#[test]
fn numbers_in_view_go_to_a_table() {
    let mut state = state((120, 40), "2s<enter>");
    let effects = press(&mut state, "ec");
    let Some(Effect::Export(export)) = effects.into_iter().find(|e| matches!(e, Effect::Export(_))) else {
        panic!("nothing is written")
    };
    assert_eq!((export.name.as_str(), export.ending), ("metrics-20261123-102502", "csv"));
    let csv = export.table.unwrap().csv();
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!(lines[0], "run,metric,x,value,smoothed,epoch,step,time");
    assert_eq!(lines.len(), 1 + 2 * 40, "forty epochs of the loss, training and test");
    assert!(lines[1].starts_with(FIRST), "{}", lines[1]);
    press(&mut state, "1ej");
    assert!(state.notice.as_ref().is_some_and(|notice| notice.text.contains("no numbers")));
}

#[test]
fn zero_and_below_are_counted_on_a_logarithmic_axis() {
    let mut state = opened((100, 30));
    let id = "20261123-101502-zero".to_owned();
    for event in seen(&id, "zero").into_iter().take(1) {
        state.update(event);
    }
    let record = |step: u64| Record::step(step).with("odd", if step < 3 { -1.0 } else { step as f64 });
    state.update(Event::Records { id, records: (0..20).map(record).collect() });
    state.update(Event::Listed);
    press(&mut state, "2L");
    assert_eq!(state.charts.y_scale, Scale::Logarithmic);
    let frame = text(&state, (100, 30), Depth::Indexed);
    assert!(frame.contains("log, 3 at or below 0 not shown"), "{frame}");
}
