//! Decoding that a grammar enforces, with llguidance over our vocabulary.

use std::sync::Arc;

use llguidance::api::TopLevelGrammar;
use llguidance::toktrie::{
    InferenceCapabilities, SimpleVob, TokEnv, TokRxInfo, TokTrie, TokenizerEnv,
};
use llguidance::{Matcher, ParserFactory};
use serde_json::{Value, json};

use super::vocabulary::{TokenKind, Vocabulary};
use crate::engine::{EngineError, Grammar};

/// Longer tokens are left out of grammars: the trie recurses by byte.
const LONGEST_TOKEN: usize = 256;

/// Compiles grammars for one vocabulary.
pub struct Constraints {
    factory: ParserFactory,
}

/// The vocabulary as llguidance sees it.
struct Adapter {
    vocabulary: Arc<Vocabulary>,
    trie: TokTrie,
}

impl TokenizerEnv for Adapter {
    fn tok_trie(&self) -> &TokTrie {
        &self.trie
    }

    fn tokenize_bytes(&self, bytes: &[u8]) -> Vec<u32> {
        let greedy = |text: &str| self.trie.greedy_tokenize(text.as_bytes());
        self.trie.tokenize_with_greedy_fallback(bytes, |text| {
            self.vocabulary.encode(text).unwrap_or_else(|_| greedy(text))
        })
    }
}

impl Constraints {
    pub fn new(vocabulary: Arc<Vocabulary>) -> Result<Self, EngineError> {
        let words: Vec<Vec<u8>> = (0..vocabulary.len() as u32)
            .map(|token| match vocabulary.token(token) {
                Some((bytes, TokenKind::Normal)) => bytes.to_vec(),
                Some((name, TokenKind::Control | TokenKind::Named)) => {
                    [&[TokTrie::SPECIAL_TOKEN_MARKER], name].concat()
                }
                _ => Vec::new(),
            })
            .map(|word| if word.len() > LONGEST_TOKEN { Vec::new() } else { word })
            .collect();
        let ends = vocabulary.ends();
        let info = TokRxInfo::new(words.len() as u32, ends[0]);
        let trie = TokTrie::from(&info, &words).with_eos_tokens(ends);
        let environment: TokEnv = Arc::new(Adapter { vocabulary, trie });
        let capabilities = InferenceCapabilities { ff_tokens: true, ..Default::default() };
        let mut factory = ParserFactory::new(
            &environment,
            capabilities,
            &llguidance::earley::SlicedBiasComputer::general_slices(),
        )
        .map_err(|error| EngineError::Tokenizer(format!("{error:#}")))?;
        factory.quiet();
        factory.limits_mut().verbose_errors = false;
        Ok(Self { factory })
    }

    /// Starts on a grammar; [`EngineError::Grammar`] says what is wrong with it.
    pub fn start(&self, grammar: &Grammar) -> Result<Constraint, EngineError> {
        let grammar = match grammar {
            Grammar::Lark(lark) => TopLevelGrammar::from_lark(lark.clone()),
            Grammar::Json(schema) => TopLevelGrammar::from_json_schema(spaced(schema)),
            Grammar::Choice(choices) => TopLevelGrammar::from_lark(alternation(choices)?),
        };
        let matcher = Matcher::new(self.factory.create_parser(grammar));
        match matcher.get_error() {
            Some(error) => Err(EngineError::Grammar(error)),
            None => Ok(Constraint { matcher }),
        }
    }
}

/// JSON on one line with a space after commas and colons, as the models have
/// seen most. Free white space lets a small model fill its budget with it.
fn spaced(schema: &Value) -> Value {
    let mut schema = schema.clone();
    if let Value::Object(fields) = &mut schema {
        fields.entry("x-guidance").or_insert_with(|| {
            json!({ "whitespace_flexible": false, "item_separator": ", ", "key_separator": ": " })
        });
    }
    schema
}

fn alternation(choices: &[String]) -> Result<String, EngineError> {
    if choices.is_empty() || choices.iter().any(String::is_empty) {
        return Err(EngineError::Grammar("a choice needs at least one text, none empty".into()));
    }
    let quoted: Vec<String> =
        choices.iter().map(|choice| Value::from(choice.as_str()).to_string()).collect();
    Ok(format!("start: {}", quoted.join(" | ")))
}

/// A set of tokens.
pub type Allowed = SimpleVob;

/// The state of one constrained completion.
pub struct Constraint {
    matcher: Matcher,
}

impl Constraint {
    /// Whether the grammar is complete and nothing more may follow.
    pub fn is_done(&self) -> bool {
        self.matcher.is_stopped()
    }

    /// The token that must come next, if there is no choice.
    pub fn forced(&mut self) -> Option<u32> {
        self.matcher.compute_ff_tokens().first().copied()
    }

    /// How many of the first `tokens` the grammar accepts.
    pub fn accepted(&mut self, tokens: &[u32]) -> Result<usize, EngineError> {
        self.matcher.validate_tokens(tokens).map_err(unusable)
    }

    /// The tokens that may come next.
    pub fn allowed(&mut self) -> Result<Allowed, EngineError> {
        self.matcher.compute_mask().map_err(unusable)
    }

    /// Moves on.
    pub fn accept(&mut self, tokens: &[u32]) -> Result<(), EngineError> {
        self.matcher.consume_tokens(tokens).map_err(unusable)
    }
}

fn unusable(error: impl std::fmt::Display) -> EngineError {
    EngineError::Grammar(format!("{error:#}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choices_are_quoted_and_never_empty() {
        let choices = ["a \"b\"".to_owned(), "c\nd".to_owned()];
        assert_eq!(alternation(&choices).unwrap(), r#"start: "a \"b\"" | "c\nd""#);
        assert!(alternation(&[]).is_err());
        assert!(alternation(&[String::new()]).is_err());
    }
}
