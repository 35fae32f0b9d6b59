//! What each key does, by what is laid over the screen and by the screen itself.

use dissect_runs::spec::{Kind, Spec};

use super::dashboard::{Notice, Overlay, State, Tone};
use super::dissecting::Level;
use super::event::{Effect, Request};
use super::form::{Form, Sending};
use super::keys::{Action, Key};
use super::run::Run;
use super::screens::Screen;

/// Rows of a page, for `pgup` and `pgdn`.
const PAGE: i32 = 10;

/// Rows that reach the end of any list.
const FAR: i32 = 1_000_000;

impl State {
    pub(super) fn press(&mut self, key: Key) -> Vec<Effect> {
        // Said until the next key.
        self.notice = self.notice.take().filter(|notice| notice.tone == Tone::Busy);
        match self.overlay.take() {
            None => match self.keymap.action(self.screen, key) {
                Some(action) => self.act(action),
                None => Vec::new(),
            },
            Some(Overlay::Help { first }) => {
                let rows = self.keymap.bindings(self.screen).count();
                let first = match self.keymap.action(self.screen, key) {
                    Some(Action::Quit) => return self.act(Action::Quit),
                    Some(Action::Down(by)) => first.saturating_add_signed(by as isize),
                    Some(Action::Page(by)) => first.saturating_add_signed((by * PAGE) as isize),
                    Some(Action::First) => 0,
                    Some(Action::Last) => rows,
                    _ => return vec![Effect::Draw],
                };
                self.overlay = Some(Overlay::Help { first: first.min(rows.saturating_sub(1)) });
                vec![Effect::Draw]
            }
            Some(Overlay::Confirm { question, details, requests }) => match key {
                Key::Char('y' | 'Y') => {
                    let mut effects: Vec<_> = requests.into_iter().map(|request| self.ask(request)).collect();
                    effects.push(Effect::Draw);
                    effects
                }
                Key::Char('n' | 'N' | 'q') | Key::Escape | Key::Control('c') => vec![Effect::Draw],
                _ => {
                    self.overlay = Some(Overlay::Confirm { question, details, requests });
                    Vec::new()
                }
            },
            Some(Overlay::Export) => self.press_in_export(key),
            Some(Overlay::Filter { before }) => self.press_in_filter(key, before),
            Some(Overlay::Form(form)) => self.press_in_form(key, form),
        }
    }

    pub(super) fn paste(&mut self, text: &str) -> Vec<Effect> {
        let line = text.lines().next().unwrap_or_default();
        match &mut self.overlay {
            Some(Overlay::Form(form)) => line.chars().for_each(|c| form.type_in(c)),
            Some(Overlay::Filter { .. }) => self.filter_text().push_str(line),
            _ => return Vec::new(),
        }
        vec![Effect::Draw]
    }

    /// The filter of the screen in front.
    fn filter_text(&mut self) -> &mut String {
        match self.screen {
            Screen::Models => &mut self.models.filter,
            Screen::Metrics => &mut self.charts.filter,
            _ => &mut self.filter,
        }
    }

    fn press_in_filter(&mut self, key: Key, before: String) -> Vec<Effect> {
        match key {
            Key::Enter => {}
            Key::Escape | Key::Control('c') => *self.filter_text() = before,
            _ => {
                match key {
                    Key::Char(c) => self.filter_text().push(c),
                    Key::Backspace => {
                        self.filter_text().pop();
                    }
                    Key::Control('u') => self.filter_text().clear(),
                    Key::Up => self.move_down(-1),
                    Key::Down => self.move_down(1),
                    _ => {}
                }
                self.overlay = Some(Overlay::Filter { before });
            }
        }
        vec![Effect::Draw]
    }

    fn press_in_form(&mut self, key: Key, mut form: Box<Form>) -> Vec<Effect> {
        match key {
            Key::Escape | Key::Control('c') => return vec![Effect::Draw],
            Key::Up | Key::BackTab => form.step(-1),
            Key::Down | Key::Tab => form.step(1),
            Key::PageUp => form.step(-PAGE),
            Key::PageDown => form.step(PAGE),
            Key::Left => form.aside(-1),
            Key::Right => form.aside(1),
            Key::Backspace => form.backspace(),
            Key::Control('u') | Key::Delete => form.reset_field(),
            Key::Char(c) => form.type_in(c),
            Key::Enter if form.sending != Sending::Sent => {
                if let Some(spec) = form.spec() {
                    form.sending = Sending::Sent;
                    let request = Request::Start { spec: spec.to_toml() };
                    self.overlay = Some(Overlay::Form(form));
                    return vec![self.ask(request), Effect::Draw];
                }
            }
            _ => {}
        }
        self.overlay = Some(Overlay::Form(form));
        vec![Effect::Draw]
    }

    fn act(&mut self, action: Action) -> Vec<Effect> {
        match action {
            Action::Quit => return vec![Effect::Quit],
            Action::Suspend => return vec![Effect::Suspend],
            Action::Redraw => return vec![Effect::Redraw],
            Action::Stop => return self.ask_about(Run::can_stop, Request::Stop, "stop"),
            Action::Runs(action) => return self.act_on_runs(action),
            Action::Metrics(action) => return self.act_on_metrics(action),
            Action::Models(action) => return self.act_on_models(action),
            Action::Dissect(action) => return self.act_on_dissect(action),
            Action::Resume => return self.ask_about(Run::can_resume, Request::Resume, "resume"),
            Action::Show(screen) => self.show(screen),
            Action::Down(by) => self.move_down(by),
            Action::Page(by) => self.move_down(by * PAGE),
            Action::Right(by) => self.move_right(by),
            Action::First => self.move_to_end(true),
            Action::Last => self.move_to_end(false),
            Action::Open => self.open(),
            Action::Back => self.back(),
            Action::NextPane => self.next_pane(),
            Action::Mark => self.mark(),
            Action::Unmark if self.screen == Screen::Models => self.models.unmark(),
            Action::Unmark => self.marked.clear(),
            Action::Filter => {
                let before = self.filter_text().clone();
                self.overlay = Some(Overlay::Filter { before });
            }
            Action::New => self.overlay = Some(Overlay::Form(Box::new(Form::new(Kind::Train)))),
            Action::Clone => match self.targets().first().map(|run| &run.spec) {
                Some(Ok(Spec::Imported(_))) => {
                    self.say("another program did this run; there is nothing to ask again", Tone::Bad);
                }
                Some(Ok(spec)) => self.overlay = Some(Overlay::Form(Box::new(Form::like(spec)))),
                _ => {}
            },
            Action::Export => self.overlay = Some(Overlay::Export),
            Action::Help => self.overlay = Some(Overlay::Help { first: 0 }),
        }
        vec![Effect::Draw]
    }

    pub(super) fn say(&mut self, text: impl Into<String>, tone: Tone) {
        self.notice = Some(Notice { text: text.into(), tone, said: self.now });
    }

    pub(super) fn show(&mut self, screen: Screen) {
        // Going to a dissection or a GAN from the list opens the one under the cursor.
        let from_list = matches!(self.screen, Screen::Runs | Screen::Metrics);
        let selected = self.selected().filter(|_| from_list).map(|run| (run.id.clone(), run.kind()));
        match selected {
            Some((id, Some(Kind::Dissect))) => {
                self.dissection.put_on(&id);
                self.dissect.level = Level::Runs;
            }
            Some((id, Some(Kind::Gan))) => self.gan.put_on(&id),
            _ => {}
        }
        if screen == Screen::Metrics {
            self.read_at_scrubbed();
        }
        self.screen = screen;
    }

    pub(super) fn move_down(&mut self, by: i32) {
        match self.screen {
            Screen::Runs => self.step_in_runs(by),
            Screen::Metrics => self.move_chart(by * self.chart_columns()),
            Screen::Models => self.models.step(by),
            Screen::Dissect => self.step_in_dissections(by),
            Screen::Images => self.step_in_gans(by),
            Screen::Gpu => {}
            Screen::Log => self.step_in_log(by),
        }
    }

    fn move_right(&mut self, by: i32) {
        match self.screen {
            Screen::Metrics => self.move_chart(by),
            Screen::Dissect => self.step_aside_in_dissection(by),
            Screen::Images => self.scrub(by),
            Screen::Log => self.step_aside_in_log(by),
            _ => {}
        }
    }

    fn move_to_end(&mut self, first: bool) {
        match self.screen {
            Screen::Metrics => {
                self.charts.at = if first { 0 } else { self.chart_list().len().saturating_sub(1) }
            }
            Screen::Images => self.scrub_to_end(first),
            _ => self.move_down(if first { -FAR } else { FAR }),
        }
    }

    fn open(&mut self) {
        match self.screen {
            Screen::Runs => self.open_run(),
            Screen::Metrics => self.open_chart(),
            Screen::Dissect => self.look_into_dissection(),
            _ => {}
        }
    }

    fn back(&mut self) {
        match self.screen {
            Screen::Metrics => {
                if !self.leave_chart() {
                    self.screen = Screen::Runs;
                }
            }
            Screen::Runs if !self.filter.is_empty() => self.filter.clear(),
            Screen::Models if !self.models.filter.is_empty() => self.models.filter.clear(),
            Screen::Dissect if self.dissect.level > Level::Runs => self.look_out_of_dissection(),
            _ => self.screen = Screen::Runs,
        }
    }

    fn next_pane(&mut self) {
        match self.screen {
            Screen::Dissect => self.next_dissect_pane(),
            Screen::Log => self.next_log_pane(),
            _ => {}
        }
    }

    fn mark(&mut self) {
        match self.screen {
            Screen::Models => {
                self.models.mark();
                self.models.step(1);
            }
            Screen::Dissect => self.mark_dissection(),
            Screen::Images => self.mark_gan(),
            _ => self.mark_run(),
        }
    }
}
