//! A key, and how it is written.

use std::fmt;

/// A key as the dashboard tells them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Key {
    /// A character, shifted or not.
    Char(char),
    /// A character with control.
    Control(char),
    /// Arrow up.
    Up,
    /// Arrow down.
    Down,
    /// Arrow left.
    Left,
    /// Arrow right.
    Right,
    /// A page up.
    PageUp,
    /// A page down.
    PageDown,
    /// To the beginning.
    Home,
    /// To the end.
    End,
    /// Enter.
    Enter,
    /// Escape.
    Escape,
    /// Tab.
    Tab,
    /// Shift and tab.
    BackTab,
    /// Delete backwards.
    Backspace,
    /// Delete forwards.
    Delete,
}

impl fmt::Display for Key {
    /// `j`, `space`, `ctrl-z`, `pgdn`, `↓`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Self::Char(' ') => "space",
            Self::Char(c) => return write!(f, "{c}"),
            Self::Control(c) => return write!(f, "ctrl-{c}"),
            Self::Up => "↑",
            Self::Down => "↓",
            Self::Left => "←",
            Self::Right => "→",
            Self::PageUp => "pgup",
            Self::PageDown => "pgdn",
            Self::Home => "home",
            Self::End => "end",
            Self::Enter => "enter",
            Self::Escape => "esc",
            Self::Tab => "tab",
            Self::BackTab => "shift-tab",
            Self::Backspace => "backspace",
            Self::Delete => "del",
        };
        f.write_str(name)
    }
}

impl Key {
    /// As messages say it.
    pub const EXPECTED: &'static str = "a character, ctrl-a to ctrl-z, space, enter, esc, tab, shift-tab, backspace, \
                                        del, up, down, left, right, pgup, pgdn, home or end";

    /// As people write it: arrows by their names.
    pub fn name(&self) -> String {
        match self {
            Self::Up => "up".to_owned(),
            Self::Down => "down".to_owned(),
            Self::Left => "left".to_owned(),
            Self::Right => "right".to_owned(),
            key => key.to_string(),
        }
    }

    /// As people write it, and as it is shown.
    pub fn parse(text: &str) -> Option<Self> {
        let mut characters = text.chars();
        if let (Some(c), None) = (characters.next(), characters.next()) {
            return match c {
                '↑' => Some(Self::Up),
                '↓' => Some(Self::Down),
                '←' => Some(Self::Left),
                '→' => Some(Self::Right),
                c if c.is_control() => None,
                c => Some(Self::Char(c)),
            };
        }
        if let Some(letter) = text.strip_prefix("ctrl-") {
            let mut letters = letter.chars().filter(char::is_ascii_lowercase);
            return letters.next().filter(|_| letter.len() == 1).map(Self::Control);
        }
        Some(match text {
            "space" => Self::Char(' '),
            "up" => Self::Up,
            "down" => Self::Down,
            "left" => Self::Left,
            "right" => Self::Right,
            "pgup" => Self::PageUp,
            "pgdn" => Self::PageDown,
            "home" => Self::Home,
            "end" => Self::End,
            "enter" => Self::Enter,
            "esc" => Self::Escape,
            "tab" => Self::Tab,
            "shift-tab" => Self::BackTab,
            "backspace" => Self::Backspace,
            "del" => Self::Delete,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_as_they_are_shown() {
        for key in [
            Key::Char('j'),
            Key::Char(' '),
            Key::Char('é'),
            Key::Control('z'),
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
        ] {
            assert_eq!(Key::parse(&key.to_string()), Some(key));
            assert_eq!(Key::parse(&key.name()), Some(key));
        }
        for wrong in ["", "ctrl-", "ctrl-é", "ctrl-zz", "Enter", "f1", "\u{7}"] {
            assert_eq!(Key::parse(wrong), None, "{wrong}");
        }
    }
}
