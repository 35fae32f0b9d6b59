//! Looks at what a running run measures, every few seconds and only while it runs. What is new is read
//! by a thread that may wait for the disk; the loop hears of verdicts that differ from the last ones.

use dissect_runs::clock;
use dissect_runs::folder::RunFolder;
use dissect_runs::tail::Metrics;
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, spawn_blocking};

use super::panel::{Panel, Verdict};
use crate::config::Thresholds;
use crate::event::Event;

/// The task that looks; it ends with this.
pub(crate) struct Look(JoinHandle<()>);

impl Drop for Look {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Looks after a run whose worker began at `began`, until the answer is dropped.
pub(crate) fn look_after(
    run: RunFolder,
    began: f64,
    thresholds: &Thresholds,
    events: &mpsc::Sender<Event>,
) -> Look {
    let (thresholds, events) = (*thresholds, events.clone());
    let mut eyes = Eyes { metrics: Metrics::new(run.metrics_path()), panel: Panel::new(thresholds, began) };
    Look(tokio::spawn(async move {
        let mut said: Vec<bool> = Vec::new();
        loop {
            let looked = spawn_blocking(move || {
                let verdicts = eyes.look(clock::now());
                (eyes, verdicts)
            });
            // It panicked, which was logged: this run is watched no more.
            let Ok((back, verdicts)) = looked.await else { return };
            eyes = back;
            let found: Vec<_> = verdicts.iter().map(|verdict| verdict.reason.is_some()).collect();
            if found != said {
                said = found;
                if events.send(Event::Noticed { id: run.id().clone(), verdicts }).await.is_err() {
                    return;
                }
            }
            tokio::time::sleep(thresholds.every).await;
        }
    }))
}

struct Eyes {
    metrics: Metrics,
    panel: Panel,
}

impl Eyes {
    fn look(&mut self, now: f64) -> Vec<Verdict> {
        // A file that cannot be read just now is read at the next look.
        while let Ok(batch) = self.metrics.read() {
            if batch.restarted {
                self.panel.forget();
            }
            batch.items.iter().for_each(|record| self.panel.take(record));
            if !batch.more {
                break;
            }
        }
        self.panel.verdicts(now)
    }
}
