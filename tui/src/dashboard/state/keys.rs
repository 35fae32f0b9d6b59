//! Which key does what, as one table: it moves the dashboard, fills the footer and is the help page.
//!
//! It knows no state: whether an action makes sense just now is asked of [`super::State::offers`].

use super::Screen;

/// A key as the dashboard tells them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Key {
    /// A character, shifted or not.
    Char(char),
    /// A character with control.
    Control(char),
    /// Arrow up.
    Up,
    /// Arrow down.
    Down,
    /// Arrow left.
    Left,
    /// Arrow right.
    Right,
    /// A page up.
    PageUp,
    /// A page down.
    PageDown,
    /// To the beginning.
    Home,
    /// To the end.
    End,
    /// Enter.
    Enter,
    /// Escape.
    Escape,
    /// Tab.
    Tab,
    /// Shift and tab.
    BackTab,
    /// Delete backwards.
    Backspace,
    /// Delete forwards.
    Delete,
}

/// Something to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Put a screen in front.
    Show(Screen),
    /// Move down (or up) by rows.
    Down(i32),
    /// Move down (or up) by screenfuls.
    Page(i32),
    /// Move right (or left).
    Right(i32),
    /// To the first row.
    First,
    /// To the last row.
    Last,
    /// Look closer: full size, or the run's curves.
    Open,
    /// Out of what is open, or drop the filter.
    Back,
    /// The next pane.
    NextPane,
    /// Mark what the cursor is on.
    Mark,
    /// Drop all marks.
    Unmark,
    /// Write a filter.
    Filter,
    /// Sort by the next column.
    Sort,
    /// A new run, with the defaults of its kind.
    New,
    /// A new run, like the one under the cursor.
    Clone,
    /// Stop after a checkpoint.
    Stop,
    /// Go on after a stop.
    Resume,
    /// Delete a run folder.
    Remove,
    /// Dissect the marked models.
    Dissect,
    /// More smoothing, then none.
    Smooth,
    /// Logarithmic y, or not.
    LogY,
    /// Another x axis.
    XAxis,
    /// What may be pressed here.
    Help,
    /// Leave the dashboard.
    Quit,
    /// To the shell and back with `fg`.
    Suspend,
    /// Draw the screen anew.
    Redraw,
}

/// Where a binding holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Everywhere,
    On(&'static [Screen]),
}

/// One line of the help page.
#[derive(Debug)]
pub struct Binding {
    keys: &'static [Key],
    /// The keys, as they are shown.
    pub shown: &'static str,
    /// What they do, in a few words.
    pub help: &'static str,
    /// One word for the footer; empty for what everybody knows.
    pub footer: &'static str,
    /// What it does.
    pub action: Action,
    place: Place,
}

const fn bind(
    keys: &'static [Key],
    shown: &'static str,
    footer: &'static str,
    help: &'static str,
    action: Action,
    place: Place,
) -> Binding {
    Binding { keys, shown, help, footer, action, place }
}

use Key::{Char, Control};
use Place::{Everywhere, On};
use Screen::{Dissect, Gpu, Images, Log, Metrics, Models, Runs};

const WITH_RUNS: Place = On(&[Runs, Metrics, Dissect, Images, Log]);

/// All bindings. Keys on the same screen never stand twice; a test keeps that.
static BINDINGS: &[Binding] = &[
    bind(&[Char('t')], "t", "stop", "stop after a checkpoint", Action::Stop, WITH_RUNS),
    bind(&[Char('r')], "r", "resume", "resume a run that ended early", Action::Resume, WITH_RUNS),
    bind(&[Char('n')], "n", "new", "start a run from a form", Action::New, Everywhere),
    bind(&[Char('c')], "c", "clone", "start a run like this one", Action::Clone, WITH_RUNS),
    bind(
        &[Char('x'), Key::Delete],
        "x",
        "remove",
        "remove ended runs, files and all",
        Action::Remove,
        On(&[Runs]),
    ),
    bind(&[Char('d')], "d", "dissect", "dissect the marked models", Action::Dissect, On(&[Models])),
    bind(&[Char(' ')], "space", "mark", "mark or unmark", Action::Mark, On(&[Runs, Models])),
    bind(&[Char('u')], "u", "unmark", "drop all marks", Action::Unmark, On(&[Runs, Metrics, Models])),
    bind(&[Char('s')], "s", "smooth", "smoothing: none, 0.6, 0.9, 0.97", Action::Smooth, On(&[Metrics])),
    bind(&[Char('L')], "L", "log y", "logarithmic y axis", Action::LogY, On(&[Metrics])),
    bind(&[Char('X')], "X", "x axis", "x by epoch, step or time", Action::XAxis, On(&[Metrics])),
    bind(
        &[Key::Enter],
        "enter",
        "open",
        "curves of the run; one chart full-size",
        Action::Open,
        On(&[Runs, Metrics]),
    ),
    bind(&[Key::Tab, Key::BackTab], "tab", "pane", "next pane", Action::NextPane, On(&[Dissect, Log])),
    bind(
        &[Char('/')],
        "/",
        "filter",
        "filter: words, state:running kind:gan",
        Action::Filter,
        On(&[Runs, Models]),
    ),
    bind(&[Char('o')], "o", "sort", "sort by the next column", Action::Sort, On(&[Runs])),
    bind(&[Char('j'), Key::Down], "j ↓", "", "down", Action::Down(1), Everywhere),
    bind(&[Char('k'), Key::Up], "k ↑", "", "up", Action::Down(-1), Everywhere),
    bind(
        &[Char('h'), Key::Left],
        "h ←",
        "",
        "left; an epoch back",
        Action::Right(-1),
        On(&[Metrics, Images, Log]),
    ),
    bind(
        &[Char('l'), Key::Right],
        "l →",
        "",
        "right; an epoch on",
        Action::Right(1),
        On(&[Metrics, Images, Log]),
    ),
    bind(&[Key::PageDown, Control('d')], "pgdn", "", "a page down", Action::Page(1), Everywhere),
    bind(&[Key::PageUp, Control('u')], "pgup", "", "a page up", Action::Page(-1), Everywhere),
    bind(&[Char('g'), Key::Home], "g", "", "to the first", Action::First, Everywhere),
    bind(&[Char('G'), Key::End], "G", "", "to the last; follow a log", Action::Last, Everywhere),
    bind(&[Char('1')], "1", "", "runs", Action::Show(Runs), Everywhere),
    bind(&[Char('2')], "2", "", "metrics", Action::Show(Metrics), Everywhere),
    bind(&[Char('3')], "3", "", "models", Action::Show(Models), Everywhere),
    bind(&[Char('4')], "4", "", "dissections", Action::Show(Dissect), Everywhere),
    bind(&[Char('5')], "5", "", "images", Action::Show(Images), Everywhere),
    bind(&[Char('6')], "6", "", "GPUs and host", Action::Show(Gpu), Everywhere),
    bind(&[Char('7')], "7", "", "log and events", Action::Show(Log), Everywhere),
    bind(&[Key::Escape], "esc", "", "back; drop the filter", Action::Back, Everywhere),
    bind(&[Control('z')], "ctrl-z", "", "suspend; fg comes back", Action::Suspend, Everywhere),
    bind(&[Control('l')], "ctrl-l", "", "draw anew", Action::Redraw, Everywhere),
    bind(&[Char('?')], "?", "help", "this page", Action::Help, Everywhere),
    bind(&[Char('q'), Control('c')], "q", "quit", "leave; runs go on", Action::Quit, Everywhere),
];

/// The bindings of a screen, in the order of the help page.
pub fn bindings(screen: Screen) -> impl Iterator<Item = &'static Binding> {
    BINDINGS.iter().filter(move |binding| match binding.place {
        Everywhere => true,
        On(screens) => screens.contains(&screen),
    })
}

/// What a key does on a screen.
pub(super) fn action(screen: Screen, key: Key) -> Option<Action> {
    bindings(screen).find(|binding| binding.keys.contains(&key)).map(|binding| binding.action)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_key_means_two_things_on_a_screen() {
        for screen in Screen::ALL {
            let mut seen = HashSet::new();
            for key in bindings(screen).flat_map(|binding| binding.keys) {
                assert!(seen.insert(key), "{key:?} twice on {screen:?}");
            }
        }
    }

    #[test]
    fn every_screen_has_its_number() {
        for (index, screen) in Screen::ALL.into_iter().enumerate() {
            let digit = char::from_digit(index as u32 + 1, 10).unwrap();
            assert_eq!(action(Runs, Char(digit)), Some(Action::Show(screen)));
        }
    }
}
