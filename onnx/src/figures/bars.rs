//! Distances as bars, as in figure 2 of the paper: one place on the axis for each compared model, one colour for
//! each group of models (trained on true labels, on random labels), a black line for the variance over the starts.

use super::axis::Axis;
use super::canvas::{Anchor, COLOURS, Canvas, FAINT, INK, text_width, wrap};

/// One distance.
#[derive(Debug, Clone, PartialEq)]
pub struct Bar {
    /// The compared model, f2.
    pub label: String,
    /// Dist(f1, f2) in nats, the mean over the starts.
    pub value: f64,
    /// The variance over the starts; the line reaches this far above and below the value.
    pub variance: f64,
    /// The interval of the mean, drawn as two short strokes across the line.
    pub interval: Option<[f64; 2]>,
}

/// The distances of one f1, drawn in one colour.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// What the models have in common, for the legend.
    pub name: String,
    /// One bar for each f2. Bars at the same place in several groups stand side by side.
    pub bars: Vec<Bar>,
}

/// The figure.
#[derive(Debug, Clone, PartialEq)]
pub struct Bars {
    /// Groups in the order of their colours.
    pub groups: Vec<Group>,
    /// The settings, in small print below.
    pub note: String,
}

const PLOT_HEIGHT: f64 = 260.0;
const LEFT: f64 = 64.0;
const TOP: f64 = 40.0;
const BAR: f64 = 26.0;
const GAP: f64 = 34.0;
/// Half the length of an interval's ends.
const STROKE: f64 = 5.0;
const LABEL_SIZE: f64 = 12.0;
const NOTE_SIZE: f64 = 9.0;

impl Bars {
    /// The figure as an SVG document. Values that are not finite leave their place empty.
    pub fn to_svg(&self) -> String {
        let largest = self
            .groups
            .iter()
            .flat_map(|group| &group.bars)
            .map(|bar| (bar.value + bar.variance).max(bar.interval.map_or(0.0, |[_, high]| high)))
            .filter(|reach| reach.is_finite())
            .fold(0.0, f64::max);
        let axis = Axis::holding(largest, 5);
        let places = self.places();
        let place = self.place_width(&places);
        let plot = place * places.len().max(1) as f64;
        let base = TOP + PLOT_HEIGHT;
        let legend = self.groups.iter().map(|group| text_width(&group.name, LABEL_SIZE) + 44.0).sum::<f64>();
        let note = wrap(&self.note, ((LEFT + plot.max(legend)) / (NOTE_SIZE * 0.62)) as usize);
        let width = LEFT + plot.max(legend) + 20.0;
        let height = base + 44.0 + note.len() as f64 * (NOTE_SIZE + 4.0);
        let y = |value: f64| base - value / axis.top * PLOT_HEIGHT;

        let mut canvas = Canvas::new(width, height);
        for tick in axis.ticks() {
            let colour = if tick == 0.0 { INK } else { FAINT };
            canvas = canvas.line((LEFT, y(tick)), (LEFT + plot, y(tick)), colour, 1.0).text(
                (LEFT - 8.0, y(tick) + 4.0),
                11.0,
                Anchor::End,
                &axis.label(tick),
            );
        }
        canvas = canvas.upright((18.0, TOP + PLOT_HEIGHT / 2.0), LABEL_SIZE, "Dist(f1, f2) in nats");
        for (index, label) in places.iter().enumerate() {
            let middle = LEFT + place * (index as f64 + 0.5);
            canvas = canvas.text((middle, base + 20.0), LABEL_SIZE, Anchor::Middle, label);
        }
        for (number, group) in self.groups.iter().enumerate() {
            for (index, bar) in group.bars.iter().enumerate() {
                if !bar.value.is_finite() {
                    continue;
                }
                let left = LEFT
                    + place * (index as f64 + 0.5)
                    + BAR * (number as f64 - self.groups.len() as f64 / 2.0);
                let middle = left + BAR / 2.0;
                let spread = if bar.variance.is_finite() { bar.variance } else { 0.0 };
                canvas = canvas
                    .rectangle(left + 1.5, y(bar.value), BAR - 3.0, base - y(bar.value), colour(number))
                    .line(
                        (middle, y((bar.value - spread).max(0.0))),
                        (middle, y(bar.value + spread)),
                        "#000000",
                        2.0,
                    );
                for end in bar.interval.into_iter().flatten().filter(|end| end.is_finite()) {
                    let (from, to) = ((middle - STROKE, y(end)), (middle + STROKE, y(end)));
                    canvas = canvas.line(from, to, "#000000", 1.2);
                }
            }
        }
        let mut x = LEFT;
        for (number, group) in self.groups.iter().enumerate() {
            canvas = canvas.rectangle(x, 14.0, 12.0, 12.0, colour(number)).text(
                (x + 18.0, 24.0),
                LABEL_SIZE,
                Anchor::Start,
                &group.name,
            );
            x += text_width(&group.name, LABEL_SIZE) + 44.0;
        }
        for (index, line) in note.iter().enumerate() {
            let at = (8.0, base + 44.0 + index as f64 * (NOTE_SIZE + 4.0));
            canvas = canvas.text(at, NOTE_SIZE, Anchor::Start, line);
        }
        canvas.into_svg()
    }

    /// The labels under the axis: where the groups name a place differently, all the names.
    fn places(&self) -> Vec<String> {
        let count = self.groups.iter().map(|group| group.bars.len()).max().unwrap_or(0);
        (0..count)
            .map(|index| {
                let mut names: Vec<&str> = Vec::new();
                for bar in self.groups.iter().filter_map(|group| group.bars.get(index)) {
                    if !names.contains(&bar.label.as_str()) {
                        names.push(&bar.label);
                    }
                }
                names.join(" / ")
            })
            .collect()
    }

    fn place_width(&self, places: &[String]) -> f64 {
        let bars = BAR * self.groups.len() as f64 + GAP;
        let label = places.iter().map(|label| text_width(label, LABEL_SIZE)).fold(0.0, f64::max);
        bars.max(label + 16.0).max(96.0)
    }
}

fn colour(group: usize) -> &'static str {
    COLOURS[group % COLOURS.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figure() -> Bars {
        let bar =
            |label: &str, value, variance| Bar { label: label.to_owned(), value, variance, interval: None };
        let group = |name: &str, bars| Group { name: name.to_owned(), bars };
        Bars {
            groups: vec![
                group("true labels", vec![bar("VGG11(s2)", 0.57, 0.03), bar("VGG13 <&>", 0.8, 0.1)]),
                group("random labels", vec![bar("VGG11(s2)", 3.54, 0.2), bar("VGG13 <&>", 4.1, 0.3)]),
            ],
            note: "8 starts, 200 steps, learning rate 0.05; black lines: variance over the starts".to_owned(),
        }
    }

    #[test]
    fn every_bar_line_label_and_group_is_drawn_and_escaped() {
        let svg = figure().to_svg();
        for (number, group) in figure().groups.iter().enumerate() {
            // A bar each and the legend's square.
            assert_eq!(svg.matches(&format!("fill=\"{}\"", colour(number))).count(), group.bars.len() + 1);
            assert!(svg.contains(&group.name));
        }
        assert_eq!(svg.matches("stroke=\"#000000\"").count(), 4);
        assert!(svg.contains("VGG13 &lt;&amp;&gt;"), "{svg}");
    }

    #[test]
    fn bars_are_as_high_as_their_values() {
        let svg = figure().to_svg();
        // The axis goes to 5 nats over 260 pixels.
        let height =
            |value: f64| format!("height=\"{}\"", (value / 5.0 * PLOT_HEIGHT * 100.0).round() / 100.0);
        for value in [0.57, 0.8, 3.54, 4.1] {
            assert!(svg.contains(&height(value)), "no bar of height {}", height(value));
        }
    }

    #[test]
    fn nothing_to_draw_is_still_a_picture() {
        let empty = Bars { groups: Vec::new(), note: String::new() };
        assert!(crate::figures::png(&empty.to_svg(), 1.0).is_ok());
        let mut figure = figure();
        figure.groups[0].bars[0].value = f64::NAN;
        assert!(!figure.to_svg().contains("NaN"));
    }
}
