//! The language model: a GGUF file, read and run on this machine.
//!
//! ```text
//! gguf ─▶ architecture ─▶ decoder ─▶ [complete]: prefill, then token by token
//!     └─▶ vocabulary, template ─▶ tokens ─┘      └─ sampler, constraint
//! ```
//!
//! The weights are shared; every call has its own [`sequence::Sequence`], which
//! begins with what the [`prefix::PrefixCache`] knows of its prompt. One step
//! of one sequence runs at a time, in the order of asking, since a step fills
//! all cores.

mod architecture;
mod attention;
mod complete;
mod constraint;
mod decoder;
mod feed_forward;
mod gguf;
mod header;
mod kernel;
mod linear;
mod memory;
mod prefix;
mod quantized;
mod replay;
mod rope;
mod sampler;
mod schedule;
mod sequence;
mod stream;
mod summary;
mod template;
mod vocabulary;

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use candle_core::Device;

pub use summary::{GgufSummary, describe};

use self::architecture::Config;
use self::constraint::Constraints;
use self::decoder::Decoder;
use self::gguf::Gguf;
use self::prefix::PrefixCache;
use self::replay::Script;
use self::schedule::Turns;
use self::template::Template;
use self::vocabulary::{Piece, Vocabulary};
use super::{Completion, EngineError, Llm, LlmInfo, Message, Request};

/// The longest window that is used unless a caller asks for more.
pub const MAX_CONTEXT: usize = 16_384;

/// Tokens that one step of a prefill takes, and the grain of the prefix cache.
const CHUNK: usize = 256;

/// Where a model computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DeviceChoice {
    /// The first GPU if this build can use one and there is one.
    #[default]
    Auto,
    Cpu,
    Cuda,
}

/// How to load a model.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LoadOptions {
    /// The manifest's name.
    pub name: String,
    /// Whether the model's verdicts may keep or kill a finding.
    pub judges: bool,
    /// Most tokens of prompt and completion; 0 for the model's own, at most
    /// [`MAX_CONTEXT`]. Never more than the model's own.
    pub context: usize,
    /// 0 for as many as the machine has.
    pub threads: usize,
    pub device: DeviceChoice,
    /// What the chat template gets besides the messages.
    pub variables: template::Variables,
}

/// A loaded model.
pub struct LocalLlm {
    info: LlmInfo,
    path: PathBuf,
    decoder: Decoder,
    vocabulary: Arc<Vocabulary>,
    template: Template,
    /// Built when the first grammar comes.
    constraints: OnceLock<Constraints>,
    cache: Mutex<PrefixCache>,
    /// One step at a time.
    steps: Turns,
    /// One prefill at a time: the second of two agents that share a prompt's
    /// beginning finds it computed instead of computing it beside the first.
    prefills: Turns,
    pool: Option<rayon::ThreadPool>,
}

impl std::fmt::Debug for LocalLlm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LocalLlm").field("info", &self.info).finish_non_exhaustive()
    }
}

/// Loads a model from a GGUF file. Everything but the weights is checked first;
/// a model that does not fit into the free memory is refused.
pub fn load(path: &Path, options: &LoadOptions) -> Result<LocalLlm, EngineError> {
    let gguf = Gguf::open(path)?;
    let config = Config::read(&gguf)?;
    let context = match options.context {
        0 => config.context.min(MAX_CONTEXT),
        asked => asked.min(config.context),
    };
    let vocabulary = Arc::new(Vocabulary::read(&gguf, config.vocabulary)?);
    let source = gguf.text("tokenizer.chat_template");
    let template =
        Template::new(&options.name, source, vocabulary.marks(), options.variables.clone())?;
    let (device, device_name) = device(options.device)?;
    let budget = cache_budget(&gguf, &config, context, &device)?;
    let pool = match options.threads {
        0 => None,
        threads => Some(
            rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .map_err(candle_core::Error::wrap)?,
        ),
    };
    let info = LlmInfo {
        name: options.name.clone(),
        digest: gguf.digest()?,
        architecture: config.architecture.name.to_owned(),
        context,
        judges: options.judges,
        device: device_name.to_owned(),
    };
    Ok(LocalLlm {
        info,
        path: path.to_owned(),
        decoder: Decoder::load(&gguf, config, context, device)?,
        vocabulary,
        template,
        constraints: OnceLock::new(),
        cache: Mutex::new(PrefixCache::new(CHUNK, budget)),
        steps: Turns::default(),
        prefills: Turns::default(),
        pool,
    })
}

impl DeviceChoice {
    /// Where a model with this choice computes on this machine: `cpu` or `cuda`.
    pub fn name(self) -> &'static str {
        let gpu = cfg!(feature = "cuda") && candle_core::utils::cuda_is_available();
        match self {
            Self::Cpu => "cpu",
            Self::Auto if !gpu => "cpu",
            Self::Auto | Self::Cuda => "cuda",
        }
    }
}

fn device(choice: DeviceChoice) -> Result<(Device, &'static str), EngineError> {
    match choice.name() {
        "cuda" => Ok((Device::new_cuda(0)?, "cuda")),
        name => Ok((Device::Cpu, name)),
    }
}

/// Tokens that the prefix cache may keep: four windows, or what half of the
/// memory left over holds.
fn cache_budget(
    gguf: &Gguf,
    config: &Config,
    context: usize,
    device: &Device,
) -> Result<usize, EngineError> {
    let most = context.saturating_mul(4);
    let Some(available) = memory::available().filter(|_| device.is_cpu()) else {
        return Ok(most);
    };
    let needed = memory::weights(gguf) + memory::cache(config, context);
    if needed > available {
        let megabytes = |bytes: u64| bytes.div_ceil(1 << 20);
        return Err(EngineError::Memory {
            needed: megabytes(needed),
            available: megabytes(available),
        });
    }
    let left = (available - needed) / 2 / memory::cache(config, 1).max(1);
    Ok(most.min(usize::try_from(left).unwrap_or(most)))
}

impl LocalLlm {
    /// Tokens of a conversation up to where the model goes on. The prefix is
    /// encoded together with the template's last words.
    fn prompt(&self, messages: &[Message], prefix: &str) -> Result<Vec<u32>, EngineError> {
        self.template.render(messages, |pieces| {
            let mut pieces = pieces.to_vec();
            pieces.push(Piece::Plain(prefix));
            self.vocabulary.encode_template(&pieces)
        })?
    }

    fn constraints(&self) -> Result<&Constraints, EngineError> {
        if let Some(constraints) = self.constraints.get() {
            return Ok(constraints);
        }
        let constraints = Constraints::new(Arc::clone(&self.vocabulary))?;
        Ok(self.constraints.get_or_init(|| constraints))
    }

    fn cache(&self) -> MutexGuard<'_, PrefixCache> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tokens of a text as [`Llm::count`] counts them.
    pub fn encode(&self, text: &str) -> Result<Vec<u32>, EngineError> {
        self.vocabulary.encode(text)
    }

    /// Tokens of a conversation as it will be sent.
    pub fn encode_prompt(
        &self,
        messages: &[Message],
        prefix: &str,
    ) -> Result<Vec<u32>, EngineError> {
        self.prompt(messages, prefix)
    }

    /// Computes a completion that writes `output` instead of what the model
    /// would choose, with all else (cache, grammar, logits) as it is in
    /// [`Llm::complete`]; for benchmarks.
    pub fn replay(&self, request: &Request<'_>, output: &[u32]) -> Result<Completion, EngineError> {
        let script = Script::new(output);
        complete::complete(self, request, Some(script), &mut |_| ControlFlow::Continue(()))
    }

    /// Logits after each of `tokens`, from nothing and past the cache, in
    /// steps of at most `chunk` tokens; for tests and probes.
    pub fn logits(&self, tokens: &[u32], chunk: usize) -> Result<Vec<Vec<f32>>, EngineError> {
        complete::logits(self, tokens, chunk)
    }
}

impl Llm for LocalLlm {
    fn info(&self) -> &LlmInfo {
        &self.info
    }

    fn count(&self, text: &str) -> Result<usize, EngineError> {
        Ok(self.vocabulary.encode(text)?.len())
    }

    fn count_prompt(&self, messages: &[Message], prefix: &str) -> Result<usize, EngineError> {
        Ok(self.prompt(messages, prefix)?.len())
    }

    fn complete(
        &self,
        request: &Request<'_>,
        on_text: &mut dyn FnMut(&str) -> ControlFlow<()>,
    ) -> Result<Completion, EngineError> {
        complete::complete(self, request, None, on_text)
    }

    fn score(
        &self,
        messages: &[Message],
        prefix: &str,
        candidates: &[&str],
    ) -> Result<Vec<f64>, EngineError> {
        complete::score(self, messages, prefix, candidates)
    }
}
