//! Readings of NVIDIA GPUs through the driver's own library, opened at run time.
//!
//! It knows no screens. A machine without a driver is a state, not an error.

use nvml_wrapper::enum_wrappers::device::{Clock, TemperatureSensor};
use nvml_wrapper::enums::device::UsedGpuMemory;
use nvml_wrapper::{Device, Nvml};

use crate::dashboard::state::machine::{Gpu, GpuProcess, Gpus};

/// The driver's library, open or not.
pub(crate) enum GpuReader {
    Open(Box<Nvml>),
    Absent(String),
}

impl GpuReader {
    /// Opens the library where there is one.
    pub(crate) fn open() -> Self {
        // The plain name `libnvidia-ml.so` comes with development packages only.
        let opened = Nvml::builder().lib_path("libnvidia-ml.so.1".as_ref()).init().or_else(|_| Nvml::init());
        match opened {
            Ok(nvml) => Self::Open(Box::new(nvml)),
            Err(nvml_wrapper::error::NvmlError::LibloadingError(_)) => {
                Self::Absent("no NVIDIA driver on this machine".to_owned())
            }
            Err(error) => Self::Absent(format!("the NVIDIA driver does not answer: {error}")),
        }
    }

    /// What every GPU says now. A value that a GPU does not report is left out.
    pub(crate) fn read(&self) -> Gpus {
        let nvml = match self {
            Self::Open(nvml) => nvml,
            Self::Absent(reason) => return Gpus::Absent(reason.clone()),
        };
        match nvml.device_count() {
            Ok(0) => Gpus::Absent("the NVIDIA driver is there, but it lists no GPU".to_owned()),
            Ok(count) => Gpus::Present(
                (0..count)
                    .filter_map(|index| nvml.device_by_index(index).ok().map(|device| gpu(index, &device)))
                    .collect(),
            ),
            Err(error) => Gpus::Absent(format!("the NVIDIA driver does not answer: {error}")),
        }
    }
}

fn gpu(index: u32, device: &Device<'_>) -> Gpu {
    let memory = device.memory_info().ok();
    let watts = |milliwatts: u32| f64::from(milliwatts) / 1000.0;
    Gpu {
        index,
        name: device.name().unwrap_or_else(|_| "GPU".to_owned()),
        busy: device.utilization_rates().ok().map(|rates| f64::from(rates.gpu) / 100.0),
        memory_used: memory.as_ref().map(|m| m.used),
        memory_total: memory.as_ref().map(|m| m.total),
        watts: device.power_usage().ok().map(watts),
        watts_limit: device.enforced_power_limit().ok().map(watts),
        celsius: device.temperature(TemperatureSensor::Gpu).ok(),
        megahertz: device.clock_info(Clock::SM).ok(),
        processes: processes(device),
    }
}

fn processes(device: &Device<'_>) -> Vec<GpuProcess> {
    let mut found: Vec<GpuProcess> = device
        .running_compute_processes()
        .unwrap_or_default()
        .into_iter()
        .map(|process| GpuProcess {
            pid: process.pid,
            name: process_name(process.pid),
            memory: match process.used_gpu_memory {
                UsedGpuMemory::Used(bytes) => Some(bytes),
                UsedGpuMemory::Unavailable => None,
            },
        })
        .collect();
    found.sort_by_key(|process| std::cmp::Reverse(process.memory));
    found
}

fn process_name(pid: u32) -> String {
    std::fs::read_to_string(format!("/proc/{pid}/comm"))
        .map_or_else(|_| "?".to_owned(), |name| name.trim().to_owned())
}
