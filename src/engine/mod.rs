//! Models on this machine: a language model and an embedder behind two small
//! traits, and the manifests that say where their weights come from. `remote` is
//! the one way past this machine, off unless its user names an endpoint.
//!
//! [`Llm`] is stateless for its callers: each request carries the whole
//! conversation, and the engine finds the longest prefix it has computed before
//! (agents of one review share theirs). Calls block; run them off the async
//! threads. Several may run at once.

pub mod embed;
#[cfg(any(feature = "endpoint", feature = "export"))]
pub mod http;
pub mod kernel;
pub mod lazy;
pub mod llm;
pub mod metered;
pub mod model;
pub mod remote;
pub mod scripted;

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    System,
    User,
    Assistant,
}

/// One message of a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    pub role: Role,
    pub text: String,
}

impl Message {
    pub fn new(role: Role, text: impl Into<String>) -> Self {
        Self { role, text: text.into() }
    }
    pub fn system(text: impl Into<String>) -> Self {
        Self::new(Role::System, text)
    }
    pub fn user(text: impl Into<String>) -> Self {
        Self::new(Role::User, text)
    }
    pub fn assistant(text: impl Into<String>) -> Self {
        Self::new(Role::Assistant, text)
    }
}

/// What the output must look like, enforced while decoding.
#[derive(Debug, Clone, PartialEq)]
pub enum Grammar {
    /// A grammar in llguidance's Lark dialect.
    Lark(String),
    /// A JSON schema.
    Json(serde_json::Value),
    /// One of these strings, whole.
    Choice(Vec<String>),
}

/// How the next token is picked.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Sampling {
    /// 0 picks the most probable token.
    pub temperature: f64,
    pub top_p: f64,
    /// 0 for no limit.
    pub top_k: usize,
    pub repeat_penalty: f32,
    pub seed: u64,
}

impl Default for Sampling {
    fn default() -> Self {
        Self { temperature: 0.0, top_p: 1.0, top_k: 0, repeat_penalty: 1.0, seed: 0 }
    }
}

/// One completion to compute.
#[derive(Debug, Clone)]
pub struct Request<'a> {
    pub messages: &'a [Message],
    /// Text that the assistant's turn already begins with; part of the prompt,
    /// not of the completion.
    pub prefix: &'a str,
    pub grammar: Option<&'a Grammar>,
    pub sampling: Sampling,
    /// Most tokens to write; the completion ends with [`Finish::Length`] there.
    pub max_tokens: usize,
    pub deadline: Option<Instant>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Finish {
    /// The model ended its turn, or the grammar was complete.
    Stop,
    Length,
    /// The deadline passed or the caller broke off.
    Cancelled,
}

/// What a request produced.
#[derive(Debug, Clone, PartialEq)]
pub struct Completion {
    pub text: String,
    pub finish: Finish,
    pub prompt_tokens: usize,
    /// Of these, taken from the cache.
    pub cached_tokens: usize,
    pub completion_tokens: usize,
    pub prefill: Duration,
    pub decode: Duration,
}

/// What callers may know of a loaded language model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LlmInfo {
    /// The manifest's name, for example `smollm2-135m`.
    pub name: String,
    /// Hash of the weights' file; part of a review's key.
    pub digest: String,
    pub architecture: String,
    /// Most tokens of prompt and completion together.
    pub context: usize,
    /// Whether its verdicts are expected to be good enough to keep or kill a finding.
    pub judges: bool,
    /// What its chat template gets besides the messages, as JSON.
    pub template: String,
    /// `cpu`, `cuda` or `metal`; `remote` for an endpoint.
    pub device: String,
}

/// A language model.
pub trait Llm: Send + Sync {
    fn info(&self) -> &LlmInfo;

    /// Tokens of a text, without template.
    fn count(&self, text: &str) -> Result<usize, EngineError>;

    /// Tokens of a conversation as it will be sent, template included.
    fn count_prompt(&self, messages: &[Message], prefix: &str) -> Result<usize, EngineError>;

    /// Writes a completion; `on_text` sees the text as it comes and may break.
    fn complete(
        &self,
        request: &Request<'_>,
        on_text: &mut dyn FnMut(&str) -> ControlFlow<()>,
    ) -> Result<Completion, EngineError>;

    /// Natural-log probabilities of each candidate as the assistant's next
    /// words after `prefix`, each summed over its tokens; not normalised over
    /// the candidates. [`EngineError::NoProbabilities`] where a server gives none.
    fn score(
        &self,
        messages: &[Message],
        prefix: &str,
        candidates: &[&str],
    ) -> Result<Vec<f64>, EngineError>;
}

/// What a text is to be compared as; some models prefix the two differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EmbedKind {
    Query,
    Passage,
}

/// A model that maps texts to unit vectors.
pub trait Embedder: Send + Sync {
    /// Name and digest; vectors of different ids do not compare.
    fn id(&self) -> &str;
    fn dimensions(&self) -> usize;
    /// One L2-normalised vector of [`Self::dimensions`] for each text; texts
    /// longer than the window are cut.
    fn embed(&self, texts: &[&str], kind: EmbedKind) -> Result<Vec<Vec<f32>>, EngineError>;
}

/// Cosine of two unit vectors.
pub fn cosine(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    #[error("the model file {} is damaged: {reason}", path.display())]
    Damaged { path: PathBuf, reason: String },
    #[error("the architecture `{0}` is not supported")]
    Architecture(String),
    #[error("the chat template of {model} cannot be rendered")]
    Template {
        model: String,
        #[source]
        source: minijinja::Error,
    },
    #[error("the prompt has {tokens} tokens, the window {context}")]
    TooLong { tokens: usize, context: usize },
    #[error("the output grammar is not usable: {0}")]
    Grammar(String),
    #[error("the tensor {tensor} of the model has the format {format}, which is not supported")]
    Format { tensor: String, format: String },
    #[error(
        "the model needs {} MB of memory ({weights} for its weights and {cache} for a window of \
         {context} tokens), {available} MB are free",
        weights.saturating_add(*cache)
    )]
    Memory {
        /// In MB, like the others.
        weights: u64,
        cache: u64,
        /// Tokens of the window.
        context: usize,
        available: u64,
        /// Tokens of the window that would fit.
        window: usize,
        /// A smaller model that would fit.
        instead: Option<String>,
    },
    #[error("the model took more than {limit} tokens, which `review.max_tokens` allows a review")]
    Spent { limit: usize },
    #[error("the cache of keys and values is full: {tokens} tokens do not fit into it")]
    CacheFull { tokens: usize },
    #[error("could not read {}", path.display())]
    Io {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("the tokenizer failed: {0}")]
    Tokenizer(String),
    #[error("{model} offers no probabilities: {reason}")]
    NoProbabilities { model: String, reason: String },
    #[error(transparent)]
    Remote(#[from] remote::RemoteError),
    #[error("a computation failed")]
    Tensor(#[from] candle_core::Error),
}
