//! Snapshots of every screen, of a small terminal and of a large one.

use super::world::{NOW, World, buffer, gpu, machine, opened, text};
use crate::dashboard::draw::{Depth, Theme};
use crate::dashboard::state::machine::{Ecc, Gpu, GpuProcess, Gpus, Slice};
use crate::dashboard::state::{Daemon, Event, Key, RunSeen, State};

const SIZES: [(u16, u16); 2] = [(80, 24), (160, 50)];

fn check(name: &str, frame: impl Fn((u16, u16)) -> State) {
    for size in SIZES {
        let shown = text(&frame(size), size, Depth::Indexed);
        insta::assert_snapshot!(format!("{name}-{}x{}", size.0, size.1), shown);
    }
}

#[test]
fn every_screen() {
    let world = World::new();
    for (name, keys) in [
        ("runs", ""),
        ("runs-marked", "<down><down><down> <down> <up>"),
        ("runs-failed", "<down><down>"),
        ("runs-filtered", "/state:finished<enter>"),
        ("runs-filter-typed", "/gan"),
        ("metrics", "<down><down><down> <down> 2"),
        ("metrics-full", "<down><down><down> <down> 2lsL<enter>"),
        ("metrics-none", "2"),
        ("models", "3 <down> "),
        ("models-marked", "3 j jj "),
        ("models-filtered", "3/final classifier<enter>"),
        ("models-filtered-away", "3/nothing<enter>"),
        ("dissect", "4"),
        ("dissect-classes", "4<tab>"),
        ("images", "5h"),
        ("gpu-none", "6"),
        ("log", "<down><down><down><down>7"),
        ("log-events", "<down><down><down><down>7<tab>k"),
        ("help", "?"),
        ("form", "n"),
        ("form-wrong", "n<down><down><down>-3"),
        ("form-clone", "<down><down><down><down>c"),
        ("form-dissect", "3 j jj d"),
        ("confirm-remove", "<down><down>x"),
        ("confirm-stop", " j<down><down><down> t"),
    ] {
        check(name, |size| world.state(size, keys));
    }
}

#[test]
fn a_home_without_runs_says_what_to_do() {
    check("empty", |size| {
        let mut state = opened(size);
        state.update(Event::Listed);
        state.update(Event::Daemon(Daemon::Down("dissectd does not run here".to_owned())));
        state
    });
}

#[test]
fn a_folder_that_cannot_be_read_is_shown_as_such() {
    check("broken", |size| {
        let mut state = opened(size);
        state.update(Event::Listed);
        let id = "20261123-101502-half".to_owned();
        let spec = Err("/srv/runs/20261123-101502-half/spec.toml: found nothing".to_owned());
        let state_file =
            Err("/srv/runs/20261123-101502-half/state.json: found \"{\", expected a run's state".to_owned());
        state.update(Event::Run(RunSeen { id, spec, state: state_file, allowance: None }));
        state
    });
}

#[test]
fn gpus_show_what_they_report() {
    let world = World::new();
    check("gpu", |size| {
        let mut state = world.state(size, "6");
        for _ in 0..3 {
            for event in machine(&[gpu(0, false), gpu(1, true)]) {
                state.update(event);
            }
        }
        state
    });
}

#[test]
fn a_driver_that_hangs_and_a_gpu_that_is_lost_are_said() {
    let world = World::new();
    let split = Gpu {
        slices: (0..2)
            .map(|index| Slice {
                index,
                memory_used: Some((3 + u64::from(index)) << 30),
                memory_total: Some(20 << 30),
            })
            .collect(),
        processes: Ok(vec![
            GpuProcess {
                pid: 77,
                name: "python3".to_owned(),
                memory: Some(2 << 30),
                slice: Some(1)
            };
            8
        ]),
        busy: None,
        ecc: Ecc::On { corrected: 3, uncorrected: 1 },
        xids: Some(vec![79]),
        ..gpu(0, false)
    };
    let closed = Gpu {
        processes: Err("the current user does not have permission to perform this operation".to_owned()),
        throttled: None,
        ..gpu(1, true)
    };
    let lost = Gpu::unread(2, "device fell off the bus or has otherwise become inacessible".to_owned());
    for (name, gpus, silent) in [
        ("gpu-split", vec![split.clone()], false),
        ("gpu-closed", vec![closed.clone(), lost.clone()], false),
        (
            "gpu-many",
            [vec![split, closed, lost], (3..8).map(|at| gpu(at, at % 2 == 0)).collect()].concat(),
            true,
        ),
    ] {
        check(name, |size| {
            let mut state = world.state(size, "6");
            for event in machine(&gpus) {
                state.update(event);
            }
            if silent {
                state.update(Event::Tick(NOW + 5.0));
                state.update(Event::Gpus(Gpus::Silent));
                state.update(Event::Tick(NOW + 42.0));
            }
            state
        });
    }
    check("gpu-silent", |size| {
        let mut state = opened(size);
        state.update(Event::Listed);
        state.update(Event::Key(Key::Char('6')));
        state.update(Event::Gpus(Gpus::Silent));
        state.update(Event::Tick(NOW + 42.0));
        state
    });
}

#[test]
fn without_colours_there_are_none() {
    let world = World::new();
    for keys in ["", "2", "3", "4", "5", "6", "7", "?", "n"] {
        let state = world.state((100, 30), keys);
        let buffer = buffer(&state, (100, 30), Depth::Mono);
        for cell in buffer.content() {
            let colours = (cell.fg, cell.bg);
            assert_eq!(
                colours,
                (ratatui::style::Color::Reset, ratatui::style::Color::Reset),
                "after {keys:?}"
            );
        }
    }
}

/// Whatever is on a screen: the names that are not ASCII included.
#[test]
fn in_ascii_everything_is() {
    let world = World::new();
    let theme = Theme::new(Depth::Indexed).in_ascii();
    for keys in ["", "<down><down><down> <down> ", "2", "3", "4", "5", "6", "7", "?", "n", "/", "x"] {
        for size in SIZES {
            let state = world.state(size, keys);
            let frame = text(&state, size, theme);
            let found = frame.chars().find(|c| !c.is_ascii());
            assert_eq!(found, None, "after {keys:?}:\n{frame}");
        }
    }
    for (name, keys) in
        [("runs", "<down><down><down> <down> "), ("metrics", "<down><down><down> <down> 2"), ("gpu", "6")]
    {
        let state = world.state(SIZES[0], keys);
        insta::assert_snapshot!(format!("ascii-{name}-80x24"), text(&state, SIZES[0], theme));
    }
}

#[test]
fn drawing_twice_gives_the_same_frame() {
    let world = World::new();
    for keys in ["", "2", "3", "4", "5", "7"] {
        let state = world.state((120, 40), keys);
        let draw = || buffer(&state, (120, 40), Depth::Indexed);
        assert_eq!(draw(), draw(), "after {keys:?}");
    }
}
