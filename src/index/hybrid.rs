//! Search by words, names and meaning together.

use std::collections::HashMap;

use rusqlite::{OptionalExtension, params};

use crate::config::Search;
use crate::engine::Embedder;
use crate::lang::Standing;

use super::rank::Place;
use super::view::View;
use super::{Hit, IndexError, Near, Scope, Symbol};

/// Chunks taken from each ranking.
const DEEP: usize = 200;

/// What is searched for, and where.
#[derive(Debug, Clone, Copy)]
pub struct Query<'a> {
    /// Words, or a name.
    pub text: &'a str,
    pub scope: &'a Scope,
    /// Surroundings whose hits are raised.
    pub near: Option<&'a Near>,
    pub limit: usize,
}

impl View {
    /// Definitions that fit best, each once, the best first: reciprocal rank
    /// fusion of the rankings by words, by names and (with an embedder) by
    /// meaning, then raised near [`Query::near`] and lowered in tests and in what is
    /// vendored.
    pub fn search(
        &self,
        embedder: Option<&dyn Embedder>,
        query: &Query<'_>,
        settings: &Search,
    ) -> Result<Vec<Hit>, IndexError> {
        let ranks = self.rank_words(query.text, query.scope, DEEP, settings)?;
        let mut scores: HashMap<Place, f64> = HashMap::new();
        let mut add = |list: Vec<(Place, f64)>, weight: f64| {
            let (mut rank, mut last) = (0, f64::NAN);
            for (n, (place, score)) in list.into_iter().enumerate() {
                // Equals share a rank: no path is better for coming first.
                if score != last {
                    (rank, last) = (n, score);
                }
                *scores.entry(place).or_default() += weight / (settings.depth + rank as f64 + 1.0);
            }
        };
        add(ranks.words, settings.words);
        add(ranks.names, settings.names);
        if let Some(embedder) = embedder.filter(|_| settings.meaning > 0.0) {
            let ranked = self.rank_meaning(embedder, query.text, query.scope, DEEP)?;
            let ranked = ranked.into_iter().map(|(place, cosine)| (place, f64::from(cosine)));
            add(ranked.collect(), settings.meaning);
        }
        let mut ranked: Vec<(Place, f64)> = scores
            .into_iter()
            .map(|(place, score)| {
                let near = query.near.map_or(0.0, |near| near.bonus(&place.path, settings));
                let standing = match self.languages.standing(&place.path) {
                    Standing::Source => 1.0,
                    Standing::Test => settings.tests,
                    Standing::Vendored => settings.vendored,
                };
                (place, score * (1.0 + near) * standing)
            })
            .collect();
        ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));

        let mut hits = self.named(query)?;
        for (place, score) in ranked {
            if hits.len() >= query.limit {
                break;
            }
            let hit = self.hit(&place, score as f32)?;
            // A long definition has several chunks.
            if hits.iter().all(|h| (&h.path, h.line) != (&hit.path, hit.line)) {
                hits.push(hit);
            }
        }
        hits.truncate(query.limit);
        Ok(hits)
    }

    /// The definitions whose very name the query is; their score is 1.
    fn named(&self, query: &Query<'_>) -> Result<Vec<Hit>, IndexError> {
        let name = query.text.trim();
        if name.contains(char::is_whitespace) {
            return Ok(Vec::new());
        }
        let mut symbols = self.symbols(name)?;
        symbols.retain(|s| query.scope.holds(self, &s.path));
        // As the others: near ones first, tests and what is vendored last.
        let far = |s: &Symbol| {
            let near = query.near.is_some_and(|near| near.holds(&s.path));
            (self.languages.standing(&s.path), !near)
        };
        symbols.sort_by_key(far);
        symbols.truncate(query.limit);
        symbols.into_iter().map(|symbol| self.definition(symbol, 1.0)).collect()
    }

    fn definition(&self, symbol: Symbol, score: f32) -> Result<Hit, IndexError> {
        let text = self.snapshot.text(&symbol.path)?;
        Ok(Hit {
            text: text.map(|t| t.lines(symbol.start, symbol.end).join("\n")).unwrap_or_default(),
            path: symbol.path,
            line: symbol.line,
            start: symbol.start,
            end: symbol.end,
            score,
            symbol: Some(symbol.qualified),
            kind: Some(symbol.kind),
            signature: Some(symbol.signature),
        })
    }

    /// A chunk as a reader sees it.
    pub(super) fn hit(&self, place: &Place, score: f32) -> Result<Hit, IndexError> {
        let symbol = self.symbol_of(place)?;
        let text = self.snapshot.text(&place.path)?;
        Ok(Hit {
            path: place.path.clone(),
            line: symbol.as_ref().map_or(place.start, |s| s.line),
            start: place.start,
            end: place.end,
            score,
            text: text.map(|t| t.lines(place.start, place.end).join("\n")).unwrap_or_default(),
            kind: symbol.as_ref().map(|s| s.kind),
            signature: symbol.as_ref().map(|s| s.signature.clone()),
            symbol: symbol.map(|s| s.qualified),
        })
    }

    /// The symbol that a chunk is of.
    fn symbol_of(&self, place: &Place) -> Result<Option<Symbol>, IndexError> {
        let Some(file) = self.tree.file(&place.path) else { return Ok(None) };
        let name: Option<String> = self
            .connection()
            .prepare_cached(
                "SELECT symbol FROM index_chunks WHERE file = ?1 AND start = ?2 AND \"end\" = ?3",
            )?
            .query_row(params![file, place.start, place.end], |row| row.get(0))
            .optional()?
            .flatten();
        let Some(name) = name else { return Ok(None) };
        let around =
            |s: &Symbol| s.qualified == name && s.start <= place.end && place.start <= s.end;
        Ok(self.outline(&place.path)?.into_iter().rfind(around))
    }
}
