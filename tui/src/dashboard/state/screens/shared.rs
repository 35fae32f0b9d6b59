//! Bindings that several screens share, though not all.

use crate::dashboard::state::keys::Key::{self, Char};
use crate::dashboard::state::keys::{Action, Binding, bind};

pub(super) const STOP: Binding = bind("stop", &[Char('t')], "stop", "stop after a checkpoint", Action::Stop);
pub(super) const RESUME: Binding =
    bind("resume", &[Char('r')], "resume", "resume a run that ended early", Action::Resume);
pub(super) const CLONE: Binding =
    bind("clone", &[Char('c')], "clone", "start a run like this one", Action::Clone);
pub(super) const MARK: Binding = bind("mark", &[Char(' ')], "mark", "mark or unmark", Action::Mark);
pub(super) const UNMARK: Binding = bind("unmark", &[Char('u')], "unmark", "drop all marks", Action::Unmark);
pub(super) const FILTER: Binding =
    bind("filter", &[Char('/')], "filter", "filter: words, state:running kind:gan", Action::Filter);
pub(super) const OPEN: Binding =
    bind("open", &[Key::Enter], "open", "curves of the run; one chart full-size", Action::Open);
pub(super) const PANE: Binding =
    bind("pane", &[Key::Tab, Key::BackTab], "pane", "next pane", Action::NextPane);
pub(super) const LEFT: Binding =
    bind("left", &[Char('h'), Key::Left], "", "left; an epoch back", Action::Right(-1)).showing(2);
pub(super) const RIGHT: Binding =
    bind("right", &[Char('l'), Key::Right], "", "right; an epoch on", Action::Right(1)).showing(2);
