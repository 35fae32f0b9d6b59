//! How far the curves of some charts reach along x.

use super::list::{Chart, x_name};
use crate::dashboard::state::Run;
use crate::dashboard::state::line::XAxis;
use crate::dashboard::state::track::Scale;

/// The lowest and highest x of all charts whose x is called `name`: charts side by side share their x axis. Of a
/// logarithmic axis the lowest above zero.
pub fn extent(charts: &[Chart], runs: &[&Run], axis: XAxis, scale: Scale, name: &str) -> Option<(f64, f64)> {
    let mut reach: Option<(f64, f64)> = None;
    let mut take = |low: f64, high: f64| {
        if low.is_finite() && high.is_finite() {
            reach = Some(reach.map_or((low, high), |(a, b)| (a.min(low), b.max(high))));
        }
    };
    for chart in charts.iter().filter(|chart| x_name(chart, runs, axis) == name) {
        for run in runs {
            for (kind, metric) in chart.columns() {
                let Some(line) = run.history.line(kind, metric, axis) else { continue };
                let Some((first, last)) = line.extent() else { continue };
                match scale {
                    Scale::Linear => take(first, last),
                    Scale::Logarithmic => {
                        let above = line.before(f64::MIN_POSITIVE);
                        if above < line.len() {
                            take(line.x(above), last);
                        }
                    }
                }
                // What was given up may reach further than what has come since.
                for (x, _) in
                    run.history.given_up(kind, metric, axis).flatten().filter(|(x, _)| scale.has(*x))
                {
                    take(x, x);
                }
            }
        }
    }
    reach
}
