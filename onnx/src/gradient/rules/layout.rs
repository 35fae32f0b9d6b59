//! Operators that only move elements to another place, each to one.
//! Specifications: <https://onnx.ai/onnx/operators/>

use crate::gradient::context::{Context, Gradients, Refusal, normal_axis};
use crate::graph::attr;
use crate::observe::Size;

/// Elements in the same order: `dy` in the input's shape.
pub(crate) fn reshape(cx: &mut Context) -> Gradients {
    let (x, dy) = (cx.input(0)?, cx.dy()?);
    Ok(vec![Some(cx.reshape_like(&dy, &x)?)])
}

/// The inverse permutation.
pub(crate) fn transpose(cx: &mut Context) -> Gradients {
    let (x, dy) = (cx.input(0)?, cx.dy()?);
    let rank = cx.dims(&x)?.len();
    let perm: Vec<usize> = match cx.node.ints("perm")? {
        Some(perm) => perm.iter().map(|&p| usize::try_from(p).unwrap_or(rank)).collect(),
        None => (0..rank).rev().collect(),
    };
    let inverse: Option<Vec<usize>> = (0..rank).map(|axis| perm.iter().position(|&p| p == axis)).collect();
    let inverse = inverse.ok_or("attribute `perm` is no permutation")?;
    Ok(vec![Some(cx.transpose(&dy, &inverse))])
}

/// Added up over the repetitions.
pub(crate) fn expand(cx: &mut Context) -> Gradients {
    let (x, y, dy) = (cx.input(0)?, cx.output()?, cx.dy()?);
    let (from, to) = (cx.dims(&y)?, cx.dims(&x)?);
    Ok(vec![Some(cx.unbroadcast(dy, &from, &to))])
}

/// Each dimension as repetitions and elements, added up over the former.
pub(crate) fn tile(cx: &mut Context) -> Gradients {
    let (x, dy) = (cx.input(0)?, cx.dy()?);
    let repeats = cx.constant_ints(1)?;
    let dims = cx.dims(&x)?;
    let split: Vec<Size> =
        repeats.iter().zip(&dims).flat_map(|(&r, &d)| [Size { per_batch: 0, fixed: r }, d]).collect();
    let wide = cx.reshape(&dy, &split)?;
    let axes: Vec<i64> = (0..dims.len() as i64).map(|i| 2 * i).collect();
    Ok(vec![Some(cx.sum(&wide, &axes, crate::gradient::context::KeepDims::No))])
}

fn block(cx: &Context) -> Result<Size, Refusal> {
    let size = cx.node.int("blocksize", 0)?;
    usize::try_from(size).map(Size::fixed).map_err(|_| "attribute `blocksize` is negative".into())
}

/// `[N, C, H, W]` of channels that hold blocks becomes larger images; undone by the inverse moves.
pub(crate) fn depth_to_space(cx: &mut Context) -> Gradients {
    let (x, y, dy) = (cx.input(0)?, cx.output()?, cx.dy()?);
    let (x_dims, y_dims, b) = (cx.dims(&x)?, cx.dims(&y)?, block(cx)?);
    let [n, _, h, w] = x_dims[..] else { return Err("input has not 4 dimensions".into()) };
    let channels = y_dims[1];
    let wide = cx.reshape(&dy, &[n, channels, h, b, w, b])?;
    let moved = match cx.node.string("mode", "DCR")?.as_str() {
        "DCR" => cx.transpose(&wide, &[0, 3, 5, 1, 2, 4]),
        _ => cx.transpose(&wide, &[0, 1, 3, 5, 2, 4]),
    };
    Ok(vec![Some(cx.reshape(&moved, &x_dims)?)])
}

/// Blocks of images become channels; undone by the inverse moves.
pub(crate) fn space_to_depth(cx: &mut Context) -> Gradients {
    let (x, y, dy) = (cx.input(0)?, cx.output()?, cx.dy()?);
    let (x_dims, y_dims, b) = (cx.dims(&x)?, cx.dims(&y)?, block(cx)?);
    let ([n, c, ..], [_, _, h, w]) = (&x_dims[..], &y_dims[..]) else {
        return Err("input has not 4 dimensions".into());
    };
    let wide = cx.reshape(&dy, &[*n, b, b, *c, *h, *w])?;
    let moved = cx.transpose(&wide, &[0, 3, 4, 1, 5, 2]);
    Ok(vec![Some(cx.reshape(&moved, &x_dims)?)])
}

/// Each input's part of `dy`.
pub(crate) fn concat(cx: &mut Context) -> Gradients {
    let (y, dy) = (cx.output()?, cx.dy()?);
    let rank = cx.dims(&y)?.len();
    let axis = normal_axis(cx.node.int("axis", 0)?, rank)?;
    let mut start = 0;
    let mut gradients = Vec::new();
    for index in 0..cx.node.inputs.len() {
        let input = cx.input(index)?;
        let size = cx.dims(&input)?[axis];
        let length = cx.fixed(&[size])?[0] as i64;
        gradients.push(if cx.wants(index) {
            let bounds = [[start], [start + length], [axis as i64]].map(|v| cx.graph.ints(&v));
            Some(cx.op("Slice", [&dy, &bounds[0], &bounds[1], &bounds[2]]))
        } else {
            None
        });
        start += length;
    }
    Ok(gradients)
}

/// The parts' gradients one behind the other; a part nobody read is 0.
pub(crate) fn split(cx: &mut Context) -> Gradients {
    let x = cx.input(0)?;
    let rank = cx.dims(&x)?.len();
    let axis = normal_axis(cx.node.int("axis", 0)?, rank)?;
    let mut parts = Vec::new();
    for (output, gradient) in cx.node.outputs.clone().iter().zip(cx.output_gradients.clone()) {
        parts.push(match gradient {
            Some(gradient) => gradient,
            None => cx.zeros_like(output)?,
        });
    }
    Ok(vec![Some(cx.op_with("Concat", &parts, [attr("axis", axis)]))])
}

/// A triangle's gradient is the same triangle.
pub(crate) fn trilu(cx: &mut Context) -> Gradients {
    let dy = cx.dy()?;
    let upper = cx.node.flag("upper", true)?;
    let mut inputs = vec![dy];
    inputs.extend(cx.node.input(1).map(str::to_owned));
    Ok(vec![Some(cx.op_with("Trilu", &inputs, [attr("upper", upper)]))])
}
