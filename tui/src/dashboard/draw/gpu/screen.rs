//! The screen: how the driver stands, the GPUs in boxes or rows, the host.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::super::pen::{Pen, Title, boxed};
use super::super::view::View;
use super::card::Card;
use super::{host, row};
use crate::dashboard::format;
use crate::dashboard::state::machine::{Driver, Gpu, GpuHistory, Gpus};

/// A reading older than this is called old.
pub(super) const OLD: f64 = 10.0;

/// Rows that are left to the host.
const HOST: u16 = 9;

/// Draws the screen.
pub(in super::super) fn draw(view: &View<'_>, area: Rect, buffer: &mut Buffer) {
    let machine = &view.state.machine;
    let said =
        u16::from(state_line(view, &mut Pen::new(buffer, Rect { height: area.height.min(1), ..area })));
    let area = Rect { y: area.y + said, height: area.height.saturating_sub(said), ..area };
    let room = area.height.saturating_sub(HOST).max(area.height.min(3));
    let used = match &machine.gpus {
        Some(Gpus::Present(gpus)) if !gpus.is_empty() => {
            draw_gpus(view, gpus, &machine.gpu_history, Rect { height: room, ..area }, buffer)
        }
        gpus => draw_none(view, gpus.as_ref(), Rect { height: room.min(3), ..area }, buffer),
    };
    let below = Rect { y: area.y + used, height: area.height - used, ..area };
    match &machine.host {
        Some(host) => host::draw(view, host, below, buffer),
        None => {
            let title = Title { name: "Host", ..Title::default() };
            let mut pen = boxed(buffer, below, &title, view.theme.line(), view.theme);
            pen.put(1, 0, "reading…", view.theme.faint());
        }
    }
}

/// Says how the driver stands, where it does not simply answer; whether there was anything to say.
fn state_line(view: &View<'_>, pen: &mut Pen<'_>) -> bool {
    let theme = view.theme;
    let machine = &view.state.machine;
    let ago = |since: f64| format::age((view.state.now - since).max(2.0));
    match machine.driver {
        Driver::Silent { since } => {
            let words = format!("✗ driver not answering for {}", ago(since));
            let x = pen.put(1, 0, &words, theme.bad());
            if matches!(machine.gpus, Some(Gpus::Present(_))) {
                let read = format!("; below is what it said at {} UTC", format::clock(machine.gpus_at));
                pen.put(x, 0, &read, theme.faint());
            }
            true
        }
        Driver::Again { after, .. } => {
            let words = format!("✓ the driver answers again, after {}", format::age(after.max(2.0)));
            pen.put(1, 0, &words, theme.good());
            true
        }
        Driver::Asked | Driver::Answers => false,
    }
}

fn draw_none(view: &View<'_>, gpus: Option<&Gpus>, area: Rect, buffer: &mut Buffer) -> u16 {
    let title = Title { name: "GPU", ..Title::default() };
    let mut pen = boxed(buffer, area, &title, view.theme.line(), view.theme);
    let words = match gpus {
        Some(Gpus::Absent(reason)) => format!("none: {reason}; runs use the CPU"),
        _ => "asking the driver…".to_owned(),
    };
    pen.wrapped(1, 0, &words, view.theme.faint());
    area.height
}

/// Draws as many GPUs as there is room for, in boxes where all of those fit; the rows taken.
fn draw_gpus(view: &View<'_>, gpus: &[Gpu], past: &[GpuHistory], area: Rect, buffer: &mut Buffer) -> u16 {
    let cards: Vec<Card<'_>> =
        gpus.iter().zip(past).map(|(gpu, past)| Card::new(view, gpu, past, area.width)).collect();
    let wanted: u16 = cards.iter().map(Card::height).sum();
    if wanted <= area.height || gpus.len() == 1 {
        let mut used = 0;
        for card in &cards {
            let height = card.height().min(area.height - used);
            card.draw(Rect { y: area.y + used, height, ..area }, buffer);
            used += height;
        }
        return used;
    }
    let theme = view.theme;
    let height = (gpus.len() as u16).saturating_add(3).min(area.height);
    let name = format!("{} GPUs", gpus.len());
    let title = Title { name: &name, aside: &gpus[0].name, ..Title::default() };
    let mut pen = boxed(buffer, Rect { height, ..area }, &title, theme.line(), theme);
    row::head(view, &mut pen);
    let rows = usize::from(pen.height().saturating_sub(1));
    let shown = if gpus.len() > rows { rows.saturating_sub(1) } else { gpus.len() };
    for (nth, (gpu, past)) in gpus.iter().zip(past).take(shown).enumerate() {
        row::draw(view, gpu, past, 1 + nth as u16, &mut pen);
    }
    if shown < gpus.len() {
        pen.put(1, 1 + shown as u16, &format!("and {} more", gpus.len() - shown), theme.faint());
    }
    height
}
