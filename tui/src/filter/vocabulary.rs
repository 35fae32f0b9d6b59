//! The fields a filter may name.

/// A field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// What it is called.
    pub name: String,
    /// The words it can hold, where they are few and known.
    pub words: Vec<String>,
    /// Whether it holds a number.
    pub is_number: bool,
}

/// All fields there are, each once, sorted by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Vocabulary(Vec<Field>);

impl Vocabulary {
    /// Adds a field, unless there is one of this name.
    pub fn add(&mut self, name: &str, is_number: bool, words: impl IntoIterator<Item = String>) {
        if let Err(place) = self.0.binary_search_by(|field| field.name.as_str().cmp(name)) {
            let words = words.into_iter().collect();
            self.0.insert(place, Field { name: name.to_owned(), words, is_number });
        }
    }

    /// A field by its name.
    pub fn get(&self, name: &str) -> Option<&Field> {
        self.0.binary_search_by(|field| field.name.as_str().cmp(name)).ok().map(|place| &self.0[place])
    }

    /// All of them.
    pub fn fields(&self) -> &[Field] {
        &self.0
    }

    /// The name that looks most like this one, where one does.
    pub fn nearest(&self, name: &str) -> Option<&str> {
        let likeness = |field: &Field| strsim::jaro_winkler(&field.name, name);
        let best = self.0.iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b)))?;
        (likeness(best) > 0.75).then_some(best.name.as_str())
    }
}
