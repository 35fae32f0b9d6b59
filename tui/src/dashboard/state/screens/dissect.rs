//! The dissection screen: the list of dissections, and the table by class of the one in front.

use super::super::dashboard::{DissectPane, State, ids};
use super::super::keys::Binding;
use super::shared;

pub(super) static BINDINGS: &[Binding] = &[shared::STOP, shared::RESUME, shared::CLONE, shared::PANE];

impl State {
    pub(in super::super) fn step_in_dissections(&mut self, by: i32) {
        let classes = self.classes();
        match &mut self.dissect_pane {
            DissectPane::Runs => {
                let mut cursor = self.dissection.clone();
                cursor.step(by, &ids(&self.dissections()));
                self.dissection = cursor;
            }
            DissectPane::Classes { first } => {
                let moved = *first as i64 + i64::from(by);
                *first = (moved.max(0) as usize).min(classes.saturating_sub(1));
            }
        }
    }

    fn classes(&self) -> usize {
        let report =
            self.dissection().and_then(|run| run.report.as_ref()).and_then(|report| report.as_ref().ok());
        report.map_or(0, |report| report.pairs.iter().map(|pair| pair.per_class.len()).max().unwrap_or(0))
    }

    pub(in super::super) fn next_dissect_pane(&mut self) {
        self.dissect_pane = match self.dissect_pane {
            DissectPane::Runs => DissectPane::Classes { first: 0 },
            DissectPane::Classes { .. } => DissectPane::Runs,
        };
    }
}
