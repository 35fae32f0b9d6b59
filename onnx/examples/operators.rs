//! Prints the page of operators that have a gradient.
//!
//! ```console
//! $ cargo run -p dissect-onnx --example operators > docs/operators.md
//! ```

fn main() {
    print!("{}", dissect_onnx::gradient::page());
}
