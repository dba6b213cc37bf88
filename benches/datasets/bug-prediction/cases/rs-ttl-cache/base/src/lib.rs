//! A cache in memory whose entries expire.

pub mod cache;
pub mod service;
