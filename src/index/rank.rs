//! Ranks chunks by words (BM25 over their text, doc line, names and path) and by
//! the words of their symbol's name alone.

use std::collections::HashMap;

use crate::config::Search;

use super::lexicon::{Count, Head, Packed, hash};
use super::view::View;
use super::{IndexError, Scope};

/// More words of a query are not looked at.
const MAX_WORDS: usize = 32;

/// A chunk of the tree; ordered by path and line.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Place {
    pub path: String,
    pub start: u32,
    pub end: u32,
}

/// Chunks with their scores, the best first; ties by path and line.
#[derive(Debug, Default)]
pub(super) struct Ranks {
    pub words: Vec<(Place, f64)>,
    pub names: Vec<(Place, f64)>,
}

/// A chunk that holds a word of the query.
struct Match {
    file: i64,
    head: Head,
    /// By the word's number in the query.
    counts: Vec<(usize, Count)>,
}

/// What is counted over the whole tree, whatever the scope.
#[derive(Default)]
struct Totals {
    chunks: usize,
    length: u64,
    /// Chunks that hold a word, by its number.
    holding: Vec<usize>,
}

impl View {
    /// The best `limit` chunks by either ranking.
    pub(super) fn rank_words(
        &self,
        query: &str,
        scope: &Scope,
        limit: usize,
        settings: &Search,
    ) -> Result<Ranks, IndexError> {
        let mut words: Vec<u32> =
            self.languages.words().list(query).iter().map(|w| hash(w)).collect();
        words.truncate(MAX_WORDS);
        words.sort_unstable();
        words.dedup();
        if words.is_empty() || limit == 0 {
            return Ok(Ranks::default());
        }
        let (matches, totals) = self.matches(&words)?;
        let rarity: Vec<f64> = totals
            .holding
            .iter()
            .map(|holding| {
                let (all, holding) = (totals.chunks as f64, *holding as f64);
                (1.0 + (all - holding + 0.5) / (holding + 0.5)).ln()
            })
            .collect();
        let mean = totals.length as f64 / totals.chunks.max(1) as f64;
        let mut held: HashMap<&str, Vec<usize>> = HashMap::new();
        let mut ranks = Ranks::default();
        for found in &matches {
            let name = name_score(found, &rarity);
            for path in self.tree.paths_of(found.file).iter().filter(|p| scope.holds(self, p)) {
                let in_path = held.entry(path).or_insert_with(|| self.words_of_path(path, &words));
                let score = word_score(found, &rarity, mean, in_path, settings);
                let place =
                    Place { path: path.clone(), start: found.head.start, end: found.head.end };
                if name > 0.0 {
                    ranks.names.push((place.clone(), name));
                }
                ranks.words.push((place, score));
            }
        }
        for list in [&mut ranks.words, &mut ranks.names] {
            list.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
            list.truncate(limit);
        }
        Ok(ranks)
    }

    /// Chunks of the tree that hold a word, and the tree's totals.
    fn matches(&self, words: &[u32]) -> Result<(Vec<Match>, Totals), IndexError> {
        let mut totals = Totals { holding: vec![0; words.len()], ..Totals::default() };
        let mut matches = Vec::new();
        let connection = self.connection();
        let mut statement = connection.prepare_cached("SELECT file, words FROM index_words")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let file: i64 = row.get(0)?;
            let copies = self.tree.paths_of(file).len();
            if copies == 0 {
                continue;
            }
            let bytes = row.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?;
            // SQLite keeps no checksums; a file whose words do not read is not
            // found by them, and everything else goes on.
            let Some(packed) = Packed::read(bytes) else {
                tracing::warn!("the words of file {file} are damaged");
                continue;
            };
            totals.chunks += copies * packed.heads.len();
            let length: u64 = packed.heads.iter().map(|h| u64::from(h.length)).sum();
            totals.length += copies as u64 * length;
            let mut found: HashMap<usize, Vec<(usize, Count)>> = HashMap::new();
            packed.find(words, &mut |word, chunk, count| {
                totals.holding[word] += copies;
                found.entry(chunk).or_default().push((word, count));
            });
            let heads = &packed.heads;
            matches.extend(found.into_iter().map(|(chunk, counts)| Match {
                file,
                head: heads[chunk],
                counts,
            }));
        }
        Ok((matches, totals))
    }

    /// Which words of the query stand in a path.
    fn words_of_path(&self, path: &str, words: &[u32]) -> Vec<usize> {
        let mut held = Vec::new();
        self.languages.words().words(path, &mut |word| {
            if let Ok(n) = words.binary_search(&hash(word)) {
                held.push(n);
            }
        });
        held
    }
}

/// BM25 in which the places of a word are weighted and added before they
/// saturate (BM25F).
fn word_score(
    found: &Match,
    rarity: &[f64],
    mean: f64,
    in_path: &[usize],
    settings: &Search,
) -> f64 {
    let long =
        1.0 - settings.length + settings.length * f64::from(found.head.length) / mean.max(1.0);
    let mut score = 0.0;
    for (word, count) in &found.counts {
        let mut weight = count.text() / long;
        let places = [
            (Count::NAME, settings.name),
            (Count::CONTAINER, settings.container),
            (Count::DOC, settings.doc),
        ];
        for (place, worth) in places {
            if count.is(place) {
                weight += worth;
            }
        }
        if in_path.contains(word) {
            weight += settings.path;
        }
        score += rarity[*word] * weight / (settings.saturation + weight);
    }
    score
}

/// How well the query names the symbol: the rarity of its words in the name, by
/// the share of the name that they are.
fn name_score(found: &Match, rarity: &[f64]) -> f64 {
    let (mut own, mut outer, mut held) = (0.0, 0.0, 0.0);
    for (word, count) in &found.counts {
        if count.is(Count::NAME) {
            own += rarity[*word];
            held += 1.0;
        } else if count.is(Count::CONTAINER) {
            outer += rarity[*word];
        }
    }
    if held == 0.0 {
        return 0.0;
    }
    let share = (held / f64::from(found.head.name.max(1))).min(1.0);
    (own + 0.5 * outer) * share
}
