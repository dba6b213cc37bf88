//! The tokenizer inside a GGUF file: byte-level BPE.
//!
//! Texts are encoded as they are, without the Unicode normalisation that some
//! models' own settings ask for, so that a quote decodes to the bytes it was
//! taken from (llama.cpp does the same). Special tokens are only recognised in
//! [`Vocabulary::encode_template`]: text from elsewhere cannot name them.

use std::collections::HashSet;

use aho_corasick::{AhoCorasick, MatchKind};
use tokenizers::decoders::byte_level::ByteLevel;
use tokenizers::models::bpe::{BPE, Vocab};
use tokenizers::pre_tokenizers::PreTokenizerWrapper;
use tokenizers::pre_tokenizers::sequence::Sequence;
use tokenizers::pre_tokenizers::split::{Split, SplitPattern};
use tokenizers::{SplitDelimiterBehavior, Tokenizer};

use super::gguf::Gguf;
use super::header::shown;
use crate::engine::EngineError;

/// What a token is for, from `tokenizer.ggml.token_type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    Normal,
    /// Shown to no one: ends of turns and the like.
    Control,
    /// Written out as it is, for example `<tool_call>`.
    Named,
    Unused,
}

/// Texts to tokens and back.
pub struct Vocabulary {
    encoder: Tokenizer,
    /// Each token's bytes; names for control tokens.
    bytes: Vec<Vec<u8>>,
    kinds: Vec<TokenKind>,
    /// Finds control and named tokens in a text, of several at one place the
    /// longest.
    specials: AhoCorasick,
    /// Their ids, in the order of its patterns.
    special: Vec<u32>,
    ends: Vec<u32>,
    begin: Option<u32>,
    adds_begin: bool,
}

/// A stretch of a rendered conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Text of the template, in which special tokens count.
    Template(&'a str),
    /// Text from elsewhere, in which nothing is special.
    Plain(&'a str),
}

/// Ends of a turn or of a text that files forget to declare.
const ENDS: [&str; 7] = [
    "<|im_end|>",
    "<|endoftext|>",
    "<|eot_id|>",
    "<|eom_id|>",
    "<|end_of_text|>",
    "<end_of_turn>",
    "</s>",
];

/// Most merges; models have up to about 300 thousand.
const MAX_MERGES: usize = 1 << 21;
/// Most special tokens and bytes of their names; models have up to a few
/// thousand.
const MAX_SPECIAL: usize = 1 << 15;
const MAX_SPECIAL_BYTES: usize = 1 << 20;

const GPT2: &str = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";
const QWEN2: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
const LLAMA3: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

/// The patterns that split a text before BPE, by the file's name for them, and
/// whether a word that is a token as a whole is taken as such.
fn splits(name: &str) -> Option<(&'static [&'static str], bool)> {
    match name {
        "default" | "gpt-2" | "gpt2" => Some((&[GPT2], false)),
        "smollm" | "starcoder" | "refact" | "command-r" | "codeshell" => {
            Some((&[r"\p{N}", GPT2], false))
        }
        "qwen2" | "deepseek-r1-qwen" => Some((&[QWEN2], false)),
        "llama-bpe" | "llama3" | "llama-v3" => Some((&[LLAMA3], true)),
        "smaug-bpe" => Some((&[LLAMA3], false)),
        _ => None,
    }
}

impl Vocabulary {
    /// Reads the tokenizer; `most` is the number of rows of the embedding.
    pub fn read(gguf: &Gguf, most: usize) -> Result<Self, EngineError> {
        let kind = gguf.text("tokenizer.ggml.model").unwrap_or_default();
        if kind != "gpt2" {
            let kind = shown(kind);
            return Err(EngineError::Tokenizer(format!(
                "vocabularies of the kind `{kind}` are not supported, only byte-level BPE (`gpt2`)"
            )));
        }
        let missing = |key: &str| gguf.damaged(format!("`tokenizer.ggml.{key}` is missing"));
        let names = gguf.texts("tokenizer.ggml.tokens", most)?;
        let names = names.ok_or_else(|| missing("tokens"))?;
        if names.is_empty() {
            return Err(gguf.damaged("its vocabulary has 0 tokens"));
        }
        let types = gguf.numbers("tokenizer.ggml.token_type", most)?.unwrap_or_default();
        let kinds: Vec<TokenKind> = (0..names.len())
            .map(|i| match types.get(i) {
                None | Some(1 | 6) => TokenKind::Normal,
                Some(2 | 3) => TokenKind::Control,
                Some(4) => TokenKind::Named,
                Some(_) => TokenKind::Unused,
            })
            .collect();
        let merges = gguf.texts("tokenizer.ggml.merges", MAX_MERGES)?;
        let merges: Vec<(String, String)> = merges
            .ok_or_else(|| missing("merges"))?
            .iter()
            .map(|merge| merge.split_once(' ').map(|(a, b)| (a.to_owned(), b.to_owned())))
            .collect::<Option<_>>()
            .ok_or_else(|| gguf.damaged("a merge of its tokenizer is not a pair"))?;
        let split = gguf.text("tokenizer.ggml.pre").unwrap_or("default");
        let (patterns, whole_words) = splits(split).ok_or_else(|| {
            let split = shown(split);
            EngineError::Tokenizer(format!("the way to split words `{split}` is not known"))
        })?;

        let special: Vec<(&str, u32)> = (0u32..)
            .zip(names.iter().zip(&kinds))
            .filter(|(_, (name, kind))| {
                matches!(kind, TokenKind::Control | TokenKind::Named) && !name.is_empty()
            })
            .map(|(id, (name, _))| (name.as_ref(), id))
            .collect();
        let id = |key: &str| -> Result<Option<u32>, EngineError> {
            let key = format!("tokenizer.ggml.{key}_token_id");
            match gguf.number(&key).map(u32::try_from) {
                Some(Ok(id)) if (id as usize) < names.len() => Ok(Some(id)),
                None if !gguf.knows(&key) => Ok(None),
                _ => Err(gguf.damaged(format!("`{key}` is no token of its vocabulary"))),
            }
        };
        let declared = [id("eos")?, id("eot")?, id("eom")?];
        let known = special
            .iter()
            .filter(|(name, id)| ENDS.contains(name) && kinds[*id as usize] == TokenKind::Control)
            .map(|(_, id)| *id);
        let mut ends: Vec<u32> = Vec::new();
        for end in declared.into_iter().flatten().chain(known) {
            if !ends.contains(&end) {
                ends.push(end);
            }
        }
        if ends.is_empty() {
            return Err(EngineError::Tokenizer("no token ends a text".into()));
        }

        let mut normal = Vocab::default();
        let mut longest = 0;
        for ((id, name), kind) in (0u32..).zip(&names).zip(&kinds) {
            if *kind != TokenKind::Normal || name.is_empty() {
                continue;
            }
            longest = longest.max(name.len());
            if normal.insert(name.to_string(), id).is_some() {
                let name = shown(name);
                return Err(gguf.damaged(format!("its vocabulary has `{name}` twice")));
            }
        }
        if let Some(byte) = missing_byte(&normal) {
            return Err(gguf.damaged(format!("its vocabulary has no token for the byte {byte:#x}")));
        }
        // The tokenizer's own check of merges panics for such a one.
        if let Some((a, b)) = merges.iter().find(|(a, b)| a.len() + b.len() > longest) {
            let (a, b) = (shown(a), shown(b));
            return Err(gguf.damaged(format!("its tokenizer merges `{a}` and `{b}` into no token")));
        }
        let bytes = names
            .iter()
            .zip(&kinds)
            .map(|(name, kind)| match kind {
                TokenKind::Normal => unmap(name),
                _ => name.as_bytes().to_vec(),
            })
            .collect();
        let begin = id("bos")?;
        Ok(Self {
            specials: finder(&special)?,
            special: special.into_iter().map(|(_, id)| id).collect(),
            encoder: encoder(normal, merges, patterns, whole_words)?,
            bytes,
            kinds,
            ends,
            begin,
            adds_begin: gguf.flag("tokenizer.ggml.add_bos_token").unwrap_or(false),
        })
    }

    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// What a token writes; nothing for control tokens.
    pub fn written(&self, token: u32) -> &[u8] {
        match self.kinds.get(token as usize) {
            Some(TokenKind::Normal | TokenKind::Named) => &self.bytes[token as usize],
            _ => &[],
        }
    }

    /// A token's bytes or name, and its kind.
    pub fn token(&self, token: u32) -> Option<(&[u8], TokenKind)> {
        let at = token as usize;
        Some((self.bytes.get(at)?, self.kinds[at]))
    }

    /// Whether a token ends a turn or a text.
    pub fn ends(&self) -> &[u32] {
        &self.ends
    }

    /// The name of the token that begins a text, and of the one that ends it.
    pub fn marks(&self) -> (String, String) {
        let name = |id: Option<u32>| match id {
            Some(id) => String::from_utf8_lossy(&self.bytes[id as usize]).into_owned(),
            None => String::new(),
        };
        (name(self.begin), name(self.ends.first().copied()))
    }

    /// Tokens of a text in which nothing is special.
    pub fn encode(&self, text: &str) -> Result<Vec<u32>, EngineError> {
        if text.is_empty() {
            return Ok(Vec::new());
        }
        match self.encoder.encode_fast(text, false) {
            Ok(encoding) => Ok(encoding.get_ids().to_vec()),
            Err(error) => Err(EngineError::Tokenizer(error.to_string())),
        }
    }

    /// Tokens of a conversation. Neighbouring texts are encoded as one, as if
    /// the whole had been one string, but only the template's own special
    /// tokens count.
    pub fn encode_template(&self, pieces: &[Piece<'_>]) -> Result<Vec<u32>, EngineError> {
        let mut tokens = Vec::new();
        let mut text = String::new();
        for piece in pieces {
            match piece {
                Piece::Plain(plain) => text.push_str(plain),
                Piece::Template(template) => {
                    let mut rest = 0;
                    for found in self.specials.find_iter(template) {
                        text.push_str(&template[rest..found.start()]);
                        tokens.extend(self.encode(&text)?);
                        text.clear();
                        tokens.push(self.special[found.pattern().as_usize()]);
                        rest = found.end();
                    }
                    text.push_str(&template[rest..]);
                }
            }
        }
        tokens.extend(self.encode(&text)?);
        match self.begin {
            Some(begin) if self.adds_begin && tokens.first() != Some(&begin) => {
                tokens.insert(0, begin);
            }
            _ => {}
        }
        Ok(tokens)
    }
}

/// Finds special tokens in one pass over a text, however many there are.
fn finder(special: &[(&str, u32)]) -> Result<AhoCorasick, EngineError> {
    let names: usize = special.iter().map(|(name, _)| name.len()).sum();
    if special.len() > MAX_SPECIAL || names > MAX_SPECIAL_BYTES {
        let count = special.len();
        let reason = format!("{count} special tokens with {names} bytes of names are too many");
        return Err(EngineError::Tokenizer(reason));
    }
    AhoCorasick::builder()
        .match_kind(MatchKind::LeftmostLongest)
        .build(special.iter().map(|(name, _)| name))
        .map_err(|error| EngineError::Tokenizer(error.to_string()))
}

/// A byte of ordinary UTF-8 text without a token of its own: text with it would
/// lose it. Real vocabularies lack some control characters, the bytes that UTF-8
/// never has and those that begin planes without scripts; SmolLM2's lacks 0x4
/// and 0xf1.
fn missing_byte(tokens: &Vocab) -> Option<u8> {
    let ordinary = |byte: &u8| matches!(byte, b'\n' | 0x20..=0x7e | 0x80..=0xbf | 0xc2..=0xf0);
    let known: HashSet<u8> = tokens
        .keys()
        .filter_map(|token| <[u8; 1]>::try_from(unmap(token)).ok())
        .flatten()
        .collect();
    (0..=255).filter(ordinary).find(|byte| !known.contains(byte))
}

fn encoder(
    tokens: Vocab,
    merges: Vec<(String, String)>,
    patterns: &[&str],
    whole_words: bool,
) -> Result<Tokenizer, EngineError> {
    let failed = |error: tokenizers::Error| EngineError::Tokenizer(shown(&error.to_string()));
    let model = BPE::builder()
        .vocab_and_merges(tokens, merges)
        .ignore_merges(whole_words)
        .build()
        .map_err(failed)?;
    let mut steps: Vec<PreTokenizerWrapper> = Vec::new();
    for pattern in patterns {
        let pattern = SplitPattern::Regex((*pattern).to_owned());
        let split = Split::new(pattern, SplitDelimiterBehavior::Isolated, false).map_err(failed)?;
        steps.push(split.into());
    }
    steps.push(ByteLevel::new(false, false, false).into());
    let mut encoder = Tokenizer::new(model);
    encoder.with_pre_tokenizer(Some(Sequence::new(steps)));
    Ok(encoder)
}

/// Undoes GPT-2's mapping of bytes to printable characters: printable Latin-1
/// stands for itself, the other bytes count up from U+0100.
fn unmap(token: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(token.len());
    for character in token.chars() {
        match u32::from(character) {
            code @ (0x21..=0x7e | 0xa1..=0xac | 0xae..=0xff) => bytes.push(code as u8),
            code @ 0x100..=0x120 => bytes.push((code - 0x100) as u8),
            code @ 0x121..=0x142 => bytes.push((code - 0x121 + 0x7f) as u8),
            0x143 => bytes.push(0xad),
            _ => bytes.extend(character.encode_utf8(&mut [0; 4]).bytes()),
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_comes_back_from_its_character() {
        let mut next = 0x100;
        for byte in 0..=255u8 {
            let printable = matches!(byte, 0x21..=0x7e | 0xa1..=0xac | 0xae..=0xff);
            let code = if printable { u32::from(byte) } else { next };
            next += u32::from(!printable);
            let character = char::from_u32(code).unwrap().to_string();
            assert_eq!(unmap(&character), [byte], "byte {byte:#x}");
        }
        assert_eq!(unmap("Ġthe"), b" the");
    }

    #[test]
    fn every_split_pattern_compiles() {
        for name in ["default", "smollm", "qwen2", "llama-bpe", "smaug-bpe"] {
            let (patterns, whole) = splits(name).unwrap();
            encoder([("a".to_owned(), 0)].into_iter().collect(), Vec::new(), patterns, whole)
                .unwrap();
        }
    }
}
