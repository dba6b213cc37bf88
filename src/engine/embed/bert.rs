//! BERT encoders (all-MiniLM-L6-v2 and its like).

use serde::Deserialize;

use super::BuildError;
use super::encoder::{Encoder, Feed, Layer};
use super::linear::Packer;
use super::pointwise::Norm;
use super::weights::Weights;

/// What is read of a `config.json`.
#[derive(Deserialize)]
struct Config {
    vocab_size: usize,
    hidden_size: usize,
    num_hidden_layers: usize,
    num_attention_heads: usize,
    intermediate_size: usize,
    hidden_act: String,
    max_position_embeddings: usize,
    type_vocab_size: usize,
    layer_norm_eps: f64,
    #[serde(default = "absolute")]
    position_embedding_type: String,
}

fn absolute() -> String {
    "absolute".to_owned()
}

/// Builds the model of a `config.json` for texts of up to `tokens`.
pub fn build(
    config: &str,
    weights: Weights,
    packer: Packer,
    tokens: usize,
) -> Result<Encoder, BuildError> {
    let config: Config = serde_json::from_str(config).map_err(BuildError::Config)?;
    let Config { hidden_size: hidden, intermediate_size: inner, .. } = config;
    if config.hidden_act != "gelu" {
        return Err(BuildError::unsupported("activation", &config.hidden_act));
    }
    if config.position_embedding_type != "absolute" {
        return Err(BuildError::unsupported("positions", &config.position_embedding_type));
    }
    let shape = super::shape(hidden, config.num_attention_heads, inner)?;
    if tokens > config.max_position_embeddings {
        let found = format!("{} for texts of {tokens} tokens", config.max_position_embeddings);
        return Err(BuildError::unsupported("number of positions", &found));
    }
    // Files of a model with a head name the encoder's tensors behind `bert.`.
    let weights = match weights.has("embeddings.word_embeddings.weight") {
        true => weights,
        false => weights.under("bert"),
    };
    let eps = config.layer_norm_eps;
    let e = weights.under("embeddings");
    let kinds = e.read("token_type_embeddings.weight", &[config.type_vocab_size, hidden])?;
    let positions = [config.max_position_embeddings, hidden];
    let layer = |i: usize| -> candle_core::Result<Layer> {
        let w = weights.under("encoder.layer").under(i);
        let qkv = ["query", "key", "value"];
        Ok(Layer {
            qkv: packer.joined(&w.under("attention.self"), &qkv, hidden, hidden, true)?,
            mix: packer.linear(&w, "attention.output.dense", hidden, hidden, true)?,
            norm1: Norm::read(&w.under("attention.output.LayerNorm"), hidden, eps)?,
            feed: Feed::Gelu {
                up: packer.linear(&w, "intermediate.dense", inner, hidden, true)?,
                down: packer.linear(&w, "output.dense", hidden, inner, true)?,
            },
            norm2: Norm::read(&w.under("output.LayerNorm"), hidden, eps)?,
        })
    };
    Ok(Encoder {
        level: packer.level,
        shape,
        words: e.table("word_embeddings.weight", config.vocab_size, hidden)?,
        kind: kinds.get(..hidden).map(<[f32]>::to_vec).unwrap_or_else(|| vec![0.0; hidden]),
        positions: Some(e.read("position_embeddings.weight", &positions)?.into_owned()),
        rotary: None,
        norm: Norm::read(&e.under("LayerNorm"), hidden, eps)?,
        layers: (0..config.num_hidden_layers).map(layer).collect::<Result<_, _>>()?,
    })
}
