//! Convolutions, pools and what else works on images.

use dissect_onnx::tensor::Tensor;
use tch::Tensor as T;

use crate::case::{Case, op};

/// No bias, mask or the like.
const NONE: Option<&T> = None;

pub(crate) fn all() -> Vec<Case> {
    [convolutions(), pools(), sampled(), padded(), moved()].into_iter().flatten().collect()
}

fn convolutions() -> Vec<Case> {
    vec![
        op("Conv", |x| x[0].conv2d(&x[1], Some(&x[2]), [1, 1], [1, 1], [1, 1], 1))
            .x([2, 3, 6, 5])
            .x([4, 3, 3, 3])
            .x([4])
            .a("pads", [1, 1, 1, 1]),
        op("Conv", |x| x[0].conv2d(&x[1], NONE, [2, 3], [1, 0], [1, 2], 2))
            .x([2, 4, 7, 9])
            .c([6, 2, 3, 2])
            .a("pads", [1, 0, 1, 0])
            .a("strides", [2, 3])
            .a("dilations", [1, 2])
            .a("group", 2),
        op("Conv", |x| x[0].conv2d(&x[1], Some(&x[2]), [1, 1], [1, 1], [1, 1], 1))
            .x([3, 16, 2, 2])
            .c([16, 16, 3, 3])
            .c([16])
            .a("pads", [1, 1, 1, 1]),
        op("Conv", |x| x[0].conv2d(&x[1], NONE, [1, 1], [1, 1], [1, 1], 1))
            .x([2, 12, 6, 6])
            .c([9, 12, 3, 3])
            .a("pads", [1, 1, 1, 1]),
        op("Conv", |x| x[0].conv1d(&x[1], NONE, [2], [1], [1], 1))
            .x([2, 3, 9])
            .x([4, 3, 3])
            .a("pads", [1, 1])
            .a("strides", [2]),
        op("Conv", |x| x[0].conv3d(&x[1], NONE, [1, 1, 1], [0, 0, 0], [1, 1, 1], 1))
            .x([1, 2, 4, 3, 5])
            .x([3, 2, 2, 2, 2]),
        op("ConvTranspose", |x| x[0].conv_transpose2d(&x[1], Some(&x[2]), [2, 2], [1, 1], [1, 1], 1, [1, 1]))
            .x([2, 3, 4, 3])
            .x([3, 4, 3, 3])
            .x([4])
            .a("strides", [2, 2])
            .a("pads", [1, 1, 1, 1])
            .a("output_padding", [1, 1]),
        op("ConvTranspose", |x| x[0].conv_transpose2d(&x[1], NONE, [2, 1], [0, 0], [0, 0], 2, [2, 1]))
            .x([2, 4, 3, 3])
            .c([4, 3, 2, 2])
            .a("strides", [2, 1])
            .a("dilations", [2, 1])
            .a("group", 2),
        op("Col2Im", |x| x[0].col2im([5, 4], [2, 2], [1, 1], [0, 0], [1, 1]))
            .x([1, 8, 12])
            .ints(&[5, 4])
            .ints(&[2, 2]),
    ]
}

fn pools() -> Vec<Case> {
    let indices = || Tensor::from_vec(&[1, 1, 2, 2], &[0_i64, 3, 9, 14]);
    vec![
        op("MaxPool", |x| x[0].max_pool2d([2, 2], [2, 2], [0, 0], [1, 1], false))
            .x([2, 3, 6, 7])
            .a("kernel_shape", [2, 2])
            .a("strides", [2, 2]),
        op("MaxPool", |x| x[0].max_pool2d([3, 3], [2, 2], [1, 1], [1, 1], true))
            .x([2, 3, 7, 6])
            .a("kernel_shape", [3, 3])
            .a("strides", [2, 2])
            .a("pads", [1, 1, 1, 1])
            .a("ceil_mode", 1),
        op("MaxPool", |x| x[0].max_pool2d([2, 2], [1, 1], [0, 0], [2, 2], false))
            .x([1, 2, 5, 6])
            .a("kernel_shape", [2, 2])
            .a("dilations", [2, 2]),
        // Equal maxima: the first.
        op("MaxPool", |x| x[0].max_pool2d([2, 2], [2, 2], [0, 0], [1, 1], false))
            .at([1, 1, 2, 4], &[1.0, 1.0, 0.0, 2.0, 1.0, 1.0, 2.0, 2.0])
            .a("kernel_shape", [2, 2])
            .a("strides", [2, 2]),
        op("MaxPool", |x| x[0].max_pool2d([1, 2], [1, 1], [0, 0], [1, 1], false))
            .at([1, 1, 1, 4], &[1.0, 1.0, 1.0, 0.0])
            .a("kernel_shape", [1, 2]),
        op("MaxUnpool", |x| x[0].max_unpool2d(&x[1], [4, 4]))
            .x([1, 1, 2, 2])
            .given(indices())
            .a("kernel_shape", [2, 2])
            .a("strides", [2, 2]),
        op("AveragePool", |x| x[0].avg_pool2d([2, 3], [2, 3], [0, 0], false, false, None))
            .x([2, 3, 6, 6])
            .a("kernel_shape", [2, 3])
            .a("strides", [2, 3]),
        op("AveragePool", |x| x[0].avg_pool2d([3, 3], [2, 2], [1, 1], true, false, None))
            .x([2, 3, 7, 6])
            .a("kernel_shape", [3, 3])
            .a("strides", [2, 2])
            .a("pads", [1, 1, 1, 1])
            .a("ceil_mode", 1),
        op("AveragePool", |x| x[0].avg_pool2d([3, 3], [1, 1], [1, 1], false, true, None))
            .x([2, 3, 5, 6])
            .a("kernel_shape", [3, 3])
            .a("pads", [1, 1, 1, 1])
            .a("count_include_pad", 1),
        op("GlobalAveragePool", |x| x[0].adaptive_avg_pool2d([1, 1])).x([2, 3, 4, 5]),
        op("GlobalMaxPool", |x| x[0].adaptive_max_pool2d([1, 1]).0).x([2, 3, 4, 5]),
        op("GlobalMaxPool", |x| x[0].adaptive_max_pool2d([1, 1]).0).at([1, 1, 2, 2], &[0.0, 1.0, 1.0, 1.0]),
        op("GlobalLpPool", |x| x[0].norm_scalaropt_dim(2, [2, 3], true)).x([2, 3, 4, 5]),
        op("LpPool", |x| (x[0].square().avg_pool2d([2, 2], [2, 2], [0, 0], false, true, None) * 4.0).sqrt())
            .x([2, 3, 4, 6])
            .a("kernel_shape", [2, 2])
            .a("strides", [2, 2])
            .a("p", 2),
    ]
}

fn sampled() -> Vec<Case> {
    let resize = |mode: &'static str, place: &'static str, torch: fn(&T) -> T| {
        op("Resize", move |x| torch(&x[0]))
            .x([1, 2, 4, 5])
            .none()
            .none()
            .ints(&[1, 2, 8, 7])
            .a("mode", mode)
            .a("coordinate_transformation_mode", place)
            .a("nearest_mode", "floor")
            .a("cubic_coeff_a", -0.75_f32)
    };
    let grid = |mode: &'static str, margin: &'static str, [m, p]: [i64; 2], corners: bool| {
        op("GridSample", move |x| x[0].grid_sampler(&x[1], m, p, corners))
            .x([2, 3, 4, 5])
            .within([2, 3, 2, 2], [-1.3, 1.3])
            .a("mode", mode)
            .a("padding_mode", margin)
            .a("align_corners", i64::from(corners))
            .opset(20)
    };
    vec![
        resize("nearest", "asymmetric", |x| x.upsample_nearest2d([8, 7], None, None)),
        resize("linear", "half_pixel", |x| x.upsample_bilinear2d([8, 7], false, None, None)),
        resize("linear", "align_corners", |x| x.upsample_bilinear2d([8, 7], true, None, None)),
        resize("cubic", "half_pixel", |x| x.upsample_bicubic2d([8, 7], false, None, None)),
        grid("linear", "zeros", [0, 0], false),
        grid("linear", "border", [0, 1], true),
        grid("linear", "reflection", [0, 2], false),
        grid("nearest", "zeros", [1, 0], true),
        grid("cubic", "zeros", [2, 0], false),
        op("AffineGrid", |x| T::affine_grid_generator(&x[0], [2, 3, 4, 5], false))
            .x([2, 2, 3])
            .ints(&[2, 3, 4, 5])
            .opset(20),
        op("AffineGrid", |x| T::affine_grid_generator(&x[0], [2, 3, 4, 5], true))
            .x([2, 2, 3])
            .ints(&[2, 3, 4, 5])
            .a("align_corners", 1)
            .opset(20),
    ]
}

fn padded() -> Vec<Case> {
    let pads = [0, 0, 1, 2, 0, 0, 3, 1];
    let pad = |mode: &'static str, torch: fn(&T) -> T| {
        op("Pad", move |x| torch(&x[0])).x([2, 3, 4, 5]).ints(&pads).a("mode", mode)
    };
    vec![
        pad("constant", |x| x.constant_pad_nd([2, 1, 1, 3])),
        pad("reflect", |x| x.reflection_pad2d([2, 1, 1, 3])),
        pad("edge", |x| x.replication_pad2d([2, 1, 1, 3])),
        pad("wrap", |x| {
            let tall = T::cat(&[x.narrow(2, 3, 1), x.shallow_clone(), x.narrow(2, 0, 3)], 2);
            T::cat(&[tall.narrow(3, 3, 2), tall.shallow_clone(), tall.narrow(3, 0, 1)], 3)
        })
        .opset(19),
        op("Pad", |x| x[0].constant_pad_nd([-1, 1, 0, -2])).x([2, 3, 4, 5]).ints(&[0, 0, 0, -1, 0, 0, -2, 1]),
        op("CenterCropPad", |x| x[0].narrow(0, 1, 2).constant_pad_nd([1, 2])).x([5, 4]).ints(&[2, 7]),
    ]
}

fn moved() -> Vec<Case> {
    vec![
        op("DepthToSpace", |x| x[0].pixel_shuffle(2)).x([2, 8, 3, 2]).a("blocksize", 2).a("mode", "CRD"),
        op("DepthToSpace", |x| {
            x[0].view([2, 4, 2, 3, 2]).transpose(1, 2).reshape([2, 8, 3, 2]).pixel_shuffle(2)
        })
        .x([2, 8, 3, 2])
        .a("blocksize", 2),
        op("SpaceToDepth", |x| {
            x[0].pixel_unshuffle(2).view([2, 3, 4, 2, 3]).transpose(1, 2).reshape([2, 12, 2, 3])
        })
        .x([2, 3, 4, 6])
        .a("blocksize", 2),
    ]
}
