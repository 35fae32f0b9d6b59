//! A dissection's `report.json` as the dashboard shows it. Keys it does not know are left alone, so that reports of
//! other versions still open.

use serde::Deserialize;

/// What a dissection found.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Report {
    /// The model whose outputs were climbed.
    pub f1: Name,
    /// f1's probability of its class.
    pub activation: Option<Activation>,
    /// One for each f2 (or pair of models).
    pub pairs: Vec<Pair>,
}

/// A model's name, written plainly or as part of an object.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Name {
    /// Just the name.
    Plain(String),
    /// An object with it.
    Object {
        /// The name.
        name: String,
    },
}

impl Name {
    /// The name.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Plain(name) | Self::Object { name } => name,
        }
    }
}

/// f1's mean probability of the class that is climbed.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
pub struct Activation {
    /// On G(z).
    pub before: Option<f64>,
    /// On G(z*).
    pub after: Option<f64>,
}

/// The distance of one model from another.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Pair {
    /// The first model, where it is not the report's f1.
    pub f1: Option<Name>,
    /// The other model.
    pub f2: Name,
    /// Mean over the starts of Dist.
    pub dist: Option<f64>,
    /// Variance over the starts.
    pub variance: Option<f64>,
    /// Its square root.
    pub std: Option<f64>,
    /// The same for each class.
    #[serde(default)]
    pub per_class: Vec<Class>,
    /// Share of the patterns on which both name the same class.
    pub agreement: Option<f64>,
    /// Dist on G(z), before the ascent.
    pub before: Option<Before>,
    /// What was measured on test images.
    pub on_images: Option<OnImages>,
}

/// The distance on test images.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
pub struct OnImages {
    /// Mean over the images.
    pub dist: f64,
}

/// The distance before the ascent, plainly or with its variance.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum Before {
    /// Just the distance.
    Plain(f64),
    /// An object with it.
    Object {
        /// The distance.
        dist: f64,
    },
}

impl Before {
    /// The distance.
    pub fn dist(&self) -> f64 {
        match *self {
            Self::Plain(dist) | Self::Object { dist } => dist,
        }
    }
}

/// One class of a pair.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Class {
    /// Its number.
    pub class: u64,
    /// Its name, if the model says one.
    pub name: Option<String>,
    /// Mean divergence over the starts.
    pub mean: Option<f64>,
    /// Its standard deviation.
    pub std: Option<f64>,
}

impl Report {
    /// Reads `report.json`.
    pub fn parse(text: &str) -> Result<Self, String> {
        serde_json::from_str(text).map_err(|error| format!("report.json cannot be read: {error}"))
    }

    /// The names of the classes, by their order.
    pub fn class_names(&self) -> Vec<String> {
        let classes = self.pairs.iter().map(|pair| pair.per_class.as_slice()).max_by_key(|list| list.len());
        let name = |class: &Class| class.name.clone().unwrap_or_else(|| format!("class {}", class.class));
        classes.unwrap_or_default().iter().map(name).collect()
    }

    /// The largest distance, with its deviation: the end of the bars' axis.
    pub fn largest(&self) -> f64 {
        self.pairs
            .iter()
            .map(|pair| {
                let after = pair.dist.unwrap_or(0.0) + pair.deviation();
                after.max(pair.before.map_or(0.0, |before| before.dist()))
            })
            .fold(0.0, f64::max)
    }
}

impl Pair {
    /// Standard deviation over the starts; 0 where it is not said.
    pub fn deviation(&self) -> f64 {
        self.std.or(self.variance.map(|variance| variance.max(0.0).sqrt())).unwrap_or(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_open_with_what_they_have() {
        let full = r#"{"settings":{"seeds":100},"f1":"a","activation":{"before":0.1,"after":0.99},"new key":[1],
            "pairs":[{"f2":"b","dist":3.5,"variance":0.04,"std":0.2,"agreement":0.3,"before":4.8,
                      "per_class":[{"class":0,"name":"disc","mean":3.1,"std":0.4}]}]}"#;
        let report = Report::parse(full).unwrap();
        assert_eq!((report.pairs[0].deviation(), report.largest()), (0.2, 4.8));
        let spare = r#"{"f1":{"name":"a"},"pairs":[{"f2":{"name":"b"},"dist":null,"variance":0.25}]}"#;
        let report = Report::parse(spare).unwrap();
        assert_eq!((report.f1.as_str(), report.pairs[0].deviation(), report.largest()), ("a", 0.5, 0.5));
        assert!(Report::parse("{\"f1\":").unwrap_err().starts_with("report.json cannot be read"));
    }
}
