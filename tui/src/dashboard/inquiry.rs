//! What the terminal says about itself. It is asked once, before keys are read: later its answer would be among them.

use std::io::{self, Read as _, Write as _};
use std::time::{Duration, Instant};

use ratatui_image::picker::ProtocolType;
use ratatui_image::picker::cap_parser::{Parser, QueryStdioOptions, Response};

/// What the terminal said about itself.
#[derive(Debug, Default)]
pub(crate) struct Answer {
    /// The best way it has to show pictures.
    pub(super) protocol: Option<ProtocolType>,
    /// Pixels of a cell, across and down.
    pub(super) cell: Option<(u16, u16)>,
    /// Its background, each part 0 to 1.
    pub(super) background: Option<[f64; 3]>,
    /// What somebody typed meanwhile.
    pub(super) keys: String,
}

/// Asks for the background, kitty graphics, sixel, the size of a cell and, last, a status report that every terminal
/// gives, and reads until that report or for `patience`.
///
/// To be called in raw mode, before anything else reads keys.
pub(crate) fn ask(patience: Duration) -> io::Result<Answer> {
    let in_tmux = std::env::var("TERM").is_ok_and(|term| term.starts_with("tmux"))
        || std::env::var("TERM_PROGRAM").is_ok_and(|program| program == "tmux");
    let mut out = io::stdout();
    out.write_all(b"\x1b]11;?\x1b\\")?;
    out.write_all(Parser::query(in_tmux, QueryStdioOptions::default()).as_bytes())?;
    out.flush()?;
    let deadline = Instant::now() + patience;
    let mut bytes = Vec::new();
    let mut parser = Parser::new();
    let mut responses = Vec::new();
    while !responses.contains(&Response::Status) && readable(deadline)? {
        let mut chunk = [0; 256];
        let count = io::stdin().read(&mut chunk)?;
        if count == 0 {
            break;
        }
        bytes.extend_from_slice(&chunk[..count]);
        for byte in &chunk[..count] {
            responses.extend(parser.push(char::from(*byte)));
        }
    }
    let konsole = std::env::var_os("KONSOLE_VERSION").is_some();
    let wezterm = std::env::var_os("WEZTERM_EXECUTABLE").is_some();
    let mut answer = Answer { keys: typed(&bytes), background: background(&bytes), ..Answer::default() };
    for response in responses {
        match response {
            // Konsole and WezTerm answer, but place kitty's pictures wrongly.
            Response::Kitty if !konsole && !wezterm => answer.protocol = Some(ProtocolType::Kitty),
            Response::Sixel if !konsole && !wezterm && answer.protocol.is_none() => {
                answer.protocol = Some(ProtocolType::Sixel);
            }
            Response::CellSize(Some((width, height))) if width > 0 && height > 0 => {
                answer.cell = Some((width, height));
            }
            _ => {}
        }
    }
    Ok(answer)
}

fn readable(deadline: Instant) -> io::Result<bool> {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    let left = deadline.saturating_duration_since(Instant::now());
    if left.is_zero() {
        return Ok(false);
    }
    let timeout = Timespec { tv_sec: left.as_secs() as _, tv_nsec: left.subsec_nanos() as _ };
    let stdin = io::stdin();
    let mut fds = [PollFd::new(&stdin, PollFlags::IN)];
    match poll(&mut fds, Some(&timeout)) {
        Ok(ready) => Ok(ready > 0),
        Err(rustix::io::Errno::INTR) => Ok(true),
        Err(error) => Err(error.into()),
    }
}

/// The background among what was read: `ESC ] 11 ; rgb:1e1e/1e1e/2e2e`, in one to four digits a part.
fn background(bytes: &[u8]) -> Option<[f64; 3]> {
    let text = String::from_utf8_lossy(bytes);
    let (_, rest) = text.split_once("\u{1b}]11;rgb")?;
    let rest = rest.trim_start_matches('a').strip_prefix(':')?;
    let end = rest.find(['\u{7}', '\u{1b}'])?;
    let mut parts = rest[..end].split('/').map(|part| {
        let most =
            16f64.powi(i32::try_from(part.len()).ok().filter(|digits| (1..=4).contains(digits))?) - 1.0;
        Some(f64::from(u32::from_str_radix(part, 16).ok()?) / most)
    });
    Some([parts.next()??, parts.next()??, parts.next()??])
}

/// The plain characters among what was read: whatever stands outside the terminal's answers was typed.
fn typed(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let mut keys = String::new();
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        if c != '\u{1b}' {
            keys.extend(Some(c).filter(|c| !c.is_control() || *c == '\r'));
            continue;
        }
        match rest.next() {
            Some('[') => while rest.next().is_some_and(|c| !('@'..='~').contains(&c)) {},
            Some('_' | 'P' | ']') => {
                while let Some(c) = rest.next() {
                    if c == '\u{7}' || (c == '\u{1b}' && rest.next_if_eq(&'\\').is_some()) {
                        break;
                    }
                }
            }
            _ => {}
        }
    }
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_told_from_answers() {
        for (bytes, expected) in [
            ("\x1b_Gi=31;OK\x1b\\\x1b[?62;4c\x1b[6;20;10t\x1b[0n", ""),
            ("2\x1b_Gi=31;OK\x1b\\j\x1b[?62;4cq", "2jq"),
            ("\x1b[A", ""),
            ("\x1b[", ""),
            ("", ""),
        ] {
            assert_eq!(typed(bytes.as_bytes()), expected);
        }
    }

    #[test]
    fn the_background_is_read_in_any_number_of_digits() {
        for (bytes, expected) in [
            ("\x1b]11;rgb:0000/0000/0000\x1b\\\x1b[0n", Some([0.0, 0.0, 0.0])),
            ("j\x1b]11;rgb:ff/FF/ff\x07k", Some([1.0, 1.0, 1.0])),
            ("\x1b]11;rgba:ffff/0000/ffff/ffff\x07", Some([1.0, 0.0, 1.0])),
            ("\x1b]11;rgb:ffff/0000", None),
            ("\x1b]11;rgb:ffff/0000\x07", None),
            ("\x1b]11;rgb:fffff/0/0\x07", None),
            ("\x1b]11;red\x07", None),
            ("\x1b]10;rgb:0/0/0\x07", None),
            ("", None),
        ] {
            assert_eq!(background(bytes.as_bytes()), expected, "{bytes:?}");
        }
        assert_eq!(typed(b"2\x1b]11;rgb:ff/ff/ff\x07j"), "2j");
    }
}
