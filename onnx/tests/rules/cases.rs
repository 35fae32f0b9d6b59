//! The table. A line is one numeric check; what is special about a line stands in its attributes.

#[path = "composite.rs"]
mod composite;

use dissect_onnx::tensor::Tensor;

use crate::check::{Case, Range, op};

pub(crate) fn all() -> Vec<Case> {
    [
        elementwise(),
        arithmetic(),
        matrices(),
        windows(),
        normalizations(),
        reductions(),
        layout(),
        indexing(),
        older(),
        composite::all(),
    ]
    .concat()
}

fn elementwise() -> Vec<Case> {
    use Range::{AboveOne, Positive, Unit};
    let any =
        ["Abs", "Atan", "Asinh", "Cos", "Cosh", "Erf", "Exp", "Neg", "Sigmoid", "Sin", "Sinh", "Softplus"]
            .into_iter()
            .chain([
                "Softsign",
                "Tanh",
                "Relu",
                "LeakyRelu",
                "Elu",
                "Celu",
                "Selu",
                "HardSigmoid",
                "HardSwish",
            ])
            .chain(["Mish", "ThresholdedRelu", "Identity", "Dropout", "Reciprocal", "Clip"]);
    let mut cases: Vec<Case> = any.map(|name| op(name).x([3, 4]).batched()).collect();
    cases.extend(["Acos", "Asin", "Atanh", "Tan"].map(|name| op(name).x_in([3, 4], Unit)));
    cases.extend(["Log", "Sqrt"].map(|name| op(name).x_in([3, 4], Positive)));
    cases.extend([
        op("Acosh").x_in([3, 4], AboveOne),
        op("LeakyRelu").x([7]).a("alpha", 0.3_f32),
        op("Elu").x([7]).a("alpha", 0.3_f32),
        op("Celu").x([7]).a("alpha", 0.3_f32),
        op("Selu").x([7]).a("alpha", 0.3_f32).a("gamma", 2_f32),
        op("HardSigmoid").x([7]).a("alpha", 0.4_f32).a("beta", 0.3_f32),
        op("ThresholdedRelu").x([7]).a("alpha", 0.3_f32),
        op("Shrink").x([3, 4]).single().batched(),
        op("Shrink").x([7]).a("lambd", 0.7_f32).a("bias", 0.2_f32).single(),
        op("Gelu").x([3, 4]).opset(20),
        op("Gelu").x([3, 4]).a("approximate", "tanh").opset(20),
        op("Swish").x([3, 4]).opset(24),
        op("Swish").x([3, 4]).a("alpha", 1.7_f32).opset(24),
        op("Clip").x([9]).numbers([], &[-0.7]).numbers([], &[1.1]),
        op("Clip").x([9]).none().numbers([], &[0.4]),
        op("Cast").x([3, 4]).a("to", 1),
        op("Cast").x([3, 4]).a("to", 11),
        op("CastLike").x([3, 4]).given(Tensor::scalar(0_f32)).opset(19),
        op("PRelu").x([2, 3, 4]).c([3, 1]),
        op("PRelu").x([2, 3]).x([3]),
    ]);
    cases
}

fn arithmetic() -> Vec<Case> {
    use Range::Positive;
    let mut cases = Vec::new();
    for name in ["Add", "Sub", "Mul", "Div"] {
        cases.extend([
            op(name).x([2, 3]).x_in([2, 3], Positive).batched(),
            op(name).x([2, 1, 3]).x_in([4, 1], Positive),
            op(name).x([3]).x_in([2, 4, 3], Positive),
            op(name).x([2, 3]).x_in([], Positive),
            op(name).x([2, 3]).c_in([1, 3], Positive).batched(),
            op(name).c([1, 3]).x_in([2, 3], Positive),
        ]);
    }
    for name in ["Max", "Min", "Sum", "Mean"] {
        cases.extend([
            op(name).x([2, 3]).x([3]).x([2, 1]),
            op(name).x([4]),
            op(name).x([2, 3]).c([]).batched(),
        ]);
    }
    cases.extend([
        op("Pow").x_in([2, 3], Positive).x([3]),
        op("Pow").x([2, 3]).numbers([], &[2.0]).batched(),
        op("Pow").x([2, 3]).numbers([], &[3.0]),
        op("Pow").x([2, 3]).ints(&[3]),
        op("Pow").x([2, 3]).numbers([3], &[0.0, 1.0, 2.0]),
        op("Mod").x([2, 3]).c_in([3], Positive).a("fmod", 1),
        op("Mod").x([2, 3]).x_in([3], Positive).a("fmod", 1),
        op("Where").given(Tensor::from_vec(&[2, 1], &[true, false])).x([2, 3]).x([3]),
    ]);
    cases
}

fn matrices() -> Vec<Case> {
    let mut cases = vec![
        op("MatMul").x([2, 3]).x([3, 4]),
        op("MatMul").x([2, 3]).c([3, 4]).batched(),
        op("MatMul").x([2, 5, 3]).c([3, 4]).batched(),
        op("MatMul").x([2, 2, 3]).x([2, 3, 2]).batched(),
        op("MatMul").x([2, 1, 2, 3]).x([4, 3, 2]),
        op("MatMul").x([2, 3]).x([5, 3, 2]),
        op("MatMul").x([3]).x([3, 4]),
        op("MatMul").x([2, 3]).x([3]),
        op("MatMul").x([3]).x([3]),
        op("MatMul").x([3]).x([2, 3, 4]),
        op("MatMul").x([2, 4, 3]).x([3]),
        op("Einsum").x([2, 3]).x([3, 4]).a("equation", "ij,jk->ik"),
        op("Einsum").x([2, 3, 4]).x([2, 5, 4]).a("equation", "bid,bjd->bij"),
        op("Einsum").x([2, 3, 4]).c([4, 2]).a("equation", "...d,de->...e"),
        op("Einsum").x([2, 3]).a("equation", "ij->ji"),
        op("Einsum").x([2, 3]).a("equation", "ij->i"),
        op("Einsum").x([2, 3]).x([3, 4]).a("equation", "ij,jk"),
    ];
    for (trans_a, trans_b) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
        let case =
            op("Gemm").a("transA", trans_a).a("transB", trans_b).a("alpha", 0.7_f32).a("beta", 1.3_f32);
        let case = if trans_a == 0 { case.x([2, 3]) } else { case.x([3, 2]) };
        let case = if trans_b == 0 { case.x([3, 4]) } else { case.x([4, 3]) };
        cases.extend([case.clone(), case.clone().x([4]), case.clone().x([2, 1]), case.x([])]);
    }
    cases.push(op("Gemm").x([2, 3]).c([3, 4]).c([4]).batched());
    cases
}

fn windows() -> Vec<Case> {
    let conv = |shape: [usize; 4], weights: [usize; 4]| op("Conv").x(shape).c(weights).batched();
    let transposed =
        |shape: [usize; 4], weights: [usize; 4]| op("ConvTranspose").x(shape).c(weights).batched();
    let mut cases = vec![
        conv([2, 2, 5, 4], [3, 2, 3, 3]).a("pads", [1, 1, 1, 1]),
        conv([2, 2, 5, 4], [3, 2, 3, 2]).c([3]),
        conv([2, 2, 5, 4], [3, 2, 3, 2]).a("pads", [2, 0, 1, 1]),
        conv([2, 2, 5, 4], [3, 2, 1, 1]).a("pads", [1, 1, 1, 1]),
        conv([2, 2, 7, 6], [3, 2, 3, 3]).a("strides", [2, 2]).a("pads", [1, 1, 1, 1]),
        conv([2, 2, 7, 6], [3, 2, 3, 2]).a("strides", [3, 2]),
        conv([2, 2, 7, 7], [3, 2, 1, 1]).a("strides", [2, 2]),
        conv([2, 2, 8, 8], [3, 2, 2, 2]).a("strides", [4, 4]),
        conv([2, 2, 7, 7], [3, 2, 3, 3]).a("dilations", [2, 2]).a("pads", [2, 2, 2, 2]),
        conv([2, 2, 9, 7], [3, 2, 3, 3]).a("dilations", [2, 2]).a("strides", [2, 3]).a("pads", [1, 2, 0, 1]),
        conv([2, 4, 5, 5], [4, 1, 3, 3]).a("group", 4).a("pads", [1, 1, 1, 1]),
        conv([2, 4, 5, 5], [6, 2, 3, 3]).a("group", 2).a("strides", [2, 2]),
        conv([2, 4, 5, 5], [6, 2, 2, 3]).a("group", 2),
        conv([2, 2, 5, 5], [3, 2, 3, 3]).a("auto_pad", "SAME_UPPER").a("strides", [2, 2]),
        conv([2, 2, 6, 6], [3, 2, 3, 3]).a("auto_pad", "SAME_LOWER").a("strides", [2, 2]),
        conv([2, 2, 6, 6], [3, 2, 2, 2]).a("auto_pad", "SAME_UPPER"),
        conv([2, 2, 5, 5], [3, 2, 3, 3]).a("auto_pad", "VALID"),
        op("Conv").x([2, 2, 7]).c([3, 2, 3]).a("strides", [2]),
        // Images smaller than the kernel.
        conv([3, 2, 2, 2], [3, 2, 3, 3]).c([3]).a("pads", [1, 1, 1, 1]),
        conv([2, 3, 1, 3], [2, 3, 3, 3]).a("pads", [1, 1, 1, 1]).a("strides", [1, 2]),
        conv([2, 2, 2, 1], [2, 2, 2, 3]).a("pads", [2, 1, 0, 1]).a("dilations", [2, 1]),
        op("Conv").x([2, 2, 2]).c([3, 2, 3]).c([3]).a("auto_pad", "SAME_UPPER").opset(22),
        op("Conv").x([2, 2, 3, 4, 3]).c([2, 2, 2, 2, 2]).a("pads", [1, 0, 0, 0, 0, 1]),
        op("Conv").x([2, 2, 5, 4]).x([3, 2, 3, 3]).x([3]).a("pads", [1, 1, 1, 1]),
        op("Conv").x([2, 2, 6, 4]).x([3, 2, 3, 2]).a("strides", [2, 1]).a("pads", [1, 0, 1, 0]),
        transposed([2, 3, 3, 4], [3, 2, 3, 3]),
        transposed([2, 3, 3, 4], [3, 2, 4, 4]).a("strides", [2, 2]).a("pads", [1, 1, 1, 1]),
        transposed([2, 3, 3, 3], [3, 2, 3, 3]).a("strides", [2, 2]).a("output_padding", [1, 1]).c([2]),
        transposed([2, 3, 3, 3], [3, 2, 3, 3])
            .a("strides", [2, 2])
            .a("pads", [1, 1, 1, 1])
            .a("output_padding", [1, 1]),
        transposed([2, 3, 3, 3], [3, 2, 2, 2]).a("dilations", [2, 2]),
        transposed([2, 4, 3, 3], [4, 2, 3, 3]).a("group", 2).a("strides", [2, 1]),
        transposed([2, 3, 3, 3], [3, 2, 3, 3]).a("strides", [2, 2]).a("auto_pad", "SAME_UPPER"),
        transposed([2, 3, 3, 3], [3, 2, 3, 3]).a("strides", [2, 2]).a("output_shape", [6, 7]),
        op("ConvTranspose").x([2, 3, 3, 3]).c([3, 2, 3, 3]).x([2]),
    ];
    for name in ["MaxPool", "AveragePool", "LpPool"] {
        let pool =
            |shape: [usize; 4], kernel: [i64; 2]| op(name).x(shape).a("kernel_shape", kernel).batched();
        cases.extend([
            pool([2, 2, 4, 4], [2, 2]).a("strides", [2, 2]),
            pool([2, 2, 5, 5], [2, 2]).a("strides", [2, 2]),
            pool([2, 2, 5, 6], [3, 2]),
            pool([2, 2, 5, 7], [3, 3]).a("strides", [2, 2]).a("pads", [1, 1, 1, 1]),
            pool([2, 2, 5, 5], [2, 2]).a("strides", [3, 3]),
            pool([2, 2, 5, 5], [2, 2]).a("auto_pad", "SAME_UPPER").a("strides", [2, 2]),
            op(name).x([2, 2, 7]).a("kernel_shape", [3]).a("strides", [2]),
        ]);
        if name != "LpPool" {
            cases.push(pool([2, 2, 6, 6], [3, 3]).a("strides", [2, 2]).a("ceil_mode", 1));
        }
    }
    cases.extend([
        op("MaxPool").x([2, 2, 7, 7]).a("kernel_shape", [2, 2]).a("dilations", [2, 2]),
        op("MaxPool").x([2, 2, 7, 6]).a("kernel_shape", [2, 3]).a("strides", [2, 3]).batched().single(),
        op("MaxPool")
            .x([2, 1, 7, 5])
            .a("kernel_shape", [2, 2])
            .a("strides", [2, 2])
            .a("ceil_mode", 1)
            .single(),
        op("MaxPool")
            .x([2, 1, 5])
            .a("kernel_shape", [2])
            .a("strides", [3])
            .a("pads", [1, 1])
            .opset(22)
            .single(),
        op("AveragePool")
            .x([2, 2, 5, 5])
            .a("kernel_shape", [3, 3])
            .a("pads", [1, 1, 1, 1])
            .a("count_include_pad", 1),
        op("AveragePool")
            .x([2, 2, 6, 6])
            .a("kernel_shape", [3, 3])
            .a("strides", [2, 2])
            .a("pads", [1, 1, 1, 1])
            .a("ceil_mode", 1)
            .a("count_include_pad", 1)
            .opset(19),
        op("LpPool").x([2, 2, 4, 4]).a("kernel_shape", [2, 2]).a("strides", [2, 2]).a("p", 3),
        op("GlobalAveragePool").x([2, 3, 4, 2]).batched(),
        op("GlobalMaxPool").x([2, 3, 4, 2]).batched(),
        op("GlobalLpPool").x([2, 3, 4, 2]).batched(),
        op("GlobalLpPool").x([2, 3, 4, 2]).a("p", 3),
    ]);
    cases
}

fn normalizations() -> Vec<Case> {
    use Range::Positive;
    vec![
        op("BatchNormalization").x([2, 3, 2, 2]).c([3]).c([3]).c([3]).c_in([3], Positive).batched(),
        op("BatchNormalization").x([2, 3]).c([3]).c([3]).c([3]).c_in([3], Positive).a("epsilon", 0.3_f32),
        op("InstanceNormalization").x([2, 3, 4, 2]).c([3]).c([3]).batched(),
        op("InstanceNormalization").x([2, 3, 5]).x([3]).x([3]),
        op("GroupNormalization").x([2, 4, 3, 2]).c([2]).c([2]).a("num_groups", 2).batched(),
        op("GroupNormalization").x([2, 4, 3, 2]).c([4]).c([4]).a("num_groups", 2).opset(21).single(),
        op("LayerNormalization").x([2, 3, 5]).c([5]).c([5]).batched(),
        op("LayerNormalization").x([2, 3, 5]).c([3, 5]).a("axis", 1),
        op("LayerNormalization").x([2, 5]).x([5]).x([5]).a("epsilon", 0.1_f32),
        op("RMSNormalization").x([2, 3, 5]).c([5]).opset(23),
        op("RMSNormalization").x([2, 3, 5]).x([5]).opset(23),
        op("MeanVarianceNormalization").x([2, 3, 2, 2]),
        op("MeanVarianceNormalization").x([2, 3, 2, 2]).a("axes", [2, 3]),
        op("LpNormalization").x([2, 5]).batched(),
        op("LpNormalization").x([2, 5]).a("p", 1).a("axis", 0),
        op("LRN").x([2, 5, 2, 2]).a("size", 3).a("alpha", 0.7_f32).batched(),
        op("LRN").x([2, 5, 2, 2]).a("size", 5).a("alpha", 0.7_f32).a("beta", 0.5_f32).a("bias", 2_f32),
        op("Softmax").x([2, 5]).batched(),
        op("Softmax").x([2, 3, 4]).a("axis", 1),
        op("LogSoftmax").x([2, 5]).batched(),
        op("LogSoftmax").x([2, 3, 4]).a("axis", 0),
    ]
}

fn reductions() -> Vec<Case> {
    use Range::{Any, Positive};
    let mut cases = Vec::new();
    let names = ["ReduceSum", "ReduceMean", "ReduceMax", "ReduceMin", "ReduceProd", "ReduceL1", "ReduceL2"];
    for (name, range) in names.map(|name| (name, Any)).into_iter().chain([
        ("ReduceSumSquare", Any),
        ("ReduceLogSum", Positive),
        ("ReduceLogSumExp", Any),
    ]) {
        cases.extend([
            op(name).x_in([2, 3, 4], range),
            op(name).x_in([2, 3, 4], range).ints(&[1]).batched(),
            op(name).x_in([2, 3, 4], range).ints(&[-1, 1]).a("keepdims", 0).batched(),
            op(name).x_in([2, 3], range).a("keepdims", 0),
        ]);
    }
    cases.push(op("ReduceSum").x([2, 3]).ints(&[]).a("noop_with_empty_axes", 1));
    for (reverse, exclusive) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
        let axis = Tensor::scalar(1_i64);
        cases.push(op("CumSum").x([2, 4]).given(axis).a("reverse", reverse).a("exclusive", exclusive));
    }
    cases
}

fn layout() -> Vec<Case> {
    let resize = |shape: [usize; 4], mode: &str, coordinates: &str| {
        op("Resize").x(shape).none().a("mode", mode).a("coordinate_transformation_mode", coordinates)
    };
    let scales = |h: f32, w: f32| Tensor::from_vec(&[4], &[1.0, 1.0, h, w]);
    vec![
        op("Reshape").x([2, 6]).ints(&[-1, 2, 3]).batched(),
        op("Reshape").x([2, 6]).ints(&[3, 4]),
        op("Flatten").x([2, 3, 2]).batched(),
        op("Flatten").x([2, 3, 2]).a("axis", 2),
        op("Squeeze").x([2, 1, 3]).ints(&[1]).batched(),
        op("Squeeze").x([1, 2, 1]),
        op("Unsqueeze").x([2, 3]).ints(&[0, 3]).batched(),
        op("Transpose").x([2, 3, 4]).a("perm", [2, 0, 1]).batched(),
        op("Transpose").x([2, 3, 4]),
        op("Expand").x([3, 1]).ints(&[2, 3, 4]),
        op("Expand").x([2, 1]).ints(&[1, 4]).batched(),
        op("Tile").x([2, 3]).ints(&[1, 2]).batched(),
        op("Tile").x([2, 3]).ints(&[2, 3]),
        op("Concat").x([2, 3]).x([2, 1]).c([2, 2]).a("axis", 1),
        op("Concat").x([1, 3]).x([2, 3]).a("axis", -2),
        op("Split").x([2, 5]).ints(&[2, 3]).a("axis", 1).outputs(2).batched(),
        op("Split").x([2, 5]).a("axis", 1).a("num_outputs", 3).outputs(3),
        op("DepthToSpace").x([2, 8, 2, 3]).a("blocksize", 2).batched(),
        op("DepthToSpace").x([2, 8, 2, 3]).a("blocksize", 2).a("mode", "CRD"),
        op("SpaceToDepth").x([2, 2, 4, 6]).a("blocksize", 2).batched(),
        op("Trilu").x([2, 3, 4]),
        op("Trilu").x([4, 3]).given(Tensor::scalar(-1_i64)).a("upper", 0),
        op("Slice").x([2, 6]).ints(&[1]).ints(&[5]).ints(&[1]).batched(),
        op("Slice").x([3, 6]).ints(&[0, 1]).ints(&[2, 100]),
        op("Slice").x([2, 7]).ints(&[1]).ints(&[7]).ints(&[1]).ints(&[2]).batched(),
        op("Slice").x([2, 7]).ints(&[0]).ints(&[7]).ints(&[-1]).ints(&[3]),
        op("Slice").x([2, 7]).ints(&[-1]).ints(&[-100]).ints(&[1]).ints(&[-1]),
        op("Slice").x([2, 7]).ints(&[5]).ints(&[0]).ints(&[1]).ints(&[-2]),
        op("Slice").x([2, 6, 6]).ints(&[0, 0]).ints(&[6, 6]).ints(&[1, 2]).ints(&[2, 2]).batched(),
        op("Pad").x([2, 3]).ints(&[0, 1, 0, 2]).batched(),
        op("Pad").x([2, 5]).ints(&[1, -1, 0, -2]),
        op("Pad").x([2, 5]).ints(&[1, 2]).none().ints(&[1]),
        op("Pad").x([2, 4, 3]).ints(&[0, 1, 2, 0, 2, 1]).a("mode", "reflect"),
        op("Pad").x([2, 4, 3]).ints(&[0, 1, 2, 0, 2, 1]).a("mode", "edge"),
        op("Pad").x([2, 4, 3]).ints(&[0, 1, 2, 0, 2, 1]).a("mode", "wrap").opset(19),
        resize([2, 2, 3, 3], "nearest", "half_pixel").given(scales(2.0, 2.0)),
        resize([2, 2, 3, 4], "linear", "half_pixel").given(scales(2.0, 1.5)),
        resize([2, 2, 3, 4], "linear", "align_corners").none().ints(&[2, 2, 5, 7]),
        resize([2, 2, 6, 4], "linear", "pytorch_half_pixel").none().ints(&[2, 2, 3, 1]),
        resize([2, 2, 4, 4], "cubic", "half_pixel").given(scales(1.5, 1.0)),
        resize([2, 2, 4, 4], "nearest", "asymmetric").given(scales(0.5, 2.0)).a("nearest_mode", "floor"),
    ]
}

fn indexing() -> Vec<Case> {
    let at = |shape: &[usize], values: &[i64]| Tensor::from_vec(shape, values);
    vec![
        op("Gather").x([2, 5]).ints(&[1]).a("axis", 1).batched(),
        op("Gather").x([2, 5]).given(at(&[], &[-2])).a("axis", 1).batched(),
        op("Gather").x([2, 5]).ints(&[1, 2, 3]).a("axis", 1),
        op("Gather").x([2, 3]).ints(&[2, 0, 1]).a("axis", 1),
        op("Gather").x([2, 5]).given(at(&[2, 2], &[0, 3, 3, 1])).a("axis", 1).batched(),
        op("Gather").x([5, 2]).ints(&[4, 4, 0]),
        op("TopK").x([2, 5]).ints(&[2]).outputs(2).batched(),
        op("TopK").x([5, 2]).ints(&[3]).outputs(2).a("axis", 0).a("largest", 0),
        op("ScatterElements").x([2, 4]).given(at(&[2, 2], &[1, 3, 0, 2])).x([2, 2]).a("axis", 1),
        op("ScatterND").x([4, 2]).given(at(&[2, 1], &[3, 0])).x([2, 2]),
    ]
}

/// Forms of older operator sets.
fn older() -> Vec<Case> {
    vec![
        op("Softmax").x([2, 3, 4]).a("axis", 1).opset(9).batched(),
        op("LogSoftmax").x([2, 3, 4]).a("axis", 2).opset(11),
        op("Slice").x([2, 6]).a("starts", [1]).a("ends", [4]).a("axes", [1]).opset(9),
        op("Clip").x([7]).a("min", -0.4_f32).a("max", 1_f32).opset(9),
        op("Pad").x([2, 3]).a("pads", [0, 1, 1, 0]).opset(10),
        op("Squeeze").x([2, 1, 3]).a("axes", [1]).opset(11),
        op("Unsqueeze").x([2, 3]).a("axes", [1]).opset(11),
        op("Split").x([2, 5]).a("axis", 1).a("split", [2, 3]).outputs(2).opset(11),
        op("Split").x([2, 4]).a("axis", 1).outputs(2).opset(13),
        op("ReduceMean").x([2, 3, 4]).a("axes", [1, 2]).a("keepdims", 0).opset(13),
        op("ReduceSum").x([2, 3, 4]).a("axes", [1]).opset(11),
        op("TopK").x([2, 5]).a("k", 2).outputs(2).opset(9),
        op("Dropout").x([2, 3]).a("ratio", 0.4_f32).opset(10),
        op("MaxPool").x([2, 2, 4, 4]).a("kernel_shape", [2, 2]).a("strides", [2, 2]).opset(8),
        op("BatchNormalization").x([2, 3, 2]).c([3]).c([3]).c([3]).c_in([3], Range::Positive).opset(7),
        op("Resize").x([1, 1, 2, 2]).given(Tensor::from_vec(&[4], &[1_f32, 1.0, 2.0, 2.0])).opset(10),
    ]
}
