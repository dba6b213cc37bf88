//! What the review and its relay say to each other: JSON, one object a line.

use serde::{Deserialize, Serialize};

use super::error::Fault;
use crate::config::Address;

/// The first line that a relay is given. Not `Debug`: the key is secret.
#[derive(Clone, Serialize, Deserialize)]
pub struct Start {
    pub address: Address,
    pub api_key: Option<String>,
    /// Certificates in PEM; without them the public ones count.
    pub certificates: Option<String>,
    pub connect_seconds: u64,
}

/// What a relay is asked. A path is below the endpoint's address.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    Get {
        id: u64,
        path: String,
    },
    Post {
        id: u64,
        path: String,
        body: String,
    },
    /// The answer is no longer wanted.
    Cancel {
        id: u64,
    },
}

/// What a relay tells.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// The address is known and the relay confined; if the kernel does not
    /// confine it wholly, why.
    Ready {
        unconfined: Option<String>,
    },
    /// There will be no answer at all.
    Unready {
        reason: String,
    },
    /// An answer begins.
    Status {
        id: u64,
        code: u16,
        retry_after: Option<u64>,
    },
    /// A line of the answer's body.
    Line {
        id: u64,
        text: String,
    },
    End {
        id: u64,
    },
    Failed {
        id: u64,
        fault: Fault,
        reason: String,
    },
}
