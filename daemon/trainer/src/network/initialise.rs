//! The first weights: drawn on the host from a generator of their own for each parameter, so that they depend on the
//! seed and the parameter's name alone, not on the device or on libtorch's generator.

use dissect_onnx::arch::{Initialisation, Parameter};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Normal, Uniform};
use tch::Tensor;

pub(super) fn draw(parameter: &Parameter, seed: u64) -> Tensor {
    let count: usize = parameter.shape.iter().product();
    let mut random = generator(seed, &parameter.name);
    let values: Vec<f32> = match parameter.initialisation {
        Initialisation::KaimingNormal { fan } => {
            normal(0.0, (2.0 / fan as f32).sqrt()).sample_iter(&mut random).take(count).collect()
        }
        Initialisation::KaimingUniform { fan } => {
            let bound = 1.0 / (fan as f32).sqrt();
            let uniform = Uniform::new(-bound, bound).expect("the bound is positive and finite");
            uniform.sample_iter(&mut random).take(count).collect()
        }
        Initialisation::Normal { mean, std } => {
            normal(mean, std).sample_iter(&mut random).take(count).collect()
        }
        Initialisation::Constant { value } => vec![value; count],
    };
    let shape: Vec<i64> = parameter.shape.iter().map(|&dim| dim as i64).collect();
    Tensor::from_slice(&values).reshape(shape)
}

fn normal(mean: f32, std: f32) -> Normal<f32> {
    Normal::new(mean, std).expect("the description's deviations are finite and not negative")
}

/// A stream of its own for each (seed, name): the name's FNV-1a hash chooses the stream.
fn generator(seed: u64, name: &str) -> ChaCha8Rng {
    let hash = name
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3));
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    random.set_stream(hash);
    random
}

#[cfg(test)]
mod tests {
    use super::*;
    use dissect_onnx::arch::Role;

    #[test]
    fn draws_follow_the_description() {
        let draw = |initialisation| {
            let shape = vec![100, 100];
            draw(&Parameter { name: "w".into(), shape, role: Role::Weight, initialisation }, 3)
        };
        let moments = |tensor: &Tensor| {
            (f64::try_from(tensor.mean(None)).unwrap(), f64::try_from(tensor.std(false)).unwrap())
        };
        let (mean, std) = moments(&draw(Initialisation::KaimingNormal { fan: 8 }));
        assert!(mean.abs() < 0.02 && (std - 0.5).abs() < 0.02, "{mean} {std}");
        let (mean, std) = moments(&draw(Initialisation::Normal { mean: 1.0, std: 0.02 }));
        assert!((mean - 1.0).abs() < 1e-3 && (std - 0.02).abs() < 1e-3, "{mean} {std}");
        let uniform = draw(Initialisation::KaimingUniform { fan: 4 });
        let largest = f64::try_from(uniform.abs().max()).unwrap();
        assert!(largest <= 0.5 && largest > 0.49, "{largest}");
        assert_eq!(moments(&draw(Initialisation::Constant { value: 1.0 })).0, 1.0);
    }
}
