//! Models on disk: what there is ([`Manifests`]), where it lies
//! ([`ModelStore`]), how it gets there (hub, else a Python package), and which
//! one to take.
//!
//! Nothing here reads the environment: the data folder, the hub's address and
//! the programs that can run pip are passed in.

mod choose;
mod disk;
mod error;
mod fetch;
mod local;
mod machine;
mod manifest;
mod progress;
mod record;
mod store;

pub use choose::{Pick, choose_embedder, choose_llm, pick_llms, pull_best_llm, smaller_llms};
pub use error::{Attempt, ModelError};
pub use fetch::Sources;
pub use local::Added;
pub use machine::{Gpu, Machine};
pub use manifest::{
    Embedding, EmbeddingFormat, File, Hub, Kind, Manifest, Manifests, Pip, Pooling, Precision,
    Source,
};
pub use progress::{Progress, Silent};
pub use record::{Installed, InstalledFile};
pub use store::{Checked, FileState, ModelStore};
