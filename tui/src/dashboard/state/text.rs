//! Text from elsewhere made safe to show: carriage returns obeyed, control characters spelt out.
//!
//! It knows no screens. What a worker printed must never reach the terminal as a command.

use unicode_width::UnicodeWidthChar as _;

/// One line with everything a terminal would obey made visible: colour sequences are dropped, tabs become
/// spaces, other control characters become `\x1b` and the like, and bidirectional overrides `\u{202e}`.
pub fn escape(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\t' => out.push_str(&" ".repeat(8 - out.chars().count() % 8)),
            '\u{1b}' if rest.peek() == Some(&'[') => {
                let mut sequence = String::new();
                rest.next();
                let mut last = None;
                while let Some(&next) = rest.peek() {
                    if !(' '..='~').contains(&next) {
                        break;
                    }
                    rest.next();
                    sequence.push(next);
                    if ('@'..='~').contains(&next) {
                        last = Some(next);
                        break;
                    }
                }
                if last != Some('m') && last != Some('K') {
                    out.push_str("\\x1b[");
                    out.push_str(&sequence);
                }
            }
            c if c.is_control() => out.extend(format!("\\x{:02x}", c as u32).chars()),
            // Directional overrides and separators reorder or break what stands around them.
            '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' => {
                out.extend(c.escape_unicode());
            }
            c => out.push(c),
        }
    }
    out
}

/// What a terminal would show of a line with carriage returns in it: later text written over earlier.
pub fn overwrite(line: &str) -> String {
    if !line.contains('\r') {
        return line.to_owned();
    }
    let mut shown: Vec<char> = Vec::new();
    for part in line.trim_end_matches('\r').split('\r') {
        // Progress bars clear to the end of the line rather than pad with spaces.
        let clears = part.contains("\u{1b}[K") || part.contains("\u{1b}[2K") || part.contains("\u{1b}[0K");
        if clears {
            shown.clear();
        }
        for (at, c) in part.chars().enumerate() {
            if at < shown.len() {
                shown[at] = c;
            } else {
                shown.push(c);
            }
        }
    }
    shown.into_iter().collect()
}

/// The longest beginning of `text` that fits `width` columns, with `…` where something was cut.
pub fn fit(text: &str, width: usize) -> String {
    let total: usize = text.chars().map(|c| c.width().unwrap_or(0)).sum();
    if total <= width {
        return text.to_owned();
    }
    let mut used = 0;
    let mut out = String::new();
    for c in text.chars() {
        let size = c.width().unwrap_or(0);
        if used + size + 1 > width {
            break;
        }
        used += size;
        out.push(c);
    }
    if width > 0 {
        out.push('…');
    }
    out
}

/// Like [`fit`], but keeps the end: what tells paths and long names apart.
pub fn fit_end(text: &str, width: usize) -> String {
    let backwards: String = text.chars().rev().collect();
    fit(&backwards, width).chars().rev().collect()
}

/// Like [`fit`], but keeps both ends: names of runs differ at either.
pub fn fit_middle(text: &str, width: usize) -> String {
    let total: usize = text.chars().map(|c| c.width().unwrap_or(0)).sum();
    if total <= width || width < 6 {
        return fit(text, width);
    }
    let tail = fit_end(text, width / 2);
    let room = width - tail.chars().map(|c| c.width().unwrap_or(0)).sum::<usize>();
    // The tail opens with the `…` of the cut; the head ends where it stands.
    let head = fit(text, room + 1);
    format!("{}{tail}", head.trim_end_matches('…'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_spelt_out_and_colours_dropped() {
        for (line, expected) in [
            ("plain ünïcode 漢字", "plain ünïcode 漢字"),
            ("\u{1b}[31mred\u{1b}[0m", "red"),
            ("a\u{1b}[2Jb", "a\\x1b[2Jb"),
            ("bell\u{7} null\0", "bell\\x07 null\\x00"),
            ("\u{1b}]0;title\u{7}", "\\x1b]0;title\\x07"),
            ("\u{9b}31m", "\\x9b31m"),
            ("a\tb", "a       b"),
            ("\u{202e}gpj.exe", "\\u{202e}gpj.exe"),
            ("cut \u{1b}[3", "cut \\x1b[3"),
        ] {
            assert_eq!(escape(line), expected);
        }
    }

    #[test]
    fn carriage_returns_write_over() {
        for (line, expected) in [
            ("10%\r20%\r100%", "100%"),
            ("downloading\rdone", "doneloading"),
            ("half\r", "half"),
            ("long text\r\u{1b}[Kok", "\u{1b}[Kok"),
        ] {
            assert_eq!(overwrite(line), expected);
        }
    }

    #[test]
    fn cutting_counts_columns() {
        for (text, width, start, end) in [
            ("vgg11-random-s1", 20, "vgg11-random-s1", "vgg11-random-s1"),
            ("vgg11-random-s1", 8, "vgg11-r…", "…ndom-s1"),
            ("漢字漢字", 5, "漢字…", "…漢字"),
            ("ab", 1, "…", "…"),
            ("ab", 0, "", ""),
        ] {
            assert_eq!(fit(text, width), start);
            assert_eq!(fit_end(text, width), end);
        }
        for (text, width, expected) in [
            ("vgg11-random-s1", 15, "vgg11-random-s1"),
            ("vgg11-random-s1", 12, "vgg11-…om-s1"),
            ("vgg11-random-s1", 5, "vgg1…"),
            ("漢字漢字漢字", 7, "漢字…字"),
        ] {
            assert_eq!(fit_middle(text, width), expected);
        }
    }
}
