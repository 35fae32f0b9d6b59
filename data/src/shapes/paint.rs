//! One image: a ground with a slope and a grating, small distractors, the shape with smooth edges, noise.

use rand::{Rng, RngExt};

use super::outline::Outline;
use crate::SIDE;

type Colour = [f32; 3];

/// The least distance between the colours of shape and ground, of 255 * sqrt(3).
const CONTRAST: f32 = 130.0;
/// Half the range of the noise on each value.
const NOISE: std::ops::Range<f32> = 3.0..15.0;
/// How far a shape's colour goes from any colour to the one its class leans to.
const LEAN: std::ops::Range<f32> = 0.25..1.0;

/// Draws one image into `[3, 32, 32]` bytes.
pub(super) fn draw(outline: Outline, random: &mut impl Rng, pixels: &mut [u8]) {
    let mut canvas = ground(random);
    let ground_colour = canvas[SIDE * SIDE / 2 + SIDE / 2];
    for _ in 0..random.random_range(0..4) {
        distract(random, &mut canvas);
    }
    place(outline, random, ground_colour, &mut canvas);
    let noise = random.random_range(NOISE);
    for (at, colour) in canvas.iter().enumerate() {
        for (channel, value) in colour.iter().enumerate() {
            let noisy = value + noise * random.random_range(-1.0_f32..1.0);
            pixels[channel * SIDE * SIDE + at] = (noisy + 0.5).clamp(0.0, 255.0) as u8;
        }
    }
}

/// A colour that changes along one direction, and a grating along another.
fn ground(random: &mut impl Rng) -> Vec<Colour> {
    let (colour, slope, strength) = (colour(random), direction(random), random.random_range(0.0_f32..1.5));
    let (across, period, depth) =
        (direction(random), random.random_range(3.0_f32..12.0), random.random_range(0.0_f32..14.0));
    let phase = random.random_range(0.0_f32..1.0);
    let paint = |[x, y]: [f32; 2]| {
        let turns = (x * across[0] + y * across[1]) / period + phase;
        // A triangle wave between -1 and 1.
        let wave = 4.0 * (turns - turns.floor() - 0.5).abs() - 1.0;
        let shift = strength * (x * slope[0] + y * slope[1]) + depth * wave;
        colour.map(|value| value + shift)
    };
    (0..SIDE * SIDE).map(|at| paint(centre(at))).collect()
}

/// A dot or a short bar, too small to be a shape.
fn distract(random: &mut impl Rng, canvas: &mut [Colour]) {
    let (colour, along) = (colour(random), direction(random));
    let (x, y) = (random.random_range(-15.0_f32..15.0), random.random_range(-15.0_f32..15.0));
    let (half, radius) = (random.random_range(0.0_f32..3.0), random.random_range(0.6_f32..1.4));
    fill(canvas, colour, |[at_x, at_y]| {
        let (dx, dy) = (at_x - x, at_y - y);
        let on = (dx * along[0] + dy * along[1]).clamp(-half, half);
        let (away_x, away_y) = (dx - along[0] * on, dy - along[1] * on);
        (away_x * away_x + away_y * away_y).sqrt() - radius
    });
}

/// The shape somewhere near the middle, of some size, turned a little, in a colour apart from the ground's.
fn place(outline: Outline, random: &mut impl Rng, ground: Colour, canvas: &mut [Colour]) {
    let radius = random.random_range(8.0_f32..12.0);
    let room = 15.0 - radius;
    let (x, y) = (random.random_range(-room..room), random.random_range(-room..room));
    // Up to 30 degrees either way.
    let [cos, sin] = loop {
        let turned = direction(random);
        if turned[0] > 0.866 {
            break turned;
        }
    };
    let leaning = outline.leaning();
    let colour = loop {
        let (any, share) = (colour(random), random.random_range(LEAN));
        let colour: Colour = std::array::from_fn(|at| any[at] + share * (leaning[at] - any[at]));
        let squares: f32 = colour.iter().zip(ground).map(|(a, b)| (a - b) * (a - b)).sum();
        if squares.sqrt() >= CONTRAST {
            break colour;
        }
    };
    fill(canvas, colour, |[at_x, at_y]| {
        let (dx, dy) = ((at_x - x) / radius, (at_y - y) / radius);
        // Beyond 1.2 radii is no outline.
        if dx * dx + dy * dy > 1.44 {
            return f32::MAX;
        }
        radius * outline.distance([cos * dx + sin * dy, cos * dy - sin * dx])
    });
}

/// Blends the colour over the canvas where the distance, in pixels, is negative; half covered at the edge.
fn fill(canvas: &mut [Colour], colour: Colour, distance: impl Fn([f32; 2]) -> f32) {
    for (at, under) in canvas.iter_mut().enumerate() {
        let cover = (0.5 - distance(centre(at))).clamp(0.0, 1.0);
        if cover > 0.0 {
            for (under, over) in under.iter_mut().zip(colour) {
                *under += cover * (over - *under);
            }
        }
    }
}

/// The centre of a pixel, with the image's in the origin.
fn centre(at: usize) -> [f32; 2] {
    let middle = SIDE as f32 / 2.0 - 0.5;
    [(at % SIDE) as f32 - middle, (at / SIDE) as f32 - middle]
}

fn colour(random: &mut impl Rng) -> Colour {
    std::array::from_fn(|_| random.random_range(20.0_f32..235.0))
}

/// A uniformly random unit vector, by rejection: no sine or cosine, which libraries round differently.
fn direction(random: &mut impl Rng) -> [f32; 2] {
    loop {
        let (x, y) = (random.random_range(-1.0_f32..1.0), random.random_range(-1.0_f32..1.0));
        let length = (x * x + y * y).sqrt();
        if (0.1..=1.0).contains(&length) {
            return [x / length, y / length];
        }
    }
}
