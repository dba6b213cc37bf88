//! Builds what a review takes from outside: models, store, languages, clock.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;

use crate::change::{Repo, Selection, collect};
use crate::config::{Config, KvCache};
use crate::engine::lazy::Lazy;
use crate::engine::llm::{self, KvFormat, LoadOptions};
use crate::engine::metered::limited;
use crate::engine::model::{self, Installed, Manifest, Manifests, ModelStore};
use crate::engine::remote::Remote;
use crate::engine::{Embedder, Llm, LlmInfo, embed};
use crate::lang::Languages;
use crate::review::qualify::{Asked, Records, Standing, standing};
use crate::review::{Review, World};
use crate::sandbox;
use crate::sentry;
use crate::store::Store;

use super::Context;
use super::models::qualify::Bar;

/// Largest context window taken unless the settings name another, in tokens:
/// the cache of a longer one costs more memory than a review needs.
const MAX_CONTEXT: usize = 16_384;

/// How a command wants its review.
pub(super) struct Wish<'a> {
    pub selection: &'a Selection,
    /// A snapshot that replaces the cache and the setting of one.
    pub sentry: Option<&'a Path>,
    /// Seconds that replace `review.budget_seconds`.
    pub budget: Option<u64>,
    /// Whether a stored review with the same inputs will do.
    pub reuse: bool,
    /// Said as each step begins.
    pub progress: Box<dyn Fn(&str) + Send + Sync>,
}

/// Reads the change and reviews it, with the network closed to this process. An
/// endpoint is reached through a relay that is started before.
pub(super) fn review(context: &Context, repo: &Repo, wish: Wish<'_>) -> anyhow::Result<Review> {
    let endpoint = context.endpoint()?;
    let closed = sandbox::close_network().context("could not close the network")?;
    let change = collect(repo, wish.selection, context.config.review.max_file_bytes)?;
    let (llm, without_llm) = match language_model(context, endpoint.as_ref())? {
        Some(llm) => (Some(llm), String::new()),
        None if context.config.model.llm == "none" => (None, "turned off in the settings".into()),
        None => (None, "none is installed; `forewarn models pull` gets one".into()),
    };
    let llm = llm.map(|llm| limited(llm, context.config.review.max_tokens));
    let store = Arc::new(context.store(repo)?);
    let (sentry, frozen) = match snapshot(context, wish.sentry)? {
        Some((snapshot, note)) => (Arc::new(snapshot), Some(note)),
        None => (store.clone(), None),
    };
    let mut config = context.config.clone();
    config.review.budget_seconds = wish.budget.unwrap_or(config.review.budget_seconds);
    let standing = match &llm {
        Some(llm) => judging(context, &config, llm.as_ref(), endpoint.is_some())?,
        None => Standing::told(false),
    };
    let (llm, without_llm) = match llm {
        Some(_) if config.review.budget_seconds > 0 && !standing.judges => {
            (None, format!("a budget leaves no time for it: {}", standing.notes.join("; ")))
        }
        llm => (llm, without_llm),
    };
    let world = World {
        repo: repo.clone(),
        store,
        sentry,
        languages: Arc::new(Languages::load(&context.assets)?),
        assets: context.assets.clone(),
        config,
        llm,
        without_llm,
        standing,
        embedder: embedder(context)?,
        docs: context.config.docs.enabled.then(|| context.machine(Some(repo))),
        now: context.now(),
        progress: wish.progress,
        reuse: wish.reuse,
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .build()
        .context("could not start the threads of the review")?;
    let mut review = runtime.block_on(crate::review::review(Arc::new(world), change))?;
    review.notes.extend(frozen);
    review.notes.extend(closed.note());
    review.notes.extend(endpoint.and_then(|e| e.note()));
    Ok(review)
}

/// Whether the model's verdicts count: as `endpoint.judges` has it, else as measured,
/// which the first review with a model may do.
fn judging(
    context: &Context,
    config: &Config,
    llm: &dyn Llm,
    remote: bool,
) -> anyhow::Result<Standing> {
    let asked = Asked {
        llm,
        assets: &context.assets,
        config,
        records: &Records::new(&context.data_dir),
        told: remote.then_some(context.config.endpoint.judges),
        now: context.now(),
    };
    let mut bar = Bar::new(&llm.info().name);
    Ok(standing(&asked, &mut |done, all| bar.show(done, all))?)
}

/// The snapshot to read production history from, if one is named, and what a
/// reader of the report should know of it.
pub(super) fn snapshot(
    context: &Context,
    named: Option<&Path>,
) -> anyhow::Result<Option<(Store, String)>> {
    let file = match (named, context.config.sentry.snapshot.as_str()) {
        (Some(file), _) => context.folder.join(file),
        (None, "") => return Ok(None),
        (None, file) => context.config_dir.join(file),
    };
    let (store, manifest) = sentry::open_snapshot(&file)
        .with_context(|| format!("could not read the snapshot {}", file.display()))?;
    let note = match manifest.until {
        Some(until) => format!("production history is that of a snapshot until {}", utc(until)),
        None => "production history is that of a snapshot".to_owned(),
    };
    Ok(Some((store, note)))
}

/// A time as people write it in UTC: `2026-01-31 14:05:00 UTC`.
pub(super) fn utc(seconds: i64) -> String {
    let time = jiff::Timestamp::from_second(seconds).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    time.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

fn models(context: &Context) -> anyhow::Result<(Manifests, ModelStore)> {
    Ok((Manifests::load(&context.assets)?, ModelStore::new(&context.data_dir)))
}

/// The language model of the settings: the endpoint's, or one on this machine,
/// loaded when it is first asked.
pub(super) fn language_model(
    context: &Context,
    endpoint: Option<&Arc<Remote>>,
) -> anyhow::Result<Option<Arc<dyn Llm>>> {
    if let Some(remote) = endpoint {
        return Ok(Some(remote.clone()));
    }
    let (manifests, store) = models(context)?;
    let chosen = model::choose_llm(&manifests, &store, &context.config.model.llm)?;
    Ok(chosen.map(|(manifest, installed)| lazy(context, &manifests, &manifest, &installed)))
}

/// An installed model by name.
pub(super) fn named_model(context: &Context, name: &str) -> anyhow::Result<Arc<dyn Llm>> {
    let (manifests, store) = models(context)?;
    let (manifest, installed) = model::choose_llm(&manifests, &store, name)?
        .with_context(|| format!("`{name}` names no model"))?;
    Ok(lazy(context, &manifests, &manifest, &installed))
}

/// What a model on this machine would say of itself once it is loaded.
pub(super) fn info(context: &Context, manifest: &Manifest, installed: &Installed) -> LlmInfo {
    let options = options(context, manifest, installed);
    LlmInfo {
        name: manifest.name.clone(),
        digest: installed.digest().to_owned(),
        architecture: manifest.architecture.clone(),
        context: options.context,
        judges: manifest.judges,
        template: llm::as_json(&options.variables),
        device: options.device.name().to_owned(),
    }
}

fn lazy(
    context: &Context,
    manifests: &Manifests,
    manifest: &Manifest,
    installed: &Installed,
) -> Arc<dyn Llm> {
    let options = LoadOptions {
        smaller: model::smaller_llms(manifests, manifest),
        ..options(context, manifest, installed)
    };
    let info = info(context, manifest, installed);
    let weights = installed.weights().to_owned();
    Arc::new(Lazy::new(info, move || {
        let model = llm::load(&weights, &options)?;
        Ok(Box::new(model) as Box<dyn Llm>)
    }))
}

fn options(context: &Context, manifest: &Manifest, installed: &Installed) -> LoadOptions {
    let limit = match context.config.model.context {
        0 => MAX_CONTEXT,
        tokens => tokens,
    };
    LoadOptions {
        name: manifest.name.clone(),
        judges: manifest.judges,
        context: manifest.context.min(limit),
        threads: context.config.model.threads,
        kv_format: match context.config.model.kv_cache {
            KvCache::F16 => KvFormat::F16,
            KvCache::I8 => KvFormat::I8,
        },
        prefixes: Some(context.data_dir.join("prefixes")),
        variables: manifest.template.clone(),
        digest: Some(installed.digest().to_owned()),
        ..LoadOptions::default()
    }
}

/// The embedder of the settings; `None` if none is installed.
pub(super) fn embedder(context: &Context) -> anyhow::Result<Option<Arc<dyn Embedder>>> {
    let (manifests, store) = models(context)?;
    let chosen = model::choose_embedder(&manifests, &store, &context.config.model.embedder)?;
    let Some((manifest, installed)) = chosen else { return Ok(None) };
    Ok(Some(embed::load(&manifest, &installed, context.config.model.threads)?.into()))
}
