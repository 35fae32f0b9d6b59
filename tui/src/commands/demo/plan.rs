//! What the demo runs: seven specs, made from one seed. The sizes are the smallest that show the finding on two
//! cores within minutes.

/// Training images of the classifiers.
const LIMIT: u32 = 1600;
/// Share of VGG11's channels.
const WIDTH: f64 = 0.25;
/// Epochs a classifier may take to reach full training accuracy.
const CLASSIFIER_EPOCHS: u32 = 100;
const BATCH: u32 = 64;
/// Training images of the GAN. It needs more than the classifiers: on so few its discriminator soon knows them all.
const GAN_LIMIT: u32 = 10_000;
const GAN_EPOCHS: u32 = 7;
/// A generator wider than this makes worse images in the same time.
const GAN_BASE_CHANNELS: u32 = 16;
/// Twice the usual, for few steps.
const GAN_LEARNING_RATE: f64 = 4e-4;
const DISSECT_SEEDS: u32 = 8;
const DISSECT_STEPS: u32 = 300;

/// The dissection of the models that learned.
pub(super) const DISSECT_TRUE: &str = "dissect-true";
/// The dissection of the models that memorised.
pub(super) const DISSECT_RANDOM: &str = "dissect-random";
/// The trained classifiers, in the order of the table.
pub(super) const CLASSIFIERS: [&str; 4] = ["true-s1", "true-s2", "random-s1", "random-s2"];

/// A run of the demo: its name and its spec.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) name: &'static str,
    pub(super) spec: String,
}

/// The runs in the order they are queued, for two at a time: a model that learns beside one that memorises first, and
/// the short ones last.
pub(super) fn plan(seed: u64) -> Vec<Step> {
    let first = seed.wrapping_mul(2) % (1 << 31) + 1;
    vec![
        Step { name: "true-s1", spec: classifier("true-s1", 0.0, first, seed) },
        Step { name: "random-s1", spec: classifier("random-s1", 1.0, first, seed) },
        Step { name: "gan", spec: gan(seed) },
        Step { name: "random-s2", spec: classifier("random-s2", 1.0, first + 1, seed) },
        Step { name: "true-s2", spec: classifier("true-s2", 0.0, first + 1, seed) },
        Step { name: DISSECT_TRUE, spec: dissection(DISSECT_TRUE, ["true-s1", "true-s2"], seed) },
        Step { name: DISSECT_RANDOM, spec: dissection(DISSECT_RANDOM, ["random-s1", "random-s2"], seed) },
    ]
}

fn classifier(name: &str, noise: f64, seed: u64, label_seed: u64) -> String {
    format!(
        r#"kind = "train"
name = "{name}"
[model]
arch = "vgg11"
batch_norm = true
width = {WIDTH:?}
[data]
dataset = "shapes"
noise = {noise:?}
label_seed = {label_seed}
limit = {LIMIT}
[training]
epochs = {CLASSIFIER_EPOCHS}
batch_size = {BATCH}
seed = {seed}
stop_at_train_accuracy = 1.0
"#
    )
}

fn gan(seed: u64) -> String {
    format!(
        r#"kind = "gan"
name = "gan"
[data]
dataset = "shapes"
limit = {GAN_LIMIT}
[gan]
base_channels = {GAN_BASE_CHANNELS}
[training]
epochs = {GAN_EPOCHS}
batch_size = {BATCH}
learning_rate = {GAN_LEARNING_RATE:?}
seed = {seed}
"#
    )
}

fn dissection(name: &str, models: [&str; 2], seed: u64) -> String {
    let [f1, f2] = models;
    format!(
        r#"kind = "dissect"
name = "{name}"
models = ["run:{f1}", "run:{f2}"]
generator = "run:gan"
seeds = {DISSECT_SEEDS}
steps = {DISSECT_STEPS}
seed = {seed}
"#
    )
}

#[cfg(test)]
mod tests {
    use dissect_runs::spec::Spec;

    use super::*;

    #[test]
    fn every_spec_holds_and_has_its_name() {
        for seed in [0, 7, u64::MAX] {
            for step in plan(seed % (1 << 31)) {
                let spec = Spec::parse(&step.spec).unwrap_or_else(|error| panic!("{}: {error}", step.name));
                assert_eq!(spec.name(), step.name);
            }
        }
    }

    #[test]
    fn two_models_of_a_pair_differ_in_their_seed_alone() {
        let plan = plan(3);
        let text = |name| plan.iter().find(|step| step.name == name).unwrap().spec.clone();
        let second = text("random-s2").replace("random-s2", "random-s1").replace("\nseed = 8", "\nseed = 7");
        assert_eq!(second, text("random-s1"));
    }
}
