//! Texts to token batches.

use std::path::Path;

use tokenizers::{Tokenizer, TruncationParams};

use crate::engine::EngineError;

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

    /// Token ids of each text behind `prefix`, cut to the window.
    pub fn encode(&self, texts: &[&str], prefix: &str) -> Result<Vec<Vec<u32>>, EngineError> {
        let inputs: Vec<String> = texts.iter().map(|t| format!("{prefix}{t}")).collect();
        let encodings = self
            .tokenizer
            .encode_batch_fast(inputs, true)
            .map_err(|e| EngineError::Tokenizer(e.to_string()))?;
        Ok(encodings.into_iter().map(|e| e.get_ids().to_vec()).collect())
    }
}

/// Some texts, padded to the longest.
#[derive(Debug, PartialEq, Eq)]
pub struct Batch {
    /// Which texts.
    pub indices: Vec<usize>,
    pub width: usize,
    /// Row-major (texts, width); padding is 0.
    pub ids: Vec<u32>,
    /// 1 for a token, 0 for padding; likewise.
    pub mask: Vec<u32>,
}

/// Sorts texts by length and cuts them into batches of at most `limit` padded
/// tokens (a longer text gets its own).
pub fn batches(encoded: &[Vec<u32>], limit: usize) -> Vec<Batch> {
    let mut order: Vec<usize> = (0..encoded.len()).collect();
    order.sort_by_key(|&i| encoded[i].len());
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for index in order {
        match groups.last_mut() {
            // Sorted upwards, so the new text is the widest of its group.
            Some(group) if (group.len() + 1) * encoded[index].len() <= limit => group.push(index),
            _ => groups.push(vec![index]),
        }
    }
    groups
        .into_iter()
        .map(|indices| {
            // A tokenizer without special tokens gives an empty text no token.
            let width = indices.iter().map(|&i| encoded[i].len()).max().unwrap_or(0).max(1);
            let mut ids = Vec::with_capacity(width * indices.len());
            let mut mask = Vec::with_capacity(width * indices.len());
            for &index in &indices {
                let tokens = &encoded[index];
                let padding = width - tokens.len();
                ids.extend_from_slice(tokens);
                ids.extend(std::iter::repeat_n(0, padding));
                mask.extend(std::iter::repeat_n(1, tokens.len()));
                mask.extend(std::iter::repeat_n(0, padding));
            }
            Batch { indices, width, ids, mask }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_hold_every_text_once_and_pad_little() {
        let encoded: Vec<Vec<u32>> = [3, 200, 1, 7, 0, 90, 5].iter().map(|&n| vec![9; n]).collect();
        let found = batches(&encoded, 32);
        let mut seen: Vec<usize> = found.iter().flat_map(|b| b.indices.clone()).collect();
        seen.sort_unstable();
        assert_eq!(seen, (0..encoded.len()).collect::<Vec<_>>());
        for batch in &found {
            assert_eq!(batch.ids.len(), batch.width * batch.indices.len());
            assert!(batch.ids.len() <= 32 || batch.indices.len() == 1);
            for (row, &index) in batch.indices.iter().enumerate() {
                let mask = &batch.mask[row * batch.width..][..batch.width];
                assert_eq!(mask.iter().sum::<u32>() as usize, encoded[index].len());
            }
        }
    }
}
