//! A frame: the tabs above, the screen, the keys below, and what is laid over it.

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use unicode_width::UnicodeWidthStr as _;

use super::pen::Pen;
use super::theme::{Theme, ascii};
use super::view::View;
use super::{confirm, dissect, export, form, gpu, help, images, log, metrics, models, runs};
use crate::dashboard::graphics::Graphics;
use crate::dashboard::state::{Daemon, Overlay, Screen, State, Tone};

/// Draws the state. Calling it twice gives the same frame.
pub fn frame(state: &State, theme: &Theme, graphics: &Graphics, frame: &mut Frame<'_>) {
    let buffer = frame.buffer_mut();
    draw(&View { state, theme, graphics }, buffer);
    if theme.is_ascii() {
        ascii::translate(buffer);
    }
}

fn draw(view: &View<'_>, buffer: &mut Buffer) {
    let whole = buffer.area;
    let rows = |y: u16, height: u16| Rect { y: whole.y + y, height, ..whole };
    // With three rows or fewer the tabs go first: the keys say more.
    let head = u16::from(whole.height > 3);
    let foot = u16::from(whole.height > 1);
    let body = rows(head, whole.height.saturating_sub(head + foot));
    if head == 1 {
        tabs(view, &mut Pen::new(buffer, rows(0, 1)));
    }
    match view.state.screen {
        Screen::Runs => runs::draw(view, body, buffer),
        Screen::Metrics => metrics::draw(view, body, buffer),
        Screen::Models => models::draw(view, body, buffer),
        Screen::Dissect => dissect::draw(view, body, buffer),
        Screen::Images => images::draw(view, body, buffer),
        Screen::Gpu => gpu::draw(view, body, buffer),
        Screen::Log => log::draw(view, body, buffer),
    }
    match &view.state.overlay {
        Some(Overlay::Help { first }) => help::draw(view, *first, body, buffer),
        Some(Overlay::Form(shown)) => form::draw(view, shown, body, buffer),
        Some(Overlay::Confirm { question, details, .. }) => {
            confirm::draw(view, question, details, body, buffer)
        }
        Some(Overlay::Export) => export::draw(view, body, buffer),
        Some(Overlay::Filter { .. }) | None => {}
    }
    if foot == 1 {
        footer(view, &mut Pen::new(buffer, rows(whole.height - 1, 1)));
    }
}

fn tabs(view: &View<'_>, pen: &mut Pen<'_>) {
    let theme = view.theme;
    let (glyph, words, style) = match &view.state.daemon {
        Daemon::Unknown => ("◌", "dissectd".to_owned(), theme.faint()),
        Daemon::Up { version } => ("●", format!("dissectd {version}"), theme.good()),
        Daemon::Down(_) => ("✗", "no dissectd".to_owned(), theme.warning()),
    };
    let mut x = if pen.width() >= 70 { pen.put(1, 0, "dissect", theme.accent()) + 2 } else { 0 };
    for (number, screen) in Screen::ALL.into_iter().enumerate() {
        let front = screen == view.state.screen;
        let (of_number, of_title) = match front {
            true => (theme.accent(), theme.accent()),
            false => (theme.faint(), theme.text()),
        };
        // Without room for every word, the screens behind are numbers.
        let title = if front || pen.width() >= 64 { screen.title() } else { "" };
        x = pen.put(x, 0, &format!("{}", number + 1), of_number);
        x = pen.put(x, 0, if title.is_empty() { " " } else { title }, of_title) + 1;
    }
    let room = pen.width().saturating_sub(x + 1);
    let daemon = format!("{glyph} {words}");
    let home = view.state.home.as_str();
    let full = format!("{home}  {daemon}");
    if (full.width() as u16) < room {
        let at = pen.width() - full.width() as u16 - 1;
        let at = pen.put(at, 0, home, theme.faint());
        pen.put(at + 2, 0, &daemon, style);
    } else if (daemon.width() as u16) < room + 1 {
        let at = pen.width() - daemon.width() as u16 - 1;
        pen.put(at, 0, &daemon, style);
    } else if room >= 1 {
        let at = pen.width() - 2;
        pen.put(at, 0, glyph, style);
    }
}

fn footer(view: &View<'_>, pen: &mut Pen<'_>) {
    let theme = view.theme;
    let state = view.state;
    let mut x = 1;
    if let Some(Overlay::Filter { .. }) = state.overlay {
        let filter = match state.screen {
            Screen::Models => &state.models.filter,
            Screen::Metrics => &state.charts.filter,
            _ => &state.filter,
        };
        x = pen.pieces(x, 0, [("/", theme.key()), (filter, theme.text()), ("█ ", theme.accent())]) + 1;
        pen.pieces(
            x,
            0,
            [
                ("enter", theme.key()),
                (" keep  ", theme.faint()),
                ("esc", theme.key()),
                (" drop", theme.faint()),
            ],
        );
        return;
    }
    let keys: &[(&str, &str)] = match &state.overlay {
        Some(Overlay::Form(_)) => &form::KEYS,
        Some(Overlay::Confirm { .. }) => &[("y", "yes"), ("n", "no")],
        Some(Overlay::Help { .. }) => &[("j k", "scroll"), ("esc", "close"), ("q", "quit")],
        Some(Overlay::Export) => &[("s p c j", "write"), ("esc", "close")],
        Some(Overlay::Filter { .. }) | None => &[],
    };
    // What is laid over the screen has the keys, so the screen's own would mislead.
    if !keys.is_empty() {
        for (key, what) in keys {
            let pieces = [(*key, theme.key()), (" ", theme.faint()), (*what, theme.faint())];
            x = pen.pieces(x, 0, pieces) + 2;
        }
        return;
    }
    if let Some(notice) = &state.notice {
        let (glyph, style) = match notice.tone {
            Tone::Busy => ("◌ ", theme.live()),
            Tone::Good => ("✓ ", theme.good()),
            Tone::Bad => ("✗ ", theme.bad()),
        };
        let x = pen.put(x, 0, glyph, style);
        let room = pen.width().saturating_sub(x + 1);
        pen.cell(x, 0, room, &notice.text, style);
        return;
    }
    for bound in state.keymap.bindings(state.screen).filter(|bound| !bound.binding.footer.is_empty()) {
        let (binding, shown) = (bound.binding, bound.shown());
        if !state.offers(binding.action) {
            continue;
        }
        // The help key must always be in sight.
        let size = (shown.width() + binding.footer.width() + 3) as u16;
        let reserved = if ["help", "quit"].contains(&binding.footer) { 0 } else { 16 };
        if x + size + reserved > pen.width() + 2 {
            continue;
        }
        x = pen.pieces(
            x,
            0,
            [(shown.as_str(), theme.key()), (" ", theme.faint()), (binding.footer, theme.faint())],
        ) + 2;
    }
}
