//! The words a spec chooses from.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

/// A value written as one of a few words.
pub(super) trait Choice: Sized + Copy + 'static {
    /// Every value with its word, in the order a message lists them.
    const WORDS: &'static [(&'static str, Self)];
}

macro_rules! choices {
    ($($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal),+ $(,)? })+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name { $($(#[$variant_doc])* $variant),+ }

        impl $name {
            /// Every value there is.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word a spec uses for it.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }

        impl Choice for $name {
            const WORDS: &'static [(&'static str, Self)] = &[$(($word, Self::$variant)),+];
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }
    )+};
}

choices! {
    /// The kinds of run: three that can be asked for, and those that other programs did.
    Kind {
        /// A classifier is trained.
        Train = "train",
        /// A GAN is trained.
        Gan = "gan",
        /// Models are dissected.
        Dissect = "dissect",
        /// Another program trained, and its log was imported.
        Imported = "imported",
    }
    /// Whose logs can be imported.
    Program {
        /// TensorBoard's event files.
        Tensorboard = "tensorboard",
        /// W&B's files of offline runs.
        Wandb = "wandb",
    }
    /// The classifiers there are.
    Arch {
        /// VGG with 8 convolutions.
        Vgg11 = "vgg11",
        /// VGG with 10 convolutions.
        Vgg13 = "vgg13",
        /// VGG with 13 convolutions.
        Vgg16 = "vgg16",
        /// VGG with 16 convolutions.
        Vgg19 = "vgg19",
        /// CIFAR ResNet, 3 blocks a stage.
        Resnet20 = "resnet20",
        /// CIFAR ResNet, 5 blocks a stage.
        Resnet32 = "resnet32",
        /// CIFAR ResNet, 7 blocks a stage.
        Resnet44 = "resnet44",
        /// CIFAR ResNet, 9 blocks a stage.
        Resnet56 = "resnet56",
    }
    /// Where images come from.
    Dataset {
        /// Built in, drawn by the program.
        Shapes = "shapes",
        /// CIFAR-10's binary files.
        Cifar10 = "cifar10",
        /// CIFAR-100's binary files.
        Cifar100 = "cifar100",
        /// A folder of images, one folder a class.
        Folder = "folder",
    }
    /// The arithmetic of training.
    Precision {
        /// IEEE single precision.
        F32 = "f32",
        /// Single precision whose products round to TF32 on the GPU.
        Tf32 = "tf32",
        /// Autocast to bfloat16.
        Bf16 = "bf16",
    }
    /// f_j, what the ascent raises.
    Objective {
        /// The network's output before softmax.
        Logit = "logit",
        /// Its log-softmax.
        LogSoftmax = "log-softmax",
        /// Its softmax, whose gradient vanishes near 1.
        Softmax = "softmax",
    }
    /// How the ascent steps.
    Optimizer {
        /// z + learning rate times gradient.
        Plain = "plain",
        /// Adam.
        Adam = "adam",
    }
}

/// What a worker computes on: `auto`, `cpu`, `cuda` (the first one) or `cuda:N`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Device {
    /// A GPU where there is one, else the CPU.
    Auto,
    /// The CPU.
    Cpu,
    /// The GPU of this index.
    Cuda(u32),
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Cpu => f.write_str("cpu"),
            Self::Cuda(index) => write!(f, "cuda:{index}"),
        }
    }
}

impl FromStr for Device {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let index = match text {
            "auto" => return Ok(Self::Auto),
            "cpu" => return Ok(Self::Cpu),
            "cuda" => Some(0),
            _ => text.strip_prefix("cuda:").and_then(|index| index.parse().ok()),
        };
        index.map(Self::Cuda).ok_or_else(|| "auto, cpu, cuda or cuda:N (a GPU's index)".to_owned())
    }
}

impl Serialize for Device {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
