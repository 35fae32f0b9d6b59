//! What every model says of every pattern, as one array: whoever looks at a single pattern later needs no model.

use super::distance::Logits;
use super::turn::Answer;

/// More numbers than these are not kept: 256 MiB.
const MOST: usize = 64 << 20;

/// Logits of all models on G(z) and on x*, `[2, models, classes, starts, outputs]` row-major; there are as many outputs
/// as classes.
#[derive(Debug, Clone, PartialEq)]
pub struct Answers {
    /// Models, in the order of the report.
    pub models: usize,
    /// Output classes; also how many classes the patterns were made for.
    pub classes: usize,
    /// Patterns for each class.
    pub starts: usize,
    /// `2 * models * classes * starts * classes` numbers.
    pub values: Vec<f32>,
}

impl Answers {
    /// Puts the answers of a turn together, f1's at its place among the others'; nothing where they are too many to keep.
    pub(super) fn gather(f1: usize, before: &Answer, after: &Answer) -> Option<Self> {
        let Logits { classes, starts, ref values } = after.own;
        let models = after.others.len() + 1;
        let each = values.len();
        let total = each.checked_mul(2 * models).filter(|total| *total <= MOST)?;
        let mut values = Vec::with_capacity(total);
        for answer in [before, after] {
            for model in 0..models {
                let logits = match model.cmp(&f1) {
                    std::cmp::Ordering::Less => &answer.others[model],
                    std::cmp::Ordering::Equal => &answer.own,
                    std::cmp::Ordering::Greater => &answer.others[model - 1],
                };
                values.extend_from_slice(&logits.values);
            }
        }
        Some(Self { models, classes, starts, values })
    }

    /// Dimensions of the array.
    pub fn shape(&self) -> [usize; 5] {
        [2, self.models, self.classes, self.starts, self.classes]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f1_stands_at_its_own_place() {
        let logits = |value: f32| Logits { classes: 2, starts: 1, values: vec![value; 4] };
        let answer = |own: f32, others: [f32; 2]| Answer {
            own: logits(own),
            others: others.map(logits).to_vec(),
            spreads: Vec::new(),
        };
        let first = |answers: &Answers| -> Vec<f32> { answers.values.iter().step_by(4).copied().collect() };
        for (f1, expected) in [
            (0, [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]),
            (1, [2.0, 1.0, 3.0, 5.0, 4.0, 6.0]),
            (2, [2.0, 3.0, 1.0, 5.0, 6.0, 4.0]),
        ] {
            let answers = Answers::gather(f1, &answer(1.0, [2.0, 3.0]), &answer(4.0, [5.0, 6.0])).unwrap();
            assert_eq!((first(&answers), answers.shape()), (expected.to_vec(), [2, 3, 2, 1, 2]));
        }
    }
}
