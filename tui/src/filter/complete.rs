//! What `tab` makes of a filter that is being typed.

use super::vocabulary::Vocabulary;

/// What could be typed next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completion {
    /// The text, as far as all candidates agree.
    pub text: String,
    /// The fields or words that the last one could become.
    pub candidates: Vec<String>,
}

/// Completes the name of the field, or the word of a field, at the end of a text.
pub fn complete(text: &str, vocabulary: &Vocabulary) -> Completion {
    let begin = text
        .rfind(|c: char| c.is_whitespace() || matches!(c, '|' | '('))
        .map_or(0, |at| at + text[at..].chars().next().map_or(1, char::len_utf8));
    let (before, term) = text.split_at(begin);
    let (minus, term) = if let Some(rest) = term.strip_prefix('-') { ("-", rest) } else { ("", term) };
    match term.rfind([':', '=', ',']) {
        None => {
            let fields: Vec<_> = vocabulary
                .fields()
                .iter()
                .filter(|field| field.name.starts_with(&term.to_lowercase()))
                .collect();
            let mut word = agreed(fields.iter().map(|field| field.name.as_str())).unwrap_or(term).to_owned();
            if let [field] = fields.as_slice()
                && !field.is_number
            {
                word.push(':');
            }
            let candidates = fields.iter().map(|field| field.name.clone()).collect();
            Completion { text: format!("{before}{minus}{word}"), candidates }
        }
        Some(at) => {
            let (head, typed) = term.split_at(at + 1);
            let name = head.split([':', '=', '!', '<', '>']).next().unwrap_or_default().to_lowercase();
            let words: Vec<&str> = vocabulary
                .get(&name)
                .map(|field| field.words.iter().map(String::as_str))
                .into_iter()
                .flatten()
                .filter(|word| word.starts_with(&typed.to_lowercase()))
                .collect();
            let word = agreed(words.iter().copied()).unwrap_or(typed);
            let candidates = words.iter().map(|word| (*word).to_owned()).collect();
            Completion { text: format!("{before}{minus}{head}{word}"), candidates }
        }
    }
}

/// The longest beginning that all of them share; nothing where there are none.
fn agreed<'a>(mut words: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let first = words.next()?;
    let shared = |a: &'a str, b: &str| {
        let same = a.char_indices().zip(b.chars()).take_while(|((_, a), b)| a == b).count();
        let end = a.char_indices().nth(same).map_or(a.len(), |(at, _)| at);
        &a[..end]
    };
    Some(words.fold(first, shared))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_the_text_is_completed() {
        let mut vocabulary = Vocabulary::default();
        let states = ["running", "stopped", "stopping"].map(str::to_owned);
        vocabulary.add("state", false, states);
        vocabulary.add("noise", true, []);
        vocabulary.add("test_accuracy", true, []);
        vocabulary.add("test_loss", true, []);
        for (text, expected, candidates) in [
            ("sta", "state:", 1),
            ("vgg -st", "vgg -state:", 1),
            ("noi", "noise", 1),
            ("te", "test_", 2),
            ("(noise>0.5|te", "(noise>0.5|test_", 2),
            ("state:r", "state:running", 1),
            ("state:running,sto", "state:running,stopp", 2),
            ("state=", "state=", 3),
            ("nothing", "nothing", 0),
            ("noise:", "noise:", 0),
            ("漢字\u{3000}sta", "漢字\u{3000}state:", 1),
            ("", "", 4),
        ] {
            let found = complete(text, &vocabulary);
            assert_eq!((found.text.as_str(), found.candidates.len()), (expected, candidates), "{text}");
        }
    }
}
