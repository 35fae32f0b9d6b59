//! Which operator has which rule, from which opset on, and with respect to which inputs.

use super::context::{Context, Gradients};
use super::lower::Lowered;
use super::lowered;
use super::rules::{
    activation, arithmetic, convolution, elementwise, indexing, layout, linear, matrix, normalization,
    padding, pooling, reduction, resize, scatter, softmax,
};
use crate::graph::Node;

/// How an operator is differentiated.
#[derive(Clone, Copy)]
pub(super) enum Rule {
    /// Gradients of the inputs.
    Gradient(fn(&mut Context) -> Gradients),
    /// Gradients of the output's shape, to be added up to those of the inputs.
    Broadcast(fn(&mut Context) -> Gradients),
    /// Written out in other operators before the walk.
    Lowered,
    /// The result does not change, or only in jumps, with the inputs: the gradient is 0.
    Blocks,
}

/// An operator that can be differentiated or carries no gradient.
#[derive(Clone, Copy)]
pub struct Operator {
    /// Name in the standard domain.
    pub name: &'static str,
    /// Opset in which it first appears, or the oldest that is read.
    pub since: i64,
    /// The gradient is with respect to so many first inputs.
    inputs: usize,
    pub(super) rule: Rule,
    lowering: Option<(Condition, Lowering)>,
}

/// How a node is written out in other operators.
pub(super) type Lowering = fn(&mut Context) -> Lowered;

/// Which uses of an operator are written out.
type Condition = fn(&Node) -> bool;

impl std::fmt::Debug for Operator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} since opset {}", self.name, self.since)
    }
}

impl Operator {
    /// Whether there is a gradient with respect to an input.
    pub fn differentiates(&self, input: usize) -> bool {
        input < self.inputs
    }

    /// Whether the operator carries no gradient, because its result is no smooth function of its inputs.
    pub fn blocks(&self) -> bool {
        matches!(self.rule, Rule::Blocks)
    }

    /// How the gradient comes about, for the page.
    pub(super) fn how(&self) -> &'static str {
        match (&self.rule, self.lowering) {
            (Rule::Lowered, _) => "written out in simpler operators",
            (_, Some(_)) => "a rule; some uses written out",
            (_, None) => "a rule",
        }
    }

    /// How a node of this operator is written out, where it is.
    pub(super) fn lowering(&self, node: &Node) -> Option<Lowering> {
        self.lowering.filter(|(applies, _)| applies(node)).map(|(_, lowering)| lowering)
    }

    /// Written out where that holds of a node, else differentiated by its rule.
    const fn lowered_where(mut self, applies: Condition, lowering: Lowering) -> Self {
        self.lowering = Some((applies, lowering));
        self
    }

    /// Whether an input may carry a gradient that ends here.
    pub(super) fn ignores(&self, input: usize) -> bool {
        // Of what a value is cast like, only the type matters.
        self.blocks() || (self.name == "CastLike" && input == 1)
    }
}

/// All operators known, in the order of their names.
pub fn operators() -> &'static [Operator] {
    OPERATORS
}

/// The entry of a node's operator.
pub(super) fn find(node: &Node) -> Option<&'static Operator> {
    if !node.domain.is_empty() {
        return None;
    }
    OPERATORS.binary_search_by(|o| o.name.cmp(&node.operator)).ok().map(|i| &OPERATORS[i])
}

const ALL: usize = usize::MAX;

const fn gradient(
    name: &'static str,
    since: i64,
    inputs: usize,
    rule: fn(&mut Context) -> Gradients,
) -> Operator {
    Operator { name, since, inputs, rule: Rule::Gradient(rule), lowering: None }
}

const fn broadcast(
    name: &'static str,
    since: i64,
    inputs: usize,
    rule: fn(&mut Context) -> Gradients,
) -> Operator {
    Operator { name, since, inputs, rule: Rule::Broadcast(rule), lowering: None }
}

const fn lowered(name: &'static str, since: i64, inputs: usize, lowering: Lowering) -> Operator {
    Operator { name, since, inputs, rule: Rule::Lowered, lowering: Some((|_| true, lowering)) }
}

const fn blocks(name: &'static str, since: i64) -> Operator {
    Operator { name, since, inputs: 0, rule: Rule::Blocks, lowering: None }
}

const OPERATORS: &[Operator] = &[
    gradient("Abs", 7, 1, elementwise::abs),
    gradient("Acos", 7, 1, elementwise::acos),
    gradient("Acosh", 9, 1, elementwise::acosh),
    broadcast("Add", 7, 2, arithmetic::add),
    lowered("AffineGrid", 20, 1, lowered::grids::affine_grid),
    blocks("And", 7),
    blocks("ArgMax", 7),
    blocks("ArgMin", 7),
    gradient("Asin", 7, 1, elementwise::asin),
    gradient("Asinh", 9, 1, elementwise::asinh),
    gradient("Atan", 7, 1, elementwise::atan),
    gradient("Atanh", 9, 1, elementwise::atanh),
    lowered("Attention", 23, 6, lowered::attention::attention),
    gradient("AveragePool", 7, 1, pooling::average_pool),
    gradient("BatchNormalization", 7, 5, normalization::batch_normalization)
        .lowered_where(|_| true, lowered::normalization::batch_normalization),
    blocks("BitShift", 11),
    blocks("BitwiseAnd", 18),
    blocks("BitwiseNot", 18),
    blocks("BitwiseOr", 18),
    blocks("BitwiseXor", 18),
    gradient("Cast", 7, 1, elementwise::cast),
    gradient("CastLike", 15, 1, elementwise::cast),
    blocks("Ceil", 7),
    gradient("Celu", 12, 1, activation::celu),
    lowered("CenterCropPad", 18, 1, lowered::shapes::center_crop_pad),
    gradient("Clip", 7, 1, activation::clip),
    gradient("Col2Im", 18, 1, linear::col2im),
    gradient("Compress", 9, 1, indexing::compress),
    gradient("Concat", 7, ALL, layout::concat),
    blocks("ConstantOfShape", 9),
    gradient("Conv", 7, 3, convolution::conv),
    gradient("ConvTranspose", 7, 3, convolution::conv_transpose),
    gradient("Cos", 7, 1, elementwise::cos),
    gradient("Cosh", 9, 1, elementwise::cosh),
    lowered("CumProd", 26, 1, lowered::signals::cumulative_product),
    gradient("CumSum", 11, 1, reduction::cumulative_sum),
    gradient("DFT", 17, 1, linear::dft),
    lowered("DeformConv", 19, 5, lowered::deformable::deform_conv),
    gradient("DepthToSpace", 7, 1, layout::depth_to_space),
    gradient("DequantizeLinear", 10, 2, linear::dequantize_linear),
    gradient("Det", 11, 1, linear::det),
    broadcast("Div", 7, 2, arithmetic::div),
    gradient("Dropout", 7, 1, elementwise::dropout),
    gradient("Einsum", 12, ALL, matrix::einsum),
    gradient("Elu", 7, 1, activation::elu),
    blocks("Equal", 7),
    gradient("Erf", 9, 1, elementwise::erf),
    gradient("Exp", 7, 1, elementwise::exp),
    gradient("Expand", 8, 1, layout::expand),
    blocks("EyeLike", 9),
    gradient("Flatten", 7, 1, layout::reshape),
    blocks("Floor", 7),
    lowered("GRU", 7, 8, lowered::recurrent::recurrent),
    gradient("Gather", 7, 1, indexing::gather),
    gradient("GatherElements", 11, 1, indexing::gather_elements),
    gradient("GatherND", 11, 1, indexing::gather_nd),
    gradient("Gelu", 20, 1, activation::gelu),
    gradient("Gemm", 7, 3, matrix::gemm),
    gradient("GlobalAveragePool", 7, 1, pooling::global_average_pool),
    gradient("GlobalLpPool", 7, 1, pooling::global_lp_pool),
    gradient("GlobalMaxPool", 7, 1, pooling::global_max_pool),
    blocks("Greater", 7),
    blocks("GreaterOrEqual", 12),
    lowered("GridSample", 16, 2, lowered::grids::grid_sample),
    gradient("GroupNormalization", 18, 3, normalization::group_normalization),
    gradient("HardSigmoid", 7, 1, activation::hard_sigmoid),
    gradient("HardSwish", 14, 1, activation::hard_swish),
    blocks("Hardmax", 7),
    gradient("Identity", 7, 1, elementwise::identity),
    gradient("InstanceNormalization", 7, 3, normalization::instance_normalization),
    blocks("IsInf", 10),
    blocks("IsNaN", 9),
    gradient("LRN", 7, 1, normalization::lrn),
    lowered("LSTM", 7, 8, lowered::recurrent::recurrent),
    gradient("LayerNormalization", 17, 3, normalization::layer_normalization)
        .lowered_where(|node| node.outputs.len() > 1, lowered::normalization::layer_normalization),
    gradient("LeakyRelu", 7, 1, activation::leaky_relu),
    blocks("Less", 7),
    blocks("LessOrEqual", 12),
    gradient("Log", 7, 1, elementwise::log),
    gradient("LogSoftmax", 7, 1, softmax::log_softmax),
    gradient("LpNormalization", 7, 1, normalization::lp_normalization),
    gradient("LpPool", 7, 1, pooling::lp_pool),
    gradient("MatMul", 7, 2, matrix::mat_mul),
    broadcast("Max", 8, ALL, arithmetic::extremum),
    gradient("MaxPool", 7, 1, pooling::max_pool),
    gradient("MaxUnpool", 9, 1, pooling::max_unpool),
    broadcast("Mean", 8, ALL, arithmetic::mean),
    gradient("MeanVarianceNormalization", 9, 1, normalization::mean_variance_normalization),
    broadcast("Min", 8, ALL, arithmetic::extremum),
    gradient("Mish", 18, 1, activation::mish),
    broadcast("Mod", 10, 2, arithmetic::modulo),
    broadcast("Mul", 7, 2, arithmetic::mul),
    gradient("Neg", 7, 1, elementwise::neg),
    lowered("NegativeLogLikelihoodLoss", 12, 1, lowered::losses::negative_log_likelihood),
    blocks("NonZero", 9),
    blocks("Not", 7),
    gradient("OneHot", 9, 3, indexing::one_hot_values),
    blocks("Or", 7),
    broadcast("PRelu", 7, 2, activation::prelu),
    gradient("Pad", 7, 1, padding::pad),
    broadcast("Pow", 7, 2, arithmetic::pow),
    gradient("RMSNormalization", 23, 2, normalization::rms_normalization),
    lowered("RNN", 7, 8, lowered::recurrent::recurrent),
    blocks("Range", 11),
    gradient("Reciprocal", 7, 1, elementwise::reciprocal),
    gradient("ReduceL1", 7, 1, reduction::l1),
    gradient("ReduceL2", 7, 1, reduction::l2),
    gradient("ReduceLogSum", 7, 1, reduction::log_sum),
    gradient("ReduceLogSumExp", 7, 1, reduction::log_sum_exp),
    gradient("ReduceMax", 7, 1, reduction::extremum),
    gradient("ReduceMean", 7, 1, reduction::mean),
    gradient("ReduceMin", 7, 1, reduction::extremum),
    gradient("ReduceProd", 7, 1, reduction::product),
    gradient("ReduceSum", 7, 1, reduction::sum),
    gradient("ReduceSumSquare", 7, 1, reduction::sum_square),
    gradient("Relu", 7, 1, activation::relu),
    gradient("Reshape", 7, 1, layout::reshape),
    gradient("Resize", 10, 1, resize::resize),
    gradient("ReverseSequence", 10, 1, indexing::reverse_sequence),
    lowered("RotaryEmbedding", 23, 3, lowered::attention::rotary_embedding),
    blocks("Round", 11),
    lowered("STFT", 17, 3, lowered::signals::short_time_fourier_transform),
    gradient("ScatterElements", 11, 3, scatter::scatter_elements),
    gradient("ScatterND", 11, 3, scatter::scatter_nd).lowered_where(
        |node| node.attribute("reduction").is_some_and(|a| a.s != b"none"),
        lowered::scatter::scatter_nd,
    ),
    gradient("Selu", 7, 1, activation::selu),
    blocks("Shape", 7),
    gradient("Shrink", 9, 1, activation::shrink),
    gradient("Sigmoid", 7, 1, elementwise::sigmoid),
    blocks("Sign", 9),
    gradient("Sin", 7, 1, elementwise::sin),
    gradient("Sinh", 9, 1, elementwise::sinh),
    blocks("Size", 7),
    gradient("Slice", 7, 1, padding::slice),
    gradient("Softmax", 7, 1, softmax::softmax),
    lowered("SoftmaxCrossEntropyLoss", 12, 1, lowered::losses::softmax_cross_entropy),
    gradient("Softplus", 7, 1, elementwise::softplus),
    gradient("Softsign", 7, 1, elementwise::softsign),
    gradient("SpaceToDepth", 7, 1, layout::space_to_depth),
    gradient("Split", 7, 1, layout::split),
    gradient("Sqrt", 7, 1, elementwise::sqrt),
    gradient("Squeeze", 7, 1, layout::reshape),
    broadcast("Sub", 7, 2, arithmetic::sub),
    broadcast("Sum", 8, ALL, arithmetic::sum),
    gradient("Swish", 24, 1, activation::swish),
    gradient("Tan", 7, 1, elementwise::tan),
    gradient("Tanh", 7, 1, elementwise::tanh),
    lowered("TensorScatter", 24, 2, lowered::scatter::tensor_scatter),
    gradient("ThresholdedRelu", 10, 1, activation::thresholded_relu),
    gradient("Tile", 7, 1, layout::tile),
    gradient("TopK", 7, 1, indexing::top_k),
    gradient("Transpose", 7, 1, layout::transpose),
    gradient("Trilu", 14, 1, layout::trilu),
    gradient("Unsqueeze", 7, 1, layout::reshape),
    broadcast("Where", 9, 3, arithmetic::select),
    blocks("Xor", 7),
];
