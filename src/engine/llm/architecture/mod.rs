//! What differs between the supported architectures.
//!
//! Every file here describes one; the layers are shared. The file's own
//! `general.architecture` picks.

mod llama;
mod qwen2;
mod qwen3;
mod qwen3moe;

use super::cache::Shape;
use super::gguf::Gguf;
use super::header::shown;
use crate::engine::EngineError;
use crate::engine::kernel::pointwise::RopeStyle;

/// One architecture's traits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Architecture {
    /// As in `general.architecture`; also the prefix of its metadata keys.
    pub name: &'static str,
    pub rope: RopeStyle,
    /// Queries, keys and values have a bias.
    pub qkv_bias: bool,
    /// Each head of queries and keys is normalised.
    pub head_norm: bool,
    /// The feed-forward part is a mixture of experts.
    pub experts: bool,
}

const ALL: [Architecture; 4] = [llama::LLAMA, qwen2::QWEN2, qwen3::QWEN3, qwen3moe::QWEN3MOE];

/// Sizes of one model, all checked to be usable together.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    pub architecture: Architecture,
    pub layers: usize,
    pub hidden: usize,
    /// Width of the feed-forward part, of one expert where there are experts.
    pub inner: usize,
    pub heads: usize,
    pub kv_heads: usize,
    /// Elements of one head.
    pub head_width: usize,
    pub experts: usize,
    /// Experts used for a token.
    pub experts_used: usize,
    pub vocabulary: usize,
    /// The longest window that the model was made for, in tokens.
    pub context: usize,
    pub epsilon: f64,
    pub rope_base: f64,
    /// Positions are divided by this.
    pub rope_scale: f64,
}

impl Config {
    /// Shape of the keys and values of this model.
    pub fn cache_shape(&self) -> Shape {
        Shape { layers: self.layers, heads: self.kv_heads, width: self.head_width }
    }

    pub fn read(gguf: &Gguf) -> Result<Self, EngineError> {
        let name = gguf
            .text("general.architecture")
            .ok_or_else(|| gguf.damaged("`general.architecture` is missing"))?;
        let architecture = *ALL
            .iter()
            .find(|architecture| architecture.name == name)
            .ok_or_else(|| EngineError::Architecture(shown(name)))?;
        let key = |rest: &str| format!("{name}.{rest}");
        let hidden = gguf.count(&key("embedding_length"), 1 << 16)?;
        let heads = gguf.count(&key("attention.head_count"), 1 << 10)?;
        let kv_heads = match gguf.number(&key("attention.head_count_kv")) {
            Some(_) => gguf.count(&key("attention.head_count_kv"), heads)?,
            None => heads,
        };
        let head_width = match gguf.number(&key("attention.key_length")) {
            Some(_) => gguf.count(&key("attention.key_length"), 1 << 10)?,
            None => hidden / heads,
        };
        let value_width = gguf.number(&key("attention.value_length"));
        let rotated = gguf.number(&key("rope.dimension_count"));
        if !heads.is_multiple_of(kv_heads)
            || head_width == 0
            || !head_width.is_multiple_of(2)
            || value_width.is_some_and(|n| n != head_width as u64)
            || rotated.is_some_and(|n| n != head_width as u64)
        {
            return Err(gguf.damaged(format!(
                "its {heads} heads, {kv_heads} key heads and head width {head_width} do not fit"
            )));
        }
        let (inner, experts, experts_used) = if architecture.experts {
            let experts = gguf.count(&key("expert_count"), 1 << 12)?;
            (
                gguf.count(&key("expert_feed_forward_length"), 1 << 20)?,
                experts,
                gguf.count(&key("expert_used_count"), experts)?,
            )
        } else {
            (gguf.count(&key("feed_forward_length"), 1 << 20)?, 0, 0)
        };
        let vocabulary = match gguf.shape("token_embd.weight") {
            Some(&[rows, columns]) if columns == hidden && rows < 1 << 20 => rows,
            _ => return Err(gguf.damaged("`token_embd.weight` is missing or has a wrong shape")),
        };
        let scaling = gguf.text(&key("rope.scaling.type")).unwrap_or("none");
        let factor = gguf.real(&key("rope.scaling.factor")).unwrap_or(1.0);
        let mut context = gguf.count(&key("context_length"), 1 << 30)?;
        let mut rope_scale = 1.0;
        match scaling {
            "linear" => rope_scale = factor,
            "none" => {}
            // YaRN and its kin stretch a shorter window; within that window
            // the plain rotation is what the model was first trained with.
            _ => {
                let original = key("rope.scaling.original_context_length");
                if gguf.number(&original).is_some() {
                    context = context.min(gguf.count(&original, 1 << 30)?);
                }
            }
        }
        let epsilon = gguf.real(&key("attention.layer_norm_rms_epsilon"));
        let config = Self {
            architecture,
            layers: gguf.count(&key("block_count"), 1 << 10)?,
            hidden,
            inner,
            heads,
            kv_heads,
            head_width,
            experts,
            experts_used,
            vocabulary,
            context,
            epsilon: epsilon
                .ok_or_else(|| gguf.damaged("the epsilon of its normalisation is missing"))?,
            rope_base: gguf.real(&key("rope.freq_base")).unwrap_or(10_000.0),
            rope_scale,
        };
        // Far beyond what models have, and far within what f32 holds: nothing
        // divides by zero or overflows. A number that is none lies in no range.
        for (what, value, range) in [
            ("the epsilon of its normalisation", config.epsilon, 1e-12..=1.0),
            ("its rotation base", config.rope_base, 1.0..=1e12),
            ("its rotation scale", config.rope_scale, 1e-3..=1e6),
        ] {
            if !range.contains(&value) {
                return Err(gguf.damaged(format!("{what} is {value}, which cannot be")));
            }
        }
        Ok(config)
    }
}
