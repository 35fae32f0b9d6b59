//! Functions of single elements, and of elements at the same place, with their bends and ties.

use dissect_onnx::tensor::{DataType, Tensor};
use tch::Tensor as T;

use crate::case::{Case, op};

pub(crate) fn all() -> Vec<Case> {
    [functions(), bends(), pairs(), choices(), types()].into_iter().flatten().collect()
}

type Function = fn(&T) -> T;

fn functions() -> Vec<Case> {
    let any: [(&'static str, Function); 22] = [
        ("Abs", T::abs),
        ("Asinh", T::asinh),
        ("Atan", T::atan),
        ("Celu", T::celu),
        ("Cos", T::cos),
        ("Cosh", T::cosh),
        ("Elu", T::elu),
        ("Erf", T::erf),
        ("Exp", T::exp),
        ("HardSwish", T::hardswish),
        ("Identity", T::shallow_clone),
        ("Neg", T::neg),
        ("Reciprocal", T::reciprocal),
        ("Relu", T::relu),
        ("Selu", T::selu),
        ("Sigmoid", T::sigmoid),
        ("Sin", T::sin),
        ("Sinh", T::sinh),
        ("Softplus", T::softplus),
        ("Tan", T::tan),
        ("Tanh", T::tanh),
        ("Mish", T::mish),
    ];
    let bounded: [(&'static str, Function, [f32; 2]); 6] = [
        ("Acos", T::acos, [-0.9, 0.9]),
        ("Acosh", T::acosh, [1.1, 3.0]),
        ("Asin", T::asin, [-0.9, 0.9]),
        ("Atanh", T::atanh, [-0.9, 0.9]),
        ("Log", T::log, [0.1, 3.0]),
        ("Sqrt", T::sqrt, [0.1, 3.0]),
    ];
    let any = any.into_iter().map(|(name, f)| op(name, move |x| f(&x[0])).x([3, 17]));
    let bounded =
        bounded.into_iter().map(|(name, f, bounds)| op(name, move |x| f(&x[0])).within([3, 17], bounds));
    let others = [
        op("Gelu", |x| x[0].gelu("none")).x([3, 17]).opset(20),
        op("Gelu", |x| x[0].gelu("tanh")).x([3, 17]).a("approximate", "tanh").opset(20),
        op("HardSigmoid", |x| x[0].hardsigmoid()).within([3, 17], [-5.0, 5.0]).a("alpha", 1.0_f32 / 6.0),
        op("LeakyRelu", |x| x[0].leaky_relu()).x([3, 17]).a("alpha", 0.01_f32),
        op("Swish", |x| x[0].silu()).x([3, 17]).opset(24),
        op("Shrink", |x| x[0].hardshrink()).x([3, 17]),
        op("Shrink", |x| x[0].softshrink()).x([3, 17]).a("bias", 0.5_f32),
        op("Softsign", |x| &x[0] / (x[0].abs() + 1.0)).x([3, 17]),
        op("ThresholdedRelu", |x| x[0].threshold(0.7, 0.0)).x([3, 17]).a("alpha", 0.7_f32),
        op("Clip", |x| x[0].clamp(-1.0, 0.5))
            .x([3, 17])
            .given(Tensor::scalar(-1_f32))
            .given(Tensor::scalar(0.5_f32)),
        op("Dropout", |x| x[0].dropout(0.5, false)).x([3, 17]),
        op("PRelu", |x| x[0].prelu(&x[1].view([3]))).x([2, 3, 4]).x([3, 1]),
    ];
    any.chain(bounded).chain(others).collect()
}

/// Where functions are not smooth, libtorch has chosen.
fn bends() -> Vec<Case> {
    let functions: [(&'static str, Function, Vec<f32>); 9] = [
        ("Abs", T::abs, vec![-1.0, 0.0, 1.0]),
        ("Celu", T::celu, vec![-1.0, 0.0, 1.0]),
        ("Elu", T::elu, vec![-1.0, 0.0, 1.0]),
        ("HardSwish", T::hardswish, vec![-4.0, -3.0, 0.0, 3.0, 4.0]),
        ("Relu", T::relu, vec![-1.0, 0.0, 1.0]),
        ("Selu", T::selu, vec![-1.0, 0.0, 1.0]),
        ("Sigmoid", T::sigmoid, vec![-80.0, 0.0, 80.0]),
        ("Softplus", T::softplus, vec![-80.0, 0.0, 15.0]),
        ("Tanh", T::tanh, vec![-40.0, 0.0, 40.0]),
    ];
    let functions = functions.into_iter().map(|(name, f, places)| match places.len() {
        5 => op(name, move |x| f(&x[0])).at([5], &places),
        _ => op(name, move |x| f(&x[0])).at([3], &places),
    });
    let scalar = |value: f32| Tensor::scalar(value);
    let others = [
        op("HardSigmoid", |x| x[0].hardsigmoid()).at([4], &[-3.0, 0.0, 3.0, 4.0]).a("alpha", 1.0_f32 / 6.0),
        op("LeakyRelu", |x| x[0].leaky_relu()).at([3], &[-1.0, 0.0, 1.0]).a("alpha", 0.01_f32),
        op("Shrink", |x| x[0].hardshrink()).at([4], &[-0.5, 0.0, 0.5, 1.0]),
        op("Shrink", |x| x[0].softshrink()).at([4], &[-0.5, 0.0, 0.5, 1.0]).a("bias", 0.5_f32),
        op("ThresholdedRelu", |x| x[0].threshold(1.0, 0.0)).at([3], &[0.0, 1.0, 2.0]),
        op("Clip", |x| x[0].clamp(-1.0, 1.0))
            .at([3], &[-1.0, 0.0, 1.0])
            .given(scalar(-1.0))
            .given(scalar(1.0)),
        op("PRelu", |x| x[0].prelu(&x[1])).at([1, 3], &[-1.0, 0.0, 1.0]).at([3], &[0.2, 0.3, 0.4]),
    ];
    functions.chain(others).collect()
}

type Pair = fn(&T, &T) -> T;

fn pairs() -> Vec<Case> {
    let pairs: [(&'static str, Pair); 6] = [
        ("Add", |a, b| a + b),
        ("Sub", |a, b| a - b),
        ("Mul", |a, b| a * b),
        ("Div", |a, b| a / b),
        ("Max", T::maximum),
        ("Min", T::minimum),
    ];
    let broadcast = pairs.into_iter().flat_map(|(name, f)| {
        [
            op(name, move |x| f(&x[0], &x[1])).x([2, 3, 4]).within([3, 1], [0.5, 2.0]),
            op(name, move |x| f(&x[0], &x[1])).x([4]).within([2, 3, 4], [0.5, 2.0]),
        ]
    });
    let others = [
        op("Max", |x| x[0].maximum(&x[1])).at([3], &[1.0, 2.0, 3.0]).at([3], &[1.0, 3.0, 2.0]),
        op("Min", |x| x[0].minimum(&x[1])).at([3], &[1.0, 2.0, 3.0]).at([3], &[1.0, 3.0, 2.0]),
        op("Pow", |x| x[0].pow(&x[1])).within([2, 3], [0.2, 2.0]).x([2, 3]),
        op("Pow", |x| x[0].pow_tensor_scalar(3)).x([2, 3]).given(Tensor::scalar(3_f32)),
        op("Pow", |x| x[0].pow_tensor_scalar(2)).at([3], &[-1.0, 0.0, 2.0]).given(Tensor::scalar(2_f32)),
        op("Mod", |x| x[0].fmod_tensor(&x[1])).x([2, 7]).within([2, 7], [0.5, 0.9]).a("fmod", 1),
        op("Sum", |x| &x[0] + &x[1] + &x[2]).x([2, 3]).x([3]).x([2, 1]),
        op("Mean", |x| (&x[0] + &x[1] + &x[2]) / 3.0).x([2, 3]).x([3]).x([2, 1]),
    ];
    broadcast.chain(others).collect()
}

fn choices() -> Vec<Case> {
    let condition = || Tensor::from_vec(&[2, 1], &[true, false]);
    vec![
        op("Where", |x| x[1].where_self(&x[0].to_kind(tch::Kind::Bool), &x[2]))
            .given(condition())
            .x([3])
            .x([2, 3]),
    ]
}

fn types() -> Vec<Case> {
    // To the type it has: what a cast to another does is compared in the tests of element types.
    vec![
        op("Cast", |x| x[0].to_kind(tch::Kind::Float)).x([2, 3]).a("to", i64::from(DataType::Float.number())),
        op("CastLike", |x| x[0].to_kind(tch::Kind::Float)).x([2, 3]).c([1]),
    ]
}
