//! What the GPUs and the host said last, and a short history for sparklines. It knows no way to ask them.

use std::collections::VecDeque;

/// Readings kept for the sparklines.
pub const HISTORY: usize = 240;

/// One reading of the host.
#[derive(Debug, Clone, PartialEq)]
pub struct Host {
    /// Host name.
    pub name: String,
    /// Use of every core, 0 to 1.
    pub cores: Vec<f64>,
    /// Bytes of memory in use.
    pub memory_used: u64,
    /// Bytes of memory there are.
    pub memory_total: u64,
    /// Bytes of swap in use.
    pub swap_used: u64,
    /// Bytes of swap there are.
    pub swap_total: u64,
    /// Load over one, five and fifteen minutes.
    pub load: [f64; 3],
    /// The disk that holds the runs.
    pub disk: Option<Disk>,
    /// Bytes a second received.
    pub received: f64,
    /// Bytes a second sent.
    pub sent: f64,
    /// Seconds since the machine started.
    pub uptime: f64,
}

impl Host {
    /// Mean use of the cores, 0 to 1.
    pub fn busy(&self) -> f64 {
        if self.cores.is_empty() { 0.0 } else { self.cores.iter().sum::<f64>() / self.cores.len() as f64 }
    }

    /// Share of the memory in use, 0 to 1.
    pub fn memory_share(&self) -> f64 {
        share(self.memory_used, self.memory_total)
    }
}

/// A disk.
#[derive(Debug, Clone, PartialEq)]
pub struct Disk {
    /// Where it is mounted.
    pub mount: String,
    /// Bytes free to use.
    pub free: u64,
    /// Bytes there are.
    pub total: u64,
}

/// The GPUs of this machine, or why there are none.
#[derive(Debug, Clone, PartialEq)]
pub enum Gpus {
    /// None, and the reason.
    Absent(String),
    /// One reading of each.
    Present(Vec<Gpu>),
    /// The driver was asked and has not answered in time. It may yet.
    Silent,
}

/// One reading of a GPU; what it does not report is `None`.
#[derive(Debug, Clone, PartialEq)]
pub struct Gpu {
    /// Its number, as in `cuda:0`.
    pub index: u32,
    /// Product name.
    pub name: String,
    /// Share of time with a kernel running, 0 to 1.
    pub busy: Option<f64>,
    /// Bytes of memory in use.
    pub memory_used: Option<u64>,
    /// Bytes of memory there are.
    pub memory_total: Option<u64>,
    /// Power drawn.
    pub watts: Option<f64>,
    /// Power it may draw.
    pub watts_limit: Option<f64>,
    /// Temperature.
    pub celsius: Option<u32>,
    /// Clock of its processors.
    pub megahertz: Option<u32>,
    /// The highest that clock may be.
    pub megahertz_most: Option<u32>,
    /// Clock of its memory.
    pub megahertz_memory: Option<u32>,
    /// What keeps its clocks down, in words; empty where nothing does.
    pub throttled: Option<Vec<&'static str>>,
    /// Errors of its memory.
    pub ecc: Ecc,
    /// Xid errors since the last reading; none where the driver does not tell.
    pub xids: Option<Vec<u64>>,
    /// The parts it is split into (MIG).
    pub slices: Vec<Slice>,
    /// Who computes on it, the largest first; or why that is not said.
    pub processes: Result<Vec<GpuProcess>, String>,
    /// Why it cannot be read at all.
    pub trouble: Option<String>,
}

/// Errors of a GPU's memory since its driver was loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ecc {
    /// It does not say.
    Unknown,
    /// It does not look for them.
    Off,
    /// It counts them.
    On {
        /// Mended.
        corrected: u64,
        /// Not mended: what was computed may be wrong.
        uncorrected: u64,
    },
}

/// A part of a GPU that is a GPU to those who use it (MIG).
#[derive(Debug, Clone, PartialEq)]
pub struct Slice {
    /// Its number on the GPU.
    pub index: u32,
    /// Bytes of memory in use.
    pub memory_used: Option<u64>,
    /// Bytes of memory there are.
    pub memory_total: Option<u64>,
}

/// A process on a GPU.
#[derive(Debug, Clone, PartialEq)]
pub struct GpuProcess {
    /// Process id.
    pub pid: u32,
    /// Command name.
    pub name: String,
    /// Bytes of GPU memory, where the driver says.
    pub memory: Option<u64>,
    /// The part of the GPU it uses, where that is split.
    pub slice: Option<u32>,
}

/// Short histories of one GPU, 0 to 1.
#[derive(Debug, Clone, Default)]
pub struct GpuHistory {
    /// Share of time busy.
    pub busy: VecDeque<f64>,
    /// Share of the memory in use.
    pub memory: VecDeque<f64>,
    /// Share of the power limit drawn.
    pub power: VecDeque<f64>,
    /// Xid errors that came while the dashboard was open, with when they were seen.
    pub xids: Vec<(f64, u64)>,
}

/// Whether the driver answers.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Driver {
    /// Not asked yet, or asked just now.
    #[default]
    Asked,
    /// It answers.
    Answers,
    /// It was asked then and has not answered.
    Silent {
        /// Since when.
        since: f64,
    },
    /// It answers again.
    Again {
        /// Since when.
        at: f64,
        /// Seconds for which it did not.
        after: f64,
    },
}

/// Seconds for which it is said that the driver answers again.
const AGAIN: f64 = 60.0;

/// Last readings and their histories.
#[derive(Debug, Clone, Default)]
pub struct Machine {
    /// Last reading of the host, once there is one.
    pub host: Option<Host>,
    /// When the host was read.
    pub host_at: f64,
    /// Mean use of the cores.
    pub busy: VecDeque<f64>,
    /// Share of the memory in use.
    pub memory: VecDeque<f64>,
    /// Last reading of the GPUs, once there is one.
    pub gpus: Option<Gpus>,
    /// When the GPUs were read.
    pub gpus_at: f64,
    /// Whether their driver answers.
    pub driver: Driver,
    /// One for each GPU.
    pub gpu_history: Vec<GpuHistory>,
    /// Bytes a second received.
    pub received: VecDeque<f64>,
    /// Bytes a second sent.
    pub sent: VecDeque<f64>,
}

impl Machine {
    /// Takes in a reading of the host.
    pub fn see_host(&mut self, host: Host, now: f64) {
        remember(&mut self.busy, host.busy());
        remember(&mut self.memory, host.memory_share());
        remember(&mut self.received, host.received);
        remember(&mut self.sent, host.sent);
        self.host = Some(host);
        self.host_at = now;
    }

    /// Takes in a reading of the GPUs.
    pub fn see_gpus(&mut self, gpus: Gpus, now: f64) {
        self.driver = match (&gpus, self.driver) {
            (Gpus::Silent, Driver::Silent { since }) => Driver::Silent { since },
            // What was read last still stands, and is old from then on.
            (Gpus::Silent, _) if self.gpus.is_some() => Driver::Silent { since: self.gpus_at },
            (Gpus::Silent, _) => Driver::Silent { since: now },
            (_, Driver::Silent { since }) => Driver::Again { at: now, after: now - since },
            (_, Driver::Again { at, after }) if now - at < AGAIN => Driver::Again { at, after },
            _ => Driver::Answers,
        };
        if gpus == Gpus::Silent {
            return;
        }
        if let Gpus::Present(list) = &gpus {
            self.gpu_history.resize_with(list.len(), GpuHistory::default);
            for (gpu, history) in list.iter().zip(&mut self.gpu_history) {
                remember(&mut history.busy, gpu.busy.unwrap_or(f64::NAN));
                remember(&mut history.memory, gpu.memory_share().unwrap_or(f64::NAN));
                remember(&mut history.power, gpu.power_share().unwrap_or(f64::NAN));
                history.xids.extend(gpu.xids.iter().flatten().map(|xid| (now, *xid)));
            }
        }
        self.gpus = Some(gpus);
        self.gpus_at = now;
    }
}

impl Gpu {
    /// One of which nothing is known.
    pub fn unread(index: u32, trouble: String) -> Self {
        Self {
            index,
            name: "GPU".to_owned(),
            busy: None,
            memory_used: None,
            memory_total: None,
            watts: None,
            watts_limit: None,
            celsius: None,
            megahertz: None,
            megahertz_most: None,
            megahertz_memory: None,
            throttled: None,
            ecc: Ecc::Unknown,
            xids: None,
            slices: Vec::new(),
            processes: Ok(Vec::new()),
            trouble: Some(trouble),
        }
    }

    /// Share of the memory in use, 0 to 1.
    pub fn memory_share(&self) -> Option<f64> {
        Some(share(self.memory_used?, self.memory_total?))
    }

    /// Share of the power limit drawn, 0 to 1.
    pub fn power_share(&self) -> Option<f64> {
        let limit = self.watts_limit.filter(|limit| *limit > 0.0)?;
        Some(self.watts? / limit)
    }
}

fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

fn remember(history: &mut VecDeque<f64>, value: f64) {
    if history.len() == HISTORY {
        history.pop_front();
    }
    history.push_back(value);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_driver_that_hangs_and_comes_back_is_said() {
        let mut machine = Machine::default();
        let read = || Gpus::Present(vec![Gpu { xids: Some(vec![79]), ..Gpu::unread(0, String::new()) }]);
        for (gpus, now, expected) in [
            (Gpus::Silent, 5.0, Driver::Silent { since: 5.0 }),
            (read(), 10.0, Driver::Again { at: 10.0, after: 5.0 }),
            (read(), 12.0, Driver::Again { at: 10.0, after: 5.0 }),
            (Gpus::Silent, 17.0, Driver::Silent { since: 12.0 }),
            (Gpus::Silent, 30.0, Driver::Silent { since: 12.0 }),
            (read(), 40.0, Driver::Again { at: 40.0, after: 28.0 }),
            (read(), 101.0, Driver::Answers),
        ] {
            machine.see_gpus(gpus, now);
            assert_eq!(machine.driver, expected, "at {now}");
        }
        assert!(matches!(machine.gpus, Some(Gpus::Present(_))), "the last reading still stands");
        assert_eq!(machine.gpu_history[0].xids.len(), 4);
    }
}
