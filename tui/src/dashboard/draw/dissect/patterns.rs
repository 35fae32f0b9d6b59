//! The patterns of a dissection: a row of G(z), then a row for each class, with their names as text.

use image::RgbImage;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use unicode_width::UnicodeWidthStr as _;

use super::super::pen::{Pen, Title, boxed};
use super::super::view::View;
use crate::dashboard::state::Report;

/// Columns that a name may take.
const NAME: u16 = 11;

/// Columns that the distances keep beside the patterns.
const BARS: u16 = 48;

/// The width that the box of the patterns takes beside an area; none where there are no patterns to show.
pub(super) fn width(view: &View<'_>, report: &Report, area: Rect) -> u16 {
    match image(view, area) {
        Some(Ok(image)) => {
            // As wide as the patterns are at this height, at most three fifths, and never so that the bars vanish.
            let most = (area.width * 3 / 5).min(area.width.saturating_sub(BARS));
            let names = names_width(report, image);
            let inside =
                Rect { width: most.saturating_sub(2 + names), height: area.height.saturating_sub(2), ..area };
            view.graphics.fitted(image, inside).width.max(20 - names.min(20)) + names + 2
        }
        Some(Err(_)) => 24.min(area.width / 3),
        None => 0,
    }
}

/// Draws them.
pub(super) fn draw(view: &View<'_>, report: &Report, area: Rect, buffer: &mut Buffer) {
    let theme = view.theme;
    let aside = if area.width >= 34 { "G(z), then by class" } else { "" };
    let title = Title { name: "Patterns", aside, ..Title::default() };
    let mut pen = boxed(buffer, area, &title, theme.line(), theme);
    let inner = pen.area();
    match image(view, Rect { width: u16::MAX, ..area }) {
        Some(Ok(image)) => {
            let names = names_width(report, image);
            let place = Rect { x: inner.x + names, width: inner.width.saturating_sub(names), ..inner };
            let height = view.graphics.fitted(image, place).height;
            draw_names(
                view,
                report,
                image,
                &mut Pen::new(pen.buffer(), Rect { width: names, height, ..inner }),
            );
            view.graphics.draw(image, place, pen.buffer());
        }
        Some(Err(message)) => {
            pen.wrapped(0, 0, message, theme.bad());
        }
        None => {}
    }
}

type Read<'v> = Result<&'v std::sync::Arc<RgbImage>, &'v String>;

fn image<'v>(view: &View<'v>, area: Rect) -> Option<Read<'v>> {
    let path = view.state.patterns().filter(|_| view.graphics.shows() && area.width >= 60)?;
    view.state.images.get(path).map(Result::as_ref)
}

/// The names of the rows, where the sheet has the rows one expects: G(z) once, or above each class.
fn names(report: &Report, image: &RgbImage) -> Vec<String> {
    let classes: Vec<String> = report.class_names();
    let rows = rows(image);
    let start = || "G(z)".to_owned();
    if rows == classes.len() + 1 {
        std::iter::once(start()).chain(classes).collect()
    } else if rows == classes.len() * 2 {
        classes.into_iter().flat_map(|class| [start(), class]).collect()
    } else {
        Vec::new()
    }
}

fn names_width(report: &Report, image: &RgbImage) -> u16 {
    let longest = names(report, image).iter().map(|name| name.width() as u16 + 1).max();
    longest.unwrap_or(0).min(NAME)
}

fn draw_names(view: &View<'_>, report: &Report, image: &RgbImage, pen: &mut Pen<'_>) {
    let names = names(report, image);
    let (height, width) = (usize::from(pen.height()), pen.width());
    // Names need a row each.
    if names.len() > height {
        return;
    }
    for (row, name) in names.iter().enumerate() {
        let middle = (2 * row + 1) * height / (2 * names.len());
        pen.cell(0, middle as u16, width.saturating_sub(1), name, view.theme.faint());
    }
}

/// The rows of tiles of a sheet: stretches of lines that are not all white.
fn rows(image: &RgbImage) -> usize {
    let mut count = 0;
    let mut inside = false;
    for line in image.rows() {
        let mut line = line;
        let blank = line.all(|pixel| pixel.0 == [255; 3]);
        count += usize::from(!blank && !inside);
        inside = !blank;
    }
    count
}

#[cfg(test)]
mod tests {
    use image::Rgb;

    use super::*;

    #[test]
    fn rows_are_counted_between_white_lines() {
        let sheet = RgbImage::from_fn(8, 32, |_, y| if y % 10 < 2 { Rgb([255; 3]) } else { Rgb([1, 2, 3]) });
        assert_eq!(rows(&sheet), 3);
        assert_eq!(rows(&RgbImage::new(0, 0)), 0);
    }
}
