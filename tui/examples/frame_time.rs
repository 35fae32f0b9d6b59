//! How long frames of the metrics screen take: a chart of 1,000,000 points, nine charts of them, a key, a record more.
//!
//! usage: `cargo run --release -p dissect --example frame_time [POINTS]`; milliseconds, median and slowest of 50.

use std::path::Path;
use std::time::Instant;

use anyhow::Context as _;
use dissect::dashboard::draw::{self, Depth, Theme};
use dissect::dashboard::graphics::Graphics;
use dissect::dashboard::state::{Event, Key, RunSeen, Screen, State};
use dissect_runs::records::Record;
use dissect_runs::spec::Spec;
use dissect_runs::state::State as RunState;
use ratatui::Terminal;
use ratatui::backend::TestBackend;

const ID: &str = "20261123-101502-long";
const METRICS: [&str; 9] = ["loss", "a", "b", "c", "d", "e", "f", "g", "h"];
const SIZE: (u16, u16) = (200, 60);

fn main() -> anyhow::Result<()> {
    let points = match std::env::args().nth(1) {
        Some(text) => text.parse().context("usage: frame_time [POINTS]")?,
        None => 1_000_000,
    };
    let mut state = opened(points)?;
    println!(
        "{points} points of {} metrics, {} x {} cells; ms, median and slowest of 50",
        METRICS.len(),
        SIZE.0,
        SIZE.1
    );
    let terminal = &mut Terminal::new(TestBackend::new(SIZE.0, SIZE.1))?;
    let mut full = state.clone();
    full.update(Event::Key(Key::Enter));
    measure("frame, one chart", terminal, &mut full, |_, _| ())?;
    measure("frame, nine charts", terminal, &mut state, |_, _| ())?;
    measure("key ] to frame, one chart", terminal, &mut full, |state, _| key(state, ']'))?;
    measure("key ] to frame, nine charts", terminal, &mut state, |state, _| key(state, ']'))?;
    measure("key + or 0 to frame, nine charts", terminal, &mut state, |state, nth| {
        key(state, if nth % 8 == 7 { '0' } else { '+' });
    })?;
    key(&mut full, 's');
    measure("frame, one chart, smoothed", terminal, &mut full, |_, _| ())?;
    measure("key s or S to frame, one chart", terminal, &mut full, |state, nth| {
        key(state, if nth % 2 == 0 { 's' } else { 'S' });
    })?;
    measure("one record more to frame, one chart, smoothed", terminal, &mut full, |state, nth| {
        let records = vec![record(points + nth)];
        state.update(Event::Records { id: ID.to_owned(), records });
    })?;
    key(&mut state, 's');
    measure("frame, nine charts, smoothed", terminal, &mut state, |_, _| ())?;
    measure("one record more to frame, nine charts, smoothed", terminal, &mut state, |state, nth| {
        let records = vec![record(points + nth)];
        state.update(Event::Records { id: ID.to_owned(), records });
    })
}

fn key(state: &mut State, c: char) {
    state.update(Event::Key(Key::Char(c)));
}

fn record(step: usize) -> Record {
    let x = step as f64;
    let value = |nth: usize| (x / 9e4 + nth as f64).sin() + ((step * 7_919 + nth) % 1_000) as f64 / 2_000.0;
    let record = Record::step(step as u64).in_epoch(1 + (step / 1_000) as u32);
    let record =
        METRICS.iter().enumerate().fold(record, |record, (nth, name)| record.with(*name, value(nth)));
    Record { time: 1.8e9 + x / 10.0, ..record }
}

fn opened(points: usize) -> anyhow::Result<State> {
    let mut state = State::new(Path::new("/home"), 1.8e9);
    state.update(Event::Resize { width: SIZE.0 });
    let spec = "kind = \"train\"\nname = \"long\"\n[data]\ndataset = \"shapes\"\n";
    let spec = Spec::parse(spec).map_err(|error| error.to_string());
    let run_state = Ok(RunState::Finished { started: 1.8e9, ended: 1.9e9 });
    let seen = RunSeen { id: ID.to_owned(), spec, state: run_state, allowance: None };
    state.update(Event::Run(seen));
    for from in (0..points).step_by(10_000) {
        let records = (from..points.min(from + 10_000)).map(record).collect();
        state.update(Event::Records { id: ID.to_owned(), records });
    }
    state.update(Event::Listed);
    state.screen = Screen::Metrics;
    Ok(state)
}

fn measure(
    name: &str,
    terminal: &mut Terminal<TestBackend>,
    state: &mut State,
    mut before: impl FnMut(&mut State, usize),
) -> anyhow::Result<()> {
    let (theme, graphics) = (Theme::new(Depth::Indexed), Graphics::half_blocks());
    let mut times = Vec::new();
    for nth in 0..50 {
        let begin = Instant::now();
        before(state, nth);
        terminal.draw(|frame| draw::frame(state, &theme, &graphics, frame))?;
        times.push(begin.elapsed().as_secs_f64() * 1e3);
    }
    times.sort_by(f64::total_cmp);
    println!("{name:50} {:7.2} {:7.2}", times[25], times[49]);
    Ok(())
}
