//! The spec of a training that another program did: where it was found and what it was asked.

use std::collections::BTreeMap;

use serde::Serialize;

use super::choice::Program;
use super::name;
use super::reader::Section;

/// A training that another program did. Nobody can ask for one; it comes with its measurements.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ImportedSpec {
    /// What the run is called.
    pub name: String,
    /// Where it was found. The same source is the same run.
    pub source: Source,
    /// What the training was asked, as that program says it.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub config: BTreeMap<String, String>,
}

/// Where a training was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Source {
    /// Whose log it is.
    pub program: Program,
    /// The folder of event files, or the W&B file.
    pub path: String,
}

impl ImportedSpec {
    pub(super) fn read(top: &mut Section<'_, '_>) -> Self {
        let mut section = top.section("source");
        let source = Source {
            program: section.choice("program", Program::Tensorboard),
            path: section.string("path", ""),
        };
        section.finish();
        let config = top.strings("config");
        let name = name::read(top, || "imported".to_owned());
        Self { name, source, config }
    }
}
