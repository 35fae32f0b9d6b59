//! Two more dissections in a world, with the arrays beside their reports: three models, each of which was f1 once, and a
//! plain one to compare it with.

use std::fs;

use dissect_onnx::npy::written;
use dissect_runs::folder::RunFolder;

use super::world::World;

/// Ids of the two.
pub(super) const PAIRS: &str = "20261123-101508-dissect-pairs";
pub(super) const OTHER: &str = "20261123-101509-dissect-other";

/// Classes and starts of the arrays, and pixels of a side.
const CLASSES: usize = 3;
const STARTS: usize = 5;
const SIDE: usize = 8;

const MODELS: [&str; 3] = ["vgg11-true-s1", "vgg11-random-s1", "vgg11-random-s2"];

/// Puts them into the world.
pub(super) fn dissect_pairs(world: &World) {
    let spec = |name: &str| {
        format!(
            "kind = \"dissect\"\nname = \"{name}\"\ngenerator = \"run:gan-shapes\"\nseeds = {STARTS}\nsteps = 100\n\
             all_pairs = true\nmodels = [\"run:vgg11-true-s1\", \"run:vgg11-random-s1\", \"run:vgg11-random-s2\"]\n"
        )
    };
    let pairs = world.finished("101508", &spec("dissect-pairs"));
    write(&pairs, &report(1.0));
    arrays(&pairs);
    let other = world.finished("101509", &spec("dissect-other"));
    write(&other, &report(0.4));
    arrays(&other);
}

fn write(run: &RunFolder, report: &serde_json::Value) {
    fs::create_dir_all(run.results()).unwrap();
    fs::write(run.results().join("report.json"), serde_json::to_vec(report).unwrap()).unwrap();
}

/// A report of all pairs whose distances are multiplied by `scale`.
fn report(scale: f64) -> serde_json::Value {
    let names = ["disc", "ring", "square"];
    let dist =
        |f1: usize, f2: usize| if f1 == f2 { 0.0 } else { scale * (1.5 + 2.0 * f1 as f64 + f2 as f64) };
    let each = || (0..3).flat_map(|f1| (0..3).filter(move |f2| *f2 != f1).map(move |f2| (f1, f2)));
    let pair = |(f1, f2): (usize, usize)| {
        let mean = dist(f1, f2);
        let classes: Vec<_> = (names.iter().enumerate())
            .map(|(class, name)| {
                serde_json::json!({
                    "class": class, "name": name, "mean": mean + class as f64 - 1.0, "std": 0.4, "agreement": 0.25,
                    "before": 0.5, "success_rate": 0.5,
                })
            })
            .collect();
        serde_json::json!({
            "f1": MODELS[f1], "f2": MODELS[f2], "dist": mean, "variance": 0.25, "std": 0.5, "per_class": classes,
            "agreement": 0.3, "before": mean / 3.0,
            "on_patterns": {"dist": mean, "interval": [mean - 0.4, mean + 0.4]},
        })
    };
    let table = |value: &dyn Fn(usize, usize) -> f64| -> Vec<Vec<f64>> {
        (0..3).map(|f1| (0..3).map(|f2| value(f1, f2)).collect()).collect()
    };
    serde_json::json!({
        "settings": {"seeds": STARTS, "steps": 100},
        "models": MODELS.map(|name| serde_json::json!({"name": name, "path": format!("/models/{name}.onnx")})),
        "f1": MODELS[0],
        "activation": {"before": 0.1, "after": 0.97},
        "pairs": each().map(pair).collect::<Vec<_>>(),
        "baselines": [{"f1": MODELS[0], "itself": 0.0, "untrained": {"on_patterns": {"dist": 6.5, "interval": null}}}],
        "matrix": {
            "models": MODELS,
            "dist": table(&dist),
            "jensen_shannon": table(&|f1, f2| dist(f1, f2) / 20.0),
            "agreement": table(&|f1, f2| if f1 == f2 { 1.0 } else { 0.3 }),
            "before": table(&|f1, f2| dist(f1, f2) / 3.0),
        },
    })
}

/// The arrays of a dissection: probabilities that favour the pattern's class more after the ascent, pictures in a
/// gradient of grey, and neighbours of the first two starts.
fn arrays(run: &RunFolder) {
    let results = run.results();
    let save =
        |name: &str, bytes: std::io::Result<Vec<u8>>| fs::write(results.join(name), bytes.unwrap()).unwrap();
    let size = 3 * SIDE * SIDE;
    let shade = |count: usize| -> Vec<f32> {
        (0..count * size).map(|at| ((at / size * 5 + at % SIDE * 3) % 20) as f32 / 10.0 - 1.0).collect()
    };
    save("before.npy", written(&[1, STARTS, 3, SIDE, SIDE], &shade(STARTS)));
    for (turn, suffix) in ["", "-2", "-3"].into_iter().enumerate() {
        let mut logits = Vec::new();
        for when in 0..2 {
            for model in 0..MODELS.len() {
                for (class, start) in
                    (0..CLASSES).flat_map(|class| (0..STARTS).map(move |start| (class, start)))
                {
                    let high =
                        if when == 1 && model == turn { 5.0 + start as f32 } else { 0.3 * model as f32 };
                    logits.extend((0..CLASSES).map(|output| if output == class { high } else { 0.0_f32 }));
                }
            }
        }
        save(&format!("answers{suffix}.npy"), written(&[2, 3, CLASSES, STARTS, CLASSES], &logits));
        save(
            &format!("patterns{suffix}.npy"),
            written(&[CLASSES, STARTS, 3, SIDE, SIDE], &shade(CLASSES * STARTS)),
        );
    }
    let near =
        |n: usize| serde_json::json!({"index": n, "distance": 0.05 * n as f64, "label": n % 3, "truth": 0});
    let of_start = [near(1), near(2), near(3)];
    let told = serde_json::json!({
        "dataset": "shapes", "images": 600, "classes": ["disc", "ring", "square"],
        "nearest": vec![vec![of_start; 2]; CLASSES],
    });
    fs::write(results.join("nearest.json"), told.to_string()).unwrap();
    save("nearest.npy", written(&[CLASSES, 2, 3, 3, SIDE, SIDE], &vec![200_u8; CLASSES * 2 * 3 * size]));
}
