//! What generator and classifiers have in common: one input, one output, answers that are finite.

use super::DissectError;
use crate::graph::Graph;
use crate::model::ValueInfo;
use crate::session::Session;
use crate::tensor::Tensor;

/// The only one of a model's inputs or outputs, or a description of what is there instead.
pub(super) fn single<'a>(values: &'a [ValueInfo], what: &str) -> Result<&'a ValueInfo, String> {
    match values {
        [one] => Ok(one),
        [] => Err(format!("no {what}")),
        several => {
            let names: Vec<_> = several.iter().map(|value| format!("`{}`", value.name)).collect();
            Err(format!("{} {what}s ({})", several.len(), names.join(", ")))
        }
    }
}

/// A session with the path its errors name.
pub(super) struct Answers<'a> {
    pub(super) path: &'a str,
    pub(super) session: &'a mut Session,
}

impl Answers<'_> {
    /// The value of an output for one input.
    pub(super) fn of(&mut self, input: &str, value: &Tensor, output: &str) -> Result<Tensor, DissectError> {
        let mut answers = self.session.run([(input, value)]).map_err(|source| DissectError::Run {
            model: self.path.to_owned(),
            action: "running",
            source: Box::new(source),
        })?;
        Ok(answers.remove(output).expect("the graph declares this output"))
    }
}

/// Refuses NaN among a model's constants, which operators that clamp would hide. Infinities can be meant, as in masks.
pub(super) fn weights(model: &str, graph: &Graph) -> Result<(), DissectError> {
    for (name, tensor) in graph.constants.iter().filter(|(_, tensor)| tensor.data_type().is_float()) {
        if tensor.to_f64s().is_ok_and(|values| values.iter().any(|value| value.is_nan())) {
            return Err(DissectError::NotFinite {
                model: model.to_owned(),
                kind: "weights",
                at: format!("(NaN in `{name}`)"),
                advice: "the model has diverged, take an earlier one",
            });
        }
    }
    Ok(())
}

/// Refuses infinities and NaN.
pub(super) fn finite(
    model: &str,
    kind: &'static str,
    values: &[f32],
    advice: &'static str,
) -> Result<(), DissectError> {
    let bad = values.iter().filter(|value| !value.is_finite()).count();
    if bad == 0 {
        return Ok(());
    }
    let at = format!("({bad} of {})", values.len());
    Err(DissectError::NotFinite { model: model.to_owned(), kind, at, advice })
}
