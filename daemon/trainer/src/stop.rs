//! The wish to stop: SIGTERM and SIGINT set a flag that the training loop reads between two steps.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use signal_hook::consts::{SIGINT, SIGTERM};

/// A flag that, once set, stays set.
#[derive(Debug, Clone)]
pub struct Stop {
    asked: Arc<AtomicBool>,
    /// Looks at the flag that still find it unset; then it is set by itself.
    looks: Arc<AtomicU64>,
}

impl Default for Stop {
    fn default() -> Self {
        Self::after(u64::MAX)
    }
}

impl Stop {
    /// A stop that comes by itself after so many looks, which is to say steps: a run that is to stop at a known place.
    pub fn after(looks: u64) -> Self {
        Self { asked: Arc::default(), looks: Arc::new(AtomicU64::new(looks)) }
    }

    /// Sets the flag on SIGTERM and SIGINT, and no longer ends the process on them.
    pub fn on_signals() -> io::Result<Self> {
        let stop = Self::default();
        for signal in [SIGTERM, SIGINT] {
            signal_hook::flag::register(signal, stop.asked.clone())?;
        }
        Ok(stop)
    }

    /// Asks to stop.
    pub fn ask(&self) {
        self.asked.store(true, Ordering::Relaxed);
    }

    /// Whether it was asked.
    pub fn asked(&self) -> bool {
        let next = |looks: u64| looks.checked_sub(1);
        if self.looks.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next).is_err() {
            self.ask();
        }
        self.asked.load(Ordering::Relaxed)
    }
}
