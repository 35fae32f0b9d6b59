//! The package's examples do what they say, on small networks.
#![expect(clippy::unwrap_used, reason = "where a helper cannot go on the test has failed")]

mod networks;

#[expect(dead_code, reason = "the test calls what `main` calls")]
#[path = "../examples/distance.rs"]
mod distance;
#[expect(dead_code, reason = "the test calls what `main` calls")]
#[path = "../examples/gradient.rs"]
mod gradient;
#[expect(dead_code, reason = "the test calls what `main` calls")]
#[path = "../examples/saliency.rs"]
mod saliency;

use dissect_onnx::model::Model;
use image::{Rgb, RgbImage};
use networks::{model, narrow, tiny_generator};

#[test]
fn a_gradient_is_written_beside_its_model() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("net.onnx");
    model(&narrow("resnet20", 10), 1).save(&path).unwrap();
    let line = gradient::run(&path, 2).unwrap();
    assert!(line.contains("forward and gradient"), "{line}");
    let written = Model::load(folder.path().join("net-gradient.onnx")).unwrap();
    let names: Vec<_> = written.outputs().unwrap().into_iter().map(|o| o.name).collect();
    assert_eq!(names, ["y", "x_grad"]);
}

#[test]
fn saliency_is_a_picture_of_two_images() {
    let folder = tempfile::tempdir().unwrap();
    let [net, photo, out] = ["net.onnx", "photo.png", "out.png"].map(|name| folder.path().join(name));
    model(&narrow("vgg11", 10), 1).save(&net).unwrap();
    RgbImage::from_fn(40, 30, |x, y| Rgb([6 * x as u8, 8 * y as u8, 90])).save(&photo).unwrap();
    saliency::run(&net, &photo, 3, &out).unwrap();
    let drawn = image::open(&out).unwrap().to_rgb8();
    assert!(drawn.width() > 2 * 4 * 32 && drawn.height() >= 4 * 32, "{:?}", drawn.dimensions());
    let heat = drawn.enumerate_pixels().filter(|(x, _, _)| *x > drawn.width() - 4 * 32);
    let whitest = heat.map(|(_, _, pixel)| pixel.0[0]).max().unwrap();
    assert!(whitest > 200, "the largest gradient is drawn white, found {whitest}");
    let message = saliency::run(&net, &photo, 10, &out).unwrap_err().to_string();
    assert_eq!(message, "class 10 of 10");
}

#[test]
fn distances_come_for_every_further_model() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    model(&tiny_generator(), 3).save(path("g.onnx")).unwrap();
    let models = [1, 2, 3].map(|seed| {
        let path = path(&format!("f{seed}.onnx"));
        model(&narrow("vgg11", 3), seed).save(&path).unwrap();
        path
    });
    let report = distance::run(path("g.onnx"), models.to_vec(), 2, 10).unwrap();
    let names: Vec<_> = report.pairs.iter().map(|pair| pair.f2.as_str()).collect();
    assert_eq!(names, ["f2", "f3"]);
    assert!(report.pairs.iter().all(|pair| pair.dist > 0.0));
}
