//! The outlines, as signed distances: negative inside, in units of the shape's radius. Only sums, products, quotients and
//! square roots, which every machine rounds alike.

/// What an image shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outline {
    Disc,
    Ring,
    Crescent,
    HalfDisc,
    Triangle,
    Square,
    Frame,
    Cross,
    Star,
    Ell,
}

type Point = [f32; 2];

const TRIANGLE: [Point; 3] = [[0.0, -1.0], [0.866, 0.5], [-0.866, 0.5]];
const SQUARE: [Point; 4] = [[-0.75, -0.75], [0.75, -0.75], [0.75, 0.75], [-0.75, 0.75]];
const CROSS: [Point; 12] = [
    [-0.28, -0.95],
    [0.28, -0.95],
    [0.28, -0.28],
    [0.95, -0.28],
    [0.95, 0.28],
    [0.28, 0.28],
    [0.28, 0.95],
    [-0.28, 0.95],
    [-0.28, 0.28],
    [-0.95, 0.28],
    [-0.95, -0.28],
    [-0.28, -0.28],
];
/// Five points on the unit circle, five on one of 0.42.
const STAR: [Point; 10] = [
    [0.0, -1.0],
    [0.2469, -0.3398],
    [0.9511, -0.3090],
    [0.3994, 0.1298],
    [0.5878, 0.8090],
    [0.0, 0.42],
    [-0.5878, 0.8090],
    [-0.3994, 0.1298],
    [-0.9511, -0.3090],
    [-0.2469, -0.3398],
];
const ELL: [Point; 6] = [[-0.7, -0.9], [-0.1, -0.9], [-0.1, 0.3], [0.7, 0.3], [0.7, 0.9], [-0.7, 0.9]];

impl Outline {
    /// In the order of the labels.
    pub(super) const ALL: [Self; 10] = [
        Self::Disc,
        Self::Ring,
        Self::Crescent,
        Self::HalfDisc,
        Self::Triangle,
        Self::Square,
        Self::Frame,
        Self::Cross,
        Self::Star,
        Self::Ell,
    ];

    /// The class's name.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Disc => "disc",
            Self::Ring => "ring",
            Self::Crescent => "crescent",
            Self::HalfDisc => "half-disc",
            Self::Triangle => "triangle",
            Self::Square => "square",
            Self::Frame => "frame",
            Self::Cross => "cross",
            Self::Star => "star",
            Self::Ell => "ell",
        }
    }

    /// The colour that the class leans to, as tomatoes do to red: RGB from 0 to 255.
    pub(super) fn leaning(self) -> [f32; 3] {
        match self {
            Self::Disc => [225.0, 40.0, 40.0],
            Self::Ring => [40.0, 200.0, 50.0],
            Self::Crescent => [50.0, 70.0, 230.0],
            Self::HalfDisc => [235.0, 220.0, 40.0],
            Self::Triangle => [220.0, 50.0, 210.0],
            Self::Square => [40.0, 210.0, 220.0],
            Self::Frame => [235.0, 235.0, 235.0],
            Self::Cross => [20.0, 20.0, 20.0],
            Self::Star => [240.0, 135.0, 30.0],
            Self::Ell => [120.0, 70.0, 30.0],
        }
    }

    /// Signed distance of a point from the outline around the origin; the outline lies within the unit circle, or
    /// slightly beyond it.
    pub(super) fn distance(self, [x, y]: Point) -> f32 {
        match self {
            Self::Disc => length([x, y]) - 0.85,
            Self::Ring => (length([x, y]) - 0.7).abs() - 0.2,
            Self::Crescent => (length([x, y]) - 0.95).max(0.75 - length([x - 0.5, y])),
            Self::HalfDisc => (length([x, y + 0.4]) - 1.0).max(-0.4 - y),
            Self::Triangle => polygon(&TRIANGLE, [x, y]),
            Self::Square => polygon(&SQUARE, [x, y]),
            Self::Frame => (polygon(&SQUARE, [x, y]) + 0.15).abs() - 0.17,
            Self::Cross => polygon(&CROSS, [x, y]),
            Self::Star => polygon(&STAR, [x, y]),
            Self::Ell => polygon(&ELL, [x, y]),
        }
    }
}

fn length([x, y]: Point) -> f32 {
    (x * x + y * y).sqrt()
}

/// Signed distance from a closed polygon, after Quilez, "2D distance functions".
fn polygon(corners: &[Point], [x, y]: Point) -> f32 {
    let mut nearest = f32::MAX;
    let mut sign = 1.0;
    let mut from = corners[corners.len() - 1];
    for &to in corners {
        let (edge, point) = ([from[0] - to[0], from[1] - to[1]], [x - to[0], y - to[1]]);
        let along = (point[0] * edge[0] + point[1] * edge[1]) / (edge[0] * edge[0] + edge[1] * edge[1]);
        let along = along.clamp(0.0, 1.0);
        let away = [point[0] - edge[0] * along, point[1] - edge[1] * along];
        nearest = nearest.min(away[0] * away[0] + away[1] * away[1]);
        let sides = [y >= to[1], y < from[1], edge[0] * point[1] > edge[1] * point[0]];
        if sides == [true; 3] || sides == [false; 3] {
            sign = -sign;
        }
        from = to;
    }
    sign * nearest.sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inside_is_negative_and_distances_are_exact() {
        let check = |outline: Outline, point, expected: f32| {
            let found = outline.distance(point);
            assert!(
                (found - expected).abs() < 1e-4,
                "{outline:?} at {point:?}: {found}, expected {expected}"
            );
        };
        check(Outline::Square, [0.0, 0.0], -0.75);
        check(Outline::Square, [1.75, 0.0], 1.0);
        check(Outline::Square, [0.75 + 3.0, 0.75 + 4.0], 5.0);
        check(Outline::Disc, [3.0, 4.0], 4.15);
        check(Outline::Ring, [0.7, 0.0], -0.2);
        check(Outline::Ring, [0.0, 0.0], 0.5);
        check(Outline::Cross, [0.5, 0.5], 0.22);
        check(Outline::Cross, [0.0, 0.9], -0.05);
        check(Outline::Ell, [0.4, -0.5], 0.5);
        check(Outline::Frame, [0.0, 0.0], 0.43);
        check(Outline::Triangle, [0.0, 0.0], -0.5);
        assert!(Outline::Star.distance([0.0, 0.0]) < -0.3);
        assert!(Outline::Crescent.distance([0.5, 0.0]) > 0.5);
    }

    #[test]
    fn every_outline_covers_a_fair_share_of_its_circle() {
        for outline in Outline::ALL {
            let points =
                (0..10_000).map(|at| [(at % 100) as f32 / 50.0 - 1.0, (at / 100) as f32 / 50.0 - 1.0]);
            let inside = points.filter(|&point| outline.distance(point) < 0.0).count() as f64 / 10_000.0;
            assert!((0.2..0.8).contains(&inside), "{outline:?} covers {inside}");
        }
    }
}
