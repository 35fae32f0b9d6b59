//! What keys do on every screen.

use super::Key::{self, Char, Control};
use super::{Action, Binding, bind};
use crate::dashboard::state::Screen;

/// The bindings of every screen. Those of a screen come before them.
pub(super) static BINDINGS: &[Binding] = &[
    bind("new", &[Char('n')], "new", "start a run from a form", Action::New),
    bind("down", &[Char('j'), Key::Down], "", "down", Action::Down(1)).showing(2),
    bind("up", &[Char('k'), Key::Up], "", "up", Action::Down(-1)).showing(2),
    bind("page-down", &[Key::PageDown, Control('d')], "", "a page down", Action::Page(1)),
    bind("page-up", &[Key::PageUp, Control('u')], "", "a page up", Action::Page(-1)),
    bind("first", &[Char('g'), Key::Home], "", "to the first", Action::First),
    bind("last", &[Char('G'), Key::End], "", "to the last; follow a log", Action::Last),
    bind("runs", &[Char('1')], "", "runs", Action::Show(Screen::Runs)),
    bind("metrics", &[Char('2')], "", "metrics", Action::Show(Screen::Metrics)),
    bind("models", &[Char('3')], "", "models", Action::Show(Screen::Models)),
    bind("dissections", &[Char('4')], "", "dissections", Action::Show(Screen::Dissect)),
    bind("images", &[Char('5')], "", "images", Action::Show(Screen::Images)),
    bind("gpu", &[Char('6')], "", "GPUs and host", Action::Show(Screen::Gpu)),
    bind("log", &[Char('7')], "", "log and events", Action::Show(Screen::Log)),
    bind("back", &[Key::Escape], "", "back; drop the filter", Action::Back),
    bind("suspend", &[Control('z')], "", "suspend; fg comes back", Action::Suspend),
    bind("redraw", &[Control('l')], "", "draw anew", Action::Redraw),
    bind("export", &[Char('e')], "", "write the screen to a file: SVG, PNG, CSV, JSON", Action::Export),
    bind("help", &[Char('?')], "help", "this page", Action::Help),
    bind("quit", &[Char('q'), Control('c')], "quit", "leave; runs go on", Action::Quit),
];
