//! What the terminal says of itself through the environment.

use std::env;

use super::colour::{Depth, Ground};

/// What the terminal and the environment say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terminal {
    /// How many colours it shows.
    pub depth: Depth,
    /// Whether `NO_COLOR` is set.
    pub no_color: bool,
    /// What they stand on.
    pub ground: Ground,
    /// Whether the locale names an encoding that is not UTF-8.
    pub only_ascii: bool,
}

impl Terminal {
    /// As far as the environment says it: `TERM`, `COLORTERM`, `NO_COLOR`, `COLORFGBG` and the locale.
    pub fn from_environment() -> Self {
        Self::from(|name| env::var(name).ok().filter(|value| !value.is_empty()))
    }

    fn from(variable: impl Fn(&str) -> Option<String>) -> Self {
        let term = variable("TERM").unwrap_or_default();
        let colorterm = variable("COLORTERM");
        let rgb = colorterm.as_ref().is_some_and(|value| value == "truecolor" || value == "24bit");
        let depth = if term == "dumb" {
            Depth::Mono
        } else if rgb || term.contains("direct") {
            Depth::Rgb
        } else if colorterm.is_some() || term.contains("256") || term.contains("kitty") {
            Depth::Indexed
        } else {
            Depth::Sixteen
        };
        // The last of the numbers is the background's, as rxvt and Konsole say it.
        let background = variable("COLORFGBG").and_then(|pair| pair.rsplit(';').next()?.parse::<u8>().ok());
        let ground = match background {
            Some(0..=6 | 8) => Ground::Dark,
            Some(7 | 9..=15) => Ground::Light,
            _ => Ground::Unknown,
        };
        // A locale nobody set says nothing: most such terminals show UTF-8.
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(&variable);
        let utf8 = |locale: &String| {
            let folded = locale.to_ascii_lowercase();
            folded.contains("utf-8") || folded.contains("utf8")
        };
        let only_ascii = locale.is_some_and(|locale| !utf8(&locale));
        let no_color = variable("NO_COLOR").is_some();
        Self { depth, no_color, ground, only_ascii }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_is_believed() {
        let indexed =
            Terminal { depth: Depth::Indexed, no_color: false, ground: Ground::Unknown, only_ascii: false };
        let cases: [(&[(&str, &str)], Terminal); 9] = [
            (&[("TERM", "xterm-256color")], indexed),
            (&[("TERM", "xterm")], Terminal { depth: Depth::Sixteen, ..indexed }),
            (&[("TERM", "dumb"), ("COLORTERM", "truecolor")], Terminal { depth: Depth::Mono, ..indexed }),
            (&[("TERM", "xterm"), ("COLORTERM", "24bit")], Terminal { depth: Depth::Rgb, ..indexed }),
            (&[("TERM", "xterm-kitty"), ("NO_COLOR", "1")], Terminal { no_color: true, ..indexed }),
            (
                &[("TERM", "screen-256color"), ("COLORFGBG", "0;default;15")],
                Terminal { ground: Ground::Light, ..indexed },
            ),
            (
                &[("TERM", "tmux-256color"), ("LANG", "de_DE.ISO-8859-1")],
                Terminal { only_ascii: true, ..indexed },
            ),
            (&[("TERM", "tmux-256color"), ("LC_ALL", "de_DE.utf8"), ("LANG", "C")], indexed),
            (&[("TERM", "tmux-256color"), ("LC_ALL", "POSIX")], Terminal { only_ascii: true, ..indexed }),
        ];
        for (variables, expected) in cases {
            let found = Terminal::from(|name| {
                variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
            });
            assert_eq!(found, expected, "{variables:?}");
        }
    }
}
