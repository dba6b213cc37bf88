//! Reads a model's weights into packed form.

use std::sync::Mutex;

use candle_core::quantized::{GgmlDType, QStorage};
use candle_core::{Device, Shape};

use super::attention::Attention;
use super::feed_forward::{FeedForward, Mixture, SwiGlu};
use super::{CpuRunner, Layer, Linear};
use crate::engine::EngineError;
use crate::engine::kernel::attention::KvFormat;
use crate::engine::kernel::{Format, Level, Matrix, Team};
use crate::engine::llm::architecture::Config;
use crate::engine::llm::gguf::Gguf;
use crate::engine::llm::map::View;

impl CpuRunner {
    /// Reads all weights. `threads` 0 takes one for each core.
    pub fn load(
        gguf: &Gguf,
        config: Config,
        threads: usize,
        kv_format: KvFormat,
    ) -> Result<Self, EngineError> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let team = Team::new(if threads == 0 { cores } else { threads });
        let reader = Reader { gguf, team: &team, level: Level::best() };
        let (hidden, vocabulary) = (config.hidden, config.vocabulary);
        let embedding = reader.matrix("token_embd.weight", [vocabulary, hidden])?;
        let output = match gguf.has("output.weight") {
            true => Some(reader.matrix("output.weight", [vocabulary, hidden])?),
            false => None,
        };
        let factors = match gguf.has("rope_freqs.weight") {
            true => Some(reader.vector("rope_freqs.weight", config.head_width / 2)?),
            false => None,
        };
        let layers = (0..config.layers).map(|layer| reader.layer(&config, layer));
        let layers = layers.collect::<Result<_, _>>()?;
        let norm = reader.vector("output_norm.weight", hidden)?;
        let frequencies = frequencies(&config, factors.as_deref());
        Ok(Self {
            level: reader.level,
            config,
            kv_format,
            team,
            embedding,
            layers,
            norm,
            output,
            frequencies,
            scratch: Mutex::default(),
        })
    }
}

/// Angles by which the pairs of a head turn from one position to the next;
/// `factors`, where the file has them, divide them (Llama 3).
fn frequencies(config: &Config, factors: Option<&[f32]>) -> Vec<f64> {
    (0..config.head_width / 2)
        .map(|i| {
            let exponent = (2 * i) as f64 / config.head_width as f64;
            let factor = factors.map_or(1.0, |factors| f64::from(factors[i]));
            1.0 / (config.rope_base.powf(exponent) * factor * config.rope_scale)
        })
        .collect()
}

/// The kernels' name for a format; `None` for one that they do not multiply.
pub fn format(kind: GgmlDType) -> Option<Format> {
    Some(match kind {
        GgmlDType::F32 => Format::F32,
        GgmlDType::F16 => Format::F16,
        GgmlDType::BF16 => Format::BF16,
        GgmlDType::Q4_0 => Format::Q4_0,
        GgmlDType::Q4_1 => Format::Q4_1,
        GgmlDType::Q5_0 => Format::Q5_0,
        GgmlDType::Q5_1 => Format::Q5_1,
        GgmlDType::Q8_0 => Format::Q8_0,
        GgmlDType::Q4K => Format::Q4K,
        GgmlDType::Q5K => Format::Q5K,
        GgmlDType::Q6K => Format::Q6K,
        GgmlDType::Q8_1 | GgmlDType::Q2K | GgmlDType::Q3K | GgmlDType::Q8K => return None,
    })
}

/// Bytes that a matrix of a format takes once it is packed.
pub fn packed_bytes(kind: GgmlDType, outputs: usize, inputs: usize) -> usize {
    // What the kernels do not multiply is rounded to Q8_0: see `Reader::pack`.
    Matrix::packed_bytes(format(kind).unwrap_or(Format::Q8_0), outputs, inputs)
}

/// Reads parts of the model by their GGUF names.
struct Reader<'a> {
    gguf: &'a Gguf,
    team: &'a Team,
    level: Level,
}

impl Reader<'_> {
    fn matrix(&self, name: &str, shape: [usize; 2]) -> Result<Matrix, EngineError> {
        self.pack(name, &self.gguf.view(name, shape)?, shape)
    }

    fn pack(
        &self,
        name: &str,
        view: &View,
        [outputs, inputs]: [usize; 2],
    ) -> Result<Matrix, EngineError> {
        let matrix = match format(view.kind()) {
            Some(format) => Matrix::pack(self.level, format, view, outputs, inputs, self.team),
            None => {
                let weights = self.floats(view, outputs * inputs)?;
                Matrix::quantise(self.level, &weights, outputs, inputs, self.team)
            }
        };
        // It is not read again: the packed form is all that is used.
        view.release();
        matrix.map_err(|error| self.gguf.damaged(format!("the tensor {name}: {error}")))
    }

    fn vector(&self, name: &str, length: usize) -> Result<Vec<f32>, EngineError> {
        Ok(self.gguf.vector(name, length, &Device::Cpu)?.to_vec1()?)
    }

    fn floats(&self, view: &View, elements: usize) -> Result<Vec<f32>, EngineError> {
        let storage = QStorage::from_data((&view[..]).into(), &Device::Cpu, view.kind())?;
        let tensor = candle_core::quantized::QTensor::new(storage, Shape::from(elements))?;
        Ok(tensor.dequantize(&Device::Cpu)?.to_vec1()?)
    }

    fn linear(&self, name: &str, shape: [usize; 2], bias: bool) -> Result<Linear, EngineError> {
        let matrix = self.matrix(&format!("{name}.weight"), shape)?;
        let bias = match bias {
            true => Some(self.vector(&format!("{name}.bias"), shape[0])?),
            false => None,
        };
        Ok(Linear { matrix, bias })
    }

    fn stack(&self, name: &str, shape: [usize; 3]) -> Result<Vec<Linear>, EngineError> {
        let name = format!("{name}.weight");
        let views = self.gguf.views(&name, shape)?;
        let pack = |view| self.pack(&name, view, [shape[1], shape[2]]);
        views.iter().map(|view| Ok(Linear { matrix: pack(view)?, bias: None })).collect()
    }

    fn layer(&self, config: &Config, layer: usize) -> Result<Layer, EngineError> {
        let name = |part: &str| format!("blk.{layer}.{part}");
        let (hidden, inner) = (config.hidden, config.inner);
        let (queries, keys) =
            (config.heads * config.head_width, config.kv_heads * config.head_width);
        let bias = config.architecture.qkv_bias;
        let head_norms = match config.architecture.head_norm {
            true => Some([
                self.vector(&name("attn_q_norm.weight"), config.head_width)?,
                self.vector(&name("attn_k_norm.weight"), config.head_width)?,
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
            attention_norm: self.vector(&name("attn_norm.weight"), hidden)?,
            attention,
            feed_norm: self.vector(&name("ffn_norm.weight"), hidden)?,
            feed,
        })
    }
}
