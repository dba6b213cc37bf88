//! Rotary position embedding (Su et al., 2021, arXiv:2104.09864), in both
//! orders that GGUF files use.

use candle_core::{Device, Result, Tensor};
use candle_nn::rotary_emb;

use crate::engine::kernel::pointwise::RopeStyle;
use crate::engine::llm::architecture::Config;

/// Tables for every position of the window, `[context, head_width / 2]`.
pub struct Rope {
    style: RopeStyle,
    cos: Tensor,
    sin: Tensor,
}

impl Rope {
    /// `factors`, where the file has them, divide the frequencies (Llama 3).
    pub fn new(
        config: &Config,
        context: usize,
        factors: Option<&[f32]>,
        device: &Device,
    ) -> Result<Self> {
        let half = config.head_width / 2;
        let mut angles = Vec::with_capacity(context * half);
        for position in 0..context {
            for i in 0..half {
                let exponent = (2 * i) as f64 / config.head_width as f64;
                let factor = factors.map_or(1.0, |factors| f64::from(factors[i]));
                let frequency = 1.0 / (config.rope_base.powf(exponent) * factor);
                angles.push(position as f64 / config.rope_scale * frequency);
            }
        }
        let table = |f: fn(f64) -> f64| {
            let values: Vec<f32> = angles.iter().map(|&angle| f(angle) as f32).collect();
            Tensor::from_vec(values, (context, half), device)
        };
        Ok(Self { style: config.architecture.rope, cos: table(f64::cos)?, sin: table(f64::sin)? })
    }

    /// Rotates `[heads, n, width]` for the positions from `start` on.
    pub fn apply(&self, x: &Tensor, start: usize) -> Result<Tensor> {
        let n = x.dim(1)?;
        let cos = self.cos.narrow(0, start, n)?;
        let sin = self.sin.narrow(0, start, n)?;
        let x = x.unsqueeze(0)?;
        match self.style {
            RopeStyle::Interleaved => rotary_emb::rope_i(&x, &cos, &sin)?,
            RopeStyle::Halves => rotary_emb::rope(&x, &cos, &sin)?,
        }
        .squeeze(0)
    }
}
