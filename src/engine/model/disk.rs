//! Disk matters: free space, copying while hashing, replacing a file at once.

use std::fs::File;
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::{ModelError, Progress};

/// Bytes a user may still write below a folder; `None` where the system does
/// not say.
#[cfg(unix)]
pub fn free_space(folder: &Path) -> Option<u64> {
    use std::os::unix::ffi::OsStrExt;
    let path = std::ffi::CString::new(folder.as_os_str().as_bytes()).ok()?;
    let mut stat = std::mem::MaybeUninit::<libc::statvfs>::uninit();
    // SAFETY: the path is a C string and the buffer is of the type asked for;
    // it is read only when the call says that it filled it.
    let stat = unsafe {
        if libc::statvfs(path.as_ptr(), stat.as_mut_ptr()) != 0 {
            return None;
        }
        stat.assume_init()
    };
    #[allow(clippy::unnecessary_cast, reason = "the fields' widths differ between systems")]
    Some(stat.f_bavail as u64 * stat.f_frsize as u64)
}

#[cfg(not(unix))]
pub fn free_space(_folder: &Path) -> Option<u64> {
    None
}

/// Fails when a folder has less than `needed` bytes free.
pub fn require_space(folder: &Path, needed: u64) -> Result<(), ModelError> {
    match free_space(folder) {
        Some(free) if free < needed => {
            Err(ModelError::DiskFull { folder: folder.to_owned(), needed, free })
        }
        _ => Ok(()),
    }
}

pub fn is_full(error: &std::io::Error) -> bool {
    matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded)
}

/// An I/O failure; a full disk says how much was needed and is free.
pub fn write_error(
    action: &'static str,
    path: &Path,
    needed: u64,
    source: std::io::Error,
) -> ModelError {
    if is_full(&source) {
        let folder = path.parent().unwrap_or(path).to_owned();
        let free = free_space(&folder).unwrap_or(0);
        return ModelError::DiskFull { folder, needed, free };
    }
    ModelError::Io { action, path: path.to_owned(), source }
}

/// Copies at most `limit` bytes and returns their number and SHA-256.
pub fn copy_hashed(
    from: &mut dyn Read,
    to: &mut dyn Write,
    limit: u64,
    progress: &mut dyn Progress,
) -> std::io::Result<(u64, String)> {
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    let mut total = 0;
    loop {
        let read = match from.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => read,
            Err(e) if e.kind() == ErrorKind::Interrupted => continue,
            Err(e) => return Err(e),
        };
        total += read as u64;
        if total > limit {
            return Err(std::io::Error::new(
                ErrorKind::FileTooLarge,
                format!("more than the {limit} bytes that were announced"),
            ));
        }
        hasher.update(&buffer[..read]);
        to.write_all(&buffer[..read])?;
        progress.advance(total);
    }
    Ok((total, hex(&hasher.finalize())))
}

/// Size and SHA-256 of a file.
pub fn hash_file(path: &Path, progress: &mut dyn Progress) -> Result<(u64, String), ModelError> {
    let mut file = File::open(path).map_err(ModelError::io("open", path))?;
    copy_hashed(&mut file, &mut std::io::sink(), u64::MAX, progress)
        .map_err(ModelError::io("read", path))
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// Moves a finished file to its final name so that a crash leaves either none
/// or the whole.
pub fn publish(part: &Path, to: &Path) -> Result<(), ModelError> {
    let sync = |path: &Path| File::open(path).and_then(|f| f.sync_all());
    sync(part).map_err(|e| write_error("write", part, 0, e))?;
    std::fs::rename(part, to).map_err(|e| write_error("rename", part, 0, e))?;
    // Folders cannot be opened for this on every system; the rename stands.
    if let Some(folder) = to.parent() {
        let _ = sync(folder);
    }
    Ok(())
}

/// Bytes of the files below a folder; what is not there counts nothing.
pub fn size_below(folder: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
    entries
        .flatten()
        .map(|entry| match entry.metadata() {
            Ok(m) if m.is_dir() => size_below(&entry.path()),
            Ok(m) => m.len(),
            Err(_) => 0,
        })
        .sum()
}

/// Where a file is written before it is checked.
pub fn part_of(file: &Path) -> PathBuf {
    let mut name = file.file_name().unwrap_or_default().to_owned();
    name.push(".part");
    file.with_file_name(name)
}

/// Removes what may not be there.
pub fn remove_if_there(path: &Path) -> Result<(), ModelError> {
    match std::fs::remove_file(path) {
        Err(e) if e.kind() != ErrorKind::NotFound => Err(ModelError::io("remove", path)(e)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Silent;
    use super::*;

    struct Full;
    impl Write for Full {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_full_disk_says_what_was_needed_and_what_is_free() {
        let error =
            copy_hashed(&mut &b"weights"[..], &mut Full, u64::MAX, &mut Silent).unwrap_err();
        let folder = tempfile::tempdir().unwrap();
        let error = write_error("write", &folder.path().join("a.part"), 7_000_000, error);
        let text = error.to_string();
        assert!(matches!(error, ModelError::DiskFull { needed: 7_000_000, .. }));
        assert!(text.contains("7 MB needed") && text.contains("MB free"), "{text}");
    }

    #[test]
    fn more_than_was_announced_is_refused() {
        let error =
            copy_hashed(&mut &[0u8; 100][..], &mut std::io::sink(), 99, &mut Silent).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::FileTooLarge);
    }

    #[test]
    fn free_space_is_known_and_too_much_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        require_space(folder.path(), 1).unwrap();
        #[cfg(unix)]
        assert!(matches!(
            require_space(folder.path(), u64::MAX),
            Err(ModelError::DiskFull { needed: u64::MAX, .. })
        ));
    }

    #[test]
    fn the_hash_is_sha256() {
        let (size, hash) =
            copy_hashed(&mut &b"abc"[..], &mut std::io::sink(), 3, &mut Silent).unwrap();
        assert_eq!(size, 3);
        assert_eq!(hash, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
