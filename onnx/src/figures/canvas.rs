//! The few marks that the figures are drawn with, in one style: dark text, thin rules, colours that colour-blind
//! readers can tell apart.

use svg::Document;
use svg::node::element::{Line, Rectangle, Text};

/// The Okabe-Ito palette, blue and orange first as in the paper's figure 2.
pub(super) const COLOURS: [&str; 7] =
    ["#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442"];
pub(super) const INK: &str = "#222222";
pub(super) const FAINT: &str = "#D8D8D8";
const FONT: &str = "DejaVu Sans, Verdana, sans-serif";

/// Where a text hangs on its position.
#[derive(Debug, Clone, Copy)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// A white sheet, in pixels from its upper left corner.
pub(super) struct Canvas {
    document: Document,
}

impl Canvas {
    pub(super) fn new(width: f64, height: f64) -> Self {
        let document = Document::new()
            .set("viewBox", (0.0, 0.0, width, height))
            .set("width", width)
            .set("height", height)
            .set("font-family", FONT);
        Self { document }.rectangle(0.0, 0.0, width, height, "#FFFFFF")
    }

    pub(super) fn rectangle(self, x: f64, y: f64, width: f64, height: f64, fill: &str) -> Self {
        let shape = Rectangle::new()
            .set("x", round(x))
            .set("y", round(y))
            .set("width", round(width))
            .set("height", round(height))
            .set("fill", fill);
        Self { document: self.document.add(shape) }
    }

    pub(super) fn line(self, from: (f64, f64), to: (f64, f64), colour: &str, width: f64) -> Self {
        let shape = Line::new()
            .set("x1", round(from.0))
            .set("y1", round(from.1))
            .set("x2", round(to.0))
            .set("y2", round(to.1))
            .set("stroke", colour)
            .set("stroke-width", width);
        Self { document: self.document.add(shape) }
    }

    pub(super) fn text(self, at: (f64, f64), size: f64, anchor: Anchor, text: &str) -> Self {
        Self { document: self.document.add(label(at, size, anchor, text)) }
    }

    /// Text on a coloured ground.
    pub(super) fn coloured(self, at: (f64, f64), size: f64, colour: &str, text: &str) -> Self {
        Self { document: self.document.add(label(at, size, Anchor::Middle, text).set("fill", colour)) }
    }

    /// Text that reads upwards, for the name of a vertical axis.
    pub(super) fn upright(self, at: (f64, f64), size: f64, text: &str) -> Self {
        let turned = format!("rotate(-90 {} {})", round(at.0), round(at.1));
        Self { document: self.document.add(label(at, size, Anchor::Middle, text).set("transform", turned)) }
    }

    pub(super) fn into_svg(self) -> String {
        self.document.to_string()
    }
}

fn label(at: (f64, f64), size: f64, anchor: Anchor, text: &str) -> Text {
    let anchor = match anchor {
        Anchor::Start => "start",
        Anchor::Middle => "middle",
        Anchor::End => "end",
    };
    // Control characters are not allowed in XML, escaped or not.
    let text: String = text.chars().filter(|c| !c.is_control()).collect();
    Text::new(text)
        .set("x", round(at.0))
        .set("y", round(at.1))
        .set("font-size", size)
        .set("text-anchor", anchor)
        .set("fill", INK)
}

/// How wide a text is drawn, roughly: DejaVu Sans is about 0.6 em a character.
pub(super) fn text_width(text: &str, size: f64) -> f64 {
    text.chars().count() as f64 * size * 0.62
}

/// Breaks a note into lines of at most `columns` characters, between words.
pub(super) fn wrap(text: &str, columns: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= columns => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

fn round(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}
