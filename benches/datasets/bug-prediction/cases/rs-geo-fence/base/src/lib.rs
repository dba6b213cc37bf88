//! Which fences a vehicle is in, and which are near.

pub mod fence;
pub mod report;
