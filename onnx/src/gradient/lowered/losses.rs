//! Losses that are operators, as gathers and sums.

use crate::gradient::context::{Context, Refusal};
use crate::gradient::lower::Lowered;
use crate::graph::attr;

/// `-log p` of the target class. <https://onnx.ai/onnx/operators/onnx__NegativeLogLikelihoodLoss.html>
pub(crate) fn negative_log_likelihood(cx: &mut Context) -> Lowered {
    let log_probabilities = cx.input(0)?;
    Ok(vec![Some(likelihood(cx, &log_probabilities)?)])
}

/// The same behind a log-softmax over the classes, which is the second output.
/// <https://onnx.ai/onnx/operators/onnx__SoftmaxCrossEntropyLoss.html>
pub(crate) fn softmax_cross_entropy(cx: &mut Context) -> Lowered {
    let scores = cx.input(0)?;
    let log_probabilities = cx.op_with("LogSoftmax", [&scores], [attr("axis", 1)]);
    Ok(vec![Some(likelihood(cx, &log_probabilities)?), Some(log_probabilities)])
}

fn likelihood(cx: &mut Context, log_probabilities: &str) -> Result<String, Refusal> {
    let mut target = cx.input(1)?;
    let index_type = cx.seen(&target)?.data_type;
    let ignored = match cx.node.attribute("ignore_index") {
        Some(_) => {
            let number = cx.graph.number(index_type, cx.node.int("ignore_index", 0)? as f64);
            let ignored = cx.op("Equal", [&target, &number]);
            let zero = cx.graph.number(index_type, 0.0);
            target = cx.op("Where", [&ignored, &zero, &target]);
            Some(ignored)
        }
        None => None,
    };
    let axis = cx.graph.ints(&[1]);
    let wide = cx.op("Unsqueeze", [&target, &axis]);
    let chosen = cx.op_with("GatherElements", [log_probabilities, &wide], [attr("axis", 1)]);
    let chosen = cx.op("Squeeze", [&chosen, &axis]);
    let mut loss = cx.op("Neg", [&chosen]);

    let mut weights = match cx.node.input(2) {
        Some(_) => {
            let weights = cx.input(2)?;
            Some(cx.op("Gather", [&weights, &target]))
        }
        None => None,
    };
    if let Some(ignored) = &ignored {
        let (zero, one) = (cx.number(0.0)?, cx.number(1.0)?);
        weights = Some(cx.op("Where", [ignored, &zero, weights.as_ref().unwrap_or(&one)]));
    }
    if let Some(weights) = &weights {
        loss = cx.mul(&loss, weights);
    }
    let all = [attr("keepdims", 0)];
    Ok(match (cx.node.string("reduction", "mean")?.as_str(), weights) {
        ("none", _) => loss,
        ("sum", _) => cx.op_with("ReduceSum", [&loss], all),
        ("mean", None) => cx.op_with("ReduceMean", [&loss], all),
        ("mean", Some(weights)) => {
            let total = cx.op_with("ReduceSum", [&loss], all.clone());
            let weight = cx.op_with("ReduceSum", [&weights], all);
            cx.op("Div", [&total, &weight])
        }
        (other, _) => return Err(format!("reduction `{other}` is not known").into()),
    })
}
