//! Lines for the run's log, where whoever wonders looks first. They are a courtesy: where the disk has no room for them,
//! or nobody reads them, the training goes on, and its records say what counts.

/// Prints a line, as `println!` does, and never breaks down over it.
macro_rules! say {
    ($($line:tt)*) => {{
        use std::io::Write as _;
        let _ = writeln!(std::io::stdout(), $($line)*);
    }};
}
