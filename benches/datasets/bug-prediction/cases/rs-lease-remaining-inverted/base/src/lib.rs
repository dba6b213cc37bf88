//! Elects one node of a cluster to run the nightly jobs.

pub mod election;
pub mod lease;
