//! One small function per operator: from the gradients of its outputs to those of its inputs. The registry says which
//! function is whose; what all rules would repeat is the walk's.

pub(super) mod activation;
pub(super) mod arithmetic;
pub(super) mod convolution;
pub(super) mod elementwise;
pub(super) mod indexing;
pub(super) mod layout;
pub(super) mod linear;
pub(super) mod matrix;
pub(super) mod normalization;
pub(super) mod padding;
pub(super) mod pooling;
pub(super) mod reduction;
pub(super) mod resize;
pub(super) mod scatter;
pub(super) mod softmax;
pub(super) mod windows;

pub(super) use convolution::per_channel;
