//! Readings of this machine's processors, memory, disk and network. It knows no screens.

use std::path::{Path, PathBuf};

use sysinfo::{Disks, MemoryRefreshKind, Networks, System};

use crate::dashboard::state::machine::{Disk, Host};

/// Keeps what differences need from one reading to the next.
pub(crate) struct HostReader {
    system: System,
    disks: Disks,
    networks: Networks,
    home: PathBuf,
    name: String,
}

impl HostReader {
    /// A reader that looks at the disk which holds `home`.
    pub(crate) fn new(home: &Path) -> Result<Self, sysinfo::Error> {
        Ok(Self {
            system: System::new()?,
            disks: Disks::new_with_refreshed_list()?,
            networks: Networks::new_with_refreshed_list()?,
            home: home.canonicalize().unwrap_or_else(|_| home.to_owned()),
            name: System::host_name().unwrap_or_else(|_| "this machine".to_owned()),
        })
    }

    /// What the machine says now; processor and network figures are means since the last call, `seconds` ago.
    pub(crate) fn read(&mut self, seconds: f64) -> Host {
        self.system.refresh_cpu_usage();
        self.system.refresh_memory_specifics(MemoryRefreshKind::everything());
        self.disks.refresh(false);
        self.networks.refresh(true);
        let load = System::load_average().map_or([0.0; 3], |load| [load.one, load.five, load.fifteen]);
        let rate = |bytes: u64| bytes as f64 / seconds.max(0.001);
        let outside = || self.networks.iter().filter(|(name, _)| name.as_os_str() != "lo");
        Host {
            name: self.name.clone(),
            cores: self.system.cpus().iter().map(|cpu| f64::from(cpu.usage()) / 100.0).collect(),
            memory_used: self.system.used_memory(),
            memory_total: self.system.total_memory(),
            swap_used: self.system.used_swap(),
            swap_total: self.system.total_swap(),
            load,
            disk: self.disk(),
            received: rate(outside().map(|(_, data)| data.received()).sum()),
            sent: rate(outside().map(|(_, data)| data.transmitted()).sum()),
            uptime: System::uptime().unwrap_or(0) as f64,
        }
    }

    fn disk(&self) -> Option<Disk> {
        self.disks
            .iter()
            .filter(|disk| self.home.starts_with(disk.mount_point()))
            .max_by_key(|disk| disk.mount_point().as_os_str().len())
            .map(|disk| Disk {
                mount: disk.mount_point().display().to_string(),
                free: disk.available_space(),
                total: disk.total_space(),
            })
    }
}
