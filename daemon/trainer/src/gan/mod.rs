//! Training a DCGAN (Radford et al. 2015): generator and discriminator in turn, a picture of the same starts after each
//! epoch, the generator exported.

mod adversaries;
mod run;
mod samples;

pub use run::train;
