//! Spans of time as people write them: `8h`, `1h 30m`, `30d`. A day is 24 hours; months and years, which are of no
//! one length, are not taken.

use jiff::{SignedDuration, Span, SpanRelativeTo, SpanRound, Unit};

/// Why a text is no span of time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("found {found:?}, expected {EXPECTED}")]
pub struct SpanError {
    found: String,
}

/// What a span of time looks like, for messages.
pub const EXPECTED: &str = "a time with its units, as 90m, 8h, 1h30m or 30d (units are w, d, h, m, s and ms)";

/// Reads a span of time that is not negative, in seconds.
pub fn parse(text: &str) -> Result<f64, SpanError> {
    let seconds = || {
        let span: Span = text.trim().parse().ok()?;
        let seconds = span.total((Unit::Second, SpanRelativeTo::days_are_24_hours())).ok()?;
        (seconds >= 0.0 && seconds.is_finite()).then_some(seconds)
    };
    seconds().ok_or_else(|| SpanError { found: text.to_owned() })
}

/// Reads a span of time that is longer than nothing, in seconds.
pub fn parse_positive(text: &str) -> Result<f64, SpanError> {
    parse(text).ok().filter(|seconds| *seconds > 0.0).ok_or_else(|| SpanError { found: text.to_owned() })
}

/// A span of seconds as [`parse`] reads it, to the millisecond: `8h`, `1d 12h`.
pub fn describe(seconds: f64) -> String {
    let span = SignedDuration::try_from_secs_f64(seconds).ok().and_then(|duration| {
        let span = Span::try_from(duration).ok()?;
        let units = SpanRound::new().largest(Unit::Day).smallest(Unit::Millisecond).days_are_24_hours();
        span.round(units).ok()
    });
    span.map_or_else(|| format!("{seconds} s"), |span| format!("{span:#}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_units() {
        let cases = [
            ("8h", Some(28_800.0)),
            ("1h30m", Some(5_400.0)),
            ("1h 30m", Some(5_400.0)),
            (" 90 minutes ", Some(5_400.0)),
            ("1.5h", Some(5_400.0)),
            ("01:30:00", Some(5_400.0)),
            ("2d", Some(172_800.0)),
            ("30 days", Some(2_592_000.0)),
            ("1w", Some(604_800.0)),
            ("250ms", Some(0.25)),
            ("PT8H", Some(28_800.0)),
            ("0s", Some(0.0)),
            ("", None),
            ("8", None),
            ("0", None),
            ("h", None),
            ("8 parsecs", None),
            ("-8h", None),
            ("8h ago", None),
            ("1mo", None),
            ("1y", None),
            ("8h!", None),
            ("NaN", None),
            ("99999999999999999999h", None),
        ];
        for (text, expected) in cases {
            assert_eq!(parse(text).ok(), expected, "{text:?}");
        }
        assert_eq!(
            parse_positive("0s").unwrap_err().to_string(),
            format!("found \"0s\", expected {EXPECTED}")
        );
        assert_eq!(parse_positive("1ms"), Ok(0.001));
    }

    #[test]
    fn what_is_said_can_be_read() {
        let cases = [
            (28_800.0, "8h"),
            (5_400.0, "1h 30m"),
            (129_600.0, "1d 12h"),
            (2_592_000.0, "30d"),
            (0.25, "250ms"),
            (90.0, "1m 30s"),
            (0.0, "0s"),
        ];
        for (seconds, expected) in cases {
            assert_eq!(describe(seconds), expected, "{seconds}");
            assert_eq!(parse(expected), Ok(seconds), "{expected}");
        }
        assert_eq!(describe(f64::INFINITY), "inf s");
    }
}
