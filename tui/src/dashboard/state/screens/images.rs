//! The images screen: a GAN's samples by epoch.

use super::super::dashboard::{State, ids};
use super::super::keys::Binding;
use super::shared;

pub(super) static BINDINGS: &[Binding] =
    &[shared::STOP, shared::RESUME, shared::CLONE, shared::LEFT, shared::RIGHT];

impl State {
    pub(in super::super) fn step_in_gans(&mut self, by: i32) {
        let mut cursor = self.gan.clone();
        cursor.step(by, &ids(&self.gans()));
        self.gan = cursor;
        self.sample_back = 0;
    }

    /// On by so many epochs, or back.
    pub(in super::super) fn scrub(&mut self, by: i32) {
        let samples = self.gan().map_or(0, |run| run.pictures.len()) as i64;
        let back = self.sample_back as i64 - i64::from(by);
        self.sample_back = back.clamp(0, (samples - 1).max(0)) as usize;
    }

    pub(in super::super) fn scrub_to_end(&mut self, first: bool) {
        let samples = self.gan().map_or(0, |run| run.pictures.len());
        self.sample_back = if first { samples.saturating_sub(1) } else { 0 };
    }
}
