//! The generator: its file checked, and images made of latent vectors. Knows nothing of classifiers.

use std::path::Path;

use super::DissectError;
use super::checks::{self, Answers, finite, single};
use crate::graph::Graph;
use crate::model::{Dim, Model, ValueInfo};
use crate::session::{Session, SessionOptions};
use crate::tensor::{DataType, Tensor};

/// A generator ready to run. Its images are taken to be in [-1, 1], channels first.
pub(super) struct Generator {
    /// Path, for messages.
    pub(super) path: String,
    /// Input `z` `[batch, latent]`, output `image` `[batch, channels, height, width]`.
    pub(super) graph: Graph,
    /// Length of a latent vector.
    pub(super) latent: usize,
    /// Channels, height, width.
    pub(super) image: [usize; 3],
    session: Session,
}

/// Images `[count, channels, height, width]` in [-1, 1].
#[derive(Debug, Clone, PartialEq)]
pub struct Images {
    /// Channels, height, width.
    pub shape: [usize; 3],
    /// Row-major.
    pub values: Vec<f32>,
}

impl Images {
    /// One image.
    pub fn get(&self, index: usize) -> &[f32] {
        let size: usize = self.shape.iter().product();
        &self.values[index * size..(index + 1) * size]
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.values.len() / self.shape.iter().product::<usize>()
    }
}

const ADVICE: &str = "give a generator exported by a GAN run, or any model from vectors to images in [-1, 1]";
const EXPECTED_INPUT: &str = "one float input [batch, latent] with a dynamic batch";
const EXPECTED_OUTPUT: &str = "one output of images [batch, 3, height, width]";

impl Generator {
    pub(super) fn load(path: &Path, options: &SessionOptions) -> Result<Self, DissectError> {
        let name = path.display().to_string();
        let model = Model::load(path)?;
        let inner = Graph::from_model(&model)
            .map_err(|source| DissectError::Graph { model: name.clone(), source })?;
        checks::weights(&name, &inner)?;
        let signature = |found: String, expected: &str| DissectError::Signature {
            model: name.clone(),
            found,
            expected: expected.into(),
            advice: ADVICE,
        };
        let input = single(&inner.inputs, "input").map_err(|found| signature(found, EXPECTED_INPUT))?;
        let output = single(&inner.outputs, "output").map_err(|found| signature(found, EXPECTED_OUTPUT))?;
        let latent = latent_of(input).ok_or_else(|| signature(format!("input {input}"), EXPECTED_INPUT))?;
        let graph = plain(&inner, input, output, latent)
            .map_err(|source| DissectError::Graph { model: name.clone(), source })?;
        let mut made = Self::open(name.clone(), graph, latent, options)?;
        let probe = Tensor::from_vec(&[2, latent], &vec![0.0_f32; 2 * latent]);
        let found = made.run(&probe)?;
        made.image = match *found.shape() {
            [2, channels @ (1 | 3), height, width] if height > 0 && width > 0 => [channels, height, width],
            ref other => {
                return Err(signature(
                    format!("output `{}` of shape {other:?} for 2 vectors", output.name),
                    EXPECTED_OUTPUT,
                ));
            }
        };
        Ok(made)
    }

    fn open(
        path: String,
        graph: Graph,
        latent: usize,
        options: &SessionOptions,
    ) -> Result<Self, DissectError> {
        let model = graph.to_model().map_err(|source| DissectError::Graph { model: path.clone(), source })?;
        let session = Session::new(&model, options).map_err(|source| DissectError::Run {
            model: path.clone(),
            action: "preparing",
            source: Box::new(source),
        })?;
        Ok(Self { path, graph, latent, image: [0; 3], session })
    }

    fn run(&mut self, z: &Tensor) -> Result<Tensor, DissectError> {
        Answers { path: &self.path, session: &mut self.session }.of("z", z, "image")
    }

    /// Images of latent vectors, `batch` at a time.
    pub(super) fn images(&mut self, z: &[f32], batch: usize) -> Result<Images, DissectError> {
        let mut values = Vec::with_capacity(z.len() / self.latent * self.image.iter().product::<usize>());
        for chunk in z.chunks(batch * self.latent) {
            let z = Tensor::from_vec(&[chunk.len() / self.latent, self.latent], chunk);
            values.extend(self.run(&z)?.to_vec::<f32>().expect("declared as float32"));
        }
        finite(&self.path, "images", &values, "the generator has diverged, or the starts are too far out")?;
        Ok(Images { shape: self.image, values })
    }
}

/// `[batch, latent]`, or `[batch, latent, 1, 1]` as some DCGANs have it.
fn latent_of(input: &ValueInfo) -> Option<usize> {
    if input.data_type != DataType::Float {
        return None;
    }
    match input.dims.as_deref()? {
        [Dim::Symbol(_) | Dim::Unknown, Dim::Fixed(latent)]
        | [Dim::Symbol(_) | Dim::Unknown, Dim::Fixed(latent), Dim::Fixed(1), Dim::Fixed(1)]
            if *latent > 0 =>
        {
            Some(*latent)
        }
        _ => None,
    }
}

/// The generator's graph between values called `z` and `image`.
fn plain(
    inner: &Graph,
    input: &ValueInfo,
    output: &ValueInfo,
    latent: usize,
) -> Result<Graph, crate::graph::GraphError> {
    let mut graph = Graph::new("generator", inner.opset());
    let batch = || Dim::Symbol("batch".into());
    let mut z = graph.add_input("z", DataType::Float, [batch(), Dim::Fixed(latent)]);
    graph.reserve("image");
    if input.dims.as_ref().is_some_and(|dims| dims.len() == 4) {
        let shape = graph.ints(&[0, latent as i64, 1, 1]);
        z = graph.node("Reshape", [z, shape], []);
    }
    let names = graph.merge(inner, "net/", &[(input.name.clone(), z)].into())?;
    let image = names.get(&output.name).cloned().unwrap_or_else(|| output.name.clone());
    graph.push("Identity", [image], vec!["image".into()], []);
    graph.add_output("image", DataType::Float, [batch(), Dim::Unknown, Dim::Unknown, Dim::Unknown]);
    Ok(graph)
}
