//! Computing on the processor: products of weights as the model's file has them
//! with activations rounded to bytes, attention, and what lies between.
//!
//! A weight is packed once at load ([`Matrix`]), so that the kernels read it as one
//! stream and each instruction works on sixteen outputs. Of a batch's rows
//! ([`Rows`]) each is computed as if alone: kernels for one row, a few and many
//! differ in what they reuse, not in what they compute, so results have the same
//! bits in any batch. All threads of a [`Team`] share each product.

#[cfg(target_arch = "x86_64")]
mod amx;
pub mod attention;
mod buffer;
mod columns;
mod dense;
mod format;
pub mod lanes;
mod level;
mod matrix;
mod multiply;
pub mod pointwise;
mod quantised;
mod rows;
mod team;
mod tile;

#[cfg(test)]
mod tests;

pub use format::Format;
pub use level::Level;
pub use matrix::{Matrix, ShapeError};
pub use multiply::multiply;
pub use rows::Rows;
pub use team::Team;
