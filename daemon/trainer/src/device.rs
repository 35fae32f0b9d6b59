//! Where libtorch computes. One binary serves machines with and without CUDA: it is linked against libtorch's CPU half
//! and opens the CUDA half where one is installed beside it and a driver is loaded.

use std::path::{Path, PathBuf};

use dissect_runs::spec::{Device as Wanted, Precision};
use tch::{Cuda, Device, Kind};

/// A device that a run asked for and that is not there.
#[derive(Debug, thiserror::Error)]
#[error("device `{wanted}` is not usable: {found}; set run.device to auto or cpu, or see `dissect doctor`")]
pub struct DeviceError {
    wanted: Wanted,
    found: String,
}

/// The device to compute on, and a note where it is not what one might expect.
#[derive(Debug)]
pub struct Choice {
    /// The device.
    pub device: Device,
    /// Why it was chosen, where the choice was open.
    pub note: Option<String>,
}

/// Chooses the device a run asked for.
///
/// # Errors
/// A GPU that was asked for by name and cannot be used.
pub fn choose(wanted: Wanted) -> Result<Choice, DeviceError> {
    let on = |device, note| Ok(Choice { device, note });
    match wanted {
        Wanted::Cpu => on(Device::Cpu, None),
        Wanted::Auto => match open_cuda() {
            Ok(1..) => on(Device::Cuda(0), None),
            Ok(_) => on(Device::Cpu, Some("computing on the CPU: no CUDA device is visible".to_owned())),
            Err(reason) => on(Device::Cpu, Some(format!("computing on the CPU: {reason}"))),
        },
        Wanted::Cuda(index) => match open_cuda() {
            Ok(count) if i64::from(index) < count => on(Device::Cuda(index as usize), None),
            Ok(count) => Err(DeviceError { wanted, found: format!("{count} CUDA devices are visible") }),
            Err(found) => Err(DeviceError { wanted, found }),
        },
    }
}

/// The kind in which the products of a training pass are computed.
pub fn compute_kind(precision: Precision) -> Kind {
    match precision {
        Precision::F32 | Precision::Tf32 => Kind::Float,
        Precision::Bf16 => Kind::BFloat16,
    }
}

/// Sets the arithmetic of float32 products on the GPU, which cuBLAS and cuDNN read from the environment when they are
/// first opened: plain float32 unless TF32 was asked for.
///
/// # Safety
/// No other thread may be running.
pub unsafe fn prepare_environment(precision: Precision) {
    let (name, value) = match precision {
        Precision::Tf32 => ("TORCH_ALLOW_TF32_CUBLAS_OVERRIDE", "1"),
        Precision::F32 | Precision::Bf16 => ("NVIDIA_TF32_OVERRIDE", "0"),
    };
    // SAFETY: no other thread reads the environment, as the caller promises.
    unsafe { std::env::set_var(name, value) };
}

/// Sets the number of threads of one operation: `DISSECT_THREADS`, else all cores.
pub fn set_threads() -> usize {
    let wanted = std::env::var("DISSECT_THREADS").ok().and_then(|text| text.parse().ok()).filter(|&n| n > 0);
    let threads = wanted
        .unwrap_or_else(|| std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get))
        .min(1024);
    tch::set_num_threads(threads as i32);
    threads
}

/// Registers CUDA with libtorch; gives the number of devices, or why there is no CUDA here.
fn open_cuda() -> Result<i64, String> {
    if !Path::new("/proc/driver/nvidia/version").exists() && !Path::new("/dev/nvidiactl").exists() {
        return Err("no NVIDIA driver is loaded".to_owned());
    }
    let library =
        beside_libtorch("libtorch_cuda.so").ok_or("no libtorch_cuda.so lies beside libtorch_cpu.so")?;
    // SAFETY: the library is libtorch's own other half; its initialisers register kernels and nothing else.
    let opened = unsafe {
        let flags = libloading::os::unix::RTLD_NOW | libloading::os::unix::RTLD_GLOBAL;
        libloading::os::unix::Library::open(Some(&library), flags)
    };
    // Stays open as long as the process: libtorch holds pointers into it.
    std::mem::forget(opened.map_err(|error| format!("{} cannot be opened: {error}", library.display()))?);
    Ok(Cuda::device_count())
}

/// A file in the folder that this process's libtorch was loaded from.
fn beside_libtorch(name: &str) -> Option<PathBuf> {
    let maps = std::fs::read_to_string("/proc/self/maps").ok()?;
    let core = maps.lines().filter_map(|line| line.split_ascii_whitespace().last());
    let core = core.into_iter().find(|path| path.ends_with("/libtorch_cpu.so"))?;
    Some(Path::new(core).with_file_name(name)).filter(|path| path.exists())
}
