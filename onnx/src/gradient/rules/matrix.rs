//! Products of matrices.

use std::collections::HashMap;

use crate::gradient::context::{Context, Gradients, Refusal};
use crate::graph::attr;
use crate::observe::Size;

/// `Y = A B`: `dA = dY B^T`, `dB = A^T dY`, added up over the batch dimensions that were repeated.
/// <https://onnx.ai/onnx/operators/onnx__MatMul.html>
pub(crate) fn mat_mul(cx: &mut Context) -> Gradients {
    let (a, b, mut dy) = (cx.input(0)?, cx.input(1)?, cx.dy()?);
    let (a_dims, b_dims) = (cx.dims(&a)?, cx.dims(&b)?);
    // A vector on the left is one row, on the right one column, and the product lacks that dimension.
    let (a_vector, b_vector) = (a_dims.len() == 1, b_dims.len() == 1);
    let mut dy_dims = cx.dims(&cx.output()?)?;
    let one = Size::fixed(1);
    if a_vector {
        dy_dims.insert(dy_dims.len() - usize::from(!b_vector), one);
    }
    if b_vector {
        dy_dims.push(one);
    }
    if a_vector || b_vector {
        dy = cx.reshape(&dy, &dy_dims)?;
    }
    let (a_rows, b_columns) = (as_matrix(&a_dims, true), as_matrix(&b_dims, false));
    let mut gradients = vec![None, None];
    if cx.wants(0) {
        let right = if b_vector { cx.reshape(&b, &b_columns)? } else { b.clone() };
        let right = swap_last(cx, &right, b_columns.len());
        let product = cx.op("MatMul", [&dy, &right]);
        gradients[0] = Some(back_to(cx, product, &dy_dims, &a_rows, &a_dims, (Some(&b_columns), None))?);
    }
    if cx.wants(1) {
        let left = if a_vector { cx.reshape(&a, &a_rows)? } else { a.clone() };
        let left = swap_last(cx, &left, a_rows.len());
        let product = cx.op("MatMul", [&left, &dy]);
        gradients[1] = Some(back_to(cx, product, &dy_dims, &b_columns, &b_dims, (None, Some(&a_rows)))?);
    }
    Ok(gradients)
}

fn as_matrix(dims: &[Size], row: bool) -> Vec<Size> {
    match dims {
        [n] if row => vec![Size::fixed(1), *n],
        [n] => vec![*n, Size::fixed(1)],
        dims => dims.to_vec(),
    }
}

fn swap_last(cx: &mut Context, value: &str, rank: usize) -> String {
    let mut perm: Vec<usize> = (0..rank).collect();
    perm.swap(rank - 2, rank - 1);
    cx.transpose(value, &perm)
}

/// Adds a product up over repeated batch dimensions and drops the dimension a vector lacks.
fn back_to(
    cx: &mut Context,
    product: String,
    dy_dims: &[Size],
    matrix: &[Size],
    dims: &[Size],
    (right, left): (Option<&[Size]>, Option<&[Size]>),
) -> Result<String, Refusal> {
    let mut from = dy_dims.to_vec();
    let rank = from.len();
    if let Some(right) = right {
        from[rank - 1] = right[right.len() - 2];
    }
    if let Some(left) = left {
        from[rank - 2] = left[left.len() - 1];
    }
    let summed = cx.unbroadcast(product, &from, matrix);
    if matrix.len() == dims.len() { Ok(summed) } else { cx.reshape(&summed, dims) }
}

/// `Y = alpha A' B' + beta C`, the strokes standing for transposition where asked for: `dA' = alpha dY B'^T`,
/// `dB' = alpha A'^T dY`, `dC = beta dY`. <https://onnx.ai/onnx/operators/onnx__Gemm.html>
pub(crate) fn gemm(cx: &mut Context) -> Gradients {
    let (a, b, dy) = (cx.input(0)?, cx.input(1)?, cx.dy()?);
    let (trans_a, trans_b) = (cx.node.flag("transA", false)?, cx.node.flag("transB", false)?);
    let (alpha, beta) = (cx.node.float("alpha", 1.0)?, f64::from(cx.node.float("beta", 1.0)?));
    let mut product = |left: &str, right: &str, trans_left: bool, trans_right: bool| {
        let flags = [attr("transA", trans_left), attr("transB", trans_right), attr("alpha", alpha)];
        Some(cx.op_with("Gemm", [left, right], flags))
    };
    let da = if trans_a { product(&b, &dy, trans_b, true) } else { product(&dy, &b, false, !trans_b) };
    let db = if trans_b { product(&dy, &a, true, trans_a) } else { product(&a, &dy, !trans_a, false) };
    let mut gradients = vec![da, db];
    if cx.wants(2) {
        let (c, y) = (cx.input(2)?, cx.output()?);
        let scaled = if beta == 1.0 { dy } else { cx.scale(&dy, beta)? };
        let (from, to) = (cx.dims(&y)?, cx.dims(&c)?);
        gradients.push(Some(cx.unbroadcast(scaled, &from, &to)));
    }
    Ok(gradients)
}

/// The gradient of a factor is the sum over products of `dY` with all other factors.
/// <https://onnx.ai/onnx/operators/onnx__Einsum.html>
pub(crate) fn einsum(cx: &mut Context) -> Gradients {
    let dy = cx.dy()?;
    let (terms, result) = einsum_terms(cx)?;
    let mut gradients = vec![None; terms.len()];
    for index in (0..terms.len()).filter(|&i| cx.wants(i)).collect::<Vec<_>>() {
        gradients[index] = Some(einsum_factor(cx, &dy, &terms, &result, index)?);
    }
    Ok(gradients)
}

fn einsum_factor(
    cx: &mut Context,
    dy: &str,
    terms: &[Vec<char>],
    result: &[char],
    index: usize,
) -> Result<String, Refusal> {
    let own = &terms[index];
    let (mut labels, mut inputs) = (vec![result.to_vec()], vec![dy.to_owned()]);
    for (other, term) in terms.iter().enumerate().filter(|(other, _)| *other != index) {
        labels.push(term.clone());
        inputs.push(cx.input(other)?);
    }
    let reachable: Vec<char> =
        own.iter().copied().filter(|label| labels.iter().any(|term| term.contains(label))).collect();
    let text = |term: &Vec<char>| term.iter().collect::<String>();
    let equation = format!("{}->{}", labels.iter().map(text).collect::<Vec<_>>().join(","), text(&reachable));
    let product = cx.op_with("Einsum", &inputs, [attr("equation", equation)]);
    // A dimension that only this factor has was summed over: its gradient is the same all along it.
    let input = cx.input(index)?;
    let dims = cx.dims(&input)?;
    if reachable.len() == own.len() {
        return Ok(product);
    }
    let kept = own.iter().zip(&dims).map(|(l, d)| if reachable.contains(l) { *d } else { Size::fixed(1) });
    let kept: Vec<Size> = kept.collect();
    let shaped = cx.reshape(&product, &kept)?;
    cx.expand_like(&shaped, &kept, &input)
}

/// Labels of each factor and of the result, with an ellipsis spelt out by upper-case labels.
fn einsum_terms(cx: &Context) -> Result<(Vec<Vec<char>>, Vec<char>), Refusal> {
    let equation: String = cx.node.string("equation", "")?.chars().filter(|c| !c.is_whitespace()).collect();
    let (left, right) = match equation.split_once("->") {
        Some((left, right)) => (left, Some(right)),
        None => (equation.as_str(), None),
    };
    let mut batch = 0;
    let mut terms = Vec::new();
    for (index, term) in left.split(',').enumerate() {
        let rank = cx.dims(&cx.input(index)?)?.len();
        let named = term.replace("...", "").chars().count();
        let hidden = if term.contains("...") { rank.saturating_sub(named) } else { 0 };
        batch = batch.max(hidden);
        terms.push((term, hidden));
    }
    let hidden_labels: Vec<char> = ('A'..='Z').filter(|c| !equation.contains(*c)).take(batch).collect();
    let spell = |term: &str, hidden: usize| -> Vec<char> {
        let labels: String = hidden_labels[hidden_labels.len() - hidden..].iter().collect();
        term.replace("...", &labels).chars().collect()
    };
    let spelt: Vec<Vec<char>> = terms.iter().map(|(term, hidden)| spell(term, *hidden)).collect();
    let mut uses: HashMap<char, usize> = HashMap::new();
    for label in spelt.iter().flatten() {
        *uses.entry(*label).or_default() += 1;
    }
    for (index, term) in spelt.iter().enumerate() {
        let dims = cx.dims(&cx.input(index)?)?;
        let repeated = (1..term.len()).any(|i| term[..i].contains(&term[i]));
        if repeated || dims.len() != term.len() {
            return Err(format!("term {index} of `{equation}` is not supported").into());
        }
        // Repeating a dimension of 1 would need its gradient added up.
        if term.iter().zip(&dims).any(|(label, d)| hidden_labels.contains(label) && d.is_one()) {
            return Err(
                format!("repeated dimensions in term {index} of `{equation}` are not supported").into()
            );
        }
    }
    let result = match right {
        Some(right) => spell(right, if right.contains("...") { batch } else { 0 }),
        None => {
            let mut once: Vec<char> = uses.iter().filter(|(_, n)| **n == 1).map(|(c, _)| *c).collect();
            once.retain(|c| !hidden_labels.contains(c));
            once.sort_unstable();
            hidden_labels.iter().copied().chain(once).collect()
        }
    };
    Ok((spelt, result))
}
