//! The models of the home, and those marked to be dissected.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::pen::{Pen, Title, boxed};
use super::view::View;
use crate::dashboard::format;
use crate::dashboard::state::{Model, first_shown, names};

/// Draws the screen.
pub(super) fn draw(view: &View<'_>, area: Rect, buffer: &mut Buffer) {
    let marked = if area.height >= 12 { 5 } else { 0 };
    draw_list(view, Rect { height: area.height - marked, ..area }, buffer);
    if marked > 0 {
        draw_marked(view, Rect { y: area.bottom() - marked, height: marked, ..area }, buffer);
    }
}

fn draw_list(view: &View<'_>, area: Rect, buffer: &mut Buffer) {
    let theme = view.theme;
    let models = &view.state.models;
    let shown = models.shown();
    let aside = match models.filter.trim() {
        "" => format!("{}", shown.len()),
        filter => format!("{} of {} · /{filter}", shown.len(), models.all.len()),
    };
    let title = Title { name: "Models", aside: &aside, right: "", ..Title::default() };
    let mut pen = boxed(buffer, area, &title, theme.line(), theme);
    if shown.is_empty() && !models.all.is_empty() {
        pen.pieces(
            1,
            0,
            [
                ("no model passes the filter; ", theme.text()),
                ("esc", theme.key()),
                (" drops it", theme.faint()),
            ],
        );
        return;
    }
    if shown.is_empty() {
        pen.wrapped(1, 0, "no models: runs export theirs as they go", theme.faint());
        let inbox = format!("your own .onnx files go into {}/models", view.state.home);
        pen.wrapped(1, 1, &inbox, theme.faint());
        return;
    }
    let wide = pen.width() >= 100;
    let about = if wide { (pen.width() - 76) / 2 + 8 } else { 0 };
    let fixed = 3 + 11 + 6 + 7 + 7 + 7 + 5 + 1;
    let name = pen.width().saturating_sub(fixed + if wide { about + 1 } else { 0 });
    let height = pen.height().saturating_sub(1);
    let at = models.cursor.row(&names(&shown)).unwrap_or(0);
    let first = first_shown(at, shown.len(), usize::from(height));
    header(&mut pen, name, about, theme.faint());
    for (row, model) in shown.iter().enumerate().skip(first).take(usize::from(height)) {
        let y = (row - first) as u16 + 1;
        if row == at {
            pen.row_style(y, theme.cursor());
        }
        draw_model(view, model, (name, about), y, &mut pen);
    }
}

fn header(pen: &mut Pen<'_>, name: u16, about: u16, style: Style) {
    let mut x = pen.cell(3, 0, name, "model", style);
    x = pen.cell(x, 0, 11, " role", style);
    x = pen.cell_right(x, 0, 6, "epoch", style);
    x = pen.cell_right(x, 0, 7, "train", style);
    x = pen.cell_right(x, 0, 7, "test", style);
    x = pen.cell_right(x, 0, 7, "size", style);
    x = pen.cell_right(x, 0, 5, "age", style);
    if about > 0 {
        pen.cell(x + 1, 0, about, "what", style);
    }
}

fn draw_model(view: &View<'_>, model: &Model, (name, about): (u16, u16), y: u16, pen: &mut Pen<'_>) {
    let theme = view.theme;
    let state = view.state;
    if let Some(mark) = state.models.marked_as(&model.reference) {
        pen.put(0, y, &mark, theme.key());
    }
    let run = model.origin.as_ref().and_then(|origin| state.runs.get(&origin.run));
    let own = model.path.strip_prefix(&state.home).unwrap_or(&model.path).display().to_string();
    let mut x = pen.cell(3, y, name, run.map_or(&own, |run| run.name()), theme.text());
    let role = model.role.as_str();
    x = pen.cell(x, y, 11, &format!(" {role}"), theme.faint());
    let epoch = match &model.origin {
        Some(origin) => origin.epoch.map_or("final".to_owned(), |epoch| epoch.to_string()),
        None => String::new(),
    };
    x = pen.cell_right(x, y, 6, &epoch, theme.text());
    for metric in ["train_accuracy", "test_accuracy"] {
        let epoch = model.origin.as_ref().and_then(|origin| origin.epoch);
        let value = run.and_then(|run| run.at_epoch(metric, epoch)).map(format::percent).unwrap_or_default();
        x = pen.cell_right(x, y, 7, &value, theme.text());
    }
    x = pen.cell_right(x, y, 7, &format::bytes(model.bytes), theme.faint());
    x = pen.cell_right(x, y, 5, &format::age(state.now - model.modified), theme.faint());
    if about > 0 {
        pen.cell(x + 1, y, about, &model.about, theme.faint());
    }
}

fn draw_marked(view: &View<'_>, area: Rect, buffer: &mut Buffer) {
    let theme = view.theme;
    let models = &view.state.models;
    let mut pen = boxed(buffer, area, &Title { name: "To dissect", ..Title::default() }, theme.line(), theme);
    let label = |reference: &str| {
        let model = models.all.iter().find(|model| model.reference == reference);
        let origin = model.and_then(|model| model.origin.as_ref());
        let run = origin.and_then(|origin| view.state.runs.get(&origin.run));
        match (run, origin.and_then(|origin| origin.epoch)) {
            (Some(run), Some(epoch)) => format!("{}@{epoch}", run.name()),
            (Some(run), None) => run.name().to_owned(),
            (None, _) => reference.rsplit('/').next().unwrap_or(reference).to_owned(),
        }
    };
    let mut x = 1;
    for (nth, reference) in models.classifiers.iter().enumerate() {
        x = pen.pieces(
            x,
            0,
            [(format!("f{} ", nth + 1).as_str(), theme.key()), (&label(reference), theme.text())],
        ) + 2;
    }
    if models.classifiers.is_empty() {
        pen.put(1, 0, "f1 f2", theme.faint());
    }
    let generator = models.generator.as_deref().map(label);
    pen.pieces(1, 1, [("G ", theme.key()), (generator.as_deref().unwrap_or("–"), theme.text())]);
    match models.missing() {
        Some(missing) => pen.put(1, 2, missing, theme.faint()),
        None => pen.pieces(
            1,
            2,
            [("d", theme.key()), (" dissects them: does what excites f1 excite the others?", theme.faint())],
        ),
    };
}
