//! A picture of the dashboard without a terminal: a home is read, keys are pressed, and the frame becomes an SVG.

use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use dissect_runs::clock;
use dissect_runs::home::Home;
use ratatui::Terminal;
use ratatui::backend::TestBackend;

use super::draw::{self, Theme};
use super::feed::{Events, Feed};
use super::graphics::Graphics;
use super::state::{Effect, Event, Key, State};
use super::svg;

/// How long the sources must be silent to count as read.
const SILENCE: Duration = Duration::from_millis(700);

/// How long they may speak at most: a live run never falls silent.
const PATIENCE: Duration = Duration::from_secs(5);

/// Draws the dashboard of a home at a size in cells, after pressing keys: characters as they are, others as `<enter>`,
/// `<tab>`, `<esc>`, `<up>`, `<down>`, `<left>`, `<right>`.
pub fn picture(home: &Home, size: (u16, u16), keys: &str, theme: &Theme) -> anyhow::Result<String> {
    let (events, queue) = Events::channel(1024);
    let feed = Feed::start(home, &events);
    let mut state = State::new(home.root(), clock::now());
    state.width = size.0;
    settle(&mut state, &feed, &queue);
    for key in parse(keys)? {
        perform(&mut state, &feed, Event::Key(key));
        settle(&mut state, &feed, &queue);
    }
    let graphics = Graphics::half_blocks();
    let mut terminal = Terminal::new(TestBackend::new(size.0, size.1)).context("no frame of this size")?;
    terminal
        .draw(|frame| draw::frame(&state, theme, &graphics, frame))
        .context("the frame cannot be drawn")?;
    Ok(svg::svg(terminal.backend().buffer()))
}

fn settle(state: &mut State, feed: &Feed, queue: &Receiver<Event>) {
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        match queue.recv_timeout(SILENCE) {
            Ok(event) => perform(state, feed, event),
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return,
        }
    }
}

fn perform(state: &mut State, feed: &Feed, event: Event) {
    let mut waiting = vec![event];
    while let Some(event) = waiting.pop() {
        for effect in state.update(event) {
            waiting.extend(match effect {
                Effect::FollowLog(id) => feed.follow_log(id),
                Effect::Load(path) => feed.load(path),
                _ => None,
            });
        }
    }
}

fn parse(text: &str) -> anyhow::Result<Vec<Key>> {
    let mut keys = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let named = rest.strip_prefix('<').and_then(|rest| rest.split_once('>'));
        let (key, after) = match named {
            Some((name, after)) => {
                let key = match name {
                    "enter" => Key::Enter,
                    "tab" => Key::Tab,
                    "esc" => Key::Escape,
                    "up" => Key::Up,
                    "down" => Key::Down,
                    "left" => Key::Left,
                    "right" => Key::Right,
                    _ => bail!(
                        "found key <{name}>, expected <enter>, <tab>, <esc>, <up>, <down>, <left> or <right>"
                    ),
                };
                (key, after)
            }
            None => (Key::Char(c), &rest[c.len_utf8()..]),
        };
        keys.push(key);
        rest = after;
    }
    Ok(keys)
}
