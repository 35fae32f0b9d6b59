//! What each key does, by what is laid over the screen and by the screen itself.

use dissect_runs::spec::Kind;

use super::dashboard::{DissectPane, LogPane, Notice, Overlay, State, Tone, ids};
use super::event::{Effect, Request};
use super::form::{Form, Sending};
use super::keys::{self, Action, Key};
use super::run::Run;
use super::screens::Screen;

/// Rows of a page, for `pgup` and `pgdn`.
const PAGE: i32 = 10;

impl State {
    pub(super) fn press(&mut self, key: Key) -> Vec<Effect> {
        // Said until the next key.
        self.notice = self.notice.take().filter(|notice| notice.tone == Tone::Busy);
        match self.overlay.take() {
            None => match keys::action(self.screen, key) {
                Some(action) => self.act(action),
                None => Vec::new(),
            },
            Some(Overlay::Help { first }) => {
                let rows = keys::bindings(self.screen).count();
                let first = match keys::action(self.screen, key) {
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
        if self.screen == Screen::Models { &mut self.models.filter } else { &mut self.filter }
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
            Action::Resume => return self.ask_about(Run::can_resume, Request::Resume, "resume"),
            Action::Remove => self.confirm_removal(),
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
            Action::Sort => self.sort = self.sort.next(),
            Action::New => self.overlay = Some(Overlay::Form(Box::new(Form::new(Kind::Train)))),
            Action::Clone => {
                if let Some(Ok(spec)) = self.targets().first().map(|run| &run.spec) {
                    self.overlay = Some(Overlay::Form(Box::new(Form::like(spec))));
                }
            }
            Action::Dissect => self.dissect_marked(),
            Action::Smooth => self.charts.smooth(),
            Action::LogY => self.charts.logarithmic = !self.charts.logarithmic,
            Action::XAxis => self.charts.axis = self.charts.axis.next(),
            Action::Help => self.overlay = Some(Overlay::Help { first: 0 }),
        }
        vec![Effect::Draw]
    }

    fn say(&mut self, text: impl Into<String>, tone: Tone) {
        self.notice = Some(Notice { text: text.into(), tone, said: self.now });
    }

    fn show(&mut self, screen: Screen) {
        // Going to a dissection or a GAN from the list opens the one under the cursor.
        let from_list = matches!(self.screen, Screen::Runs | Screen::Metrics);
        let selected = self.selected().filter(|_| from_list).map(|run| (run.id.clone(), run.kind()));
        match selected {
            Some((id, Some(Kind::Dissect))) => self.dissection.put_on(&id),
            Some((id, Some(Kind::Gan))) => {
                self.gan.put_on(&id);
                self.sample_back = 0;
            }
            _ => {}
        }
        self.screen = screen;
    }

    /// Asks the same of every run it is about, or says that there is none.
    fn ask_about(
        &mut self,
        can: fn(&Run) -> bool,
        request: fn(String) -> Request,
        verb: &str,
    ) -> Vec<Effect> {
        let able: Vec<String> =
            self.targets().into_iter().filter(|run| can(run)).map(|run| run.id.clone()).collect();
        match able.len() {
            0 => {
                let about = self.targets().first().map(|run| format!("{} is {}", run.name(), run.status()));
                self.say(
                    format!("nothing to {verb}: {}", about.unwrap_or("no run here".to_owned())),
                    Tone::Bad,
                );
            }
            1 => return able.into_iter().map(|id| self.ask(request(id))).chain([Effect::Draw]).collect(),
            count => {
                let details =
                    able.iter().filter_map(|id| self.runs.get(id)).map(|run| run.name().to_owned()).collect();
                let requests = able.into_iter().map(request).collect();
                self.overlay =
                    Some(Overlay::Confirm { question: format!("{verb} {count} runs?"), details, requests });
            }
        }
        vec![Effect::Draw]
    }

    fn confirm_removal(&mut self) {
        let ended: Vec<&Run> = self.targets().into_iter().filter(|run| run.is_ended()).collect();
        if ended.is_empty() {
            self.say("nothing to remove: only ended runs can be removed; stop it with t first", Tone::Bad);
            return;
        }
        let mut details: Vec<String> = ended.iter().map(|run| run.id.clone()).collect();
        details.push("metrics, snapshots and checkpoints are deleted".to_owned());
        let question = match ended.as_slice() {
            [run] => format!("remove {}?", run.name()),
            several => format!("remove {} runs?", several.len()),
        };
        let requests = ended.iter().map(|run| Request::Remove(run.id.clone())).collect();
        self.overlay = Some(Overlay::Confirm { question, details, requests });
    }

    fn dissect_marked(&mut self) {
        match (self.models.missing(), &self.models.generator) {
            (None, Some(generator)) => {
                let form = Form::dissect(&self.models.classifiers, generator);
                self.overlay = Some(Overlay::Form(Box::new(form)));
            }
            (missing, _) => self.say(missing.unwrap_or("mark a generator with space"), Tone::Bad),
        }
    }

    fn move_down(&mut self, by: i32) {
        match self.screen {
            Screen::Runs => {
                let mut cursor = self.cursor.clone();
                cursor.step(by, &ids(&self.listed_runs()));
                self.cursor = cursor;
            }
            Screen::Models => self.models.step(by),
            Screen::Metrics => self.move_chart(by * self.chart_columns()),
            Screen::Dissect => match &mut self.dissect_pane {
                DissectPane::Runs => {
                    let mut cursor = self.dissection.clone();
                    cursor.step(by, &ids(&self.dissections()));
                    self.dissection = cursor;
                }
                DissectPane::Classes { first } => {
                    let moved = *first as i64 + i64::from(by);
                    *first = moved.max(0) as usize;
                    let classes = self.classes();
                    if let DissectPane::Classes { first } = &mut self.dissect_pane {
                        *first = (*first).min(classes.saturating_sub(1));
                    }
                }
            },
            Screen::Images => {
                let mut cursor = self.gan.clone();
                cursor.step(by, &ids(&self.gans()));
                self.gan = cursor;
                self.sample_back = 0;
            }
            Screen::Log => {
                let lines = self.log.as_ref().map_or(0, |(_, log)| log.len());
                let events = self.selected().map_or(0, |run| run.events.len());
                match self.log_pane {
                    LogPane::Log => self.log_at.step(by, lines),
                    LogPane::Events => self.events_at.step(by, events),
                }
            }
            Screen::Gpu => {}
        }
    }

    fn classes(&self) -> usize {
        let report =
            self.dissection().and_then(|run| run.report.as_ref()).and_then(|report| report.as_ref().ok());
        report.map_or(0, |report| report.pairs.iter().map(|pair| pair.per_class.len()).max().unwrap_or(0))
    }

    fn move_right(&mut self, by: i32) {
        match self.screen {
            Screen::Metrics => self.move_chart(by),
            Screen::Images => {
                let samples = self.gan().map_or(0, |run| run.pictures.len()) as i64;
                let back = self.sample_back as i64 - i64::from(by);
                self.sample_back = back.clamp(0, (samples - 1).max(0)) as usize;
            }
            Screen::Log if self.log_pane == LogPane::Log => self.log_at.step_aside(by * 8),
            _ => {}
        }
    }

    /// Charts beside each other, as the grid is drawn; one where a chart is full-size.
    fn chart_columns(&self) -> i32 {
        if self.charts.full { 1 } else { super::grid_columns(self.chart_list().len(), self.width) as i32 }
    }

    fn move_chart(&mut self, by: i32) {
        let count = self.chart_list().len() as i64;
        let at = self.charts.at as i64 + i64::from(by);
        if (0..count).contains(&at) {
            self.charts.at = at as usize;
        }
    }

    fn move_to_end(&mut self, first: bool) {
        let far = if first { -1_000_000 } else { 1_000_000 };
        match self.screen {
            Screen::Metrics => {
                self.charts.at = if first { 0 } else { self.chart_list().len().saturating_sub(1) }
            }
            Screen::Images => {
                let samples = self.gan().map_or(0, |run| run.pictures.len());
                self.sample_back = if first { samples.saturating_sub(1) } else { 0 };
            }
            _ => self.move_down(far),
        }
    }

    fn open(&mut self) {
        match self.screen {
            Screen::Runs => {
                let kind = self.selected().and_then(Run::kind);
                self.show(if kind == Some(Kind::Dissect) { Screen::Dissect } else { Screen::Metrics });
            }
            Screen::Metrics => {
                self.charts.at = self.charts.at.min(self.chart_list().len().saturating_sub(1));
                self.charts.full = !self.charts.full;
            }
            _ => {}
        }
    }

    fn back(&mut self) {
        match self.screen {
            Screen::Metrics if self.charts.full => self.charts.full = false,
            Screen::Runs if !self.filter.is_empty() => self.filter.clear(),
            Screen::Models if !self.models.filter.is_empty() => self.models.filter.clear(),
            _ => self.screen = Screen::Runs,
        }
    }

    fn next_pane(&mut self) {
        match self.screen {
            Screen::Log => {
                self.log_pane = match self.log_pane {
                    LogPane::Log => LogPane::Events,
                    LogPane::Events => LogPane::Log,
                }
            }
            Screen::Dissect => {
                self.dissect_pane = match self.dissect_pane {
                    DissectPane::Runs => DissectPane::Classes { first: 0 },
                    DissectPane::Classes { .. } => DissectPane::Runs,
                }
            }
            _ => {}
        }
    }

    fn mark(&mut self) {
        if self.screen == Screen::Models {
            self.models.mark();
            self.models.step(1);
            return;
        }
        let Some(id) = self.selected().map(|run| run.id.clone()) else { return };
        match self.marked.iter().position(|marked| *marked == id) {
            Some(place) => {
                self.marked.remove(place);
            }
            None => self.marked.push(id),
        }
        self.move_down(1);
    }
}
