//! Resizing is linear along each axis: its gradient multiplies by the transposed map, which ONNX Runtime itself says when
//! it resizes the unit vectors, in whatever mode.

use super::padding::along_axis;
use crate::gradient::context::{Context, Gradients, Refusal};
use crate::graph::Graph;
use crate::model::Dim;
use crate::session::{Session, SessionOptions};
use crate::tensor::{DataType, Tensor};

/// <https://onnx.ai/onnx/operators/onnx__Resize.html>
pub(crate) fn resize(cx: &mut Context) -> Gradients {
    let (x, y, mut dx) = (cx.input(0)?, cx.output()?, cx.dy()?);
    let (from, to) = (cx.dims(&x)?, cx.dims(&y)?);
    if cx.node.string("coordinate_transformation_mode", "half_pixel")? == "tf_crop_and_resize" {
        return Err("tf_crop_and_resize is not supported".into());
    }
    let axes = cx.node.ints("axes")?.map(<[i64]>::to_vec);
    for axis in 0..from.len() {
        if from[axis] == to[axis] {
            continue;
        }
        let (input, output) = (cx.fixed(&from[axis..=axis])?[0], cx.fixed(&to[axis..=axis])?[0]);
        let place = match &axes {
            Some(axes) => axes.iter().position(|&a| a == axis as i64 || a + from.len() as i64 == axis as i64),
            None => Some(axis),
        };
        let place = place.ok_or("an axis changes that is not to be resized")?;
        let scale = match cx.node.input(2) {
            Some(_) => cx.constant(2)?.to_f64s().map_err(|e| e.to_string())?.get(place).copied(),
            None => None,
        };
        let matrix = unit_vectors(cx, input, output, scale)?;
        dx = along_axis(cx, &dx, axis, &[output, input], &matrix)?;
    }
    Ok(vec![Some(dx)])
}

/// The map along one axis, `[output, input]`: column i is the i-th unit vector resized.
fn unit_vectors(cx: &Context, input: usize, output: usize, scale: Option<f64>) -> Result<Vec<f64>, Refusal> {
    let mut graph = Graph::new("unit vectors", cx.graph.opset());
    let one = Dim::Fixed(1);
    let x = graph.add_input(
        "x",
        DataType::Float,
        [Dim::Fixed(input), one.clone(), Dim::Fixed(input), one.clone()],
    );
    let (scales, sizes) = match scale {
        Some(scale) => {
            let scales = Tensor::from_vec(&[4], &[1.0, 1.0, scale as f32, 1.0]);
            (graph.constant("scales", scales), String::new())
        }
        None => (String::new(), graph.ints(&[input as i64, 1, output as i64, 1])),
    };
    // Along the given axis alone, whatever others do; a policy for the aspect ratio has had its effect on the sizes.
    let kept: Vec<_> = (cx.node.attributes.iter())
        .filter(|a| !matches!(a.name.as_str(), "axes" | "keep_aspect_ratio_policy"))
        .cloned()
        .collect();
    let inputs: Vec<String> = match sizes.is_empty() {
        true => vec![x, String::new(), scales],
        false => vec![x, String::new(), scales, sizes],
    };
    let y = graph.node("Resize", &inputs, kept);
    graph.add_output_as("y", &y, DataType::Float, [Dim::Unknown, one.clone(), Dim::Unknown, one]);
    let unit: Vec<f32> = (0..input * input).map(|i| if i / input == i % input { 1.0 } else { 0.0 }).collect();
    let run = || -> Result<Vec<f64>, Box<dyn std::error::Error>> {
        let mut session = Session::new(&graph.to_model()?, &SessionOptions::plain())?;
        let x = Tensor::from_vec(&[input, 1, input, 1], &unit);
        Ok(session.run([("x", &x)])?["y"].to_f64s()?)
    };
    let rows = run().map_err(|e| format!("resizing unit vectors: {e}"))?;
    if rows.len() != input * output {
        return Err(
            format!("resizing {input} elements gave {} and not {output}", rows.len() / input.max(1)).into()
        );
    }
    Ok((0..output * input).map(|i| rows[i % input * output + i / input]).collect())
}
