//! Embedding models: encoders that map texts to unit vectors, on the processor.
//!
//! Texts are tokenized in parallel, sorted by length and grouped; threads take
//! groups in turn and compute each from tokens to vectors ([`encoder`]). The
//! vector of a text does not depend on the texts beside it. An architecture is
//! one file that fills in an [`encoder::Encoder`].

mod attention;
mod bert;
mod encoder;
mod linear;
mod nomic;
mod pointwise;
mod pool;
mod rotary;
mod simd;
mod text;
mod tile;

use candle_core::{DType, Device};
use candle_nn::VarBuilder;
use rayon::prelude::*;

use super::model::{Embedding, EmbeddingFormat, Installed, Manifest};
use super::{EmbedKind, Embedder, EngineError};
use attention::Shape;
use encoder::{Encoder, Scratch};
use linear::Packer;
use simd::Level;
use text::Texts;

/// Tokens of a group: enough rows to pay for reading a layer's weights, few
/// enough for their activations to stay in the second-level cache.
const GROUP_TOKENS: usize = 192;

struct Model {
    id: String,
    settings: Embedding,
    texts: Texts,
    encoder: Encoder,
    /// Threads of this model alone; `None` uses all of the process's.
    pool: Option<rayon::ThreadPool>,
}

/// Loads an installed embedder. `threads` 0 takes all.
pub fn load(
    manifest: &Manifest,
    installed: &Installed,
    threads: usize,
) -> Result<Box<dyn Embedder>, EngineError> {
    let settings = manifest
        .embedding
        .clone()
        .ok_or_else(|| EngineError::Architecture(manifest.architecture.clone()))?;
    let file = |name: &str| {
        installed.path(name).ok_or_else(|| EngineError::Damaged {
            path: installed.folder.join(name),
            reason: "the manifest does not list it".into(),
        })
    };
    let texts = Texts::load(file("tokenizer.json")?, settings.max_tokens)?;
    let config_file = file("config.json")?;
    let config = std::fs::read_to_string(config_file)
        .map_err(|source| EngineError::Io { path: config_file.to_owned(), source })?;
    let weights_file = file("model.safetensors")?;
    let device = Device::Cpu;
    let damaged = |path: &std::path::Path, reason: String| EngineError::Damaged {
        path: path.to_owned(),
        reason,
    };
    // SAFETY: the map is read while the file stands; models are replaced by
    // renaming a new file into place, which leaves a mapped one as it is.
    let weights = unsafe {
        VarBuilder::from_mmaped_safetensors(&[weights_file], DType::F32, &device)
            .map_err(|e| damaged(weights_file, e.to_string()))?
    };
    let encoder =
        encoder(&settings, &config, weights, Level::best()).map_err(|e| match e {
            BuildError::Config(e) => damaged(config_file, e.to_string()),
            BuildError::Unsupported(reason) => damaged(config_file, reason),
            BuildError::Weights(e) => damaged(weights_file, e.to_string()),
        })?;
    let dimensions = encoder.shape.hidden();
    if dimensions != settings.dimensions {
        let reason = format!(
            "its vectors have {dimensions} dimensions, the manifest says {}",
            settings.dimensions
        );
        return Err(damaged(config_file, reason));
    }
    let pool = match threads {
        0 => None,
        n => Some(rayon::ThreadPoolBuilder::new().num_threads(n).build().map_err(|e| {
            EngineError::Tensor(candle_core::Error::Msg(format!("no threads: {e}")))
        })?),
    };
    let id =
        format!("{}@{}", manifest.name, &installed.digest()[..16.min(installed.digest().len())]);
    Ok(Box::new(Model { id, settings, texts, encoder, pool }))
}

#[derive(Debug)]
enum BuildError {
    Config(serde_json::Error),
    Unsupported(String),
    Weights(candle_core::Error),
}

impl BuildError {
    fn unsupported(what: &str, found: &str) -> Self {
        Self::Unsupported(format!("this {what} is not supported: {found}"))
    }
}

impl From<candle_core::Error> for BuildError {
    fn from(error: candle_core::Error) -> Self {
        Self::Weights(error)
    }
}

/// Heads of a hidden size.
fn shape(hidden: usize, heads: usize) -> Result<Shape, BuildError> {
    if heads == 0 || hidden == 0 || !hidden.is_multiple_of(heads) {
        let found = format!("{heads} of a vector of {hidden}");
        return Err(BuildError::unsupported("number of heads", &found));
    }
    Ok(Shape { heads, head: hidden / heads })
}

/// The encoder of a format.
fn encoder(
    settings: &Embedding,
    config: &str,
    weights: VarBuilder,
    level: Level,
) -> Result<Encoder, BuildError> {
    let packer = Packer { level };
    match settings.format {
        EmbeddingFormat::SafetensorsBert => {
            bert::build(config, weights, packer, settings.max_tokens)
        }
        EmbeddingFormat::SafetensorsNomicBert => {
            nomic::build(config, weights, packer, settings.max_tokens)
        }
    }
}

impl Embedder for Model {
    fn id(&self) -> &str {
        &self.id
    }

    fn dimensions(&self) -> usize {
        self.settings.dimensions
    }

    fn embed(&self, texts: &[&str], kind: EmbedKind) -> Result<Vec<Vec<f32>>, EngineError> {
        match &self.pool {
            Some(pool) => pool.install(|| self.compute(texts, kind)),
            None => self.compute(texts, kind),
        }
    }
}

impl Model {
    fn compute(&self, texts: &[&str], kind: EmbedKind) -> Result<Vec<Vec<f32>>, EngineError> {
        let prefix = match kind {
            EmbedKind::Query => &self.settings.query_prefix,
            EmbedKind::Passage => &self.settings.passage_prefix,
        };
        let encoded = self.texts.encode(texts, prefix)?;
        let words = self.encoder.vocabulary();
        if let Some(token) = encoded.iter().flatten().find(|t| **t as usize >= words) {
            let reason = format!("the token {token} is beyond the model's {words}");
            return Err(EngineError::Tokenizer(reason));
        }
        let total: usize = encoded.iter().map(Vec::len).sum();
        let rows = GROUP_TOKENS.min(total.div_ceil(rayon::current_num_threads()));
        let groups = text::group(&encoded, rows);
        let found: Vec<Vec<Vec<f32>>> = groups
            .par_iter()
            .map_init(Scratch::default, |scratch, group| {
                let texts: Vec<&[u32]> = group.iter().map(|&i| &encoded[i][..]).collect();
                self.run(&texts, scratch)
            })
            .collect();
        let mut vectors = vec![Vec::new(); texts.len()];
        for (index, vector) in groups.into_iter().flatten().zip(found.into_iter().flatten()) {
            vectors[index] = vector;
        }
        Ok(vectors)
    }

    /// Vectors of some texts, on this thread.
    fn run(&self, texts: &[&[u32]], scratch: &mut Scratch) -> Vec<Vec<f32>> {
        let size = self.encoder.shape.hidden();
        let mut rows = self.encoder.forward(texts, scratch);
        let mut vectors = Vec::with_capacity(texts.len());
        for text in texts {
            let tokens;
            (tokens, rows) = rows.split_at(text.len() * size);
            let mut vector = pool::pool(self.settings.pooling, tokens, size);
            if self.settings.normalise {
                pool::normalise(&mut vector);
            }
            vectors.push(vector);
        }
        vectors
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use candle_nn::VarMap;

    use super::*;
    use crate::engine::cosine;
    use crate::engine::model::Pooling;

    #[derive(serde::Deserialize)]
    struct Reference {
        config: serde_json::Value,
        tensors: Vec<(String, Vec<usize>)>,
        texts: Vec<Vec<u32>>,
        vectors: Vec<Vec<f32>>,
    }

    /// The same made-up weights as `reference.py` computes.
    fn made_up(name: &str, shape: &[usize], index: usize) -> Tensor {
        let norm = ["norm1.weight", "norm2.weight", "emb_ln.weight"];
        let is_norm = norm.iter().any(|n| name.ends_with(n));
        let values: Vec<f32> = (0..shape.iter().product())
            .map(|i| {
                let wave = (index as f64 * 1.7 + i as f64 * 0.37).sin();
                (if is_norm { 1.0 + 0.1 * wave } else { 0.3 * wave }) as f32
            })
            .collect();
        Tensor::from_vec(values, shape, &Device::Cpu).unwrap()
    }

    #[test]
    fn the_code_embedder_computes_what_an_independent_implementation_does() {
        let text = include_str!("../../../tests/fixtures/models/nomic.json");
        let reference: Reference = serde_json::from_str(text).unwrap();
        let tensors: HashMap<String, Tensor> = reference
            .tensors
            .iter()
            .enumerate()
            .map(|(i, (name, shape))| (name.clone(), made_up(name, shape, i)))
            .collect();
        let weights = VarBuilder::from_tensors(tensors, DType::F32, &Device::Cpu);
        let (model, _) =
            encoder(EmbeddingFormat::SafetensorsNomicBert, &reference.config.to_string(), weights)
                .unwrap();
        // Both in one batch: the padding of the shorter one must not show.
        let batches = text::batches(&reference.texts, 1000);
        assert_eq!(batches.len(), 1);
        let batch = &batches[0];
        let shape = (batch.indices.len(), batch.width);
        let ids = Tensor::from_slice(&batch.ids, shape, &Device::Cpu).unwrap();
        let mask = Tensor::from_slice(&batch.mask, shape, &Device::Cpu).unwrap();
        let mut vectors =
            pool::pool(Pooling::Cls, &model.forward(&ids, &mask).unwrap(), &mask).unwrap();
        pool::normalise(&mut vectors);
        for (&index, vector) in batch.indices.iter().zip(&vectors) {
            let alike = cosine(vector, &reference.vectors[index]);
            assert!(alike > 0.99999, "text {index}: {alike}");
        }
    }

    #[test]
    fn the_code_embedder_builds_and_runs_in_its_real_shape() {
        let map = VarMap::new();
        let weights = VarBuilder::from_varmap(&map, DType::F32, &Device::Cpu);
        // CodeRankEmbed's own sizes.
        let config = r#"{"vocab_size": 30528, "n_embd": 768, "n_head": 12, "n_layer": 12,
            "n_inner": 3072, "n_positions": 8192, "rotary_emb_base": 1000,
            "activation_function": "swiglu", "type_vocab_size": 2}"#;
        let (model, dimensions) =
            encoder(EmbeddingFormat::SafetensorsNomicBert, config, weights).unwrap();
        assert_eq!(dimensions, 768);
        let parameters: usize = map.all_vars().iter().map(|v| v.as_tensor().elem_count()).sum();
        assert!((136_000_000..138_000_000).contains(&parameters), "{parameters}");
        let ids = Tensor::new(&[[101u32, 2000, 102], [101, 102, 0]], &Device::Cpu).unwrap();
        let mask = Tensor::new(&[[1u32, 1, 1], [1, 1, 0]], &Device::Cpu).unwrap();
        let hidden = model.forward(&ids, &mask).unwrap();
        assert_eq!(hidden.dims(), [2, 3, 768]);
        let vectors = pool::pool(Pooling::Cls, &hidden, &mask).unwrap();
        assert!(vectors.iter().flatten().all(|x| x.is_finite()));
        assert_ne!(vectors[0], vectors[1]);
    }

    #[test]
    fn an_architecture_that_candle_does_not_compute_is_refused() {
        let weights = VarBuilder::zeros(DType::F32, &Device::Cpu);
        let config = r#"{"activation_function": "gelu", "n_layer": 1}"#;
        let found = encoder(EmbeddingFormat::SafetensorsNomicBert, config, weights);
        assert!(matches!(found.err(), Some(BuildError::Weights(_))));
    }
}
