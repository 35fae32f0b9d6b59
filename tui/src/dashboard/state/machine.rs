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
    /// Who computes on it, the largest first.
    pub processes: Vec<GpuProcess>,
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
}

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
    /// One for each GPU.
    pub gpu_history: Vec<GpuHistory>,
}

impl Machine {
    /// Takes in a reading of the host.
    pub fn see_host(&mut self, host: Host, now: f64) {
        remember(&mut self.busy, host.busy());
        remember(&mut self.memory, host.memory_share());
        self.host = Some(host);
        self.host_at = now;
    }

    /// Takes in a reading of the GPUs.
    pub fn see_gpus(&mut self, gpus: Gpus, now: f64) {
        if let Gpus::Present(list) = &gpus {
            self.gpu_history.resize_with(list.len(), GpuHistory::default);
            for (gpu, history) in list.iter().zip(&mut self.gpu_history) {
                remember(&mut history.busy, gpu.busy.unwrap_or(f64::NAN));
                remember(&mut history.memory, gpu.memory_share().unwrap_or(f64::NAN));
                remember(&mut history.power, gpu.power_share().unwrap_or(f64::NAN));
            }
        }
        self.gpus = Some(gpus);
        self.gpus_at = now;
    }
}

impl Gpu {
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
