//! Indices of several dimensions as one: what `GatherND` and `ScatterND` name becomes rows of a matrix, each row with its
//! number.

use super::context::{Context, Refusal};
use crate::graph::attr;
use crate::observe::{Known, Size};
use crate::tensor::Tensor;

/// Data seen as `[lead, rows, rest]`, and which rows `indices` name, `[lead, count, rest]`.
pub(super) struct Rows {
    pub(super) lead: Size,
    pub(super) rows: Size,
    pub(super) rest: Size,
    pub(super) count: Size,
    /// Name of the row numbers, `[lead, count, 1]`.
    numbers: String,
}

impl Rows {
    pub(super) fn data_dims(&self) -> [Size; 3] {
        [self.lead, self.rows, self.rest]
    }

    /// The row numbers repeated along the rest, to the shape of `updates`, `[lead, count, rest]`.
    pub(super) fn numbers(&self, cx: &mut Context, updates: &str) -> String {
        match self.rest.as_fixed() {
            Some(1) => self.numbers.clone(),
            Some(width) => {
                let shape = cx.graph.ints(&[1, 1, width as i64]);
                cx.op("Expand", [&self.numbers, &shape])
            }
            None => {
                let shape = cx.op("Shape", [updates]);
                cx.op("Expand", [&self.numbers, &shape])
            }
        }
    }

    pub(super) fn update_dims(&self) -> [Size; 3] {
        [self.lead, self.count, self.rest]
    }
}

/// Reads the last dimension of `indices` as coordinates in `data` behind its first `shared` dimensions.
pub(super) fn rows(cx: &mut Context, data: &str, indices: &str, shared: usize) -> Result<Rows, Refusal> {
    let (dims, index_dims) = (cx.dims(data)?, cx.dims(indices)?);
    let coordinates = match index_dims.last() {
        Some(last) => cx.fixed(&[*last])?[0],
        None => return Err("indices have no dimension".into()),
    };
    let end = shared + coordinates;
    if end > dims.len() || shared >= index_dims.len() {
        return Err(format!("{coordinates} coordinates behind {shared} of {} dimensions", dims.len()).into());
    }
    let all = |dims: &[Size]| product(dims).ok_or("more than one dimension depends on the batch");
    let (lead, rows, rest) = (all(&dims[..shared])?, all(&dims[shared..end])?, all(&dims[end..])?);
    let count = all(&index_dims[shared..index_dims.len() - 1])?;
    let positive = cx.counted_from_front(indices, data, shared..end)?;
    let strides: Vec<i64> = (shared..end)
        .map(|i| Ok(cx.fixed(&dims[i + 1..end])?.iter().product::<usize>() as i64))
        .collect::<Result<_, Refusal>>()?;
    let strides = cx.graph.ints(&strides);
    let weighted = cx.op("Mul", [&positive, &strides]);
    let axis = cx.graph.ints(&[-1]);
    let numbers = cx.op_with("ReduceSum", [&weighted, &axis], [attr("keepdims", 0)]);
    let numbers = cx.reshape(&numbers, &[lead, count, Size::fixed(1)])?;
    Ok(Rows { lead, rows, rest, count, numbers })
}

/// The size of all dimensions together, where at most one depends on the batch.
pub(super) fn product(dims: &[Size]) -> Option<Size> {
    dims.iter().try_fold(Size::fixed(1), |all, dim| match (all.as_fixed(), dim.as_fixed()) {
        (Some(n), _) => Some(Size { per_batch: dim.per_batch * n as i64, fixed: dim.fixed * n as i64 }),
        (_, Some(n)) => Some(Size { per_batch: all.per_batch * n as i64, fixed: all.fixed * n as i64 }),
        _ => None,
    })
}

impl Context<'_> {
    /// Indices, the last dimension running over `axes` of `data`, counted from the front.
    fn counted_from_front(
        &mut self,
        indices: &str,
        data: &str,
        axes: std::ops::Range<usize>,
    ) -> Result<String, Refusal> {
        let observation = self.seen(indices)?;
        let known = match &observation.known {
            Known::Constant(tensor) => tensor.to_ints().ok(),
            _ => None,
        };
        if known.is_some_and(|values| values.iter().all(|&v| v >= 0)) {
            return Ok(indices.to_owned());
        }
        let dims = self.dims(data)?;
        let sizes = match dims[axes.clone()].iter().map(|d| d.as_fixed()).collect::<Option<Vec<_>>>() {
            Some(sizes) => {
                let sizes: Vec<i64> = sizes.into_iter().map(|n| n as i64).collect();
                self.graph.constant("sizes", Tensor::ints(&sizes))
            }
            None => self.op_with("Shape", [data], [attr("start", axes.start), attr("end", axes.end)]),
        };
        let zero = self.graph.scalar(0_i64);
        let negative = self.op("Less", [indices, &zero]);
        let wrapped = self.op("Add", [indices, &sizes]);
        Ok(self.op("Where", [&negative, &wrapped, indices]))
    }
}
