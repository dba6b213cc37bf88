//! Finds the data files (prompts, grammars, model manifests, package ecosystems) of
//! a run.
//!
//! The built-in files are compiled into the binary and form the lowest layer.
//! A user's folder, and a trusted repository's, are laid over it: a file of the
//! same relative path replaces the built-in one, a new path adds to it. Every
//! reader goes through [`Assets`], so a user's file takes the built-in's path.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use include_dir::{Dir, include_dir};

static PROMPTS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/prompts");
static GRAMMARS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/grammars");
static MODELS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/models");
static ECOSYSTEMS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/ecosystems");

/// A data file could not be read.
#[derive(Debug, thiserror::Error)]
pub enum AssetError {
    #[error("there is no data file `{0}`")]
    Missing(String),
    #[error("could not read the data file {path}")]
    Io {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("the data file {0} is not UTF-8")]
    NotUtf8(String),
}

/// One data file and where it came from.
#[derive(Debug, Clone)]
pub struct Asset {
    /// Path below the layer's root, for example `prompts/draft/system.md`.
    pub path: String,
    pub text: Cow<'static, str>,
    /// `None` for a built-in file.
    pub file: Option<PathBuf>,
}

/// The layered data files; later layers win.
#[derive(Debug, Clone, Default)]
pub struct Assets {
    layers: Vec<PathBuf>,
}

impl Assets {
    /// Only what is compiled into the binary.
    pub fn builtin() -> Self {
        Self::default()
    }

    /// Lays a folder that holds `prompts/`, `grammars/`, `models/` or
    /// `ecosystems/` on top.
    pub fn with_layer(mut self, folder: impl Into<PathBuf>) -> Self {
        self.layers.push(folder.into());
        self
    }

    /// Reads one file by its path below the root, for example
    /// `prompts/draft/system.md`.
    pub fn read(&self, path: &str) -> Result<Asset, AssetError> {
        for layer in self.layers.iter().rev() {
            let file = layer.join(path);
            match std::fs::read(&file) {
                Ok(bytes) => {
                    let text = String::from_utf8(bytes)
                        .map_err(|_| AssetError::NotUtf8(file.display().to_string()))?;
                    return Ok(Asset {
                        path: path.to_owned(),
                        text: text.into(),
                        file: Some(file),
                    });
                }
                Err(e) if e.kind() == std::io::ErrorKind::NotFound => {}
                Err(source) => return Err(AssetError::Io { path: file, source }),
            }
        }
        let text = builtin_file(path)
            .ok_or_else(|| AssetError::Missing(path.to_owned()))?
            .contents_utf8()
            .ok_or_else(|| AssetError::NotUtf8(path.to_owned()))?;
        Ok(Asset { path: path.to_owned(), text: Cow::Borrowed(text), file: None })
    }

    /// Lists all files below a folder of the root, sorted by path, each path
    /// once however many layers hold it.
    pub fn list(&self, folder: &str) -> Result<Vec<String>, AssetError> {
        let mut found = BTreeMap::new();
        if let Some(dir) = builtin_dir(folder) {
            collect_builtin(dir, &root_of(folder), &mut found);
        }
        for layer in &self.layers {
            collect_disk(layer, &layer.join(folder), &mut found)?;
        }
        Ok(found.into_keys().collect())
    }
}

fn builtin_root(name: &str) -> Option<&'static Dir<'static>> {
    match name {
        "prompts" => Some(&PROMPTS),
        "grammars" => Some(&GRAMMARS),
        "models" => Some(&MODELS),
        "ecosystems" => Some(&ECOSYSTEMS),
        _ => None,
    }
}

fn root_of(path: &str) -> String {
    path.split('/').next().unwrap_or_default().to_owned()
}

fn builtin_file(path: &str) -> Option<&'static include_dir::File<'static>> {
    let (root, rest) = path.split_once('/')?;
    builtin_root(root)?.get_file(rest)
}

fn builtin_dir(path: &str) -> Option<&'static Dir<'static>> {
    match path.split_once('/') {
        None => builtin_root(path),
        Some((root, rest)) => builtin_root(root)?.get_dir(rest),
    }
}

fn collect_builtin(dir: &Dir<'static>, root: &str, found: &mut BTreeMap<String, ()>) {
    for file in dir.files() {
        found.insert(format!("{root}/{}", file.path().display()), ());
    }
    for sub in dir.dirs() {
        collect_builtin(sub, root, found);
    }
}

fn collect_disk(
    layer: &Path,
    folder: &Path,
    found: &mut BTreeMap<String, ()>,
) -> Result<(), AssetError> {
    let io = |source| AssetError::Io { path: folder.to_owned(), source };
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(e) => return Err(io(e)),
    };
    for entry in entries {
        let entry = entry.map_err(io)?;
        let path = entry.path();
        if entry.file_type().map_err(io)?.is_dir() {
            collect_disk(layer, &path, found)?;
        } else if let Some(relative) = path.strip_prefix(layer).ok().and_then(Path::to_str) {
            found.insert(relative.replace('\\', "/"), ());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_users_file_replaces_the_built_in_one_and_new_files_are_added() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("prompts/tools")).unwrap();
        std::fs::write(folder.path().join("prompts/tools/mine.md"), "mine").unwrap();
        let assets = Assets::builtin().with_layer(folder.path());
        assert_eq!(assets.read("prompts/tools/mine.md").unwrap().text, "mine");
        assert!(assets.list("prompts").unwrap().contains(&"prompts/tools/mine.md".to_owned()));
        assert!(matches!(assets.read("prompts/none.md"), Err(AssetError::Missing(_))));
    }
}
