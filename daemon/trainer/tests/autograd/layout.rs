//! Elements that move, repeat, or are picked and put by their places.

use dissect_onnx::tensor::Tensor;
use tch::{IndexOp as _, Kind, Tensor as T};

use crate::case::{Case, op};

pub(crate) fn all() -> Vec<Case> {
    [shapes(), pieces(), picked(), put()].into_iter().flatten().collect()
}

fn places(shape: &[usize], values: &[i64]) -> Tensor {
    Tensor::from_vec(shape, values)
}

fn shapes() -> Vec<Case> {
    vec![
        op("Reshape", |x| x[0].reshape([3, 8])).x([2, 3, 4]).ints(&[3, 8]),
        op("Flatten", |x| x[0].flatten(1, -1)).x([2, 3, 4]),
        op("Squeeze", |x| x[0].squeeze_dim(1)).x([2, 1, 4]).ints(&[1]),
        op("Unsqueeze", |x| x[0].unsqueeze(1)).x([2, 4]).ints(&[1]),
        op("Transpose", |x| x[0].permute([2, 0, 1])).x([2, 3, 4]).a("perm", [2, 0, 1]),
        op("Expand", |x| x[0].expand([2, 3, 4], false)).x([3, 1]).ints(&[2, 3, 4]),
        op("Tile", |x| x[0].repeat([2, 3])).x([2, 3]).ints(&[2, 3]),
        op("Trilu", |x| x[0].triu(1)).x([2, 4, 5]).given(Tensor::scalar(1_i64)),
        op("Trilu", |x| x[0].tril(0)).x([4, 3]).a("upper", 0),
    ]
}

fn pieces() -> Vec<Case> {
    vec![
        op("Concat", |x| T::cat(&[&x[0], &x[1], &x[2]], 1)).x([2, 3]).x([2, 1]).x([2, 4]).a("axis", 1),
        op("Split", |x| x[0].split_with_sizes([2, 3], 1).remove(1))
            .x([2, 5])
            .ints(&[2, 3])
            .a("axis", 1)
            .output(1),
        op("Slice", |x| x[0].slice(1, 1, 6, 2)).x([2, 7]).ints(&[1]).ints(&[6]).ints(&[1]).ints(&[2]),
        op("Slice", |x| x[0].flip([1]).slice(1, 1, 6, 2))
            .x([2, 7])
            .ints(&[-2])
            .ints(&[0])
            .ints(&[1])
            .ints(&[-2]),
        op("ReverseSequence", |x| {
            T::cat(&[x[0].i((.., 0..1)).i(0..3).flip([0]), x[0].i((.., 0..1)).i(3..)], 0)
        })
        .x([4, 1])
        .ints(&[3]),
    ]
}

fn picked() -> Vec<Case> {
    vec![
        op("Gather", |x| x[0].index_select(1, &x[1].remainder(4)))
            .x([2, 4])
            .ints(&[1, 3, 1, -1])
            .a("axis", 1),
        op("GatherElements", |x| x[0].gather(1, &x[1], false))
            .x([2, 4])
            .given(places(&[2, 3], &[1, 3, 1, 0, 2, 0]))
            .a("axis", 1),
        op("GatherND", |x| x[0].index(&[Some(x[1].select(1, 0)), Some(x[1].select(1, 1))]))
            .x([3, 2, 2])
            .given(places(&[3, 2], &[2, 1, 0, 1, 2, 1])),
        op("Compress", |x| x[0].masked_select(&x[1].to_kind(Kind::Bool)))
            .x([5])
            .given(Tensor::from_vec(&[5], &[true, false, true, true, false])),
        op("OneHot", |x| x[0].one_hot(3).to_kind(Kind::Float) * (x[2].i(1) - x[2].i(0)) + x[2].i(0))
            .ints(&[1, 0, 2])
            .given(Tensor::scalar(3_i64))
            .x([2]),
    ]
}

fn put() -> Vec<Case> {
    let mut cases = vec![
        op("ScatterElements", |x| x[0].scatter(1, &x[1], &x[2]))
            .x([2, 4])
            .given(places(&[2, 2], &[1, 3, 0, 2]))
            .x([2, 2])
            .a("axis", 1),
        op("ScatterND", |x| x[0].index_put(&[Some(x[1].select(1, 0))], &x[2], false))
            .x([4, 2])
            .given(places(&[2, 1], &[3, 0]))
            .x([2, 2]),
        op("ScatterND", |x| x[0].index_put(&[Some(x[1].select(1, 0))], &x[2], true))
            .x([4, 2])
            .given(places(&[3, 1], &[3, 0, 3]))
            .x([3, 2])
            .a("reduction", "add"),
    ];
    for (reduction, torch) in [("add", "sum"), ("mul", "prod"), ("max", "amax"), ("min", "amin")] {
        let scatter = move |x: &[T]| x[0].internal_scatter_reduce(1, &x[1], &x[2], torch, true);
        let twice = places(&[2, 3], &[1, 3, 1, 0, 2, 0]);
        cases.push(
            op("ScatterElements", scatter)
                .x([2, 4])
                .given(twice)
                .x([2, 3])
                .a("axis", 1)
                .a("reduction", reduction),
        );
    }
    cases
}
