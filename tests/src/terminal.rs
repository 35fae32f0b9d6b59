//! A pseudo-terminal with a program in it, and the screen as a person would see it.

use std::io::{Read as _, Write};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use portable_pty::{Child, CommandBuilder, ExitStatus, MasterPty, PtySize, native_pty_system};

use crate::{program, wait_until};

/// How long a screen may take to show something.
const PATIENCE: Duration = Duration::from_secs(30);

/// `dissect` in a terminal. Dropping it kills the program.
pub struct Terminal {
    child: Box<dyn Child + Send + Sync>,
    master: Option<Box<dyn MasterPty + Send>>,
    keys: Option<Box<dyn Write + Send>>,
    screen: Arc<Mutex<vt100::Parser>>,
    closing: Arc<AtomicBool>,
    reader: Option<JoinHandle<()>>,
}

impl Terminal {
    /// Starts `dissect` with these arguments on a home.
    pub fn dissect(home: &Path, arguments: &[&str], size: (u16, u16)) -> Self {
        Self::dissect_with(home, arguments, size, &[])
    }

    /// Starts it with more in its environment.
    pub fn dissect_with(
        home: &Path,
        arguments: &[&str],
        (columns, rows): (u16, u16),
        environment: &[(&str, &Path)],
    ) -> Self {
        let size = PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).expect("the system has pseudo-terminals");
        let mut command = CommandBuilder::new(program("dissect"));
        command.args(arguments);
        command.cwd(home);
        command.env("DISSECT_HOME", home);
        command.env("TERM", "xterm-256color");
        for (name, value) in environment {
            command.env(name, value);
        }
        let child = pair.slave.spawn_command(command).expect("dissect starts");
        drop(pair.slave);

        let screen = Arc::new(Mutex::new(vt100::Parser::new(rows, columns, 0)));
        let mut output = pair.master.try_clone_reader().expect("the terminal is open");
        let keys = pair.master.take_writer().expect("nobody else took it");
        let parser = Arc::clone(&screen);
        let closing = Arc::new(AtomicBool::new(false));
        let closed = Arc::clone(&closing);
        let reader = thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(count @ 1..) = output.read(&mut buffer) {
                parser.lock().expect("nobody panics with it").process(&buffer[..count]);
                if closed.load(Ordering::Relaxed) {
                    return;
                }
            }
        });
        Self { child, master: Some(pair.master), keys: Some(keys), screen, closing, reader: Some(reader) }
    }

    /// Types keys; `\u{1b}[B` is the arrow down.
    pub fn type_keys(&mut self, keys: &str) {
        let writer = self.keys.as_mut().expect("the terminal is open");
        writer.write_all(keys.as_bytes()).expect("the program reads");
        writer.flush().expect("the program reads");
    }

    /// What the screen shows.
    pub fn screen(&self) -> String {
        self.screen.lock().expect("nobody panics with it").screen().contents()
    }

    /// Whether the program holds the alternate screen.
    pub fn holds_the_screen(&self) -> bool {
        self.screen.lock().expect("nobody panics with it").screen().alternate_screen()
    }

    /// Waits until the screen shows a text, and gives the screen.
    pub fn wait_for(&self, text: &str) -> String {
        self.wait_for_screen(text, |screen| screen.contains(text))
    }

    /// Waits until the screen meets a condition, and gives the screen.
    pub fn wait_for_screen(&self, what: &str, mut condition: impl FnMut(&str) -> bool) -> String {
        let mut last = String::new();
        let found = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            wait_until(what, PATIENCE, || {
                last = self.screen();
                condition(&last).then(|| last.clone())
            })
        }));
        found.unwrap_or_else(|_| panic!("waited in vain for {what:?}; the screen shows:\n{last}"))
    }

    /// Gives the terminal another size.
    pub fn resize(&mut self, (columns, rows): (u16, u16)) {
        self.screen.lock().expect("nobody panics with it").screen_mut().set_size(rows, columns);
        let size = PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 };
        self.master.as_ref().expect("the terminal is open").resize(size).expect("the terminal is open");
    }

    /// Closes the terminal, as losing an SSH connection does: the program gets SIGHUP and its writes fail.
    pub fn hang_up(&mut self, size: (u16, u16)) {
        // The system hangs up when nobody holds the other end any more. The reader lets go after the next output,
        // which another size provokes.
        self.closing.store(true, Ordering::Relaxed);
        self.resize(size);
        if let Some(reader) = self.reader.take() {
            reader.join().expect("the reader does not panic");
        }
        self.keys = None;
        self.master = None;
    }

    /// Sends the program a signal.
    pub fn signal(&mut self, signal: rustix::process::Signal) {
        let pid = self.child.process_id().and_then(|pid| i32::try_from(pid).ok());
        let pid = pid.and_then(rustix::process::Pid::from_raw).expect("the program runs");
        rustix::process::kill_process(pid, signal).expect("the program is ours");
    }

    /// Kills the program with SIGKILL.
    pub fn kill(&mut self) {
        self.signal(rustix::process::Signal::KILL);
    }

    /// Waits until the program ended.
    pub fn wait_for_end(&mut self) -> ExitStatus {
        wait_until("dissect to end", PATIENCE, || self.child.try_wait().expect("the program is ours"))
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
