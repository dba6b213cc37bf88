//! `forewarn risk`: how likely a change and its files need a fix later.

use std::io::Write;
use std::sync::Arc;

use super::selected::Selected;
use super::{Context, Exit, Outcome, index::progress, output};
use crate::change::collect;
use crate::history;
use crate::index::Index;
use crate::lang::Languages;
use crate::risk::{self, FileRisk, Kinds, Risk};
use crate::sandbox;
use crate::sentry::SentryCache;

/// Characters of a path, and of a commit's id.
const PATH: usize = 300;
const ID: usize = 10;

#[derive(Debug, clap::Args)]
#[command(after_help = "No model of language takes part. A score from 0 to 1 says how likely a \
    later fix removes lines of the change. It is learned from the fixes in this repository's own \
    history, in seconds, when the history has grown; a young repository relies on what holds of \
    others. The exit code is 0, whatever the risk.")]
pub struct Args {
    #[command(flatten)]
    selected: Selected,
    /// Write all as JSON.
    #[arg(long)]
    json: bool,
    /// Learn from the history again, even if it has not grown.
    #[arg(long)]
    fresh: bool,
}

pub fn run(args: Args, context: &Context) -> Outcome {
    sandbox::close_network()?;
    let repo = context.repo()?;
    let config = &context.config;
    let change = collect(&repo, &args.selected.selection(), config.review.max_file_bytes)?;
    let store = context.store(&repo)?;
    let languages = Arc::new(Languages::load(&context.assets)?);
    let base = change.base.commit.as_deref();
    let learned = risk::learned(&repo, &store, base, &languages, config, args.fresh)?;
    let kinds = Kinds::new(&languages, &config.review)?;
    let mut around = risk::Surroundings {
        repo: &repo,
        kinds: &kinds,
        max_commits: config.risk.max_commits,
        crashes: None,
    };
    let cache = SentryCache::new(&store);
    let risk = if cache.is_empty()? {
        risk::assess(&change, &learned, &around)?
    } else {
        let index = Index::new(&store, languages.clone());
        let head = Arc::new(repo.snapshot(&change.head.tree)?);
        index.update(&head, None, &[], 0, &mut progress("reading"))?;
        let view = Arc::new(index.view(head)?);
        let tree = history::tree(&cache, &repo, &view, &change)?;
        let cache = SentryCache::on(&store, tree.as_ref());
        around.crashes = Some((&view, &cache));
        risk::assess(&change, &learned, &around)?
    };
    let mut out = context.output();
    match args.json {
        true => output::json(&mut out, &risk)?,
        false => print(&mut out, &risk)?,
    }
    out.flush()?;
    Ok(Exit::Success)
}

fn print(out: &mut impl Write, risk: &Risk) -> anyhow::Result<()> {
    if risk.files.is_empty() {
        writeln!(out, "The change is empty.")?;
        return Ok(());
    }
    let line = |score: f64, name: &str, reasons: &[String]| {
        let why =
            if reasons.is_empty() { String::new() } else { format!(": {}", reasons.join(", ")) };
        format!("{score:.3} {name}{why}")
    };
    writeln!(out, "{}", line(risk.score, "the change", &risk.reasons))?;
    for FileRisk { path, score, reasons } in &risk.files {
        writeln!(out, "{}", line(*score, &crate::plain::line(path, PATH), reasons))?;
    }
    match &risk.learned_to {
        Some(commit) => {
            let id = &commit[..commit.len().min(ID)];
            writeln!(out, "learned from {} changes up to {id}", risk.learned_from)?;
        }
        None => writeln!(
            out,
            "nothing learned here: scores are by what holds of repositories in general"
        )?,
    }
    for note in &risk.notes {
        writeln!(out, "note: {note}")?;
    }
    Ok(())
}
