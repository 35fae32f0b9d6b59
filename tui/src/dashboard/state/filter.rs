//! Which runs are listed, and in what order.

use super::run::Run;

/// What the list is sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sort {
    /// The newest first.
    #[default]
    Age,
    /// By name.
    Name,
    /// Those under way first, then those that wait, then by how they ended.
    State,
    /// The best test accuracy first.
    TestAccuracy,
}

impl Sort {
    /// The next one.
    pub fn next(self) -> Self {
        match self {
            Self::Age => Self::Name,
            Self::Name => Self::State,
            Self::State => Self::TestAccuracy,
            Self::TestAccuracy => Self::Age,
        }
    }

    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            Self::Age => "age",
            Self::Name => "name",
            Self::State => "state",
            Self::TestAccuracy => "test accuracy",
        }
    }
}

/// Whether a run passes a filter: every word must be found in its name, id, kind, architecture or state, and
/// `state:`, `kind:`, `arch:`, `data:` and `name:` look in one of these only.
pub(super) fn passes(run: &Run, filter: &str) -> bool {
    filter.split_whitespace().map(str::to_lowercase).all(|word| {
        let fields = [
            ("state", run.status()),
            ("kind", run.kind_name()),
            ("arch", run.arch()),
            ("data", run.dataset()),
            ("name", run.name()),
        ];
        match word
            .split_once(':')
            .and_then(|(key, value)| fields.iter().find(|f| f.0 == key).map(|f| (f.1, value)))
        {
            Some((field, value)) => field.to_lowercase().contains(value),
            None => {
                fields.iter().any(|(_, field)| field.to_lowercase().contains(&word)) || run.id.contains(&word)
            }
        }
    })
}

/// Puts runs in order. They come sorted by id, and an id sorts by time.
pub(super) fn sort(runs: &mut [&Run], by: Sort) {
    runs.reverse();
    match by {
        Sort::Age => {}
        Sort::Name => runs.sort_by(|a, b| a.name().cmp(b.name())),
        Sort::State => runs.sort_by_key(|run| run.urgency()),
        Sort::TestAccuracy => {
            let accuracy = |run: &Run| run.last("test_accuracy").unwrap_or(f64::NEG_INFINITY);
            runs.sort_by(|a, b| accuracy(b).total_cmp(&accuracy(a)));
        }
    }
}
