//! Which pixels a class depends on (Simonyan, Vedaldi and Zisserman 2014): the picture beside the size of the class
//! score's gradient at each of its pixels.
//!
//! ```console
//! $ cargo run --release --example saliency -- model.onnx photo.png 3 saliency.png
//! ```
//!
//! The model takes images `[batch, 3, height, width]` in [-1, 1], as the networks of this project do.

use std::error::Error;
use std::path::Path;

use dissect_onnx::figures::{Row, Sheet};
use dissect_onnx::gradient::{Options, differentiate};
use dissect_onnx::model::{Dim, Model};
use dissect_onnx::session::{Session, SessionOptions};
use dissect_onnx::tensor::Tensor;
use image::imageops::{FilterType, resize};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [model, picture, class, out] = arguments.as_slice() else {
        return Err("usage: saliency MODEL.onnx PICTURE.png CLASS OUT.png".into());
    };
    run(Path::new(model), Path::new(picture), class.parse()?, Path::new(out))
}

/// Draws the picture and its saliency side by side.
pub(crate) fn run(model: &Path, picture: &Path, class: usize, out: &Path) -> Result<(), Box<dyn Error>> {
    let model = Model::load(model)?;
    let (inputs, outputs) = (model.inputs()?, model.outputs()?);
    let (Some(input), Some(output)) = (inputs.first(), outputs.first()) else {
        return Err("the model has no input or no output".into());
    };
    let (Some([_, Dim::Fixed(3), Dim::Fixed(height), Dim::Fixed(width)]), Some([_, Dim::Fixed(classes)])) =
        (input.dims.as_deref(), output.dims.as_deref())
    else {
        return Err(format!(
            "expected images [batch, 3, h, w] to [batch, classes], found {input} to {output}"
        )
        .into());
    };
    if class >= *classes {
        return Err(format!("class {class} of {classes}").into());
    }
    let pixels =
        resize(&image::open(picture)?.to_rgb8(), *width as u32, *height as u32, FilterType::Triangle);
    let mut values = vec![0_f32; 3 * height * width];
    for (x, y, pixel) in pixels.enumerate_pixels() {
        for (channel, value) in pixel.0.iter().enumerate() {
            values[(channel * height + y as usize) * width + x as usize] = f32::from(*value) / 127.5 - 1.0;
        }
    }
    let image = Tensor::from_vec(&[1, 3, *height, *width], &values);
    let hot: Vec<f32> = (0..*classes).map(|c| f32::from(u8::from(c == class))).collect();
    let hot = Tensor::from_vec(&[1, *classes], &hot);

    let gradient = differentiate(&model, &Options::default())?;
    let mut session = Session::new(&gradient, &SessionOptions::default())?;
    let cotangent = format!("{}_grad", output.name);
    let results = session.run([(input.name.as_str(), &image), (cotangent.as_str(), &hot)])?;
    let slopes = results[&format!("{}_grad", input.name)].to_vec::<f32>()?;

    // The largest over the three channels, as in the paper, from black to white.
    let plane = height * width;
    let sizes: Vec<f32> =
        (0..plane).map(|p| (0..3).map(|c| slopes[c * plane + p].abs()).fold(0.0, f32::max)).collect();
    let largest = sizes.iter().copied().fold(f32::MIN_POSITIVE, f32::max);
    let heat: Vec<f32> =
        (0..3).flat_map(|_| sizes.iter().map(move |size| 2.0 * size / largest - 1.0)).collect();
    let row = Row { label: format!("class {class}"), images: vec![&values, &heat] };
    std::fs::write(out, Sheet { height: *height, width: *width, rows: vec![row], scale: 4 }.to_png()?)?;
    Ok(())
}
