//! Texts to tokens.

use std::path::Path;
use std::sync::OnceLock;

use tokenizers::{Tokenizer, TruncationParams};

use crate::engine::EngineError;
use crate::engine::kernel::Team;

/// A tokenizer with the model's window.
pub struct Texts {
    tokenizer: Tokenizer,
}

impl Texts {
    /// Reads a `tokenizer.json`; `max_tokens` counts the special ones in.
    pub fn load(path: &Path, max_tokens: usize) -> Result<Self, EngineError> {
        let text = std::fs::read(path)
            .map_err(|source| EngineError::Io { path: path.to_owned(), source })?;
        let damaged = |e: tokenizers::Error| EngineError::Damaged {
            path: path.to_owned(),
            reason: e.to_string(),
        };
        let mut tokenizer = Tokenizer::from_bytes(text).map_err(damaged)?;
        // The file's own truncation and padding are those of its training.
        tokenizer
            .with_truncation(Some(TruncationParams {
                max_length: max_tokens,
                ..Default::default()
            }))
            .map_err(damaged)?;
        tokenizer.with_padding(None);
        Ok(Self { tokenizer })
    }

    /// Token ids of each text behind `prefix`, cut to the window; at least one.
    pub fn encode(
        &self,
        texts: &[&str],
        prefix: &str,
        team: &Team,
    ) -> Result<Vec<Vec<u32>>, EngineError> {
        let ids: Vec<OnceLock<Result<Vec<u32>, tokenizers::Error>>> =
            texts.iter().map(|_| OnceLock::new()).collect();
        team.run(texts.len(), |i| {
            let found = self.tokenizer.encode_fast(format!("{prefix}{}", texts[i]), true);
            let _ = ids[i].set(found.map(|encoding| match encoding.get_ids() {
                // A tokenizer without special tokens gives an empty text no token.
                [] => vec![0],
                ids => ids.to_vec(),
            }));
        });
        ids.into_iter()
            .map(|found| found.into_inner().unwrap_or_else(|| Ok(vec![0])))
            .collect::<Result<_, _>>()
            .map_err(|e| EngineError::Tokenizer(e.to_string()))
    }
}

/// Sorts texts by length, the longest first, and groups them so that each group
/// has `rows` tokens or the last text that passes it. Groups are what threads
/// take turns at: long ones first, so that none is left to the end.
pub fn group(encoded: &[Vec<u32>], rows: usize) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..encoded.len()).collect();
    order.sort_by_key(|&i| std::cmp::Reverse(encoded[i].len()));
    let mut groups: Vec<Vec<usize>> = Vec::new();
    let mut size = rows;
    for index in order {
        match groups.last_mut() {
            Some(group) if size < rows => group.push(index),
            _ => {
                groups.push(vec![index]);
                size = 0;
            }
        }
        size += encoded[index].len();
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_hold_every_text_once_and_are_bounded() {
        let encoded: Vec<Vec<u32>> = [3, 200, 1, 7, 0, 90, 5].iter().map(|&n| vec![9; n]).collect();
        let found = group(&encoded, 12);
        assert_eq!(found, [vec![1], vec![5], vec![3, 6], vec![0, 2, 4]]);
        assert_eq!(group(&encoded, 1).len(), encoded.len());
        assert!(group(&[], 12).is_empty());
    }
}
