pub mod percentile;
pub mod report;
