//! Qwen3: every head of queries and keys is normalised before it is rotated.

use super::{Architecture, RopeStyle};

pub(super) const QWEN3: Architecture = Architecture {
    name: "qwen3",
    rope: RopeStyle::Halves,
    qkv_bias: false,
    head_norm: true,
    experts: false,
};
