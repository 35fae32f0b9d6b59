//! One step of `RNN`, `GRU` and `LSTM`: gates, activation functions, and how the new state is made of the old one.

use super::recurrent::part;
use crate::gradient::context::{Context, Refusal};
use crate::graph::attr;

/// States between two steps, `[batch, hidden]`.
pub(super) struct State {
    pub(super) hidden: String,
    /// The LSTM's cell state.
    pub(super) memory: Option<String>,
}

enum Kind {
    Simple,
    /// Whether the reset gate acts behind the matrix product.
    Gated {
        linear_before_reset: bool,
    },
    /// Peephole weights of the input, output and forget gates; whether input and forget gate are one.
    Long {
        peepholes: Option<[String; 3]>,
        coupled: bool,
    },
}

/// The cell of one direction.
pub(super) struct Cell {
    /// Size of the hidden state.
    pub(super) hidden: usize,
    kind: Kind,
    /// Recurrent weights, `[hidden, gates * hidden]`.
    recurrent: String,
    /// Biases of the input's and of the state's share, `[gates * hidden]`.
    biases: Option<[String; 2]>,
    functions: Vec<Function>,
    clip: Option<f64>,
}

struct Function {
    name: String,
    alpha: Option<f32>,
    beta: Option<f32>,
}

/// Reads the attributes and weights of one direction.
pub(super) fn cell(cx: &mut Context, direction: usize) -> Result<Cell, Refusal> {
    let recurrent = cx.input(2)?;
    let dims = cx.dims(&recurrent)?;
    let hidden = cx.fixed(&dims)?.last().copied().unwrap_or(0);
    let (kind, gates, defaults): (_, usize, &[&str]) = match cx.node.operator.as_str() {
        "GRU" => {
            let linear_before_reset = cx.node.flag("linear_before_reset", false)?;
            (Kind::Gated { linear_before_reset }, 3, &["Sigmoid", "Tanh"])
        }
        "LSTM" => {
            let coupled = cx.node.flag("input_forget", false)?;
            let peepholes = peepholes(cx, direction, hidden)?;
            (Kind::Long { peepholes, coupled }, 4, &["Sigmoid", "Tanh", "Tanh"])
        }
        _ => (Kind::Simple, 1, &["Tanh"]),
    };
    let weights = part(cx, 2, direction)?;
    let recurrent = cx.op_with("Transpose", [&weights], [attr("perm", [1, 0])]);
    let biases = match cx.node.input(3) {
        Some(_) => {
            let both = part(cx, 3, direction)?;
            let width = (gates * hidden) as i64;
            Some([slice(cx, &both, 0, 0, width), slice(cx, &both, 0, width, 2 * width)])
        }
        None => None,
    };
    let clip = match cx.node.attribute("clip") {
        Some(_) => Some(f64::from(cx.node.float("clip", 0.0)?)),
        None => None,
    };
    let functions = functions(cx, defaults, direction)?;
    Ok(Cell { hidden, kind, recurrent, biases, functions, clip })
}

fn peepholes(cx: &mut Context, direction: usize, hidden: usize) -> Result<Option<[String; 3]>, Refusal> {
    if cx.node.input(7).is_none() {
        return Ok(None);
    }
    let all = part(cx, 7, direction)?;
    let width = hidden as i64;
    Ok(Some([0, 1, 2].map(|i| slice(cx, &all, 0, i * width, (i + 1) * width))))
}

/// The activation functions of one direction, with their parameters where they take any.
fn functions(cx: &Context, defaults: &[&str], direction: usize) -> Result<Vec<Function>, Refusal> {
    let names: Vec<String> = match cx.node.attribute("activations") {
        Some(attribute) => {
            let names = attribute.strings.iter().map(|name| String::from_utf8(name.clone()));
            names.collect::<Result<_, _>>().map_err(|_| "attribute `activations` is not UTF-8")?
        }
        None => defaults.iter().map(|name| (*name).to_owned()).collect(),
    };
    let given = cx.node.attribute("activations").is_some();
    let count = defaults.len();
    let first = if given { direction * count } else { 0 };
    if names.len() < first + count {
        return Err(format!("{} activation functions, expected {}", names.len(), first + count).into());
    }
    let mut alphas = cx.node.floats("activation_alpha")?.unwrap_or_default().iter().copied();
    let mut betas = cx.node.floats("activation_beta")?.unwrap_or_default().iter().copied();
    let mut all = Vec::new();
    for name in names {
        // Values are handed out in order to the functions that take them.
        let (takes_alpha, takes_beta) = match name.as_str() {
            "Affine" | "ScaledTanh" | "HardSigmoid" => (true, true),
            "LeakyRelu" | "ThresholdedRelu" | "Elu" => (true, false),
            _ => (false, false),
        };
        let alpha = if takes_alpha { alphas.next() } else { None };
        let beta = if takes_beta { betas.next() } else { None };
        all.push(Function { name, alpha, beta });
    }
    Ok(all.into_iter().skip(first).take(count).collect())
}

impl Cell {
    pub(super) fn has_memory(&self) -> bool {
        matches!(self.kind, Kind::Long { .. })
    }

    /// The next state; `gates` is the input's share, `[batch, gates * hidden]`.
    pub(super) fn step(&self, cx: &mut Context, gates: &str, state: &State) -> Result<State, Refusal> {
        match &self.kind {
            Kind::Simple => self.simple(cx, gates, state),
            Kind::Gated { linear_before_reset } => self.gated(cx, gates, state, *linear_before_reset),
            Kind::Long { peepholes, coupled } => self.long(cx, gates, state, peepholes.as_ref(), *coupled),
        }
    }

    /// `H' = f(X W + H R + b)`
    fn simple(&self, cx: &mut Context, gates: &str, state: &State) -> Result<State, Refusal> {
        let all = self.all_gates(cx, gates, state);
        Ok(State { hidden: self.apply(cx, 0, &all)?, memory: None })
    }

    /// `z = f(..), r = f(..), h = g(X Wh + (r H) Rh + b)` or `g(X Wh + r (H Rh + Rbh) + Wbh)`, `H' = (1 - z) h + z H`
    fn gated(
        &self,
        cx: &mut Context,
        gates: &str,
        state: &State,
        linear_before_reset: bool,
    ) -> Result<State, Refusal> {
        let width = self.hidden as i64;
        let biased = |cx: &mut Context, value: String, which: usize, from: i64, to: i64| match &self.biases {
            Some(biases) => {
                let bias = slice(cx, &biases[which], 0, from * width, to * width);
                cx.op("Add", [&value, &bias])
            }
            None => value,
        };
        let recurrent = slice(cx, &self.recurrent, 1, 0, 2 * width);
        let own = slice(cx, gates, 1, 0, 2 * width);
        let through = cx.op("MatMul", [&state.hidden, &recurrent]);
        let both = cx.op("Add", [&own, &through]);
        let both = biased(cx, both, 0, 0, 2);
        let both = biased(cx, both, 1, 0, 2);
        let (update, reset) = (slice(cx, &both, 1, 0, width), slice(cx, &both, 1, width, 2 * width));
        let (update, reset) = (self.apply(cx, 0, &update)?, self.apply(cx, 0, &reset)?);
        let own = slice(cx, gates, 1, 2 * width, 3 * width);
        let own = biased(cx, own, 0, 2, 3);
        let recurrent = slice(cx, &self.recurrent, 1, 2 * width, 3 * width);
        let through = if linear_before_reset {
            let through = cx.op("MatMul", [&state.hidden, &recurrent]);
            let through = biased(cx, through, 1, 2, 3);
            cx.mul(&reset, &through)
        } else {
            let kept = cx.mul(&reset, &state.hidden);
            let through = cx.op("MatMul", [&kept, &recurrent]);
            biased(cx, through, 1, 2, 3)
        };
        let sum = cx.op("Add", [&own, &through]);
        let proposed = self.apply(cx, 1, &sum)?;
        let one = cx.number(1.0)?;
        let rest = cx.op("Sub", [&one, &update]);
        let (new, old) = (cx.mul(&rest, &proposed), cx.mul(&update, &state.hidden));
        Ok(State { hidden: cx.op("Add", [&new, &old]), memory: None })
    }

    /// `i = f(.. + Pi C), f = f(.. + Pf C)` or `1 - i`, `c = g(..), C' = f C + i c, o = f(.. + Po C'), H' = o h(C')`
    fn long(
        &self,
        cx: &mut Context,
        gates: &str,
        state: &State,
        peepholes: Option<&[String; 3]>,
        coupled: bool,
    ) -> Result<State, Refusal> {
        let width = self.hidden as i64;
        let all = self.all_gates(cx, gates, state);
        let gate = |cx: &mut Context, index: i64, memory: Option<&str>| -> String {
            let own = slice(cx, &all, 1, index * width, (index + 1) * width);
            // Weights of peepholes stand in the order input, output, forget, as the gates themselves.
            match (peepholes, memory) {
                (Some(weights), Some(memory)) => {
                    let through = cx.mul(&weights[index as usize], memory);
                    cx.op("Add", [&own, &through])
                }
                _ => own,
            }
        };
        let old = state.memory.clone().ok_or("an LSTM without its cell state")?;
        let input = gate(cx, 0, Some(&old));
        let input = self.apply(cx, 0, &input)?;
        let forget = if coupled {
            let one = cx.number(1.0)?;
            cx.op("Sub", [&one, &input])
        } else {
            let forget = gate(cx, 2, Some(&old));
            self.apply(cx, 0, &forget)?
        };
        let proposed = gate(cx, 3, None);
        let proposed = self.apply(cx, 1, &proposed)?;
        let (kept, new) = (cx.mul(&forget, &old), cx.mul(&input, &proposed));
        let memory = cx.op("Add", [&kept, &new]);
        let output = gate(cx, 1, Some(&memory));
        let output = self.apply(cx, 0, &output)?;
        let shown = self.function(cx, 2, &memory)?;
        Ok(State { hidden: cx.mul(&output, &shown), memory: Some(memory) })
    }

    /// `X W + H R + b` of all gates.
    fn all_gates(&self, cx: &mut Context, gates: &str, state: &State) -> String {
        let through = cx.op("MatMul", [&state.hidden, &self.recurrent]);
        let mut sum = cx.op("Add", [gates, &through]);
        for bias in self.biases.iter().flatten() {
            sum = cx.op("Add", [&sum, bias]);
        }
        sum
    }

    /// An activation function behind the clipping of its input.
    fn apply(&self, cx: &mut Context, index: usize, value: &str) -> Result<String, Refusal> {
        match self.clip {
            Some(bound) => {
                let (low, high) = (cx.number(-bound)?, cx.number(bound)?);
                let clipped = cx.op("Clip", [value, &low, &high]);
                self.function(cx, index, &clipped)
            }
            None => self.function(cx, index, value),
        }
    }

    fn function(&self, cx: &mut Context, index: usize, value: &str) -> Result<String, Refusal> {
        let function = &self.functions[index];
        let (alpha, beta) = (function.alpha, function.beta);
        Ok(match function.name.as_str() {
            name @ ("Sigmoid" | "Tanh" | "Relu" | "Softsign" | "Softplus") => cx.op(name, [value]),
            "LeakyRelu" => cx.op_with("LeakyRelu", [value], [attr("alpha", alpha.unwrap_or(0.01))]),
            "ThresholdedRelu" => {
                cx.op_with("ThresholdedRelu", [value], [attr("alpha", alpha.unwrap_or(1.0))])
            }
            "Elu" => cx.op_with("Elu", [value], [attr("alpha", alpha.unwrap_or(1.0))]),
            "HardSigmoid" => {
                let attributes = [attr("alpha", alpha.unwrap_or(0.2)), attr("beta", beta.unwrap_or(0.5))];
                cx.op_with("HardSigmoid", [value], attributes)
            }
            "Affine" => {
                let scaled = cx.scale(value, f64::from(alpha.unwrap_or(1.0)))?;
                let shift = cx.number(f64::from(beta.unwrap_or(0.0)))?;
                cx.op("Add", [&scaled, &shift])
            }
            "ScaledTanh" => {
                let inner = cx.scale(value, f64::from(beta.unwrap_or(1.0)))?;
                let tanh = cx.op("Tanh", [&inner]);
                cx.scale(&tanh, f64::from(alpha.unwrap_or(1.0)))?
            }
            other => return Err(format!("activation function `{other}` is not known").into()),
        })
    }
}

/// Elements `from..to` along an axis.
pub(super) fn slice(cx: &mut Context, value: &str, axis: i64, from: i64, to: i64) -> String {
    let bounds = [[from], [to], [axis]].map(|v| cx.graph.ints(&v));
    cx.op("Slice", [value, &bounds[0], &bounds[1], &bounds[2]])
}
