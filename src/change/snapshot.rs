//! Reads the files of one tree.
use super::ChangeError;
use std::sync::Arc;

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
    /// Lines `start..=end`, 1-based, clamped to the file.
    pub fn lines(&self, start: u32, end: u32) -> Vec<&str> {
        let start = start.max(1) as usize;
        self.text.lines().skip(start - 1).take((end as usize + 1).saturating_sub(start)).collect()
    }
    pub fn line(&self, n: u32) -> Option<&str> {
        self.text.lines().nth(n.checked_sub(1)? as usize)
    }
}

/// The files of one tree; cheap to share between threads. Objects are read
/// through one long-lived `git cat-file --batch`.
#[derive(Debug)]
pub struct Snapshot {
    /// Object id of the tree.
    pub tree: String,
    // helper: entries, lookup, cat-file process behind a Mutex
}

impl Snapshot {
    /// All files, sorted by path; paths that are not UTF-8 are left out.
    pub fn entries(&self) -> &[Entry] {
        todo!()
    }
    pub fn entry(&self, _path: &str) -> Option<&Entry> {
        todo!()
    }
    /// Bytes of a blob by object id.
    pub fn blob(&self, _id: &str) -> Result<Arc<[u8]>, ChangeError> {
        todo!()
    }
    /// A file as text; `None` if there is no such regular file or it is binary
    /// (a NUL byte within its first 8,000 bytes).
    pub fn text(&self, _path: &str) -> Result<Option<Text>, ChangeError> {
        todo!()
    }
}
