//! A program in a pseudo-terminal that is watched: when its bytes come, how many, and what they show. It answers what
//! programs ask a terminal at their start, as terminals do.

use std::io::{Read as _, Write};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use std::{fs, thread};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

/// What has come out of the program.
struct Seen {
    screen: vt100::Parser,
    bytes: u64,
    last: Option<Instant>,
}

/// The program. Dropping it kills it.
pub(crate) struct Watched {
    child: Box<dyn Child + Send + Sync>,
    keys: Arc<Mutex<Box<dyn Write + Send>>>,
    seen: Arc<Mutex<Seen>>,
    started: Instant,
    _master: Box<dyn MasterPty + Send>,
}

/// A request that terminals answer, and an answer: the colour of the background, the cursor's place, the kind.
const ANSWERS: [(&[u8], &str); 4] = [
    (b"\x1b]11;?", "\x1b]11;rgb:0000/0000/0000\x1b\\"),
    (b"\x1b[6n", "\x1b[1;1R"),
    (b"\x1b[c", "\x1b[?62;22c"),
    (b"\x1b[5n", "\x1b[0n"),
];

impl Watched {
    /// Starts a program in a terminal of so many columns and rows.
    pub(crate) fn start(
        program: &Path,
        arguments: &[&str],
        environment: &[(&str, &Path)],
        folder: &Path,
        (columns, rows): (u16, u16),
    ) -> Result<Self, Box<dyn std::error::Error>> {
        let size = PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size)?;
        let mut command = CommandBuilder::new(program);
        command.args(arguments);
        command.cwd(folder);
        command.env("TERM", "xterm-256color");
        for (name, value) in environment {
            command.env(name, value);
        }
        let mut output = pair.master.try_clone_reader()?;
        let keys = Arc::new(Mutex::new(pair.master.take_writer()?));
        let seen = Seen { screen: vt100::Parser::new(rows, columns, 0), bytes: 0, last: None };
        let seen = Arc::new(Mutex::new(seen));
        let started = Instant::now();
        let child = pair.slave.spawn_command(command)?;
        drop(pair.slave);
        let (into, answers) = (Arc::clone(&seen), Arc::clone(&keys));
        thread::spawn(move || {
            let mut buffer = [0; 65536];
            while let Ok(count @ 1..) = output.read(&mut buffer) {
                let came = &buffer[..count];
                for (asked, answer) in ANSWERS {
                    if came.windows(asked.len()).any(|part| part == asked)
                        && let Ok(mut keys) = answers.lock()
                    {
                        // A program that is gone needs no answer.
                        let _ = keys.write_all(answer.as_bytes()).and_then(|()| keys.flush());
                    }
                }
                let Ok(mut seen) = into.lock() else { return };
                seen.bytes += count as u64;
                seen.last = Some(Instant::now());
                seen.screen.process(came);
            }
        });
        Ok(Self { child, keys, seen, started, _master: pair.master })
    }

    /// Types keys.
    pub(crate) fn type_keys(&mut self, keys: &str) -> Result<(), Box<dyn std::error::Error>> {
        let mut writer = self.keys.lock().map_err(|_| "the reader panicked")?;
        writer.write_all(keys.as_bytes())?;
        Ok(writer.flush()?)
    }

    /// How long after the start the screen first met a condition.
    pub(crate) fn until(
        &self,
        what: &str,
        condition: impl Fn(&str) -> bool,
    ) -> Result<Duration, Box<dyn std::error::Error>> {
        loop {
            let screen = self.screen();
            if condition(&screen) {
                return Ok(self.started.elapsed());
            }
            if self.started.elapsed() > Duration::from_secs(120) {
                return Err(format!("waited in vain for {what}; the screen shows:\n{screen}").into());
            }
            thread::sleep(Duration::from_micros(500));
        }
    }

    /// What the screen shows.
    pub(crate) fn screen(&self) -> String {
        self.seen.lock().map(|seen| seen.screen.screen().contents()).unwrap_or_default()
    }

    /// Bytes that came out so far.
    pub(crate) fn bytes(&self) -> u64 {
        self.seen.lock().map(|seen| seen.bytes).unwrap_or_default()
    }

    /// From a key to the last byte of what it changes: output that is followed by `quiet` of silence.
    pub(crate) fn answer_to(
        &mut self,
        key: &str,
        quiet: Duration,
    ) -> Result<Option<Duration>, Box<dyn std::error::Error>> {
        let before = self.bytes();
        let pressed = Instant::now();
        self.type_keys(key)?;
        loop {
            thread::sleep(Duration::from_micros(200));
            let last = self.seen.lock().map_err(|_| "the reader panicked")?.last;
            match last.filter(|_| self.bytes() > before) {
                Some(last) if last.elapsed() > quiet => return Ok(Some(last - pressed)),
                None if pressed.elapsed() > Duration::from_secs(2) => return Ok(None),
                _ => {}
            }
        }
    }

    /// Memory in MB and processor time in ms of the program and its children: resident now, and used so far.
    pub(crate) fn weight(&self) -> Result<(f64, u64), Box<dyn std::error::Error>> {
        let root = self.child.process_id().ok_or("the program has ended")?;
        let (mut memory, mut ticks) = (0.0, 0);
        let mut left = vec![root];
        while let Some(pid) = left.pop() {
            let at = format!("/proc/{pid}");
            let Ok(status) = fs::read_to_string(format!("{at}/status")) else { continue };
            let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
            let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
            memory += kilobytes.unwrap_or(0.0) / 1024.0;
            let stat = fs::read_to_string(format!("{at}/stat"))?;
            let fields: Vec<&str> =
                stat.rsplit_once(')').map(|(_, rest)| rest.split_whitespace().collect()).unwrap_or_default();
            ticks += fields[11].parse::<u64>()? + fields[12].parse::<u64>()?;
            for thread in fs::read_dir(format!("{at}/task"))? {
                let children = fs::read_to_string(thread?.path().join("children")).unwrap_or_default();
                left.extend(children.split_whitespace().filter_map(|pid| pid.parse::<u32>().ok()));
            }
        }
        Ok((memory, ticks * 10))
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
