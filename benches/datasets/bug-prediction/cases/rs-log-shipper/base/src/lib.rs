//! Ships the lines of a log file to a collector, each at least once.

pub mod checkpoint;
pub mod shipper;
