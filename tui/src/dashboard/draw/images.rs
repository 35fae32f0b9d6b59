//! GANs' samples: the grids of one epoch, those of marked GANs beside each other, and a scrubber over all epochs.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::charts;
use super::pen::{Pen, Title, boxed};
use super::view::View;
use crate::dashboard::state::{Picture, Run, XAxis};

/// Columns under which a grid of samples is not worth a place beside another.
const NARROWEST: u16 = 24;

/// Draws the screen.
pub(super) fn draw(view: &View<'_>, area: Rect, buffer: &mut Buffer) {
    let theme = view.theme;
    let Some(front) = view.state.gan() else {
        let mut pen = boxed(buffer, area, &Title { name: "Images", ..Title::default() }, theme.line(), theme);
        pen.wrapped(1, 0, "no GAN yet: n starts a run, and its kind can be gan", theme.faint());
        return;
    };
    let mut shown = view.state.gans_in_view();
    shown.truncate(usize::from(area.width / NARROWEST).max(1));
    let each = area.width / shown.len() as u16;
    for (nth, run) in shown.iter().enumerate() {
        let x = area.x + nth as u16 * each;
        let width = if nth + 1 == shown.len() { area.right() - x } else { each };
        let alone = shown.len() == 1;
        draw_gan(view, run, alone || run.id == front.id, alone, Rect { x, width, ..area }, buffer);
    }
}

fn draw_gan(view: &View<'_>, run: &Run, front: bool, alone: bool, area: Rect, buffer: &mut Buffer) {
    let theme = view.theme;
    let runs = view.state.gans();
    let at = runs.iter().position(|other| other.id == run.id).unwrap_or(0);
    let place = format!("{} of {}", at + 1, runs.len());
    let title = Title { name: run.name(), aside: &run.summary(), right: &place, ..Title::default() };
    let line = if front && !alone { theme.line_focused() } else { theme.line() };
    let mut pen = boxed(buffer, area, &title, line, theme);
    let Some((sample, picture)) = view.state.sample_of(run) else {
        let words = format!("{} is {} and has drawn no samples yet", run.name(), run.status());
        pen.wrapped(1, 0, &words, theme.faint());
        return;
    };
    let inner = pen.area();
    let upper = Rect { height: inner.height.saturating_sub(1), ..inner };
    let lower = Rect { y: upper.bottom(), height: inner.height - upper.height, ..inner };
    scrubber(view, run, sample, &mut Pen::new(pen.buffer(), lower));
    draw_sample(view, run, picture, upper, &mut pen);
}

fn draw_sample(view: &View<'_>, run: &Run, picture: &Picture, upper: Rect, pen: &mut Pen<'_>) {
    let theme = view.theme;
    if !view.graphics.shows() {
        let words = format!("pictures are off; this one is {}", picture.path.display());
        pen.wrapped(1, 0, &words, theme.faint());
        return;
    }
    match view.state.images.get(&picture.path) {
        None => {
            pen.put(1, 0, "reading…", theme.faint());
        }
        Some(Err(message)) => {
            pen.wrapped(1, 0, message, theme.bad());
        }
        Some(Ok(image)) => {
            let size = view.graphics.fitted(image, upper);
            let beside = upper.width - size.width;
            // The losses stand beside the picture, or nothing does and it is centred.
            let left = if beside >= 30 { 0 } else { beside / 2 };
            view.graphics.draw(image, Rect { x: upper.x + left, width: size.width, ..upper }, pen.buffer());
            if beside >= 30 {
                let column = Rect { x: upper.x + size.width + 1, width: beside - 1, ..upper };
                draw_losses(view, run, column, pen.buffer());
            }
        }
    }
}

fn draw_losses(view: &View<'_>, run: &Run, column: Rect, buffer: &mut Buffer) {
    let list = charts::charts(&[run]);
    let count = (list.len() as u16).min(column.height / 8).clamp(1, 3);
    for (nth, chart) in list.iter().take(usize::from(count)).enumerate() {
        let height = column.height / count;
        let place = Rect { y: column.y + nth as u16 * height, height, ..column };
        charts::plain(view, chart, &[run], XAxis::Epoch, place, buffer);
    }
}

fn scrubber(view: &View<'_>, run: &Run, at: usize, pen: &mut Pen<'_>) {
    let theme = view.theme;
    let count = run.pictures.len();
    let label = match run.pictures[at].epoch {
        Some(epoch) => format!("epoch {epoch}"),
        None => format!("{} of {count}", at + 1),
    };
    let x = pen.pieces(1, 0, [("h ", theme.key()), (&label, theme.text()), (" ", theme.text())]);
    let width = pen.width().saturating_sub(x + 4);
    if width < 4 {
        return;
    }
    let place = if count > 1 { (usize::from(width - 1) * at / (count - 1)) as u16 } else { width - 1 };
    pen.put(x, 0, &"━".repeat(usize::from(place)), theme.live());
    pen.put(x + place, 0, "●", theme.accent());
    pen.put(x + place + 1, 0, &"─".repeat(usize::from(width - place - 1)), theme.line());
    pen.put(x + width + 1, 0, "l", theme.key());
}
