//! Settings: the defaults file, the user's file, a trusted repository's file,
//! and flags, each laid over the one before.

mod endpoint;
mod layer;
pub mod trust;

use serde::{Deserialize, Serialize};

pub use endpoint::{Address, Endpoint, EndpointKind};
pub use layer::{ConfigError, Layer, Layers, Place, Setting};

/// The commented file of all settings.
pub const DEFAULTS: &str = include_str!("defaults.toml");

/// All settings; `defaults.toml` explains each.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    pub review: Review,
    pub agent: Agent,
    pub model: Model,
    pub endpoint: Endpoint,
    pub index: Index,
    pub search: Search,
    pub docs: Docs,
    pub sentry: Sentry,
    pub memory: Memory,
    pub risk: Risk,
    pub hook: Hook,
    pub report: Report,
    pub prior: Prior,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Review {
    pub max_files: usize,
    pub max_hypotheses: usize,
    /// Of all agents together; 0 for no limit.
    pub max_tokens: usize,
    pub min_confidence: f64,
    pub min_severity: f64,
    pub budget_seconds: u64,
    pub second_look: f64,
    pub vote_weight: f64,
    pub dislike_similarity: f32,
    pub max_file_bytes: u64,
    pub ignore: Vec<String>,
    pub tests: Vec<String>,
    pub docs: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Agent {
    pub max_steps: usize,
    pub max_reply_tokens: usize,
    pub max_answer_tokens: usize,
    pub max_prompt_tokens: usize,
    pub max_seconds: u64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    pub llm: String,
    pub embedder: String,
    pub threads: usize,
    pub seed: u64,
    pub context: usize,
    pub kv_cache: KvCache,
    pub qualify_bar: f64,
    pub qualify_floor: f64,
    pub qualify_seconds: u64,
}

/// How a model's keys and values are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KvCache {
    F16,
    I8,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Index {
    pub max_embeddings: usize,
    /// Bytes.
    pub max_memory: u64,
}

/// Weights of the search by words, names and meaning together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Search {
    pub depth: f64,
    pub words: f64,
    pub names: f64,
    pub meaning: f64,
    pub near_file: f64,
    pub near_import: f64,
    pub near_folder: f64,
    pub tests: f64,
    pub vendored: f64,
    pub saturation: f64,
    pub length: f64,
    pub name: f64,
    pub container: f64,
    pub doc: f64,
    pub path: f64,
}

/// Limits and places of the search of documentation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Docs {
    pub enabled: bool,
    /// `ECOSYSTEM=FOLDER` each.
    pub places: Vec<String>,
    pub max_file_bytes: u64,
    pub max_package_bytes: u64,
    pub max_package_files: usize,
    pub max_seconds: u64,
    pub max_bytes: u64,
}

/// The production history.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sentry {
    /// Path of a snapshot that reviews read; empty for the cache.
    pub snapshot: String,
    /// Slugs of the projects that are this repository's; empty for all.
    pub projects: Vec<String>,
    /// What is removed of exports beyond the built-in rules: regular expressions over keys.
    pub scrub_keys: Vec<String>,
    /// Regular expressions over values.
    pub scrub_values: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Memory {
    pub max_facts: usize,
    pub expire_days: u32,
}

/// How the risk of changes is learned.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Risk {
    pub max_commits: usize,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hook {
    pub block_at: BlockAt,
    pub max_seconds: u64,
}

/// The severity that stops a push.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum BlockAt {
    Never(Never),
    Severity(f64),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Never {
    Never,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    pub format: Format,
    pub color: Color,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    Terminal,
    Json,
    Markdown,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum Color {
    Auto,
    Always,
    Never,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prior {
    pub impact_signature: f64,
    pub removed_guard: f64,
    pub lost_condition: f64,
    pub lost_guard: f64,
    pub late_check: f64,
    pub rule: f64,
    pub history_exposed: f64,
    pub history_near: f64,
    pub history_revived: f64,
    pub history_anew: f64,
    pub model: f64,
}

impl Config {
    /// The defaults alone.
    pub fn builtin() -> Self {
        toml::from_str(DEFAULTS).expect("defaults.toml is checked by a test")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_file_is_complete_and_valid() {
        let config: Config = toml::from_str(DEFAULTS).unwrap();
        assert_eq!(config.hook.block_at, BlockAt::Never(Never::Never));
        assert!(config.review.min_confidence > 0.0);
    }
}
