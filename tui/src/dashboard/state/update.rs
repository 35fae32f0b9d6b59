//! What each event does to the state. No input or output happens here: what is to be done is returned as effects.

use super::dashboard::{Notice, Overlay, State, Tone};
use super::event::{Daemon, Effect, Event, Lines, Request};
use super::form::Sending;
use super::history::History;
use super::log::Log;
use super::machine::Driver;
use super::run::Run;
use super::screens::Screen;
use crate::dashboard::config::Settings;

/// Seconds for which good news stays in the footer.
const NOTICE: f64 = 6.0;

impl State {
    /// Takes in an event, and says what is to be done about it.
    pub fn update(&mut self, event: Event) -> Vec<Effect> {
        let mut effects = match event {
            Event::Key(key) => self.press(key),
            Event::Paste(text) => self.paste(&text),
            Event::Resize { width } => {
                self.width = width;
                vec![Effect::Redraw]
            }
            Event::Continued => vec![Effect::Redraw],
            Event::Terminated => vec![Effect::Quit],
            other => {
                if self.see(other) {
                    vec![Effect::Draw]
                } else {
                    Vec::new()
                }
            }
        };
        self.colour();
        self.smooth_curves();
        effects.extend(self.fetch());
        effects
    }

    /// Takes in what the feed saw; whether it changes what is on the screen.
    fn see(&mut self, event: Event) -> bool {
        match event {
            Event::Tick(now) => {
                let coarse = |time: f64| (time / 60.0) as i64;
                let shown = self.is_busy() || coarse(now) != coarse(self.now);
                self.now = now;
                // Good news gives the footer back to the keys; bad news waits for a key.
                let read = |notice: &Notice| notice.tone == Tone::Good && now - notice.said > NOTICE;
                let done = self.notice.take_if(|notice| read(notice)).is_some();
                // How long the driver has been silent is counted by the second.
                let counted =
                    self.screen == Screen::Gpu && matches!(self.machine.driver, Driver::Silent { .. });
                done || counted || shown && self.screen == Screen::Runs
            }
            Event::Run(seen) => {
                match self.runs.get_mut(&seen.id) {
                    Some(run) => {
                        (run.spec, run.state, run.allowance) = (seen.spec, seen.state, seen.allowance)
                    }
                    None => {
                        self.runs.insert(seen.id.clone(), Run::new(seen));
                    }
                }
                // While the folders are first read, one frame at the end shows them all.
                self.listed
            }
            Event::Gone(id) => {
                self.marked.retain(|marked| *marked != id);
                self.runs.remove(&id).is_some()
            }
            Event::Listed => {
                self.listed = true;
                true
            }
            Event::Records { id, records } => match self.runs.get_mut(&id) {
                Some(run) => {
                    run.see_records(&records);
                    self.shows(&id)
                }
                None => false,
            },
            Event::Events { id, events } => match self.runs.get_mut(&id) {
                Some(run) => {
                    let front = self.log.as_ref().is_some_and(|(followed, _)| *followed == id);
                    if front {
                        self.events_at.grow(events.len());
                    }
                    run.see_events(events);
                    self.shows(&id)
                }
                None => false,
            },
            Event::Restarted { id, lines } => {
                match (lines, self.runs.get_mut(&id), &mut self.log) {
                    (Lines::Metrics, Some(run), _) => run.history = History::default(),
                    (Lines::Events, Some(run), _) => run.events.clear(),
                    (Lines::Log, _, Some((followed, log))) if *followed == id => *log = Log::default(),
                    _ => return false,
                }
                true
            }
            Event::Log { id, text } => match self.log.as_mut().filter(|(followed, _)| *followed == id) {
                Some((_, log)) => {
                    let before = log.len() + log.dropped();
                    log.append(&text);
                    self.log_at.grow(log.len() + log.dropped() - before);
                    self.screen == Screen::Log
                }
                None => false,
            },
            Event::Models(models) => {
                self.models.see(models);
                self.screen == Screen::Models
            }
            Event::Report { id, report } => match self.runs.get_mut(&id) {
                Some(run) => {
                    run.report = Some(report);
                    self.evidence.forget(&id);
                    matches!(self.screen, Screen::Dissect | Screen::Runs)
                }
                None => false,
            },
            Event::Pictures { id, files } => match self.runs.get_mut(&id) {
                Some(run) => {
                    run.pictures = files;
                    matches!(self.screen, Screen::Dissect | Screen::Images)
                }
                None => false,
            },
            Event::Loaded { path, image } => {
                self.asked.remove(&path);
                // Pictures of a run that is scrubbed through are kept, those of a whole day are not.
                if self.images.len() >= 64 {
                    self.images.clear();
                }
                self.images.insert(path, image);
                matches!(self.screen, Screen::Dissect | Screen::Images)
            }
            Event::Answers { key, answers } => {
                self.evidence.see_class(key, answers);
                self.screen == Screen::Dissect
            }
            Event::Pattern { key, pictures } => {
                self.evidence.see_start(key, pictures);
                self.screen == Screen::Dissect
            }
            Event::Daemon(daemon) => {
                let changed = self.daemon != daemon;
                self.daemon = daemon;
                changed
            }
            Event::Reply { request, outcome } => {
                self.hear(&request, outcome);
                true
            }
            Event::Host(host) => {
                let now = self.now;
                self.machine.see_host(host, now);
                self.screen == Screen::Gpu
            }
            Event::Gpus(gpus) => {
                let now = self.now;
                self.machine.see_gpus(gpus, now);
                self.screen == Screen::Gpu
            }
            Event::Settings(settings) => {
                self.choose(*settings);
                self.say("the configuration is read anew", Tone::Good);
                true
            }
            Event::Exported(outcome) => {
                match outcome {
                    Ok(path) => self.say(format!("written: {}", path.display()), Tone::Good),
                    Err(why) => self.say(format!("not written: {why}"), Tone::Bad),
                }
                true
            }
            Event::Trouble(text) => {
                self.notice = Some(Notice { text, tone: Tone::Bad, said: self.now });
                true
            }
            // Handled by `update`.
            Event::Key(_) | Event::Paste(_) | Event::Resize { .. } | Event::Continued | Event::Terminated => {
                true
            }
        }
    }

    /// Takes over what somebody chose; how it looks is not the state's to know.
    pub fn choose(&mut self, settings: Settings) {
        self.keymap = settings.keymap;
    }

    /// Whether news of this run changes the screen in front.
    fn shows(&self, id: &str) -> bool {
        match self.screen {
            Screen::Runs => true,
            Screen::Metrics => self.in_view().iter().any(|run| run.id == id),
            Screen::Dissect => self.dissection().is_some_and(|run| run.id == id),
            Screen::Images => self.gan().is_some_and(|run| run.id == id),
            Screen::Log => self.selected().is_some_and(|run| run.id == id),
            Screen::Models => true,
            Screen::Gpu => false,
        }
    }

    /// Takes in the daemon's answer.
    fn hear(&mut self, request: &Request, outcome: Result<Option<String>, String>) {
        if let Some(place) = self.waiting.iter().position(|waiting| waiting == request) {
            self.waiting.remove(place);
        }
        let named = |id: &str| self.runs.get(id).map_or(id, Run::name).to_owned();
        let text = match (request, &outcome) {
            (Request::Start { .. }, Ok(id)) => format!("queued {}", id.as_deref().unwrap_or("the run")),
            (Request::Stop(id), Ok(_)) => format!("{} stops after a checkpoint", named(id)),
            (Request::Resume(id), Ok(_)) => format!("{} is queued again", named(id)),
            (Request::Remove(id), Ok(_)) => format!("{} is removed", named(id)),
            (Request::Start { .. }, Err(why)) => format!("not started: {why}"),
            (Request::Stop(id), Err(why)) => format!("{} not stopped: {why}", named(id)),
            (Request::Resume(id), Err(why)) => format!("{} not resumed: {why}", named(id)),
            (Request::Remove(id), Err(why)) => format!("{} not removed: {why}", named(id)),
        };
        let tone = if outcome.is_ok() { Tone::Good } else { Tone::Bad };
        self.notice =
            Some(Notice { text: super::text::escape(&text.replace('\n', "; ")), tone, said: self.now });
        if !matches!(request, Request::Start { .. }) {
            return;
        }
        let Some(Overlay::Form(form)) = &mut self.overlay else { return };
        if form.sending != Sending::Sent {
            return;
        }
        match outcome {
            Ok(id) => {
                self.overlay = None;
                if let Some(id) = id {
                    self.cursor.put_on(&id);
                    self.dissection.put_on(&id);
                    self.gan.put_on(&id);
                }
            }
            Err(why) => {
                // Said in the form, where there is room.
                self.notice = None;
                form.sending = Sending::Refused(why);
            }
        }
    }

    /// Gives the runs whose curves stand together their colours.
    fn colour(&mut self) {
        // While the folders are first read, the run under the cursor is another at every event.
        if !self.listed {
            return;
        }
        // The marked ones come first: moving the cursor past them leaves their colours alone.
        let mut together = self.marked.clone();
        let front = match self.screen {
            Screen::Dissect => self.dissection(),
            Screen::Images => self.gan(),
            _ => self.selected(),
        };
        together.extend(front.map(|run| run.id.clone()).filter(|id| !self.marked.contains(id)));
        self.colours.share_out(&together);
    }

    /// Asks for what the screen in front shows and does not have.
    fn fetch(&mut self) -> Vec<Effect> {
        let mut effects = Vec::new();
        if self.screen == Screen::Log {
            let followed = self.log.as_ref().map(|(id, _)| id.clone());
            let selected = self.selected().map(|run| run.id.clone());
            if let Some(id) = selected.filter(|id| Some(id) != followed.as_ref()) {
                self.log = Some((id.clone(), Log::default()));
                (self.log_at, self.events_at) = Default::default();
                effects.push(Effect::FollowLog(id));
            }
        }
        if self.screen == Screen::Dissect {
            effects.extend(self.fetch_patterns());
        }
        let wanted: Vec<_> = self.wanted_pictures().into_iter().map(std::path::Path::to_path_buf).collect();
        for path in wanted.into_iter().filter(|path| !self.images.contains_key(path)) {
            if self.asked.insert(path.clone()) {
                effects.push(Effect::Load(path));
            }
        }
        effects
    }

    /// Asks something of the daemon and says so.
    pub(super) fn ask(&mut self, request: Request) -> Effect {
        let named = |id: &str| self.runs.get(id).map_or(id, Run::name).to_owned();
        let text = match &request {
            Request::Start { .. } => "queueing…".to_owned(),
            Request::Stop(id) => format!("asking {} to stop…", named(id)),
            Request::Resume(id) => format!("asking for {} to be resumed…", named(id)),
            Request::Remove(id) => format!("removing {}…", named(id)),
        };
        self.notice = Some(Notice { text, tone: Tone::Busy, said: self.now });
        self.waiting.push(request.clone());
        Effect::Send(request)
    }

    /// Why nothing can be asked of the daemon, and what to do about it.
    pub fn without_daemon(&self) -> Option<String> {
        match &self.daemon {
            Daemon::Down(reason) => Some(format!(
                "{reason}; runs are shown but none can be started: `dissectd --home {}` in another terminal does that",
                self.home
            )),
            Daemon::Unknown | Daemon::Up { .. } => None,
        }
    }
}
