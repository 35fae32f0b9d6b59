//! What watching has found, written down with the run before anybody is told.

use dissect_runs::finding::Finding;
use dissect_runs::home::RunId;
use dissect_runs::records::Happening;

use super::core::Supervisor;
use crate::hooks::Notice;
use crate::rules::Verdict;

impl Supervisor {
    /// The rules say something else of a run than before.
    pub(super) fn noticed(&mut self, id: &RunId, verdicts: Vec<Verdict>) {
        let Some(entry) = self.runs.get(id).filter(|entry| entry.state.status().is_active()) else {
            // It ended while they looked.
            return;
        };
        let stands = |verdict: &Verdict| entry.findings.iter().any(|finding| finding.rule == verdict.rule);
        let news: Vec<_> =
            verdicts.into_iter().filter(|verdict| stands(verdict) != verdict.reason.is_some()).collect();
        if news.is_empty() {
            return;
        }
        for Verdict { rule, reason } in news {
            let event = match reason.clone() {
                Some(reason) => Happening::Finding { rule, reason },
                None => Happening::Cleared { rule },
            };
            let event = event.now();
            if let Err(error) = self.folder(id).append_event(&event) {
                tracing::warn!(run = %id, "{rule} is not written down: {error}");
            }
            let Some(entry) = self.runs.get_mut(id) else { return };
            match reason {
                Some(reason) => {
                    tracing::warn!(run = %id, "{rule}: {reason}");
                    let finding = Finding { rule, reason, since: event.time };
                    let notice = Notice::of_finding(id, &entry.state, finding.clone());
                    entry.findings.push(finding);
                    self.notify(notice);
                }
                None => {
                    tracing::info!(run = %id, "{rule} no more");
                    entry.findings.retain(|finding| finding.rule != rule);
                }
            }
        }
        self.tell_standing(id);
    }

    /// Reads what was found before; asked of runs that are followed alone, as it takes a file.
    pub(super) fn recall_findings(&mut self, id: &RunId) {
        let findings = self.folder(id).findings();
        if let Some(entry) = self.runs.get_mut(id) {
            entry.findings = findings;
        }
    }
}
