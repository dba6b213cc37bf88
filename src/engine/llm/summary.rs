//! Describes a model file without loading its weights.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;

use super::architecture::Config;
use super::gguf::Gguf;
use super::vocabulary::Vocabulary;
use super::{KvFormat, MAX_CONTEXT, memory, template::Template};
use crate::engine::EngineError;

/// What a GGUF file says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GgufSummary {
    /// `general.name`.
    pub name: Option<String>,
    pub architecture: String,
    /// The window that the model was made for, in tokens.
    pub context: usize,
    pub parameters: u64,
    /// The format of most of the weights, for example `Q4_K`.
    pub quantisation: String,
    /// `general.license`.
    pub licence: Option<String>,
    /// Whether the file brings a chat template.
    pub has_template: bool,
    /// Bytes of the weights and of the keys and values of the window that is
    /// used by default.
    pub memory: u64,
}

/// Checks everything about a file but its weights' values: that its header is
/// sound, its architecture and tokenizer are supported and its chat template
/// compiles.
pub fn describe(path: &Path) -> Result<GgufSummary, EngineError> {
    let gguf = Gguf::open(path)?;
    let config = Config::read(&gguf)?;
    let vocabulary = Vocabulary::read(&gguf, config.vocabulary)?;
    let name = gguf.text("general.name").map(str::to_owned);
    let template = gguf.text("tokenizer.chat_template");
    Template::new(
        name.as_deref().unwrap_or("the model"),
        template,
        vocabulary.marks(),
        Default::default(),
    )?;
    let mut parameters = 0;
    let mut kinds: BTreeMap<String, u64> = BTreeMap::new();
    for (_, shape, kind) in gguf.tensors() {
        let elements: u64 = shape.iter().map(|&n| n as u64).product();
        parameters += elements;
        *kinds.entry(label(&format!("{kind:?}"))).or_default() += elements;
    }
    let most = kinds.into_iter().max_by_key(|&(_, elements)| elements);
    Ok(GgufSummary {
        name,
        architecture: config.architecture.name.to_owned(),
        context: config.context,
        parameters,
        quantisation: most.map(|(kind, _)| kind).unwrap_or_default(),
        licence: gguf.text("general.license").map(str::to_owned),
        has_template: template.is_some(),
        memory: memory::weights(&gguf)
            + memory::cache(&config, config.context.min(MAX_CONTEXT), KvFormat::F16),
    })
}

/// candle's `Q4K` is everyone else's `Q4_K`.
fn label(kind: &str) -> String {
    match kind.strip_suffix('K') {
        Some(bits) if kind.starts_with('Q') => format!("{bits}_K"),
        _ => kind.to_owned(),
    }
}
