//! `forewarn try`: the whole program at work on a demonstration repository.

use std::io::Write;
use std::path::PathBuf;

use anyhow::Context as _;

use crate::change::Selection;
use crate::config::Format;
use crate::engine::model::{self, Machine, Manifests, Progress};
use crate::report;

use super::{Context, Exit, Outcome, demo, models, review, world};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Keep the demonstration repository in this folder.
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
    /// Do not get models; use what is installed.
    #[arg(long)]
    no_pull: bool,
}

/// Gets the default models, makes the repository, imports its Sentry export,
/// reviews its last change and prints the findings with the time of each stage.
pub fn run(args: Args, context: &Context) -> Outcome {
    let mut out = context.output();
    if !args.no_pull {
        get_models(context)?;
    }
    let keeps = args.keep.is_some();
    let (folder, _temporary) = match args.keep {
        Some(folder) => (folder, None),
        None => {
            let temporary = tempfile::tempdir().context("could not make a temporary folder")?;
            (temporary.path().to_owned(), Some(temporary))
        }
    };
    let demo = demo::create(&folder)?;
    let context = context.at(&demo.folder)?;
    let repo = context.repo()?;
    let imported = {
        let store = context.store(&repo)?;
        crate::sentry::SentryCache::new(&store).import(std::slice::from_ref(&demo.export))?
    };
    writeln!(
        out,
        "Demonstration repository with {} and {}; reviewing {}\n",
        report::count(imported.issues, "Sentry issue"),
        report::count(imported.events, "event"),
        demo.range
    )?;
    out.flush()?;
    let selection = Selection::Range(demo.range.clone());
    let wish = world::Wish {
        selection: &selection,
        sentry: None,
        budget: None,
        reuse: false,
        progress: review::progress(true),
    };
    let mut found = world::review(&context, &repo, wish)?;
    // The report would name the review by an id that means nothing elsewhere.
    found.id.clear();
    let report = report::of(Format::Terminal, out.color(), true);
    out.write_all(&review::render(&repo, &found, report.as_ref())?)?;
    if keeps {
        let folder = demo.folder.display();
        writeln!(out, "\n`forewarn -C {folder} show last --trace` tells how it came about")?;
    } else {
        writeln!(out, "\n`forewarn try --keep DIR` keeps the repository and the review's trace")?;
    }
    out.flush()?;
    // The demonstration's bugs are there on purpose: finding them is success.
    Ok(Exit::Success)
}

/// Most memory in MB that the demonstration's model may need: one that is small
/// to download, whatever the machine could carry.
const MODEST: u64 = 1_500;

/// Installs a small language model and the default embedder unless there are
/// such already. What cannot be had is said, and the demonstration goes on
/// without it.
fn get_models(context: &Context) -> anyhow::Result<()> {
    let manifests = Manifests::load(&context.assets)?;
    let store = models::open(context);
    let mut bar = models::Bar::new();
    let setting = context.config.model.llm.as_str();
    let local = context.config.endpoint.url.is_empty();
    if local && setting == "auto" && model::choose_llm(&manifests, &store, setting)?.is_none() {
        let machine = Machine::detect();
        let pulled = model::pull_best_llm(&manifests, &store, &machine, Some(MODEST), &mut bar);
        if let Err(error) = pulled {
            bar.note(&format!("no language model could be had: {:#}", anyhow::Error::from(error)));
        }
    }
    let setting = context.config.model.embedder.as_str();
    if setting == "auto"
        && model::choose_embedder(&manifests, &store, setting)?.is_none()
        && let Some(embedder) = models::default_embedder(&manifests)
        && let Err(error) = store.pull(embedder, &mut bar)
    {
        bar.note(&format!("no embedder could be had: {:#}", anyhow::Error::from(error)));
    }
    Ok(())
}
