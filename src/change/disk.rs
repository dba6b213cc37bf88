//! Reads files of a tree in the work tree, where git need not decompress them.
//!
//! A file there counts only if its bytes have the id of the tree's blob, so the
//! answer is git's own whatever is checked out, filtered, converted or edited.

use std::fs::{File, Metadata};
use std::io::Read;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;
#[cfg(unix)]
use std::time::UNIX_EPOCH;

use sha1::Sha1;
use sha2::{Digest, Sha256};

use super::Entry;

/// A file that was changed this short a time ago may change again without a
/// trace in its times, for clocks of file systems are coarse; nanoseconds.
#[cfg(unix)]
const COARSE: i128 = 2_000_000_000;

/// The work tree beside a tree of objects.
#[derive(Debug)]
pub(super) struct Disk {
    folder: Option<PathBuf>,
    /// For each entry of the tree a mark of the file that was found to hold its
    /// blob, 0 where none was: hashing takes as long as reading does.
    marks: Vec<AtomicU64>,
}

impl Disk {
    /// `count` is how many entries the tree has; without a folder there is no
    /// work tree.
    pub fn new(folder: Option<PathBuf>, count: usize) -> Self {
        let marks = if folder.is_some() { count } else { 0 };
        Self { folder, marks: std::iter::repeat_with(AtomicU64::default).take(marks).collect() }
    }

    /// Fills `buffer` with the bytes of the tree's entry number `n`; `false` if the
    /// work tree does not have them, and `buffer` holds nothing of use then.
    pub fn read(&self, n: usize, entry: &Entry, buffer: &mut Vec<u8>) -> bool {
        self.try_read(n, entry, buffer).unwrap_or(false)
    }

    /// An error is a file that is not there or not readable: the objects have it.
    fn try_read(&self, n: usize, entry: &Entry, buffer: &mut Vec<u8>) -> std::io::Result<bool> {
        let (Some(folder), Some(known)) = (&self.folder, self.marks.get(n)) else {
            return Ok(false);
        };
        let path = folder.join(&entry.path);
        // Looked at before it is opened, which would wait at a named pipe.
        let seen = std::fs::symlink_metadata(&path)?;
        if !seen.is_file() || seen.len() != entry.size {
            return Ok(false);
        }
        let mut file = File::open(&path)?;
        buffer.clear();
        buffer.reserve(entry.size as usize + 1);
        // One byte more shows that it has grown.
        (&mut file).take(entry.size + 1).read_to_end(buffer)?;
        if buffer.len() as u64 != entry.size {
            return Ok(false);
        }
        // Asked after reading: what was written meanwhile has a new time.
        let mark = mark(&file.metadata()?, SystemTime::now());
        if mark.is_some_and(|mark| known.load(Ordering::Relaxed) == mark) {
            return Ok(true);
        }
        if !has_id(buffer, &entry.id) {
            return Ok(false);
        }
        if let Some(mark) = mark {
            known.store(mark, Ordering::Relaxed);
        }
        Ok(true)
    }
}

/// Whether git would store the bytes as the blob of that id.
fn has_id(bytes: &[u8], id: &str) -> bool {
    let head = format!("blob {}\0", bytes.len());
    match id.len() {
        40 => hex(&Sha1::new().chain_update(head).chain_update(bytes).finalize()) == id,
        64 => hex(&Sha256::new().chain_update(head).chain_update(bytes).finalize()) == id,
        _ => false,
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// What tells a file from itself after a change: place, size and times. `None` if
/// it was changed just now. Its time of change cannot be set by a program.
#[cfg(unix)]
fn mark(seen: &Metadata, now: SystemTime) -> Option<u64> {
    use std::hash::{DefaultHasher, Hash, Hasher};
    use std::os::unix::fs::MetadataExt;
    let changed = i128::from(seen.ctime()) * 1_000_000_000 + i128::from(seen.ctime_nsec());
    let now = now.duration_since(UNIX_EPOCH).ok()?.as_nanos() as i128;
    if changed + COARSE > now {
        return None;
    }
    let mut hasher = DefaultHasher::new();
    (seen.dev(), seen.ino(), seen.size(), changed).hash(&mut hasher);
    (seen.mtime(), seen.mtime_nsec()).hash(&mut hasher);
    Some(hasher.finish().max(1))
}

/// Without a time that a program cannot set, nothing is taken as known.
#[cfg(not(unix))]
fn mark(_seen: &Metadata, _now: SystemTime) -> Option<u64> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::Repo;
    use crate::change::fixture::Fixture;

    /// The work tree's bytes of a file of HEAD, where they are taken.
    fn read(fixture: &Fixture, path: &str) -> Option<Vec<u8>> {
        let repo = Repo::discover(fixture.path()).unwrap();
        let snapshot = repo.snapshot("HEAD").unwrap();
        let n = snapshot.entries().iter().position(|e| e.path == path).unwrap();
        let disk = Disk::new(repo.worktree, snapshot.entries().len());
        let mut buffer = b"rest of another file".to_vec();
        disk.read(n, &snapshot.entries()[n], &mut buffer).then_some(buffer)
    }

    #[test]
    fn only_what_has_the_blobs_id_is_taken() {
        let fixture = Fixture::new();
        fixture.write("same.txt", "as committed\n");
        fixture.write("edited.txt", "one\n");
        fixture.write("longer.txt", "one\n");
        fixture.write("gone.txt", "one\n");
        fixture.write("empty.txt", "");
        fixture.commit("one");
        fixture.write("edited.txt", "two\n");
        fixture.write("longer.txt", "one\ntwo\n");
        std::fs::remove_file(fixture.path().join("gone.txt")).unwrap();
        assert_eq!(read(&fixture, "same.txt").as_deref(), Some(&b"as committed\n"[..]));
        assert_eq!(read(&fixture, "empty.txt").as_deref(), Some(&b""[..]));
        for path in ["edited.txt", "longer.txt", "gone.txt"] {
            assert_eq!(read(&fixture, path), None, "{path}");
        }
    }

    #[test]
    fn a_filter_of_equal_length_does_not_deceive() {
        let fixture = Fixture::new();
        fixture.write(".gitattributes", "*.txt filter=upper\n");
        fixture.git(&["config", "filter.upper.clean", "tr a-z A-Z"]);
        fixture.git(&["config", "filter.upper.smudge", "tr A-Z a-z"]);
        fixture.write("a.txt", "small\n");
        fixture.commit("one");
        assert_eq!(read(&fixture, "a.txt"), None);
        let snapshot = Repo::discover(fixture.path()).unwrap().snapshot("HEAD").unwrap();
        assert_eq!(&*snapshot.text("a.txt").unwrap().unwrap().text, "SMALL\n");
    }

    #[cfg(unix)]
    #[test]
    fn a_file_is_known_again_by_its_times_once_they_are_old() {
        use std::time::Duration;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.txt");
        std::fs::write(&path, "one").unwrap();
        let first = std::fs::metadata(&path).unwrap();
        let later = SystemTime::now() + Duration::from_secs(10);
        assert_eq!(mark(&first, SystemTime::now()), None);
        assert_eq!(mark(&first, later), mark(&first, later + Duration::from_secs(1)));
        assert!(mark(&first, later).is_some());
        // Same size and modification time, another file.
        std::fs::write(folder.path().join("b.txt"), "two").unwrap();
        let other = std::fs::File::options().write(true).open(folder.path().join("b.txt")).unwrap();
        other.set_modified(first.modified().unwrap()).unwrap();
        assert_ne!(mark(&first, later), mark(&other.metadata().unwrap(), later));
    }

    #[test]
    fn an_edit_is_seen_at_once() {
        let fixture = Fixture::new();
        let path = fixture.write("a.txt", "one\n");
        fixture.commit("one");
        let repo = Repo::discover(fixture.path()).unwrap();
        let snapshot = repo.snapshot("HEAD").unwrap();
        let (disk, mut buffer) = (Disk::new(repo.worktree, 1), Vec::new());
        let entry = &snapshot.entries()[0];
        assert!(disk.read(0, entry, &mut buffer));
        std::fs::write(&path, "two\n").unwrap();
        assert!(!disk.read(0, entry, &mut buffer));
        std::fs::write(&path, "one\n").unwrap();
        assert!(disk.read(0, entry, &mut buffer));
        assert_eq!(buffer, b"one\n");
    }
}
