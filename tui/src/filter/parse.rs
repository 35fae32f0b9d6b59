//! From text to a filter. Places are counted in characters, so that a caret can stand below them.

use std::iter::Peekable;
use std::str::Chars;

use super::tree::{Filter, Node, Side, Value};
use super::vocabulary::Vocabulary;

/// How deep brackets may stand in each other.
const DEEPEST: usize = 32;

/// Why a text is no filter.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("column {}: {complaint}", .at + 1)]
pub struct Problem {
    /// The first character that cannot stand, from 0; the text's length where something is missing at its end.
    pub at: usize,
    /// How many characters it is about, at least one.
    pub length: usize,
    /// What was found and expected.
    pub complaint: String,
}

/// Reads a filter. Terms with spaces between them must all hold, of those with `|` between them one.
pub fn parse(text: &str, vocabulary: &Vocabulary) -> Result<Filter, Problem> {
    let mut reader = Reader { rest: text.chars().peekable(), at: 0, vocabulary };
    let node = reader.alternatives(0)?;
    match reader.rest.peek() {
        None => Ok(Filter(node)),
        Some(_) => Err(reader.problem(reader.at, 1, "this `)` closes nothing")),
    }
}

struct Reader<'t> {
    rest: Peekable<Chars<'t>>,
    at: usize,
    vocabulary: &'t Vocabulary,
}

impl Reader<'_> {
    fn next(&mut self) -> Option<char> {
        let c = self.rest.next()?;
        self.at += 1;
        Some(c)
    }

    fn take(&mut self, wanted: char) -> bool {
        self.rest.peek() == Some(&wanted) && self.next().is_some()
    }

    fn blanks(&mut self) {
        while self.rest.peek().is_some_and(|c| c.is_whitespace()) {
            self.next();
        }
    }

    fn problem(&self, at: usize, length: usize, complaint: impl Into<String>) -> Problem {
        Problem { at, length: length.max(1), complaint: complaint.into() }
    }

    fn alternatives(&mut self, depth: usize) -> Result<Node, Problem> {
        let mut parts = vec![self.terms(depth)?];
        while self.take('|') {
            parts.push(self.terms(depth)?);
        }
        // An alternative that asks for nothing is one not yet typed: `a|` is still `a`.
        if parts.len() > 1 {
            parts.retain(|part| *part != Node::default());
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Node::Any(parts) })
    }

    fn terms(&mut self, depth: usize) -> Result<Node, Problem> {
        let mut parts = Vec::new();
        loop {
            self.blanks();
            match self.rest.peek() {
                None | Some('|' | ')') => break,
                Some(_) => parts.push(self.term(depth)?),
            }
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Node::All(parts) })
    }

    fn term(&mut self, depth: usize) -> Result<Node, Problem> {
        let begin = self.at;
        if self.take('-') {
            return match self.rest.peek() {
                None => Err(self.problem(self.at, 1, "expected what `-` leaves out")),
                Some(c) if c.is_whitespace() || matches!(c, '|' | ')' | '-') => {
                    Err(self.problem(begin, 1, "expected what `-` leaves out right after it"))
                }
                Some(_) => Ok(Node::Not(Box::new(self.term(depth)?))),
            };
        }
        if self.take('(') {
            if depth >= DEEPEST {
                return Err(self.problem(begin, 1, format!("brackets stand at most {DEEPEST} deep")));
            }
            let inner = self.alternatives(depth + 1)?;
            return match self.take(')') {
                true => Ok(inner),
                false => Err(self.problem(begin, 1, "this `(` is not closed")),
            };
        }
        if self.rest.peek() == Some(&'"') {
            return Ok(Node::Phrase(self.quoted()?.to_lowercase()));
        }
        let mut name = String::new();
        while let Some(&c) = self.rest.peek() {
            if c.is_whitespace() || matches!(c, '|' | ')' | '(') {
                break;
            }
            if matches!(c, ':' | '=' | '<' | '>' | '!') && !name.is_empty() {
                return self.comparison(begin, name);
            }
            name.extend(self.next());
        }
        match name.is_empty() {
            true => Err(self.problem(begin, 1, "expected a word or a field")),
            false => Ok(Node::Word(name.to_lowercase())),
        }
    }

    fn comparison(&mut self, begin: usize, name: String) -> Result<Node, Problem> {
        let length = self.at - begin;
        let Some(field) = self.vocabulary.get(&name.to_lowercase()) else {
            let hint = match self.vocabulary.nearest(&name.to_lowercase()) {
                Some(nearest) => format!("; did you mean `{nearest}`?"),
                None => "; in quotes it is searched for".to_owned(),
            };
            return Err(self.problem(begin, length, format!("no field `{name}`{hint}")));
        };
        let (name, is_number) = (field.name.clone(), field.is_number);
        let place = self.at;
        let side = match self.next() {
            Some('<') => Some(if self.take('=') { Side::UpTo } else { Side::Below }),
            Some('>') => Some(if self.take('=') { Side::From } else { Side::Above }),
            Some('!') if !self.take('=') => {
                return Err(self.problem(place, 1, "found `!`, expected `!=`"));
            }
            Some('!') => {
                let values = self.values(&name, is_number)?;
                return Ok(Node::Not(Box::new(Node::Is(name, values))));
            }
            Some('=') => {
                // `==` is what programmers' fingers type.
                self.take('=');
                let values = self.values(&name, is_number)?;
                return Ok(Node::Is(name, values));
            }
            _ => None,
        };
        let Some(side) = side else {
            let values = self.values(&name, is_number)?;
            return Ok(Node::Holds(name, values));
        };
        let place = self.at;
        let text = self.value(&name)?;
        if !is_number {
            let complaint = format!("`{name}` holds words; expected `:` or `=`");
            return Err(self.problem(place, self.at - place, complaint));
        }
        match number(&text) {
            Some(bound) => Ok(Node::Compares(name, side, bound)),
            None => Err(self.not_a_number(place, &text)),
        }
    }

    fn values(&mut self, name: &str, is_number: bool) -> Result<Vec<Value>, Problem> {
        let mut values = Vec::new();
        loop {
            let place = self.at;
            let text = self.value(name)?;
            let range = range(&text);
            if is_number && range.is_none() {
                return Err(self.not_a_number(place, &text));
            }
            values.push(Value { text: text.to_lowercase(), range });
            if !self.take(',') {
                return Ok(values);
            }
        }
    }

    fn value(&mut self, name: &str) -> Result<String, Problem> {
        if self.rest.peek() == Some(&'"') {
            return self.quoted();
        }
        let mut text = String::new();
        while let Some(&c) = self.rest.peek() {
            if c.is_whitespace() || matches!(c, '|' | ')' | ',') {
                break;
            }
            text.extend(self.next());
        }
        match text.is_empty() {
            true => Err(self.problem(self.at, 1, format!("expected what `{name}` is to be"))),
            false => Ok(text),
        }
    }

    fn quoted(&mut self) -> Result<String, Problem> {
        let begin = self.at;
        self.next();
        let mut text = String::new();
        loop {
            match self.next() {
                Some('"') => return Ok(text),
                Some(c) => text.push(c),
                None => return Err(self.problem(begin, 1, "this quote is not closed")),
            }
        }
    }

    fn not_a_number(&self, place: usize, text: &str) -> Problem {
        let complaint = format!("found `{text}`, expected a number, as 0.5, 80%, 10k or 2h");
        self.problem(place, self.at - place, complaint)
    }
}

/// A number, or a range `0.2..0.8` whose ends count and may be left out.
fn range(text: &str) -> Option<(f64, f64)> {
    match text.split_once("..") {
        None => number(text).map(|number| (number, number)),
        Some(("", "")) => None,
        Some((low, high)) => {
            let end = |text: &str, open| if text.is_empty() { Some(open) } else { number(text) };
            Some((end(low, f64::NEG_INFINITY)?, end(high, f64::INFINITY)?))
        }
    }
}

/// A number with a unit: per cent, thousands, or a time, which is in seconds.
fn number(text: &str) -> Option<f64> {
    const UNITS: [(&str, f64); 8] = [
        ("%", 0.01),
        ("min", 60.0),
        ("k", 1e3),
        ("M", 1e6),
        ("s", 1.0),
        ("m", 60.0),
        ("h", 3_600.0),
        ("d", 86_400.0),
    ];
    let (digits, scale) = UNITS
        .iter()
        .find_map(|(unit, scale)| Some((text.strip_suffix(unit)?, *scale)))
        .unwrap_or((text, 1.0));
    // The parser of numbers also takes words as `inf` and `nan`.
    let is_number = digits.chars().any(|c| c.is_ascii_digit());
    digits.parse::<f64>().ok().filter(|number| is_number && number.is_finite()).map(|number| number * scale)
}

#[cfg(test)]
mod tests;
