//! What the team voted down, and how near something new comes to it.

use usearch::{Index, IndexOptions, MetricKind, ScalarKind};

use crate::engine::{EmbedKind, Embedder};
use crate::store::Vote;

use super::{ReviewError, World};

/// The votes against findings; comparable by embedding where there is a model
/// for it, by finding id always.
pub(super) struct Dislikes {
    ids: Vec<String>,
    texts: Vec<String>,
    vectors: Option<Index>,
    threshold: f32,
}

impl Dislikes {
    pub fn load(world: &World) -> Result<Self, ReviewError> {
        let threshold = world.config.review.dislike_similarity;
        let down: Vec<_> =
            world.store.reactions()?.into_iter().filter(|r| r.vote == Vote::Down).collect();
        let texts: Vec<String> = down.iter().map(|r| r.text.clone()).collect();
        let ids = down.into_iter().map(|r| r.finding).collect();
        let vectors = match world.embedder.as_deref() {
            Some(embedder) if !texts.is_empty() => Some(vectors(embedder, &texts)?),
            _ => None,
        };
        Ok(Self { ids, texts, vectors, threshold })
    }

    /// Whether this very finding was voted down.
    pub fn names(&self, id: &str) -> bool {
        self.ids.iter().any(|i| i == id)
    }

    /// The nearest text voted down, if it is at least as similar as the
    /// threshold, with the cosine.
    pub fn near(
        &self,
        embedder: Option<&dyn Embedder>,
        text: &str,
    ) -> Result<Option<(&str, f32)>, ReviewError> {
        let (Some(index), Some(embedder)) = (&self.vectors, embedder) else { return Ok(None) };
        let vector = embedder.embed(&[text], EmbedKind::Passage)?;
        let Some(vector) = vector.first() else { return Ok(None) };
        let found = index.search(vector, 1).map_err(failed)?;
        let (Some(&key), Some(&distance)) = (found.keys.first(), found.distances.first()) else {
            return Ok(None);
        };
        // usearch's cosine metric is a distance: one less the cosine.
        let cosine = 1.0 - distance;
        let near = self.texts.get(key as usize).filter(|_| cosine >= self.threshold);
        Ok(near.map(|text| (text.as_str(), cosine)))
    }
}

fn vectors(embedder: &dyn Embedder, texts: &[String]) -> Result<Index, ReviewError> {
    let index = Index::new(&IndexOptions {
        dimensions: embedder.dimensions(),
        metric: MetricKind::Cos,
        quantization: ScalarKind::F32,
        ..IndexOptions::default()
    })
    .map_err(failed)?;
    index.reserve(texts.len()).map_err(failed)?;
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    for (key, vector) in embedder.embed(&texts, EmbedKind::Passage)?.iter().enumerate() {
        index.add(key as u64, vector).map_err(failed)?;
    }
    Ok(index)
}

fn failed(error: impl std::fmt::Display) -> ReviewError {
    ReviewError::Index(crate::index::IndexError::Vectors(error.to_string()))
}
