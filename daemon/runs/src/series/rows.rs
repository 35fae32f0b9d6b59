//! What the records of one kind have in common: where they stand.

/// Steps, epochs and times of records, in the order of their steps.
#[derive(Debug, Clone, Default)]
pub(super) struct Rows {
    steps: Vec<u64>,
    /// 0 where the record says none.
    epochs: Vec<u32>,
    times: Vec<f64>,
}

impl Rows {
    pub(super) fn len(&self) -> usize {
        self.steps.len()
    }

    pub(super) fn push(&mut self, step: u64, epoch: Option<u32>, time: f64) {
        self.steps.push(step);
        self.epochs.push(epoch.unwrap_or(0));
        self.times.push(time);
    }

    /// The number of rows before the first whose step does not hold; steps never fall.
    pub(super) fn until(&self, holds: impl Fn(u64) -> bool) -> usize {
        self.steps.partition_point(|step| holds(*step))
    }

    pub(super) fn truncate(&mut self, rows: usize) {
        self.steps.truncate(rows);
        self.epochs.truncate(rows);
        self.times.truncate(rows);
    }

    /// Step, epoch and time of a row.
    pub(super) fn at(&self, row: usize) -> (u64, Option<u32>, f64) {
        let epoch = Some(self.epochs[row]).filter(|epoch| *epoch > 0);
        (self.steps[row], epoch, self.times[row])
    }
}
