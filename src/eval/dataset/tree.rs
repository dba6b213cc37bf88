//! The files of a folder of a case.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Files by their path below the folder, with forward slashes.
pub type Files = BTreeMap<String, PathBuf>;

/// Lists all files below a folder. Only plain files under names that git takes
/// are allowed, so that a dataset reads nothing outside its folder; the others
/// are returned with what is wrong with them.
pub(super) fn files(folder: &Path) -> std::io::Result<(Files, Vec<(String, &'static str)>)> {
    let (mut files, mut wrong) = (Files::new(), Vec::new());
    let mut open = vec![(folder.to_owned(), String::new())];
    while let Some((folder, prefix)) = open.pop() {
        for entry in std::fs::read_dir(&folder)? {
            let entry = entry?;
            let kind = entry.file_type()?;
            let name = entry.file_name();
            let path = format!("{prefix}{}", name.to_string_lossy());
            if name.to_str().is_none_or(|n| n.contains(['\n', '\r'])) {
                wrong.push((path, "has a name that is not plain UTF-8"));
            } else if name.eq_ignore_ascii_case(".git") {
                wrong.push((path, "has a name that git keeps for itself"));
            } else if kind.is_dir() {
                open.push((entry.path(), format!("{path}/")));
            } else if kind.is_file() {
                files.insert(path, entry.path());
            } else {
                wrong.push((path, "is a link or no plain file"));
            }
        }
    }
    wrong.sort();
    Ok((files, wrong))
}

/// Feeds names and bytes of files to a hash.
pub(super) fn hash(files: &Files, hasher: &mut blake3::Hasher) -> std::io::Result<()> {
    for (path, file) in files {
        let bytes = std::fs::read(file)?;
        for part in [path.as_bytes(), &bytes] {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
    }
    hasher.update(b"end");
    Ok(())
}
