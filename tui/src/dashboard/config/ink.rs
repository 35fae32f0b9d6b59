//! A colour as people write it, whatever the terminal can show.

use std::fmt;

/// A colour that is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ink {
    /// The terminal's own.
    Default,
    /// A number in the xterm palette; the first 16 are the terminal's own to choose.
    Numbered(u8),
    /// Parts of red, green and blue.
    Rgb([u8; 3]),
}

/// The names of the first 16, in their order.
const NAMES: [&str; 16] = [
    "black",
    "red",
    "green",
    "yellow",
    "blue",
    "magenta",
    "cyan",
    "grey",
    "dark-grey",
    "light-red",
    "light-green",
    "light-yellow",
    "light-blue",
    "light-magenta",
    "light-cyan",
    "white",
];

impl Ink {
    /// As messages say it.
    pub const EXPECTED: &'static str =
        "a name (red, light-blue, dark-grey, …), a number from 0 to 255, \"#rrggbb\" or \"default\"";

    /// By its name, its number, as `#rrggbb`, or `default`.
    pub fn parse(text: &str) -> Option<Self> {
        if text == "default" {
            return Some(Self::Default);
        }
        if let Some(digits) = text.strip_prefix('#') {
            let all = digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
            let value = u32::from_str_radix(digits, 16).ok().filter(|_| all)?;
            let [_, r, g, b] = value.to_be_bytes();
            return Some(Self::Rgb([r, g, b]));
        }
        if let Ok(index) = text.parse() {
            return Some(Self::Numbered(index));
        }
        let folded = text.to_ascii_lowercase().replace('_', "-").replace("gray", "grey");
        let index = NAMES.iter().position(|name| *name == folded)?;
        Some(Self::Numbered(index as u8))
    }
}

impl fmt::Display for Ink {
    /// As TOML.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("\"default\""),
            Self::Numbered(index) => match NAMES.get(usize::from(*index)) {
                Some(name) => write!(f, "\"{name}\""),
                None => write!(f, "{index}"),
            },
            Self::Rgb([r, g, b]) => write!(f, "\"#{r:02x}{g:02x}{b:02x}\""),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_read_as_people_write_them() {
        for (text, expected) in [
            ("#ff8700", Some(Ink::Rgb([255, 135, 0]))),
            ("214", Some(Ink::Numbered(214))),
            ("light-red", Some(Ink::Numbered(9))),
            ("Dark_Gray", Some(Ink::Numbered(8))),
            ("default", Some(Ink::Default)),
            ("#ff87", None),
            ("#+f8700", None),
            ("256", None),
            ("orange", None),
            ("", None),
        ] {
            assert_eq!(Ink::parse(text), expected, "{text}");
        }
    }
}
