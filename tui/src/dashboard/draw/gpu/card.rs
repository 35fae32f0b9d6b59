//! A GPU in a box: meters, facts, parts and processes.

use std::collections::VecDeque;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::super::pen::{Pen, Title, boxed};
use super::super::view::View;
use super::facts::{Fact, facts, in_lines};
use super::meter::Meter;
use crate::dashboard::format;
use crate::dashboard::state::Run;
use crate::dashboard::state::machine::{Gpu, GpuHistory, GpuProcess};

/// Processes listed before the rest is a number.
const LISTED: usize = 6;

/// What a box shows, by rows.
pub(super) struct Card<'a> {
    view: &'a View<'a>,
    gpu: &'a Gpu,
    history: &'a GpuHistory,
    facts: Vec<Vec<Fact>>,
}

impl<'a> Card<'a> {
    /// A box of this width for a GPU.
    pub(super) fn new(view: &'a View<'a>, gpu: &'a Gpu, history: &'a GpuHistory, width: u16) -> Self {
        let facts = in_lines(facts(gpu, history, view.theme), width.saturating_sub(4));
        Self { view, gpu, history, facts }
    }

    /// Rows it takes.
    pub(super) fn height(&self) -> u16 {
        if self.gpu.trouble.is_some() {
            return 3;
        }
        let processes = match &self.gpu.processes {
            Ok(processes) if processes.is_empty() => 0,
            Ok(processes) => 1 + processes.len().min(LISTED) + usize::from(processes.len() > LISTED),
            Err(_) => 1,
        };
        (5 + self.facts.len() + self.gpu.slices.len() + processes) as u16
    }

    pub(super) fn draw(&self, area: Rect, buffer: &mut Buffer) {
        let theme = self.view.theme;
        let gpu = self.gpu;
        let name = format!("cuda:{}", gpu.index);
        let right = gpu.celsius.map(|celsius| format!("{celsius} °C")).unwrap_or_default();
        let title = Title { name: &name, aside: &gpu.name, right: &right, ..Title::default() };
        let mut pen = boxed(buffer, area, &title, theme.line(), theme);
        if let Some(trouble) = &gpu.trouble {
            pen.pieces(1, 0, [("cannot be read: ", theme.bad()), (trouble, theme.text())]);
            return;
        }
        self.meters(&mut pen);
        let mut y = 3;
        for line in &self.facts {
            let mut x = 1;
            for (words, style) in line {
                if x > 1 {
                    x = pen.put(x, y, " · ", theme.line());
                }
                x = pen.put(x, y, words, *style);
            }
            y += 1;
        }
        let nothing = VecDeque::new();
        for slice in &gpu.slices {
            let (used, total) = (slice.memory_used, slice.memory_total);
            let share = used.zip(total).map(|(used, total)| used as f64 / total.max(1) as f64);
            let figure = of(used.map(format::bytes), total.map(format::bytes));
            let name = format!("MIG {}", slice.index);
            Meter { name: &name, share, figure: &figure, history: &nothing }.draw(self.view, &mut pen, y);
            y += 1;
        }
        self.processes(&mut pen, y);
    }

    /// Power first: a GPU is busy whenever any kernel runs, but only what works draws power.
    fn meters(&self, pen: &mut Pen<'_>) {
        let (gpu, history) = (self.gpu, self.history);
        let watts = |watts: f64| format!("{watts:.0} W");
        let power = of(gpu.watts.map(watts), gpu.watts_limit.map(watts));
        let busy = of(gpu.busy.map(format::percent), None);
        let memory = of(gpu.memory_used.map(format::bytes), gpu.memory_total.map(format::bytes));
        for (y, (name, share, figure, history)) in [
            ("power", gpu.power_share(), &power, &history.power),
            ("busy", gpu.busy, &busy, &history.busy),
            ("memory", gpu.memory_share(), &memory, &history.memory),
        ]
        .into_iter()
        .enumerate()
        {
            Meter { name, share, figure, history }.draw(self.view, pen, y as u16);
        }
    }

    fn processes(&self, pen: &mut Pen<'_>, top: u16) {
        let theme = self.view.theme;
        let processes = match &self.gpu.processes {
            Ok(processes) if processes.is_empty() => return,
            Ok(processes) => processes,
            Err(why) => {
                pen.pieces(1, top, [("processes unknown: ", theme.faint()), (why, theme.faint())]);
                return;
            }
        };
        let split = !self.gpu.slices.is_empty();
        let mig = if split { "MIG  " } else { "" };
        pen.put(1, top, &format!("{:>8} {:>8}  {mig}process", "pid", "memory"), theme.faint());
        for (nth, process) in processes.iter().take(LISTED).enumerate() {
            let y = top + 1 + nth as u16;
            let memory = process.memory.map_or("–".to_owned(), format::bytes);
            let slice = match process.slice.filter(|_| split) {
                Some(slice) => format!("{slice:>3}  "),
                None => String::new(),
            };
            let words = format!("{:>8} {memory:>8}  {slice}{}", process.pid, process.name);
            let at = pen.put(1, y, &words, theme.text());
            if let Some(run) = run_of(self.view, process) {
                pen.put(at + 2, y, run.name(), self.view.curve(run));
            }
        }
        if processes.len() > LISTED {
            let more = format!("and {} more", processes.len() - LISTED);
            pen.put(20, top + 1 + LISTED as u16, &more, theme.faint());
        }
    }
}

/// The run whose worker a process is.
pub(super) fn run_of<'a>(view: &View<'a>, process: &GpuProcess) -> Option<&'a Run> {
    view.state.runs.values().find(|run| {
        let worker = run.state.as_ref().ok().and_then(|state| state.worker());
        worker.is_some_and(|worker| i64::from(worker.pid) == i64::from(process.pid))
    })
}

fn of(part: Option<String>, whole: Option<String>) -> String {
    match (part, whole) {
        (Some(part), Some(whole)) => format!("{part} of {whole}"),
        (Some(part), None) => part,
        _ => "not reported".to_owned(),
    }
}
