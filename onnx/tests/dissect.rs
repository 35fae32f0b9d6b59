//! Dissections of small networks: the ascent against a plain loop, what must not change the distances, and what is
//! guessed, left behind and stopped.
#![expect(clippy::unwrap_used, reason = "what cannot be set up is a failed test")]

mod networks;
#[path = "networks/scene.rs"]
mod scene;

use std::ops::ControlFlow;

use dissect_onnx::arch::Architecture;
use dissect_onnx::dissect::{
    DissectError, Facts, Latents, ModelRef, Objective, Optimizer, Outcome, Progress, Settings, dissect,
};
use dissect_onnx::export::{Layout, Metadata, OutputKind, Weights, export};
use dissect_onnx::gradient::differentiate;
use dissect_onnx::graph::{Graph, attr};
use dissect_onnx::model::{Dim, Model};
use dissect_onnx::session::{Session, SessionOptions};
use dissect_onnx::tensor::{DataType, Tensor};
use ndarray::Axis;
use networks::{drawn, narrow, tiny_generator};
use scene::{Scene, run};

const CLASSES: usize = 3;

/// The first model's pair with the second: distance, variance, agreement.
fn numbers_of(outcome: &Outcome) -> [f64; 3] {
    let pair = &outcome.report.pairs[0];
    [pair.dist, pair.variance, pair.agreement]
}

fn close(a: &[f64], b: &[f64], tolerance: f64) -> bool {
    a.iter().zip(b).all(|(a, b)| (a - b).abs() <= tolerance * (1.0 + a.abs()))
}

#[test]
fn the_ascent_is_that_of_a_plain_loop() {
    let scene = Scene::new(CLASSES);
    // The gradients of networks with drawn weights are small.
    for (objective, optimizer, learning_rate) in [
        (Objective::Logit, Optimizer::Plain, 50.0),
        (Objective::LogSoftmax, Optimizer::Plain, 50.0),
        (Objective::Softmax, Optimizer::Plain, 200.0),
        (Objective::Logit, Optimizer::Adam, 0.05),
    ] {
        let settings = Settings { objective, optimizer, learning_rate, ..scene.settings() };
        let outcome = run(&settings);
        let expected = plain_ascent(&scene, &settings, &outcome.starts);
        let found = &outcome.ends[0].latents.values;
        let moved = outcome.starts.values.iter().zip(found).fold(0.0, |m: f32, (a, b)| m.max((a - b).abs()));
        assert!(moved > 0.05, "{objective} {optimizer}: moved by {moved} only");
        for (index, (a, b)) in found.iter().zip(&expected).enumerate() {
            let difference = (f64::from(*a) - b).abs();
            assert!(
                difference < 1e-4 * f64::from(moved).max(1.0),
                "{objective} {optimizer} {index}: {a} {b}"
            );
        }
    }
}

/// Equation 1 one start at a time, updated in float64 from a gradient graph of generator and classifier.
fn plain_ascent(scene: &Scene, settings: &Settings, starts: &Latents) -> Vec<f64> {
    let [generator, f1] = [&scene.generator, &scene.f1].map(|m| Graph::from_model(m).unwrap());
    let mut graph = Graph::new("forward", 17);
    let z = graph.add_input("z", DataType::Float, [Dim::Symbol("n".into()), Dim::Fixed(starts.latent)]);
    let made = graph.merge(&generator, "g", &[("z".into(), z)].into()).unwrap();
    let judged = graph.merge(&f1, "f", &[("x".into(), made["x"].clone())].into()).unwrap();
    graph.add_output(&judged["y"], DataType::Float, [Dim::Symbol("n".into()), Dim::Fixed(starts.classes)]);
    let gradient = differentiate(&graph.to_model().unwrap(), &Default::default()).unwrap();
    let mut session = Session::new(&gradient, &SessionOptions::plain()).unwrap();
    let mut evaluate = |z: &[f64], cotangent: &[f64]| {
        let tensor = |values: &[f64]| Tensor::from_f64s(DataType::Float, &[1, values.len()], values).unwrap();
        let cotangent_name = format!("{}_grad", judged["y"]);
        let mut out = session.run([("z", &tensor(z)), (&cotangent_name, &tensor(cotangent))]).unwrap();
        let [y, grad] = [judged["y"].as_str(), "z_grad"].map(|name| out.remove(name).unwrap());
        (y.to_f64s().unwrap(), grad.to_f64s().unwrap())
    };
    let mut ends = Vec::new();
    for (row, start) in starts.values.chunks(starts.latent).enumerate() {
        let class = row / starts.starts;
        let mut z: Vec<f64> = start.iter().map(|v| f64::from(*v)).collect();
        let (mut m, mut v) = (vec![0.0; z.len()], vec![0.0; z.len()]);
        for step in 1..=settings.steps {
            let (y, _) = evaluate(&z, &vec![0.0; starts.classes]);
            let sum: f64 = y.iter().map(|y| y.exp()).sum();
            let p: Vec<f64> = y.iter().map(|y| y.exp() / sum).collect();
            let e = |k: usize| f64::from(u8::from(k == class));
            let cotangent: Vec<f64> = (0..starts.classes)
                .map(|k| match settings.objective {
                    Objective::Logit => e(k),
                    Objective::LogSoftmax => e(k) - p[k],
                    Objective::Softmax => p[class] * (e(k) - p[k]),
                })
                .collect();
            let (_, gradient) = evaluate(&z, &cotangent);
            for (i, g) in gradient.iter().enumerate() {
                let change = match settings.optimizer {
                    Optimizer::Plain => *g,
                    Optimizer::Adam => {
                        m[i] = 0.9 * m[i] + 0.1 * g;
                        v[i] = 0.999 * v[i] + 0.001 * g * g;
                        let corrected = |value: f64, beta: f64| value / (1.0 - beta.powi(step as i32));
                        corrected(m[i], 0.9) / (corrected(v[i], 0.999).sqrt() + 1e-8)
                    }
                };
                z[i] += settings.learning_rate * change;
            }
        }
        ends.extend(z);
    }
    ends
}

#[test]
fn a_model_is_no_distance_from_itself() {
    let scene = Scene::new(CLASSES);
    let outcome = run(&Settings { models: vec![scene.model("f1"), scene.model("f1")], ..scene.settings() });
    assert_eq!(numbers_of(&outcome), [0.0, 0.0, 1.0]);
    assert_eq!(outcome.report.pairs[0].before, 0.0);
    assert_eq!((outcome.report.f1.as_str(), outcome.report.pairs[0].f2.as_str()), ("f1", "f1 (2)"));
}

#[test]
fn distances_are_what_the_definition_says() {
    let scene = Scene::new(CLASSES);
    let outcome = run(&scene.settings());
    let images = &outcome.ends[0].patterns;
    let logits = |model: &Model| {
        let mut session = Session::new(model, &SessionOptions::plain()).unwrap();
        let x = Tensor::from_vec(&[images.count(), 3, 32, 32], &images.values);
        session.run([("x", &x)]).unwrap().remove("y").unwrap().to_f64s().unwrap()
    };
    let (p, q) = (logits(&scene.f1), logits(&scene.f2));
    let softmax = |y: &[f64]| -> Vec<f64> {
        let sum: f64 = y.iter().map(|y| y.exp()).sum();
        y.iter().map(|y| y.exp() / sum).collect()
    };
    let divergences: Vec<f64> = (p.chunks(CLASSES).zip(q.chunks(CLASSES)))
        .map(|(p, q)| softmax(p).iter().zip(softmax(q)).map(|(p, q)| p * (p / q).ln()).sum())
        .collect();
    let starts = divergences.len() / CLASSES;
    let of_start = |s: usize| (0..CLASSES).map(|c| divergences[c * starts + s]).sum::<f64>() / CLASSES as f64;
    let mean = (0..starts).map(of_start).sum::<f64>() / starts as f64;
    let variance = (0..starts).map(|s| (of_start(s) - mean).powi(2)).sum::<f64>() / starts as f64;
    let pair = &outcome.report.pairs[0];
    assert!(
        pair.dist > 1e-4 && close(&[pair.dist, pair.variance], &[mean, variance], 1e-5),
        "{pair:?} {mean}"
    );
    assert_eq!(pair.std, pair.variance.sqrt());
    let classes: f64 = pair.per_class.iter().map(|class| class.mean).sum::<f64>() / CLASSES as f64;
    assert!((classes - pair.dist).abs() < 1e-12);
    let activation = &outcome.report.activation;
    let own = |c: usize, s: usize| softmax(&p[(c * starts + s) * CLASSES..][..CLASSES])[c];
    let after =
        (0..CLASSES).flat_map(|c| (0..starts).map(move |s| (c, s))).map(|(c, s)| own(c, s)).sum::<f64>();
    assert!((activation.after - after / (CLASSES * starts) as f64).abs() < 1e-5);
    assert!(activation.after > activation.before, "{activation:?}");
}

#[test]
fn lanes_of_any_width_give_the_same() {
    let scene = Scene::new(CLASSES);
    let whole = run(&Settings { batch: 1000, ..scene.settings() });
    assert_eq!(whole.report.settings.batch, CLASSES * 4);
    for batch in [1, 5, 7] {
        let split = run(&Settings { batch, ..scene.settings() });
        assert!(split.report.settings.batch <= batch);
        assert!(close(&numbers_of(&whole), &numbers_of(&split), 1e-5), "batch {batch}");
        for (a, b) in whole.ends[0].latents.values.iter().zip(&split.ends[0].latents.values) {
            assert!((a - b).abs() < 1e-4, "batch {batch}: {a} {b}");
        }
    }
}

#[test]
fn the_same_again_is_the_same_to_the_bit() {
    let scene = Scene::new(CLASSES);
    let [one, two] = [1, 2].map(|threads| run(&Settings { threads, ..scene.settings() }));
    assert_eq!(one.ends, two.ends);
    assert_eq!(one.report.pairs, two.report.pairs);
    assert_eq!(one.report.trace, two.report.trace);
    let other = run(&Settings { seed: 9, ..scene.settings() });
    assert_ne!(one.starts, other.starts);
}

/// The same network with its classes in another order: the new class `i` is the old `order[i]`.
fn permuted(weights: &Weights, order: &[usize]) -> Weights {
    let mut weights = weights.clone();
    for name in ["classifier.weight", "classifier.bias"] {
        let selected = weights[name].select(Axis(0), order);
        weights.insert(name.into(), selected);
    }
    weights
}

#[test]
fn the_order_of_the_classes_changes_nothing() {
    let scene = Scene::new(CLASSES);
    let expected = numbers_of(&run(&scene.settings()));
    let network = narrow("vgg11", CLASSES);
    let order = [2, 0, 1];
    let classes = |order: [usize; CLASSES]| Metadata {
        classes: order.map(|class| ["cat", "dog", "owl"][class].to_owned()).to_vec(),
        ..Metadata::default()
    };
    let save = |name: &str, seed: u64, order: [usize; CLASSES]| {
        let weights = permuted(&drawn(&network, seed), &order);
        scene.save(name, &export(&network, &weights, &classes(order)).unwrap())
    };
    // Both permuted alike: no names are needed.
    let models = vec![save("p1", 1, order), save("p2", 2, order)];
    let both = run(&Settings { models, ..scene.settings() });
    assert!(close(&expected, &numbers_of(&both), 1e-5), "{expected:?} {:?}", numbers_of(&both));
    // One permuted: found by name, whichever comes first.
    for (first, second) in [([0, 1, 2], order), (order, [0, 1, 2])] {
        let models = vec![save("a", 1, first), save("b", 2, second)];
        let found = run(&Settings { models, ..scene.settings() });
        assert!(close(&expected, &numbers_of(&found), 1e-5), "{expected:?} {:?}", numbers_of(&found));
        let note = "b: classes put into the order of a by their names";
        assert!(found.report.notes.iter().any(|n| n == note), "{:?}", found.report.notes);
        assert_eq!(found.report.classes, classes(first).classes);
    }
}

/// The model behind channels last, pixels of 0 to 255, a mean and a standard deviation, and a Softmax.
fn in_other_clothes(model: &Model) -> Model {
    let inner = Graph::from_model(model).unwrap();
    let mut graph = Graph::new("clothes", 17);
    let batch = || Dim::Symbol("N".into());
    let dims = [batch(), Dim::Fixed(32), Dim::Fixed(32), Dim::Fixed(3)];
    let pixels = graph.add_input("pixels", DataType::Float, dims);
    // pixels = (127.5 (x + 1) - mean) / std, so x = (std pixels + mean) / 127.5 - 1.
    let of_channels = |f: &dyn Fn(usize) -> f32| Tensor::from_vec(&[3], &[0, 1, 2].map(f));
    let scale = graph.constant("scale", of_channels(&|c| STD[c] as f32 / 127.5));
    let shift = graph.constant("shift", of_channels(&|c| MEAN[c] as f32 / 127.5 - 1.0));
    let x = graph.node("Mul", [&pixels, &scale], []);
    let x = graph.node("Add", [&x, &shift], []);
    let x = graph.node("Transpose", [x], [attr("perm", [0, 3, 1, 2])]);
    let names = graph.merge(&inner, "", &[("x".into(), x)].into()).unwrap();
    let p = graph.node("Softmax", [&names["y"]], [attr("axis", -1)]);
    graph.add_output_as("p", &p, DataType::Float, [batch(), Dim::Fixed(CLASSES)]);
    graph.to_model().unwrap()
}

const MEAN: [f64; 3] = [125.0, 120.0, 110.0];
const STD: [f64; 3] = [60.0, 62.0, 66.0];

#[test]
fn other_formats_are_said_in_a_file_or_by_flags_and_change_nothing() {
    let scene = Scene::new(CLASSES);
    let plain = numbers_of(&run(&scene.settings()));
    let [one, two] =
        [("g1", &scene.f1), ("g2", &scene.f2)].map(|(name, m)| scene.save(name, &in_other_clothes(m)));
    std::fs::write(
        scene.folder.path().join("g1.toml"),
        "range = [0, 255]\nmean = [125.0, 120, 110]\nstd = [60.0, 62.0, 66.0]\n",
    )
    .unwrap();
    let facts = Facts {
        layout: Some(Layout::Nhwc),
        range: Some([0.0, 255.0]),
        mean: Some(MEAN.to_vec()),
        std: Some(STD.to_vec()),
        output: Some(OutputKind::Probabilities),
        ..Facts::default()
    };
    let outcome = run(&Settings { models: vec![one, ModelRef { facts, ..two }], ..scene.settings() });
    assert!(close(&plain, &numbers_of(&outcome), 1e-4), "{plain:?} {:?}", numbers_of(&outcome));
    let notes = outcome.report.notes.join("\n");
    insta::assert_snapshot!(notes.replace("on the CPU: ", "").lines().filter(|l| l.starts_with('g')).collect::<Vec<_>>().join("\n"), @r"
    g1: layout NHWC guessed from the input's shape
    g1: probabilities guessed, since Softmax comes last; its input is used as logits
    ");
}

#[test]
fn all_pairs_let_every_model_begin() {
    let scene = Scene::new(CLASSES);
    let outcome = run(&Settings { all_pairs: true, ..scene.settings() });
    let pairs: Vec<_> = outcome.report.pairs.iter().map(|p| (p.f1.as_str(), p.f2.as_str())).collect();
    assert_eq!(pairs, [("f1", "f2"), ("f2", "f1")]);
    assert_eq!(outcome.ends.len(), 2);
    assert_eq!(outcome.report.other_activations.len(), 1);
    let back = run(&Settings { models: vec![scene.model("f2"), scene.model("f1")], ..scene.settings() });
    assert_eq!(outcome.report.pairs[1], back.report.pairs[0]);
}

#[test]
fn results_are_left_in_a_folder_and_can_be_begun_from() {
    let scene = Scene::new(CLASSES);
    let outcome = run(&scene.settings());
    let out = scene.folder.path().join("out");
    outcome.write(&out).unwrap();
    let mut names: Vec<_> =
        std::fs::read_dir(&out).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    let expected = [
        "answers.npy",
        "before.npy",
        "distances.png",
        "distances.svg",
        "latents.npy",
        "patterns.npy",
        "patterns.png",
        "report.json",
        "starts.npy",
    ];
    assert_eq!(names, expected);
    let report: serde_json::Value =
        serde_json::from_slice(&std::fs::read(out.join("report.json")).unwrap()).unwrap();
    for key in ["settings", "f1", "activation", "pairs", "notes", "provider", "versions"] {
        assert!(!report[key].is_null(), "{key}");
    }
    for key in ["f2", "dist", "variance", "std", "per_class", "agreement", "before"] {
        assert!(!report["pairs"][0][key].is_null(), "{key}");
    }
    for key in ["class", "name", "mean", "std"] {
        assert!(!report["pairs"][0]["per_class"][0][key].is_null(), "{key}");
    }
    // Begun where the first ended, with no steps: the end of the first is the start of the second.
    let again = run(&Settings { latents: Some(out.join("latents.npy")), steps: 0, ..scene.settings() });
    assert_eq!(again.ends[0].latents, outcome.ends[0].latents);
    assert!(close(&numbers_of(&again), &numbers_of(&outcome), 1e-6));
    assert_eq!(again.report.pairs[0].before, again.report.pairs[0].dist);
}

#[test]
fn progress_counts_up_and_can_stop() {
    let scene = Scene::new(CLASSES);
    let settings = Settings { steps: 30, ..scene.settings() };
    let mut seen: Vec<Progress> = Vec::new();
    let outcome = dissect(&settings, &mut |progress| {
        seen.push(progress.clone());
        ControlFlow::Continue(())
    })
    .unwrap();
    assert!(seen.windows(2).all(|pair| pair[0].step <= pair[1].step && pair[0].done <= pair[1].done));
    let measured: Vec<_> = seen.iter().filter(|p| p.measured.is_some()).collect();
    assert_eq!(measured.len(), 31);
    let distances: Vec<_> = (measured.iter())
        .filter(|p| !p.measured.as_ref().unwrap().distances.is_empty())
        .map(|p| p.step)
        .collect();
    assert_eq!(distances, [0, 10, 20, 30]);
    assert_eq!(outcome.report.trace.iter().map(|t| t.step).collect::<Vec<_>>(), distances);
    let last = measured.last().unwrap().measured.as_ref().unwrap();
    assert_eq!(last.distances, [("f2".to_owned(), outcome.report.pairs[0].dist)]);
    let stopped = dissect(&settings, &mut |progress| {
        if progress.step >= 7 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    assert!(matches!(stopped, Err(DissectError::Stopped { step: 7, steps: 30 })));
}

#[test]
fn models_that_diverged_are_named() {
    let scene = Scene::new(CLASSES);
    let broken = |network: &Architecture, name: &str, value: f32| {
        let mut weights = drawn(network, 2);
        weights.get_mut(name).unwrap().fill(value);
        export(network, &weights, &Metadata::default()).unwrap()
    };
    let network = narrow("vgg11", CLASSES);
    let with = |value: f32| {
        let models = vec![scene.model("f1"), scene.save("bad", &broken(&network, "classifier.bias", value))];
        scene::refused(&Settings { models, ..scene.settings() })
    };
    insta::assert_snapshot!(with(f32::NAN), @"bad.onnx: weights that are not finite (NaN in `classifier.bias`); the model has diverged, take an earlier one");
    insta::assert_snapshot!(with(f32::INFINITY), @"bad.onnx: logits that are not finite (36 of 36); the model has diverged, or its input format is not the one given");
    scene.save("g", &broken(&tiny_generator(), "main.9.weight", f32::NAN));
    insta::assert_snapshot!(scene::refused(&scene.settings()), @"g.onnx: weights that are not finite (NaN in `main.9.weight`); the model has diverged, take an earlier one");
}
