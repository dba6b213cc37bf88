//! NomicBERT encoders (CodeRankEmbed): rotary positions, gated feed-forward.

use candle_transformers::models::nomic_bert::Config;

use super::BuildError;
use super::encoder::{Encoder, Feed, Layer};
use super::linear::Packer;
use super::pointwise::Norm;
use super::rotary::Rotary;
use super::weights::Weights;
use crate::engine::kernel::pointwise::RopeStyle;

/// Builds the model of a `config.json` for texts of up to `tokens`.
pub fn build(
    config: &str,
    weights: Weights,
    packer: Packer,
    tokens: usize,
) -> Result<Encoder, BuildError> {
    let config: Config = serde_json::from_str(config).map_err(BuildError::Config)?;
    let Config { n_embd: hidden, n_inner: inner, .. } = config;
    if config.activation_function != "swiglu" {
        return Err(BuildError::unsupported("activation", &config.activation_function));
    }
    if config.prenorm {
        return Err(BuildError::unsupported("order", "norms before the layers"));
    }
    let shape = super::shape(hidden, config.n_head, inner)?;
    if config.rotary_emb_fraction != 1.0 || shape.head % 2 == 1 {
        return Err(BuildError::unsupported("positions", "rotary in a part of each head"));
    }
    let weights = match weights.has("embeddings.word_embeddings.weight") {
        true => weights,
        false => weights.under("bert"),
    };
    let eps = config.layer_norm_epsilon;
    let e = weights.under("embeddings");
    let kind = match config.type_vocab_size {
        0 => vec![0.0; hidden],
        kinds => e.read("token_type_embeddings.weight", &[kinds, hidden])?[..hidden].to_vec(),
    };
    let layer = |i: usize| -> candle_core::Result<Layer> {
        let w = weights.under("encoder.layers").under(i);
        let linear = |name, outputs, inputs, bias| packer.linear(&w, name, outputs, inputs, bias);
        Ok(Layer {
            qkv: linear("attn.Wqkv", 3 * hidden, hidden, config.qkv_proj_bias)?,
            mix: linear("attn.out_proj", hidden, hidden, config.qkv_proj_bias)?,
            norm1: Norm::read(&w.under("norm1"), hidden, eps)?,
            feed: Feed::Gated {
                up: linear("mlp.fc11", inner, hidden, config.mlp_fc1_bias)?,
                gate: linear("mlp.fc12", inner, hidden, config.mlp_fc1_bias)?,
                down: linear("mlp.fc2", hidden, inner, config.mlp_fc2_bias)?,
            },
            norm2: Norm::read(&w.under("norm2"), hidden, eps)?,
        })
    };
    let style = match config.rotary_emb_interleaved {
        true => RopeStyle::Interleaved,
        false => RopeStyle::Halves,
    };
    Ok(Encoder {
        level: packer.level,
        shape,
        words: e.table("word_embeddings.weight", config.vocab_size, hidden)?,
        kind,
        positions: None,
        rotary: Some(Rotary::new(shape.head, config.rotary_emb_base, style, tokens)),
        norm: Norm::read(&weights.under("emb_ln"), hidden, eps)?,
        layers: (0..config.n_layer).map(layer).collect::<Result<_, _>>()?,
    })
}
