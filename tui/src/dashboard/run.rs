//! The loop: an event changes the state, the state asks for effects, and a frame is drawn where something changed.

use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use dissect_runs::clock;
use dissect_runs::home::Home;

use super::config::{Chosen, Images, Look};
use super::draw::{self, Ground, Terminal, Theme};
use super::feed::{self, Events, Feed};
use super::graphics::Graphics;
use super::inquiry::{self, Answer};
use super::picture;
use super::state::{Effect, Event, Export, State};
use super::terminal::Screen;

/// Events that may wait before a source has to.
const QUEUE: usize = 1024;

/// Time between two looks at the clock.
const TICK: Duration = Duration::from_secs(1);

/// Least time between two frames: a burst of events is drawn once.
const FRAME: Duration = Duration::from_millis(16);

/// How long the terminal may take to say what it is.
const PATIENCE: Duration = Duration::from_millis(500);

/// What the dashboard is opened on.
#[derive(Debug, Clone)]
pub struct Options {
    /// The home whose runs are shown.
    pub home: Home,
    /// How it is to look and behave.
    pub chosen: Chosen,
}

/// Opens the dashboard, and returns when it is left. The terminal is given back whatever happens.
pub fn run(options: Options) -> anyhow::Result<()> {
    let (settings, wrong) = options.chosen.read();
    let mut terminal = Terminal::from_environment();
    let look = settings.look.clone();
    let (events, queue) = Events::channel(QUEUE);
    let mut state = State::new(options.home.root(), clock::now());
    state.choose(settings);
    for message in &wrong {
        tracing::warn!(message, "not configured");
    }
    if let Some(first) = wrong.first() {
        state.update(Event::Trouble(format!("{first}; `dissect dashboard --check` says all that is wrong")));
    }
    let mut screen = Screen::take().context("cannot take the terminal")?;
    state.width = screen.width()?;
    let placeholder = Graphics::half_blocks();
    let theme = Theme::of(&look, terminal);
    screen.draw(|frame| draw::frame(&state, &theme, &placeholder, frame))?;
    feed::watch_signals(&events);
    let feed = Feed::start(&options.home, &options.chosen, &events);
    let answer = inquiry::ask(PATIENCE).unwrap_or_default();
    if let Some(background) = answer.background {
        terminal.ground = Ground::of(background);
    }
    let (theme, graphics) = dress(&look, terminal, &answer);
    tracing::info!(
        home = %options.home.root().display(),
        ?terminal,
        pictures = graphics.name(),
        "dashboard opened"
    );
    feed::read_keys(&events);
    let typed = answer.keys.clone();
    let mut window =
        Window { screen, terminal, answer, theme, graphics, home: options.home, feed, events, away: None };
    window.draw(&state, Due::Changes)?;
    let mut leave = false;
    for key in feed::typed_keys(&typed) {
        leave |= window.take_in(&mut state, Event::Key(key))?;
    }
    if leave { Ok(()) } else { window.turn(&mut state, &queue) }
}

/// How a look comes out on a terminal.
fn dress(look: &Look, terminal: Terminal, answer: &Answer) -> (Theme, Graphics) {
    let theme = Theme::of(look, terminal);
    let graphics = match theme.is_ascii() {
        _ if !theme.has_colours() && look.images == Images::Auto => Graphics::none(),
        // Half blocks become shades.
        true => Graphics::half_blocks(),
        false => Graphics::of(look.images, answer),
    };
    (theme, graphics)
}

/// Everything that is not state.
struct Window {
    screen: Screen,
    /// What the terminal is, by its word and the environment's.
    terminal: Terminal,
    answer: Answer,
    theme: Theme,
    graphics: Graphics,
    home: Home,
    feed: Feed,
    events: Events,
    /// Since when the terminal is the shell's.
    away: Option<Instant>,
}

/// What a batch of events asks of the screen.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Due {
    Nothing,
    Changes,
    Everything,
}

impl Window {
    fn turn(&mut self, state: &mut State, queue: &Receiver<Event>) -> anyhow::Result<()> {
        let mut next_tick = Instant::now();
        loop {
            let event = match queue.recv_timeout(next_tick.saturating_duration_since(Instant::now())) {
                Ok(event) => event,
                Err(RecvTimeoutError::Timeout) => {
                    next_tick = Instant::now() + TICK;
                    Event::Tick(clock::now())
                }
                Err(RecvTimeoutError::Disconnected) => return Ok(()),
            };
            if self.take_in_batch(state, event, queue)? {
                return Ok(());
            }
        }
    }

    /// Takes in an event and whatever else waits, then draws once. Whether the dashboard is to be left.
    fn take_in_batch(
        &mut self,
        state: &mut State,
        first: Event,
        queue: &Receiver<Event>,
    ) -> anyhow::Result<bool> {
        let until = Instant::now() + FRAME;
        let mut due = Due::Nothing;
        let mut next = Some(first);
        while let Some(event) = next {
            match self.apply(state, event)? {
                Some(asked) => due = due.max(asked),
                None => return Ok(true),
            }
            next = if Instant::now() < until { queue.try_recv().ok() } else { None };
        }
        self.draw(state, due)?;
        Ok(false)
    }

    fn take_in(&mut self, state: &mut State, event: Event) -> anyhow::Result<bool> {
        let due = self.apply(state, event)?;
        self.draw(state, due.unwrap_or(Due::Nothing))?;
        Ok(due.is_none())
    }

    fn draw(&mut self, state: &State, due: Due) -> anyhow::Result<()> {
        if due == Due::Nothing || self.away.is_some() {
            return Ok(());
        }
        if due == Due::Everything {
            self.screen.forget()?;
        }
        let Self { screen, theme, graphics, .. } = self;
        Ok(screen.draw(|frame| draw::frame(state, theme, graphics, frame))?)
    }

    /// Gives an event to the state and performs what it asks for; nothing where the dashboard is to be left.
    fn apply(&mut self, state: &mut State, event: Event) -> anyhow::Result<Option<Due>> {
        let mut due = Due::Nothing;
        if self.come_back(&event)? {
            due = Due::Everything;
        }
        if let Event::Settings(settings) = &event {
            (self.theme, self.graphics) = dress(&settings.look, self.terminal, &self.answer);
        }
        for effect in state.update(event) {
            let answer = match effect {
                Effect::Draw => {
                    due = due.max(Due::Changes);
                    None
                }
                Effect::Redraw => {
                    due = Due::Everything;
                    None
                }
                Effect::Send(request) => self.feed.send(request),
                Effect::FollowLog(id) => self.feed.follow_log(id),
                Effect::Load(path) => self.feed.load(path),
                Effect::ReadAnswers(key) => self.feed.read_answers(key),
                Effect::ReadPattern(key) => self.feed.read_pattern(key),
                Effect::Export(export) => {
                    self.export(state, export);
                    None
                }
                Effect::Suspend => {
                    self.suspend();
                    None
                }
                Effect::Quit => return Ok(None),
            };
            if let Some(answer) = answer {
                self.events.offer(answer);
            }
        }
        Ok(Some(due))
    }

    /// Writes the frame in front, or what it shows as numbers, to a file. Its pictures are half blocks.
    fn export(&self, state: &State, export: Export) {
        let picture = match export.table {
            Some(_) => Ok(String::new()),
            None => self.screen.size().and_then(|size| picture::of(state, size, &self.theme)),
        };
        match picture {
            Ok(picture) => feed::export(export, picture, self.home.root().to_owned(), &self.events),
            Err(error) => self.events.offer(Event::Exported(Err(format!("{error:#}")))),
        }
    }

    /// Gives the terminal to the shell and stops the whole job, as ctrl-z does elsewhere.
    fn suspend(&mut self) {
        self.screen.release();
        self.away = Some(Instant::now());
        if let Err(error) = rustix::process::kill_current_process_group(rustix::process::Signal::TSTP) {
            tracing::warn!(%error, "not suspended");
        }
    }

    /// Takes the terminal again once the job goes on. A job that no shell watches is never stopped: there a key or a
    /// moment's wait brings the screen back.
    fn come_back(&mut self, event: &Event) -> anyhow::Result<bool> {
        let Some(since) = self.away else {
            if matches!(event, Event::Continued) {
                // Stopped from outside: the shell has set the terminal to its own taste meanwhile.
                self.screen.release();
                self.screen.retake()?;
            }
            return Ok(false);
        };
        let goes_on = matches!(event, Event::Continued | Event::Key(_));
        if !goes_on && since.elapsed() < Duration::from_millis(500) {
            return Ok(false);
        }
        self.away = None;
        self.screen.retake()?;
        Ok(true)
    }
}
