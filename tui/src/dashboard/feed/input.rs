//! Keys, pastes, sizes and signals, as events.

use crossterm::event::{self, KeyCode, KeyEventKind, KeyModifiers};
use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use super::spawn::{Events, spawn};
use crate::dashboard::state::{Event, Key};

/// Reads the terminal until it is gone.
pub(crate) fn read_keys(events: &Events) {
    spawn("key", events, |events| {
        loop {
            let event = match event::read() {
                Ok(event::Event::Key(key)) if key.kind != KeyEventKind::Release => {
                    match translate(key.code, key.modifiers) {
                        Some(key) => Event::Key(key),
                        None => continue,
                    }
                }
                Ok(event::Event::Paste(text)) => Event::Paste(text),
                Ok(event::Event::Resize(width, _)) => Event::Resize { width },
                Ok(_) => continue,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(_) => Event::Terminated,
            };
            let last = matches!(event, Event::Terminated);
            if events.send(event).is_err() || last {
                return;
            }
        }
    });
}

/// Waits for the signals that a terminal program has to answer.
pub(crate) fn watch_signals(events: &Events) {
    spawn("signal", events, |events| {
        let mut signals = match Signals::new([SIGTERM, SIGHUP, SIGINT, SIGCONT]) {
            Ok(signals) => signals,
            Err(error) => {
                tracing::error!(%error, "signals are not answered");
                return;
            }
        };
        for signal in signals.forever() {
            let event = if signal == SIGCONT { Event::Continued } else { Event::Terminated };
            if events.send(event).is_err() {
                return;
            }
        }
    });
}

/// Characters that were typed while the terminal was asked about itself.
pub(crate) fn typed_keys(text: &str) -> impl Iterator<Item = Key> {
    text.chars().map(|c| if c == '\r' { Key::Enter } else { Key::Char(c) })
}

fn translate(code: KeyCode, modifiers: KeyModifiers) -> Option<Key> {
    Some(match code {
        KeyCode::Char(c) if modifiers.contains(KeyModifiers::CONTROL) => Key::Control(c.to_ascii_lowercase()),
        KeyCode::Char(_) if modifiers.contains(KeyModifiers::ALT) => return None,
        KeyCode::Char(c) => Key::Char(c),
        KeyCode::Up => Key::Up,
        KeyCode::Down => Key::Down,
        KeyCode::Left => Key::Left,
        KeyCode::Right => Key::Right,
        KeyCode::PageUp => Key::PageUp,
        KeyCode::PageDown => Key::PageDown,
        KeyCode::Home => Key::Home,
        KeyCode::End => Key::End,
        KeyCode::Enter => Key::Enter,
        KeyCode::Esc => Key::Escape,
        KeyCode::Tab => Key::Tab,
        KeyCode::BackTab => Key::BackTab,
        KeyCode::Backspace => Key::Backspace,
        KeyCode::Delete => Key::Delete,
        _ => return None,
    })
}
