//! A table of distances as coloured squares with their numbers: a row for each f1, a column for each f2.

use super::canvas::{Anchor, Canvas, INK, text_width, wrap};

/// The figure.
#[derive(Debug, Clone, PartialEq)]
pub struct DistanceTable {
    /// Names of the rows and of the columns.
    pub names: Vec<String>,
    /// `names.len()` rows of as many distances. What is not finite stays white and empty.
    pub values: Vec<Vec<f64>>,
    /// The settings, in small print below.
    pub note: String,
}

const CELL: f64 = 58.0;
const LABEL_SIZE: f64 = 12.0;
const VALUE_SIZE: f64 = 12.0;
const NOTE_SIZE: f64 = 9.0;
const TOP: f64 = 64.0;
/// White and the palette's blue, at the ends of the scale.
const LIGHT: [f64; 3] = [255.0, 255.0, 255.0];
const DARK: [f64; 3] = [0.0, 82.0, 140.0];

impl DistanceTable {
    /// The figure as an SVG document. Colours go from white at 0 to blue at the largest distance.
    pub fn to_svg(&self) -> String {
        let count = self.names.len().max(1) as f64;
        let longest = self.names.iter().map(|name| text_width(name, LABEL_SIZE)).fold(0.0, f64::max);
        let left = longest + 40.0;
        // Names of columns wider than their squares take more room each.
        let pitch = CELL.max(longest + 12.0);
        let note_width = 420.0_f64.max(left + pitch * count);
        let lines = wrap(&self.note, (note_width / (NOTE_SIZE * 0.62)) as usize);
        let base = TOP + CELL * count;
        let height = base + 24.0 + lines.len() as f64 * (NOTE_SIZE + 4.0);
        let largest =
            self.values.iter().flatten().copied().filter(|value| value.is_finite()).fold(0.0, f64::max);

        let mut canvas = Canvas::new(note_width + 16.0, height)
            .text((left + pitch * count / 2.0, 22.0), LABEL_SIZE, Anchor::Middle, "f2")
            .upright((18.0, TOP + CELL * count / 2.0), LABEL_SIZE, "f1");
        for (index, name) in self.names.iter().enumerate() {
            let (x, y) = (left + pitch * (index as f64 + 0.5), TOP + CELL * (index as f64 + 0.5));
            canvas = canvas.text((x, TOP - 12.0), LABEL_SIZE, Anchor::Middle, name).text(
                (left - 10.0, y + LABEL_SIZE * 0.35),
                LABEL_SIZE,
                Anchor::End,
                name,
            );
        }
        for (row, values) in self.values.iter().enumerate() {
            for (column, value) in values.iter().enumerate().filter(|(_, value)| value.is_finite()) {
                let share = if largest > 0.0 { (value / largest).clamp(0.0, 1.0) } else { 0.0 };
                let (x, y) = (left + pitch * column as f64, TOP + CELL * row as f64);
                let ink = if share > 0.55 { "#FFFFFF" } else { INK };
                canvas =
                    canvas.rectangle(x + 1.0, y + 1.0, pitch - 2.0, CELL - 2.0, &colour(share)).coloured(
                        (x + pitch / 2.0, y + CELL / 2.0 + VALUE_SIZE * 0.35),
                        VALUE_SIZE,
                        ink,
                        &format!("{value:.3}"),
                    );
            }
        }
        for (index, line) in lines.iter().enumerate() {
            let at = (8.0, base + 24.0 + index as f64 * (NOTE_SIZE + 4.0));
            canvas = canvas.text(at, NOTE_SIZE, Anchor::Start, line);
        }
        canvas.into_svg()
    }
}

fn colour(share: f64) -> String {
    let channel = |index: usize| (LIGHT[index] + (DARK[index] - LIGHT[index]) * share).round() as u8;
    format!("#{:02X}{:02X}{:02X}", channel(0), channel(1), channel(2))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(values: &[[f64; 2]]) -> DistanceTable {
        let names = vec!["VGG11 (s1)".to_owned(), "ResNet32".to_owned()];
        DistanceTable { names, values: values.iter().map(|row| row.to_vec()).collect(), note: "note".into() }
    }

    #[test]
    fn every_distance_is_written_and_coloured() {
        let svg = table(&[[0.0, 4.5], [2.25, 0.0]]).to_svg();
        for expected in ["4.500", "2.250", "0.000", "VGG11 (s1)", "ResNet32", "#00528C", "#FFFFFF", "#80A9C6"]
        {
            assert!(svg.contains(expected), "{expected}: {svg}");
        }
        assert!(crate::figures::png(&svg, 1.0).is_ok());
    }

    #[test]
    fn what_is_no_number_stays_empty() {
        for table in [table(&[[f64::NAN, 1.0], [f64::INFINITY, 0.0]]), table(&[[0.0; 2]; 2]), table(&[])] {
            let svg = table.to_svg();
            assert!(!svg.contains("NaN") && !svg.contains("inf"));
            assert!(crate::figures::png(&svg, 1.0).is_ok());
        }
    }
}
