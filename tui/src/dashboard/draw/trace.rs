//! From a curve's envelope to dots: inside one column of dots its whole range, so that no spike is lost, and lines between
//! columns, cut at the edges.

use super::axis::Axis;
use super::chart::Curve;
use super::raster::{Raster, Stroke};

/// The column of dots at a place, not yet rounded.
pub(super) fn x_dot(place: f64, dots: u16) -> f64 {
    place * f64::from(dots.saturating_sub(1))
}

/// The row of dots at a place, from the top, not yet rounded.
pub(super) fn y_dot(place: f64, dots: u16) -> f64 {
    (1.0 - place) * f64::from(dots.saturating_sub(1))
}

/// Draws a curve.
pub(super) fn trace(raster: &mut Raster, curve: &Curve, x_axis: &Axis, y_axis: &Axis) {
    let (width, height) = (raster.width() as u16, raster.height() as u16);
    let dot = |(x, y): (f64, f64)| Some((x_dot(x_axis.place(x)?, width), y_dot(y_axis.place(y)?, height)));
    let mut before: Option<(f64, f64)> = None;
    for (nth, spot) in curve.envelope.spots.iter().enumerate() {
        let (Some(first), Some(last)) = (dot(spot.first), dot(spot.last)) else {
            before = None;
            continue;
        };
        let from = before.filter(|_| spot.joined);
        if let Some(from) = from {
            segment(raster, from, first, curve.stroke, curve);
        }
        let (Some((_, top)), Some((_, bottom))) =
            (dot((spot.first.0, spot.high)), dot((spot.first.0, spot.low)))
        else {
            continue;
        };
        // A range within one column is a fact, not a stroke: it is never broken.
        let column = first.0.round();
        let leads_on = curve.envelope.spots.get(nth + 1).is_some_and(|next| next.joined);
        if top != bottom {
            segment(raster, (column, top), (column, bottom), Stroke::Solid, curve);
        } else if from.is_none() && !leads_on {
            lone(raster, column, top, curve);
        }
        before = Some(last);
    }
}

/// A point to which no line leads must still be seen: four dots of it.
fn lone(raster: &mut Raster, x: f64, y: f64, curve: &Curve) {
    if !(-1.0..=f64::from(raster.width())).contains(&x) || !(-1.0..=f64::from(raster.height())).contains(&y) {
        return;
    }
    let (x, y) = (x as i32, y.round() as i32);
    for (dx, dy) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
        raster.dot(x - x.rem_euclid(2) + dx, y - y.rem_euclid(2) + dy, curve.style);
    }
}

/// A line of dots, as far as it lies inside.
fn segment(raster: &mut Raster, from: (f64, f64), to: (f64, f64), stroke: Stroke, curve: &Curve) {
    let edges = (f64::from(raster.width()), f64::from(raster.height()));
    let Some((from, to)) = clipped(from, to, edges) else { return };
    let dot = |(x, y): (f64, f64)| (x.round() as i32, y.round() as i32);
    raster.line(dot(from), dot(to), stroke, curve.style);
}

type Place = (f64, f64);

/// The part of a line inside `-1..=width` and `-1..=height`; nothing where it passes by. Liang and Barsky 1984.
fn clipped(from: Place, to: Place, (width, height): Place) -> Option<(Place, Place)> {
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    let (mut enter, mut leave) = (0.0_f64, 1.0_f64);
    for (delta, room) in
        [(-dx, from.0 + 1.0), (dx, width - from.0), (-dy, from.1 + 1.0), (dy, height - from.1)]
    {
        if !(delta.is_finite() && room.is_finite()) || delta == 0.0 && room < 0.0 {
            return None;
        }
        if delta < 0.0 {
            enter = enter.max(room / delta);
        } else if delta > 0.0 {
            leave = leave.min(room / delta);
        }
    }
    let at = |t: f64| (from.0 + t * dx, from.1 + t * dy);
    (enter <= leave).then(|| (at(enter), at(leave)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_cut_at_the_edges_and_keep_their_slope() {
        for (from, to, expected) in [
            ((0.0, 0.0), (5.0, 5.0), Some(((0.0, 0.0), (5.0, 5.0)))),
            ((-11.0, 4.0), (9.0, 4.0), Some(((-1.0, 4.0), (9.0, 4.0)))),
            ((0.0, -1e9), (0.0, 1e9), Some(((0.0, -1.0), (0.0, 10.0)))),
            ((-20.0, 5.0), (-2.0, 5.0), None),
            ((0.0, 50.0), (10.0, 50.0), None),
            ((f64::NAN, 0.0), (1.0, 1.0), None),
            ((0.0, f64::INFINITY), (1.0, 1.0), None),
            ((3.0, 3.0), (3.0, 3.0), Some(((3.0, 3.0), (3.0, 3.0)))),
        ] {
            let found = clipped(from, to, (10.0, 10.0));
            let near = |a: Place, b: Place| (a.0 - b.0).abs() < 1e-6 && (a.1 - b.1).abs() < 1e-6;
            let same = match (found, expected) {
                (Some((a, b)), Some((c, d))) => near(a, c) && near(b, d),
                (found, expected) => found == expected,
            };
            assert!(same, "{from:?} to {to:?}: found {found:?}, expected {expected:?}");
        }
    }
}
