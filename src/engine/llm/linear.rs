//! A matrix of weights, however it is stored, applied to rows of activations.
//!
//! The only place where quantised weights meet activations, so that other
//! kernels can be put here.

use std::sync::Arc;

use candle_core::quantized::{GgmlDType, QMatMul, QTensor};
use candle_core::{Module, Result, Tensor};

use super::quantized;

/// Rows from which unpacking the weights to f32 and one dense product beat the
/// row by row quantised product.
const MANY_ROWS: usize = 32;

/// `y = x Wᵀ + b`.
pub struct Linear {
    weight: QMatMul,
    bias: Option<Tensor>,
    /// Whether candle has no tiled kernel for these weights.
    unpack: bool,
}

impl Linear {
    /// Takes a weight of `[out, in]` and a bias of `[out]`.
    pub fn new(weight: Arc<QTensor>, bias: Option<Tensor>) -> Result<Self> {
        let unpack = weight.device().is_cpu() && !has_tiles(&weight);
        Ok(Self { weight: QMatMul::from_arc(weight)?, bias, unpack })
    }

    /// Maps `[rows, in]` to `[rows, out]`, both f32.
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let y = match &self.weight {
            QMatMul::QTensor(weight) if x.device().is_cpu() => self.on_cpu(weight, x)?,
            weight => weight.forward(x)?,
        };
        match &self.bias {
            Some(bias) => y.broadcast_add(bias),
            None => Ok(y),
        }
    }

    fn on_cpu(&self, weight: &Arc<QTensor>, x: &Tensor) -> Result<Tensor> {
        let many = x.dim(0)? >= MANY_ROWS;
        if many && self.unpack {
            return x.matmul(&quantized::unpack(weight)?.t()?);
        }
        let few = if many { None } else { quantized::product(weight, x)? };
        match few {
            Some(y) => Ok(y),
            None => x.apply_op1_no_bwd(weight.as_ref()),
        }
    }
}

/// Whether candle 0.11 multiplies this weight with a tiled integer kernel over
/// a repacked copy, which it keeps beside the original.
pub(super) fn has_tiles(weight: &QTensor) -> bool {
    weight.shape().dims2().is_ok_and(|(rows, columns)| tiled(weight.dtype(), rows, columns))
}

pub(super) fn tiled(kind: GgmlDType, rows: usize, columns: usize) -> bool {
    #[cfg(target_arch = "x86_64")]
    {
        let shape = rows.is_multiple_of(16) && columns.is_multiple_of(256);
        let avx512 = std::arch::is_x86_feature_detected!("avx512vnni");
        let avx2 = std::arch::is_x86_feature_detected!("avx2");
        match kind {
            GgmlDType::Q4K | GgmlDType::Q6K => shape && (avx512 || avx2),
            GgmlDType::Q8_0 => shape && avx512,
            _ => false,
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    {
        let _ = columns;
        cfg!(target_arch = "aarch64")
            && rows.is_multiple_of(8)
            && matches!(
                kind,
                GgmlDType::Q4_0
                    | GgmlDType::Q4K
                    | GgmlDType::Q5K
                    | GgmlDType::Q6K
                    | GgmlDType::Q8_0
            )
    }
}
