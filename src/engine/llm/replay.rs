//! A recorded output in place of the model's choices: what a completion costs,
//! whatever the weights would have written.

use std::collections::VecDeque;

use super::vocabulary::Vocabulary;
use crate::engine::EngineError;

/// The tokens that are still to be written.
pub struct Script {
    rest: VecDeque<u32>,
}

impl Script {
    pub fn new(tokens: &[u32]) -> Self {
        Self { rest: tokens.iter().copied().collect() }
    }

    /// The token to write next; an end of turn when all is written.
    pub fn pick(&self, vocabulary: &Vocabulary) -> u32 {
        self.rest.front().copied().unwrap_or(vocabulary.ends()[0])
    }

    /// Tells of a token that was written. A grammar may force the same text in
    /// other tokens; the rest is then cut anew.
    pub fn saw(&mut self, token: u32, vocabulary: &Vocabulary) -> Result<(), EngineError> {
        if self.rest.front() == Some(&token) {
            self.rest.pop_front();
            return Ok(());
        }
        let bytes: Vec<u8> =
            self.rest.iter().flat_map(|&t| vocabulary.written(t)).copied().collect();
        let rest = bytes.strip_prefix(vocabulary.written(token)).unwrap_or_default();
        // Bytes within a character cannot be encoded and are passed over.
        self.rest = vocabulary.encode(&String::from_utf8_lossy(rest))?.into();
        Ok(())
    }
}
