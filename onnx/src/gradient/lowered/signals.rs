//! Running products and Fourier transforms of windows, as what they are made of.

use super::recurrent_cells::slice;
use crate::gradient::context::{Context, normal_axis};
use crate::gradient::lower::Lowered;
use crate::graph::attr;
use crate::tensor::Tensor;

/// Factors that are written out one by one at most.
const MAX_FACTORS: usize = 4096;

/// One product after the other, which is exact at zeros too. <https://onnx.ai/onnx/operators/onnx__CumProd.html>
pub(crate) fn cumulative_product(cx: &mut Context) -> Lowered {
    let x = cx.input(0)?;
    let dims = cx.dims(&x)?;
    let axis = cx.constant_ints(1)?.first().copied().ok_or("the axis is missing")?;
    let axis = normal_axis(axis, dims.len())?;
    let size = cx.fixed(&dims[axis..=axis])?[0];
    if size > MAX_FACTORS {
        return Err(
            format!("it multiplies {size} factors; more than {MAX_FACTORS} are not written out").into()
        );
    }
    let (reverse, exclusive) = (cx.node.flag("reverse", false)?, cx.node.flag("exclusive", false)?);
    let order: Vec<usize> = if reverse { (0..size).rev().collect() } else { (0..size).collect() };
    let mut products = vec![String::new(); size];
    let mut product: Option<String> = None;
    for at in order {
        let factor = slice(cx, &x, axis as i64, at as i64, at as i64 + 1);
        let next = match &product {
            Some(product) => cx.mul(product, &factor),
            None => factor.clone(),
        };
        products[at] = match (exclusive, product) {
            (false, _) => next.clone(),
            (true, Some(before)) => before,
            (true, None) => {
                let (zero, one) = (cx.number(0.0)?, cx.number(1.0)?);
                let nothing = cx.mul(&factor, &zero);
                cx.op("Add", [&nothing, &one])
            }
        };
        product = Some(next);
    }
    Ok(vec![Some(cx.op_with("Concat", &products, [attr("axis", axis)]))])
}

/// Windows taken at steps, weighted, each transformed. <https://onnx.ai/onnx/operators/onnx__STFT.html>
pub(crate) fn short_time_fourier_transform(cx: &mut Context) -> Lowered {
    let signal = cx.input(0)?;
    let dims = cx.dims(&signal)?;
    let length = cx.fixed(&dims[1..2])?[0];
    let number = |cx: &Context, input: usize| -> Result<Option<usize>, crate::gradient::context::Refusal> {
        Ok(cx.optional_ints(input)?.and_then(|values| usize::try_from(*values.first()?).ok()))
    };
    let step = number(cx, 1)?.filter(|&step| step > 0).ok_or("the step is not positive")?;
    let window = cx.node.input(2).map(str::to_owned);
    let size = match (&window, number(cx, 3)?) {
        (Some(window), _) => cx.fixed(&cx.dims(window)?)?[0],
        (None, Some(size)) => size,
        (None, None) => return Err("neither a window nor its length is given".into()),
    };
    if size == 0 || size > length {
        return Err(format!("windows of {size} in a signal of {length}").into());
    }
    let frames = (length - size) / step + 1;
    let places: Vec<i64> = (0..frames).flat_map(|f| (0..size).map(move |i| (f * step + i) as i64)).collect();
    let places = cx.graph.constant("places", Tensor::from_vec(&[frames, size], &places));
    let mut taken = cx.op_with("Gather", [&signal, &places], [attr("axis", 1)]);
    if let Some(window) = window {
        let axis = cx.graph.ints(&[1]);
        let weights = cx.op("Unsqueeze", [&window, &axis]);
        taken = cx.mul(&taken, &weights);
    }
    let one_sided = attr("onesided", cx.node.int("onesided", 1)?);
    let y = if cx.graph.opset() >= 20 {
        let axis = cx.graph.scalar(2_i64);
        cx.op_with("DFT", [&taken, "", &axis], [one_sided])
    } else {
        cx.op_with("DFT", [&taken], [one_sided, attr("axis", 2)])
    };
    Ok(vec![Some(y)])
}
