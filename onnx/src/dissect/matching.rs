//! Making classifiers comparable: as many classes, in one order, and names that tell them apart.

use std::collections::BTreeSet;

use super::DissectError;
use super::classifier::Classifier;
use crate::session::SessionOptions;

/// Refuses other class counts than the first model's, and puts logits into the first model's order where both name
/// the same classes in different ones.
pub(super) fn same_classes(
    classifiers: &mut [Classifier],
    options: &SessionOptions,
    notes: &mut Vec<String>,
) -> Result<(), DissectError> {
    let (first, others) = classifiers.split_first_mut().expect("two models or more");
    for other in others {
        if other.classes != first.classes {
            return Err(DissectError::Classes {
                model: other.path.clone(),
                found: other.classes,
                expected: first.classes,
                first: first.path.clone(),
            });
        }
        let (Some(wanted), Some(found)) = (&first.class_names, &other.class_names) else { continue };
        match order(wanted, found) {
            Some(order) if order.is_sorted() => {}
            Some(order) => {
                other.reorder(&order, options)?;
                notes.push(format!(
                    "{}: classes put into the order of {} by their names",
                    other.name, first.name
                ));
            }
            None => notes.push(format!(
                "{}: other class names than {}; classes are compared by their position (--classes names them)",
                other.name, first.name
            )),
        }
    }
    Ok(())
}

/// For each wanted name where it is found, if both lists hold the same names once each, however they are spelled.
fn order(wanted: &[String], found: &[String]) -> Option<Vec<usize>> {
    // Names that differ by their spelling alone are told apart by it.
    order_as(wanted, found, str::to_owned).or_else(|| order_as(wanted, found, spelled))
}

/// A name without what spellings differ in: case, and underscores or hyphens for spaces.
fn spelled(name: &str) -> String {
    let words =
        name.split(|c: char| c.is_whitespace() || c == '_' || c == '-').filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ").to_lowercase()
}

fn order_as(wanted: &[String], found: &[String], form: fn(&str) -> String) -> Option<Vec<usize>> {
    let [wanted, found] =
        [wanted, found].map(|names| names.iter().map(|name| form(name)).collect::<Vec<_>>());
    let distinct: BTreeSet<_> = found.iter().collect();
    if distinct.len() != wanted.len() {
        return None;
    }
    wanted.iter().map(|name| found.iter().position(|other| other == name)).collect()
}

/// Numbers names that occur again, in the order of the models.
pub(super) fn unique_names(classifiers: &mut [Classifier]) {
    let mut taken = BTreeSet::new();
    for classifier in classifiers {
        let stem = classifier.name.clone();
        let mut number = 1;
        while !taken.insert(classifier.name.clone()) {
            number += 1;
            classifier.name = format!("{stem} ({number})");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_by_name() {
        let names = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        for (wanted, found, expected) in [
            ("a b c", "c a b", Some(vec![1, 2, 0])),
            ("a b c", "a b d", None),
            ("a b c", "a a b", None),
            ("a b", "B A", Some(vec![1, 0])),
            ("a A", "A a", Some(vec![1, 0])),
            ("a A b", "A a B", None),
            ("polar_bear tabby-cat", "Tabby_Cat Polar-Bear", Some(vec![1, 0])),
            ("car dog", "automobile dog", None),
        ] {
            assert_eq!(order(&names(wanted), &names(found)), expected, "{wanted} / {found}");
        }
    }
}
