//! One start: G(z) and what the ascent made of it, the training images that come nearest, and what both models say.

use std::sync::Arc;

use image::RgbImage;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::super::pen::{Pen, Title, boxed};
use super::super::view::View;
use super::{probabilities, starts};
use crate::dashboard::format;
use crate::dashboard::state::{Level, Pictures, Run, Shown};

/// Columns that a picture is worth showing in.
const NARROWEST: u16 = 9;

/// Draws it.
pub(super) fn draw(view: &View<'_>, run: &Run, area: Rect, buffer: &mut Buffer) {
    let theme = view.theme;
    let state = view.state;
    let Some(key) = state.start_key() else {
        boxed(buffer, area, &Title::default(), theme.line(), theme);
        return;
    };
    let alone = state.dissect.level == Level::Start;
    let line = if alone { theme.line_focused() } else { theme.line() };
    let name = match alone {
        true => format!("{} › start {}", starts::path(view, run), key.start),
        false => format!("start {}", key.start),
    };
    let count = state.starts().len();
    let right = format!("{count} starts");
    let mut pen = boxed(buffer, area, &Title { name: &name, right: &right, ..Title::default() }, line, theme);
    let inner = pen.area();
    // The pictures take what the probabilities leave, and at least a third.
    let wanted = probabilities::height(view);
    let upper = inner.height.saturating_sub(wanted).max(inner.height / 2).min(20);
    match state.evidence.pictures(&key) {
        None => {
            pen.put(1, 0, "reading…", theme.faint());
        }
        Some(pictures) => {
            let place = Rect { height: upper, ..inner };
            draw_pictures(view, pictures, place, pen.buffer());
        }
    }
    let lower = Rect { y: inner.y + upper, height: inner.height - upper, ..inner };
    probabilities::draw(view, &key, lower, pen.buffer());
}

/// A picture with what stands under it.
struct Column<'p> {
    title: &'static str,
    picture: Result<&'p Arc<RgbImage>, &'p str>,
    caption: String,
    /// Whether the caption is the class that the pattern is made for.
    same: bool,
    /// A second line.
    more: String,
}

fn draw_pictures(view: &View<'_>, pictures: &Pictures, area: Rect, buffer: &mut Buffer) {
    let theme = view.theme;
    let own_class = view.state.pair().and_then(|(_, pair)| pair.per_class.get(view.state.class_at()?));
    let own_class = own_class.map(super::classes::label);
    let own = |title, shown: &'_ Shown| (title, shown.as_ref().map(Arc::clone).map_err(String::clone));
    let [before, after] = [own("G(z)", &pictures.before), own("x*", &pictures.after)];
    let mut columns: Vec<Column<'_>> = [&before, &after]
        .into_iter()
        .map(|(title, picture)| Column {
            title,
            picture: picture.as_ref().map_err(String::as_str),
            caption: String::new(),
            same: false,
            more: String::new(),
        })
        .collect();
    if let Ok(near) = &pictures.near {
        columns.extend(near.iter().map(|near| Column {
            title: "trained on",
            picture: Ok(&near.picture),
            caption: match &near.truth {
                Some(_) => format!("as {}", near.label),
                None => near.label.clone(),
            },
            same: own_class.as_deref() == Some(near.label.as_str()),
            more: match &near.truth {
                Some(truth) => format!("is {truth}"),
                None => format!("{} away", format::number(near.distance)),
            },
        }));
    }
    let fitting = usize::from(area.width / NARROWEST).max(1);
    columns.truncate(fitting);
    let each = (area.width / columns.len().max(1) as u16).min(area.height.saturating_sub(3).max(4) * 2 + 2);
    for (nth, column) in columns.iter().enumerate() {
        let place = Rect { x: area.x + nth as u16 * each, width: each, ..area };
        draw_column(view, column, place.intersection(area), buffer);
    }
    if let Err(why) = &pictures.near {
        let used = each * columns.len() as u16;
        let rest = Rect { x: area.x + used, width: area.width.saturating_sub(used), ..area };
        if rest.width >= 16 {
            let mut pen = Pen::new(buffer, rest);
            let y = pen.wrapped(1, 0, "no nearest training images:", theme.faint());
            pen.wrapped(1, y, why, theme.faint());
        }
    }
}

fn draw_column(view: &View<'_>, column: &Column<'_>, area: Rect, buffer: &mut Buffer) {
    let theme = view.theme;
    let mut pen = Pen::new(buffer, area);
    let width = pen.width().saturating_sub(1);
    pen.cell(1, 0, width, column.title, theme.faint());
    let captions = u16::from(!column.caption.is_empty()) + u16::from(!column.more.is_empty());
    let place = Rect {
        x: area.x + 1,
        y: area.y + 1,
        width: area.width.saturating_sub(2),
        height: area.height.saturating_sub(1 + captions),
    };
    let mut below = 1;
    match column.picture {
        Ok(picture) if view.graphics.shows() => {
            let size = view.graphics.fitted(picture, place);
            view.graphics.draw(picture, place, buffer);
            below += size.height;
        }
        Ok(_) => {
            pen.cell(1, 1, width, "(off)", theme.faint());
            below += 1;
        }
        Err(message) => below = pen.wrapped(1, 1, message, theme.bad()),
    }
    let mut pen = Pen::new(buffer, area);
    pen.cell(1, below, width, &column.caption, if column.same { theme.good() } else { theme.text() });
    pen.cell(1, below + 1, width, &column.more, theme.faint());
}
