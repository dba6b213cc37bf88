//! The tokenizer inside a GGUF file: byte-level BPE.
//!
//! Texts are encoded as they are, without the Unicode normalisation that some
//! models' own settings ask for, so that a quote decodes to the bytes it was
//! taken from (llama.cpp does the same). Special tokens are only recognised in
//! [`Vocabulary::encode_template`]: text from elsewhere cannot name them.

use tokenizers::decoders::byte_level::ByteLevel;
use tokenizers::models::bpe::BPE;
use tokenizers::pre_tokenizers::PreTokenizerWrapper;
use tokenizers::pre_tokenizers::sequence::Sequence;
use tokenizers::pre_tokenizers::split::{Split, SplitPattern};
use tokenizers::{SplitDelimiterBehavior, Tokenizer};

use super::gguf::Gguf;
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
    /// Control and named tokens, the longest first.
    special: Vec<(String, u32)>,
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
            return Err(EngineError::Tokenizer(format!(
                "vocabularies of the kind `{kind}` are not supported, only byte-level BPE (`gpt2`)"
            )));
        }
        let missing = |key: &str| gguf.damaged(format!("`tokenizer.ggml.{key}` is missing"));
        let names: Vec<String> = gguf
            .texts("tokenizer.ggml.tokens")
            .ok_or_else(|| missing("tokens"))?
            .map(str::to_owned)
            .collect();
        if names.is_empty() || names.len() > most {
            return Err(gguf.damaged(format!(
                "its vocabulary has {} tokens, its embedding {most}",
                names.len()
            )));
        }
        let types = gguf.numbers("tokenizer.ggml.token_type").unwrap_or_default();
        let kinds: Vec<TokenKind> = (0..names.len())
            .map(|i| match types.get(i) {
                None | Some(1 | 6) => TokenKind::Normal,
                Some(2 | 3) => TokenKind::Control,
                Some(4) => TokenKind::Named,
                Some(_) => TokenKind::Unused,
            })
            .collect();
        let merges: Vec<(String, String)> = gguf
            .texts("tokenizer.ggml.merges")
            .ok_or_else(|| missing("merges"))?
            .map(|merge| merge.split_once(' ').map(|(a, b)| (a.to_owned(), b.to_owned())))
            .collect::<Option<_>>()
            .ok_or_else(|| gguf.damaged("a merge of its tokenizer is not a pair"))?;
        let split = gguf.text("tokenizer.ggml.pre").unwrap_or("default");
        let (patterns, whole_words) = splits(split).ok_or_else(|| {
            EngineError::Tokenizer(format!("the way to split words `{split}` is not known"))
        })?;

        let special: Vec<(String, u32)> = {
            let mut special: Vec<_> = (0u32..)
                .zip(names.iter().zip(&kinds))
                .filter(|(_, (name, kind))| {
                    matches!(kind, TokenKind::Control | TokenKind::Named) && !name.is_empty()
                })
                .map(|(id, (name, _))| (name.clone(), id))
                .collect();
            special.sort_by(|a, b| b.0.len().cmp(&a.0.len()).then(a.1.cmp(&b.1)));
            special
        };
        let id = |key: &str| {
            let id = gguf.number(&format!("tokenizer.ggml.{key}_token_id"))?;
            u32::try_from(id).ok().filter(|&id| (id as usize) < names.len())
        };
        let declared = ["eos", "eot", "eom"].into_iter().filter_map(id);
        let known = special
            .iter()
            .filter(|(name, id)| {
                ENDS.contains(&name.as_str()) && kinds[*id as usize] == TokenKind::Control
            })
            .map(|(_, id)| *id);
        let mut ends: Vec<u32> = Vec::new();
        for end in declared.chain(known) {
            if !ends.contains(&end) {
                ends.push(end);
            }
        }
        if ends.is_empty() {
            return Err(EngineError::Tokenizer("no token ends a text".into()));
        }

        let normal: Vec<(String, u32)> = (0u32..)
            .zip(names.iter().zip(&kinds))
            .filter(|(_, (_, kind))| **kind == TokenKind::Normal)
            .map(|(id, (name, _))| (name.clone(), id))
            .collect();
        let bytes = names
            .iter()
            .zip(&kinds)
            .map(|(name, kind)| match kind {
                TokenKind::Normal => unmap(name),
                _ => name.as_bytes().to_vec(),
            })
            .collect();
        Ok(Self {
            encoder: encoder(normal, merges, patterns, whole_words)?,
            bytes,
            kinds,
            special,
            ends,
            begin: id("bos"),
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
                    let mut rest = *template;
                    while let Some((at, length, token)) = self.next_special(rest) {
                        text.push_str(&rest[..at]);
                        tokens.extend(self.encode(&text)?);
                        text.clear();
                        tokens.push(token);
                        rest = &rest[at + length..];
                    }
                    text.push_str(rest);
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

    /// The first special token of a text: where, how long and which.
    fn next_special(&self, text: &str) -> Option<(usize, usize, u32)> {
        self.special
            .iter()
            .filter_map(|(name, id)| Some((text.find(name.as_str())?, name.len(), *id)))
            .min_by_key(|&(at, length, _)| (at, std::cmp::Reverse(length)))
    }
}

fn encoder(
    tokens: Vec<(String, u32)>,
    merges: Vec<(String, String)>,
    patterns: &[&str],
    whole_words: bool,
) -> Result<Tokenizer, EngineError> {
    let failed = |error: tokenizers::Error| EngineError::Tokenizer(error.to_string());
    let vocabulary: tokenizers::models::bpe::Vocab = tokens.into_iter().collect();
    let model = BPE::builder()
        .vocab_and_merges(vocabulary, merges)
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
            encoder(vec![("a".to_owned(), 0)], Vec::new(), patterns, whole).unwrap();
        }
    }
}
