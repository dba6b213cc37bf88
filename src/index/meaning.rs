//! Search by meaning over chunks that have a vector.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError};

use rusqlite::params;

use crate::engine::{EmbedKind, Embedder, cosine};

use super::chunk::from_bytes;
use super::rank::Place;
use super::view::View;
use super::{Hit, IndexError, Scope, vector};

/// What a search by meaning needs, kept while a view lives.
pub(super) struct Semantic {
    embedder: String,
    index: usearch::Index,
    places: HashMap<u64, Vec<Place>>,
}

impl View {
    /// Chunks nearest in meaning, at most `limit`, the nearest first.
    pub fn search_meaning(
        &self,
        embedder: &dyn Embedder,
        query: &str,
        scope: &Scope,
        limit: usize,
    ) -> Result<Vec<Hit>, IndexError> {
        let ranked = self.rank_meaning(embedder, query, scope, limit)?;
        let mut hits = Vec::new();
        for (place, score) in ranked {
            hits.push(self.hit(&place, score)?);
        }
        Ok(hits)
    }

    /// As [`Self::search_meaning`], without what only a reader needs.
    pub(super) fn rank_meaning(
        &self,
        embedder: &dyn Embedder,
        query: &str,
        scope: &Scope,
        limit: usize,
    ) -> Result<Vec<(Place, f32)>, IndexError> {
        let semantic = self.semantic(embedder)?;
        if semantic.places.is_empty() || limit == 0 {
            return Ok(Vec::new());
        }
        let Some(query) = embedder.embed(&[query], EmbedKind::Query)?.into_iter().next() else {
            return Ok(Vec::new());
        };
        if query.len() != embedder.dimensions() {
            return Ok(Vec::new());
        }
        let holds = |place: &Place| scope.holds(self, &place.path);
        let wanted = (limit * 2 + 16).min(semantic.places.len());
        let inside = |key: u64| semantic.places.get(&key).is_some_and(|p| p.iter().any(holds));
        let found = semantic
            .index
            .filtered_search(&query, wanted, inside)
            .map_err(|e| IndexError::Vectors(e.to_string()))?;
        let mut keys = found.keys;
        if keys.len() < wanted {
            // The graph found too few of this tree among those of others.
            keys = semantic.places.keys().copied().filter(|key| inside(*key)).collect();
        }
        let mut ranked = Vec::new();
        for key in keys {
            let score = self.score(key, &query)?;
            let places = semantic.places.get(&key).into_iter().flatten();
            ranked.extend(places.filter(|p| holds(p)).map(|place| (place.clone(), score)));
        }
        ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        ranked.truncate(limit);
        Ok(ranked)
    }

    /// The exact cosine: the graph's own distances are of half floats.
    fn score(&self, key: u64, query: &[f32]) -> Result<f32, IndexError> {
        let connection = self.connection();
        let mut statement =
            connection.prepare_cached("SELECT vector FROM index_vectors WHERE id = ?1")?;
        let bytes: Vec<u8> = statement.query_row([key as i64], |row| row.get(0))?;
        Ok(cosine(query, &from_bytes(&bytes)))
    }

    fn semantic(&self, embedder: &dyn Embedder) -> Result<Arc<Semantic>, IndexError> {
        let mut kept = self.semantic.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(semantic) = kept.as_ref().filter(|s| s.embedder == embedder.id()) {
            return Ok(semantic.clone());
        }
        let connection = self.connection();
        let index =
            vector::open(&connection, &self.tree.folder, embedder.id(), embedder.dimensions())?;
        let mut places: HashMap<u64, Vec<Place>> = HashMap::new();
        let mut statement = connection.prepare(
            "SELECT v.id, c.file, c.start, c.\"end\"
             FROM index_vectors v JOIN index_chunks c ON c.hash = v.hash
             WHERE v.embedder = ?1",
        )?;
        let mut rows = statement.query(params![embedder.id()])?;
        while let Some(row) = rows.next()? {
            let (start, end) = (row.get(2)?, row.get(3)?);
            for path in self.tree.paths_of(row.get(1)?) {
                let place = Place { path: path.clone(), start, end };
                places.entry(row.get::<_, i64>(0)? as u64).or_default().push(place);
            }
        }
        let semantic = Arc::new(Semantic { embedder: embedder.id().to_owned(), index, places });
        *kept = Some(semantic.clone());
        Ok(semantic)
    }
}
