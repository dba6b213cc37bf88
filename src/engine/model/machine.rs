//! What this machine can carry.

use std::path::Path;

/// A graphics processor that candle could use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gpu {
    Nvidia,
    Amd,
    Apple,
}

impl Gpu {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Nvidia => "an NVIDIA GPU",
            Self::Amd => "an AMD GPU",
            Self::Apple => "Apple silicon",
        }
    }

    /// Whether this build can compute on it.
    pub fn is_used(self) -> bool {
        match self {
            Self::Nvidia => cfg!(feature = "cuda"),
            Self::Apple => cfg!(feature = "metal"),
            Self::Amd => false,
        }
    }
}

/// Memory and GPU, for choosing a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Machine {
    /// All of it, in MB; `None` where the system does not say.
    pub memory: Option<u64>,
    pub gpu: Option<Gpu>,
}

impl Machine {
    /// Looks at this machine's device files and memory table.
    pub fn detect() -> Self {
        Self { memory: memory(), gpu: gpu(Path::new("/dev")) }
    }

    /// Whether a model computes on a GPU here.
    pub fn has_usable_gpu(&self) -> bool {
        self.gpu.is_some_and(Gpu::is_used)
    }
}

fn gpu(dev: &Path) -> Option<Gpu> {
    if cfg!(all(target_os = "macos", target_arch = "aarch64")) {
        Some(Gpu::Apple)
    } else if dev.join("nvidia0").exists() {
        Some(Gpu::Nvidia)
    } else if dev.join("kfd").exists() {
        Some(Gpu::Amd)
    } else {
        None
    }
}

#[cfg(target_os = "linux")]
fn memory() -> Option<u64> {
    total_of(&std::fs::read_to_string("/proc/meminfo").ok()?)
}

#[cfg(all(unix, not(target_os = "linux")))]
fn memory() -> Option<u64> {
    // SAFETY: both calls only read a number of the system's.
    let (pages, size) =
        unsafe { (libc::sysconf(libc::_SC_PHYS_PAGES), libc::sysconf(libc::_SC_PAGESIZE)) };
    let bytes = u64::try_from(pages).ok()?.checked_mul(u64::try_from(size).ok()?)?;
    Some(bytes / 1_000_000)
}

#[cfg(not(unix))]
fn memory() -> Option<u64> {
    None
}

/// `MemTotal` of /proc/meminfo, in MB.
#[cfg(any(target_os = "linux", test))]
fn total_of(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|l| l.strip_prefix("MemTotal:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1024 / 1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_read_from_the_table() {
        let table = "MemTotal:       24684544 kB\nMemFree:        1 kB\n";
        assert_eq!(total_of(table), Some(25276));
        assert_eq!(total_of("MemFree: 1 kB"), None);
    }

    #[test]
    #[cfg(not(target_os = "macos"))]
    fn a_gpu_is_known_by_its_device_file() {
        let dev = tempfile::tempdir().unwrap();
        assert_eq!(gpu(dev.path()), None);
        std::fs::write(dev.path().join("kfd"), "").unwrap();
        assert_eq!(gpu(dev.path()), Some(Gpu::Amd));
        std::fs::write(dev.path().join("nvidia0"), "").unwrap();
        assert_eq!(gpu(dev.path()), Some(Gpu::Nvidia));
    }
}
