//! Reads files of a tree in the work tree, where git need not decompress them.
//!
//! A file there counts only if its bytes have the id of the tree's blob, so the
//! answer is git's own whatever is checked out, filtered, converted or edited.

use std::collections::HashMap;
use std::fs::{File, Metadata};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
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

/// Marks are not written for fewer new ones: so many files are hashed in no time.
const FEW: usize = 16;
/// Bytes of a mark in a file: half a hash of path and blob, and the mark.
const RECORD: usize = 24;

/// The work tree beside a tree of objects.
#[derive(Debug)]
pub(super) struct Disk {
    folder: Option<PathBuf>,
    /// For each entry of the tree a mark of the file that was found to hold its
    /// blob, 0 where none was: hashing takes as long as reading does.
    marks: Vec<AtomicU64>,
    /// Marks that no file of marks has yet.
    fresh: AtomicUsize,
}

impl Disk {
    /// `count` is how many entries the tree has; without a folder there is no
    /// work tree.
    pub fn new(folder: Option<PathBuf>, count: usize) -> Self {
        let marks = if folder.is_some() { count } else { 0 };
        let marks = std::iter::repeat_with(AtomicU64::default).take(marks).collect();
        Self { folder, marks, fresh: AtomicUsize::new(0) }
    }

    /// Takes over what an earlier process has hashed, from its file in the state
    /// folder. A file that is missing or damaged costs time, nothing else: a mark that
    /// fits no file is of no use.
    pub fn recall(&self, state: &Path, entries: &[Entry]) {
        let Some(file) = self.file(state) else { return };
        let Ok(bytes) = std::fs::read(file) else { return };
        let known = records(&bytes);
        for (entry, mark) in entries.iter().zip(&self.marks) {
            // What this process has found itself is newer.
            if let Some(found) = known.get(&key(entry)).filter(|_| mark.load(Relaxed) == 0) {
                mark.store(*found, Relaxed);
            }
        }
    }

    /// Writes what was hashed for later processes. What was known of other trees of
    /// this work tree stays, as much as there are entries here.
    pub fn keep(&self, state: &Path, entries: &[Entry]) -> std::io::Result<()> {
        let Some(file) = self.file(state) else { return Ok(()) };
        if self.fresh.load(Relaxed) < FEW {
            return Ok(());
        }
        let mut others = std::fs::read(&file).map(|bytes| records(&bytes)).unwrap_or_default();
        let mut bytes = Vec::with_capacity(entries.len() * RECORD);
        let mut write = |key: Key, mark: u64| {
            bytes.extend(key);
            bytes.extend(mark.to_le_bytes());
        };
        for (entry, mark) in entries.iter().zip(&self.marks) {
            let (key, mark) = (key(entry), mark.load(Relaxed));
            if mark != 0 {
                others.remove(&key);
                write(key, mark);
            }
        }
        others.into_iter().take(entries.len()).for_each(|(key, mark)| write(key, mark));
        // Renamed into place, so that no process reads half of it.
        let mut part = tempfile::NamedTempFile::new_in(state)?;
        part.write_all(&bytes)?;
        part.persist(file)?;
        self.fresh.store(0, Relaxed);
        Ok(())
    }

    /// Each work tree has its own.
    fn file(&self, state: &Path) -> Option<PathBuf> {
        let folder = self.folder.as_ref()?;
        let hash = blake3::hash(folder.as_os_str().as_encoded_bytes()).to_hex();
        Some(state.join(format!("checkout-{}.marks", &hash[..16])))
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
        if mark.is_some_and(|mark| known.load(Relaxed) == mark) {
            return Ok(true);
        }
        if !has_id(buffer, &entry.id) {
            return Ok(false);
        }
        if let Some(mark) = mark {
            known.store(mark, Relaxed);
            self.fresh.fetch_add(1, Relaxed);
        }
        Ok(true)
    }
}

type Key = [u8; 16];

/// A path and the blob that was found there.
fn key(entry: &Entry) -> Key {
    let mut hash = blake3::Hasher::new();
    hash.update(entry.id.as_bytes()).update(b" ").update(entry.path.as_bytes());
    let mut key = [0; 16];
    key.copy_from_slice(&hash.finalize().as_bytes()[..16]);
    key
}

fn records(bytes: &[u8]) -> HashMap<Key, u64> {
    let record = |bytes: &[u8]| {
        let (key, mark) = bytes.split_at_checked(16)?;
        Some((key.try_into().ok()?, u64::from_le_bytes(mark.try_into().ok()?)))
    };
    bytes.chunks_exact(RECORD).filter_map(record).collect()
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
    fn marks_are_kept_and_a_wrong_one_deceives_nobody() {
        let fixture = Fixture::new();
        fixture.write("a.txt", "one\n");
        fixture.write("b.txt", "two\n");
        fixture.commit("one");
        let repo = Repo::discover(fixture.path()).unwrap();
        let snapshot = repo.snapshot("HEAD").unwrap();
        let entries = snapshot.entries();
        let state = tempfile::tempdir().unwrap();
        let disk = || Disk::new(repo.worktree.clone(), entries.len());
        let marks =
            |disk: &Disk| -> Vec<u64> { disk.marks.iter().map(|m| m.load(Relaxed)).collect() };
        let recalled = || {
            let disk = disk();
            disk.recall(state.path(), entries);
            marks(&disk)
        };
        assert_eq!(recalled(), [0, 0], "there is no file yet");
        let first = disk();
        first.marks[0].store(7, Relaxed);
        first.keep(state.path(), entries).unwrap();
        assert_eq!(recalled(), [0, 0], "too few are new");
        first.fresh.store(FEW, Relaxed);
        first.keep(state.path(), entries).unwrap();
        assert_eq!(recalled(), [7, 0]);
        // Another process looked at the other file.
        let second = disk();
        second.marks[1].store(8, Relaxed);
        second.fresh.store(FEW, Relaxed);
        second.keep(state.path(), entries).unwrap();
        assert_eq!(recalled(), [7, 8]);
        // A blob of another content is not known by the same path.
        let other = Entry { id: "1".repeat(40), ..entries[0].clone() };
        let third = disk();
        third.recall(state.path(), &[other, entries[1].clone()]);
        assert_eq!(marks(&third), [0, 8]);
        // These marks are of no file, so bytes are compared.
        fixture.write("a.txt", "new\n");
        let last = disk();
        last.recall(state.path(), entries);
        let mut buffer = Vec::new();
        assert!(!last.read(0, &entries[0], &mut buffer));
        assert!(last.read(1, &entries[1], &mut buffer));
        // Each work tree has a file of its own.
        let elsewhere = Disk::new(Some(state.path().to_owned()), entries.len());
        elsewhere.recall(state.path(), entries);
        assert_eq!(marks(&elsewhere), [0, 0]);
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
