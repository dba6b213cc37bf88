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
///
/// Milliseconds, the least of 15 alternating runs on 2 cores of a Zen 4 with
/// ten other processes beside (so read the ratios), candle's product against
/// unpacking and gemm:
///
/// | weight            | 16 rows     | 32 rows     | 256 rows    |
/// |-------------------|-------------|-------------|-------------|
/// | Q4_1 576 to 1536  | 16.3 / 1.4  | 59.6 / 2.4  | 620 / 7.6   |
/// | Q5_0 896 to 4864  | 249 / 22.9  | 471 / 17.3  | 2616 / 50.1 |
/// | Q8_0 896 to 4864  | 14.8 / 11.6 | 65.0 / 27.2 | 556 / 108   |
/// | Q4_K 1536 to 1536 | 6.4 / 8.3   | 3.1 / 4.3   | 32.7 / 47.7 |
///
/// Q4_1, Q5_0 and Q5_1 have no vector kernel in candle, so unpacking pays from
/// the second row on; Q4_K has a tiled one, which stays ahead.
fn many_rows(kind: GgmlDType) -> usize {
    match kind {
        GgmlDType::Q4_1 | GgmlDType::Q5_0 | GgmlDType::Q5_1 => 2,
        _ => 32,
    }
}

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
        let many = x.dim(0)? >= many_rows(weight.dtype());
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
