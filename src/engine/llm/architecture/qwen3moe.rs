//! Qwen3 with a mixture of experts, for example Qwen3-Coder-30B-A3B: the
//! weights of a token's experts are normalised to one.

use super::{Architecture, RopeStyle};

pub(super) const QWEN3MOE: Architecture = Architecture {
    name: "qwen3moe",
    rope: RopeStyle::Halves,
    qkv_bias: false,
    head_norm: true,
    experts: true,
};
