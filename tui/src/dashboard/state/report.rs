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
    /// All models, in the order of the arrays beside the report.
    #[serde(default)]
    pub models: Vec<Name>,
    /// How far each f1 is from an untrained copy of itself.
    #[serde(default)]
    pub baselines: Vec<Baseline>,
    /// The pairs as tables, where every model was f1.
    pub matrix: Option<Matrix>,
    /// What was asked.
    pub settings: Option<Settings>,
    /// What deserves attention.
    #[serde(default)]
    pub notes: Vec<String>,
}

/// What a dissection was asked, as far as it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
pub struct Settings {
    /// Starts of each class.
    pub seeds: Option<u64>,
    /// Steps of the ascent.
    pub steps: Option<u64>,
}

/// What tells how large a distance that means nothing is.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Baseline {
    /// The model.
    pub f1: Name,
    /// Its distances to its own graph with weights drawn anew.
    pub untrained: Option<Untrained>,
}

/// The distance to an untrained copy.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
pub struct Untrained {
    /// On the patterns.
    pub on_patterns: Measures,
}

/// Tables of all pairs: a row for each f1, a column for each f2. They can be of any shape, and have gaps.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Matrix {
    /// Names of rows and columns.
    pub models: Vec<String>,
    /// Distances on the patterns.
    #[serde(default)]
    pub dist: Table,
    /// Jensen-Shannon divergences on them.
    #[serde(default)]
    pub jensen_shannon: Table,
    /// Share of them on which both name the same class.
    #[serde(default)]
    pub agreement: Table,
    /// Distances on G(z).
    #[serde(default)]
    pub before: Table,
    /// Distances on test images.
    #[serde(default)]
    pub on_images: Option<Table>,
}

/// Numbers by row and column.
pub(super) type Table = Vec<Vec<Option<f64>>>;

/// One table of a [`Matrix`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// Distances on the patterns.
    Dist,
    /// Jensen-Shannon divergences on them.
    JensenShannon,
    /// Share of them on which both name the same class.
    Agreement,
    /// Distances on G(z).
    Before,
    /// Distances on test images.
    OnImages,
}

impl Measure {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Dist, Self::JensenShannon, Self::Agreement, Self::Before, Self::OnImages];

    /// What it is called.
    pub fn title(self) -> &'static str {
        match self {
            Self::Dist => "Dist on x*",
            Self::JensenShannon => "Jensen-Shannon on x*",
            Self::Agreement => "same class named on x*",
            Self::Before => "Dist on G(z)",
            Self::OnImages => "Dist on test images",
        }
    }
}

impl Matrix {
    /// The numbers of a measure.
    pub fn table(&self, measure: Measure) -> &[Vec<Option<f64>>] {
        match measure {
            Measure::Dist => &self.dist,
            Measure::JensenShannon => &self.jensen_shannon,
            Measure::Agreement => &self.agreement,
            Measure::Before => &self.before,
            Measure::OnImages => self.on_images.as_deref().unwrap_or_default(),
        }
    }

    /// The measures that there are numbers of.
    pub fn measures(&self) -> impl Iterator<Item = Measure> + '_ {
        Measure::ALL.into_iter().filter(|measure| !self.table(*measure).is_empty())
    }
}

/// A distance with its interval.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
pub struct Measures {
    /// Mean, in nats.
    pub dist: Option<f64>,
    /// Its bootstrap interval of 95 %.
    pub interval: Option<[f64; 2]>,
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
    /// The distance on the patterns, with its interval.
    pub on_patterns: Option<Measures>,
    /// What was measured on test images.
    pub on_images: Option<Measures>,
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
    /// Mean distance on G(z).
    pub before: Option<f64>,
    /// Share of the class's patterns on which both name the same class.
    pub agreement: Option<f64>,
    /// Share of them on which f2 names this class.
    pub success_rate: Option<f64>,
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

impl Report {
    /// The name of a pair's f1.
    pub fn f1_of<'r>(&'r self, pair: &'r Pair) -> &'r str {
        pair.f1.as_ref().unwrap_or(&self.f1).as_str()
    }

    /// Where a model stands in the arrays beside the report.
    pub fn place(&self, model: &str) -> Option<usize> {
        self.models.iter().position(|name| name.as_str() == model)
    }

    /// The distance of a model from its untrained copy.
    pub fn untrained(&self, f1: &str) -> Option<f64> {
        let baseline = self.baselines.iter().find(|baseline| baseline.f1.as_str() == f1)?;
        baseline.untrained.and_then(|untrained| untrained.on_patterns.dist)
    }
}

impl Pair {
    /// Half the width of the 95 % interval of the distance: the bootstrap's, else 1.96 standard errors over the starts.
    pub fn uncertainty(&self, starts: Option<u64>) -> Option<f64> {
        let interval = self.on_patterns.and_then(|measures| measures.interval);
        let half = interval.map(|[low, high]| (high - low).abs() / 2.0);
        let by_deviation = || {
            let starts = starts.filter(|starts| *starts > 1)? as f64;
            self.std
                .or(self.variance.map(|variance| variance.max(0.0).sqrt()))
                .map(|std| 1.96 * std / starts.sqrt())
        };
        half.or_else(by_deviation).filter(|half| half.is_finite())
    }

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
