//! Sums, means, extremes and norms over dimensions, and what is normalized by them.

use dissect_onnx::tensor::Tensor;
use tch::{Kind, Tensor as T};

use crate::case::{Case, op};

pub(crate) fn all() -> Vec<Case> {
    [reductions(), running(), normalizations(), shares()].into_iter().flatten().collect()
}

type Reduction = fn(&T, &[i64], bool) -> T;

fn reductions() -> Vec<Case> {
    let all: [(&'static str, Reduction); 9] = [
        ("ReduceSum", |x, axes, keep| x.sum_dim_intlist(axes, keep, Kind::Float)),
        ("ReduceMean", |x, axes, keep| x.mean_dim(axes, keep, Kind::Float)),
        ("ReduceMax", |x, axes, keep| x.amax(axes, keep)),
        ("ReduceMin", |x, axes, keep| x.amin(axes, keep)),
        ("ReduceL1", |x, axes, keep| x.norm_scalaropt_dim(1, axes, keep)),
        ("ReduceL2", |x, axes, keep| x.norm_scalaropt_dim(2, axes, keep)),
        ("ReduceLogSumExp", |x, axes, keep| x.logsumexp(axes, keep)),
        ("ReduceLogSum", |x, axes, keep| x.sum_dim_intlist(axes, keep, Kind::Float).log()),
        ("ReduceSumSquare", |x, axes, keep| x.square().sum_dim_intlist(axes, keep, Kind::Float)),
    ];
    let mut cases = Vec::new();
    for (name, f) in all {
        cases.extend([
            op(name, move |x| f(&x[0], &[1], true)).within([2, 3, 4], [0.1, 2.0]).ints(&[1]),
            op(name, move |x| f(&x[0], &[0, -1], false))
                .within([2, 3, 4], [0.1, 2.0])
                .ints(&[0, -1])
                .a("keepdims", 0),
        ]);
        // Equal elements, and 0 where that is no pole.
        if !name.starts_with("ReduceLog") {
            cases.push(
                op(name, move |x| f(&x[0], &[1], false))
                    .at([2, 3], &[0.0, 1.0, 1.0, -1.0, -1.0, 0.0])
                    .ints(&[1])
                    .a("keepdims", 0),
            );
        }
    }
    cases.extend([
        op("ReduceL2", |x| x[0].norm_scalaropt_dim(2, [1], true)).at([1, 2], &[0.0, 0.0]).ints(&[1]),
        op("ReduceProd", |x| x[0].prod_dim_int(1, true, Kind::Float)).x([2, 3, 4]).ints(&[1]),
        op("ReduceProd", |x| x[0].prod_dim_int(1, false, Kind::Float))
            .at([3, 3], &[0.0, 1.0, 2.0, 0.0, 0.0, 2.0, 1.0, 2.0, 3.0])
            .ints(&[1])
            .a("keepdims", 0),
    ]);
    cases
}

fn running() -> Vec<Case> {
    vec![
        op("CumSum", |x| x[0].cumsum(1, Kind::Float)).x([2, 5]).ints(&[1]),
        op("CumSum", |x| x[0].flip([0]).cumsum(0, Kind::Float).flip([0]))
            .x([4, 3])
            .ints(&[0])
            .a("reverse", 1),
        op("CumProd", |x| x[0].cumprod(1, Kind::Float)).x([2, 5]).ints(&[1]).opset(26),
    ]
}

fn normalizations() -> Vec<Case> {
    const NONE: Option<&T> = None;
    vec![
        op("BatchNormalization", |x| {
            x[0].batch_norm(Some(&x[1]), Some(&x[2]), Some(&x[3]), Some(&x[4]), false, 0.1, 1e-5, false)
        })
        .x([2, 3, 4])
        .x([3])
        .x([3])
        .c([3])
        .given(Tensor::from_vec(&[3], &[0.5_f32, 1.0, 2.0])),
        op("InstanceNormalization", |x| {
            x[0].instance_norm(Some(&x[1]), Some(&x[2]), NONE, NONE, true, 0.1, 1e-5, false)
        })
        .x([2, 3, 4, 5])
        .x([3])
        .x([3]),
        op("GroupNormalization", |x| x[0].group_norm(2, Some(&x[1]), Some(&x[2]), 1e-5, false))
            .x([2, 4, 3, 5])
            .x([4])
            .x([4])
            .a("num_groups", 2)
            .opset(21),
        op("LayerNormalization", |x| x[0].layer_norm([4, 5], Some(&x[1]), Some(&x[2]), 1e-5, false))
            .x([2, 3, 4, 5])
            .x([4, 5])
            .x([4, 5])
            .a("axis", 2),
        op("RMSNormalization", |x| x[0].rms_norm([7], Some(&x[1]), 1e-5)).x([2, 3, 7]).x([7]).opset(23),
        op("LpNormalization", |x| &x[0] / x[0].norm_scalaropt_dim(2, [1], true)).x([2, 5]).a("axis", 1),
        op("MeanVarianceNormalization", |x| {
            let centred = &x[0] - x[0].mean_dim(&[0_i64, 2, 3][..], true, Kind::Float);
            &centred / centred.square().mean_dim(&[0_i64, 2, 3][..], true, Kind::Float).sqrt()
        })
        .x([2, 3, 4, 2]),
        op("LRN", |x| {
            let squares = x[0].square().unsqueeze(1).constant_pad_nd([0, 0, 0, 0, 1, 1]);
            let mean = squares.avg_pool3d([3, 1, 1], [1, 1, 1], [0, 0, 0], false, true, None).squeeze_dim(1);
            &x[0] / (mean * 0.01 + 2.0).pow_tensor_scalar(0.75)
        })
        .x([2, 5, 3, 3])
        .a("size", 3)
        .a("alpha", 0.01_f32)
        .a("beta", 0.75_f32)
        .a("bias", 2.0_f32),
    ]
}

fn shares() -> Vec<Case> {
    vec![
        op("Softmax", |x| x[0].softmax(1, Kind::Float)).x([2, 5, 3]).a("axis", 1),
        op("LogSoftmax", |x| x[0].log_softmax(-1, Kind::Float)).x([2, 5]),
        op("Softmax", |x| x[0].softmax(-1, Kind::Float)).at([1, 3], &[-3.0, 0.0, 3.0]),
        op("TopK", |x| x[0].topk(2, 1, true, true).0).x([3, 5]).ints(&[2]).a("axis", 1),
        op("TopK", |x| x[0].topk(2, 1, false, true).0).x([3, 5]).ints(&[2]).a("axis", 1).a("largest", 0),
        op("SoftmaxCrossEntropyLoss", |x| {
            x[0].cross_entropy_loss(&x[1], None::<&T>, tch::Reduction::Mean, -100, 0.0)
        })
        .x([3, 5])
        .ints(&[1, 0, 4]),
        op("NegativeLogLikelihoodLoss", |x| x[0].g_nll_loss(&x[1], None::<&T>, tch::Reduction::Sum, -100))
            .x([3, 5])
            .ints(&[1, 0, 4])
            .a("reduction", "sum"),
    ]
}
