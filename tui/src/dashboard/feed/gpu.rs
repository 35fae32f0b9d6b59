//! Readings of NVIDIA GPUs through the driver's own library, opened at run time.
//!
//! It knows no screens. A machine without a driver is a state, not an error, and a value that a GPU, an older driver or
//! a missing permission keeps back is left out.

use nvml_wrapper::bitmasks::device::ThrottleReasons;
use nvml_wrapper::bitmasks::event::EventTypes;
use nvml_wrapper::enum_wrappers::device::{Clock, EccCounter, MemoryError, TemperatureSensor};
use nvml_wrapper::enums::device::UsedGpuMemory;
use nvml_wrapper::enums::event::XidError;
use nvml_wrapper::error::NvmlError;
use nvml_wrapper::struct_wrappers::device::ProcessInfo;
use nvml_wrapper::{Device, EventSet, Nvml};

use crate::dashboard::state::machine::{Ecc, Gpu, GpuProcess, Gpus, Slice};

/// Xid errors taken in at one reading; a GPU that fails may send them without end.
const XIDS: usize = 16;

/// The driver's library, open or not.
pub(crate) enum GpuReader {
    Open(Driver),
    Absent(String),
}

/// An open driver.
pub(crate) struct Driver {
    /// Lives as long as the program: its event sets refer to it, and no other is opened once one is.
    nvml: &'static Nvml,
    /// For each GPU that tells of its Xid errors, where they come.
    xids: Vec<Option<EventSet<'static>>>,
}

impl GpuReader {
    /// Opens the library where there is one.
    pub(crate) fn open() -> Self {
        // The plain name `libnvidia-ml.so` comes with development packages only.
        let opened = Nvml::builder().lib_path("libnvidia-ml.so.1".as_ref()).init().or_else(|_| Nvml::init());
        match opened {
            Ok(nvml) => Self::Open(Driver { nvml: Box::leak(Box::new(nvml)), xids: Vec::new() }),
            Err(NvmlError::LibloadingError(_)) => Self::Absent("no NVIDIA driver on this machine".to_owned()),
            Err(error) => Self::Absent(format!("the NVIDIA driver does not answer: {error}")),
        }
    }

    /// What every GPU says now.
    pub(crate) fn read(&mut self) -> Gpus {
        let driver = match self {
            Self::Open(driver) => driver,
            Self::Absent(reason) => return Gpus::Absent(reason.clone()),
        };
        match driver.nvml.device_count() {
            Ok(0) => Gpus::Absent("the NVIDIA driver is there, but it lists no GPU".to_owned()),
            Ok(count) => Gpus::Present((0..count).map(|index| driver.gpu(index)).collect()),
            Err(error) => Gpus::Absent(format!("the NVIDIA driver does not answer: {error}")),
        }
    }
}

impl Driver {
    fn gpu(&mut self, index: u32) -> Gpu {
        match self.nvml.device_by_index(index) {
            Ok(device) => Gpu { xids: self.xids(index, &device), ..gpu(index, &device) },
            Err(error) => Gpu::unread(index, error.to_string()),
        }
    }

    /// Xid errors since the last call; none where the driver does not tell of them.
    fn xids(&mut self, index: u32, device: &Device<'static>) -> Option<Vec<u64>> {
        let place = index as usize;
        if place >= self.xids.len() {
            let nvml = self.nvml;
            let listen = |device: &Device<'static>| {
                let set = nvml.create_event_set().ok()?;
                device.register_events(EventTypes::CRITICAL_XID_ERROR, set).ok()
            };
            self.xids.resize_with(place, || None);
            self.xids.push(listen(device));
        }
        let set = self.xids.get(place)?.as_ref()?;
        let mut found = Vec::new();
        while found.len() < XIDS {
            // One millisecond: what has come is told at once, and nothing is waited for.
            let Ok(event) = set.wait(1) else { break };
            if let Some(XidError::Value(xid)) = event.event_data {
                found.push(xid);
            }
        }
        Some(found)
    }
}

fn gpu(index: u32, device: &Device<'_>) -> Gpu {
    let memory = device.memory_info().ok();
    let watts = |milliwatts: u32| f64::from(milliwatts) / 1000.0;
    let slices = slices(device);
    let processes = match slices.as_slice() {
        [] => device.running_compute_processes().map(|found| processes(found, None)),
        slices => {
            let of = |(slice, device): &(Slice, Device<'_>)| {
                processes(device.running_compute_processes().unwrap_or_default(), Some(slice.index))
            };
            Ok(slices.iter().flat_map(of).collect())
        }
    };
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
        megahertz_most: device.max_clock_info(Clock::SM).ok(),
        megahertz_memory: device.clock_info(Clock::Memory).ok(),
        throttled: device.current_throttle_reasons().ok().map(throttled),
        ecc: ecc(device),
        xids: None,
        slices: slices.into_iter().map(|(slice, _)| slice).collect(),
        processes: processes.map_err(|error| error.to_string()),
        trouble: None,
    }
}

/// What keeps clocks down. Having nothing to do is none of it.
fn throttled(reasons: ThrottleReasons) -> Vec<&'static str> {
    const WORDS: [(ThrottleReasons, &str); 8] = [
        (ThrottleReasons::SW_POWER_CAP, "power limit"),
        (ThrottleReasons::HW_THERMAL_SLOWDOWN, "heat (hardware)"),
        (ThrottleReasons::SW_THERMAL_SLOWDOWN, "heat"),
        (ThrottleReasons::HW_POWER_BRAKE_SLOWDOWN, "power brake"),
        (ThrottleReasons::HW_SLOWDOWN, "hardware slowdown"),
        (ThrottleReasons::SYNC_BOOST, "sync boost"),
        (ThrottleReasons::APPLICATIONS_CLOCKS_SETTING, "clocks set by hand"),
        (ThrottleReasons::DISPLAY_CLOCK_SETTING, "display clocks"),
    ];
    WORDS.iter().filter(|(reason, _)| reasons.contains(*reason)).map(|(_, word)| *word).collect()
}

fn ecc(device: &Device<'_>) -> Ecc {
    match device.is_ecc_enabled() {
        Ok(state) if !state.currently_enabled => Ecc::Off,
        Ok(_) => {
            let count = |kind| device.total_ecc_errors(kind, EccCounter::Volatile);
            match (count(MemoryError::Corrected), count(MemoryError::Uncorrected)) {
                (Ok(corrected), Ok(uncorrected)) => Ecc::On { corrected, uncorrected },
                _ => Ecc::Unknown,
            }
        }
        Err(_) => Ecc::Unknown,
    }
}

/// The parts of a GPU that is split.
fn slices<'nvml>(device: &Device<'nvml>) -> Vec<(Slice, Device<'nvml>)> {
    if !device.mig_mode().is_ok_and(|mode| mode.current == 1) {
        return Vec::new();
    }
    let slice = |index| {
        let part = device.mig_device_by_index(index).ok()?;
        let memory = part.memory_info().ok();
        let (memory_used, memory_total) = (memory.as_ref().map(|m| m.used), memory.as_ref().map(|m| m.total));
        Some((Slice { index, memory_used, memory_total }, part))
    };
    (0..device.mig_device_count().unwrap_or(0)).filter_map(slice).collect()
}

fn processes(found: Vec<ProcessInfo>, slice: Option<u32>) -> Vec<GpuProcess> {
    let process = |process: ProcessInfo| GpuProcess {
        pid: process.pid,
        name: process_name(process.pid),
        memory: match process.used_gpu_memory {
            UsedGpuMemory::Used(bytes) => Some(bytes),
            UsedGpuMemory::Unavailable => None,
        },
        slice,
    };
    let mut found: Vec<GpuProcess> = found.into_iter().map(process).collect();
    found.sort_by_key(|process| std::cmp::Reverse(process.memory));
    found
}

fn process_name(pid: u32) -> String {
    std::fs::read_to_string(format!("/proc/{pid}/comm"))
        .map_or_else(|_| "?".to_owned(), |name| name.trim().to_owned())
}
