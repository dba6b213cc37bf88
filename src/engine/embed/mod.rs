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
mod text;
mod tile;
mod weights;

use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use super::kernel::lanes::LANES;
use super::kernel::{Level, Team};
use super::model::{Embedding, EmbeddingFormat, Installed, Manifest, Precision};
use super::{EmbedKind, Embedder, EngineError};
use attention::Shape;
use encoder::{Encoder, Scratch};
use linear::Packer;
use text::Texts;
use weights::Weights;

/// Tokens of a group: enough rows to pay for reading a layer's weights. Twice as
/// many gain nothing and leave less to share; 96 cost a tenth.
const GROUP_TOKENS: usize = 384;

struct Model {
    id: String,
    settings: Embedding,
    texts: Texts,
    encoder: Encoder,
    team: Team,
    /// Of threads that are not computing now.
    scratch: Mutex<Vec<Scratch>>,
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
    let damaged = |path: &std::path::Path, reason: String| EngineError::Damaged {
        path: path.to_owned(),
        reason,
    };
    let weights = Weights::open(weights_file).map_err(|e| damaged(weights_file, e.to_string()))?;
    let team = Team::new(match threads {
        0 => std::thread::available_parallelism().map_or(1, usize::from),
        n => n,
    });
    let encoder =
        encoder(&settings, &config, weights, Level::best(), &team).map_err(|e| match e {
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
    let digest = &installed.digest()[..16.min(installed.digest().len())];
    // Vectors of the two precisions do not compare: they get different ids.
    let id = match settings.precision {
        Precision::Single => format!("{}@{digest}", manifest.name),
        Precision::Int8 => format!("{}@{digest}-int8", manifest.name),
    };
    let scratch = Mutex::default();
    Ok(Box::new(Model { id, settings, texts, encoder, team, scratch }))
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

/// Heads of a hidden size. It and the feed-forward's size must be whole
/// registers.
fn shape(hidden: usize, heads: usize, inner: usize) -> Result<Shape, BuildError> {
    if heads == 0 || hidden == 0 || !hidden.is_multiple_of(heads) {
        let found = format!("{heads} of a vector of {hidden}");
        return Err(BuildError::unsupported("number of heads", &found));
    }
    for size in [hidden, inner] {
        if size == 0 || !size.is_multiple_of(LANES) {
            return Err(BuildError::unsupported("size", &size.to_string()));
        }
    }
    Ok(Shape { heads, head: hidden / heads })
}

/// The encoder of a format.
fn encoder(
    settings: &Embedding,
    config: &str,
    weights: Weights,
    level: Level,
    team: &Team,
) -> Result<Encoder, BuildError> {
    let packer = Packer { level, precision: settings.precision, team };
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
        let prefix = match kind {
            EmbedKind::Query => &self.settings.query_prefix,
            EmbedKind::Passage => &self.settings.passage_prefix,
        };
        let encoded = self.texts.encode(texts, prefix, &self.team)?;
        let words = self.encoder.vocabulary();
        if let Some(token) = encoded.iter().flatten().find(|t| **t as usize >= words) {
            let reason = format!("the token {token} is beyond the model's {words}");
            return Err(EngineError::Tokenizer(reason));
        }
        let total: usize = encoded.iter().map(Vec::len).sum();
        let rows = GROUP_TOKENS.min(total.div_ceil(self.team.threads()));
        let groups = text::group(&encoded, rows);
        let vectors: Vec<OnceLock<Vec<f32>>> = vec![OnceLock::new(); texts.len()];
        self.team.run(groups.len(), |group| {
            let group = &groups[group];
            let texts: Vec<&[u32]> = group.iter().map(|&i| &encoded[i][..]).collect();
            let mut scratch = lock(&self.scratch).pop().unwrap_or_default();
            for (&i, vector) in group.iter().zip(self.run(&texts, &mut scratch)) {
                // Each text is in one group.
                let _ = vectors[i].set(vector);
            }
            lock(&self.scratch).push(scratch);
        });
        Ok(vectors.into_iter().map(|v| v.into_inner().unwrap_or_default()).collect())
    }
}

/// A panic while it was held left the list as it was.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Model {
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
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

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

    fn reference() -> Reference {
        serde_json::from_str(include_str!("../../../tests/fixtures/models/nomic.json")).unwrap()
    }

    /// The same made-up weights as `reference.py` computes: waves, of a phase that
    /// the tensor's index gives; norms' weights are near 1.
    fn made_up(name: &str, shape: &[usize], index: usize) -> Vec<f32> {
        let norm = ["norm1.weight", "norm2.weight", "emb_ln.weight", "LayerNorm.weight"];
        let is_norm = norm.iter().any(|n| name.ends_with(n));
        (0..shape.iter().product())
            .map(|i| {
                let wave = (index as f64 * 1.7 + i as f64 * 0.37).sin();
                (if is_norm { 1.0 + 0.1 * wave } else { 0.3 * wave }) as f32
            })
            .collect()
    }

    fn nomic(reference: &Reference) -> Weights {
        let tensors = reference.tensors.clone();
        Weights::made_up(move |name, shape| {
            let found = tensors.iter().position(|(n, s)| n == name && s == shape);
            found
                .map(|index| made_up(name, shape, index))
                .ok_or_else(|| candle_core::Error::Msg(format!("there is no {name} of {shape:?}")))
        })
    }

    /// A small BERT.
    fn bert() -> (&'static str, Weights) {
        let config = r#"{"vocab_size": 50, "hidden_size": 64, "num_hidden_layers": 2,
            "num_attention_heads": 2, "intermediate_size": 128, "hidden_act": "gelu",
            "max_position_embeddings": 100, "type_vocab_size": 2, "layer_norm_eps": 1e-12}"#;
        let weights = Weights::made_up(|name, shape| {
            Ok(made_up(name, shape, name.bytes().map(usize::from).sum()))
        });
        (config, weights)
    }

    fn settings(format: EmbeddingFormat, precision: Precision) -> Embedding {
        Embedding {
            format,
            precision,
            pooling: Pooling::Cls,
            normalise: true,
            dimensions: 0,
            max_tokens: 100,
            query_prefix: String::new(),
            passage_prefix: String::new(),
        }
    }

    fn build(
        format: EmbeddingFormat,
        precision: Precision,
        level: Level,
        config: &str,
        weights: Weights,
    ) -> Result<Encoder, BuildError> {
        encoder(&settings(format, precision), config, weights, level, &Team::new(1))
    }

    use EmbeddingFormat::{SafetensorsBert, SafetensorsNomicBert};

    #[test]
    fn the_code_embedder_computes_what_an_independent_implementation_does() {
        let reference = reference();
        let config = reference.config.to_string();
        for level in Level::available() {
            let weights = nomic(&reference);
            let model =
                build(SafetensorsNomicBert, Precision::Single, level, &config, weights).unwrap();
            let texts: Vec<&[u32]> = reference.texts.iter().map(|t| &t[..]).collect();
            let mut scratch = Scratch::default();
            let mut rows = model.forward(&texts, &mut scratch);
            for (text, expected) in texts.iter().zip(&reference.vectors) {
                let mut vector = pool::pool(Pooling::Cls, rows, 32);
                pool::normalise(&mut vector);
                let alike = cosine(&vector, expected);
                assert!(alike > 0.99999, "{level:?}: {alike}");
                rows = &rows[text.len() * 32..];
            }
        }
    }

    #[test]
    fn a_text_has_the_same_bits_alone_and_beside_others() {
        let lengths = [1, 2, 31, 7, 64, 33, 100, 12, 5];
        let texts: Vec<Vec<u32>> =
            lengths.iter().map(|&n| (0..n).map(|i| (i * 7 + n) % 50).collect()).collect();
        let all: Vec<&[u32]> = texts.iter().map(|t| &t[..]).collect();
        for (precision, level) in [Precision::Single, Precision::Int8]
            .into_iter()
            .flat_map(|p| Level::available().map(move |l| (p, l)))
        {
            let (config, weights) = bert();
            let model = build(SafetensorsBert, precision, level, config, weights).unwrap();
            let mut scratch = Scratch::default();
            let together = model.forward(&all, &mut scratch).to_vec();
            let mut rest = &together[..];
            for text in &all {
                let alone;
                (alone, rest) = rest.split_at(text.len() * 64);
                assert!(alone.iter().all(|x| x.is_finite()));
                let found = model.forward(&[text], &mut scratch);
                assert!(found == alone, "{precision:?} {level:?} {} tokens", text.len());
            }
        }
    }

    #[test]
    fn rounded_weights_change_little() {
        let texts: Vec<u32> = (0..60).map(|i| i * 11 % 50).collect();
        let vectors = [Precision::Single, Precision::Int8].map(|precision| {
            let (config, weights) = bert();
            let model = build(SafetensorsBert, precision, Level::best(), config, weights).unwrap();
            let mut scratch = Scratch::default();
            let mut vector = pool::pool(Pooling::Mean, model.forward(&[&texts], &mut scratch), 64);
            pool::normalise(&mut vector);
            vector
        });
        let alike = cosine(&vectors[0], &vectors[1]);
        assert!(alike > 0.99 && alike < 0.999_999_9, "{alike}");
    }

    #[test]
    fn the_code_embedder_builds_and_runs_in_its_real_shape() {
        let parameters = Arc::new(AtomicUsize::new(0));
        let counted = parameters.clone();
        let weights = Weights::made_up(move |_, shape| {
            let count = shape.iter().product();
            counted.fetch_add(count, Ordering::Relaxed);
            // Cheap noise between -0.05 and 0.05.
            Ok((0..count as u32)
                .map(|i| (i.wrapping_mul(2_654_435_761) >> 16) as f32 / 655_360.0 - 0.05)
                .collect())
        });
        // CodeRankEmbed's own sizes.
        let config = r#"{"vocab_size": 30528, "n_embd": 768, "n_head": 12, "n_layer": 12,
            "n_inner": 3072, "n_positions": 8192, "rotary_emb_base": 1000,
            "activation_function": "swiglu", "type_vocab_size": 2}"#;
        let precision = Precision::Single;
        let model = build(SafetensorsNomicBert, precision, Level::best(), config, weights).unwrap();
        assert_eq!((model.shape.hidden(), model.vocabulary()), (768, 30528));
        let parameters = parameters.load(Ordering::Relaxed);
        assert!((136_000_000..138_000_000).contains(&parameters), "{parameters}");
        let mut scratch = Scratch::default();
        let rows = model.forward(&[&[101, 2000, 102], &[101, 102]], &mut scratch);
        assert_eq!(rows.len(), 5 * 768);
        assert!(rows.iter().all(|x| x.is_finite()));
        assert_ne!(rows[..768], rows[3 * 768..4 * 768]);
    }

    #[test]
    fn what_is_not_computed_is_refused() {
        let refused = |format, config: &str, word: &str| {
            let weights = Weights::made_up(|_, shape| Ok(vec![0.0; shape.iter().product()]));
            let found = build(format, Precision::Single, Level::best(), config, weights);
            match found.err() {
                Some(BuildError::Unsupported(reason)) => assert!(reason.contains(word), "{reason}"),
                other => panic!("{config}: {other:?}"),
            }
        };
        let nomic_refused = |config| refused(SafetensorsNomicBert, config, "not supported");
        nomic_refused(r#"{"activation_function": "gelu", "n_layer": 1}"#);
        nomic_refused(r#"{"prenorm": true, "n_layer": 1}"#);
        nomic_refused(r#"{"rotary_emb_fraction": 0.5, "n_layer": 1}"#);
        nomic_refused(r#"{"n_head": 7, "n_layer": 1}"#);
        nomic_refused(r#"{"n_head": 0, "n_layer": 1}"#);
        nomic_refused(r#"{"n_embd": 24, "n_layer": 1}"#);
        let (config, _) = bert();
        for (from, to, word) in [
            ("\"gelu\"", "\"relu\"", "relu"),
            ("\"max_position_embeddings\": 100", "\"max_position_embeddings\": 99", "100 tokens"),
            ("\"intermediate_size\": 128", "\"intermediate_size\": 0", "size"),
        ] {
            refused(SafetensorsBert, &config.replace(from, to), word);
        }
        // 48 values do not make whole blocks of 32.
        let reference = reference();
        let (config, weights) = (reference.config.to_string(), nomic(&reference));
        let int8 = Precision::Int8;
        let found = build(SafetensorsNomicBert, int8, Level::best(), &config, weights);
        assert!(matches!(found.err(), Some(BuildError::Weights(_))));
    }
}
