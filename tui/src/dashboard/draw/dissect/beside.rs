//! Two dissections beside each other: their bars by place, and how far apart they are, with what is sure of it.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::super::pen::{Pen, Title, boxed};
use super::super::view::View;
use crate::dashboard::format;
use crate::dashboard::state::{Pair, Report, Run};

/// Columns of `+5.500 ± 0.900`.
const FIGURES: u16 = 18;

/// Rows of a pair of bars: both, the difference, and a gap.
const EACH: u16 = 4;

/// Draws them.
pub(super) fn draw(view: &View<'_>, two: [&Run; 2], area: Rect, buffer: &mut Buffer) {
    let theme = view.theme;
    let name = format!("{} beside {}", two[0].name(), two[1].name());
    let title = Title { name: &name, right: "u drops the marks", ..Title::default() };
    let mut pen = boxed(buffer, area, &title, theme.line(), theme);
    let [Some(Ok(first)), Some(Ok(second))] = [&two[0].report, &two[1].report] else { return };
    let reports = [first, second];
    for (nth, report) in reports.iter().enumerate() {
        let style = theme.curve(nth);
        let f1 = format!("{} · f1 {}", two[nth].name(), report.f1.as_str());
        pen.pieces(1, nth as u16, [("█ ", style), (&f1, theme.text())]);
    }
    let largest = reports.iter().map(|report| report.largest()).filter(|largest| largest.is_finite());
    let largest = largest.fold(1e-9, f64::max);
    let mut y = 3;
    for (nth, pairs) in matched(reports).into_iter().enumerate() {
        if y + 2 >= pen.height() && nth > 0 {
            break;
        }
        draw_pair(view, reports, pairs, largest, y, &mut pen);
        y += EACH;
    }
    if y < pen.height() {
        let words =
            "± is the 95 % interval over the starts; that of the difference takes the two for independent";
        pen.wrapped(1, y, words, theme.faint());
    }
}

/// Bars of the same two models, else of the same place.
fn matched(reports: [&Report; 2]) -> Vec<[&Pair; 2]> {
    let [first, second] = reports;
    let same = |pair: &&Pair| {
        second
            .pairs
            .iter()
            .find(|other| other.f2.as_str() == pair.f2.as_str() && second.f1_of(other) == first.f1_of(pair))
    };
    let by_name: Vec<[&Pair; 2]> = first.pairs.iter().filter_map(|pair| Some([pair, same(&pair)?])).collect();
    if by_name.is_empty() {
        first.pairs.iter().zip(&second.pairs).map(|(a, b)| [a, b]).collect()
    } else {
        by_name
    }
}

fn draw_pair(
    view: &View<'_>,
    reports: [&Report; 2],
    pairs: [&Pair; 2],
    largest: f64,
    y: u16,
    pen: &mut Pen<'_>,
) {
    let theme = view.theme;
    let width = pen.width();
    let name = (width / 3).clamp(4, 36);
    let bar = width.saturating_sub(name + FIGURES + 4);
    for (nth, pair) in pairs.into_iter().enumerate() {
        let label = format!("{} → {}", reports[nth].f1_of(pair), pair.f2.as_str());
        let row = y + nth as u16;
        pen.cell(1, row, name, &label, theme.text());
        let dist = pair.dist.unwrap_or(f64::NAN);
        pen.bar(name + 2, row, bar, dist / largest, theme.curve(nth), theme.line());
        let sure = pair.uncertainty(seeds(reports[nth])).map(|half| format!(" ± {}", format::number(half)));
        let figure = format!("{}{}", format::number(dist), sure.unwrap_or_default());
        pen.cell_right(name + bar + 2, row, FIGURES, &figure, theme.text());
    }
    let [Some(a), Some(b)] = [pairs[0].dist, pairs[1].dist] else { return };
    let halves = [0, 1].map(|nth| pairs[nth].uncertainty(seeds(reports[nth])));
    let half = match halves {
        [Some(a), Some(b)] => Some(a.hypot(b)),
        _ => None,
    };
    let difference = b - a;
    let sign = if difference > 0.0 { "+" } else { "" };
    let figure = half.map(|half| format!(" ± {}", format::number(half))).unwrap_or_default();
    let figure = format!("{sign}{}{figure}", format::number(difference));
    let judged = match half {
        Some(half) if difference.abs() > half => ("apart", theme.good()),
        Some(_) => ("not told apart by these starts", theme.warning()),
        None => ("how sure that is, is not said", theme.faint()),
    };
    pen.cell(1, y + 2, name, "difference", theme.faint());
    pen.cell(name + 2, y + 2, bar, judged.0, judged.1);
    pen.cell_right(name + bar + 2, y + 2, FIGURES, &figure, theme.title());
}

fn seeds(report: &Report) -> Option<u64> {
    report.settings.and_then(|settings| settings.seeds)
}
