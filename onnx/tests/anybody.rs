//! Classifiers as others export them: of another size, grey, with a fixed batch, one score, several inputs or outputs.
//! Each is compared with the plain model it stands for, or refused with what to do.
#![expect(clippy::unwrap_used, reason = "what cannot be set up is a failed test")]

mod networks;
#[path = "networks/scene.rs"]
mod scene;

use dissect_onnx::dissect::{Facts, ModelRef, Outcome, Settings};
use dissect_onnx::export::OutputKind;
use dissect_onnx::graph::{Graph, attr};
use dissect_onnx::model::{Dim, Model};
use dissect_onnx::tensor::{DataType, Tensor};
use scene::{Scene, refused, run};

const CLASSES: usize = 3;
const FLOAT: DataType = DataType::Float;

/// A model's graph in another: `build` makes the inner image and what becomes of the inner scores.
struct Dressed {
    graph: Graph,
    inner: Graph,
}

impl Dressed {
    fn new(model: &Model) -> Self {
        let mut inner = Graph::from_model(model).unwrap();
        inner.upgrade(18).unwrap();
        Self { graph: Graph::new("dressed", 18), inner }
    }

    fn input(&mut self, name: &str, data_type: DataType, batch: Option<usize>, rest: &[usize]) -> String {
        let batch = batch.map_or(Dim::Symbol("n".into()), Dim::Fixed);
        let dims = std::iter::once(batch).chain(rest.iter().map(|size| Dim::Fixed(*size)));
        self.graph.add_input(name, data_type, dims)
    }

    /// The scores of an image value.
    fn scores(&mut self, image: String) -> String {
        self.graph.merge(&self.inner, "net/", &[("x".into(), image)].into()).unwrap()["y"].clone()
    }

    fn output(&mut self, name: &str, value: &str, dims: usize) {
        let dims = (0..dims).map(|_| Dim::Unknown);
        self.graph.add_output_as(name, value, FLOAT, dims);
    }

    fn model(&self) -> Model {
        self.graph.to_model().unwrap()
    }
}

fn against(scene: &Scene, model: &Model, facts: Facts) -> Settings {
    let models = vec![scene.model("f1"), ModelRef { facts, ..scene.save("other", model) }];
    Settings { models, ..scene.settings() }
}

#[track_caller]
fn same(found: &Outcome, expected: &Outcome) {
    let numbers = |outcome: &Outcome| {
        let pair = &outcome.report.pairs[0];
        [pair.before, pair.dist, pair.std, pair.agreement]
    };
    let (found, expected) = (numbers(found), numbers(expected));
    let close = found.iter().zip(&expected).all(|(a, b)| (a - b).abs() <= 1e-4 * (1.0 + b.abs()));
    assert!(close, "{found:?} {expected:?}");
}

fn notes(outcome: &Outcome) -> String {
    let about = |note: &&String| note.starts_with("other: ") && !note.contains("assumed");
    outcome.report.notes.iter().filter(about).cloned().collect::<Vec<_>>().join("\n")
}

#[test]
fn a_fixed_batch_is_opened_where_the_graph_allows_it() {
    let scene = Scene::new(CLASSES);
    let plain = run(&scene.settings());
    // As torch.onnx.export leaves it without dynamic axes: sizes and a token written down for one image.
    let mut dressed = Dressed::new(&scene.f2);
    let image = dressed.input("x", FLOAT, Some(1), &[3, 32, 32]);
    let flat = dressed.graph.ints(&[1, 3, 1024]);
    let flat = dressed.graph.node("Reshape", [image, flat], []);
    let token = dressed.graph.constant("token", Tensor::from_vec(&[1, 3, 1], &[0.5_f32, 1.0, 2.0]));
    let tokens = dressed.graph.node("Concat", [token, flat], [attr("axis", 2)]);
    let [from, to, axis] = [[1], [1025], [2]].map(|v: [i64; 1]| dressed.graph.ints(&v));
    let pixels = dressed.graph.node("Slice", [tokens, from, to, axis], []);
    let square = dressed.graph.ints(&[1, 3, 32, -1]);
    let image = dressed.graph.node("Reshape", [pixels, square], []);
    let scores = dressed.scores(image);
    dressed.output("y", &scores, 2);
    let outcome = run(&against(&scene, &dressed.model(), Facts::default()));
    same(&outcome, &plain);
    insta::assert_snapshot!(notes(&outcome), @"other: made for batches of 1; its graph takes any number, which was checked");

    // What it answers depends on the images beside: no two batches can be put together.
    let mut dressed = Dressed::new(&scene.f2);
    let image = dressed.input("x", FLOAT, Some(2), &[3, 32, 32]);
    let axis = dressed.graph.ints(&[0]);
    let mean = dressed.graph.node("ReduceMean", [&image, &axis], [attr("keepdims", 1)]);
    let image = dressed.graph.node("Sub", [image, mean], []);
    let scores = dressed.scores(image);
    dressed.output("y", &scores, 2);
    insta::assert_snapshot!(refused(&against(&scene, &dressed.model(), Facts::default())), @"other.onnx: input x: float [2, 3, 32, 32] has a fixed batch, and its graph cannot be given another (the answers to two batches are not those to each of them); export it again with a dynamic first dimension (`dynamic_axes` or `dynamic_shapes` in PyTorch)");
}

#[test]
fn another_size_is_a_resize_in_the_graph() {
    let scene = Scene::new(CLASSES);
    // The same network behind a 2x2 mean: a model of 64x64 whose answers to resized images are known.
    let halved = |explicit: bool| {
        let mut dressed = Dressed::new(&scene.f2);
        let mut image = dressed.input("x", FLOAT, None, if explicit { &[3, 32, 32] } else { &[3, 64, 64] });
        if explicit {
            let sizes = dressed.graph.ints(&[64, 64]);
            let how = [attr("axes", [2, 3]), attr("mode", "linear")];
            image = dressed.graph.node("Resize", [image, String::new(), String::new(), sizes], how);
        }
        let pool = [attr("kernel_shape", [2, 2]), attr("strides", [2, 2])];
        let image = dressed.graph.node("AveragePool", [image], pool);
        let scores = dressed.scores(image);
        dressed.output("y", &scores, 2);
        dressed.model()
    };
    let explicit = run(&against(&scene, &halved(true), Facts::default()));
    let outcome = run(&against(&scene, &halved(false), Facts::default()));
    same(&outcome, &explicit);
    insta::assert_snapshot!(notes(&outcome), @"other: takes images of 64x64: the generator's of 32x32 are resized in the graph (linear, half_pixel)");
    // As f1 as well: the gradient goes through the resize.
    let first = |model: &Model| {
        let models = vec![scene.save("other", model), scene.model("f1")];
        run(&Settings { models, learning_rate: 20.0, ..scene.settings() })
    };
    same(&first(&halved(false)), &first(&halved(true)));
}

#[test]
fn an_open_size_is_said_by_a_flag() {
    let scene = Scene::new(CLASSES);
    let mut dressed = Dressed::new(&scene.f2);
    let dims = [Dim::Symbol("n".into()), Dim::Fixed(3), Dim::Symbol("h".into()), Dim::Symbol("w".into())];
    let image = dressed.graph.add_input("x", FLOAT, dims);
    let pool = [attr("kernel_shape", [2, 2]), attr("strides", [2, 2])];
    let image = dressed.graph.node("AveragePool", [image], pool);
    let scores = dressed.scores(image);
    dressed.output("y", &scores, 2);
    let at = |shape| against(&scene, &dressed.model(), Facts { shape: Some(shape), ..Facts::default() });
    assert!(notes(&run(&at([64, 64]))).contains("takes images of 64x64"));
    insta::assert_snapshot!(refused(&at([0, 64])), @"other.onnx: shape is [0, 64], expected height and width, 1 to 16384 each");
    let fixed = Facts { shape: Some([64, 64]), ..Facts::default() };
    insta::assert_snapshot!(refused(&against(&scene, &scene.f2, fixed)), @"other.onnx: shape is [64, 64], expected what the model declares, x: float [batch, 3, 32, 32]");
}

#[test]
fn grey_images_are_the_luminance() {
    let scene = Scene::new(CLASSES);
    let grey = |luminance: bool| {
        let mut dressed = Dressed::new(&scene.f2);
        let mut image = dressed.input("x", FLOAT, None, if luminance { &[3, 32, 32] } else { &[1, 32, 32] });
        if luminance {
            let weights = Tensor::from_vec(&[1, 3, 1, 1], &[0.299_f32, 0.587, 0.114]);
            let weights = dressed.graph.constant("weights", weights);
            image = dressed.graph.node("Conv", [image, weights], []);
        }
        let image = dressed.graph.node("Concat", [&image, &image, &image], [attr("axis", 1)]);
        let scores = dressed.scores(image);
        dressed.output("y", &scores, 2);
        dressed.model()
    };
    let outcome = run(&against(&scene, &grey(false), Facts::default()));
    same(&outcome, &run(&against(&scene, &grey(true), Facts::default())));
    insta::assert_snapshot!(notes(&outcome), @"other: takes grey images: the generator's colours become their luminance, 0.299 R + 0.587 G + 0.114 B");
}

#[test]
fn one_score_is_the_logit_of_the_second_class() {
    let scene = Scene::new(2);
    let plain = run(&scene.settings());
    // softmax (a, b) = softmax (0, b - a), so that the difference alone says the same.
    let difference = |end: &[&str], declared: Option<&[Dim]>| {
        let mut dressed = Dressed::new(&scene.f2);
        let image = dressed.input("x", FLOAT, None, &[3, 32, 32]);
        let scores = dressed.scores(image);
        let weights = dressed.graph.constant("difference", Tensor::from_vec(&[2, 1], &[-1.0_f32, 1.0]));
        let mut value = dressed.graph.node("MatMul", [scores, weights], []);
        for operator in end {
            value = if *operator == "Squeeze" {
                let axis = dressed.graph.ints(&[1]);
                dressed.graph.node("Squeeze", [value, axis], [])
            } else {
                dressed.graph.node(operator, [value], [])
            };
        }
        dressed.graph.add_output_as("y", &value, FLOAT, []);
        dressed.graph.outputs[0].dims = declared.map(<[_]>::to_vec);
        dressed.model()
    };
    let said = |kind| Facts { output: Some(kind), ..Facts::default() };
    let column = [Dim::Unknown, Dim::Fixed(1)];
    for (end, declared, facts) in [
        (&[][..], Some(&column[..]), Facts::default()),
        (&[], None, said(OutputKind::Logits)),
        (&["Squeeze"], Some(&[Dim::Unknown]), Facts::default()),
        (&["Sigmoid"], Some(&column), Facts::default()),
        (&["Sigmoid", "Squeeze"], None, said(OutputKind::Probabilities)),
    ] {
        same(&run(&against(&scene, &difference(end, declared), facts)), &plain);
    }
    let outcome = run(&against(&scene, &difference(&["Sigmoid"], Some(&column)), Facts::default()));
    insta::assert_snapshot!(notes(&outcome), @r"
    other: a probability guessed, since Sigmoid comes last; its input is used as logit
    other: one score: the logit of the second of two classes, the first one's is 0
    ");
}

#[test]
fn inputs_and_outputs_are_chosen_by_name() {
    let scene = Scene::new(CLASSES);
    let plain = run(&scene.settings());
    let mut dressed = Dressed::new(&scene.f2);
    let image = dressed.input("x", FLOAT, None, &[3, 32, 32]);
    let mask = dressed.input("mask", FLOAT, None, &[3, 32, 32]);
    let scores = dressed.scores(image.clone());
    let masked = dressed.graph.node("Mul", [&image, &mask], []);
    let masked = dressed.scores(masked);
    dressed.output("head", &scores, 2);
    dressed.output("masked", &masked, 2);
    dressed.output("seen", &image, 4);
    let model = dressed.model();
    let named = |input: Option<&str>, output: Option<&str>| {
        let [input_name, output_name] = [input, output].map(|name| name.map(str::to_owned));
        against(&scene, &model, Facts { input_name, output_name, ..Facts::default() })
    };
    same(&run(&named(Some("x"), Some("head"))), &plain);
    insta::assert_snapshot!(refused(&named(None, None)), @"other.onnx: 3 outputs (`head`, `masked`, `seen`), expected one float output [batch, classes]; give a classifier of images, or name the output that has the class scores with --output NAME");
    insta::assert_snapshot!(refused(&named(None, Some("head"))), @"other.onnx: 2 inputs (`x`, `mask`), expected one float input of images [batch, 3, h, w] or [batch, h, w, 3]; name the image with --input NAME, if the class scores need no other");
    insta::assert_snapshot!(refused(&named(Some("image"), Some("head"))), @"other.onnx: the input is `image`, expected one of `x`, `mask`");
    insta::assert_snapshot!(refused(&named(Some("x"), Some("tail"))), @"other.onnx: the output is `tail`, expected one of `head`, `masked`, `seen`");
    insta::assert_snapshot!(refused(&named(Some("x"), Some("masked"))), @"other.onnx: input `mask` that is needed beside `x`, expected one float input of images [batch, 3, h, w] or [batch, h, w, 3]; export the model with the image as its only input, or choose another output with --output NAME");
    insta::assert_snapshot!(refused(&named(Some("x"), Some("seen"))), @"other.onnx: output seen: float [?, ?, ?, ?], expected one float output [batch, classes]; give a classifier of images, or name the output that has the class scores with --output NAME");
}

#[test]
fn bytes_are_taken_as_numbers() {
    let scene = Scene::new(CLASSES);
    let mut dressed = Dressed::new(&scene.f2);
    let image = dressed.input("x", DataType::Uint8, None, &[3, 32, 32]);
    let image = dressed.graph.node("Cast", [image], [attr("to", 1)]);
    let half = dressed.graph.scalar(127.5_f32);
    let image = dressed.graph.node("Div", [&image, &half], []);
    let one = dressed.graph.scalar(1.0_f32);
    let image = dressed.graph.node("Sub", [image, one], []);
    let scores = dressed.scores(image);
    dressed.output("y", &scores, 2);
    let outcome = run(&against(&scene, &dressed.model(), Facts::default()));
    same(&outcome, &run(&scene.settings()));
    insta::assert_snapshot!(notes(&outcome), @"other: input range [0, 255] guessed, since it takes bytes; gets values between them as well");
}

#[test]
fn class_names_are_matched_however_they_are_spelled() {
    let scene = Scene::new(CLASSES);
    let mut dressed = Dressed::new(&scene.f2);
    let image = dressed.input("x", FLOAT, None, &[3, 32, 32]);
    let scores = dressed.scores(image);
    let order = dressed.graph.ints(&[2, 0, 1]);
    let scores = dressed.graph.node("Gather", [scores, order], [attr("axis", 1)]);
    dressed.output("y", &scores, 2);
    let model = dressed.model();
    let with = |first: [&str; 3], second: [&str; 3]| {
        let facts =
            |names: [&str; 3]| Facts { classes: Some(names.map(str::to_owned).to_vec()), ..Facts::default() };
        let mut settings = against(&scene, &model, facts(second));
        settings.models[0].facts = facts(first);
        run(&settings)
    };
    let matched = with(["polar bear", "cat", "sea_lion"], ["Sea-Lion", "Polar_Bear", "CAT"]);
    same(&matched, &run(&scene.settings()));
    insta::assert_snapshot!(matched.report.notes[0], @"other: classes put into the order of f1 by their names");
    let unmatched = with(["bear", "cat", "seal"], ["seal", "bear", "feline"]);
    insta::assert_snapshot!(unmatched.report.notes[0], @"other: other class names than f1; classes are compared by their position (--classes names them)");
}

#[test]
fn what_is_guessed_of_several_is_said_once() {
    let scene = Scene::new(CLASSES);
    // Models that say nothing of themselves.
    let [one, two] = [("one", &scene.f1), ("two", &scene.f2)].map(|(name, model)| {
        let mut dressed = Dressed::new(model);
        let image = dressed.input("x", FLOAT, None, &[3, 32, 32]);
        let scores = dressed.scores(image);
        dressed.output("y", &scores, 2);
        scene.save(name, &dressed.model())
    });
    let outcome = run(&Settings { models: vec![one, two], all_pairs: true, ..scene.settings() });
    insta::assert_snapshot!(outcome.report.notes.join("\n"), @r#"
    one, two: input range [-1, 1] assumed, nothing says otherwise
    one, two: logits assumed, since no Softmax comes last
    "#);
}
