//! Two classifiers and a generator as files in a folder of their own.

use std::ops::ControlFlow;
use std::path::PathBuf;

use dissect_onnx::dissect::{ModelRef, Outcome, Settings, dissect};
use dissect_onnx::model::Model;
use dissect_onnx::session::Device;

use crate::networks::{model, narrow, tiny_generator};

pub(crate) struct Scene {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) generator: Model,
    pub(crate) f1: Model,
    pub(crate) f2: Model,
}

impl Scene {
    /// Narrow VGG11s of two seeds, `f1.onnx` and `f2.onnx`, and `g.onnx`.
    pub(crate) fn new(classes: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let network = narrow("vgg11", classes);
        let [f1, f2] = [1, 2].map(|seed| model(&network, seed));
        let generator = model(&tiny_generator(), 3);
        let scene = Self { folder, generator, f1, f2 };
        scene.save("f1", &scene.f1);
        scene.save("f2", &scene.f2);
        scene.save("g", &scene.generator);
        scene
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(format!("{name}.onnx"))
    }

    pub(crate) fn model(&self, name: &str) -> ModelRef {
        ModelRef::new(self.path(name))
    }

    pub(crate) fn save(&self, name: &str, model: &Model) -> ModelRef {
        model.save(self.path(name)).unwrap();
        self.model(name)
    }

    /// f1 against f2: 4 starts a class, 5 steps on the CPU.
    pub(crate) fn settings(&self) -> Settings {
        Settings {
            seeds: 4,
            steps: 5,
            learning_rate: 0.1,
            device: Device::Cpu,
            threads: 1,
            ..Settings::new(vec![self.model("f1"), self.model("f2")], self.path("g"))
        }
    }
}

pub(crate) fn run(settings: &Settings) -> Outcome {
    dissect(settings, &mut |_| ControlFlow::Continue(())).unwrap()
}

/// The error's message, without the folder.
pub(crate) fn refused(settings: &Settings) -> String {
    let error = dissect(settings, &mut |_| ControlFlow::Continue(())).unwrap_err().to_string();
    let folder = settings.generator.parent().unwrap().display().to_string();
    error.replace(&format!("{folder}/"), "")
}
