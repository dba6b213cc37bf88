//! Keys and values in blocks that sequences share.
//!
//! A block holds a fixed number of positions of every layer. Full blocks never
//! change, so any number of sequences and the [`prefix::PrefixCache`] hold the
//! same ones; who writes into a block that others hold copies it first.

mod block;
pub mod prefix;
pub mod saved;
mod sequence;

pub use block::{Block, Pool, Shape};
pub use sequence::Sequence;
