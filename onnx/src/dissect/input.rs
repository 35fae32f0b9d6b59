//! A classifier's input: how the generator's image becomes what the model was trained on, inside the graph and so
//! that gradients flow through it.

use super::DissectError;
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
    /// Channels of the generator's images.
    made: usize,
    /// Height and width that they are resized to.
    resized: Option<[usize; 2]>,
    /// Factor of each of the model's channels.
    scale: Vec<f64>,
    /// Added to each of the model's channels.
    shift: Vec<f64>,
}

/// Luminance of red, green and blue (ITU-R BT.601), the usual way from colour to grey.
const LUMINANCE: [f32; 3] = [0.299, 0.587, 0.114];

impl Input {
    /// Checks the input of a model against images of `shape` and the facts known; adds what was guessed to `notes`.
    pub(super) fn of(
        path: &str,
        input: &ValueInfo,
        facts: &Facts,
        shape: [usize; 3],
        notes: &mut Vec<String>,
    ) -> Result<Self, DissectError> {
        let [made, height, width] = shape;
        let sizes = sizes(input);
        let layout = facts.layout.unwrap_or_else(|| guess_layout(sizes, made, notes));
        let [channels, rows, columns] = match layout {
            Layout::Nchw => sizes,
            Layout::Nhwc => [sizes[2], sizes[0], sizes[1]],
        };
        let channels = channels.unwrap_or(made);
        if channels != 1 && channels != 3 {
            let expected = match layout {
                Layout::Nchw => "[batch, 3, h, w]",
                Layout::Nhwc => "[batch, h, w, 3]",
            };
            return Err(DissectError::Signature {
                model: path.to_owned(),
                found: format!("input {input}"),
                expected: format!("images {expected}, or with 1 channel for grey ones"),
                advice: "give a classifier of images; --layout says where its channels stand",
            });
        }
        facts.check_input(path, channels)?;
        let size = wanted_size(path, input, [rows, columns], facts, [height, width])?;
        match (made, channels) {
            (3, 1) => notes.push(
                "takes grey images: the generator's colours become their luminance, 0.299 R + 0.587 G + 0.114 B".into(),
            ),
            (1, 3) => notes.push("takes colour images: the generator's grey stands in all three channels".into()),
            _ => {}
        }
        let resized = (size != [height, width]).then_some(size);
        if let Some([rows, columns]) = resized {
            notes.push(format!(
                "takes images of {rows}x{columns}: the generator's of {height}x{width} are resized in the graph \
                 (linear, half_pixel)"
            ));
        }
        let (scale, shift) = affine(facts, channels, notes);
        Ok(Self { name: input.name.clone(), data_type: input.data_type, layout, made, resized, scale, shift })
    }

    /// Oldest opset that [`Input::adapt`] can write for, where it needs one.
    pub(super) fn opset(&self) -> Option<i64> {
        // From here on Resize takes the axes it is about, so that the batch stays out of its sizes.
        self.resized.map(|_| 18)
    }

    /// Adds the nodes that turn `image` into the model's input and gives the last one's value.
    pub(super) fn adapt(&self, graph: &mut Graph, image: String) -> String {
        let channels = self.scale.len();
        let constant = |values: &[f64]| {
            let values: Vec<f32> = values.iter().map(|value| *value as f32).collect();
            Tensor::from_vec(&[1, channels, 1, 1], &values)
        };
        let mut x = image;
        if (self.made, channels) == (3, 1) {
            let weights = graph.constant("luminance", Tensor::from_vec(&[1, 3, 1, 1], &LUMINANCE));
            x = graph.node("Conv", [x, weights], []);
        } else if (self.made, channels) == (1, 3) {
            x = graph.node("Concat", [&x, &x, &x], [attr("axis", 1)]);
        }
        if self.scale.iter().any(|scale| *scale != 1.0) {
            let scale = graph.constant("input_scale", constant(&self.scale));
            x = graph.node("Mul", [x, scale], []);
        }
        if self.shift.iter().any(|shift| *shift != 0.0) {
            let shift = graph.constant("input_shift", constant(&self.shift));
            x = graph.node("Add", [x, shift], []);
        }
        if let Some([rows, columns]) = self.resized {
            let sizes = graph.ints(&[rows as i64, columns as i64]);
            let how = [
                attr("axes", [2, 3]),
                attr("mode", "linear"),
                attr("coordinate_transformation_mode", "half_pixel"),
            ];
            x = graph.node("Resize", [x, String::new(), String::new(), sizes], how);
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

/// The three dimensions behind the batch; `None` where a symbol stands.
fn sizes(input: &ValueInfo) -> [Option<usize>; 3] {
    let size = |dim: &Dim| match dim {
        Dim::Fixed(size) => Some(*size),
        Dim::Symbol(_) | Dim::Unknown => None,
    };
    match input.dims.as_deref() {
        Some([_, a, b, c]) => [size(a), size(b), size(c)],
        _ => [None; 3],
    }
}

/// Channels stand first or last; as many as the generator makes go before other numbers of them.
fn guess_layout(sizes: [Option<usize>; 3], made: usize, notes: &mut Vec<String>) -> Layout {
    let [first, _, last] = sizes;
    for channels in [made, 3, 1] {
        if first == Some(channels) {
            return Layout::Nchw;
        }
        if last == Some(channels) {
            notes.push("layout NHWC guessed from the input's shape".into());
            return Layout::Nhwc;
        }
    }
    notes.push("layout NCHW assumed, the input's shape does not say".into());
    Layout::Nchw
}

/// The size the model declares; else the one that is said; else the generator's.
fn wanted_size(
    path: &str,
    input: &ValueInfo,
    declared: [Option<usize>; 2],
    facts: &Facts,
    made: [usize; 2],
) -> Result<[usize; 2], DissectError> {
    let said = facts.shape;
    let mut size = made;
    for axis in 0..2 {
        let told = said.map(|said| said[axis]);
        if let (Some(fixed), Some(told)) = (declared[axis], told)
            && fixed != told
        {
            let expected = format!("what the model declares, {input}");
            return super::facts::refuse(path, "shape", format!("{:?}", said.unwrap_or_default()), expected);
        }
        size[axis] = declared[axis].or(told).unwrap_or(made[axis]);
    }
    Ok(size)
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
