//! Products of matrices on the processor: weights as the model's file has them,
//! activations rounded to bytes.
//!
//! A weight is packed once at load ([`Matrix`]), so that the kernels read it as one
//! stream and each instruction works on sixteen outputs. Of a batch's rows
//! ([`Rows`]) each is computed as if alone: kernels for one row, a few and many
//! differ in what they reuse, not in what they compute, so results have the same
//! bits in any batch. All threads of a [`Team`] share each product.

#[cfg(target_arch = "x86_64")]
mod amx;
mod buffer;
mod columns;
mod dense;
mod format;
mod level;
mod matrix;
mod multiply;
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
