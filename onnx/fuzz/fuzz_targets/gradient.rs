//! Eight bytes are the number of a mutated model, which goes the whole way: inspection, gradient, ONNX Runtime.
#![no_main]

#[path = "../../tests/rules/cases.rs"]
mod cases;
#[path = "../../tests/rules/check.rs"]
#[expect(dead_code, reason = "the models are built here, not checked")]
mod check;
#[path = "../shared/mod.rs"]
mod shared;

use std::sync::OnceLock;

use dissect_onnx::proto::ModelProto;
use libfuzzer_sys::fuzz_target;

static SEEDS: OnceLock<Vec<ModelProto>> = OnceLock::new();

fuzz_target!(|number: u64| {
    let seeds = SEEDS.get_or_init(shared::seeds::all);
    shared::attempt::attempt(shared::mutate::model(seeds, number), true);
});
