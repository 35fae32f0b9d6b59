//! What `dissect compare` takes.

use std::path::PathBuf;

use dissect_onnx::dissect::{Objective, Optimizer};
use dissect_onnx::session::{ConvolutionSearch, Device};

/// What `--json` prints, and `DIR/report.json` holds.
const SHAPE: &str = "\
JSON (also report.json under --out): settings, f1, activation (f1's probability of its class: before and \
after the ascent) and pairs, a list with, per pair: f1, f2, dist, variance, std, per_class (class, name, \
mean, std), agreement (share of patterns on which both name the same class), before (the same distance \
before the ascent). Distances are in nats, means over the starts. Beside them on_patterns, on_starts and \
on_images, each with dist and its bootstrap interval, the divergence the other way (reverse), the mean of \
both (symmetric), jensen_shannon and agreement; baselines (f1 against itself and against its own graph with \
weights drawn anew); and with --all-pairs matrix, a row for each f1, a column for each f2.

Models are paths to .onnx files, or run:NAME[@EPOCH] for what a run exported. What a model expects of its \
images is read from its metadata or from MODEL.toml beside it, and guessed with a note where neither says \
it; the flags under \"Other people's models\" go before both, for all classifiers or, as f2=..., for one.";

/// The arguments.
#[derive(Debug, clap::Args)]
#[command(after_help = SHAPE)]
pub struct Args {
    /// The classifiers, f1 first: .onnx files, run:NAME or run:NAME@EPOCH
    #[arg(value_name = "MODEL", required_unless_present = "run", num_args = 1..)]
    pub models: Vec<String>,

    /// The generator: an .onnx file, run:NAME or run:NAME@EPOCH
    #[arg(long, short, value_name = "MODEL", required_unless_present = "run")]
    pub generator: Option<String>,

    /// Starts a class
    #[arg(long, default_value_t = 100, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub seeds: u32,

    /// Steps of the ascent
    #[arg(long, default_value_t = 1000, value_name = "N")]
    pub steps: u32,

    /// Length of a step
    #[arg(long, default_value_t = 0.05, value_name = "X")]
    pub learning_rate: f64,

    /// The starts: float32 [classes, starts, latent]; drawn from a normal distribution otherwise
    #[arg(long, value_name = "FILE.npy")]
    pub latents: Option<PathBuf>,

    /// Put every model in the place of f1, not only the first
    #[arg(long)]
    pub all_pairs: bool,

    /// Compare on these images too: a folder of pictures (flat, or a folder in it for each class), a .npy file
    /// [n, 3, h, w] (float32 in [-1, 1], or uint8), or the folder of CIFAR-10's binary files, whose test images are taken
    #[arg(long, value_name = "PATH")]
    pub images: Option<PathBuf>,

    /// At most so many of them, evenly spread; 0 takes all
    #[arg(long, default_value_t = 1000, value_name = "N", requires = "images")]
    pub image_limit: usize,

    /// Resamples of the bootstrap intervals; 0 leaves them out
    #[arg(long, default_value_t = 1000, value_name = "N", value_parser = clap::value_parser!(u32).range(0..=100_000))]
    pub bootstrap: u32,

    /// What the ascent climbs: logit, log-softmax or softmax
    #[arg(long, default_value_t)]
    pub objective: Objective,

    /// How it climbs: plain or adam
    #[arg(long, default_value_t)]
    pub optimizer: Optimizer,

    /// Seed of the starts
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub seed: u64,

    /// auto, cpu, cuda or cuda:N
    #[arg(long, default_value_t)]
    pub device: Device,

    /// On CUDA: multiply in TensorFloat-32, faster, with gradients about 1e-3 off
    #[arg(long)]
    pub tf32: bool,

    /// On CUDA, how cuDNN chooses its algorithms: exhaustive, heuristic or fixed
    #[arg(long, default_value_t, value_name = "HOW")]
    pub cudnn_search: ConvolutionSearch,

    /// On CUDA: capture a step as a CUDA graph where that can be done
    #[arg(long)]
    pub cuda_graph: bool,

    /// Starts at once: auto, or a number
    #[arg(long, default_value = "auto", value_name = "N", value_parser = batch)]
    pub batch: usize,

    /// Leave report, figures, latents and patterns in this folder
    #[arg(long, short, value_name = "DIR")]
    pub out: Option<PathBuf>,

    /// Print JSON
    #[arg(long)]
    pub json: bool,

    /// Tell the distances class by class too
    #[arg(long, short)]
    pub verbose: bool,

    /// Facts about models that do not say them
    #[command(flatten)]
    pub facts: FactArgs,

    /// Work off the dissection of this run folder, as the daemon's worker
    #[arg(long, hide = true, value_name = "FOLDER", exclusive = true)]
    pub run: Option<PathBuf>,
}

/// The flags for other people's models.
#[derive(Debug, Default, clap::Args)]
#[command(next_help_heading = "Other people's models")]
pub struct FactArgs {
    /// Order of the image's dimensions: NCHW or NHWC
    #[arg(long, value_name = "[fN=]LAYOUT")]
    pub layout: Vec<String>,

    /// Values of the darkest and the brightest pixel, such as 0,255
    #[arg(long, value_name = "[fN=]LOW,HIGH", allow_hyphen_values = true)]
    pub range: Vec<String>,

    /// Mean of each channel, subtracted after scaling to the range
    #[arg(long, value_name = "[fN=]R,G,B", allow_hyphen_values = true)]
    pub mean: Vec<String>,

    /// Standard deviation of each channel, divided by after the mean
    #[arg(long, value_name = "[fN=]R,G,B")]
    pub std: Vec<String>,

    /// Height and width of the images, such as 224,224, where the model leaves them open
    #[arg(long, value_name = "[fN=]H,W")]
    pub shape: Vec<String>,

    /// What the model gives, logits or probabilities; or the name of the output with the class scores. Can be said
    /// twice, once for each
    #[arg(long, value_name = "[fN=]WHAT|NAME")]
    pub output: Vec<String>,

    /// Name of the input that is the image, where there are several and the scores need no other
    #[arg(long, value_name = "[fN=]NAME")]
    pub input: Vec<String>,

    /// Names of the classes in the order of the outputs, or a file with one a line; models whose names differ in
    /// order or spelling are matched by them
    #[arg(long, value_name = "[fN=]A,B,...|@FILE")]
    pub classes: Vec<String>,
}

/// 0 stands for as many as fit.
fn batch(text: &str) -> Result<usize, String> {
    match text.parse() {
        _ if text == "auto" => Ok(0),
        Ok(count @ 1..) => Ok(count),
        _ => Err("expected auto or a number from 1".to_owned()),
    }
}
