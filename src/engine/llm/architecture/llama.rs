//! Llama and its many relatives in GGUF form (SmolLM2 among them). Its
//! converter reorders the rows of queries and keys so that neighbours rotate
//! together.

use super::{Architecture, RopeStyle};

pub(super) const LLAMA: Architecture = Architecture {
    name: "llama",
    rope: RopeStyle::Interleaved,
    qkv_bias: false,
    head_norm: false,
    experts: false,
};
