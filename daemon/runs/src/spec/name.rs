//! What a run may be called. A name becomes part of a folder's name and of command lines.

use super::reader::Section;

const LONGEST: usize = 100;

/// The key `name`, or `default`.
pub(super) fn read(top: &mut Section<'_, '_>, default: impl Fn() -> String) -> String {
    let parse = |text: &str| {
        if is_valid(text) {
            Ok(text.to_owned())
        } else {
            Err(format!("1 to {LONGEST} of A-Z a-z 0-9 . _ -, beginning with a letter or digit"))
        }
    };
    top.parsed("name", parse).unwrap_or_else(default)
}

pub(crate) fn is_valid(name: &str) -> bool {
    name.len() <= LONGEST
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c))
}

/// `text` with everything a name may not have replaced by `-`, and cut to length.
pub fn sanitize(text: &str) -> String {
    let keep = |c: char| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '-' };
    text.chars().map(keep).take(LONGEST).collect()
}
