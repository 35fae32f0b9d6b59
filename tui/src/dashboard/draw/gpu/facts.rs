//! What a GPU says besides its meters: clocks and what keeps them down, memory errors, Xid errors.

use ratatui::style::Style;

use super::super::theme::Theme;
use crate::dashboard::format;
use crate::dashboard::state::machine::{Ecc, Gpu, GpuHistory};

/// Words with their styles.
pub(super) type Fact = (String, Style);

/// Everything that is known, in order.
pub(super) fn facts(gpu: &Gpu, history: &GpuHistory, theme: &Theme) -> Vec<Fact> {
    let mut facts = Vec::new();
    facts.extend(clocks(gpu).map(|words| (words, theme.text())));
    facts.push(throttled(gpu, theme));
    facts.push(ecc(gpu, theme));
    facts.push(xids(gpu, history, theme));
    facts
}

fn clocks(gpu: &Gpu) -> Option<String> {
    let most = gpu.megahertz_most.map_or(String::new(), |most| format!(" of {most}"));
    let memory = gpu.megahertz_memory.map_or(String::new(), |memory| format!(", memory {memory}"));
    Some(format!("{}{most}{memory} MHz", gpu.megahertz?))
}

/// What keeps the clocks down.
pub(super) fn throttled(gpu: &Gpu, theme: &Theme) -> Fact {
    match gpu.throttled.as_deref() {
        None => ("throttling unknown".to_owned(), theme.faint()),
        Some([]) => ("not throttled".to_owned(), theme.faint()),
        Some(reasons) => (format!("throttled: {}", reasons.join(", ")), theme.warning()),
    }
}

fn ecc(gpu: &Gpu, theme: &Theme) -> Fact {
    match gpu.ecc {
        Ecc::Unknown => ("ECC unknown".to_owned(), theme.faint()),
        Ecc::Off => ("ECC off".to_owned(), theme.faint()),
        Ecc::On { corrected: 0, uncorrected: 0 } => ("no ECC errors".to_owned(), theme.faint()),
        Ecc::On { corrected, uncorrected: 0 } => (format!("{corrected} ECC errors corrected"), theme.text()),
        Ecc::On { corrected, uncorrected } => {
            (format!("{uncorrected} ECC errors not corrected, {corrected} corrected"), theme.bad())
        }
    }
}

/// The last Xid error, while the dashboard was open.
pub(super) fn xids(gpu: &Gpu, history: &GpuHistory, theme: &Theme) -> Fact {
    match (history.xids.as_slice(), &gpu.xids) {
        ([.., (at, xid)], _) => {
            let more = match history.xids.len() {
                1 => String::new(),
                count => format!(", {count} in all"),
            };
            (format!("Xid {xid} at {}{more}", format::clock(*at)), theme.bad())
        }
        ([], Some(_)) => ("no Xid".to_owned(), theme.faint()),
        ([], None) => ("Xid unknown".to_owned(), theme.faint()),
    }
}

/// The facts in lines of at most `width` columns, each fact whole.
pub(super) fn in_lines(facts: Vec<Fact>, width: u16) -> Vec<Vec<Fact>> {
    let mut lines: Vec<Vec<Fact>> = Vec::new();
    let mut used = 0;
    for fact in facts {
        let size = fact.0.chars().count() + 3;
        match lines.last_mut().filter(|_| used + size <= usize::from(width) + 3) {
            Some(line) => {
                line.push(fact);
                used += size;
            }
            None => {
                lines.push(vec![fact]);
                used = size;
            }
        }
    }
    lines
}
