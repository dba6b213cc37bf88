//! The language model: a GGUF file, read and run on this machine.
//!
//! ```text
//! gguf ─▶ architecture ─▶ runner ─▶ schedule ─▶ [complete]: prefill, then
//!     │                  (cpu, device)  └─ cache      │     a few tokens a step
//!     └─▶ vocabulary, template ─▶ tokens ─────────────┘
//!                                       └─ sampler, constraint, speculate
//! ```
//!
//! The weights are shared; every call has its own [`cache::Sequence`], which
//! begins with the blocks that the [`cache::prefix::PrefixCache`] knows of its
//! prompt. One thread, the [`schedule::Scheduler`]'s, runs all steps.

mod architecture;
mod available;
mod cache;
mod complete;
mod constraint;
mod format;
mod gguf;
mod header;
mod map;
mod memory;
mod replay;
mod runner;
mod sampler;
mod schedule;
mod speculate;
mod stream;
mod summary;
mod template;
mod vocabulary;

use std::collections::HashSet;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use candle_core::Device;

pub use super::kernel::attention::KvFormat;
pub use memory::Smaller;
pub use summary::{GgufSummary, describe};
pub use template::as_json;

use self::architecture::Config;
use self::cache::saved::Saved;
use self::cache::{Pool, Sequence};
use self::constraint::Constraints;
use self::gguf::Gguf;
use self::replay::Script;
use self::runner::Runner;
use self::runner::cpu::CpuRunner;
use self::runner::device::DeviceRunner;
use self::schedule::Scheduler;
use self::template::Template;
use self::vocabulary::{Piece, Vocabulary};
use super::kernel::Level;
use super::kernel::attention::BLOCK;
use super::{Completion, EngineError, Llm, LlmInfo, Message, Request, Role};

/// The longest window that is used unless a caller asks for more.
pub const MAX_CONTEXT: usize = 16_384;

/// Where a model computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DeviceChoice {
    /// The first GPU if this build can use one and there is one.
    #[default]
    Auto,
    Cpu,
    Cuda,
    Metal,
    /// What a GPU would run, on the CPU: slow, to test that path anywhere.
    CpuTensors,
}

/// How to load a model.
#[derive(Debug, Clone, PartialEq)]
pub struct LoadOptions {
    /// The manifest's name.
    pub name: String,
    /// Whether the model's verdicts are expected to be good enough to count.
    pub judges: bool,
    /// Most tokens of prompt and completion; 0 for the model's own, at most
    /// [`MAX_CONTEXT`]. Never more than the model's own.
    pub context: usize,
    /// 0 for as many as the machine has.
    pub threads: usize,
    pub device: DeviceChoice,
    /// How keys and values are kept, on the CPU.
    pub kv_format: KvFormat,
    /// Whether to guess tokens and check several in one step; the text is the
    /// same either way.
    pub speculate: bool,
    /// Where the keys and values of system prompts are kept for the next
    /// process; `None` keeps none.
    pub prefixes: Option<PathBuf>,
    /// What the chat template gets besides the messages.
    pub variables: template::Variables,
    /// Hash of the file, where it is known from when it was installed; the whole
    /// file is read for it otherwise.
    pub digest: Option<String>,
    /// What to name when the model does not fit into memory, the best first.
    pub smaller: Vec<Smaller>,
}

impl Default for LoadOptions {
    fn default() -> Self {
        Self {
            name: String::new(),
            judges: false,
            context: 0,
            threads: 0,
            device: DeviceChoice::Auto,
            kv_format: KvFormat::F16,
            speculate: true,
            prefixes: None,
            variables: Default::default(),
            digest: None,
            smaller: Vec::new(),
        }
    }
}

/// A loaded model.
pub struct LocalLlm {
    info: LlmInfo,
    path: PathBuf,
    scheduler: Scheduler,
    vocabulary: Arc<Vocabulary>,
    template: Template,
    /// Built when the first grammar comes.
    constraints: OnceLock<Constraints>,
    saved: Option<Saved>,
    /// System prompts that were looked for among the saved ones, as tokens.
    looked_for: Mutex<HashSet<Vec<u32>>>,
    speculates: bool,
}

impl std::fmt::Debug for LocalLlm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LocalLlm").field("info", &self.info).finish_non_exhaustive()
    }
}

/// Loads a model from a GGUF file. A model that does not fit into the free memory
/// is refused before its weights are read; its vocabulary is read beside them.
pub fn load(path: &Path, options: &LoadOptions) -> Result<LocalLlm, EngineError> {
    let gguf = Gguf::open(path)?;
    let config = Config::read(&gguf)?;
    let context = match options.context {
        0 => config.context.min(MAX_CONTEXT),
        asked => asked.min(config.context),
    };
    let device = device(options.device)?;
    let kv_format = options.kv_format;
    let tokens = match &device {
        None => cache_tokens(&gguf, &config, context, kv_format, &options.smaller)?,
        Some(_) => context.saturating_mul(WINDOWS),
    };
    let pool = Pool::new(config.cache_shape(), kv_format, device.clone(), tokens);
    let info = LlmInfo {
        name: options.name.clone(),
        digest: options.digest.clone().unwrap_or_else(|| gguf.digest()),
        architecture: config.architecture.name.to_owned(),
        context,
        judges: options.judges,
        template: template::as_json(&options.variables),
        device: options.device.name().to_owned(),
    };
    let rows = config.vocabulary;
    let words = || -> Result<_, EngineError> {
        let vocabulary = Arc::new(Vocabulary::read(&gguf, rows)?);
        let source = gguf.text("tokenizer.chat_template");
        let (marks, variables) = (vocabulary.marks(), options.variables.clone());
        let template = Template::new(&options.name, source, marks, variables)?;
        Ok((vocabulary, template))
    };
    let weights = || -> Result<Box<dyn Runner>, EngineError> {
        Ok(match device {
            None => Box::new(CpuRunner::load(&gguf, config, options.threads, kv_format)?),
            Some(device) => Box::new(DeviceRunner::load(&gguf, config, context, device)?),
        })
    };
    let (words, weights) = rayon::join(words, weights);
    let ((vocabulary, template), runner) = (words?, weights?);
    gguf.require_unchanged()?;
    let folder = options.prefixes.as_deref().filter(|_| !pool.is_on_device());
    Ok(LocalLlm {
        path: path.to_owned(),
        vocabulary,
        template,
        constraints: OnceLock::new(),
        saved: folder.map(|folder| Saved::new(folder, &info.digest, Level::best(), &pool)),
        looked_for: Mutex::default(),
        speculates: options.speculate,
        scheduler: Scheduler::new(runner, pool)?,
        info,
    })
}

impl DeviceChoice {
    /// Where a model with this choice computes on this machine: `cpu`, `cuda`
    /// or `metal`.
    pub fn name(self) -> &'static str {
        // Candle's own answer says only what was compiled in. Opening one is dear, so
        // each is tried once.
        static CUDA: OnceLock<bool> = OnceLock::new();
        static METAL: OnceLock<bool> = OnceLock::new();
        let cuda = || cfg!(feature = "cuda") && *CUDA.get_or_init(|| Device::new_cuda(0).is_ok());
        let metal =
            || cfg!(feature = "metal") && *METAL.get_or_init(|| Device::new_metal(0).is_ok());
        match self {
            Self::Cuda => "cuda",
            Self::Metal => "metal",
            Self::Auto if cuda() => "cuda",
            Self::Auto if metal() => "metal",
            Self::Auto | Self::Cpu | Self::CpuTensors => "cpu",
        }
    }
}

/// The device for candle's tensors; `None` for our own kernels.
fn device(choice: DeviceChoice) -> Result<Option<Device>, EngineError> {
    Ok(match (choice, choice.name()) {
        (DeviceChoice::CpuTensors, _) => Some(Device::Cpu),
        (_, "cuda") => Some(Device::new_cuda(0)?),
        (_, "metal") => Some(Device::new_metal(0)?),
        _ => None,
    })
}

/// Windows that keys and values are kept for, if memory allows: a review's
/// agents, and what they may share.
const WINDOWS: usize = 4;

/// Tokens that keys and values are kept for: four windows, or one and what half
/// of the memory left over holds.
fn cache_tokens(
    gguf: &Gguf,
    config: &Config,
    context: usize,
    format: KvFormat,
    smaller: &[Smaller],
) -> Result<usize, EngineError> {
    let most = context.saturating_mul(WINDOWS);
    let Some(left) = memory::require(gguf, config, context, format, smaller)? else {
        return Ok(most);
    };
    let a_block = config.cache_shape().bytes(format, BLOCK).max(1);
    let more = usize::try_from(left / 2 / a_block).unwrap_or(usize::MAX).saturating_mul(BLOCK);
    Ok(most.min(context.saturating_add(more)))
}

/// The system prompt of a request, which a later process will have as well.
struct Static {
    tokens: usize,
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

    /// Takes the system prompt's keys and values out of a file, if an earlier
    /// process saved them. Returns what is to be saved once it is computed.
    fn begin_static(&self, messages: &[Message], tokens: &[u32]) -> Option<Static> {
        let saved = self.saved.as_ref()?;
        let system = messages.first().filter(|first| first.role == Role::System)?;
        // A template that refuses a conversation without a user gets no file.
        let alone = self.prompt(std::slice::from_ref(system), "").ok()?;
        let shared = alone.iter().zip(tokens).take_while(|(a, b)| a == b).count();
        let whole = shared / BLOCK * BLOCK;
        let tokens = &tokens[..whole];
        let mut looked_for = self.looked_for.lock().unwrap_or_else(PoisonError::into_inner);
        if whole == 0 || !looked_for.insert(tokens.to_vec()) {
            return None;
        }
        drop(looked_for);
        match saved.load(self.scheduler.pool(), tokens) {
            Some(sequence) => {
                self.scheduler.cache().put(&sequence);
                None
            }
            None => Some(Static { tokens: whole }),
        }
    }

    fn save_static(&self, known: Option<Static>, sequence: &Sequence) {
        if let (Some(known), Some(saved)) = (known, &self.saved)
            && let Err(error) = saved.save(sequence, known.tokens)
        {
            tracing::warn!("the system prompt's cache could not be saved: {error}");
        }
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
