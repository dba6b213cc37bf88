//! Search in the catalogue.

pub mod query;
pub mod search;
