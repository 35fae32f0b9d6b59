//! A classifier: its file checked, its facts gathered or guessed, and its graph brought into one form, from the
//! generator's images to logits. Knows nothing of the ascent.

use super::DissectError;
use super::batch;
use super::checks::{self, Answers, finite};
use super::facts::Facts;
use super::input::Input;
use super::logits::{Scores, logits_of};
use super::ports::{self, EXPECTED_OUTPUT, NOT_A_CLASSIFIER};
use super::settings::ModelRef;
use super::untrained::untrained;
use crate::export::key;
use crate::gradient::Target;
use crate::graph::{Graph, GraphError, attr};
use crate::model::{Dim, Model, ValueInfo};
use crate::session::{Provider, Session, SessionOptions};
use crate::tensor::{DataType, Tensor};

/// A classifier ready to be asked about the generator's images.
pub(super) struct Classifier {
    /// What reports call it.
    pub(super) name: String,
    /// Path, for messages.
    pub(super) path: String,
    /// Input `image` as the generator makes it, output `logits` `[batch, classes]`.
    pub(super) graph: Graph,
    /// Outputs.
    pub(super) classes: usize,
    /// Their names, where something gives them.
    pub(super) class_names: Option<Vec<String>>,
    /// What was guessed about it.
    pub(super) notes: Vec<String>,
    session: Session,
}

impl Classifier {
    /// Reads a model for images of `shape`.
    pub(super) fn load(
        model: &ModelRef,
        shape: [usize; 3],
        options: &SessionOptions,
    ) -> Result<Self, DissectError> {
        let path = model.path.display().to_string();
        let file = Model::load(&model.path)?;
        let name = model.name.clone().unwrap_or_else(|| name_of(model, &file));
        let mut facts = Facts::gather(&model.facts, &model.path, &file)?;
        let mut inner =
            Graph::from_model(&file).map_err(|source| DissectError::Graph { model: path.clone(), source })?;
        checks::weights(&path, &inner)?;
        let mut notes = Vec::new();
        let output = ports::output(&path, &mut inner, &facts, &mut notes)?;
        let input = ports::input(&path, &mut inner, &mut facts, &mut notes)?;
        let adapted = Input::of(&path, &input, &facts, shape, &mut notes)?;
        let ported = Ported { path, inner, input, adapted, output, shape };
        let scores = if ports::is_single(&ported.output) { Scores::Single } else { Scores::PerClass };
        let mut made = ported.classifier(&name, scores, &facts, notes.clone(), options)?;
        if made.classes == 1 && scores == Scores::PerClass {
            // The declaration did not say so.
            made = ported.classifier(&name, Scores::Single, &facts, notes, options)?;
        }
        facts.check_classes(&made.path, made.classes)?;
        Ok(made)
    }

    /// Asks about two black images how many classes there are.
    fn probe(&mut self, shape: [usize; 3], output: &ValueInfo) -> Result<usize, DissectError> {
        let [channels, height, width] = shape;
        let black = vec![-1.0_f32; 2 * channels * height * width];
        let answer = self.run(&Tensor::from_vec(&[2, channels, height, width], &black))?;
        match *answer.shape() {
            [2] => Ok(1),
            [2, classes] if classes >= 1 => Ok(classes),
            ref other => Err(DissectError::Signature {
                model: self.path.clone(),
                found: format!("output `{}` of shape {other:?} for 2 images", output.name),
                expected: EXPECTED_OUTPUT.into(),
                advice: NOT_A_CLASSIFIER,
            }),
        }
    }

    fn run(&mut self, images: &Tensor) -> Result<Tensor, DissectError> {
        Answers { path: &self.path, session: &mut self.session }.of("image", images, "logits")
    }

    /// Logits `[count, classes]` of images given row-major, `batch` at a time.
    pub(super) fn logits(&mut self, images: &super::Images, batch: usize) -> Result<Vec<f32>, DissectError> {
        let [channels, height, width] = images.shape;
        let size = channels * height * width;
        let mut values = Vec::with_capacity(images.count() * self.classes);
        for chunk in images.values.chunks(batch * size) {
            let images = Tensor::from_vec(&[chunk.len() / size, channels, height, width], chunk);
            values.extend(self.run(&images)?.to_vec::<f32>().expect("cast to float32"));
        }
        finite(
            &self.path,
            "logits",
            &values,
            "the model has diverged, or its input format is not the one given",
        )?;
        Ok(values)
    }

    /// Puts the logits into another order: the new class `i` is the old `order[i]`.
    pub(super) fn reorder(&mut self, order: &[usize], options: &SessionOptions) -> Result<(), DissectError> {
        let producer = self.graph.producer("logits").expect("the graph declares this output");
        let unordered = self.graph.fresh("unordered");
        let node = &mut self.graph.nodes[producer];
        node.name.clone_from(&unordered);
        node.outputs[0].clone_from(&unordered);
        let indices = self.graph.ints(&order.iter().map(|i| *i as i64).collect::<Vec<_>>());
        self.graph.push("Gather", [unordered, indices], vec!["logits".into()], [attr("axis", 1)]);
        if let Some(names) = &mut self.class_names {
            *names = order.iter().map(|i| names[*i].clone()).collect();
        }
        self.session = open(&self.path, &self.graph, options)?;
        Ok(())
    }

    /// Its copy that has learned nothing; none where no weights are found in it.
    pub(super) fn untrained(
        &self,
        seed: u64,
        options: &SessionOptions,
    ) -> Result<Option<Self>, DissectError> {
        let (graph, drawn) = untrained(&self.graph, seed, |constant| constant.starts_with(INNER));
        if drawn == 0 {
            return Ok(None);
        }
        let session = open(&self.path, &graph, options)?;
        let (name, path) = (format!("{} untrained", self.name), self.path.clone());
        let class_names = self.class_names.clone();
        let (classes, notes) = (self.classes, Vec::new());
        Ok(Some(Self { name, path, graph, classes, class_names, notes, session }))
    }

    /// What the models run on, and why.
    /// Whose fast forms a gradient is to have that runs where this model does.
    pub(super) fn target(&self) -> Target {
        if self.session.provider() == Provider::Cpu { Target::Cpu } else { Target::Any }
    }

    pub(super) fn provider(&self) -> (String, Option<&str>) {
        (self.session.provider().to_string(), self.session.note())
    }
}

fn open(path: &str, graph: &Graph, options: &SessionOptions) -> Result<Session, DissectError> {
    let model = graph.to_model().map_err(|source| DissectError::Graph { model: path.to_owned(), source })?;
    Session::new(&model, options).map_err(|source| DissectError::Run {
        model: path.to_owned(),
        action: "preparing",
        source: Box::new(source),
    })
}

/// What the names of the model's own values begin with, in the graph that adapts it.
const INNER: &str = "net/";

/// A model whose input and output are known.
struct Ported {
    path: String,
    inner: Graph,
    input: ValueInfo,
    adapted: Input,
    output: ValueInfo,
    shape: [usize; 3],
}

impl Ported {
    /// The classifier, its batch made dynamic where the file has a fixed one.
    fn classifier(
        &self,
        name: &str,
        scores: Scores,
        facts: &Facts,
        mut notes: Vec<String>,
        options: &SessionOptions,
    ) -> Result<Classifier, DissectError> {
        let path = self.path.clone();
        let cannot = |source: GraphError| DissectError::Graph { model: path.clone(), source };
        let mut inner = self.inner.clone();
        let logits = logits_of(&mut inner, &self.output, scores, facts.output, &mut notes).map_err(cannot)?;
        let joined = |inner: Graph| joined(inner, &self.adapted, &logits, self.shape).map_err(cannot);
        let graph = match batch::fixed(&self.input) {
            None => joined(inner)?,
            Some(count) => {
                let graph = joined(batch::freed(&inner, count))?;
                let checked = batch::check(&joined(inner)?, &graph, count, self.shape, options);
                checked.map_err(|reason| DissectError::FixedBatch {
                    model: path.clone(),
                    input: self.input.to_string(),
                    reason,
                })?;
                notes.push(format!(
                    "made for batches of {count}; its graph takes any number, which was checked"
                ));
                graph
            }
        };
        let session = open(&path, &graph, options)?;
        let class_names = facts.classes.clone();
        let name = name.to_owned();
        let mut made = Classifier { name, path, graph, classes: 0, class_names, notes, session };
        made.classes = made.probe(self.shape, &self.output)?;
        Ok(made)
    }
}

/// From `image` to `logits`, both float32, whatever the model's own names and types.
fn joined(mut inner: Graph, input: &Input, logits: &str, shape: [usize; 3]) -> Result<Graph, GraphError> {
    if let Some(opset) = input.opset() {
        inner.upgrade(opset.max(inner.opset()))?;
    }
    let mut graph = Graph::new("classifier", inner.opset());
    let batch = || Dim::Symbol("batch".into());
    let dims = std::iter::once(batch()).chain(shape.map(Dim::Fixed));
    let image = graph.add_input("image", DataType::Float, dims);
    graph.reserve("logits");
    let adapted = input.adapt(&mut graph, image);
    let names = graph.merge(&inner, INNER, &[(input.name.clone(), adapted)].into())?;
    let value = names.get(logits).cloned().unwrap_or_else(|| logits.to_owned());
    let to = attr("to", i64::from(DataType::Float.number()));
    let float = inner.outputs.iter().all(|output| output.data_type == DataType::Float);
    let (operator, attributes) = if float { ("Identity", vec![]) } else { ("Cast", vec![to]) };
    graph.push(operator, [value], vec!["logits".into()], attributes);
    graph.add_output("logits", DataType::Float, [batch(), Dim::Unknown]);
    graph.remove_dead();
    Ok(graph)
}

/// The run that trained it, else the file's name, else (for files called `model`) the folder's.
fn name_of(model: &ModelRef, file: &Model) -> String {
    if let Some(run) = file.metadata(key::RUN) {
        return match file.metadata(key::EPOCH) {
            Some(epoch) if !model.path.ends_with("final.onnx") => format!("{run}@{epoch}"),
            _ => run.to_owned(),
        };
    }
    let text = |part: Option<&std::ffi::OsStr>| part.map(|p| p.to_string_lossy().into_owned());
    let stem = text(model.path.file_stem()).unwrap_or_else(|| "model".into());
    if stem != "model" {
        return stem;
    }
    text(model.path.parent().and_then(|folder| folder.file_name())).unwrap_or(stem)
}
