//! Reviews a change and writes down every request with its output.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::ThreadId;
use std::time::Instant;

use anyhow::Context as _;
use forewarn::asset::Assets;
use forewarn::change::{Repo, Selection, collect};
use forewarn::config::Config;
use forewarn::engine::model::{Manifests, ModelStore};
use forewarn::engine::{Completion, Embedder, EngineError, Llm, LlmInfo, Message, Request, embed};
use forewarn::lang::Languages;
use forewarn::review::qualify::Standing;
use forewarn::review::{World, review};
use forewarn::store::Store;
use serde_json::{Value, json};

use super::fixture::{Form, Kind, Recorded, Recording};
use super::{Model, ours};

#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    model: Model,
    /// A repository with forewarn's state in it, as `forewarn try --keep` makes.
    #[arg(long)]
    repository: PathBuf,
    #[arg(long)]
    range: String,
    /// Where forewarn's models are, for the embedder.
    #[arg(long)]
    data_dir: PathBuf,
    /// Greedy, a small model repeats itself without end, and to replay that
    /// would flatter speculation.
    #[arg(long, default_value_t = 0.8)]
    temperature: f64,
    #[arg(long)]
    into: PathBuf,
}

/// Passes everything on to a model and remembers it.
struct Recorder {
    llm: Box<dyn Llm>,
    temperature: f64,
    log: Mutex<Vec<Entry>>,
}

struct Entry {
    thread: ThreadId,
    began: Instant,
    ended: Instant,
    messages: Vec<Message>,
    prefix: String,
    kind: Kind,
}

pub fn run(args: Args) -> anyhow::Result<Value> {
    let llm = ours::open(&args.model.model, args.model.threads)?;
    let recorder = Arc::new(Recorder {
        llm: Box::new(llm),
        temperature: args.temperature,
        log: Mutex::default(),
    });
    let repo = Repo::discover(&args.repository)?;
    let selection = Selection::Range(args.range.clone());
    let mut config = Config::builtin();
    // The recording is to be whole, however slow the machine.
    config.agent.max_seconds = 86_400;
    let change = collect(&repo, &selection, config.review.max_file_bytes)?;
    let assets = Assets::builtin();
    let store = Arc::new(Store::open(&args.repository.join(".git/forewarn/forewarn.db"))?);
    let world = World {
        repo,
        sentry: store.clone(),
        store,
        languages: Arc::new(Languages::load(&assets)?),
        embedder: Some(embedder(&assets, &args)?),
        assets,
        config,
        llm: Some(recorder.clone()),
        without_llm: String::new(),
        standing: Standing::told(false),
        docs: None,
        now: 1_800_000_000,
        progress: Box::new(|doing| eprintln!("{doing}")),
        reuse: false,
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build()?;
    let review = runtime.block_on(review(Arc::new(world), change))?;
    let log = std::mem::take(&mut *recorder.log.lock().unwrap_or_else(PoisonError::into_inner));
    let name = args.model.model.file_name().context("the model has no name")?;
    let recording = Recording {
        about: format!(
            "the change of `forewarn try`, reviewed by {} at temperature {}",
            name.display(),
            args.temperature
        ),
        ..arrange(log)
    };
    std::fs::write(&args.into, serde_json::to_string(&recording)? + "\n")?;
    let agents: Vec<Vec<usize>> =
        recording.stages.iter().map(|s| s.iter().map(Vec::len).collect()).collect();
    Ok(json!({ "findings": review.findings.len(), "requests": agents }))
}

fn embedder(assets: &Assets, args: &Args) -> anyhow::Result<Arc<dyn Embedder>> {
    let manifests = Manifests::load(assets)?;
    let manifest = manifests.require("all-minilm-l6-v2")?;
    let installed = ModelStore::new(&args.data_dir)
        .pull(manifest, &mut forewarn::engine::model::Silent)
        .context("the embedder could not be had")?;
    Ok(embed::load(manifest, &installed, args.model.threads)?.into())
}

/// One thread is one agent, since agents block; agents whose times overlap make
/// up a stage.
fn arrange(mut log: Vec<Entry>) -> Recording {
    log.sort_by_key(|entry| entry.began);
    let mut recording = Recording::default();
    let mut threads: Vec<ThreadId> = Vec::new();
    let mut until: Option<Instant> = None;
    for entry in log {
        let alone = until.is_none_or(|until| entry.began >= until);
        let known = threads.iter().position(|&thread| thread == entry.thread);
        if recording.stages.is_empty() || (alone && known.is_none()) {
            recording.stages.push(Vec::new());
            threads.clear();
        }
        let recorded = Recorded {
            messages: entry.messages.iter().map(|m| (m.role, recording.text(&m.text))).collect(),
            prefix: entry.prefix,
            kind: entry.kind,
        };
        let known = threads.iter().position(|&thread| thread == entry.thread);
        let stage = recording.stages.last_mut().expect("one was pushed");
        match known {
            Some(agent) => stage[agent].push(recorded),
            None => {
                threads.push(entry.thread);
                stage.push(vec![recorded]);
            }
        }
        until = until.max(Some(entry.ended));
    }
    recording
}

impl Recorder {
    fn note(&self, began: Instant, messages: &[Message], prefix: &str, kind: Kind) {
        let entry = Entry {
            thread: std::thread::current().id(),
            began,
            ended: Instant::now(),
            messages: messages.to_vec(),
            prefix: prefix.to_owned(),
            kind,
        };
        self.log.lock().unwrap_or_else(PoisonError::into_inner).push(entry);
    }
}

impl Llm for Recorder {
    fn info(&self) -> &LlmInfo {
        self.llm.info()
    }

    fn count(&self, text: &str) -> Result<usize, EngineError> {
        self.llm.count(text)
    }

    fn count_prompt(&self, messages: &[Message], prefix: &str) -> Result<usize, EngineError> {
        self.llm.count_prompt(messages, prefix)
    }

    fn complete(
        &self,
        request: &Request<'_>,
        on_text: &mut dyn FnMut(&str) -> ControlFlow<()>,
    ) -> Result<Completion, EngineError> {
        let began = Instant::now();
        let mut request = request.clone();
        request.sampling.temperature = self.temperature;
        request.sampling.top_p = 0.95;
        request.sampling.repeat_penalty = 1.1;
        let completion = self.llm.complete(&request, on_text)?;
        let kind = Kind::Complete {
            grammar: request.grammar.map(Form::from),
            output: completion.text.clone(),
            tokens: completion.completion_tokens,
        };
        self.note(began, request.messages, request.prefix, kind);
        Ok(completion)
    }

    fn score(
        &self,
        messages: &[Message],
        prefix: &str,
        candidates: &[&str],
    ) -> Result<Vec<f64>, EngineError> {
        let began = Instant::now();
        let scores = self.llm.score(messages, prefix, candidates)?;
        let candidates = candidates.iter().map(|&c| c.to_owned()).collect();
        self.note(began, messages, prefix, Kind::Score { candidates });
        Ok(scores)
    }
}
