//! A matrix of weights, however it is stored, applied to rows of activations.

use std::sync::Arc;

use candle_core::quantized::{QMatMul, QTensor};
use candle_core::{Module, Result, Tensor};

/// `y = x Wᵀ + b`.
pub struct Linear {
    weight: QMatMul,
    bias: Option<Tensor>,
}

impl Linear {
    /// Takes a weight of `[out, in]` and a bias of `[out]`.
    pub fn new(weight: Arc<QTensor>, bias: Option<Tensor>) -> Result<Self> {
        Ok(Self { weight: QMatMul::from_arc(weight)?, bias })
    }

    /// Maps `[rows, in]` to `[rows, out]`, both f32.
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let y = self.weight.forward(x)?;
        match &self.bias {
            Some(bias) => y.broadcast_add(bias),
            None => Ok(y),
        }
    }
}
