//! The charts of some runs, each in a box of its own or plain. It gives numbers their colours.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::Widget as _;

use super::axis::Unit;
use super::chart;
use super::pen::{Pen, Title, boxed};
use super::raster::Stroke;
use super::view::View;
pub(super) use crate::dashboard::state::charts;
use crate::dashboard::state::{self, Chart, Run, View as Shown, XAxis};

/// Draws a chart in a box, as the metrics screen is set to show it.
pub(super) fn in_box(
    view: &View<'_>,
    chart: &Chart,
    runs: &[&Run],
    focused: bool,
    area: Rect,
    buffer: &mut Buffer,
) {
    let theme = view.theme;
    let shown = &view.state.charts;
    let mut right = Vec::new();
    if shown.smoothing > 0.0 {
        right.push(format!("smooth {}", shown.smoothing));
    }
    if shown.logarithmic {
        right.push("log".to_owned());
    }
    let line = if focused { theme.line_focused() } else { theme.line() };
    let title = Title {
        name: &chart.title,
        aside: &chart.legend(),
        right: &right.join(" · "),
        foot: state::x_name(chart, runs, shown.axis),
    };
    let inner = boxed(buffer, area, &title, line, theme).area();
    draw(view, chart, runs, shown, "", inner, buffer);
}

/// Draws a chart without a box: its title, then linear axes without smoothing.
pub(super) fn plain(
    view: &View<'_>,
    chart: &Chart,
    runs: &[&Run],
    axis: XAxis,
    area: Rect,
    buffer: &mut Buffer,
) {
    if area.height < 3 {
        return;
    }
    let mut pen = Pen::new(buffer, area);
    let legend = chart.legend();
    let mut x = pen.pieces(
        1,
        0,
        [(chart.title.as_str(), view.theme.text()), (" ", view.theme.text()), (&legend, view.theme.faint())],
    ) + 1;
    // The last values, as long as they fit; those of several runs are told apart by their colours.
    for run in runs {
        let style = if runs.len() > 1 { view.curve(run) } else { view.theme.faint() };
        let values: Vec<String> = chart.last_values(run).map(|(_, value)| value).collect();
        let values = values.join(" ");
        if values.is_empty() || x + values.len() as u16 + 1 > area.width {
            continue;
        }
        x = pen.put(x, 0, &values, style) + 2;
    }
    let rest = Rect { y: area.y + 1, height: area.height - 1, ..area };
    let name = state::x_name(chart, runs, axis);
    draw(view, chart, runs, &Shown { axis, ..Shown::default() }, name, rest, buffer);
}

fn draw(
    view: &View<'_>,
    chart: &Chart,
    runs: &[&Run],
    shown: &Shown,
    x_name: &str,
    area: Rect,
    buffer: &mut Buffer,
) {
    let curves: Vec<chart::Curve> = state::curves(chart, runs, shown)
        .into_iter()
        .map(|curve| chart::Curve {
            points: curve.points,
            stroke: if curve.dotted { Stroke::Dotted } else { Stroke::Solid },
            style: if curve.behind { view.theme.curve_behind() } else { view.curve(runs[curve.run]) },
        })
        .collect();
    let widget = chart::Chart {
        curves: &curves,
        unit: if chart.share { Unit::Share } else { Unit::Number },
        x_unit: if shown.axis == XAxis::Time { Unit::Time } else { Unit::Number },
        growing: runs.iter().any(|run| run.is_live()),
        // A share stays as it is: its zero and one are what one looks for.
        logarithmic: shown.logarithmic && !chart.share,
        x_name,
        theme: view.theme,
    };
    widget.render(area, buffer);
}
