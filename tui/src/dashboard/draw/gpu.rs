//! GPUs and host: how busy they are, and for how long they have been.

use std::collections::VecDeque;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::pen::{Pen, Title, boxed};
use super::view::View;
use crate::dashboard::format;
use crate::dashboard::state::machine::{Gpu, GpuHistory, Gpus, Host};

/// A reading older than this is called old.
const OLD: f64 = 10.0;

/// Draws the screen.
pub(super) fn draw(view: &View<'_>, area: Rect, buffer: &mut Buffer) {
    let theme = view.theme;
    let machine = &view.state.machine;
    let (gpus, wanted) = match &machine.gpus {
        Some(Gpus::Present(gpus)) => {
            let height: u16 = gpus.iter().map(gpu_height).sum();
            (gpus.as_slice(), height)
        }
        _ => (&[][..], 3),
    };
    let upper = wanted.min(area.height.saturating_sub(9)).max(area.height.min(3));
    if gpus.is_empty() {
        let mut pen = boxed(
            buffer,
            Rect { height: upper, ..area },
            &Title { name: "GPU", ..Title::default() },
            theme.line(),
            theme,
        );
        let words = match &machine.gpus {
            Some(Gpus::Absent(reason)) => format!("none: {reason}; runs use the CPU"),
            _ => "asking the driver…".to_owned(),
        };
        pen.wrapped(1, 0, &words, theme.faint());
    } else {
        let mut y = area.y;
        for (gpu, history) in gpus.iter().zip(&machine.gpu_history) {
            let height = gpu_height(gpu).min((area.y + upper).saturating_sub(y));
            draw_gpu(view, gpu, history, Rect { y, height, ..area }, buffer);
            y += height;
        }
    }
    let below = Rect { y: area.y + upper, height: area.height - upper, ..area };
    match &machine.host {
        Some(host) => draw_host(view, host, below, buffer),
        None => {
            boxed(buffer, below, &Title { name: "Host", ..Title::default() }, theme.line(), theme).put(
                1,
                0,
                "reading…",
                theme.faint(),
            );
        }
    }
}

fn gpu_height(gpu: &Gpu) -> u16 {
    5 + (gpu.processes.len() as u16).min(6) + u16::from(!gpu.processes.is_empty())
}

/// How old a reading is, where that matters.
fn old(view: &View<'_>, at: f64) -> String {
    let seconds = view.state.now - at;
    if seconds > OLD { format!("driver not answering for {}", format::age(seconds)) } else { String::new() }
}

fn draw_gpu(view: &View<'_>, gpu: &Gpu, history: &GpuHistory, area: Rect, buffer: &mut Buffer) {
    let theme = view.theme;
    let name = format!("cuda:{}", gpu.index);
    let mut right = Vec::new();
    right.extend(gpu.celsius.map(|celsius| format!("{celsius} °C")));
    right.extend(gpu.megahertz.map(|megahertz| format!("{megahertz} MHz")));
    let late = old(view, view.state.machine.gpus_at);
    right.extend(Some(late).filter(|late| !late.is_empty()));
    let title = Title { name: &name, aside: &gpu.name, right: &right.join(" · "), ..Title::default() };
    let mut pen = boxed(buffer, area, &title, theme.line(), theme);
    let of = |part: Option<String>, whole: Option<String>| match (part, whole) {
        (Some(part), Some(whole)) => format!("{part} of {whole}"),
        (Some(part), None) => part,
        _ => "not reported".to_owned(),
    };
    let watts = |watts: f64| format!("{watts:.0} W");
    meter(view, &mut pen, 0, "busy", gpu.busy, &of(gpu.busy.map(format::percent), None), &history.busy);
    let memory = of(gpu.memory_used.map(format::bytes), gpu.memory_total.map(format::bytes));
    meter(view, &mut pen, 1, "memory", gpu.memory_share(), &memory, &history.memory);
    meter(
        view,
        &mut pen,
        2,
        "power",
        gpu.power_share(),
        &of(gpu.watts.map(watts), gpu.watts_limit.map(watts)),
        &history.power,
    );
    if !gpu.processes.is_empty() {
        pen.put(1, 3, &format!("{:>8} {:>8}  process", "pid", "memory"), theme.faint());
    }
    for (nth, process) in gpu.processes.iter().enumerate() {
        let memory = process.memory.map_or("–".to_owned(), format::bytes);
        let run = view.state.runs.values().find(|run| {
            let worker = run.state.as_ref().ok().and_then(|state| state.worker());
            worker.is_some_and(|worker| i64::from(worker.pid) == i64::from(process.pid))
        });
        let words = format!("{:>8} {memory:>8}  {}", process.pid, process.name);
        let at = pen.put(1, 4 + nth as u16, &words, theme.text());
        if let Some(run) = run {
            pen.put(at + 2, 4 + nth as u16, run.name(), view.curve(run));
        }
    }
}

/// A line with a name, a bar, a figure and its history.
fn meter(
    view: &View<'_>,
    pen: &mut Pen<'_>,
    y: u16,
    name: &str,
    share: Option<f64>,
    figure: &str,
    history: &VecDeque<f64>,
) {
    let theme = view.theme;
    let width = pen.width();
    pen.cell(1, y, 8, name, theme.faint());
    let bar = (width / 3).clamp(4, 40);
    let style = share.map_or(theme.faint(), |share| theme.load(share));
    pen.bar(9, y, bar, share.unwrap_or(0.0), style, theme.line());
    let at = pen.cell(9 + bar + 1, y, 18, figure, theme.text());
    let room = usize::from(width.saturating_sub(at + 1));
    let values: Vec<f64> = history.iter().copied().skip(history.len().saturating_sub(room)).collect();
    // The newest stands at the right edge.
    let x = width.saturating_sub(values.len() as u16 + 1);
    pen.sparkline(x.max(at), y, &values, Some((0.0, 1.0)), style);
}

fn draw_host(view: &View<'_>, host: &Host, area: Rect, buffer: &mut Buffer) {
    let theme = view.theme;
    let machine = &view.state.machine;
    let [one, five, fifteen] = host.load;
    let up = format!("up {}", format::age(host.uptime));
    let title = Title {
        name: &host.name,
        aside: &format!("load {one:.2} {five:.2} {fifteen:.2}"),
        right: &up,
        ..Title::default()
    };
    let mut pen = boxed(buffer, area, &title, theme.line(), theme);
    let cores = host.cores.len();
    meter(
        view,
        &mut pen,
        0,
        "CPU",
        Some(host.busy()),
        &format!("{} of {cores} cores", format::percent(host.busy())),
        &machine.busy,
    );
    let memory = format!("{} of {}", format::bytes(host.memory_used), format::bytes(host.memory_total));
    meter(view, &mut pen, 1, "memory", Some(host.memory_share()), &memory, &machine.memory);
    let mut y = 2;
    let nothing = VecDeque::new();
    if host.swap_total > 0 {
        let share = host.swap_used as f64 / host.swap_total as f64;
        let swap = format!("{} of {}", format::bytes(host.swap_used), format::bytes(host.swap_total));
        meter(view, &mut pen, y, "swap", Some(share), &swap, &nothing);
        y += 1;
    }
    if let Some(disk) = &host.disk {
        let share = 1.0 - disk.free as f64 / disk.total.max(1) as f64;
        meter(
            view,
            &mut pen,
            y,
            "disk",
            Some(share),
            &format!("{} free", format::bytes(disk.free)),
            &nothing,
        );
        y += 1;
    }
    let network =
        format!("{}/s in, {}/s out", format::bytes(host.received as u64), format::bytes(host.sent as u64));
    pen.cell(1, y, 8, "network", theme.faint());
    pen.put(9, y, &network, theme.text());
    y += 2;
    draw_cores(view, &host.cores, y, &mut pen);
}

/// A meter for each core, in as many columns as it takes; one block each where there are too many.
fn draw_cores(view: &View<'_>, cores: &[f64], top: u16, pen: &mut Pen<'_>) {
    let theme = view.theme;
    let rows = pen.height().saturating_sub(top);
    if rows == 0 || cores.is_empty() {
        return;
    }
    let digits = cores.len().to_string().len() as u16;
    let columns = (cores.len() as u16).div_ceil(rows);
    let each = (pen.width().saturating_sub(1) / columns).min(40);
    if each < digits + 9 {
        for (nth, core) in cores.iter().enumerate() {
            let across = pen.width().saturating_sub(2).max(1);
            let (x, y) = (nth as u16 % across, nth as u16 / across);
            pen.sparkline(1 + x, top + y, &[*core], Some((0.0, 1.0)), theme.load(*core));
        }
        return;
    }
    for (nth, core) in cores.iter().enumerate() {
        let (x, y) = ((nth as u16 / rows) * each, top + nth as u16 % rows);
        let at = pen.cell_right(x + 1, y, digits, &nth.to_string(), theme.faint()) + 1;
        let at = pen.bar(at, y, each.saturating_sub(digits + 8), *core, theme.load(*core), theme.line());
        pen.cell_right(at, y, 5, &format!("{:.0}%", core * 100.0), Style::new());
    }
}
