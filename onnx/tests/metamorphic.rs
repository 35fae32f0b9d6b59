//! What must not change a distance: how a model is written, the order of classes, how starts are split, where the
//! channels stand. Each line changes one of them and compares with the dissection of the models as they were.
#![expect(clippy::unwrap_used, reason = "what cannot be set up is a failed test")]

mod networks;
#[expect(dead_code, reason = "nothing is refused here")]
#[path = "networks/scene.rs"]
mod scene;

use dissect_onnx::arch::{ClassifierOptions, classifier};
use dissect_onnx::dissect::{Facts, ModelRef, Objective, Optimizer, Outcome, Pair, Settings};
use dissect_onnx::graph::{Graph, Node, attr};
use dissect_onnx::model::{Dim, Model};
use dissect_onnx::tensor::DataType;
use networks::{model, narrow};
use scene::{Scene, run};

const CLASSES: usize = 3;

/// The models of a scene: a plain chain and one with shortcuts, both with batch norms to fold.
fn scenes() -> Vec<Scene> {
    let scene = Scene::new(CLASSES);
    let mut residual = Scene::new(CLASSES);
    let options = ClassifierOptions { width: 0.25, classes: CLASSES, ..ClassifierOptions::default() };
    let network = classifier("resnet20", &options).unwrap();
    residual.f1 = model(&network, 1);
    residual.f2 = model(&network, 2);
    residual.save("f1", &residual.f1);
    residual.save("f2", &residual.f2);
    vec![scene, residual]
}

/// Steps long enough to move networks with drawn weights.
fn settings(scene: &Scene) -> Settings {
    Settings { learning_rate: 20.0, ..scene.settings() }
}

type Rewrite = fn(&mut Graph);

/// Ways to write the same model.
const SAME: [(&str, Rewrite); 6] = [
    ("renamed", renamed),
    ("reordered", reordered),
    ("folded", folded),
    ("constants as nodes", constants_as_nodes),
    ("identities", identities),
    ("channels last and back", channels_last_and_back),
];

fn renamed(graph: &mut Graph) {
    let inner = graph.clone();
    *graph = Graph::new("other", inner.opset());
    let names = graph.merge(&inner, "other/", &[].into()).unwrap();
    for output in &inner.outputs {
        graph
            .outputs
            .push(dissect_onnx::model::ValueInfo { name: names[&output.name].clone(), ..output.clone() });
    }
}

fn reordered(graph: &mut Graph) {
    graph.nodes.reverse();
}

fn folded(graph: &mut Graph) {
    assert!(graph.fold_batch_norms() > 0);
}

fn constants_as_nodes(graph: &mut Graph) {
    for (name, tensor) in std::mem::take(&mut graph.constants) {
        graph.push::<&str>("Constant", [], vec![name], [attr("value", tensor)]);
    }
}

fn identities(graph: &mut Graph) {
    let outputs: Vec<String> = graph.outputs.iter().map(|output| output.name.clone()).collect();
    let values: Vec<String> = graph.nodes.iter().flat_map(|node: &Node| node.outputs.clone()).collect();
    for value in values.into_iter().filter(|value| !value.is_empty() && !outputs.contains(value)) {
        let copy = graph.fresh("copy");
        graph.replace_uses(&value, &copy);
        graph.push("Identity", [value], vec![copy], []);
    }
}

/// Every value of four dimensions is turned to channels last and back again.
fn channels_last_and_back(graph: &mut Graph) {
    let convolutions: Vec<String> =
        graph.nodes.iter().filter(|node| node.is("Conv")).map(|node| node.outputs[0].clone()).collect();
    for value in convolutions {
        let last = graph.fresh("last");
        let back = graph.fresh("back");
        graph.replace_uses(&value, &back);
        graph.push("Transpose", [&value], vec![last.clone()], [attr("perm", [0, 2, 3, 1])]);
        graph.push("Transpose", [&last], vec![back], [attr("perm", [0, 3, 1, 2])]);
    }
}

fn rewritten(model: &Model, rewrite: Rewrite) -> Model {
    let mut graph = Graph::from_model(model).unwrap();
    rewrite(&mut graph);
    graph.to_model().unwrap()
}

/// `model` between nodes: `before` makes the inner image of the input, `after` the output of the inner scores.
fn between(
    model: &Model,
    dims: [usize; 3],
    before: impl Fn(&mut Graph, String) -> String,
    after: impl Fn(&mut Graph, String) -> String,
) -> Model {
    let mut inner = Graph::from_model(model).unwrap();
    inner.upgrade(18).unwrap();
    let mut graph = Graph::new("between", 18);
    let dims = std::iter::once(Dim::Symbol("n".into())).chain(dims.map(Dim::Fixed));
    let input = graph.add_input("image", DataType::Float, dims);
    let x = before(&mut graph, input);
    let names = graph.merge(&inner, "net/", &[("x".into(), x)].into()).unwrap();
    let y = after(&mut graph, names["y"].clone());
    graph.add_output_as("scores", &y, DataType::Float, [Dim::Unknown, Dim::Fixed(CLASSES)]);
    graph.to_model().unwrap()
}

fn numbers(pair: &Pair) -> Vec<f64> {
    let measures = [&pair.on_patterns, &pair.on_starts].map(|measures| measures.as_ref().unwrap());
    let mut numbers = vec![pair.dist, pair.std, pair.before, pair.agreement];
    for measures in measures {
        numbers.extend([measures.reverse, measures.jensen_shannon, measures.agreement]);
    }
    numbers.extend(pair.per_class.iter().flat_map(|class| [class.mean, class.std]));
    numbers
}

#[track_caller]
fn same(found: &Pair, expected: &Pair, tolerance: f64, what: &str) {
    let (found, expected) = (numbers(found), numbers(expected));
    let close = found.iter().zip(&expected).all(|(a, b)| (a - b).abs() <= tolerance * (1e-3 + b.abs()));
    assert!(close, "{what}:\n{found:?}\n{expected:?}");
}

#[track_caller]
fn moved(outcome: &Outcome) {
    let (from, to) = (&outcome.starts.values, &outcome.ends[0].latents.values);
    let moved = from.iter().zip(to).fold(0.0, |most: f32, (a, b)| most.max((a - b).abs()));
    assert!(moved > 0.02, "the ascent moved by {moved} only");
}

#[test]
fn a_model_is_no_distance_from_itself_written_otherwise() {
    for scene in scenes() {
        let itself = run(&Settings { models: vec![scene.model("f1"); 2], ..settings(&scene) });
        moved(&itself);
        assert_eq!(itself.report.pairs[0].dist, 0.0);
        for (what, rewrite) in SAME {
            let copy = scene.save("copy", &rewritten(&scene.f1, rewrite));
            let pair = run(&Settings { models: vec![scene.model("f1"), copy], ..settings(&scene) })
                .report
                .pairs
                .remove(0);
            // The divergence is quadratic in the logits' rounding.
            assert!(pair.dist < 1e-9 && pair.before < 1e-9, "{what}: {} {}", pair.dist, pair.before);
            assert_eq!(pair.agreement, 1.0, "{what}");
            assert!(pair.on_patterns.unwrap().jensen_shannon < 1e-9, "{what}");
        }
    }
}

#[test]
fn how_models_are_written_changes_no_distance() {
    for scene in scenes() {
        let expected = run(&settings(&scene));
        moved(&expected);
        for (what, rewrite) in SAME {
            let models = vec![
                scene.save("copy1", &rewritten(&scene.f1, rewrite)),
                scene.save("copy2", &rewritten(&scene.f2, rewrite)),
            ];
            let found = run(&Settings { models, ..settings(&scene) });
            same(&found.report.pairs[0], &expected.report.pairs[0], 1e-3, what);
        }
    }
}

#[test]
fn where_the_channels_stand_changes_no_distance() {
    let scene = Scene::new(CLASSES);
    let expected = run(&settings(&scene));
    let to_first = |graph: &mut Graph, x| graph.node("Transpose", [x], [attr("perm", [0, 3, 1, 2])]);
    let [one, two] = [("last1", &scene.f1), ("last2", &scene.f2)]
        .map(|(name, model)| scene.save(name, &between(model, [32, 32, 3], to_first, |_, y| y)));
    let against_itself = run(&Settings { models: vec![scene.model("f1"), one.clone()], ..settings(&scene) });
    assert!(against_itself.report.pairs[0].dist < 1e-9);
    let found = run(&Settings { models: vec![one, two], ..settings(&scene) });
    same(&found.report.pairs[0], &expected.report.pairs[0], 1e-3, "channels last");
}

#[test]
fn a_resized_input_is_a_resize_in_the_model() {
    let scene = Scene::new(CLASSES);
    let halved = |graph: &mut Graph, x| {
        graph.node("AveragePool", [x], [attr("kernel_shape", [2, 2]), attr("strides", [2, 2])])
    };
    let twice = |graph: &mut Graph, x: String| {
        let sizes = graph.ints(&[64, 64]);
        let how = [attr("axes", [2, 3]), attr("mode", "linear")];
        let x = graph.node("Resize", [x, String::new(), String::new(), sizes], how);
        halved(graph, x)
    };
    let save = |name: &str, model: &Model, explicit: bool| {
        let model = match explicit {
            true => between(model, [3, 32, 32], twice, |_, y| y),
            false => between(model, [3, 64, 64], halved, |_, y| y),
        };
        scene.save(name, &model)
    };
    let [implied, explicit] =
        [false, true].map(|explicit| vec![save("r1", &scene.f1, explicit), save("r2", &scene.f2, explicit)]);
    // Saved under the same names one after the other.
    let explicit = run(&Settings { models: explicit, ..settings(&scene) });
    moved(&explicit);
    save("r1", &scene.f1, false);
    save("r2", &scene.f2, false);
    let implied = run(&Settings { models: implied, ..settings(&scene) });
    same(&implied.report.pairs[0], &explicit.report.pairs[0], 1e-3, "resized");
    assert!(implied.report.notes.iter().any(|note| note.starts_with("r1, r2: takes images of 64x64")));
}

#[test]
fn permuting_the_classes_of_both_permutes_the_classes() {
    let scene = Scene::new(CLASSES);
    let expected = run(&settings(&scene));
    let order = [2_usize, 0, 1];
    let permuted = |graph: &mut Graph, y: String| {
        let order = graph.ints(&order.map(|class| class as i64));
        graph.node("Gather", [y, order], [attr("axis", 1)])
    };
    let models = [("p1", &scene.f1), ("p2", &scene.f2)]
        .map(|(name, model)| scene.save(name, &between(model, [3, 32, 32], |_, x| x, permuted)))
        .to_vec();
    let mut found = run(&Settings { models: models.clone(), ..settings(&scene) }).report.pairs.remove(0);
    for (new, old) in order.iter().enumerate() {
        assert!((found.per_class[new].mean - expected.report.pairs[0].per_class[*old].mean).abs() < 1e-6);
    }
    let unpermuted = (0..CLASSES).map(|old| order.iter().position(|at| *at == old).unwrap());
    found.per_class = unpermuted.map(|new| found.per_class[new].clone()).collect();
    same(&found, &expected.report.pairs[0], 1e-3, "permuted");

    // With names, one permuted model alone is put back into order.
    let names = ["a", "b", "c"].map(str::to_owned);
    let facts = |classes: Vec<String>| Facts { classes: Some(classes), ..Facts::default() };
    let plain = ModelRef { facts: facts(names.to_vec()), ..scene.model("f1") };
    let other =
        ModelRef { facts: facts(order.iter().map(|old| names[*old].clone()).collect()), ..models[1].clone() };
    let found = run(&Settings { models: vec![plain, other], ..settings(&scene) });
    same(&found.report.pairs[0], &expected.report.pairs[0], 1e-3, "named");
}

#[test]
fn how_starts_are_split_changes_no_distance() {
    let scene = Scene::new(CLASSES);
    for (objective, optimizer, learning_rate) in [
        (Objective::Logit, Optimizer::Plain, 20.0),
        (Objective::LogSoftmax, Optimizer::Plain, 20.0),
        (Objective::Logit, Optimizer::Adam, 0.05),
    ] {
        let with = |batch| Settings { batch, objective, optimizer, learning_rate, ..scene.settings() };
        let expected = run(&with(0));
        moved(&expected);
        for batch in [1, 2, 5, 7, 11, 12, 1000] {
            let found = run(&with(batch));
            same(&found.report.pairs[0], &expected.report.pairs[0], 1e-3, &format!("{batch} at once"));
        }
    }
}

#[test]
fn another_model_beside_changes_no_distance() {
    let scene = Scene::new(CLASSES);
    scene.save("f3", &model(&narrow("vgg11", CLASSES), 9));
    let two = run(&settings(&scene)).report;
    let models = ["f1", "f3", "f2"].map(|name| scene.model(name)).to_vec();
    let three = run(&Settings { models: models.clone(), ..settings(&scene) }).report;
    assert_eq!(three.pairs[1], two.pairs[0]);
    let all = run(&Settings { models, all_pairs: true, ..settings(&scene) }).report;
    assert_eq!(all.pairs[1], two.pairs[0]);
    assert_eq!(all.baselines[0], two.baselines[0]);
}
