//! A GAN's samples: the grid of one epoch, and a scrubber over all of them.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::charts;
use super::pen::{Pen, Title, boxed};
use super::view::View;
use crate::dashboard::state::{Run, XAxis};

/// Draws the screen.
pub(super) fn draw(view: &View<'_>, area: Rect, buffer: &mut Buffer) {
    let theme = view.theme;
    let runs = view.state.gans();
    let Some(run) = view.state.gan() else {
        let mut pen = boxed(buffer, area, &Title { name: "Images", ..Title::default() }, theme.line(), theme);
        pen.wrapped(1, 0, "no GAN yet: n starts a run, and its kind can be gan", theme.faint());
        return;
    };
    let at = runs.iter().position(|other| other.id == run.id).unwrap_or(0);
    let place = format!("{} of {}", at + 1, runs.len());
    let title = Title { name: run.name(), aside: &run.summary(), right: &place, ..Title::default() };
    let mut pen = boxed(buffer, area, &title, theme.line(), theme);
    let Some((sample, picture)) = view.state.sample() else {
        pen.wrapped(
            1,
            0,
            &format!("{} is {} and has drawn no samples yet", run.name(), run.status()),
            theme.faint(),
        );
        return;
    };
    let inner = pen.area();
    let upper = Rect { height: inner.height.saturating_sub(1), ..inner };
    scrubber(
        view,
        run,
        sample,
        &mut Pen::new(pen.buffer(), Rect { y: upper.bottom(), height: inner.height - upper.height, ..inner }),
    );
    if !view.graphics.shows() {
        pen.wrapped(
            1,
            0,
            &format!("pictures are off; this one is {}", picture.path.display()),
            theme.faint(),
        );
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
                let list = charts::charts(&[run]);
                let count = (list.len() as u16).min(column.height / 8).clamp(1, 3);
                for (nth, chart) in list.iter().take(usize::from(count)).enumerate() {
                    let height = column.height / count;
                    let place = Rect { y: column.y + nth as u16 * height, height, ..column };
                    charts::plain(view, chart, &[run], XAxis::Epoch, place, pen.buffer());
                }
            }
        }
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
