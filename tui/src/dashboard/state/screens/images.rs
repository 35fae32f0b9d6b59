//! The images screen: samples of GANs at the epoch that the charts are read at.

use super::super::dashboard::{State, ids};
use super::super::event::Picture;
use super::super::keys::Binding;
use super::super::run::Run;
use super::shared;

pub(super) static BINDINGS: &[Binding] =
    &[shared::STOP, shared::RESUME, shared::CLONE, shared::MARK, shared::UNMARK, shared::LEFT, shared::RIGHT];

/// GANs whose samples stand beside each other.
const BESIDE: usize = 4;

impl State {
    /// The GAN in front, then the marked ones: those whose samples stand beside each other.
    pub fn gans_in_view(&self) -> Vec<&Run> {
        let Some(front) = self.gan() else { return Vec::new() };
        let marked = self.gans().into_iter().filter(|gan| gan.id != front.id);
        let marked = marked.filter(|gan| self.marked.contains(&gan.id));
        std::iter::once(front).chain(marked).take(BESIDE).collect()
    }

    /// The sample of a GAN at the epoch in front, with its place among all of them: the last one drawn up to then,
    /// else the first.
    pub fn sample_of<'r>(&self, gan: &'r Run) -> Option<(usize, &'r Picture)> {
        let last = gan.pictures.len().checked_sub(1)?;
        let at = match self.scrub_epoch {
            None => last,
            Some(epoch) => {
                let drawn = |picture: &Picture| picture.epoch.is_some_and(|at| at as f64 <= epoch);
                gan.pictures.iter().rposition(drawn).unwrap_or(0)
            }
        };
        Some((at, &gan.pictures[at]))
    }

    pub(in super::super) fn step_in_gans(&mut self, by: i32) {
        let mut cursor = self.gan.clone();
        cursor.step(by, &ids(&self.gans()));
        self.gan = cursor;
    }

    pub(in super::super) fn mark_gan(&mut self) {
        let Some(id) = self.gan().map(|run| run.id.clone()) else { return };
        self.toggle_mark(id);
        self.step_in_gans(1);
    }

    /// On by so many samples, or back. At the last one it stays with whatever is drawn next.
    pub(in super::super) fn scrub(&mut self, by: i32) {
        let Some((gan, at)) = self.gan().and_then(|gan| Some((gan, self.sample_of(gan)?.0))) else { return };
        let last = gan.pictures.len() - 1;
        let to = (at as i64 + i64::from(by)).clamp(0, last as i64) as usize;
        self.scrub_epoch = gan.pictures[to].epoch.map(|epoch| epoch as f64).filter(|_| to < last);
    }

    pub(in super::super) fn scrub_to_end(&mut self, first: bool) {
        let epoch = self.gan().and_then(|gan| gan.pictures.first()?.epoch);
        self.scrub_epoch = epoch.filter(|_| first).map(|epoch| epoch as f64);
    }
}
