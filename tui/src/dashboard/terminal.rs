//! The terminal while the dashboard holds it: taken, given back whatever happens, written to in one piece a frame.
//!
//! It knows no state. Nothing else in the dashboard writes to standard output.

use std::io::{self, BufWriter, Stdout};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::ThreadId;

use crossterm::event::{DisableBracketedPaste, EnableBracketedPaste};
use crossterm::terminal::{
    BeginSynchronizedUpdate, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen,
    disable_raw_mode, enable_raw_mode,
};
use crossterm::{cursor, execute, queue};
use ratatui::backend::CrosstermBackend;
use ratatui::layout::{Position, Rect};
use ratatui::{Frame, Terminal};

/// Whether the terminal is in our hands, for the panic hook and for giving it back only once.
static HELD: AtomicBool = AtomicBool::new(false);

/// The terminal, taken. Dropping it gives it back.
pub(crate) struct Screen {
    terminal: Terminal<CrosstermBackend<BufWriter<Stdout>>>,
}

impl Screen {
    /// Takes the terminal: raw mode, the alternate screen, no cursor.
    pub(crate) fn take() -> io::Result<Self> {
        give_back_on_panic(std::thread::current().id());
        enter()?;
        let backend = CrosstermBackend::new(BufWriter::with_capacity(1 << 16, io::stdout()));
        let terminal = Terminal::new(backend).inspect_err(|_| leave())?;
        Ok(Self { terminal })
    }

    /// Columns there are.
    pub(crate) fn width(&self) -> io::Result<u16> {
        Ok(self.terminal.size()?.width)
    }

    /// Columns and rows there are.
    pub(crate) fn size(&self) -> anyhow::Result<(u16, u16)> {
        let size = self.terminal.size()?;
        Ok((size.width, size.height))
    }

    /// Draws a frame; the terminal is asked to show it in one piece.
    pub(crate) fn draw(&mut self, draw: impl FnOnce(&mut Frame<'_>)) -> io::Result<()> {
        queue!(self.terminal.backend_mut(), BeginSynchronizedUpdate)?;
        self.terminal.draw(draw)?;
        execute!(self.terminal.backend_mut(), EndSynchronizedUpdate)
    }

    /// Forgets what is on the screen, so that the next frame is written whole.
    ///
    /// Not with [`Terminal::clear`]: that asks the terminal where its cursor is, while the thread that reads the keys
    /// takes the answer.
    pub(crate) fn forget(&mut self) -> io::Result<()> {
        let size = self.terminal.size()?;
        self.terminal.resize(Rect::from((Position::ORIGIN, size)))
    }

    /// Gives the terminal back for a while.
    pub(crate) fn release(&mut self) {
        leave();
    }

    /// Takes the terminal again after [`Screen::release`].
    pub(crate) fn retake(&mut self) -> io::Result<()> {
        enter()?;
        self.forget()
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        leave();
    }
}

fn enter() -> io::Result<()> {
    enable_raw_mode()?;
    HELD.store(true, Ordering::SeqCst);
    execute!(io::stdout(), EnterAlternateScreen, EnableBracketedPaste, cursor::Hide).inspect_err(|_| leave())
}

fn leave() {
    if HELD.swap(false, Ordering::SeqCst) {
        // Where the terminal is gone (SIGHUP) there is nothing to restore and nobody to tell.
        let _ = execute!(
            io::stdout(),
            EndSynchronizedUpdate,
            DisableBracketedPaste,
            LeaveAlternateScreen,
            cursor::Show
        );
        let _ = disable_raw_mode();
    }
}

/// A panic of the drawing thread restores the terminal before it is reported; one of a feed thread is only noted,
/// since the screen lives on and nothing may be printed into it.
fn give_back_on_panic(drawing: ThreadId) {
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if std::thread::current().id() == drawing {
            leave();
            report(panic);
        } else if HELD.load(Ordering::SeqCst) {
            tracing::error!("{panic}");
        } else {
            report(panic);
        }
    }));
}
