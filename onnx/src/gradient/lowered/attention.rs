//! Attention and rotary positions, as matrix products, as the specification's function bodies have them.

use super::recurrent_cells::slice;
use crate::gradient::context::{Context, Refusal};
use crate::gradient::lower::Lowered;
use crate::graph::attr;
use crate::observe::Size;
use crate::tensor::{DataType, Tensor};

/// `softmax(Q K^T scale + mask) V` for each head. <https://onnx.ai/onnx/operators/onnx__Attention.html>
pub(crate) fn attention(cx: &mut Context) -> Lowered {
    if cx.node.input(6).is_some() {
        return Err("input 6 (`nonpad_kv_seqlen`) is not supported".into());
    }
    let flat = cx.dims(&cx.input(0)?)?.len() == 3;
    let heads_of = |cx: &Context, name: &str, input: usize| -> Result<usize, Refusal> {
        if !flat {
            let dims = cx.dims(&cx.input(input)?)?;
            return Ok(cx.fixed(&dims[1..2])?[0]);
        }
        let heads = cx.node.int(name, 0)?;
        usize::try_from(heads).ok().filter(|&h| h > 0).ok_or_else(|| format!("`{name}` is {heads}").into())
    };
    let (heads, kv_heads) = (heads_of(cx, "q_num_heads", 0)?, heads_of(cx, "kv_num_heads", 1)?);
    if heads % kv_heads != 0 {
        return Err(format!("{heads} heads of queries for {kv_heads} of keys").into());
    }
    let (query, query_dims) = split_heads(cx, 0, heads, flat)?;
    let (mut key, mut key_dims) = split_heads(cx, 1, kv_heads, flat)?;
    let (mut value, mut value_dims) = split_heads(cx, 2, kv_heads, flat)?;
    for (past, current, dims) in [(4, &mut key, &mut key_dims), (5, &mut value, &mut value_dims)] {
        if cx.node.input(past).is_some() {
            let before = cx.input(past)?;
            let length = cx.dims(&before)?[2];
            *current = cx.op_with("Concat", [&before, current], [attr("axis", 2)]);
            dims[2] =
                Size { per_batch: dims[2].per_batch + length.per_batch, fixed: dims[2].fixed + length.fixed };
        }
    }
    let (present_key, present_value) = (key.clone(), value.clone());
    let (key, value) = (
        repeat_heads(cx, &key, &key_dims, heads / kv_heads)?,
        repeat_heads(cx, &value, &value_dims, heads / kv_heads)?,
    );

    let width = cx.fixed(&query_dims[3..])?[0];
    let scale = match cx.node.attribute("scale") {
        Some(_) => f64::from(cx.node.float("scale", 0.0)?),
        None => 1.0 / (width as f64).sqrt(),
    };
    let transposed = cx.op_with("Transpose", [&key], [attr("perm", [0, 1, 3, 2])]);
    let product = cx.op("MatMul", [&query, &transposed]);
    let mut scores = cx.scale(&product, scale)?;
    // What the fourth output shows: the scores as they are, with the cap, with the mask, or the weights.
    let mut stages = vec![scores.clone()];
    let softcap = f64::from(cx.node.float("softcap", 0.0)?);
    if softcap != 0.0 {
        let inner = cx.scale(&scores, 1.0 / softcap)?;
        let bent = cx.op("Tanh", [&inner]);
        scores = cx.scale(&bent, softcap)?;
    }
    stages.push(scores.clone());
    let scores = mask(cx, &scores, query_dims[2], key_dims[2])?;
    let weights = cx.op_with("Softmax", [&scores], [attr("axis", -1)]);
    stages.extend([scores, weights.clone()]);
    let mode = cx.node.int("qk_matmul_output_mode", 0)?;
    if mode == 2 && cx.node.output(3).is_some() && cx.node.flag("is_causal", false)? {
        // ONNX Runtime shows its lowest number there, others minus infinity.
        return Err("scores with the mask of `is_causal` as an output are not supported".into());
    }
    let shown = match usize::try_from(mode) {
        Ok(mode) if mode < stages.len() => stages.swap_remove(mode),
        _ => return Err("`qk_matmul_output_mode` is not between 0 and 3".into()),
    };
    let mut y = cx.op("MatMul", [&weights, &value]);
    if flat {
        y = cx.op_with("Transpose", [&y], [attr("perm", [0, 2, 1, 3])]);
        let like = cx.output()?;
        y = cx.reshape_like(&y, &like)?;
    }
    Ok(vec![Some(y), Some(present_key), Some(present_value), Some(shown)])
}

/// An input as `[batch, heads, length, width]`, and that shape.
fn split_heads(
    cx: &mut Context,
    input: usize,
    heads: usize,
    flat: bool,
) -> Result<(String, Vec<Size>), Refusal> {
    let value = cx.input(input)?;
    let dims = cx.dims(&value)?;
    if !flat {
        return Ok((value, dims));
    }
    let width = cx.fixed(&dims[2..])?[0];
    if width % heads != 0 {
        return Err(format!("{heads} heads in a width of {width}").into());
    }
    let (heads, width) = (Size::fixed(heads), Size::fixed(width / heads));
    let split = cx.reshape(&value, &[dims[0], dims[1], heads, width])?;
    let moved = cx.op_with("Transpose", [&split], [attr("perm", [0, 2, 1, 3])]);
    Ok((moved, vec![dims[0], heads, dims[1], width]))
}

/// Each head of keys and values serves several of queries.
fn repeat_heads(cx: &mut Context, value: &str, dims: &[Size], times: usize) -> Result<String, Refusal> {
    if times == 1 {
        return Ok(value.to_owned());
    }
    let (axis, shape) = (cx.graph.ints(&[2]), cx.graph.ints(&[1, 1, times as i64, 1, 1]));
    let wide = cx.op("Unsqueeze", [value, &axis]);
    let repeated = cx.op("Expand", [&wide, &shape]);
    let mut whole = dims.to_vec();
    whole[1] = Size::fixed(cx.fixed(&dims[1..2])?[0] * times);
    cx.reshape(&repeated, &whole)
}

/// Adds the mask that is given, and that of causality: a query sees all past keys and no later one.
fn mask(cx: &mut Context, scores: &str, queries: Size, keys: Size) -> Result<String, Refusal> {
    let data_type = cx.data_type()?;
    let (zero, never) = (cx.number(0.0)?, cx.number(f64::NEG_INFINITY)?);
    let mut scores = scores.to_owned();
    if cx.node.input(3).is_some() {
        let mut given = cx.input(3)?;
        if cx.seen(&given)?.data_type == DataType::Bool {
            given = cx.op("Where", [&given, &zero, &never]);
        }
        scores = cx.op("Add", [&scores, &given]);
    }
    if cx.node.flag("is_causal", false)? {
        let sizes = cx.fixed(&[queries, keys])?;
        let past = match cx.node.input(4).map(str::to_owned) {
            Some(past) => cx.fixed(&cx.dims(&past)?[2..3])?[0],
            None => 0,
        };
        let values: Vec<f64> = (0..sizes[0] * sizes[1])
            .map(|i| if i % sizes[1] > past + i / sizes[1] { f64::NEG_INFINITY } else { 0.0 })
            .collect();
        let tensor = Tensor::from_f64s(data_type, &sizes, &values).map_err(|e| e.to_string())?;
        let causal = cx.graph.constant("causal", tensor);
        scores = cx.op("Add", [&scores, &causal]);
    }
    Ok(scores)
}

/// Pairs of features turned by an angle that grows with the position.
/// <https://onnx.ai/onnx/operators/onnx__RotaryEmbedding.html>
pub(crate) fn rotary_embedding(cx: &mut Context) -> Lowered {
    let x = cx.input(0)?;
    let dims = cx.dims(&x)?;
    let flat = dims.len() == 3;
    let (mut value, dims) = if flat {
        let heads = cx.node.int("num_heads", 0)?;
        let heads = usize::try_from(heads).ok().filter(|&h| h > 0).ok_or("`num_heads` is not positive")?;
        let width = cx.fixed(&dims[2..])?[0];
        let wide = vec![dims[0], dims[1], Size::fixed(heads), Size::fixed(width / heads)];
        (cx.reshape(&x, &wide)?, wide)
    } else {
        let moved = cx.op_with("Transpose", [&x], [attr("perm", [0, 2, 1, 3])]);
        (moved, vec![dims[0], dims[2], dims[1], dims[3]])
    };
    // From here on [batch, length, heads, width].
    let width = cx.fixed(&dims[3..])?[0] as i64;
    let turned = match cx.node.int("rotary_embedding_dim", 0)? {
        0 => width,
        turned => turned,
    };
    let rest = (turned < width).then(|| slice(cx, &value, 3, turned, width));
    if rest.is_some() {
        value = slice(cx, &value, 3, 0, turned);
    }
    let mut angles = Vec::new();
    for input in [1, 2] {
        let mut cache = cx.input(input)?;
        if cx.node.input(3).is_some() {
            let positions = cx.input(3)?;
            cache = cx.op_with("Gather", [&cache, &positions], [attr("axis", 0)]);
        }
        let cache = slice(cx, &cache, 2, 0, turned / 2);
        let axis = cx.graph.ints(&[2]);
        angles.push(cx.op("Unsqueeze", [&cache, &axis]));
    }
    let interleaved = cx.node.flag("interleaved", false)?;
    let (first, second) = if interleaved {
        let half = |cx: &mut Context, from: i64| -> String {
            let bounds = [[from], [i64::MAX], [3], [2]].map(|v| cx.graph.ints(&v));
            cx.op("Slice", [&value, &bounds[0], &bounds[1], &bounds[2], &bounds[3]])
        };
        (half(cx, 0), half(cx, 1))
    } else {
        (slice(cx, &value, 3, 0, turned / 2), slice(cx, &value, 3, turned / 2, turned))
    };
    let product = |cx: &mut Context, a: &str, b: usize| cx.mul(a, &angles[b]);
    let (a, b) = (product(cx, &first, 0), product(cx, &second, 1));
    let real = cx.op("Sub", [&a, &b]);
    let (a, b) = (product(cx, &first, 1), product(cx, &second, 0));
    let imaginary = cx.op("Add", [&a, &b]);
    let mut y = if interleaved {
        let axis = cx.graph.ints(&[4]);
        let pair = [real, imaginary].map(|part| cx.op("Unsqueeze", [&part, &axis]));
        let pairs = cx.op_with("Concat", &pair, [attr("axis", 4)]);
        let mut whole = dims.clone();
        whole[3] = Size::fixed(turned as usize);
        cx.reshape(&pairs, &whole)?
    } else {
        cx.op_with("Concat", [&real, &imaginary], [attr("axis", 3)])
    };
    if let Some(rest) = rest {
        y = cx.op_with("Concat", [&y, &rest], [attr("axis", 3)]);
    }
    y = if flat {
        cx.reshape_like(&y, &x)?
    } else {
        cx.op_with("Transpose", [&y], [attr("perm", [0, 2, 1, 3])])
    };
    Ok(vec![Some(y)])
}
