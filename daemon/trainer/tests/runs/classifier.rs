//! Whole runs of classifiers: to the end, stopped and resumed to the same bits, and failing with a reason.

use crate::run::Run;
use dissect_onnx::model::Model;
use dissect_runs::state::State;
use dissect_trainer::checkpoint::Checkpoint;
use dissect_trainer::stop::Stop;

/// Three epochs of six steps, with everything that a resume could get wrong.
const SMALL: &str = r#"kind = "train"
[model]
width = 0.125
[data]
dataset = "shapes"
noise = 0.5
augment = true
limit = 90
[training]
epochs = 3
batch_size = 16
[run]
device = "cpu"
snapshot_every = 2
"#;

#[test]
fn a_run_leaves_what_it_promises() {
    let run = Run::new(SMALL);
    let state = run.work(&Stop::default());
    assert!(matches!(state, State::Finished { .. }), "{state:?}");
    let epochs = run.epochs();
    assert_eq!(
        epochs.iter().map(|record| (record.epoch, record.step)).collect::<Vec<_>>(),
        [(Some(1), 6), (Some(2), 12), (Some(3), 18)]
    );
    for name in ["train_loss", "test_loss", "gradient_magnitude", "train_accuracy", "test_accuracy"] {
        assert!(epochs.iter().all(|record| record.values[name].is_finite()), "{name}");
    }
    for name in ["clean_accuracy", "noisy_accuracy", "recovered_accuracy"] {
        assert!(epochs.iter().all(|record| (0.0..=1.0).contains(&record.values[name])), "{name}");
    }
    for epoch in [Some(2), None] {
        let model = Model::load(run.folder.snapshot(epoch)).unwrap();
        let expected = epoch.unwrap_or(3).to_string();
        assert_eq!(model.metadata("dissect.epoch"), Some(expected.as_str()));
        assert_eq!(model.metadata("dissect.run"), Some(run.folder.id().as_str()));
    }
    let checkpoints = std::fs::read_dir(run.folder.checkpoints()).unwrap().count();
    assert_eq!(checkpoints, 2);
    let events = run.events();
    let order: Vec<usize> = ["\"started\"", "\"stage\"", "\"snapshot\"", "\"checkpoint\"", "\"ended\""]
        .map(|kind| events.find(kind).unwrap_or_else(|| panic!("no {kind} event in {events}")))
        .to_vec();
    assert!(order[0] < order[1] && order[1] < order[4], "{events}");
}

#[test]
fn a_run_is_a_function_of_its_spec_however_often_it_was_stopped() {
    let undisturbed = Run::new(SMALL);
    undisturbed.work(&Stop::default());
    let expected = Checkpoint::newest(&undisturbed.folder.checkpoints()).0.unwrap();
    // Each stop comes after so many looks of that process: at once, within epochs, before and while testing.
    for stops in [vec![0], vec![6], vec![7, 7], vec![4, 3, 5, 2]] {
        let run = Run::new(SMALL);
        for &looks in &stops {
            let state = run.work(&Stop::after(looks));
            assert!(matches!(state, State::Stopped { .. }), "{stops:?}: {state:?}");
            run.queue();
        }
        let state = run.work(&Stop::default());
        assert!(matches!(state, State::Finished { .. }), "{stops:?}: {state:?}");
        let found = Checkpoint::newest(&run.folder.checkpoints()).0.unwrap();
        assert_eq!(found.position, expected.position, "{stops:?}");
        assert_eq!(found.tensors, expected.tensors, "{stops:?}");
        assert_eq!(run.epochs(), undisturbed.epochs(), "{stops:?}");
    }
}

#[test]
fn a_loss_that_is_no_number_ends_the_run_and_spoils_no_checkpoint() {
    let spec = "kind = \"train\"\n[model]\nwidth = 0.125\nbatch_norm = false\n[data]\ndataset = \"shapes\"\nlimit = 60\n\
                [training]\nepochs = 5\nbatch_size = 20\nlearning_rate = 1000.0\n[run]\ndevice = \"cpu\"\n";
    let run = Run::new(spec);
    let state = run.work(&Stop::default());
    let State::Failed { reason, .. } = &state else { panic!("{state:?}") };
    assert!(reason.contains(" became ") && reason.contains("at epoch 1, step "), "{reason}");
    assert!(!run.folder.snapshot(None).exists());
    if let Some(checkpoint) = Checkpoint::newest(&run.folder.checkpoints()).0 {
        for (name, tensor) in &checkpoint.tensors {
            assert!(bool::try_from(tensor.isfinite().all()).unwrap(), "{name}");
        }
    }
}

#[test]
fn enough_training_accuracy_ends_the_run_early() {
    let spec = "kind = \"train\"\n[model]\nwidth = 0.125\n[data]\ndataset = \"shapes\"\nlimit = 20\nnoise = 0.0\n\
                [training]\nepochs = 200\nbatch_size = 10\nstop_at_train_accuracy = 0.9\n[run]\ndevice = \"cpu\"\n\
                snapshot_every = 0\n";
    let run = Run::new(spec);
    assert!(matches!(run.work(&Stop::default()), State::Finished { .. }));
    let epochs = run.epochs();
    assert!(epochs.len() < 200, "it took {} epochs", epochs.len());
    let (last, before) = epochs.split_last().unwrap();
    assert!(last.values["train_accuracy"] >= 0.9);
    assert!(before.iter().all(|record| record.values["train_accuracy"] < 0.9));
    assert!(run.events().contains("\"fitting\""));
}

#[test]
fn data_that_is_not_there_fails_the_run_with_its_path() {
    let run = Run::new("kind = \"train\"\n[data]\ndataset = \"cifar10\"\npath = \"/nonexistent/cifar\"\n");
    let state = run.work(&Stop::default());
    assert!(state.reason().is_some_and(|reason| reason.contains("/nonexistent/cifar")), "{state:?}");
}
