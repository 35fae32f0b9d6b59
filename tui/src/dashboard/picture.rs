//! A picture of the dashboard without a terminal: a home is read, keys are pressed, and the frame becomes an SVG.

use anyhow::{Context as _, bail};
use dissect_runs::clock;
use dissect_runs::home::Home;
use ratatui::Terminal;
use ratatui::backend::TestBackend;

use super::draw::{self, Theme};
use super::feed::once;
use super::graphics::Graphics;
use super::state::{Event, Key, State};
use super::svg;

/// Draws the dashboard of a home at a size in cells, after pressing keys: characters as they are, others as `<enter>`,
/// `<tab>`, `<esc>`, `<up>`, `<down>`, `<left>`, `<right>`.
pub fn picture(home: &Home, size: (u16, u16), keys: &str, theme: &Theme) -> anyhow::Result<String> {
    let mut state = State::new(home.root(), clock::now());
    let keys = parse(keys)?.into_iter().map(Event::Key);
    let seen = once::read(home).into_iter().chain(once::machine(home));
    for event in std::iter::once(Event::Resize { width: size.0 }).chain(seen).chain(keys) {
        perform(&mut state, home, event);
    }
    of(&state, size, theme)
}

/// The frame of a state as an SVG.
pub(super) fn of(state: &State, size: (u16, u16), theme: &Theme) -> anyhow::Result<String> {
    let graphics = Graphics::half_blocks();
    let mut terminal = Terminal::new(TestBackend::new(size.0, size.1)).context("no frame of this size")?;
    terminal
        .draw(|frame| draw::frame(state, theme, &graphics, frame))
        .context("the frame cannot be drawn")?;
    Ok(svg::svg(terminal.backend().buffer()))
}

/// Takes in an event, and whatever comes of it is read at once. Nothing is asked of the daemon.
pub(super) fn perform(state: &mut State, home: &Home, event: Event) {
    let mut waiting = vec![event];
    while let Some(event) = waiting.pop() {
        waiting.extend(state.update(event).into_iter().filter_map(|effect| once::answer(home, effect)));
    }
}

pub(super) fn parse(text: &str) -> anyhow::Result<Vec<Key>> {
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
