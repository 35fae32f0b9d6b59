//! One layer at a time to nodes of the standard operators.

use crate::arch::{Layer, Shortcut};
use crate::graph::{Graph, attr};

/// Adds the layers in order and gives the name of the last one's value.
pub(super) fn add_all(graph: &mut Graph, layers: &[Layer], input: String) -> String {
    layers.iter().fold(input, |x, layer| add(graph, layer, x))
}

fn add(graph: &mut Graph, layer: &Layer, x: String) -> String {
    match layer {
        Layer::Conv { name, kernel, stride, padding, bias, .. } => {
            graph.named_node(name, "Conv", with_weights(x, name, *bias), window(*kernel, *stride, *padding))
        }
        Layer::ConvTranspose { name, kernel, stride, padding, bias, .. } => {
            let inputs = with_weights(x, name, *bias);
            graph.named_node(name, "ConvTranspose", inputs, window(*kernel, *stride, *padding))
        }
        Layer::BatchNorm { name, epsilon, .. } => {
            let of = |parameter: &str| format!("{name}.{parameter}");
            let inputs = [x, of("weight"), of("bias"), of("running_mean"), of("running_var")];
            graph.named_node(name, "BatchNormalization", inputs, [attr("epsilon", *epsilon)])
        }
        Layer::Relu => graph.node("Relu", [x], []),
        Layer::LeakyRelu { slope } => graph.node("LeakyRelu", [x], [attr("alpha", *slope)]),
        Layer::Tanh => graph.node("Tanh", [x], []),
        Layer::MaxPool { kernel, stride } => graph.node("MaxPool", [x], window(*kernel, *stride, 0)),
        Layer::GlobalAveragePool => graph.node("GlobalAveragePool", [x], []),
        Layer::Flatten => graph.node("Flatten", [x], [attr("axis", 1)]),
        Layer::Linear { name, .. } => {
            graph.named_node(name, "Gemm", with_weights(x, name, true), [attr("transB", 1)])
        }
        Layer::Reshape { shape } => {
            // 0 keeps the batch as it is.
            let [channels, height, width] = shape.map(|n| n as i64);
            let to = graph.ints(&[0, channels, height, width]);
            graph.node("Reshape", [x, to], [])
        }
        Layer::Residual { body, shortcut } => {
            let long = add_all(graph, body, x.clone());
            let short = add_shortcut(graph, *shortcut, x);
            graph.node("Add", [long, short], [])
        }
    }
}

fn add_shortcut(graph: &mut Graph, shortcut: Shortcut, x: String) -> String {
    let Shortcut::PadSubsample { stride, channels_before, channels_after } = shortcut else {
        return x;
    };
    let [start, end, axes] = [[0, 0], [i64::MAX, i64::MAX], [2, 3]].map(|values| graph.ints(&values));
    let steps = graph.ints(&[stride as i64; 2]);
    let kept = graph.node("Slice", [x, start, end, axes, steps], []);
    let pads = graph.ints(&[0, channels_before as i64, 0, 0, 0, channels_after as i64, 0, 0]);
    graph.node("Pad", [kept, pads], [attr("mode", "constant")])
}

fn with_weights(x: String, name: &str, bias: bool) -> Vec<String> {
    let mut inputs = vec![x, format!("{name}.weight")];
    if bias {
        inputs.push(format!("{name}.bias"));
    }
    inputs
}

fn window(kernel: usize, stride: usize, padding: usize) -> Vec<crate::proto::AttributeProto> {
    let [kernel, stride, padding] = [kernel, stride, padding].map(|n| n as i64);
    vec![attr("kernel_shape", [kernel; 2]), attr("strides", [stride; 2]), attr("pads", [padding; 4])]
}
