//! Rules on random shapes and attributes, each against central differences. The same cases at every run; other ones with
//! `PROPTEST_RNG_SEED=N`, more with `PROPTEST_CASES=N`. What fails is said with the seed, and made small first.

use dissect_onnx::tensor::Tensor;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use proptest::test_runner::RngSeed;

use crate::check::{Case, Range, check, op};

/// Cases of a family where the environment names no number.
const CASES: u32 = 24;

/// The environment's numbers, or the same seed at every run.
fn config() -> ProptestConfig {
    let mut config = ProptestConfig {
        failure_persistence: None,
        // Slices of nothing are many.
        max_global_rejects: 1 << 20,
        ..ProptestConfig::default()
    };
    if std::env::var_os("PROPTEST_CASES").is_none() {
        config.cases = CASES;
    }
    if config.rng_seed == RngSeed::Random {
        config.rng_seed = RngSeed::Fixed(1);
    }
    config
}

fn holds(case: &Case) -> Result<(), TestCaseError> {
    check(case).map_err(|reason| TestCaseError::fail(format!("{reason}\nseed {:?}", config().rng_seed)))
}

/// One spatial dimension: size, kernel, stride, dilation, padding before and behind.
#[derive(Clone, Copy, Debug)]
struct Side {
    size: usize,
    kernel: usize,
    stride: i64,
    dilation: i64,
    pads: [i64; 2],
}

/// Sides over which at least one window fits.
fn side(dilations: i64) -> impl Strategy<Value = Side> {
    let all = (1..8_usize, 1..4_usize, 1..4_i64, 1..=dilations, 0..3_i64, 0..3_i64);
    let all = all.prop_map(|(size, kernel, stride, dilation, begin, end)| {
        let most = kernel as i64 - 1;
        Side { size, kernel, stride, dilation, pads: [begin.min(most), end.min(most)] }
    });
    all.prop_filter("a window fits", |s| {
        s.size as i64 + s.pads[0] + s.pads[1] > s.dilation * (s.kernel as i64 - 1)
    })
}

fn sides(case: Case, [a, b]: [Side; 2]) -> Case {
    case.a("strides", [a.stride, b.stride])
        .a("pads", [a.pads[0], b.pads[0], a.pads[1], b.pads[1]])
        .a("dilations", [a.dilation, b.dilation])
}

/// Dimensions of which each is there, or 1 to be repeated.
fn broadcast() -> impl Strategy<Value = [[usize; 3]; 2]> {
    let dim = (1..4_usize, 0..4_u8).prop_map(|(n, one)| match one {
        0 => [1, n],
        1 => [n, 1],
        _ => [n, n],
    });
    [dim.clone(), dim.clone(), dim].prop_map(|dims| [0, 1].map(|i| dims.map(|pair| pair[i])))
}

/// Axes of three dimensions, counted from the front or from behind.
fn axes() -> impl Strategy<Value = Vec<i64>> {
    (subsequence(vec![0_i64, 1, 2], 1..=3), any::<[bool; 3]>())
        .prop_map(|(axes, behind)| axes.iter().map(|&a| if behind[a as usize] { a - 3 } else { a }).collect())
}

fn shape() -> impl Strategy<Value = [usize; 3]> {
    [1..5_usize, 1..5_usize, 1..5_usize]
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn convolutions(s in [side(2), side(2)], n in 1..3_usize, group in 1..3_usize, io in [1..3_usize, 1..4_usize], constant: bool, bias: bool) {
        let [input, output] = io;
        let case = op("Conv").x([n, group * input, s[0].size, s[1].size]);
        let weights = [group * output, input, s[0].kernel, s[1].kernel];
        let case = if constant { case.c(weights).batched() } else { case.x(weights) };
        let case = match (bias, constant) {
            (true, true) => case.c([group * output]),
            (true, false) => case.x([group * output]),
            (false, _) => case,
        };
        holds(&sides(case, s).a("group", group as i64))?;
    }

    #[test]
    fn transposed_convolutions(s in [side(2), side(2)], group in 1..3_usize, io in [1..3_usize, 1..3_usize], more in [0..3_i64, 0..3_i64], constant: bool) {
        let [input, output] = io;
        let extent = |s: Side| (s.size as i64 - 1) * s.stride + s.dilation * (s.kernel as i64 - 1) + 1 - s.pads[0] - s.pads[1];
        prop_assume!(s.iter().all(|&s| extent(s) > 0));
        let more: [i64; 2] = std::array::from_fn(|i| more[i].min(s[i].stride - 1));
        let case = op("ConvTranspose").x([2, group * input, s[0].size, s[1].size]);
        let weights = [group * input, output, s[0].kernel, s[1].kernel];
        let case = if constant { case.c(weights).batched() } else { case.x(weights) };
        holds(&sides(case, s).a("group", group as i64).a("output_padding", more))?;
    }

    #[test]
    fn pools(s in [side(1), side(1)], name in select(vec!["MaxPool", "AveragePool"]), ceil: bool, counted: bool) {
        let case = op(name).x([2, 2, s[0].size, s[1].size]).a("kernel_shape", [s[0].kernel as i64, s[1].kernel as i64])
            .a("strides", [s[0].stride, s[1].stride]).a("pads", [s[0].pads[0], s[1].pads[0], s[0].pads[1], s[1].pads[1]])
            .a("ceil_mode", i64::from(ceil)).opset(19).batched();
        holds(&if name == "AveragePool" { case.a("count_include_pad", i64::from(counted)) } else { case })?;
    }

    #[test]
    fn pairs(shapes in broadcast(), name in select(vec!["Add", "Sub", "Mul", "Div", "Pow", "Max", "Min", "Mod"])) {
        let case = op(name).x_in(shapes[0], Range::Positive).x_in(shapes[1], Range::AboveOne);
        holds(&if name == "Mod" { case.a("fmod", 1) } else { case })?;
    }

    #[test]
    fn reductions(shape in shape(), axes in axes(), keep: bool, name in select(vec!["ReduceSum", "ReduceMean", "ReduceMax", "ReduceMin",
        "ReduceProd", "ReduceL1", "ReduceL2", "ReduceLogSum", "ReduceLogSumExp", "ReduceSumSquare"])) {
        holds(&op(name).x_in(shape, Range::Positive).ints(&axes).a("keepdims", i64::from(keep)))?;
    }

    #[test]
    fn slices(shape in shape(), starts in [-6..6_i64, -6..6_i64], ends in [-6..6_i64, -6..6_i64], steps in [select(vec![-2_i64, -1, 1, 2, 3]), select(vec![-2_i64, -1, 1, 2, 3])], first in 0..2_i64) {
        let case = op("Slice").x(shape).ints(&starts).ints(&ends).ints(&[first, first + 1]).ints(&steps);
        // What a slice leaves, by the operator's definition.
        let left = |i: usize| {
            let n = shape[first as usize + i] as i64;
            let from_front = |v: i64| if v < 0 { v + n } else { v };
            let (start, end) = (from_front(starts[i]), from_front(ends[i]));
            if steps[i] > 0 { end.clamp(0, n) - start.clamp(0, n) } else { start.clamp(-1, n - 1) - end.clamp(-1, n - 1) }
        };
        prop_assume!((0..2).all(|i| left(i) > 0));
        holds(&case)?;
    }

    #[test]
    fn pads(shape in [2..5_usize, 2..5_usize, 2..5_usize], amounts in [0..2_i64, -1..2_i64, 0..2_i64, 0..2_i64, 0..2_i64, -1..2_i64], mode in select(vec!["constant", "reflect", "edge", "wrap"])) {
        let amounts = if mode == "constant" { amounts } else { amounts.map(|a| a.max(0)) };
        let amounts: Vec<i64> = [[amounts[0], amounts[1], amounts[2]], [amounts[3], amounts[4], amounts[5]]].concat();
        prop_assume!((0..3).all(|i| shape[i] as i64 + amounts[i] + amounts[i + 3] > 0));
        holds(&op("Pad").x(shape).ints(&amounts).a("mode", mode).opset(19))?;
    }

    #[test]
    fn gathers(shape in shape(), axis in -3..3_i64, places in prop::collection::vec(-4..4_i64, 1..6)) {
        let size = shape[axis.rem_euclid(3) as usize] as i64;
        let places: Vec<i64> = places.iter().map(|p| p.rem_euclid(2 * size) - size).collect();
        holds(&op("Gather").x(shape).ints(&places).a("axis", axis))?;
    }

    #[test]
    fn gathers_and_scatters_of_elements(shape in shape(), axis in 0..3_i64, places in prop::collection::vec(0..4_i64, 64), reduction in select(vec!["add", "mul"])) {
        let size = shape[axis as usize] as i64;
        let count = shape.iter().product::<usize>();
        let places: Vec<i64> = places[..count].iter().map(|p| p % size).collect();
        let places = Tensor::from_vec(&shape, &places);
        holds(&op("GatherElements").x(shape).given(places.clone()).a("axis", axis))?;
        holds(&op("ScatterElements").x(shape).given(places).x(shape).a("axis", axis).a("reduction", reduction))?;
    }

    #[test]
    fn products(rows in [1..4_usize, 1..4_usize, 1..4_usize], batch in [1..3_usize, 1..3_usize], repeated in 0..3_u8, constant: bool) {
        let [m, k, n] = rows;
        let (a, b) = match repeated {
            0 => ([1, batch[1], m, k], [batch[0], 1, k, n]),
            1 => ([batch[0], batch[1], m, k], [1, batch[1], k, n]),
            _ => ([batch[0], batch[1], m, k], [batch[0], batch[1], k, n]),
        };
        let case = op("MatMul").x(a);
        holds(&if constant { case.c(b) } else { case.x(b) })?;
    }

    #[test]
    fn general_products(rows in [1..4_usize, 1..4_usize, 1..4_usize], turned: [bool; 2], bias in 0..4_u8, factors in [select(vec![1.0_f32, 0.5]), select(vec![1.0_f32, -2.0])]) {
        let [m, k, n] = rows;
        let case = op("Gemm").x(if turned[0] { [k, m] } else { [m, k] }).x(if turned[1] { [n, k] } else { [k, n] });
        let case = match bias {
            0 => case,
            1 => case.x([n]),
            2 => case.x([m, 1]),
            _ => case.x([m, n]),
        };
        holds(&case.a("transA", i64::from(turned[0])).a("transB", i64::from(turned[1])).a("alpha", factors[0]).a("beta", factors[1]))?;
    }

    #[test]
    fn normalizations(shape in [1..4_usize, 2..5_usize, 2..5_usize], axis in 1..3_i64, name in select(vec!["Softmax", "LogSoftmax", "LayerNormalization", "InstanceNormalization", "LpNormalization"])) {
        let case = op(name).x(shape).batched();
        holds(&match name {
            "Softmax" | "LogSoftmax" => case.a("axis", axis),
            "LayerNormalization" if axis == 1 => op(name).x(shape).x([shape[1], shape[2]]).x([shape[1], shape[2]]).a("axis", 1),
            "LayerNormalization" => op(name).x(shape).x([shape[2]]).a("axis", -1),
            "InstanceNormalization" => op(name).x(shape).x([shape[1]]).x([shape[1]]),
            _ => case.a("axis", axis).a("p", 2),
        })?;
    }

    #[test]
    fn resizes(from in [1..5_usize, 1..5_usize], to in [1..7_i64, 1..7_i64], mode in select(vec!["nearest", "linear", "cubic"]),
        place in select(vec!["half_pixel", "asymmetric", "align_corners", "pytorch_half_pixel"]), rounding in select(vec!["floor", "ceil", "round_prefer_floor"])) {
        let case = op("Resize").x([1, 2, from[0], from[1]]).none().none().ints(&[1, 2, to[0], to[1]]);
        holds(&case.a("mode", mode).a("coordinate_transformation_mode", place).a("nearest_mode", rounding).single())?;
    }

    #[test]
    fn moves(shape in shape(), perm in Just(vec![0_i64, 1, 2]).prop_shuffle(), repeats in [1..3_i64, 1..3_i64, 1..3_i64], axis in 0..3_i64, upper: bool, k in -3..4_i64) {
        holds(&op("Transpose").x(shape).a("perm", perm))?;
        holds(&op("Tile").x(shape).ints(&repeats))?;
        holds(&op("CumSum").x(shape).ints(&[axis]).a("exclusive", i64::from(upper)).a("reverse", k.rem_euclid(2)))?;
        holds(&op("Trilu").x(shape).given(Tensor::scalar(k)).a("upper", i64::from(upper)))?;
        let largest = (k.rem_euclid(shape[axis as usize] as i64)) + 1;
        holds(&op("TopK").x(shape).ints(&[largest]).a("axis", axis).a("largest", i64::from(upper)).outputs(2))?;
        holds(&op("Concat").x(shape).c(shape).x(shape).a("axis", axis - 3))?;
        holds(&op("Expand").x([shape[0], 1, shape[2]]).ints(&[2, 1, repeats[1], 1]))?;
    }

    #[test]
    fn recurrent(sizes in [1..4_usize, 1..3_usize, 1..3_usize, 1..3_usize], kind in 0..3_usize, direction in select(vec!["forward", "reverse", "bidirectional"]), layout: bool) {
        let [steps, batch, input, hidden] = sizes;
        let (name, gates) = [("RNN", 1), ("GRU", 3), ("LSTM", 4)][kind];
        let directions = if direction == "bidirectional" { 2 } else { 1 };
        let case = op(name).x_in([steps, batch, input], Range::Unit).x_in([directions, gates * hidden, input], Range::Unit)
            .x_in([directions, gates * hidden, hidden], Range::Unit).x_in([directions, 2 * gates * hidden], Range::Unit)
            .a("hidden_size", hidden as i64).a("direction", direction).outputs(2).single();
        holds(&if layout && name == "GRU" { case.a("linear_before_reset", 1) } else { case })?;
    }
}
