//! The models screen: from marked models to a dissection.

use super::super::dashboard::{Overlay, State, Tone};
use super::super::event::Effect;
use super::super::form::Form;
use super::super::keys::{Action as Any, Binding, Key, bind};
use super::shared;

/// What this screen alone knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Dissect the marked models.
    Dissect,
}

pub(super) static BINDINGS: &[Binding] = &[
    bind("dissect", &[Key::Char('d')], "dissect", "dissect the marked models", Any::Models(Action::Dissect)),
    shared::MARK,
    shared::UNMARK,
    shared::FILTER,
];

impl State {
    pub(in super::super) fn act_on_models(&mut self, action: Action) -> Vec<Effect> {
        match action {
            Action::Dissect => self.dissect_marked(),
        }
        vec![Effect::Draw]
    }

    fn dissect_marked(&mut self) {
        match (self.models.missing(), &self.models.generator) {
            (None, Some(generator)) => {
                let form = Form::dissect(&self.models.classifiers, generator);
                self.overlay = Some(Overlay::Form(Box::new(form)));
            }
            (missing, _) => self.say(missing.unwrap_or("mark a generator with space"), Tone::Bad),
        }
    }
}
