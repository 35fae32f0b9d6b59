//! Generator and discriminator with their optimizers, and one step of both.

use std::collections::BTreeMap;

use dissect_onnx::arch::{ArchError, discriminator, generator};
use dissect_runs::spec::GanSpec;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use tch::{Device, Kind, Reduction, Tensor, no_grad};

use crate::checkpoint::{Checkpoint, prefixed};
use crate::error::TrainError;
use crate::network::{Mode, Network};
use crate::optimizer::{Adam, Optimizer};

/// The two networks of a GAN.
pub(super) struct Adversaries {
    pub(super) generator: Network,
    discriminator: Network,
    generator_step: Adam,
    discriminator_step: Adam,
    latent: usize,
    seed: u64,
}

/// The streams of the seed's generator: z of training step n is drawn from stream n, the samples' from this one.
pub(super) const SAMPLES_STREAM: u64 = u64::MAX;

impl Adversaries {
    pub(super) fn new(spec: &GanSpec, device: Device) -> Result<Self, ArchError> {
        let (latent, base) = (spec.gan.latent as usize, spec.gan.base_channels as usize);
        // The two networks name their layers alike; seeds apart keep their draws apart.
        let seed = spec.training.seed;
        let generator = Network::new(generator(latent, base)?, seed.wrapping_mul(2), device);
        let discriminator = Network::new(discriminator(base)?, seed.wrapping_mul(2).wrapping_add(1), device);
        let (generator_step, discriminator_step) = (adam(spec, &generator), adam(spec, &discriminator));
        Ok(Self { generator, discriminator, generator_step, discriminator_step, latent, seed })
    }

    /// Standard normal starts `[count, latent]` of one stream, the same on every device.
    pub(super) fn starts(&self, stream: u64, count: usize) -> Tensor {
        let mut random = ChaCha8Rng::seed_from_u64(self.seed);
        random.set_stream(stream);
        let values: Vec<f32> = StandardNormal.sample_iter(&mut random).take(count * self.latent).collect();
        let device = self.generator.trained()[0].device();
        Tensor::from_slice(&values).reshape([count as i64, self.latent as i64]).to_device(device)
    }

    /// One step of the discriminator, then one of the generator against it (non-saturating); gives the losses of D and G
    /// in nats and the mean D(x) and D(G(z)), as float64 `[4]` on the device.
    pub(super) fn step(&mut self, images: &Tensor, step: u64) -> Tensor {
        let z = self.starts(step, images.size()[0] as usize);
        let fakes = self.generator.forward(&z, Mode::Train);

        let real_logits = self.discriminator.forward(images, Mode::Train);
        let fake_logits = self.discriminator.forward(&fakes.detach(), Mode::Train);
        let discriminator_loss = against(&real_logits, 1.0) + against(&fake_logits, 0.0);
        let gradients =
            Tensor::run_backward(&[&discriminator_loss], &self.discriminator.trained(), false, false);
        self.discriminator_step.step(&gradients);

        let generator_loss = against(&self.discriminator.forward(&fakes, Mode::Train), 1.0);
        let gradients = Tensor::run_backward(&[&generator_loss], &self.generator.trained(), false, false);
        self.generator_step.step(&gradients);

        no_grad(|| {
            let probability = |logits: &Tensor| logits.sigmoid().mean(Kind::Double);
            let loss = |loss: &Tensor| loss.detach().to_kind(Kind::Double);
            let (real, fake) = (probability(&real_logits), probability(&fake_logits));
            Tensor::stack(&[loss(&discriminator_loss), loss(&generator_loss), real, fake], 0)
        })
    }

    /// Images `[count, 3, 32, 32]` for starts, with the gathered statistics.
    pub(super) fn generate(&self, z: &Tensor) -> Tensor {
        no_grad(|| self.generator.forward(z, Mode::Evaluate))
    }

    pub(super) fn are_finite(&self) -> bool {
        self.generator.is_finite() && self.discriminator.is_finite()
    }

    pub(super) fn state(&self) -> BTreeMap<String, Tensor> {
        prefixed("generator", self.generator.tensors())
            .chain(prefixed("discriminator", self.discriminator.tensors()))
            .chain(prefixed("generator-adam", &self.generator_step.state()))
            .chain(prefixed("discriminator-adam", &self.discriminator_step.state()))
            .collect()
    }

    pub(super) fn restore(&mut self, spec: &GanSpec, checkpoint: &Checkpoint) -> Result<(), TrainError> {
        let device = self.generator.trained()[0].device();
        for (name, network, step) in [
            ("generator", &mut self.generator, &mut self.generator_step),
            ("discriminator", &mut self.discriminator, &mut self.discriminator_step),
        ] {
            let architecture = network.architecture().clone();
            *network = Network::with_tensors(architecture, &checkpoint.part(name), device)?;
            *step = adam(spec, network);
            step.restore(&checkpoint.part(&format!("{name}-adam"))).map_err(TrainError::Checkpoint)?;
        }
        Ok(())
    }
}

fn adam(spec: &GanSpec, network: &Network) -> Adam {
    let settings = &spec.training;
    let (rate, beta1, beta2) = (settings.learning_rate, settings.beta1, settings.beta2);
    Adam::new(network.trained_names(), network.trained(), rate, beta1, beta2)
}

/// Binary cross-entropy of logits against one label for all.
fn against(logits: &Tensor, label: f64) -> Tensor {
    let labels = no_grad(|| logits.detach().full_like(label));
    logits.binary_cross_entropy_with_logits::<Tensor>(&labels, None, None, Reduction::Mean)
}
