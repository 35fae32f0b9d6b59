//! The language in which lists are filtered: `state:running noise>0.5 arch:vgg* -kind:gan`.
//!
//! It knows neither runs nor screens: what can be asked for is a [`Vocabulary`], and what is asked is a [`Subject`].

mod complete;
mod parse;
mod run;
mod subject;
mod tree;
mod vocabulary;

pub use complete::{Completion, complete};
pub use parse::{Problem, parse};
pub use run::{RUN_FIELDS, SpecKeys, vocabulary};
pub use subject::{Datum, Subject};
pub use tree::Filter;
pub use vocabulary::{Field, Vocabulary};
