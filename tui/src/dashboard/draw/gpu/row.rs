//! A GPU in one row, where there are too many for boxes.

use super::super::pen::Pen;
use super::super::view::View;
use super::card::run_of;
use super::facts;
use crate::dashboard::format;
use crate::dashboard::state::machine::{Gpu, GpuHistory};

/// Draws it in row `y`: power, use, memory, temperature, and what is wrong, else who works on it.
pub(super) fn draw(view: &View<'_>, gpu: &Gpu, history: &GpuHistory, y: u16, pen: &mut Pen<'_>) {
    let theme = view.theme;
    let mut x = pen.cell(1, y, 8, &format!("cuda:{}", gpu.index), theme.title());
    if let Some(trouble) = &gpu.trouble {
        pen.pieces(x, y, [("cannot be read: ", theme.bad()), (trouble, theme.text())]);
        return;
    }
    let bar = (pen.width() / 12).clamp(3, 16);
    let unknown = || "–".to_owned();
    let watts = gpu.watts.map_or_else(unknown, |watts| format!("{watts:.0} W"));
    let busy = gpu.busy.map_or_else(unknown, format::percent);
    let memory = gpu.memory_used.map_or_else(unknown, format::bytes);
    for (share, figure, width) in
        [(gpu.power_share(), watts, 7), (gpu.busy, busy, 7), (gpu.memory_share(), memory, 7)]
    {
        let style = share.map_or(theme.faint(), |share| theme.load(share));
        x = pen.bar(x, y, bar, share.unwrap_or(0.0), style, theme.line());
        x = pen.cell_right(x, y, width, &figure, theme.text()) + 2;
    }
    let celsius = gpu.celsius.map_or_else(unknown, |celsius| format!("{celsius} °C"));
    x = pen.cell_right(x, y, 6, &celsius, theme.text()) + 2;
    if !history.xids.is_empty() {
        let (words, style) = facts::xids(gpu, history, theme);
        x = pen.put(x, y, &words, style) + 2;
    }
    if let Some(reason) = gpu.throttled.as_ref().and_then(|reasons| reasons.first()) {
        x = pen.put(x, y, reason, theme.warning()) + 2;
    }
    for process in gpu.processes.iter().flatten() {
        x = match run_of(view, process) {
            Some(run) => pen.put(x, y, run.name(), view.curve(run)),
            None => pen.put(x, y, &process.name, theme.faint()),
        } + 2;
    }
}

/// The head of the rows.
pub(super) fn head(view: &View<'_>, pen: &mut Pen<'_>) {
    let bar = (pen.width() / 12).clamp(3, 16);
    let mut x = 9;
    for name in ["power", "busy", "memory"] {
        pen.put(x, 0, name, view.theme.faint());
        x += bar + 9;
    }
}
