//! What can go wrong between us and an endpoint.

use serde::{Deserialize, Serialize};

/// A failure of an endpoint. Kept as words, not as a source: it may have come
/// from the relay, another process.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum RemoteError {
    #[error("the endpoint {address} cannot be reached: {reason}")]
    Unreachable { address: String, reason: String },
    #[error("the endpoint {address} answered {status}: {message}")]
    Status {
        address: String,
        status: u16,
        message: String,
        /// Seconds that the server asks to wait.
        retry_after: Option<u64>,
    },
    #[error("the connection to {address} broke: {reason}")]
    Cut { address: String, reason: String },
    #[error("the endpoint {address} said nothing for {seconds} s")]
    Silent { address: String, seconds: u64 },
    #[error("the endpoint {address} sent what makes no sense: {reason}")]
    Malformed { address: String, reason: String },
    #[error(
        "the endpoint {address} does not keep to the form asked for ({attempts} attempts): {reason}"
    )]
    Form { address: String, attempts: u32, reason: String },
    #[error(
        "the endpoint {address} gives a request {offered} tokens, less than endpoint.context = {set}"
    )]
    Window { address: String, offered: usize, set: usize },
    #[error("`{key}` is not usable: {reason}")]
    Setting { key: &'static str, reason: String },
    #[error("the relay to the endpoint stopped: {0}")]
    Relay(String),
}

impl RemoteError {
    /// Whether another attempt may succeed.
    pub(super) fn is_passing(&self) -> bool {
        match self {
            Self::Status { status, .. } => matches!(status, 408 | 425 | 429 | 500..=599),
            Self::Unreachable { .. }
            | Self::Cut { .. }
            | Self::Silent { .. }
            | Self::Malformed { .. } => true,
            Self::Form { .. } | Self::Window { .. } | Self::Setting { .. } | Self::Relay(_) => {
                false
            }
        }
    }

    /// Whether the server understood a request but does not offer what it asked.
    pub(super) fn is_refusal(&self) -> bool {
        matches!(self, Self::Status { status: 400 | 404 | 405 | 415 | 422 | 501, .. })
    }
}

/// How an exchange failed, as the relay tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    Unreachable,
    Cut,
    Malformed,
}
