//! The one clock of the run folders: seconds since 1970 as a float.

use std::time::{SystemTime, UNIX_EPOCH};

/// The present in seconds since 1970 (UTC), to the microsecond.
pub fn now() -> f64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    // A float of this size holds microseconds exactly enough to print; more digits would be noise.
    (since.as_secs_f64() * 1e6).round() / 1e6
}

/// `time` as `20261123-101502` (UTC), the beginning of a run's id; it sorts as time does.
pub fn stamp(time: f64) -> String {
    let second = jiff::Timestamp::from_second(time as i64).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    second.strftime("%Y%m%d-%H%M%S").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_is_utc_and_sorts() {
        assert_eq!(stamp(1_795_428_902.9), "20261123-101502");
        assert!(stamp(1_795_428_902.0) < stamp(1_795_428_903.0));
        assert!(now() > 1.7e9);
    }
}
