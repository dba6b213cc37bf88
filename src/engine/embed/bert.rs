//! BERT encoders (all-MiniLM-L6-v2 and its like).

use candle_core::{DType, Result, Tensor};
use candle_nn::VarBuilder;
use candle_transformers::models::bert::{BertModel, Config};

use super::{BuildError, Encoder};

pub struct Bert(BertModel);

/// Builds the model of a `config.json`; also its vectors' length.
pub fn build(config: &str, weights: VarBuilder) -> std::result::Result<(Bert, usize), BuildError> {
    let config: Config = serde_json::from_str(config).map_err(BuildError::Config)?;
    let model = BertModel::load(weights, &config).map_err(BuildError::Weights)?;
    Ok((Bert(model), config.hidden_size))
}

impl Encoder for Bert {
    fn forward(&self, ids: &Tensor, mask: &Tensor) -> Result<Tensor> {
        let kinds = Tensor::zeros(ids.shape(), DType::U32, ids.device())?;
        self.0.forward(ids, &kinds, Some(mask))
    }
}
