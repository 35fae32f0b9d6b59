//! The dissection screen at every level, of reports that are whole and of reports that are anything but.

use std::fs;

use super::pairs::{OTHER, PAIRS, dissect_pairs};
use super::world::{World, buffer, text};
use crate::dashboard::draw::Depth;
use crate::dashboard::state::{Event, Key, Level, Screen, State};

const SIZES: [(u16, u16); 5] = [(40, 10), (80, 24), (120, 40), (160, 50), (200, 60)];

fn on(world: &World, id: &str, size: (u16, u16), keys: &str) -> State {
    let mut state = world.state(size, "");
    state.cursor.put_on(id);
    world.press(&mut state, keys);
    state
}

#[test]
fn every_level_of_a_dissection() {
    let world = World::new();
    dissect_pairs(&world);
    for (name, keys) in [
        ("bars", "<enter><enter>j"),
        ("matrix", "<enter><enter>jv"),
        ("classes", "<enter><enter>j<enter>j"),
        ("starts", "<enter><enter>j<enter>j<enter>j"),
        ("starts-sorted", "<enter><enter>j<enter>j<enter>o"),
        ("start", "<enter><enter><enter><enter>j<enter>"),
        ("start-without-neighbours", "<enter><enter>j<enter><enter><enter>"),
        ("compared", "<enter>  "),
    ] {
        for size in SIZES {
            let shown = text(&on(&world, PAIRS, size, keys), size, Depth::Indexed);
            insta::assert_snapshot!(format!("dissect-{name}-{}x{}", size.0, size.1), shown);
        }
    }
}

#[test]
fn keys_lead_in_and_out_again() {
    let world = World::new();
    dissect_pairs(&world);
    let mut state = on(&world, PAIRS, (120, 40), "<enter>");
    assert_eq!((state.screen, state.dissect.level), (Screen::Dissect, Level::Runs));
    for (keys, level, [pair, class, start]) in [
        ("<enter>", Level::Pairs, [0, 0, 0]),
        ("jj", Level::Pairs, [2, 0, 0]),
        ("l", Level::Pairs, [3, 0, 0]),
        ("<enter>", Level::Classes, [3, 0, 0]),
        ("j", Level::Classes, [3, 1, 0]),
        ("h", Level::Classes, [2, 1, 0]),
        ("<enter>", Level::Starts, [2, 1, 0]),
        ("jj", Level::Starts, [2, 1, 2]),
        ("l", Level::Starts, [2, 2, 2]),
        ("<enter>", Level::Start, [2, 2, 2]),
        ("<enter>jjjjjj", Level::Start, [2, 2, 4]),
        ("<esc><esc><esc>", Level::Pairs, [2, 2, 4]),
        ("<tab><tab>", Level::Runs, [2, 2, 4]),
    ] {
        world.press(&mut state, keys);
        let at = state.dissect;
        assert_eq!((at.level, [at.pair, at.class, at.start]), (level, [pair, class, start]), "after {keys}");
    }
    world.press(&mut state, "<esc>");
    assert_eq!(state.screen, Screen::Runs);
}

#[test]
fn starts_are_sorted_by_what_was_measured() {
    let world = World::new();
    dissect_pairs(&world);
    let state = on(&world, PAIRS, (120, 40), "<enter><enter><enter><enter>");
    assert_eq!(state.starts(), [0, 1, 2, 3, 4]);
    let state = on(&world, PAIRS, (120, 40), "<enter><enter><enter><enter>o");
    assert_eq!(state.starts(), [4, 3, 2, 1, 0], "f1 is surer of later starts");
    let Some(Ok(answers)) = state.class_answers() else { panic!("no answers") };
    use crate::dashboard::state::When::{After, Before};
    assert_eq!(answers.distance(After, 0, 3), Some(0.0), "a model is at no distance from itself");
    assert!(answers.distance(After, 1, 3) > answers.distance(After, 1, 2));
    let shares = answers.probabilities(Before, 0, 0).unwrap();
    assert!((shares.iter().sum::<f32>() - 1.0).abs() < 1e-6);
    assert_eq!((answers.distance(After, 3, 0), answers.probabilities(After, 0, 5)), (None, None));
}

#[test]
fn two_marked_dissections_are_compared() {
    let world = World::new();
    dissect_pairs(&world);
    let mut state = on(&world, PAIRS, (120, 40), "<enter> ");
    assert!(state.compared().is_none());
    state.dissection.put_on(OTHER);
    world.press(&mut state, " ");
    assert_eq!(
        state.compared().map(|two| two.map(|run| run.id.clone())),
        Some([PAIRS, OTHER].map(str::to_owned))
    );
    world.press(&mut state, "u");
    assert!(state.compared().is_none());
}

/// Whatever lies in a results folder, every level of it can be drawn.
#[test]
fn broken_results_are_said_and_harm_nothing() {
    let world = World::new();
    dissect_pairs(&world);
    let results = world.home().runs().join(PAIRS).join("results");
    let shape = |shape: &str, bytes: usize| {
        let header = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}\n");
        let mut file = b"\x93NUMPY\x01\x00".to_vec();
        file.extend((header.len() as u16).to_le_bytes());
        file.extend(header.as_bytes());
        file.extend(vec![0xff; bytes]);
        file
    };
    let many: Vec<_> = (0..1000)
        .map(|class| serde_json::json!({"class": class, "name": null, "mean": null, "std": 1e300}))
        .collect();
    let many = serde_json::json!({
        "f1": "a", "models": [{"name": "a"}, {"name": "b"}], "matrix": {"models": ["a", "b"], "dist": [[null], []]},
        "pairs": [{"f2": "b", "dist": 1e300, "std": 1e300, "variance": -1.0, "per_class": many}],
    });
    let whole = fs::read(results.join("report.json")).unwrap();
    let cases: Vec<(&str, Option<Vec<u8>>)> = vec![
        ("answers.npy", None),
        ("answers.npy", Some(b"no array".to_vec())),
        ("answers.npy", Some(shape("(2, 3, 3, 5, 3)", 10))),
        ("answers.npy", Some(shape("(2, 3, 3, 5, 3)", 1080))),
        ("answers.npy", Some(shape("(2, 18446744073709551615, 3, 5, 3)", 10))),
        ("answers.npy", Some(shape("(2, 1, 18446744073709551615, 18446744073709551615, 1)", 10))),
        ("answers.npy", Some(shape("(2, 3)", 24))),
        ("answers.npy", Some(shape("(2, 1, 1, 1, 1)", 8))),
        ("before.npy", None),
        ("before.npy", Some(shape("(1, 5, 3, 0, 8)", 0))),
        ("before.npy", Some(shape("(1, 5, 1, 99999, 99999)", 0))),
        ("before.npy", Some(shape("(1, 5, 1, 1, 3000)", 60_000))),
        ("patterns.npy", Some(shape("(18446744073709551615, 18446744073709551615, 3, 8, 8)", 64))),
        ("nearest.json", None),
        (
            "nearest.json",
            Some(br#"{"classes":[],"nearest":[[[{"distance":null,"label":9,"truth":8}]]]}"#.to_vec()),
        ),
        (
            "nearest.json",
            Some(br#"{"classes":[],"nearest":[[[{"distance":1e300,"label":9,"truth":8}]]]}"#.to_vec()),
        ),
        ("nearest.npy", None),
        ("nearest.npy", Some(shape("(3, 2, 3, 3, 8, 8)", 10))),
        ("report.json", Some(br#"{"f1":"a","pairs":[]}"#.to_vec())),
        ("report.json", Some(br#"{"f1":"a","pairs":[{"f2":"b","dist":null}]}"#.to_vec())),
        ("report.json", Some(many.to_string().into_bytes())),
        ("report.json", Some(br#"{"f1":"a","pairs":[{"f2":"b","dist":NaN}]}"#.to_vec())),
        ("report.json", Some(whole.iter().map(|byte| if *byte == b'5' { b'9' } else { *byte }).collect())),
    ];
    for (name, bytes) in cases {
        let path = results.join(name);
        let before = fs::read(&path).unwrap();
        match &bytes {
            Some(bytes) => fs::write(&path, bytes).unwrap(),
            None => fs::remove_file(&path).unwrap(),
        }
        let mut state = on(&world, PAIRS, (120, 40), "<enter>");
        for key in "vv<enter><enter><enter>joj<enter>jlh<esc>ljo<esc><esc><esc>  ".split_inclusive('>') {
            world.press(&mut state, key);
            for size in [(1, 1), (17, 5), (40, 10), (100, 30), (200, 60)] {
                buffer(&state, size, Depth::Indexed);
            }
        }
        fs::write(&path, before).unwrap();
    }
    let mut state = on(&world, PAIRS, (120, 40), "<enter><enter><enter><enter>");
    state.update(Event::Gone(PAIRS.to_owned()));
    state.update(Event::Key(Key::Enter));
    buffer(&state, (80, 24), Depth::Mono);
}
