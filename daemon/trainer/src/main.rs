//! Stub.
fn main() {
    let t = tch::Tensor::from_slice(&[1f32, 2.0]);
    println!("{:?} {}", t, f64::try_from(t.sum(None)).unwrap());
}
