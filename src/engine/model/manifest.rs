//! Model manifests: `models/<name>.toml`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::ModelError;
use crate::asset::Assets;

/// What a model is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Llm,
    Embedder,
}

impl Kind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Llm => "llm",
            Self::Embedder => "embedder",
        }
    }
}

/// What is known of one model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The file's name without `.toml`.
    #[serde(skip)]
    pub name: String,
    pub kind: Kind,
    pub description: String,
    /// As a GGUF names it (`llama`, `qwen2`, `qwen3`, `qwen3moe`), or the
    /// encoder's family.
    pub architecture: String,
    /// For people, for example `1.5B`.
    pub parameters: String,
    /// Longest input, in tokens.
    pub context: usize,
    pub licence: String,
    /// Memory needed to run it, in MB.
    pub memory: u64,
    /// Whether its verdicts may keep or kill a finding.
    #[serde(default)]
    pub judges: bool,
    /// "auto" takes the installed model of the highest rank.
    #[serde(default)]
    pub rank: u32,
    /// Too slow for a push on a processor alone.
    #[serde(default)]
    pub needs_gpu: bool,
    /// Whether `models pull` may pick it without being asked by name.
    #[serde(default = "yes")]
    pub suggest: bool,
    /// What the chat template gets besides the messages, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub template: BTreeMap<String, toml::Value>,
    /// Only of an embedder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub embedding: Option<Embedding>,
    /// The first one holds the weights.
    #[serde(rename = "file")]
    pub files: Vec<File>,
}

fn yes() -> bool {
    true
}

/// How texts become vectors.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Embedding {
    pub format: EmbeddingFormat,
    pub pooling: Pooling,
    pub normalise: bool,
    pub dimensions: usize,
    /// Longer texts are cut, special tokens counted in.
    pub max_tokens: usize,
    #[serde(default)]
    pub query_prefix: String,
    #[serde(default)]
    pub passage_prefix: String,
    /// In what numbers its linear layers are computed.
    #[serde(default)]
    pub precision: Precision,
}

/// How the weights and inputs of an embedder's linear layers are held.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    /// Floats of 32 bits, as sentence-transformers computes.
    #[default]
    Single,
    /// Rounded to bytes, 32 values to a scale.
    Int8,
}

/// File layout and architecture of an embedder; each has one loader.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EmbeddingFormat {
    SafetensorsBert,
    SafetensorsNomicBert,
}

/// Which of a text's token vectors make its vector.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Pooling {
    Mean,
    Cls,
    Last,
}

/// One file of a model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    pub name: String,
    /// Exact bytes, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// Rough size in MB where the exact one is not known: for people and for
    /// the check of free space.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<u64>,
    /// Lower-case hex; where absent, pinned on the first download.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    #[serde(default, rename = "source", skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<Source>,
}

impl File {
    /// Bytes, exact or rough.
    pub fn expected_size(&self) -> Option<u64> {
        self.size.or(self.about.map(|mb| mb * 1_000_000))
    }
}

/// Where a file can be had.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum Source {
    Hub(Hub),
    Pip(Pip),
}

impl std::fmt::Display for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Hub(hub) => write!(f, "hub {}@{}", hub.repo, hub.revision),
            Self::Pip(pip) => write!(f, "pip {}=={}", pip.package, pip.version),
        }
    }
}

impl Source {
    /// Refuses what would read as an option of pip or leave the hub's paths.
    fn check(&self) -> Result<(), String> {
        let plain = |text: &str, what: &str| match text.split('/').all(is_plain_name) {
            true => Ok(()),
            false => Err(format!("`{text}` is not usable as {what}")),
        };
        match self {
            Self::Hub(hub) => {
                plain(&hub.repo, "a repository")?;
                plain(&hub.path, "a path")?;
                plain(&hub.revision, "a revision")
            }
            Self::Pip(pip) if !is_plain_name(&pip.package) => plain("", "a package's name"),
            Self::Pip(pip) if !is_plain_name(&pip.version) => plain("", "a package's version"),
            Self::Pip(pip) => plain(&pip.member, "a file of a package"),
        }
    }
}

/// A file of a model hub's repository.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hub {
    pub repo: String,
    pub path: String,
    pub revision: String,
}

/// A file inside a Python package's wheel.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pip {
    pub package: String,
    pub version: String,
    /// The end of the member's path in the wheel.
    pub member: String,
}

impl Manifest {
    /// Reads and checks a manifest; `path` is for messages.
    pub fn parse(name: &str, path: &str, text: &str) -> Result<Self, ModelError> {
        let mut manifest: Self = toml::from_str(text)
            .map_err(|source| ModelError::Manifest { path: path.to_owned(), source })?;
        manifest.name = name.to_owned();
        manifest.check().map_err(|reason| ModelError::Invalid { path: path.to_owned(), reason })?;
        Ok(manifest)
    }

    fn check(&self) -> Result<(), String> {
        if !is_plain_name(&self.name) {
            return Err(format!("`{}` is not usable as a model's name", self.name));
        }
        if self.files.is_empty() {
            return Err("it lists no [[file]]".into());
        }
        if (self.kind == Kind::Embedder) != self.embedding.is_some() {
            return Err("an embedder, and only an embedder, has an [embedding] table".into());
        }
        if self.embedding.as_ref().is_some_and(|e| e.max_tokens < 3 || e.dimensions == 0) {
            return Err("`max_tokens` must be at least 3 and `dimensions` above 0".into());
        }
        let mut seen = Vec::new();
        for file in &self.files {
            if !is_plain_name(&file.name) {
                return Err(format!("`{}` is not a plain file name", file.name));
            }
            if seen.contains(&&file.name) {
                return Err(format!("the file `{}` is listed twice", file.name));
            }
            seen.push(&file.name);
            for source in &file.sources {
                source.check()?;
            }
            if let Some(sha) = &file.sha256
                && !is_sha256(sha)
            {
                return Err(format!(
                    "the sha256 of `{}` is not 64 lower-case hex digits",
                    file.name
                ));
            }
        }
        Ok(())
    }

    /// Bytes of all files, exact or rough; `None` if one's is unknown.
    pub fn expected_size(&self) -> Option<u64> {
        self.files.iter().map(File::expected_size).sum()
    }
}

/// Whether a name stays inside its folder and names no hidden file.
pub(super) fn is_plain_name(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with('.')
        && !name.starts_with('-')
        && name.chars().all(|c| c.is_alphanumeric() || "._-+".contains(c))
}

pub(super) fn is_sha256(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

/// Every manifest of the data files, by name.
#[derive(Debug, Clone, Default)]
pub struct Manifests {
    by_name: BTreeMap<String, Manifest>,
}

impl Manifests {
    /// Reads `models/*.toml` of all layers; one bad manifest is an error that
    /// names it.
    pub fn load(assets: &Assets) -> Result<Self, ModelError> {
        let mut by_name = BTreeMap::new();
        for path in assets.list("models")? {
            let Some(name) = path.strip_prefix("models/").and_then(|p| p.strip_suffix(".toml"))
            else {
                continue;
            };
            let asset = assets.read(&path)?;
            let shown = asset.file.as_ref().map_or(path.clone(), |f| f.display().to_string());
            by_name.insert(name.to_owned(), Manifest::parse(name, &shown, &asset.text)?);
        }
        Ok(Self { by_name })
    }

    pub fn get(&self, name: &str) -> Option<&Manifest> {
        self.by_name.get(name)
    }

    /// Like [`Self::get`], with an error that lists the names there are.
    pub fn require(&self, name: &str) -> Result<&Manifest, ModelError> {
        self.get(name).ok_or_else(|| ModelError::Unknown {
            name: name.to_owned(),
            known: self.by_name.keys().cloned().collect(),
        })
    }

    /// In order of name.
    pub fn iter(&self) -> impl Iterator<Item = &Manifest> {
        self.by_name.values()
    }

    /// Of one kind, the highest rank first.
    pub fn ranked(&self, kind: Kind) -> Vec<&Manifest> {
        let mut found: Vec<_> = self.iter().filter(|m| m.kind == kind).collect();
        found.sort_by(|a, b| b.rank.cmp(&a.rank).then_with(|| a.name.cmp(&b.name)));
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: &str = r#"
        kind = "llm"
        description = "d"
        architecture = "llama"
        parameters = "1M"
        context = 16
        licence = "MIT"
        memory = 1
        [[file]]
        name = "a.gguf"
    "#;

    #[test]
    fn every_built_in_manifest_is_valid_and_can_be_had_somewhere() {
        let manifests = Manifests::load(&Assets::builtin()).unwrap();
        for name in [
            "smollm2-135m",
            "qwen2.5-coder-0.5b",
            "qwen2.5-coder-1.5b",
            "qwen2.5-coder-3b",
            "qwen2.5-coder-7b",
            "qwen2.5-coder-14b",
            "qwen3-4b",
            "qwen3-8b",
            "qwen3-coder-30b-a3b",
            "all-minilm-l6-v2",
            "code-rank-embed",
        ] {
            let manifest = manifests.get(name).unwrap_or_else(|| panic!("no manifest {name}"));
            assert!(manifest.files.iter().all(|f| !f.sources.is_empty()), "{name}");
        }
        assert!(!manifests.get("smollm2-135m").unwrap().judges);
        let thinking = manifests.get("qwen3-4b").unwrap().template.get("enable_thinking");
        assert_eq!(thinking, Some(&toml::Value::Boolean(false)));
    }

    #[test]
    fn a_manifest_survives_being_written_and_read() {
        for manifest in Manifests::load(&Assets::builtin()).unwrap().iter() {
            let text = toml::to_string(manifest).unwrap();
            assert_eq!(&Manifest::parse(&manifest.name, "x", &text).unwrap(), manifest);
        }
    }

    #[test]
    fn an_unknown_key_is_an_error_that_names_it() {
        for (text, word) in [
            (format!("colour = 1\n{SMALL}"), "colour"),
            (format!("{SMALL}\nsha265 = \"x\""), "sha265"),
            (format!("{SMALL}\n[[file.source]]\nftp = {{}}"), "ftp"),
        ] {
            let error = Manifest::parse("m", "models/m.toml", &text).unwrap_err();
            assert!(error.to_string().contains("models/m.toml"), "{error}");
            let source = std::error::Error::source(&error).unwrap().to_string();
            assert!(source.contains(word), "{source}");
        }
    }

    #[test]
    fn names_that_leave_the_folder_and_bad_checksums_are_refused() {
        let wrong = [
            SMALL.replace("a.gguf", "../a.gguf"),
            SMALL.replace("a.gguf", "/etc/passwd"),
            SMALL.replace("a.gguf", ".hidden"),
            format!("{SMALL}\nsha256 = \"ABC\""),
            SMALL.replace("\"llm\"", "\"embedder\""),
            format!(
                "{SMALL}\n[[file.source]]\n\
                 pip = {{ package = \"--index-url=http://x\", version = \"1\", member = \"a\" }}"
            ),
            format!(
                "{SMALL}\n[[file.source]]\n\
                 hub = {{ repo = \"../x\", path = \"a\", revision = \"main\" }}"
            ),
        ];
        for text in wrong {
            let error = Manifest::parse("m", "x", &text).unwrap_err();
            assert!(matches!(error, ModelError::Invalid { .. }), "{text}: {error}");
        }
        assert!(Manifest::parse("../m", "x", SMALL).is_err());
    }
}
