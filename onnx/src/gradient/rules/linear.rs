//! Linear maps with operators of their own: Fourier transforms, columns to images, determinants' cofactors, scales.

use crate::gradient::context::{Context, Gradients, Refusal, normal_axis};
use crate::graph::attr;
use crate::observe::Size;
use crate::tensor::Tensor;

/// The adjoint of `F` is `n` times the inverse transform, that of the inverse a `n`-th of the transform. Of a real input
/// it is the real part; frequencies left out of a one-sided output count as zeros.
/// <https://onnx.ai/onnx/operators/onnx__DFT.html>
pub(crate) fn dft(cx: &mut Context) -> Gradients {
    let (x, mut dy) = (cx.input(0)?, cx.dy()?);
    let (x_dims, y_dims) = (cx.dims(&x)?, cx.dims(&cx.output()?)?);
    let rank = x_dims.len();
    let newer = cx.graph.opset() >= 20;
    let axis = match cx.optional_ints(2)? {
        Some(axis) => axis.first().copied().unwrap_or(-2),
        None => cx.node.int("axis", if newer { -2 } else { 1 })?,
    };
    let axis = normal_axis(axis, rank)?;
    let size = cx.fixed(&x_dims[axis..=axis])?[0];
    let (inverse, one_sided) = (cx.node.flag("inverse", false)?, cx.node.flag("onesided", false)?);
    let length = cx.optional_ints(1)?.and_then(|n| n.first().copied()).unwrap_or(size as i64);
    if inverse && one_sided {
        return dft_to_real(cx, axis, newer);
    }
    if length != size as i64 {
        return Err("a transform of another length than its input's is not supported".into());
    }
    if one_sided {
        let there = cx.fixed(&y_dims[axis..=axis])?[0];
        let mut amounts = vec![0; 2 * rank];
        amounts[rank + axis] = (size - there) as i64;
        let amounts = cx.graph.ints(&amounts);
        dy = cx.op("Pad", [&dy, &amounts]);
    }
    let attributes = vec![attr("inverse", !inverse)];
    let back = if newer {
        let axis = cx.graph.scalar(axis as i64);
        cx.op_with("DFT", [&dy, "", &axis], attributes)
    } else {
        cx.op_with("DFT", [&dy], [attributes, vec![attr("axis", axis)]].concat())
    };
    let factor = if inverse { 1.0 / size as f64 } else { size as f64 };
    let mut dx = cx.scale(&back, factor)?;
    if x_dims[rank - 1] == Size::fixed(1) {
        let bounds = [[0], [1], [rank as i64 - 1]].map(|v| cx.graph.ints(&v));
        dx = cx.op("Slice", [&dx, &bounds[0], &bounds[1], &bounds[2]]);
    }
    Ok(vec![Some(dx)])
}

/// The one-sided transform back to real numbers counts each frequency twice but the first and, where there is one in the
/// middle, the last: `dX = w/n F(dy)`.
fn dft_to_real(cx: &mut Context, axis: usize, newer: bool) -> Gradients {
    let dy = cx.dy()?;
    let (x_dims, y_dims) = (cx.dims(&cx.input(0)?)?, cx.dims(&cx.output()?)?);
    let sizes = cx.fixed(&[x_dims[axis], y_dims[axis]])?;
    let (there, length) = (sizes[0], sizes[1]);
    if there != length / 2 + 1 {
        return Err("a transform of another length than its input's is not supported".into());
    }
    let attributes = vec![attr("onesided", 1)];
    let back = if newer {
        let axis = cx.graph.scalar(axis as i64);
        cx.op_with("DFT", [&dy, "", &axis], attributes)
    } else {
        cx.op_with("DFT", [&dy], [attributes, vec![attr("axis", axis)]].concat())
    };
    let single = |i: usize| i == 0 || 2 * i == length;
    let weights: Vec<f64> = (0..there).map(|i| if single(i) { 1.0 } else { 2.0 } / length as f64).collect();
    let mut shape = vec![1; x_dims.len()];
    shape[axis] = there;
    let weights = Tensor::from_f64s(cx.data_type()?, &shape, &weights).map_err(|e| e.to_string())?;
    let weights = cx.graph.constant("weights", weights);
    Ok(vec![Some(cx.mul(&back, &weights))])
}

/// Each column's element takes the gradient of the place it was added to.
/// <https://onnx.ai/onnx/operators/onnx__Col2Im.html>
pub(crate) fn col2im(cx: &mut Context) -> Gradients {
    let (x, dy) = (cx.input(0)?, cx.dy()?);
    let (image, block) = (cx.constant_ints(1)?, cx.constant_ints(2)?);
    let axes = block.len();
    let numbers = |name: &str, count: usize, default: i64| -> Result<Vec<i64>, Refusal> {
        Ok(cx.node.ints(name)?.map_or(vec![default; count], <[i64]>::to_vec))
    };
    let (strides, dilations) = (numbers("strides", axes, 1)?, numbers("dilations", axes, 1)?);
    let pads = numbers("pads", 2 * axes, 0)?;
    if [image.len(), strides.len(), dilations.len()] != [axes; 3] || pads.len() != 2 * axes {
        return Err("attributes do not fit the block's dimensions".into());
    }
    let padded: Vec<i64> = (0..axes).map(|i| image[i] + pads[i] + pads[axes + i]).collect();
    let steps: Vec<i64> =
        (0..axes).map(|i| (padded[i] - dilations[i] * (block[i] - 1) - 1) / strides[i] + 1).collect();
    // In row-major order: element of the block, then column.
    let mut places = vec![0_i64];
    for i in 0..axes {
        places = places
            .iter()
            .flat_map(|p| (0..block[i]).map(move |k| (p, k)))
            .map(|(p, k)| p * padded[i] + k * dilations[i])
            .collect();
    }
    let mut columns = vec![0_i64];
    for i in 0..axes {
        columns = columns
            .iter()
            .flat_map(|p| (0..steps[i]).map(move |s| (p, s)))
            .map(|(p, s)| p * padded[i] + s * strides[i])
            .collect();
    }
    let numbers: Vec<i64> = places.iter().flat_map(|p| columns.iter().map(move |c| p + c)).collect();
    let amounts = [&[0, 0], &pads[..axes], &[0, 0], &pads[axes..]].concat();
    let amounts = cx.graph.ints(&amounts);
    let wide = cx.op("Pad", [&dy, &amounts]);
    let y_dims = cx.dims(&cx.output()?)?;
    let flat = [y_dims[0], y_dims[1], Size::fixed(padded.iter().product::<i64>() as usize)];
    let flat = cx.reshape(&wide, &flat)?;
    let numbers = cx.graph.constant("places", Tensor::from_vec(&[places.len(), columns.len()], &numbers));
    let taken = cx.op_with("Gather", [&flat, &numbers], [attr("axis", 2)]);
    Ok(vec![Some(cx.reshape_like(&taken, &x)?)])
}

/// Larger ones would need more nodes than a graph should have.
const LARGEST_DETERMINANT: usize = 8;

/// `dA[i, j] = dd C[i, j]`, the cofactor: with its sign the determinant of what is left without row i and column j.
/// <https://onnx.ai/onnx/operators/onnx__Det.html>
pub(crate) fn det(cx: &mut Context) -> Gradients {
    let (x, dy) = (cx.input(0)?, cx.dy()?);
    let dims = cx.dims(&x)?;
    let rank = dims.len();
    let size = cx.fixed(&dims[rank - 1..])?[0];
    if size > LARGEST_DETERMINANT {
        return Err(format!("matrices of {size} rows, expected {LARGEST_DETERMINANT} at most").into());
    }
    let last = cx.graph.ints(&[-1]);
    let mut cofactors = Vec::new();
    for row in 0..size {
        for column in 0..size {
            if size == 1 {
                let sum = cx.op("Sub", [&dy, &dy]);
                let one = cx.number(1.0)?;
                cofactors.push(cx.op("Add", [&sum, &one]));
                continue;
            }
            let mut minor = x.clone();
            for (axis, without) in [(rank - 2, row), (rank - 1, column)] {
                let kept: Vec<i64> = (0..size as i64).filter(|&i| i != without as i64).collect();
                let kept = cx.graph.ints(&kept);
                minor = cx.op_with("Gather", [&minor, &kept], [attr("axis", axis)]);
            }
            let determinant = cx.op("Det", [&minor]);
            cofactors.push(if (row + column) % 2 == 0 { determinant } else { cx.op("Neg", [&determinant]) });
        }
    }
    let wide: Vec<String> = cofactors.iter().map(|c| cx.op("Unsqueeze", [c, &last])).collect();
    let all = cx.op_with("Concat", &wide, [attr("axis", -1)]);
    let dy = cx.op("Unsqueeze", [&dy, &last]);
    let product = cx.mul(&all, &dy);
    Ok(vec![Some(cx.reshape_like(&product, &x)?)])
}

/// With respect to the scale: `dy (x - zero_point)`, summed over what shares it.
/// <https://onnx.ai/onnx/operators/onnx__DequantizeLinear.html>
pub(crate) fn dequantize_linear(cx: &mut Context) -> Gradients {
    let (x, scale, dy) = (cx.input(0)?, cx.input(1)?, cx.dy()?);
    let (dims, scale_dims) = (cx.dims(&x)?, cx.dims(&scale)?);
    let block = cx.node.int("block_size", 0)?;
    let zeros = cx.zeros_like(&scale)?;
    let one = cx.number(1.0)?;
    let ones = cx.op("Add", [&zeros, &one]);
    let inputs = [Some(x), Some(ones), cx.node.input(2).map(str::to_owned)];
    let inputs: Vec<String> = inputs.into_iter().flatten().collect();
    let whole = cx.op_with("DequantizeLinear", &inputs, cx.node.attributes.clone());
    let product = cx.mul(&dy, &whole);
    if block != 0 {
        let axis = normal_axis(cx.node.int("axis", 1)?, dims.len())?;
        let sizes = cx.fixed(&[dims[axis], scale_dims[axis]])?;
        if sizes[1] * block as usize != sizes[0] {
            return Err(format!("{} elements in blocks of {block} are not supported", sizes[0]).into());
        }
        let mut blocks = scale_dims.clone();
        blocks.insert(axis + 1, Size::fixed(block as usize));
        let split = cx.reshape(&product, &blocks)?;
        let axis = cx.graph.ints(&[axis as i64 + 1]);
        return Ok(vec![None, Some(cx.op_with("ReduceSum", [&split, &axis], [attr("keepdims", 0)]))]);
    }
    let mut shape = vec![Size::fixed(1); dims.len()];
    if let [count] = scale_dims.as_slice()
        && !count.is_one()
    {
        shape[normal_axis(cx.node.int("axis", 1)?, dims.len())?] = *count;
    }
    let summed = cx.unbroadcast(product, &dims, &shape);
    Ok(vec![None, Some(cx.reshape_like(&summed, &scale)?)])
}
