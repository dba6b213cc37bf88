//! Adding a GGUF file that lies on this machine.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use super::manifest::{Kind, Manifest, is_plain_name};
use super::record::{Pinned, Record};
use super::{Installed, ModelError, ModelStore, Progress, disk};
use crate::engine::llm::{GgufSummary, describe};

/// A model to add.
#[derive(Debug, Clone)]
pub struct Added<'a> {
    pub file: &'a Path,
    /// Taken from the file's name when absent.
    pub name: Option<&'a str>,
    /// Whether its verdicts count.
    pub judges: bool,
    /// Copy the file instead of linking to it.
    pub copy: bool,
    /// The user's folder of manifests.
    pub manifests: &'a Path,
}

impl ModelStore {
    /// Links (or copies) a GGUF file into the store and writes its manifest into
    /// the user's folder. Nothing changes when the file is not usable or the name
    /// is taken.
    pub fn add(
        &self,
        added: &Added<'_>,
        known: &super::Manifests,
        progress: &mut dyn Progress,
    ) -> Result<(Manifest, Installed), ModelError> {
        let facts = describe(added.file)
            .map_err(|source| ModelError::Gguf { path: added.file.to_owned(), source })?;
        let name = match added.name {
            Some(name) => name.to_owned(),
            None => name_of(added.file),
        };
        if !is_plain_name(&name) {
            return Err(ModelError::Name { name });
        }
        let folder = self.folder(&name);
        if known.get(&name).is_some() || folder.exists() {
            return Err(ModelError::Exists { name });
        }
        let source = added.file.canonicalize().map_err(ModelError::io("find", added.file))?;
        progress.start(&name, "disk", source.metadata().ok().map(|m| m.len()));
        let (size, sha256) = disk::hash_file(&source, progress)?;
        progress.finish();

        let manifest = manifest(&name, &facts, added.judges, size, &sha256);
        let text = toml::to_string(&manifest).expect("a manifest is valid TOML");
        let _lock = self.lock(&name, progress)?;
        let manifest_file = added.manifests.join(format!("{name}.toml"));
        let done = self.place(added, &source, &manifest, &sha256, size, progress).and_then(|()| {
            std::fs::create_dir_all(added.manifests)
                .map_err(ModelError::io("create the folder", added.manifests))?;
            let part = disk::part_of(&manifest_file);
            std::fs::write(&part, text).map_err(|e| disk::write_error("write", &part, 4096, e))?;
            disk::publish(&part, &manifest_file)
        });
        if let Err(error) = done {
            // The folder did not exist before; leave nothing half done.
            let _ = std::fs::remove_dir_all(&folder);
            return Err(error);
        }
        let installed = self.require(&manifest)?;
        Ok((manifest, installed))
    }

    fn place(
        &self,
        added: &Added<'_>,
        source: &Path,
        manifest: &Manifest,
        sha256: &str,
        size: u64,
        progress: &mut dyn Progress,
    ) -> Result<(), ModelError> {
        let folder = self.folder(&manifest.name);
        std::fs::create_dir_all(&folder)
            .map_err(|e| disk::write_error("create the folder", &folder, 0, e))?;
        let to = folder.join(&manifest.files[0].name);
        if added.copy || !link(source, &to) {
            disk::require_space(&folder, size)?;
            let part = disk::part_of(&to);
            let mut from = File::open(source).map_err(ModelError::io("open", source))?;
            let mut out =
                File::create(&part).map_err(|e| disk::write_error("create", &part, size, e))?;
            progress.start(&manifest.files[0].name, "copy", Some(size));
            disk::copy_hashed(&mut from, &mut out, size, progress)
                .map_err(|e| disk::write_error("write", &part, size, e))?;
            progress.finish();
            disk::publish(&part, &to)?;
        }
        let mut record = Record::default();
        record.set(Pinned {
            name: manifest.files[0].name.clone(),
            size,
            sha256: sha256.to_owned(),
            origin: source.display().to_string(),
        });
        record.write(&folder)
    }
}

#[cfg(unix)]
fn link(source: &Path, to: &Path) -> bool {
    std::os::unix::fs::symlink(source, to).is_ok()
}

#[cfg(not(unix))]
fn link(source: &Path, to: &Path) -> bool {
    std::fs::hard_link(source, to).is_ok()
}

/// A file's name as a model's: lower case, no `.gguf`.
fn name_of(file: &Path) -> String {
    let stem = file.file_stem().map(PathBuf::from).unwrap_or_default();
    let name: String = stem
        .to_string_lossy()
        .to_lowercase()
        .chars()
        .map(|c| if c.is_alphanumeric() || "._+".contains(c) { c } else { '-' })
        .collect();
    name.trim_matches(['-', '.']).to_owned()
}

fn manifest(name: &str, facts: &GgufSummary, judges: bool, size: u64, sha256: &str) -> Manifest {
    let clean = |text: &Option<String>, or: &str| match text {
        // The file's words end up on a terminal.
        Some(text) => text.chars().filter(|c| !c.is_control()).collect(),
        None => or.to_owned(),
    };
    Manifest {
        name: name.to_owned(),
        kind: Kind::Llm,
        description: format!("{} (added from a file)", clean(&facts.name, "a local model")),
        architecture: facts.architecture.clone(),
        parameters: parameters(facts.parameters),
        context: facts.context,
        licence: clean(&facts.licence, "unknown"),
        memory: facts.memory.div_ceil(1_000_000),
        judges,
        rank: 50,
        needs_gpu: false,
        suggest: false,
        template: BTreeMap::new(),
        embedding: None,
        files: vec![super::File {
            name: format!("{name}.gguf"),
            size: Some(size),
            about: None,
            sha256: Some(sha256.to_owned()),
            sources: vec![],
        }],
    }
}

/// For people: `135M`, `7.6B`.
fn parameters(count: u64) -> String {
    match count {
        0..1_000_000_000 => format!("{}M", count.div_ceil(1_000_000)),
        _ => format!("{:.1}B", count as f64 / 1e9),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_files_name_becomes_a_models() {
        assert_eq!(name_of(Path::new("/x/My Model.Q8_0.gguf")), "my-model.q8_0");
        assert_eq!(name_of(Path::new("-.gguf")), "");
    }

    #[test]
    fn parameters_are_short() {
        assert_eq!(parameters(134_515_008), "135M");
        assert_eq!(parameters(7_615_616_512), "7.6B");
    }
}
