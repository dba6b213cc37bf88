//! Order in which the packages of a distribution are built.

pub mod graph;
pub mod order;
