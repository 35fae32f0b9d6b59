//! The host: processors, memory, disk and network.

use std::collections::VecDeque;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::super::pen::{Pen, Title, boxed};
use super::super::view::View;
use super::meter::{Meter, NAMES, history};
use super::screen::OLD;
use crate::dashboard::format;
use crate::dashboard::state::machine::Host;

/// Draws the box.
pub(super) fn draw(view: &View<'_>, host: &Host, area: Rect, buffer: &mut Buffer) {
    let theme = view.theme;
    let machine = &view.state.machine;
    let [one, five, fifteen] = host.load;
    let age = view.state.now - machine.host_at;
    let old = if age > OLD { format!("read {} ago · ", format::age(age)) } else { String::new() };
    let right = format!("{old}up {}", format::age(host.uptime));
    let load = format!("load {one:.2} {five:.2} {fifteen:.2}");
    let title = Title { name: &host.name, aside: &load, right: &right, ..Title::default() };
    let mut pen = boxed(buffer, area, &title, theme.line(), theme);
    let nothing = VecDeque::new();
    let cores = format!("{} of {} cores", format::percent(host.busy()), host.cores.len());
    let part = |used: u64, total: u64| format!("{} of {}", format::bytes(used), format::bytes(total));
    let memory = part(host.memory_used, host.memory_total);
    let mut meters = vec![
        ("CPU", host.busy(), cores, &machine.busy),
        ("memory", host.memory_share(), memory, &machine.memory),
    ];
    if host.swap_total > 0 {
        let share = host.swap_used as f64 / host.swap_total as f64;
        meters.push(("swap", share, part(host.swap_used, host.swap_total), &nothing));
    }
    if let Some(disk) = &host.disk {
        let share = 1.0 - disk.free as f64 / disk.total.max(1) as f64;
        meters.push(("disk", share, format!("{} free", format::bytes(disk.free)), &nothing));
    }
    let mut y = 0;
    for (name, share, figure, history) in meters {
        Meter { name, share: Some(share), figure: &figure, history }.draw(view, &mut pen, y);
        y += 1;
    }
    let rate = |bytes: f64| format!("{}/s", format::bytes(bytes as u64));
    let network = format!("{} in, {} out", rate(host.received), rate(host.sent));
    pen.cell(1, y, NAMES - 1, "network", theme.faint());
    let bar = (pen.width() / 3).clamp(4, 40);
    pen.put(NAMES, y, &network, theme.text());
    let both: VecDeque<f64> = machine.received.iter().zip(&machine.sent).map(|(a, b)| a + b).collect();
    let most = both.iter().copied().fold(1.0, f64::max);
    history(&mut pen, NAMES + bar + 19, y, &both, Some((0.0, most)), theme.live());
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
