//! Spans of time as arguments. What they are is `dissect_runs::span`'s matter.

use dissect_runs::span::{self, SpanError};

/// A time limit, as the daemon takes it.
pub(super) fn limit(text: &str) -> Result<String, SpanError> {
    span::parse_positive(text).map(|_| text.to_owned())
}

/// A time limit, or `none`.
pub(super) fn limit_or_none(text: &str) -> Result<String, SpanError> {
    if text == "none" { Ok(text.to_owned()) } else { limit(text) }
}

/// An age in seconds.
pub(super) fn age(text: &str) -> Result<f64, SpanError> {
    span::parse(text)
}
