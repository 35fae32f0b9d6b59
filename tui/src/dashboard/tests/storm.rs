//! Thousands of random keys, events and sizes: whatever comes, a frame can be drawn.

use std::sync::Arc;

use dissect_runs::records::{Event as RunEvent, Happening, Record};
use image::RgbImage;
use rand::seq::IndexedRandom as _;
use rand::{Rng as _, RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::world::{NOW, World, buffer, gpu, machine};
use crate::dashboard::draw::{Depth, Ground, Theme};
use crate::dashboard::feed::once;
use crate::dashboard::picture::perform;
use crate::dashboard::state::{Daemon, Event, Key, Lines, Picture, Report, State};

const STEPS: usize = 3_000;

#[test]
fn whatever_comes_a_frame_can_be_drawn() {
    let world = World::new();
    let folders = once::read(&world.home());
    let mut state = world.state((80, 24), "");
    let mut random = ChaCha8Rng::seed_from_u64(7);
    for step in 0..STEPS {
        let event = event(&state, &folders, &mut random);
        let shown = format!("step {step}: {}", format!("{event:?}").chars().take(200).collect::<String>());
        perform(&mut state, &world.home(), event);
        let large = step % 50 == 0;
        let size = match large {
            true => (random.random_range(0..400), random.random_range(0..120)),
            false => (random.random_range(0..100), random.random_range(0..32)),
        };
        let depth = *[Depth::Rgb, Depth::Indexed, Depth::Sixteen, Depth::Mono].choose(&mut random).unwrap();
        let ground = *[Ground::Dark, Ground::Light, Ground::Unknown].choose(&mut random).unwrap();
        let theme = Theme::on(depth, ground);
        let theme = if random.random() { theme.in_ascii() } else { theme };
        let frame = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| buffer(&state, size, theme)));
        assert!(frame.is_ok(), "no frame of {size:?} after {shown}");
    }
}

fn event(state: &State, folders: &[Event], random: &mut ChaCha8Rng) -> Event {
    let ids: Vec<&String> = state.runs.keys().collect();
    let id = ids.choose(random).map_or("20261123-101599-unknown".to_owned(), |id| (*id).clone());
    match random.random_range(0..100) {
        0..60 => Event::Key(key(random)),
        60..64 => Event::Paste(text(random)),
        64..68 => Event::Resize { width: random.random_range(0..400) },
        68..71 => Event::Tick(NOW + random.random_range(-1e4..1e6)),
        71..79 => folders.choose(random).cloned().unwrap_or(Event::Listed),
        79..84 => {
            Event::Records { id, records: (0..random.random_range(0..40)).map(|_| record(random)).collect() }
        }
        84..87 => {
            let what = [
                Happening::Started,
                Happening::Warning { message: text(random) },
                Happening::Stage { name: text(random) },
            ];
            let what = what.choose(random).unwrap().clone();
            Event::Events { id, events: vec![RunEvent { time: number(random), what }] }
        }
        87..89 => Event::Restarted {
            id,
            lines: *[Lines::Metrics, Lines::Events, Lines::Log].choose(random).unwrap(),
        },
        89..91 => Event::Log { id, text: text(random) + "\n" },
        91 => Event::Gone(id),
        92 => Event::Report {
            id,
            report: Report::parse(
                r#"{"f1":"a","pairs":[{"f2":"b","dist":null},{"f2":"c","dist":1e300,"std":1e300}]}"#,
            ),
        },
        93 => Event::Pictures { id, files: vec![Picture { epoch: None, path: "patterns.png".into() }] },
        94 => {
            let size = (random.random_range(0..40), random.random_range(0..40));
            Event::Loaded { path: "patterns.png".into(), image: Ok(Arc::new(RgbImage::new(size.0, size.1))) }
        }
        95 => Event::Daemon(Daemon::Down(text(random))),
        96 => Event::Models(Vec::new()),
        97 => Event::Trouble(text(random)),
        _ => {
            let gpus: Vec<_> =
                (0..random.random_range(0..9)).map(|index| gpu(index, random.random())).collect();
            machine(&gpus).swap_remove(random.random_range(0..3))
        }
    }
}

fn key(random: &mut ChaCha8Rng) -> Key {
    const OTHERS: [Key; 15] = [
        Key::Up,
        Key::Down,
        Key::Left,
        Key::Right,
        Key::PageUp,
        Key::PageDown,
        Key::Home,
        Key::End,
        Key::Enter,
        Key::Escape,
        Key::Tab,
        Key::BackTab,
        Key::Backspace,
        Key::Delete,
        Key::Control('u'),
    ];
    // The keys that mean something, and now and then any character.
    const MEANT: &str = "1234567trncxdu sLXhjklgGo/?yn[]{}+-0()vv*aEeSsx";
    match random.random_range(0..10) {
        0..4 => *OTHERS.choose(random).unwrap(),
        4 => Key::Char(char::from_u32(random.random_range(0x20..0x3000)).unwrap_or('漢')),
        _ => Key::Char(MEANT.chars().nth(random.random_range(0..MEANT.len())).unwrap()),
    }
}

fn record(random: &mut ChaCha8Rng) -> Record {
    const NAMES: [&str; 6] =
        ["loss", "train_loss", "train_accuracy", "d_loss", "activation", "something_new"];
    let step = random.next_u64() % 10_000;
    let record = if random.random() {
        Record::step(step).in_epoch(random.random_range(0..50))
    } else {
        Record::epoch(random.random_range(0..50), step)
    };
    let record = record.with(*NAMES.choose(random).unwrap(), number(random)).with_dist("b", number(random));
    Record { time: number(random), ..record }
}

fn number(random: &mut ChaCha8Rng) -> f64 {
    let odd =
        [0.0, -0.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MAX, f64::MIN_POSITIVE, -1e300, 1e-320];
    if random.random_range(0..4) == 0 { *odd.choose(random).unwrap() } else { random.random_range(-3.0..3.0) }
}

fn text(random: &mut ChaCha8Rng) -> String {
    const PARTS: [&str; 9] = [
        "plain words ",
        "漢字",
        "\u{1b}[2J",
        "\u{202e}",
        "a\tb",
        "\r",
        "e\u{301}",
        "👩‍👩‍👧",
        "long/path/without/a/space/",
    ];
    (0..random.random_range(0..12)).map(|_| *PARTS.choose(random).unwrap()).collect()
}
