//! Numbers, times and sizes as words of few characters. It knows nothing of screens or runs.

/// A measured number in at most seven characters: `0.0123`, `14.2`, `41.2k`, `3.1e-7`.
pub(crate) fn number(value: f64) -> String {
    if value.is_nan() {
        return "nan".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "inf" } else { "-inf" }.to_owned();
    }
    let size = value.abs();
    match size {
        0.0 => "0".to_owned(),
        s if s < 0.001 => format!("{value:.1e}"),
        s if s < 0.1 => format!("{value:.4}"),
        s if s < 10.0 => format!("{value:.3}"),
        s if s < 100.0 => format!("{value:.2}"),
        s if s < 1000.0 => format!("{value:.1}"),
        s if s < 99_950.0 => format!("{:.1}k", value / 1e3),
        s if s < 999_500.0 => format!("{:.0}k", value / 1e3),
        s if s < 1e9 => format!("{:.1}M", value / 1e6),
        s if s < 1e12 => format!("{:.1}G", value / 1e9),
        _ => format!("{value:.1e}"),
    }
}

/// A share of one as per cent: `98.3%`, `100%`.
pub(crate) fn percent(share: f64) -> String {
    if !share.is_finite() {
        return "–".to_owned();
    }
    let value = share * 100.0;
    if value.abs() >= 99.95 { format!("{value:.0}%") } else { format!("{value:.1}%") }
}

/// A length of time in at most six characters: `42s`, `3m05s`, `2h14m`, `3d07h`.
pub(crate) fn duration(seconds: f64) -> String {
    if !seconds.is_finite() || seconds < 0.0 {
        return "–".to_owned();
    }
    let s = seconds as u64;
    match s {
        0..60 => format!("{s}s"),
        60..3600 => format!("{}m{:02}s", s / 60, s % 60),
        3600..86_400 => format!("{}h{:02}m", s / 3600, s / 60 % 60),
        86_400..8_640_000 => format!("{}d{:02}h", s / 86_400, s / 3600 % 24),
        _ => format!("{}d", s / 86_400),
    }
}

/// How long ago, coarsely: `now`, `42s`, `3m`, `2h`, `3d`.
pub(crate) fn age(seconds: f64) -> String {
    if !seconds.is_finite() {
        return "–".to_owned();
    }
    match seconds.max(0.0) as u64 {
        0..2 => "now".to_owned(),
        s @ 2..60 => format!("{s}s"),
        s @ 60..3600 => format!("{}m", s / 60),
        s @ 3600..86_400 => format!("{}h", s / 3600),
        s => format!("{}d", s / 86_400),
    }
}

/// A size in bytes with binary units: `512B`, `37.1M`, `1.2G`.
pub(crate) fn bytes(count: u64) -> String {
    const UNITS: [&str; 5] = ["B", "K", "M", "G", "T"];
    let mut value = count as f64;
    let mut unit = 0;
    while value >= 1000.0 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    if unit == 0 || value >= 100.0 {
        format!("{value:.0}{}", UNITS[unit])
    } else {
        format!("{value:.1}{}", UNITS[unit])
    }
}

/// The time of day, in UTC, of seconds since 1970: `10:15:02`.
pub(crate) fn clock(seconds: f64) -> String {
    let s = seconds.rem_euclid(86_400.0) as u64;
    format!("{:02}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_three_figures_and_stay_short() {
        for (value, expected) in [
            (0.0, "0"),
            (2.3151, "2.315"),
            (-14.24, "-14.24"),
            (0.01234, "0.0123"),
            (0.000_031, "3.1e-5"),
            (512.25, "512.2"),
            (41_200.0, "41.2k"),
            (99_990.0, "100k"),
            (1.5e6, "1.5M"),
            (f64::NAN, "nan"),
            (f64::NEG_INFINITY, "-inf"),
        ] {
            assert_eq!(number(value), expected);
            assert!(number(value).len() <= 7, "{value}");
        }
    }

    #[test]
    fn times_choose_two_units() {
        for (seconds, expected) in [
            (0.4, "0s"),
            (59.9, "59s"),
            (185.0, "3m05s"),
            (8_040.0, "2h14m"),
            (285_000.0, "3d07h"),
            (f64::NAN, "–"),
        ] {
            assert_eq!(duration(seconds), expected);
        }
        assert_eq!(age(1.0), "now");
        assert_eq!(age(7_300.0), "2h");
        assert_eq!(clock(36_902.5), "10:15:02");
    }

    #[test]
    fn sizes_use_binary_units() {
        for (count, expected) in
            [(0, "0B"), (999, "999B"), (1_024, "1.0K"), (38_902_000, "37.1M"), (5 << 30, "5.0G")]
        {
            assert_eq!(bytes(count), expected);
        }
    }
}
