//! Conditions with a deadline.

use std::thread;
use std::time::{Duration, Instant};

/// Waits until the condition gives a value, and fails with `what` after the deadline.
pub fn wait_until<T>(what: &str, deadline: Duration, mut condition: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(value) = condition() {
            return value;
        }
        assert!(start.elapsed() < deadline, "waited {deadline:?} in vain for: {what}");
        thread::sleep(Duration::from_millis(20));
    }
}
