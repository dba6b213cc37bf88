//! Embedding models.
