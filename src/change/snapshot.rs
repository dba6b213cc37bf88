//! Reads the files of one tree.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use rayon::prelude::*;

use super::disk::Disk;
use super::objects::Objects;
use super::repo::failure;
use super::{ChangeError, Repo, Skipped};

/// Git's own test for binary content looks at this many bytes.
const BINARY_PROBE: usize = 8000;
/// Larger files are never read as text: no reader could use them.
const MAX_TEXT: u64 = 64 << 20;
/// Decoded texts are kept up to this many bytes, since tools and stages read
/// the same few files again and again.
const CACHE_BYTES: usize = 16 << 20;

/// A file of a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub path: String,
    /// Object id of the blob.
    pub id: String,
    /// Bytes; 0 for a submodule.
    pub size: u64,
    /// Git's mode: `0o100644`, `0o100755`, `0o120000` (link), `0o160000` (submodule).
    pub mode: u32,
}

impl Entry {
    /// A regular file (not a link, not a submodule).
    pub fn is_file(&self) -> bool {
        self.mode & 0o170000 == 0o100000
    }
}

/// A file's content as lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// UTF-8; invalid bytes became U+FFFD; line ends are as in the file.
    pub text: Arc<str>,
    pub lossy: bool,
}

impl Text {
    /// Decodes a file; `None` if it is binary.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        if is_binary(bytes) {
            return None;
        }
        Some(match String::from_utf8_lossy(bytes) {
            std::borrow::Cow::Borrowed(text) => Self { text: text.into(), lossy: false },
            std::borrow::Cow::Owned(text) => Self { text: text.into(), lossy: true },
        })
    }

    /// Lines `start..=end`, 1-based, clamped to the file.
    pub fn lines(&self, start: u32, end: u32) -> Vec<&str> {
        let start = start.max(1) as usize;
        self.text.lines().skip(start - 1).take((end as usize + 1).saturating_sub(start)).collect()
    }

    pub fn line(&self, n: u32) -> Option<&str> {
        self.text.lines().nth(n.checked_sub(1)? as usize)
    }
}

/// Whether git would call the content binary: a NUL byte near its start.
pub(super) fn is_binary(bytes: &[u8]) -> bool {
    bytes[..bytes.len().min(BINARY_PROBE)].contains(&0)
}

/// Files read together where git has to read them: at most this many of at most
/// this many bytes.
const TOGETHER: usize = 256;
const TOGETHER_BYTES: u64 = 16 << 20;

/// The files of one tree; cheap to share between threads. A file that lies in the
/// work tree with the very same bytes is read there, the others through one
/// long-lived `git cat-file --batch`.
#[derive(Debug)]
pub struct Snapshot {
    /// Object id of the tree.
    pub tree: String,
    entries: Vec<Entry>,
    skipped: Vec<Skipped>,
    disk: Disk,
    objects: Objects,
    texts: Mutex<Cache>,
}

#[derive(Debug, Default)]
struct Cache {
    texts: HashMap<String, Option<Text>>,
    bytes: usize,
}

impl Snapshot {
    /// Lists the tree with the given id.
    pub(super) fn open(repo: Repo, tree: String) -> Result<Self, ChangeError> {
        let listing = repo.run(&["ls-tree", "-r", "-z", "-l", "--full-tree", &tree])?;
        let mut entries = Vec::new();
        let mut skipped = Vec::new();
        for record in listing.split(|b| *b == 0).filter(|r| !r.is_empty()) {
            match parse_entry(record)
                .ok_or_else(|| failure("ls-tree", "a line of its output could not be read"))?
            {
                Ok(entry) => entries.push(entry),
                Err(path) => {
                    skipped.push(Skipped { path, reason: "the path is not UTF-8".to_owned() });
                }
            }
        }
        entries.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(Self {
            tree,
            disk: Disk::new(repo.worktree.clone(), entries.len()),
            entries,
            skipped,
            objects: Objects::new(repo),
            texts: Mutex::new(Cache::default()),
        })
    }

    /// All files, sorted by path; paths that are not UTF-8 are left out.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The repository that the tree is of.
    pub fn repo(&self) -> &Repo {
        self.objects.repo()
    }

    /// What was left out of [`Self::entries`], paths with replacement characters.
    pub fn skipped(&self) -> &[Skipped] {
        &self.skipped
    }

    pub fn entry(&self, path: &str) -> Option<&Entry> {
        self.entries.get(self.number(path)?)
    }

    fn number(&self, path: &str) -> Option<usize> {
        self.entries.binary_search_by(|e| e.path.as_str().cmp(path)).ok()
    }

    /// Bytes of a blob by object id.
    pub fn blob(&self, id: &str) -> Result<Arc<[u8]>, ChangeError> {
        self.objects.blob(id)
    }

    /// Bytes of a file of this tree.
    pub fn bytes(&self, entry: &Entry) -> Result<Arc<[u8]>, ChangeError> {
        let mut buffer = Vec::new();
        match self.read_disk(entry, &mut buffer) {
            true => Ok(buffer.into()),
            false => self.objects.blob(&entry.id),
        }
    }

    /// Takes over which files of the work tree an earlier process found to hold the
    /// blobs of this tree, from the state folder; they are not hashed again.
    pub fn recall(&self, state: &Path) {
        self.disk.recall(state, &self.entries);
    }

    /// Keeps in the state folder which files of the work tree were found to hold the
    /// blobs of this tree. Failing costs later processes time, so it is only logged.
    pub fn keep(&self, state: &Path) {
        if let Err(error) = self.disk.keep(state, &self.entries) {
            tracing::warn!("what is known of the work tree was not kept: {error}");
        }
    }

    fn read_disk(&self, entry: &Entry, buffer: &mut Vec<u8>) -> bool {
        self.number(&entry.path).is_some_and(|n| self.disk.read(n, entry, buffer))
    }

    /// What `look` makes of each of several files of this tree, in their order, on
    /// all cores; `None` for a file that cannot be read. `start` makes what a thread
    /// uses again and again.
    pub fn each<S: Send, T: Send>(
        &self,
        entries: &[&Entry],
        start: impl Fn() -> S + Sync,
        look: impl Fn(&mut S, &Entry, &[u8]) -> T + Sync,
    ) -> Vec<Option<T>> {
        let mut made: Vec<Option<T>> = entries
            .par_iter()
            .map_init(
                || (start(), Vec::new()),
                |(state, buffer), entry| {
                    self.read_disk(entry, buffer).then(|| look(state, entry, buffer))
                },
            )
            .collect();
        let missing: Vec<usize> = (0..made.len()).filter(|n| made[*n].is_none()).collect();
        let groups = groups(&missing, |n| entries[n].size);
        let read = |group: &[usize]| {
            let ids: Vec<&str> = group.iter().map(|n| entries[*n].id.as_str()).collect();
            self.objects.blobs(&ids)
        };
        let mut next = groups.first().map(|group| read(group));
        for (at, group) in groups.iter().enumerate() {
            let Some(blobs) = next.take() else { break };
            // The next group is read while this one is looked at.
            let (found, ahead) = rayon::join(
                || -> Vec<Option<T>> {
                    let files = group.par_iter().zip(&blobs);
                    files
                        .map_init(&start, |state, (n, bytes)| {
                            bytes.as_ref().map(|bytes| look(state, entries[*n], bytes))
                        })
                        .collect()
                },
                || groups.get(at + 1).map(|group| read(group)),
            );
            next = ahead;
            for (n, found) in group.iter().zip(found) {
                made[*n] = found;
            }
        }
        made
    }

    /// A file as text; `None` if there is no such regular file or it is binary
    /// (a NUL byte within its first 8,000 bytes) or over 64 MiB.
    pub fn text(&self, path: &str) -> Result<Option<Text>, ChangeError> {
        let Some(entry) = self.entry(path).filter(|e| e.is_file() && e.size <= MAX_TEXT) else {
            return Ok(None);
        };
        if let Some(known) = self.cache().texts.get(&entry.id) {
            return Ok(known.clone());
        }
        let text = Text::decode(&self.bytes(entry)?);
        let mut cache = self.cache();
        let bytes = text.as_ref().map_or(0, |t| t.text.len());
        if bytes <= CACHE_BYTES {
            if cache.bytes + bytes > CACHE_BYTES {
                *cache = Cache::default();
            }
            cache.bytes += bytes;
            cache.texts.insert(entry.id.clone(), text.clone());
        }
        Ok(text)
    }

    fn cache(&self) -> std::sync::MutexGuard<'_, Cache> {
        self.texts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Cuts numbers of files into groups that are read together.
fn groups(numbers: &[usize], size: impl Fn(usize) -> u64) -> Vec<&[usize]> {
    let mut groups = Vec::new();
    let (mut from, mut bytes) = (0, 0);
    for (at, n) in numbers.iter().enumerate() {
        if at > from && (at - from >= TOGETHER || bytes + size(*n) > TOGETHER_BYTES) {
            groups.push(&numbers[from..at]);
            (from, bytes) = (at, 0);
        }
        bytes += size(*n);
    }
    if from < numbers.len() {
        groups.push(&numbers[from..]);
    }
    groups
}

/// Reads `<mode> <type> <id> <size>\t<path>`; the inner error is the path where
/// it is not UTF-8.
fn parse_entry(record: &[u8]) -> Option<Result<Entry, String>> {
    let tab = record.iter().position(|b| *b == b'\t')?;
    let head = std::str::from_utf8(&record[..tab]).ok()?;
    let mut fields = head.split_ascii_whitespace();
    let mode = u32::from_str_radix(fields.next()?, 8).ok()?;
    let _kind = fields.next()?;
    let id = fields.next()?.to_owned();
    // `-` for a submodule, `BAD` for an object that a partial clone lacks.
    let size = fields.next()?.parse().unwrap_or(0);
    Some(match std::str::from_utf8(&record[tab + 1..]) {
        Ok(path) => Ok(Entry { path: path.to_owned(), id, size, mode }),
        Err(_) => Err(String::from_utf8_lossy(&record[tab + 1..]).into_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::fixture::Fixture;

    fn snapshot(fixture: &Fixture) -> Snapshot {
        Repo::discover(fixture.path()).unwrap().snapshot("HEAD").unwrap()
    }

    #[test]
    fn lists_and_reads_the_files_of_a_commit_not_of_the_work_tree() {
        let fixture = Fixture::new();
        fixture.write("a b/ü\n\"x\".txt", "one\r\ntwo");
        fixture.write("a.txt", "");
        fixture.write("bin", b"a\0b");
        fixture.write("latin.txt", b"caf\xe9\n");
        fixture.commit("one");
        fixture.write("a.txt", "later");
        let snapshot = snapshot(&fixture);
        let paths: Vec<&str> = snapshot.entries().iter().map(|e| e.path.as_str()).collect();
        assert_eq!(paths, ["a b/ü\n\"x\".txt", "a.txt", "bin", "latin.txt"]);
        let text = snapshot.text("a b/ü\n\"x\".txt").unwrap().unwrap();
        assert_eq!(&*text.text, "one\r\ntwo");
        assert_eq!(text.lines(2, 9), ["two"]);
        assert_eq!(text.line(1), Some("one"));
        assert_eq!(&*snapshot.text("a.txt").unwrap().unwrap().text, "");
        assert_eq!(snapshot.text("bin").unwrap(), None);
        assert!(snapshot.text("latin.txt").unwrap().unwrap().lossy);
        assert_eq!(snapshot.text("none").unwrap(), None);
        assert_eq!(&*snapshot.blob(&snapshot.entry("bin").unwrap().id).unwrap(), b"a\0b");
    }

    #[test]
    fn missing_objects_and_revisions_are_errors() {
        let fixture = Fixture::new();
        fixture.write("a.txt", "a");
        fixture.commit("one");
        let snapshot = snapshot(&fixture);
        let error = snapshot.blob(&"1".repeat(40)).unwrap_err();
        assert!(error.to_string().contains("missing"), "{error}");
        assert!(snapshot.blob("HEAD\nHEAD").is_err());
        assert!(snapshot.blob(&snapshot.tree).unwrap_err().to_string().contains("not a file"));
        // The reader still answers after each of these.
        assert!(snapshot.text("a.txt").unwrap().is_some());
        let repo = Repo::discover(fixture.path()).unwrap();
        for revision in ["nothing", "--all", ""] {
            let error = repo.snapshot(revision).unwrap_err();
            assert!(matches!(error, ChangeError::UnknownRevision(_)), "{revision}: {error:?}");
        }
    }

    #[test]
    fn threads_share_one_snapshot() {
        let fixture = Fixture::new();
        for n in 0..20 {
            fixture.write(&format!("{n}.txt"), format!("content {n}").repeat(1000));
        }
        fixture.commit("one");
        let snapshot = snapshot(&fixture);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for n in 0..20 {
                        let text = snapshot.text(&format!("{n}.txt")).unwrap().unwrap();
                        assert!(text.text.starts_with(&format!("content {n}")));
                    }
                });
            }
        });
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn paths_that_are_not_utf8_are_left_out_and_named() {
        use std::os::unix::ffi::OsStrExt;
        let fixture = Fixture::new();
        let name = std::ffi::OsStr::from_bytes(b"caf\xe9.txt");
        std::fs::write(fixture.path().join(name), "x").unwrap();
        fixture.write("ok.txt", "x");
        fixture.commit("one");
        let snapshot = snapshot(&fixture);
        assert_eq!(snapshot.entries().len(), 1);
        assert_eq!(snapshot.skipped()[0].path, "caf\u{fffd}.txt");
    }
}
