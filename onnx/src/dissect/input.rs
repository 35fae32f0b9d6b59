//! A classifier's input: how the generator's image becomes what the model was trained on, inside the graph and so
//! that gradients flow through it.

use super::DissectError;
use super::checks::single;
use super::facts::Facts;
use crate::export::Layout;
use crate::graph::{Graph, attr};
use crate::model::{Dim, ValueInfo};
use crate::tensor::{DataType, Tensor};

/// How images in [-1, 1], channels first, become a model's input.
pub(super) struct Input {
    /// The model's own name for it.
    pub(super) name: String,
    data_type: DataType,
    layout: Layout,
    /// Factor of each channel.
    scale: Vec<f64>,
    /// Added to each channel.
    shift: Vec<f64>,
}

impl Input {
    /// Checks the input of a graph against images of `shape` and the facts known; adds what was guessed to `notes`.
    pub(super) fn of(
        path: &str,
        graph: &Graph,
        facts: &Facts,
        shape: [usize; 3],
        notes: &mut Vec<String>,
    ) -> Result<Self, DissectError> {
        let [channels, height, width] = shape;
        let nchw = format!("[batch, {channels}, {height}, {width}]");
        let nhwc = format!("[batch, {height}, {width}, {channels}]");
        let expected = match facts.layout {
            Some(Layout::Nchw) => nchw,
            Some(Layout::Nhwc) => nhwc,
            None => format!("{nchw} or {nhwc}"),
        };
        let signature = |found: String, advice: &'static str| DissectError::Signature {
            model: path.to_owned(),
            found,
            expected: format!("one float input of images {expected} with a dynamic batch"),
            advice,
        };
        let input = single(&graph.inputs, "input")
            .map_err(|found| signature(found, "export the model with the image as its only input"))?;
        let sizes = sizes(input).ok_or_else(|| {
            signature(format!("input {input}"), "give a classifier of images exported with a dynamic batch")
        })?;
        let layout = facts.layout.unwrap_or_else(|| guess_layout(sizes, channels, notes));
        let wanted = match layout {
            Layout::Nchw => [channels, height, width],
            Layout::Nhwc => [height, width, channels],
        };
        let fits = sizes.iter().zip(wanted).all(|(size, wanted)| size.is_none_or(|size| size == wanted));
        if !fits {
            return Err(signature(
                format!("input {input}"),
                "compare models of the size that the generator makes",
            ));
        }
        facts.check_input(path, channels)?;
        let (scale, shift) = affine(facts, channels, notes);
        Ok(Self { name: input.name.clone(), data_type: input.data_type, layout, scale, shift })
    }

    /// Adds the nodes that turn `image` into the model's input and gives the last one's value.
    pub(super) fn adapt(&self, graph: &mut Graph, image: String) -> String {
        let channels = self.scale.len();
        let constant = |values: &[f64]| {
            let values: Vec<f32> = values.iter().map(|value| *value as f32).collect();
            Tensor::from_vec(&[1, channels, 1, 1], &values)
        };
        let mut x = image;
        if self.scale.iter().any(|scale| *scale != 1.0) {
            let scale = graph.constant("input_scale", constant(&self.scale));
            x = graph.node("Mul", [x, scale], []);
        }
        if self.shift.iter().any(|shift| *shift != 0.0) {
            let shift = graph.constant("input_shift", constant(&self.shift));
            x = graph.node("Add", [x, shift], []);
        }
        if self.layout == Layout::Nhwc {
            x = graph.node("Transpose", [x], [attr("perm", [0, 2, 3, 1])]);
        }
        if self.data_type != DataType::Float {
            x = graph.node("Cast", [x], [attr("to", i64::from(self.data_type.number()))]);
        }
        x
    }
}

/// The three dimensions behind the batch; `None` where a symbol stands. Nothing for what is no batch of images.
fn sizes(input: &ValueInfo) -> Option<[Option<usize>; 3]> {
    if !input.data_type.is_float() {
        return None;
    }
    let size = |dim: &Dim| match dim {
        Dim::Fixed(size) => Some(*size),
        Dim::Symbol(_) | Dim::Unknown => None,
    };
    match input.dims.as_deref() {
        None => Some([None; 3]),
        Some([Dim::Symbol(_) | Dim::Unknown, a, b, c]) => Some([size(a), size(b), size(c)]),
        Some(_) => None,
    }
}

fn guess_layout(sizes: [Option<usize>; 3], channels: usize, notes: &mut Vec<String>) -> Layout {
    let [first, _, last] = sizes;
    match (first == Some(channels), last == Some(channels)) {
        (false, true) => {
            notes.push("layout NHWC guessed from the input's shape".into());
            Layout::Nhwc
        }
        (true, _) => Layout::Nchw,
        (false, false) => {
            notes.push("layout NCHW assumed, the input's shape does not say".into());
            Layout::Nchw
        }
    }
}

/// Factor and summand of each channel: pixel `g` in [-1, 1] becomes `(middle + half * g - mean) / std`, where the
/// range is `middle - half` to `middle + half`.
fn affine(facts: &Facts, channels: usize, notes: &mut Vec<String>) -> (Vec<f64>, Vec<f64>) {
    if facts.range.is_none() {
        notes.push("input range [-1, 1] assumed, nothing says otherwise".into());
    }
    let [black, white] = facts.range.unwrap_or([-1.0, 1.0]);
    let (middle, half) = ((white + black) / 2.0, (white - black) / 2.0);
    let all = |values: &Option<Vec<f64>>, default| values.clone().unwrap_or_else(|| vec![default; channels]);
    let (mean, std) = (all(&facts.mean, 0.0), all(&facts.std, 1.0));
    let scale = std.iter().map(|std| half / std).collect();
    let shift = mean.iter().zip(&std).map(|(mean, std)| (middle - mean) / std).collect();
    (scale, shift)
}
