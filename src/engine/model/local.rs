//! Adding a GGUF file that lies on this machine.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use candle_core::quantized::gguf_file::{Content, Value};

use super::manifest::{Kind, Manifest, Template, is_plain_name};
use super::record::{Pinned, Record};
use super::{Installed, ModelError, ModelStore, Progress, disk};

/// Architectures that the engine runs.
const ARCHITECTURES: [&str; 4] = ["llama", "qwen2", "qwen3", "qwen3moe"];

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

/// What a GGUF file says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GgufFacts {
    pub architecture: String,
    pub context: usize,
    pub parameters: String,
    pub licence: String,
    pub title: String,
    /// Its template opens a chain of thought unless told not to.
    pub thinks: bool,
}

/// Reads a GGUF's header and checks that the engine can run it and that no
/// tensor lies beyond the file's end.
pub fn describe_gguf(path: &Path) -> Result<GgufFacts, ModelError> {
    let bad = |reason: String| ModelError::Gguf { path: path.to_owned(), reason };
    let mut file = File::open(path).map_err(ModelError::io("open", path))?;
    let size = file.metadata().map_err(ModelError::io("open", path))?.len();
    let content = Content::read(&mut file).map_err(|e| bad(super::fetch::chain(&e)))?;
    for (name, tensor) in &content.tensor_infos {
        let elements = tensor.shape.elem_count() as u64;
        let block = tensor.ggml_dtype.block_size() as u64;
        let end = (elements / block.max(1))
            .checked_mul(tensor.ggml_dtype.type_size() as u64)
            .and_then(|bytes| bytes.checked_add(tensor.offset))
            .and_then(|end| end.checked_add(content.tensor_data_offset));
        if end.is_none_or(|end| end > size) {
            return Err(bad(format!("it is cut off: the tensor {name} ends behind its end")));
        }
    }
    let text = |key: &str| match content.metadata.get(key) {
        Some(Value::String(s)) => Some(s.chars().filter(|c| !c.is_control()).collect::<String>()),
        _ => None,
    };
    let architecture =
        text("general.architecture").ok_or_else(|| bad("it names no architecture".into()))?;
    if !ARCHITECTURES.contains(&architecture.as_str()) {
        return Err(bad(format!(
            "its architecture is {architecture}; forewarn runs {}",
            ARCHITECTURES.join(", ")
        )));
    }
    let context = content
        .metadata
        .get(&format!("{architecture}.context_length"))
        .and_then(|v| v.to_u32().ok())
        .unwrap_or(2048) as usize;
    Ok(GgufFacts {
        context,
        parameters: text("general.size_label").unwrap_or_else(|| "unknown".into()),
        licence: text("general.license").unwrap_or_else(|| "unknown".into()),
        thinks: text("tokenizer.chat_template").is_some_and(|t| t.contains("enable_thinking")),
        title: text("general.name").unwrap_or_else(|| "a local model".into()),
        architecture,
    })
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
        let facts = describe_gguf(added.file)?;
        let name = match added.name {
            Some(name) => name.to_owned(),
            None => name_of(added.file),
        };
        if !is_plain_name(&name) {
            let reason = format!("`{name}` is not usable as a name; set another with --name");
            return Err(ModelError::Gguf { path: added.file.to_owned(), reason });
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
        let text = toml::to_string(&manifest).map_err(|e| ModelError::Gguf {
            path: added.file.to_owned(),
            reason: format!("its manifest cannot be written: {e}"),
        })?;
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

fn manifest(name: &str, facts: &GgufFacts, judges: bool, size: u64, sha256: &str) -> Manifest {
    let variables = match facts.thinks {
        true => BTreeMap::from([("enable_thinking".to_owned(), toml::Value::Boolean(false))]),
        false => BTreeMap::new(),
    };
    Manifest {
        name: name.to_owned(),
        kind: Kind::Llm,
        description: format!("{} (added from a file)", facts.title),
        architecture: facts.architecture.clone(),
        parameters: facts.parameters.clone(),
        context: facts.context,
        licence: facts.licence.clone(),
        // Weights, and room for the cache of a long prompt.
        memory: size / 1_000_000 + size / 5_000_000 + 300,
        judges,
        rank: 50,
        needs_gpu: false,
        suggest: false,
        template: Template { no_think: facts.thinks, variables },
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
