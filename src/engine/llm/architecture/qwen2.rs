//! Qwen2 and Qwen2.5, Coder included: a bias on queries, keys and values.

use super::{Architecture, RopeStyle};

pub(super) const QWEN2: Architecture = Architecture {
    name: "qwen2",
    rope: RopeStyle::Halves,
    qkv_bias: true,
    head_norm: false,
    experts: false,
};
