//! Which repositories may bring settings and prompts of their own.
//!
//! A repository's `.forewarn.toml` and `.forewarn/` are read only after its
//! user agreed to that very content: the agreement is kept under the user's data
//! folder, by the repository's common git folder, with a BLAKE3 hash of every
//! path and file, so that a changed file must be agreed to again.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// The repository's settings file, in the root of its work tree.
pub const FILE: &str = ".forewarn.toml";
/// The repository's folder of prompts and grammars.
pub const FOLDER: &str = ".forewarn";
/// What the folder may hold.
const ALLOWED: [&str; 2] = ["prompts", "grammars"];
/// Most files of the folder; a run reads them all to compare them.
const MAX_FILES: usize = 1000;
/// Most bytes of all files together.
const MAX_BYTES: u64 = 8_000_000;

#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    #[error("could not read {}", path.display())]
    Read {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("could not write {}", path.display())]
    Write {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("{} may not be brought by a repository: {reason}", path.display())]
    Refused { path: PathBuf, reason: &'static str },
    #[error("this repository has neither `{FILE}` nor `{FOLDER}/`")]
    Nothing,
}

/// What a repository brings, read once, so that what was hashed is what is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// Paths relative to the work tree, sorted.
    pub files: Vec<String>,
    /// Text of the settings file.
    pub settings: Option<Vec<u8>>,
    /// Whether there is a folder of data files.
    pub folder: bool,
    /// 64 hexadecimal digits.
    pub digest: String,
}

impl Offer {
    /// Reads what the work tree brings; `None` if it brings nothing.
    pub fn read(worktree: &Path) -> Result<Option<Self>, TrustError> {
        let mut paths = Vec::new();
        let settings = worktree.join(FILE);
        if let Some(kind) = kind_of(&settings)? {
            if !kind.is_file() {
                return Err(refused(settings, "it is not a regular file"));
            }
            paths.push(settings);
        }
        let folder = worktree.join(FOLDER);
        let has_folder = match kind_of(&folder)? {
            None => false,
            Some(kind) if !kind.is_dir() => {
                return Err(refused(folder, "it is not a folder"));
            }
            Some(_) => {
                collect(&folder, &folder, &mut paths)?;
                true
            }
        };
        paths.sort();
        if paths.is_empty() {
            return Ok(None);
        }
        let mut bytes_left = MAX_BYTES;
        for path in &paths {
            let size = std::fs::metadata(path)
                .map_err(|source| TrustError::Read { path: path.clone(), source })?
                .len();
            bytes_left = bytes_left
                .checked_sub(size)
                .ok_or_else(|| refused(path.clone(), "the files have more than 8 MB together"))?;
        }
        let mut hasher = blake3::Hasher::new();
        let (mut files, mut text) = (Vec::new(), None);
        for path in paths {
            let bytes = std::fs::read(&path)
                .map_err(|source| TrustError::Read { path: path.clone(), source })?;
            let name = path.strip_prefix(worktree).unwrap_or(&path);
            let encoded = name.as_os_str().as_encoded_bytes();
            // Lengths first, so that no two sets of files hash alike.
            for part in [encoded, &bytes] {
                hasher.update(&(part.len() as u64).to_le_bytes());
                hasher.update(part);
            }
            files.push(name.to_string_lossy().into_owned());
            if name == Path::new(FILE) {
                text = Some(bytes);
            }
        }
        let digest = hasher.finalize().to_hex().to_string();
        Ok(Some(Self { files, settings: text, folder: has_folder, digest }))
    }
}

/// Whether a path exists, and as what; links are not followed.
fn kind_of(path: &Path) -> Result<Option<std::fs::FileType>, TrustError> {
    match std::fs::symlink_metadata(path) {
        Ok(data) => Ok(Some(data.file_type())),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(TrustError::Read { path: path.to_owned(), source }),
    }
}

fn refused(path: PathBuf, reason: &'static str) -> TrustError {
    TrustError::Refused { path, reason }
}

fn collect(root: &Path, folder: &Path, found: &mut Vec<PathBuf>) -> Result<(), TrustError> {
    let failed = |source| TrustError::Read { path: folder.to_owned(), source };
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let (path, kind) = (entry.path(), entry.file_type().map_err(failed)?);
        if folder == root && !ALLOWED.iter().any(|name| entry.file_name() == *name) {
            return Err(refused(path, "only prompts/ and grammars/ may be"));
        }
        if kind.is_dir() {
            collect(root, &path, found)?;
        } else if kind.is_file() {
            found.push(path);
        } else {
            return Err(refused(path, "it is a link or a special file"));
        }
        if found.len() > MAX_FILES {
            return Err(refused(root.to_owned(), "it has more than 1,000 files"));
        }
    }
    Ok(())
}

/// What a user agreed to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grant {
    /// The repository's common git folder.
    pub repository: PathBuf,
    pub digest: String,
    pub files: Vec<String>,
    /// Seconds since the epoch.
    pub granted: i64,
}

/// The agreements of one user, one file each under `<data folder>/trust/`.
#[derive(Debug, Clone)]
pub struct Grants {
    folder: PathBuf,
}

impl Grants {
    pub fn new(data_dir: &Path) -> Self {
        Self { folder: data_dir.join("trust") }
    }

    /// What was agreed to for a repository. A file that cannot be understood
    /// counts as no agreement.
    pub fn get(&self, common_dir: &Path) -> Result<Option<Grant>, TrustError> {
        let path = self.path(common_dir);
        match std::fs::read_to_string(&path) {
            Ok(text) => Ok(toml::from_str::<Grant>(&text)
                .ok()
                .filter(|grant| grant.repository == real(common_dir))),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(TrustError::Read { path, source }),
        }
    }

    /// Whether exactly this offer was agreed to.
    pub fn allows(&self, common_dir: &Path, offer: &Offer) -> Result<bool, TrustError> {
        Ok(self.get(common_dir)?.is_some_and(|grant| grant.digest == offer.digest))
    }

    pub fn add(&self, common_dir: &Path, offer: &Offer, now: i64) -> Result<Grant, TrustError> {
        let grant = Grant {
            repository: real(common_dir),
            digest: offer.digest.clone(),
            files: offer.files.clone(),
            granted: now,
        };
        let path = self.path(common_dir);
        let failed = |source| TrustError::Write { path: path.clone(), source };
        let text = toml::to_string(&grant).map_err(|e| failed(std::io::Error::other(e)))?;
        std::fs::create_dir_all(&self.folder).map_err(failed)?;
        // Whole or not at all: another process may read it now.
        let mut file = tempfile::NamedTempFile::new_in(&self.folder).map_err(failed)?;
        std::io::Write::write_all(&mut file, text.as_bytes()).map_err(failed)?;
        file.persist(&path).map_err(|e| failed(e.error))?;
        Ok(grant)
    }

    /// Takes an agreement back; says whether there was one.
    pub fn remove(&self, common_dir: &Path) -> Result<bool, TrustError> {
        let path = self.path(common_dir);
        match std::fs::remove_file(&path) {
            Ok(()) => Ok(true),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(false),
            Err(source) => Err(TrustError::Write { path, source }),
        }
    }

    fn path(&self, common_dir: &Path) -> PathBuf {
        let name = blake3::hash(real(common_dir).as_os_str().as_encoded_bytes()).to_hex();
        self.folder.join(format!("{}.toml", &name[..16]))
    }
}

fn real(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(root: &Path, path: &str, text: &str) {
        let file = root.join(path);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    }

    #[test]
    fn an_agreement_ends_when_any_file_changes() {
        let (tree, data) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let grants = Grants::new(data.path());
        assert_eq!(Offer::read(tree.path()).unwrap(), None);
        write(tree.path(), FILE, "review.max_files = 2");
        write(tree.path(), ".forewarn/prompts/draft/system.md", "be brief");
        let offer = Offer::read(tree.path()).unwrap().unwrap();
        assert_eq!(offer.files, [".forewarn/prompts/draft/system.md", FILE]);
        assert!(!grants.allows(tree.path(), &offer).unwrap());
        grants.add(tree.path(), &offer, 5).unwrap();
        assert!(grants.allows(tree.path(), &offer).unwrap());
        assert!(!grants.allows(data.path(), &offer).unwrap());
        write(tree.path(), ".forewarn/prompts/draft/system.md", "be evil");
        let changed = Offer::read(tree.path()).unwrap().unwrap();
        assert!(!grants.allows(tree.path(), &changed).unwrap());
        assert!(grants.remove(tree.path()).unwrap());
        assert!(!grants.remove(tree.path()).unwrap());
        assert!(!grants.allows(tree.path(), &offer).unwrap());
    }

    #[test]
    fn a_repository_brings_no_models_and_no_links() {
        let tree = tempfile::tempdir().unwrap();
        write(tree.path(), ".forewarn/models/theirs.toml", "x");
        assert!(matches!(Offer::read(tree.path()), Err(TrustError::Refused { .. })));
        #[cfg(unix)]
        {
            let tree = tempfile::tempdir().unwrap();
            write(tree.path(), ".forewarn/prompts/a.md", "x");
            std::os::unix::fs::symlink("/etc/passwd", tree.path().join(".forewarn/prompts/b.md"))
                .unwrap();
            assert!(matches!(Offer::read(tree.path()), Err(TrustError::Refused { .. })));
            let tree = tempfile::tempdir().unwrap();
            std::os::unix::fs::symlink("/etc/passwd", tree.path().join(FILE)).unwrap();
            assert!(matches!(Offer::read(tree.path()), Err(TrustError::Refused { .. })));
        }
    }

    #[test]
    fn a_repository_brings_only_a_few_megabytes() {
        let tree = tempfile::tempdir().unwrap();
        let file = std::fs::File::create(tree.path().join(FILE)).unwrap();
        file.set_len(MAX_BYTES + 1).unwrap();
        assert!(matches!(Offer::read(tree.path()), Err(TrustError::Refused { .. })));
    }

    #[test]
    fn moving_bytes_between_name_and_content_changes_the_hash() {
        let (a, b) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        write(a.path(), ".forewarn/prompts/ab", "c");
        write(b.path(), ".forewarn/prompts/a", "bc");
        let digest = |tree: &tempfile::TempDir| Offer::read(tree.path()).unwrap().unwrap().digest;
        assert_ne!(digest(&a), digest(&b));
    }
}
