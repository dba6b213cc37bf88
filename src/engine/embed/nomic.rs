//! NomicBERT encoders (CodeRankEmbed): rotary positions, gated feed-forward.

use candle_core::{Result, Tensor};
use candle_nn::VarBuilder;
use candle_transformers::models::nomic_bert::{Config, NomicBertModel};

use super::{BuildError, Encoder};

pub struct Nomic {
    model: NomicBertModel,
}

/// Builds the model of a `config.json`; also its vectors' length.
pub fn build(config: &str, weights: VarBuilder) -> std::result::Result<(Nomic, usize), BuildError> {
    let config: Config = serde_json::from_str(config).map_err(BuildError::Config)?;
    // The only feed-forward that candle's model computes, whatever the file says.
    if config.activation_function != "swiglu" {
        let reason = format!("the activation {} is not supported", config.activation_function);
        return Err(BuildError::Weights(candle_core::Error::Msg(reason)));
    }
    let model = NomicBertModel::load(weights, &config).map_err(BuildError::Weights)?;
    Ok((Nomic { model }, config.n_embd))
}

impl Encoder for Nomic {
    fn forward(&self, ids: &Tensor, mask: &Tensor) -> Result<Tensor> {
        self.model.forward(ids, None, Some(mask))
    }
}
