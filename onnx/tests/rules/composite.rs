//! The table's second part: operators that are written out in others, scatters, and linear maps with a name of their own.

use dissect_onnx::tensor::Tensor;

use crate::check::{Case, Range, op};

pub(crate) fn all() -> Vec<Case> {
    [scatters(), recurrent(), attention(), grids(), losses(), linear()].concat()
}

fn at(shape: &[usize], values: &[i64]) -> Tensor {
    Tensor::from_vec(shape, values)
}

fn scatters() -> Vec<Case> {
    let twice = || at(&[2, 3], &[1, 3, 1, -4, 2, 0]);
    let rows = || at(&[3, 1], &[3, 0, 3]);
    let mut cases = vec![
        op("Gather").x([2, 3]).ints(&[1, 0, 1, -1]).batched(),
        op("Gather").x([2, 3]).given(at(&[2, 2], &[1, 0, 1, 1])).batched(),
        op("GatherElements").x([2, 4]).given(twice()).a("axis", 1),
        op("GatherElements").x([4, 3]).given(at(&[2, 3], &[1, 3, 1, 0, 2, -1])),
        op("GatherND").x([4, 2]).given(rows()),
        op("GatherND").x([3, 2, 2]).given(at(&[2, 2], &[2, 1, 0, -1])),
        op("GatherND").x([2, 2]).given(at(&[3, 2], &[1, 1, 0, 1, 1, 1])),
        op("GatherND").x([2, 3, 2]).given(at(&[2, 1], &[2, 0])).a("batch_dims", 1),
        op("GatherND").x([2, 3]).given(at(&[3, 1], &[0, 1, 1])).batched(),
        op("GatherND").x([2, 3, 2]).given(at(&[2, 2, 1], &[2, 2, 0, 1])).a("batch_dims", 1),
        op("MaxUnpool")
            .x([1, 1, 2, 2])
            .given(at(&[1, 1, 2, 2], &[0, 3, 9, 14]))
            .a("kernel_shape", [2, 2])
            .a("strides", [2, 2])
            .single(),
        op("ReverseSequence").x([4, 3, 2]).ints(&[4, 1, 2]),
        op("ReverseSequence").x([3, 4]).ints(&[4, 1, 3]).a("batch_axis", 0).a("time_axis", 1),
        op("OneHot").ints(&[1, 0, 2]).given(Tensor::scalar(3_i64)).x([2]).single(),
        op("Compress")
            .x([2, 4])
            .given(Tensor::from_vec(&[4], &[true, false, true, true]))
            .a("axis", 1)
            .batched(),
        op("Compress").x([2, 2]).given(Tensor::from_vec(&[4], &[false, true, true, false])),
        op("ScatterND").x([4, 2]).given(rows()).x([3, 2]).a("reduction", "add"),
        op("ScatterND").x([2, 2]).given(at(&[3, 2], &[1, 1, 0, -1, 1, 1])).x([3]).a("reduction", "mul"),
    ];
    for reduction in ["add", "mul", "max", "min"] {
        cases.extend([
            op("ScatterElements").x([2, 4]).given(twice()).x([2, 3]).a("axis", 1).a("reduction", reduction),
            op("ScatterElements").x([2, 4]).given(twice()).c([2, 3]).a("axis", 1).a("reduction", reduction),
        ]);
    }
    cases
}

fn recurrent() -> Vec<Case> {
    let lengths = || Tensor::from_vec(&[2], &[3_i32, 1]);
    let rnn = |name: &'static str, gates: usize, directions: usize| {
        op(name)
            .x_in([3, 2, 2], Range::Unit)
            .x_in([directions, gates * 2, 2], Range::Unit)
            .x_in([directions, gates * 2, 2], Range::Unit)
            .a("hidden_size", 2)
            .single()
    };
    let mut cases = Vec::new();
    for (name, gates, outputs) in [("RNN", 1, 2), ("GRU", 3, 2), ("LSTM", 4, 3)] {
        cases.extend([
            rnn(name, gates, 1).outputs(outputs),
            rnn(name, gates, 1).x_in([1, gates * 4], Range::Unit).outputs(1),
            rnn(name, gates, 1).none().given(lengths()).x_in([1, 2, 2], Range::Unit).outputs(outputs),
            rnn(name, gates, 1).none().given(lengths()).a("direction", "reverse").outputs(outputs),
            rnn(name, gates, 2)
                .c_in([2, gates * 4], Range::Unit)
                .a("direction", "bidirectional")
                .outputs(outputs),
            rnn(name, gates, 1).a("clip", 0.8_f32).outputs(2),
        ]);
    }
    let long = || {
        rnn("LSTM", 4, 1)
            .x_in([1, 16], Range::Unit)
            .none()
            .x_in([1, 2, 2], Range::Unit)
            .x_in([1, 2, 2], Range::Unit)
    };
    cases.extend([
        long().x_in([1, 6], Range::Unit).outputs(3),
        long().a("input_forget", 1).outputs(3),
        rnn("LSTM", 4, 1)
            .a("activations", ["HardSigmoid", "Softsign", "Tanh"])
            .a("activation_alpha", [0.3_f32])
            .a("activation_beta", [0.4_f32])
            .outputs(3),
        rnn("GRU", 3, 1).c_in([1, 12], Range::Unit).a("linear_before_reset", 1).outputs(2),
        rnn("GRU", 3, 1)
            .x_in([1, 12], Range::Unit)
            .none()
            .x_in([1, 2, 2], Range::Unit)
            .a("linear_before_reset", 1)
            .outputs(2),
    ]);
    cases
}

fn attention() -> Vec<Case> {
    let heads = || op("Attention").x([2, 2, 3, 4]).x([2, 2, 5, 4]).x([2, 2, 5, 2]).opset(23).single();
    let rotary = || op("RotaryEmbedding").x([2, 3, 8]).c([6, 2]).c([6, 2]).opset(23).single();
    let mut cases = vec![
        heads(),
        heads().x([3, 5]),
        heads().a("scale", 0.3_f32).a("softcap", 2.0_f32),
        heads().given(Tensor::from_vec(&[3, 5], &std::array::from_fn::<bool, 15, _>(|i| i % 4 != 1))),
        op("Attention")
            .x([2, 3, 8])
            .x([2, 3, 4])
            .x([2, 3, 6])
            .a("q_num_heads", 4)
            .a("kv_num_heads", 2)
            .a("is_causal", 1)
            .opset(23)
            .single(),
        heads().none().x([2, 2, 2, 4]).x([2, 2, 2, 2]).outputs(3),
        heads().none().x([2, 2, 2, 4]).x([2, 2, 2, 2]).a("is_causal", 1).outputs(3),
        heads().x([3, 5]).a("softcap", 2.0_f32),
        heads().x([3, 5]).a("softcap", 2.0_f32).opset(24),
        rotary().given(at(&[2, 3], &[0, 1, 2, 3, 4, 5])).a("num_heads", 2),
        rotary().given(at(&[2, 3], &[0, 1, 2, 3, 4, 5])).a("num_heads", 2).a("interleaved", 1),
        op("RotaryEmbedding")
            .x([2, 2, 3, 6])
            .c([2, 3, 2])
            .c([2, 3, 2])
            .a("rotary_embedding_dim", 4)
            .opset(23)
            .single(),
    ];
    // The scores as an output: as they are, with the cap, with the mask, and the weights.
    cases.extend((0..4).map(|mode| {
        let past = heads().x([3, 7]).x([2, 2, 2, 4]).x([2, 2, 2, 2]);
        past.a("softcap", 2.0_f32).a("qk_matmul_output_mode", mode).outputs(4)
    }));
    cases
}

fn grids() -> Vec<Case> {
    let mut cases = vec![
        op("AffineGrid").x([2, 2, 3]).ints(&[2, 1, 3, 2]).opset(20).single(),
        op("AffineGrid").x([2, 2, 3]).ints(&[2, 1, 3, 2]).a("align_corners", 1).opset(20).single(),
        op("AffineGrid").x([1, 3, 4]).ints(&[1, 1, 2, 3, 2]).opset(20).single(),
    ];
    for (mode, padding, aligned) in [
        ("linear", "zeros", 0),
        ("linear", "zeros", 1),
        ("linear", "border", 0),
        ("linear", "reflection", 0),
        ("linear", "reflection", 1),
        ("cubic", "zeros", 0),
        ("cubic", "border", 1),
        ("cubic", "reflection", 0),
    ] {
        let sample = op("GridSample").x([1, 2, 4, 3]).x([1, 3, 2, 2]).opset(20).single();
        cases.push(sample.a("mode", mode).a("padding_mode", padding).a("align_corners", aligned));
    }
    let nearest = op("GridSample").x([1, 2, 4, 3]).c([1, 3, 2, 2]).a("mode", "nearest").opset(20).single();
    cases.extend([nearest.clone(), nearest.a("padding_mode", "border")]);
    cases
}

fn losses() -> Vec<Case> {
    let mut cases = Vec::new();
    for reduction in ["none", "sum", "mean"] {
        cases.extend([
            op("NegativeLogLikelihoodLoss").x([3, 4]).ints(&[0, 3, 1]).a("reduction", reduction).single(),
            op("NegativeLogLikelihoodLoss")
                .x([3, 4])
                .ints(&[0, 3, 1])
                .c_in([4], Range::Positive)
                .a("reduction", reduction)
                .single(),
            op("SoftmaxCrossEntropyLoss")
                .x([2, 3, 2])
                .given(at(&[2, 2], &[2, 0, 1, 2]))
                .a("reduction", reduction)
                .a("ignore_index", 0)
                .single(),
        ]);
    }
    cases.push(op("SoftmaxCrossEntropyLoss").x([3, 4]).ints(&[0, 3, 1]).outputs(2).single());
    cases
}

fn linear() -> Vec<Case> {
    let axis = || Tensor::scalar(1_i64);
    let cache = || op("TensorScatter").x([2, 2, 5, 3]).x([2, 2, 2, 3]).opset(24).single();
    let deformed = || op("DeformConv").x([1, 4, 4, 3]).x([2, 2, 2, 2]).opset(19);
    let columns = || op("Col2Im").x([2, 8, 9]).ints(&[4, 4]).ints(&[2, 2]).batched().single();
    vec![
        op("Det").x([2, 3, 3]),
        op("Det").x([2, 2]),
        op("DFT").x([2, 5, 2]).a("axis", 1).opset(18).batched(),
        op("DFT").x([2, 4, 1]).a("axis", 1).a("onesided", 1).opset(18),
        op("DFT").x([2, 5, 1]).none().given(axis()).a("onesided", 1).opset(20),
        op("DFT").x([2, 4, 2]).none().given(axis()).a("inverse", 1).opset(20),
        op("DFT").x([2, 3, 2]).none().given(axis()).a("inverse", 1).a("onesided", 1).opset(20),
        columns(),
        op("Col2Im")
            .x([1, 4, 4])
            .ints(&[5, 4])
            .ints(&[2, 2])
            .a("strides", [2, 2])
            .a("dilations", [2, 1])
            .a("pads", [0, 0, 1, 0])
            .single(),
        op("CumProd").x([2, 4]).given(axis()).opset(26),
        op("CumProd").x([2, 4]).given(axis()).a("reverse", 1).opset(26),
        op("CumProd").x([2, 3]).given(axis()).a("exclusive", 1).opset(26).batched(),
        op("STFT").x([2, 12, 1]).given(Tensor::scalar(3_i64)).x_in([5], Range::Positive).single(),
        op("STFT").x([2, 12, 1]).given(Tensor::scalar(4_i64)).none().given(Tensor::scalar(4_i64)).single(),
        cache(),
        cache().ints(&[3, 0]),
        cache().ints(&[4, 1]).a("mode", "circular"),
        deformed().x_in([1, 8, 3, 2], Range::Unit).a("group", 2).single(),
        deformed()
            .x_in([1, 16, 3, 2], Range::Unit)
            .x([2])
            .x([1, 8, 3, 2])
            .a("group", 2)
            .a("offset_group", 2)
            .single(),
        deformed().c([1, 8, 4, 4]).a("pads", [1, 1, 0, 1]).a("strides", [1, 1]).a("group", 2).single(),
        op("CenterCropPad").x([4, 5]).ints(&[3, 8]),
        op("CenterCropPad").x([2, 5, 4]).ints(&[2, 7]).a("axes", [1, 2]).batched(),
        op("DequantizeLinear")
            .given(Tensor::from_vec(&[2, 3], &[3_u8, 4, 5, 200, 7, 8]))
            .x([])
            .given(Tensor::scalar(5_u8))
            .opset(19)
            .single(),
        op("DequantizeLinear")
            .given(Tensor::from_vec(&[2, 3], &[3_u8, 4, 5, 200, 7, 8]))
            .x([3])
            .a("axis", 1)
            .opset(19)
            .single(),
        op("DequantizeLinear")
            .given(Tensor::from_vec(&[2, 4], &[3_u8, 4, 5, 200, 7, 8, 9, 100]))
            .x([2, 2])
            .a("axis", 1)
            .a("block_size", 2)
            .opset(21)
            .single(),
        op("MaxPool")
            .x([2, 2, 4, 4])
            .a("kernel_shape", [2, 2])
            .a("strides", [2, 2])
            .a("storage_order", 1)
            .outputs(1),
        op("ReduceMean").x([2, 3]).ints(&[0]).batched(),
        op("ReduceMean").x([2, 3]).batched(),
        op("Conv").x([2, 4, 5, 4]).x([6, 2, 3, 2]).a("group", 2).a("strides", [2, 1]).a("pads", [1, 0, 1, 1]),
        op("Conv").x([2, 3, 6]).x([3, 1, 2]).a("group", 3).a("dilations", [2]),
        op("ConvTranspose")
            .x([2, 4, 3, 3])
            .x([4, 2, 2, 3])
            .a("group", 2)
            .a("strides", [2, 1])
            .a("pads", [1, 0, 0, 1]),
        op("ConvTranspose").x([2, 3, 4]).x([3, 2, 3]).x([2]).a("strides", [2]).a("output_padding", [1]),
        op("BatchNormalization")
            .x([3, 2, 2])
            .x([2])
            .x([2])
            .x([2])
            .x_in([2], Range::Positive)
            .a("training_mode", 1)
            .outputs(3)
            .single(),
        op("BatchNormalization").x([3, 2, 2]).x([2]).x([2]).x([2]).x_in([2], Range::Positive).single(),
        op("LayerNormalization").x([2, 3, 5]).x([5]).c([5]).outputs(3),
    ]
}
