//! A whole run of a GAN: what it leaves, and that a stop changes nothing.

use crate::run::Run;
use dissect_onnx::model::Model;
use dissect_onnx::session::{Session, SessionOptions};
use dissect_onnx::tensor::Tensor;
use dissect_runs::state::State;
use dissect_trainer::checkpoint::Checkpoint;
use dissect_trainer::stop::Stop;

const SMALL: &str = r#"kind = "gan"
[data]
dataset = "shapes"
limit = 40
[gan]
latent = 8
base_channels = 4
[training]
epochs = 2
batch_size = 16
[run]
device = "cpu"
snapshot_every = 1
"#;

#[test]
fn a_gan_leaves_samples_and_a_generator_and_a_stop_changes_neither() {
    let undisturbed = Run::new(SMALL);
    let state = undisturbed.work(&Stop::default());
    assert!(matches!(state, State::Finished { .. }), "{state:?}");

    let stopped = Run::new(SMALL);
    for looks in [2, 3] {
        assert!(matches!(stopped.work(&Stop::after(looks)), State::Stopped { .. }));
        stopped.queue();
    }
    assert!(matches!(stopped.work(&Stop::default()), State::Finished { .. }));
    let [expected, found] =
        [&undisturbed, &stopped].map(|run| Checkpoint::newest(&run.folder.checkpoints()).0.unwrap());
    assert_eq!(found.tensors, expected.tensors);
    assert_eq!(stopped.epochs(), undisturbed.epochs());
    for record in stopped.epochs() {
        assert!(record.values["d_loss"] > 0.0 && record.values["g_loss"] > 0.0);
        assert!(
            (0.0..=1.0).contains(&record.values["d_real"]) && (0.0..=1.0).contains(&record.values["d_fake"])
        );
    }

    for epoch in [1, 2] {
        let name = format!("samples-epoch-{epoch:04}.png");
        let [a, b] =
            [&undisturbed, &stopped].map(|run| std::fs::read(run.folder.results().join(&name)).unwrap());
        assert_eq!(&a[..4], b"\x89PNG");
        assert_eq!(a, b, "{name}");
        assert!(stopped.folder.snapshot(Some(epoch)).exists());
    }
    let model = Model::load(stopped.folder.snapshot(None)).unwrap();
    assert_eq!(model.metadata("dissect.generator"), Some("true"));
    let z = Tensor::from_vec(&[3, 8], &[0.5_f32; 24]);
    let outputs = Session::new(&model, &SessionOptions::default()).unwrap().run([("z", &z)]).unwrap();
    let images = outputs["x"].to_vec::<f32>().unwrap();
    assert_eq!(images.len(), 3 * 3 * 32 * 32);
    assert!(images.iter().all(|value| value.abs() <= 1.0));
}
