//! The dissection screen: from the list of dissections to a bar, a class, a start and its pictures, and back.

use super::super::dashboard::{State, Tone, ids};
use super::super::dissecting::Level;
use super::super::event::Effect;
use super::super::evidence::{Answers, ClassKey, StartKey, When};
use super::super::keys::{Action as Any, Binding, Key, bind};
use super::super::report::{Pair, Report};
use super::super::run::Run;
use super::shared;

/// What this screen alone knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Bars, or the matrix of all pairs by another measure.
    Matrix,
    /// The starts with the largest distances first, or by their numbers.
    Sort,
}

pub(super) static BINDINGS: &[Binding] = &[
    shared::STOP,
    shared::RESUME,
    shared::CLONE,
    bind("look-in", &[Key::Enter], "look in", "look in: bar, class, start, pictures", Any::Open),
    shared::PANE,
    bind("mark", &[Key::Char(' ')], "compare", "mark; two marked are compared", Any::Mark),
    shared::UNMARK,
    bind(
        "matrix",
        &[Key::Char('v')],
        "matrix",
        "all pairs as a table, by another measure; bars",
        Any::Dissect(Action::Matrix),
    ),
    bind(
        "sort-starts",
        &[Key::Char('o')],
        "sort",
        "starts with the largest distances first",
        Any::Dissect(Action::Sort),
    ),
    shared::LEFT,
    shared::RIGHT,
];

impl State {
    /// The report of the dissection in front.
    pub fn report(&self) -> Option<&Report> {
        self.dissection()?.report.as_ref()?.as_ref().ok()
    }

    /// The bar under the cursor, with its place.
    pub fn pair(&self) -> Option<(usize, &Pair)> {
        let pairs = &self.report()?.pairs;
        let at = self.dissect.pair.min(pairs.len().checked_sub(1)?);
        Some((at, &pairs[at]))
    }

    /// The place of the class under the cursor in the table of its bar.
    pub fn class_at(&self) -> Option<usize> {
        let (_, pair) = self.pair()?;
        Some(self.dissect.class.min(pair.per_class.len().checked_sub(1)?))
    }

    /// The two dissections to be compared, the first marked first: the marked ones that have a report.
    pub fn compared(&self) -> Option<[&Run; 2]> {
        let reported = |run: &&Run| matches!(run.report, Some(Ok(_)));
        let mut marked = self.marked.iter().filter_map(|id| self.runs.get(id)).filter(reported);
        Some([marked.next()?, marked.next()?])
    }

    /// Places of the pair's models, f1 and f2, in the arrays beside the report.
    pub fn places(&self) -> Option<[usize; 2]> {
        let (report, (_, pair)) = (self.report()?, self.pair()?);
        Some([report.place(report.f1_of(pair))?, report.place(pair.f2.as_str())?])
    }

    /// The class under the cursor, as its patterns are asked for.
    pub fn class_key(&self) -> Option<ClassKey> {
        let (_, pair) = self.pair()?;
        let class = pair.per_class.get(self.class_at()?)?.class;
        Some(ClassKey {
            run: self.dissection()?.id.clone(),
            turn: self.places()?[0],
            class: usize::try_from(class).ok()?,
        })
    }

    /// The answers to the class under the cursor, once they are read.
    pub fn class_answers(&self) -> Option<Result<&Answers, &str>> {
        self.evidence.answers(&self.class_key()?)
    }

    /// The starts of the class under the cursor, in the order they are listed.
    pub fn starts(&self) -> Vec<usize> {
        let Some(Ok(answers)) = self.class_answers() else { return Vec::new() };
        let mut starts: Vec<usize> = (0..answers.starts).collect();
        if let Some([_, f2]) = self.places().filter(|_| self.dissect.by_distance) {
            let far = |start: usize| answers.distance(When::After, f2, start).unwrap_or(f64::NAN);
            starts.sort_by(|a, b| far(*b).total_cmp(&far(*a)));
        }
        starts
    }

    /// The start under the cursor.
    pub fn start(&self) -> Option<usize> {
        let starts = self.starts();
        starts.contains(&self.dissect.start).then_some(self.dissect.start).or(starts.first().copied())
    }

    /// The start under the cursor, as its pictures are asked for.
    pub fn start_key(&self) -> Option<StartKey> {
        Some(StartKey { class: self.class_key()?, start: self.start()? })
    }

    pub(in super::super) fn act_on_dissect(&mut self, action: Action) -> Vec<Effect> {
        match action {
            Action::Matrix => self.next_matrix(),
            Action::Sort => self.dissect.by_distance = !self.dissect.by_distance,
        }
        vec![Effect::Draw]
    }

    fn next_matrix(&mut self) {
        let Some(report) = self.report() else { return };
        let Some(matrix) = &report.matrix else {
            self.say(
                "no matrix: it takes a dissection with all_pairs, where each model is f1 once",
                Tone::Bad,
            );
            return;
        };
        let measures: Vec<_> = matrix.measures().collect();
        let next = match self.dissect.matrix {
            None => measures.first(),
            Some(now) => measures.iter().skip_while(|measure| **measure != now).nth(1),
        };
        self.dissect.matrix = next.copied();
    }

    pub(in super::super) fn step_in_dissections(&mut self, by: i32) {
        let step = |at: usize, count: usize| {
            (at as i64 + i64::from(by)).clamp(0, count.saturating_sub(1) as i64) as usize
        };
        match self.dissect.level {
            Level::Runs => {
                let mut cursor = self.dissection.clone();
                cursor.step(by, &ids(&self.dissections()));
                self.dissection = cursor;
            }
            Level::Pairs => {
                if let Some((at, _)) = self.pair() {
                    self.dissect.pair = step(at, self.report().map_or(0, |report| report.pairs.len()));
                }
            }
            Level::Classes => {
                if let Some(at) = self.class_at() {
                    self.dissect.class = step(at, self.pair().map_or(0, |(_, pair)| pair.per_class.len()));
                }
            }
            Level::Starts | Level::Start => {
                let starts = self.starts();
                let at = self.start().and_then(|start| starts.iter().position(|other| *other == start));
                if let Some(start) = at.and_then(|at| starts.get(step(at, starts.len()))) {
                    self.dissect.start = *start;
                }
            }
        }
    }

    /// To the bar beside, or, among starts, to the class beside with the same start.
    pub(in super::super) fn step_aside_in_dissection(&mut self, by: i32) {
        let level = self.dissect.level;
        self.dissect.level = match level {
            Level::Runs => return,
            Level::Pairs | Level::Classes => Level::Pairs,
            Level::Starts | Level::Start => Level::Classes,
        };
        self.step_in_dissections(by);
        self.dissect.level = level;
    }

    /// One level in, as far as there is something.
    pub(in super::super) fn look_into_dissection(&mut self) {
        let there = match self.dissect.level {
            Level::Runs => self.pair().is_some(),
            Level::Pairs => self.class_at().is_some(),
            Level::Classes => {
                if self.class_key().is_none() {
                    self.say("this report does not say which arrays are beside it: dissect again", Tone::Bad);
                }
                self.class_key().is_some()
            }
            Level::Starts | Level::Start => self.start().is_some(),
        };
        if there {
            self.dissect.level = self.dissect.level.deeper();
        }
    }

    /// One level out.
    pub(in super::super) fn look_out_of_dissection(&mut self) {
        self.dissect.level = self.dissect.level.out();
    }

    /// From the list to the bars, from there to the classes, and round.
    pub(in super::super) fn next_dissect_pane(&mut self) {
        self.dissect.level = match self.dissect.level {
            Level::Runs if self.pair().is_some() => Level::Pairs,
            Level::Pairs if self.class_at().is_some() => Level::Classes,
            _ => Level::Runs,
        };
    }

    pub(in super::super) fn mark_dissection(&mut self) {
        if let Some(id) = self.dissection().map(|run| run.id.clone()) {
            self.toggle_mark(id);
        }
        if self.dissect.level == Level::Runs {
            self.step_in_dissections(1);
        }
    }

    /// Asks for what the level in front shows and has not.
    pub(in super::super) fn fetch_patterns(&mut self) -> Vec<Effect> {
        let mut effects = Vec::new();
        if self.dissect.level < Level::Starts {
            return effects;
        }
        if let Some(key) = self.class_key().filter(|key| self.evidence.wants_class(key)) {
            effects.push(Effect::ReadAnswers(key));
        }
        if let Some(key) = self.start_key().filter(|key| self.evidence.wants_start(key)) {
            effects.push(Effect::ReadPattern(key));
        }
        effects
    }
}
