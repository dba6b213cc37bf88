//! What a tool is to an agent: words that describe it, a call, and an answer
//! whose passages the agent may quote.

use std::ops::Range;

use serde::Deserialize;
use serde_json::Value;

use crate::asset::{AssetError, Assets};
use crate::finding::Source;

/// How a tool is shown to a model; read from `prompts/tools.toml`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ToolSpec {
    #[serde(skip)]
    pub name: String,
    /// One or two sentences.
    pub description: String,
    /// JSON schema of the arguments, an object.
    pub parameters: Value,
}

/// A stretch of text that a tool showed, with its source. Evidence is copied
/// from passages only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passage {
    pub source: Source,
    pub text: String,
}

/// A tool's answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ToolOutput {
    /// What the model reads.
    pub text: String,
    /// What it may quote, in order.
    pub passages: Vec<Passage>,
    /// Of a listing: where in `text` and `passages` a row begins, the first
    /// included. An agent is shown as many whole rows as fit, and more when it
    /// asks for a page.
    pub rows: Vec<(usize, usize)>,
    /// A line that stands below the text, and below every page of a listing.
    pub foot: String,
}

impl ToolOutput {
    /// Adds a row to a listing, with what may be quoted of it; a row may have
    /// several lines.
    pub fn row(&mut self, row: &str, passages: impl IntoIterator<Item = Passage>) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        self.rows.push((self.text.len(), self.passages.len()));
        self.text.push_str(row);
        self.passages.extend(passages);
    }

    /// The text of some rows of a listing, and their passages.
    pub fn part(&self, rows: Range<usize>) -> (&str, &[Passage]) {
        let whole = (self.text.len(), self.passages.len());
        let begin = |n: usize| self.rows.get(n).copied().unwrap_or(whole);
        let (from, to) = (begin(rows.start), begin(rows.end));
        (self.text[from.0..to.0].trim_end(), &self.passages[from.1..to.1])
    }
}

/// Why a call gave no answer. The message is shown to the model, so it says
/// what to do instead.
#[derive(Debug, thiserror::Error)]
pub enum ToolError {
    /// For example a path that does not exist, with the nearest ones.
    #[error("{0}")]
    Refused(String),
    /// A failure of ours.
    #[error("{message}")]
    Failed {
        message: String,
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl ToolError {
    pub fn failed(message: &str, source: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::Failed { message: message.to_owned(), source: Box::new(source) }
    }
}

/// A read-only tool of the agents.
pub trait Tool: Send + Sync {
    /// Its key in `prompts/tools.toml`.
    fn name(&self) -> &str;
    /// Answers a call; `arguments` has been checked against the schema for
    /// required keys and types, not for meaning.
    fn call(&self, arguments: &Value) -> Result<ToolOutput, ToolError>;
}

/// The words for all tools could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ToolSpecError {
    #[error(transparent)]
    Asset(#[from] AssetError),
    #[error("prompts/tools.toml is not valid")]
    Toml(#[from] toml::de::Error),
}

/// Reads `prompts/tools.toml`, in the order of the file.
pub fn specs(assets: &Assets) -> Result<Vec<ToolSpec>, ToolSpecError> {
    let text = assets.read("prompts/tools.toml")?.text;
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct File {
        tool: Vec<Row>,
    }
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Row {
        name: String,
        description: String,
        parameters: Value,
    }
    let file: File = toml::from_str(&text)?;
    Ok(file
        .tool
        .into_iter()
        .map(|row| ToolSpec {
            name: row.name,
            description: row.description,
            parameters: row.parameters,
        })
        .collect())
}
