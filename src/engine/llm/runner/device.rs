//! The decoder on candle's tensors: for GPUs, through candle's own kernels.

mod attention;
mod feed_forward;
mod linear;
mod rope;

use std::sync::Arc;

use candle_core::quantized::{QMatMul, QTensor};
use candle_core::{Device, Result, Tensor};
use candle_nn::ops;

use super::super::architecture::Config;
use super::super::gguf::Gguf;
use super::{Logits, Runner, Segment};
use crate::engine::EngineError;
use attention::Attention;
use feed_forward::{FeedForward, Mixture, SwiGlu};
use linear::Linear;
use rope::Rope;

/// The weights, shared by all sequences.
pub struct DeviceRunner {
    config: Config,
    device: Device,
    embedding: QMatMul,
    layers: Vec<Layer>,
    norm: Tensor,
    output: Linear,
    rope: Rope,
}

struct Layer {
    attention_norm: Tensor,
    attention: Attention,
    feed_norm: Tensor,
    feed: FeedForward,
}

impl DeviceRunner {
    /// Reads all weights; `context` bounds the positions.
    pub fn load(
        gguf: &Gguf,
        config: Config,
        context: usize,
        device: Device,
    ) -> std::result::Result<Self, EngineError> {
        let reader = Reader { gguf, device: &device };
        let table = Arc::new(gguf.matrix(
            "token_embd.weight",
            [config.vocabulary, config.hidden],
            &device,
        )?);
        let output = if gguf.has("output.weight") {
            reader.linear("output", [config.vocabulary, config.hidden], false)?
        } else {
            Linear::new(Arc::clone(&table), None)?
        };
        let factors = if gguf.has("rope_freqs.weight") {
            let factors = gguf.vector("rope_freqs.weight", config.head_width / 2, &device)?;
            Some(factors.to_vec1::<f32>()?)
        } else {
            None
        };
        let rope = Rope::new(&config, context, factors.as_deref(), &device)?;
        let layers = (0..config.layers)
            .map(|layer| reader.layer(&config, layer))
            .collect::<std::result::Result<_, _>>()?;
        let norm = gguf.vector("output_norm.weight", config.hidden, &device)?;
        let embedding = QMatMul::from_arc(table)?;
        Ok(Self { config, embedding, layers, norm, output, rope, device })
    }

    /// Appends one segment's tokens to its sequence's blocks.
    fn forward(&self, segment: &Segment<'_>) -> Result<Vec<Logits>> {
        let sequence = &*segment.sequence;
        let mut x = self.embedding.embedding(&Tensor::new(segment.tokens, &self.device)?)?;
        let epsilon = self.config.epsilon as f32;
        for (at, layer) in self.layers.iter().enumerate() {
            let y = ops::rms_norm(&x, &layer.attention_norm, epsilon)?;
            x = (x + layer.attention.forward(&y, &self.config, &self.rope, sequence, at)?)?;
            let y = ops::rms_norm(&x, &layer.feed_norm, epsilon)?;
            x = (x + layer.feed.forward(&y)?)?;
        }
        let wanted = segment.wanted_rows();
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        let rows = x.narrow(0, wanted.start, wanted.len())?.contiguous()?;
        self.output.forward(&ops::rms_norm(&rows, &self.norm, epsilon)?)?.to_vec2()
    }
}

impl Runner for DeviceRunner {
    fn step(
        &self,
        segments: &mut [Segment<'_>],
    ) -> std::result::Result<Vec<Vec<Logits>>, EngineError> {
        let mut logits = Vec::with_capacity(segments.len());
        for segment in &*segments {
            logits.push(self.forward(segment)?);
        }
        for segment in segments {
            segment.sequence.extend(segment.tokens);
        }
        Ok(logits)
    }
}

/// Reads parts of the model by their GGUF names.
struct Reader<'a> {
    gguf: &'a Gguf,
    device: &'a Device,
}

impl Reader<'_> {
    fn linear(
        &self,
        name: &str,
        [out, inputs]: [usize; 2],
        bias: bool,
    ) -> std::result::Result<Linear, EngineError> {
        let weight = self.gguf.matrix(&format!("{name}.weight"), [out, inputs], self.device)?;
        let bias = match bias {
            true => Some(self.gguf.vector(&format!("{name}.bias"), out, self.device)?),
            false => None,
        };
        Ok(Linear::new(Arc::new(weight), bias)?)
    }

    fn stack(
        &self,
        name: &str,
        shape: [usize; 3],
    ) -> std::result::Result<Vec<Linear>, EngineError> {
        let weights: Vec<QTensor> =
            self.gguf.matrices(&format!("{name}.weight"), shape, self.device)?;
        weights.into_iter().map(|weight| Ok(Linear::new(Arc::new(weight), None)?)).collect()
    }

    fn layer(&self, config: &Config, layer: usize) -> std::result::Result<Layer, EngineError> {
        let name = |part: &str| format!("blk.{layer}.{part}");
        let vector = |part: &str, length: usize| self.gguf.vector(&name(part), length, self.device);
        let (hidden, inner) = (config.hidden, config.inner);
        let (queries, keys) =
            (config.heads * config.head_width, config.kv_heads * config.head_width);
        let bias = config.architecture.qkv_bias;
        let head_norms = match config.architecture.head_norm {
            true => Some([
                vector("attn_q_norm.weight", config.head_width)?,
                vector("attn_k_norm.weight", config.head_width)?,
            ]),
            false => None,
        };
        let attention = Attention {
            query: self.linear(&name("attn_q"), [queries, hidden], bias)?,
            key: self.linear(&name("attn_k"), [keys, hidden], bias)?,
            value: self.linear(&name("attn_v"), [keys, hidden], bias)?,
            output: self.linear(&name("attn_output"), [hidden, queries], false)?,
            head_norms,
        };
        let feed = if config.architecture.experts {
            let n = config.experts;
            let gates = self.stack(&name("ffn_gate_exps"), [n, inner, hidden])?;
            let ups = self.stack(&name("ffn_up_exps"), [n, inner, hidden])?;
            let downs = self.stack(&name("ffn_down_exps"), [n, hidden, inner])?;
            FeedForward::Mixture(Mixture {
                router: self.linear(&name("ffn_gate_inp"), [n, hidden], false)?,
                experts: gates
                    .into_iter()
                    .zip(ups)
                    .zip(downs)
                    .map(|((gate, up), down)| SwiGlu { gate, up, down })
                    .collect(),
                used: config.experts_used,
            })
        } else {
            FeedForward::Dense(SwiGlu {
                gate: self.linear(&name("ffn_gate"), [inner, hidden], false)?,
                up: self.linear(&name("ffn_up"), [inner, hidden], false)?,
                down: self.linear(&name("ffn_down"), [hidden, inner], false)?,
            })
        };
        Ok(Layer {
            attention_norm: vector("attn_norm.weight", hidden)?,
            attention,
            feed_norm: vector("ffn_norm.weight", hidden)?,
            feed,
        })
    }
}
