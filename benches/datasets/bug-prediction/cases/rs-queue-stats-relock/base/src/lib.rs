//! Work queue shared by the threads of a pool.

mod queue;

pub use queue::{Job, Queue, Stats};
