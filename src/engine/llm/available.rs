//! How much memory a new allocation may take on this machine.
//!
//! The system's free memory is not all that counts: a container has a limit of
//! its own, and who goes beyond it is killed.

use std::path::{Path, PathBuf};

/// Bytes that are free; `None` where the system does not say.
pub(super) fn available() -> Option<u64> {
    below(Path::new("/"))
}

/// Likewise with the system's files below `root`.
fn below(root: &Path) -> Option<u64> {
    let free = field(&root.join("proc/meminfo"), "MemAvailable:").map(|n| n.saturating_mul(1024));
    let groups = groups(root);
    groups.iter().filter_map(|group| group.left()).chain(free).min()
}

/// A control group, which bounds the memory of the processes in it.
struct Group {
    folder: PathBuf,
    limit: &'static str,
    usage: &'static str,
    /// Pages of files in `memory.stat`, which are dropped before anyone is
    /// killed.
    reclaimable: &'static str,
}

impl Group {
    /// Bytes up to the limit; `None` without one.
    fn left(&self) -> Option<u64> {
        // Version 2 writes `max` for none, version 1 a number near 2^63.
        let limit = number(&self.folder.join(self.limit)).filter(|&limit| limit < 1 << 60)?;
        let usage = number(&self.folder.join(self.usage)).unwrap_or(0);
        let files = field(&self.folder.join("memory.stat"), self.reclaimable).unwrap_or(0);
        Some(limit.saturating_sub(usage.saturating_sub(files)))
    }
}

/// The groups of this process and those that hold them, each of which may have
/// a limit. Inside a container the path often names a folder of the host's; the
/// mount itself is then the container's own group.
fn groups(root: &Path) -> Vec<Group> {
    let mut groups = Vec::new();
    let text = std::fs::read_to_string(root.join("proc/self/cgroup")).unwrap_or_default();
    for line in text.lines() {
        let mut parts = line.splitn(3, ':');
        let (Some(number), Some(controllers), Some(path)) =
            (parts.next(), parts.next(), parts.next())
        else {
            continue;
        };
        let (mount, [limit, usage, reclaimable]) = if number == "0" && controllers.is_empty() {
            ("sys/fs/cgroup", ["memory.max", "memory.current", "inactive_file"])
        } else if controllers.split(',').any(|name| name == "memory") {
            (
                "sys/fs/cgroup/memory",
                ["memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"],
            )
        } else {
            continue;
        };
        let mount = root.join(mount);
        let mut folder = mount.join(path.trim_start_matches('/'));
        loop {
            groups.push(Group { folder: folder.clone(), limit, usage, reclaimable });
            if folder == mount || !folder.pop() || !folder.starts_with(&mount) {
                break;
            }
        }
    }
    groups
}

/// A file that holds a number.
fn number(file: &Path) -> Option<u64> {
    std::fs::read_to_string(file).ok()?.trim().parse().ok()
}

/// The number after a name at the beginning of a line.
fn field(file: &Path, name: &str) -> Option<u64> {
    let text = std::fs::read_to_string(file).ok()?;
    text.lines().find_map(|line| {
        let mut words = line.split_whitespace();
        (words.next() == Some(name)).then(|| words.next()?.parse().ok())?
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn machine(files: &[(&str, &str)]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = root.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        root
    }

    const MEMINFO: (&str, &str) =
        ("proc/meminfo", "MemTotal: 9000 kB\nMemFree: 10 kB\nMemAvailable:    8000 kB\n");

    #[test]
    fn without_limits_the_systems_figure_counts() {
        assert_eq!(below(machine(&[MEMINFO]).path()), Some(8_192_000));
        assert_eq!(below(machine(&[]).path()), None);
        let unlimited = [
            MEMINFO,
            ("proc/self/cgroup", "0::/user.slice\n"),
            ("sys/fs/cgroup/user.slice/memory.max", "max\n"),
        ];
        assert_eq!(below(machine(&unlimited).path()), Some(8_192_000));
    }

    #[test]
    fn the_tightest_group_above_the_process_counts() {
        let nested = [
            MEMINFO,
            ("proc/self/cgroup", "0::/pod/box\n"),
            ("sys/fs/cgroup/pod/box/memory.max", "5000000\n"),
            ("sys/fs/cgroup/pod/box/memory.current", "1000000\n"),
            ("sys/fs/cgroup/pod/memory.max", "4000000\n"),
            ("sys/fs/cgroup/pod/memory.current", "1500000\n"),
            ("sys/fs/cgroup/pod/memory.stat", "anon 7\ninactive_file 500000\n"),
        ];
        assert_eq!(below(machine(&nested).path()), Some(3_000_000));
    }

    #[test]
    fn a_container_sees_its_limit_at_the_mount() {
        let version_2 = [
            MEMINFO,
            ("proc/self/cgroup", "0::/\n"),
            ("sys/fs/cgroup/memory.max", "2000000\n"),
            ("sys/fs/cgroup/memory.current", "2500000\n"),
        ];
        assert_eq!(below(machine(&version_2).path()), Some(0));
        let version_1 = [
            MEMINFO,
            ("proc/self/cgroup", "5:cpu:/docker/1\n4:hugetlb,memory:/docker/1\n"),
            ("sys/fs/cgroup/memory/memory.limit_in_bytes", "3000000\n"),
            ("sys/fs/cgroup/memory/memory.usage_in_bytes", "1000000\n"),
            ("sys/fs/cgroup/memory/memory.stat", "inactive_file 1\ntotal_inactive_file 200000\n"),
        ];
        assert_eq!(below(machine(&version_1).path()), Some(2_200_000));
        let none = ("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
        let unlimited = [MEMINFO, version_1[1], none];
        assert_eq!(below(machine(&unlimited).path()), Some(8_192_000));
    }

    #[test]
    fn a_group_cannot_lead_out_of_its_mount() {
        let odd = [MEMINFO, ("proc/self/cgroup", "0::/../../x\n0:\nnonsense\n0::/a/../..\n")];
        assert_eq!(below(machine(&odd).path()), Some(8_192_000));
    }
}
