//! How alike the texts of two symbols are, for what was renamed or moved.

use std::hash::{DefaultHasher, Hash, Hasher};

use similar::{Algorithm, capture_diff_slices, diff_ratio};

use super::compare::nameless;
use super::{Budget, Side};
use crate::lang::SymbolKind;

/// How alike the texts of a renamed or moved symbol must be, of 1.
const ALIKE: f32 = 0.75;
/// Bytes of a text that are looked at; more of it would not change a verdict.
const LOOKED_AT: usize = 8_000;
/// Words of a text that says too little to know a renamed symbol by.
const SHORT: usize = 12;

/// A symbol's text without its name, in words.
pub(super) struct Print {
    kind: SymbolKind,
    family: String,
    name: String,
    /// Without the name.
    signature: String,
    /// Hashes of words and of the white space between them.
    tokens: Vec<u64>,
    sorted: Vec<u64>,
    words: usize,
}

impl Print {
    pub fn of(side: &Side<'_>) -> Self {
        let d = side.definition;
        let mut text = nameless(side);
        let end = (0..=text.len().min(LOOKED_AT)).rev().find(|n| text.is_char_boundary(*n));
        text.truncate(end.unwrap_or(0));
        let mut tokens = Vec::new();
        let mut rest = text.as_str();
        while let Some(first) = rest.chars().next() {
            let blank = first.is_whitespace();
            let end = rest.find(|c: char| c.is_whitespace() != blank).unwrap_or(rest.len());
            let mut hasher = DefaultHasher::new();
            rest[..end].hash(&mut hasher);
            tokens.push(hasher.finish());
            rest = &rest[end..];
        }
        let mut sorted = tokens.clone();
        sorted.sort_unstable();
        Self {
            kind: d.kind,
            family: side.source().language.family().to_owned(),
            name: d.name.clone(),
            signature: d.signature.replace(&d.name, ""),
            words: text.split_whitespace().count(),
            tokens,
            sorted,
        }
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// How alike two symbols are, up to 1; `None` if not enough to be one, or if
    /// the budget is spent.
    pub fn alike(&self, other: &Self, budget: &Budget) -> Option<f32> {
        if self.kind != other.kind || self.family != other.family {
            return None;
        }
        // Short texts are alike by chance.
        let known = self.name == other.name || self.signature == other.signature;
        if self.words < SHORT && !known {
            return None;
        }
        if self.tokens == other.tokens {
            return Some(1.0);
        }
        // What both have in any order bounds the ratio, which takes quadratic time.
        let (n, m) = (self.tokens.len(), other.tokens.len());
        let bound = |common: usize| 2.0 * common as f32 / (n + m) as f32;
        if bound(n.min(m)) < ALIKE || !budget.spend(n + m) {
            return None;
        }
        if bound(common(&self.sorted, &other.sorted)) < ALIKE || !budget.spend(n * m / 16) {
            return None;
        }
        let steps = capture_diff_slices(Algorithm::Myers, &self.tokens, &other.tokens);
        Some(diff_ratio(&steps, n, m)).filter(|ratio| *ratio >= ALIKE)
    }
}

/// How many of two sorted lists pair up.
fn common(a: &[u64], b: &[u64]) -> usize {
    let (mut i, mut j, mut both) = (0, 0, 0);
    while let (Some(x), Some(y)) = (a.get(i), b.get(j)) {
        both += usize::from(x == y);
        i += usize::from(x <= y);
        j += usize::from(y <= x);
    }
    both
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_pairs_each_entry_once() {
        assert_eq!(common(&[1, 1, 2, 5], &[1, 2, 2, 5, 7]), 3);
        assert_eq!(common(&[], &[1]), 0);
    }
}
