//! Products, recurrent networks, attention and transforms.

use dissect_onnx::tensor::Tensor;
use tch::{Kind, Tensor as T};

use crate::case::{Case, op};

pub(crate) fn all() -> Vec<Case> {
    [products(), recurrent(), attention(), transforms()].into_iter().flatten().collect()
}

fn products() -> Vec<Case> {
    vec![
        op("MatMul", |x| x[0].matmul(&x[1])).x([2, 3, 4]).x([4, 5]),
        op("MatMul", |x| x[0].matmul(&x[1])).x([2, 1, 3, 4]).x([3, 4, 2]),
        op("MatMul", |x| x[0].matmul(&x[1])).x([4]).x([2, 4, 3]),
        op("Gemm", |x| x[2].addmm(&x[0], &x[1].transpose(0, 1))).x([2, 4]).x([3, 4]).x([3]).a("transB", 1),
        op("Gemm", |x| x[0].transpose(0, 1).matmul(&x[1]) * 0.5 + &x[2] * 2.0)
            .x([4, 2])
            .x([4, 3])
            .x([2, 1])
            .a("transA", 1)
            .a("alpha", 0.5_f32)
            .a("beta", 2.0_f32),
        op("Einsum", |x| T::einsum("bij,bjk->bik", &[&x[0], &x[1]], None::<i64>))
            .x([2, 3, 4])
            .x([2, 4, 5])
            .a("equation", "bij,bjk->bik"),
        op("Einsum", |x| T::einsum("bhid,bhjd->bhij", &[&x[0], &x[1]], None::<i64>))
            .x([2, 2, 3, 4])
            .x([2, 2, 5, 4])
            .a("equation", "bhid,bhjd->bhij"),
        op("Det", |x| x[0].det()).x([2, 3, 3]),
    ]
}

/// Parts of a matrix of stacked gates, in another order.
fn gates(stacked: &T, order: &[i64], size: i64) -> T {
    T::cat(&order.iter().map(|&g| stacked.narrow(0, g * size, size)).collect::<Vec<_>>(), 0)
}

/// libtorch's four parameters of one direction: both biases of ONNX stand one behind the other.
fn parameters(x: &[T], order: &[i64], hidden: i64) -> Vec<T> {
    let (input, recurrent, bias) = (x[1].select(0, 0), x[2].select(0, 0), x[3].select(0, 0));
    let rows = hidden * order.len() as i64;
    let biases = [bias.narrow(0, 0, rows), bias.narrow(0, rows, rows)];
    [input, recurrent].iter().chain(&biases).map(|p| gates(p, order, hidden)).collect()
}

fn recurrent() -> Vec<Case> {
    let zeros = || T::zeros([1, 2, 3], (Kind::Float, tch::Device::Cpu));
    let network = |case: Case, gates: usize| {
        case.x([4, 2, 5]).x([1, gates * 3, 5]).x([1, gates * 3, 3]).x([1, gates * 6]).a("hidden_size", 3)
    };
    vec![
        network(
            op("RNN", move |x| {
                x[0].rnn_tanh(&zeros(), &parameters(x, &[0], 3), true, 1, 0.0, false, false, false)
                    .0
                    .unsqueeze(1)
            }),
            1,
        ),
        network(
            op("GRU", move |x| {
                x[0].gru(&zeros(), &parameters(x, &[1, 0, 2], 3), true, 1, 0.0, false, false, false)
                    .0
                    .unsqueeze(1)
            }),
            3,
        )
        .a("linear_before_reset", 1),
        network(
            op("LSTM", move |x| {
                x[0].lstm(
                    &[zeros(), zeros()],
                    &parameters(x, &[0, 2, 3, 1], 3),
                    true,
                    1,
                    0.0,
                    false,
                    false,
                    false,
                )
                .0
                .unsqueeze(1)
            }),
            4,
        ),
    ]
}

fn attention() -> Vec<Case> {
    let mask = || Tensor::from_vec(&[3, 5], &(0..15).map(|i| i % 4 != 1).collect::<Vec<bool>>());
    const NONE: Option<&T> = None;
    vec![
        op("Attention", |x| {
            T::scaled_dot_product_attention(&x[0], &x[1], &x[2], NONE, 0.0, false, None, false)
        })
        .x([2, 2, 3, 4])
        .x([2, 2, 5, 4])
        .x([2, 2, 5, 6])
        .opset(23),
        op("Attention", |x| {
            T::scaled_dot_product_attention(
                &x[0],
                &x[1],
                &x[2],
                Some(&x[3].to_kind(Kind::Bool)),
                0.0,
                false,
                0.3,
                false,
            )
        })
        .x([2, 2, 3, 4])
        .x([2, 2, 5, 4])
        .x([2, 2, 5, 6])
        .given(mask())
        .a("scale", 0.3_f32)
        .opset(23),
        op("Attention", |x| {
            T::scaled_dot_product_attention(&x[0], &x[1], &x[2], NONE, 0.0, true, None, false)
        })
        .x([2, 2, 4, 4])
        .x([2, 2, 4, 4])
        .x([2, 2, 4, 4])
        .a("is_causal", 1)
        .opset(23),
        op("Attention", |x| {
            T::scaled_dot_product_attention(&x[0], &x[1], &x[2], NONE, 0.0, false, None, true)
        })
        .x([2, 4, 3, 4])
        .x([2, 2, 5, 4])
        .x([2, 2, 5, 6])
        .opset(23),
    ]
}

fn transforms() -> Vec<Case> {
    let window = || Tensor::from_vec(&[4], &[0.5_f32, 1.0, 0.8, 0.3]);
    vec![
        op("DFT", |x| T::view_as_complex(&x[0]).fft_fft(None, 1, "backward").view_as_real())
            .x([2, 5, 2])
            .given(Tensor::scalar(5_i64))
            .given(Tensor::scalar(1_i64))
            .opset(20),
        op("DFT", |x| x[0].select(2, 0).fft_rfft(None, 1, "backward").view_as_real())
            .x([2, 6, 1])
            .given(Tensor::scalar(6_i64))
            .given(Tensor::scalar(1_i64))
            .a("onesided", 1)
            .opset(20),
        op("STFT", |x| {
            x[0].squeeze_dim(2)
                .stft(4, 2, 4, Some(&x[2]), false, true, true, false)
                .view_as_real()
                .transpose(1, 2)
        })
        .x([2, 10, 1])
        .given(Tensor::scalar(2_i64))
        .given(window())
        .a("onesided", 1),
    ]
}
