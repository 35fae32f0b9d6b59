//! The curves on the screen as a table: what CSV and JSON files are made of.

use super::extent::extent;
use super::list::{Chart, x_name};
use super::view::View;
use crate::dashboard::state::Run;
use crate::dashboard::state::table::{Cell, Table};

/// Every record in view of these charts, a row each: run, metric, x, the number as written and smoothed, and which
/// record it is.
pub(in crate::dashboard::state) fn table(charts: &[Chart], runs: &[&Run], view: &View) -> Table {
    let names = ["run", "metric", "x", "value", "smoothed", "epoch", "step", "time"];
    let mut table = Table::new(names.map(str::to_owned).to_vec());
    for chart in charts {
        let name = x_name(chart, runs, view.axis);
        let all = || extent(charts, runs, view.axis, view.x_scale, name);
        let Some(window) = view.window.or_else(all) else { continue };
        for run in runs {
            for (kind, metric) in chart.columns() {
                let Some(line) = run.history.line(kind, metric, view.axis) else { continue };
                for index in line.within(window) {
                    let Some(point) = line.point(index) else { continue };
                    table.push(vec![
                        Cell::Text(run.id.clone()),
                        Cell::Text(metric.to_owned()),
                        Cell::Number(line.x(index)),
                        Cell::Number(point.value),
                        line.smoothed(index).map_or(Cell::Nothing, Cell::Number),
                        point.epoch.map_or(Cell::Nothing, |epoch| Cell::Whole(epoch.into())),
                        Cell::Whole(point.step),
                        Cell::Number(point.time),
                    ]);
                }
            }
        }
    }
    table
}
