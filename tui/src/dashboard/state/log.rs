//! The last lines of a run's log, as a terminal would show them, and where the reader is in them.

use std::collections::VecDeque;

use super::text;

/// Lines kept; older ones are in the file.
const KEPT: usize = 5_000;

/// Bytes of one line kept: a worker that never ends its line must not fill the memory.
const LINE: usize = 4_096;

/// A run's log as far as it is kept.
#[derive(Debug, Clone, Default)]
pub struct Log {
    lines: VecDeque<String>,
    /// The line that has no end yet, as it was read.
    open: String,
    /// Lines that were dropped from the front.
    dropped: usize,
}

impl Log {
    /// Takes in what was appended to the file.
    pub fn append(&mut self, piece: &str) {
        for part in piece.split_inclusive('\n') {
            self.open.push_str(part);
            if self.open.len() > LINE {
                let mut end = LINE;
                while !self.open.is_char_boundary(end) {
                    end -= 1;
                }
                self.open.truncate(end);
            }
            if part.ends_with('\n') {
                let line = std::mem::take(&mut self.open);
                self.lines.push_back(shown(line.trim_end_matches(['\n', '\r'])));
            }
        }
        while self.lines.len() > KEPT {
            self.lines.pop_front();
            self.dropped += 1;
        }
    }

    /// Number of lines, the unfinished one included.
    pub fn len(&self) -> usize {
        self.lines.len() + usize::from(!self.open.is_empty())
    }

    /// Whether nothing was written.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Lines left out before the first kept one.
    pub fn dropped(&self) -> usize {
        self.dropped
    }

    /// The lines from `first` on, safe to show.
    pub fn from(&self, first: usize) -> impl Iterator<Item = String> {
        let open = (!self.open.is_empty()).then(|| shown(&self.open));
        self.lines.iter().cloned().chain(open).skip(first)
    }
}

fn shown(line: &str) -> String {
    text::escape(&text::overwrite(line))
}

/// Where somebody reads in something that grows: at its end, or so many lines before it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Reading {
    /// Lines between the last one shown and the end; 0 follows.
    pub back: usize,
    /// Columns left out on the left.
    pub aside: usize,
}

impl Reading {
    /// Moves down by lines (up if negative), in something `length` long.
    pub fn step(&mut self, by: i32, length: usize) {
        let back = self.back as i64 - i64::from(by);
        self.back = back.clamp(0, length.saturating_sub(1) as i64) as usize;
    }

    /// Moves aside by columns.
    pub fn step_aside(&mut self, by: i32) {
        self.aside = (self.aside as i64 + i64::from(by)).clamp(0, LINE as i64) as usize;
    }

    /// Stays on the same line when `count` more came at the end.
    pub fn grow(&mut self, count: usize) {
        if self.back > 0 {
            self.back += count;
        }
    }

    /// The first line shown in a window of `height`.
    pub fn first(&self, length: usize, height: usize) -> usize {
        length.saturating_sub(height).saturating_sub(self.back)
    }

    /// Whether new lines come into sight.
    pub fn follows(&self) -> bool {
        self.back == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_become_lines_and_carriage_returns_are_obeyed() {
        let mut log = Log::default();
        for piece in ["epoch 1\nbatch 1", "/9\rbatch 9/9\nne", "xt\u{7}"] {
            log.append(piece);
        }
        let lines: Vec<_> = log.from(0).collect();
        assert_eq!(lines, ["epoch 1", "batch 9/9", "next\\x07"]);
    }

    #[test]
    fn long_logs_and_lines_are_bounded() {
        let mut log = Log::default();
        log.append(&"x".repeat(100_000));
        log.append("\n");
        for i in 0..KEPT + 10 {
            log.append(&format!("{i}\n"));
        }
        assert_eq!((log.len(), log.dropped()), (KEPT, 11));
        assert!(log.from(0).all(|line| line.len() <= LINE));
    }

    #[test]
    fn reading_back_stays_on_its_lines() {
        let mut reading = Reading::default();
        assert_eq!(reading.first(100, 10), 90);
        reading.step(-5, 100);
        assert_eq!(reading.first(100, 10), 85);
        reading.grow(3);
        assert_eq!(reading.first(103, 10), 85);
        reading.step(1_000, 103);
        assert!(reading.follows());
        reading.step(-1_000, 103);
        assert_eq!(reading.first(103, 10), 0);
    }
}
