//! `forewarn sentry history`: what failed in production around a change.

use std::io::Write;
use std::sync::Arc;

use crate::change::{Repo, collect};
use crate::cli::index::progress;
use crate::cli::selected::Selected;
use crate::cli::{Context, Exit, Outcome, output};
use crate::history::{self, History};
use crate::index::Index;
use crate::lang::Languages;
use crate::sandbox;
use crate::sentry::SentryCache;
use crate::store::Store;

#[derive(Debug, clap::Args)]
#[command(after_help = "No model takes part. An issue stands once, at its closest to the change: \
    it crashed in a changed function, passed through one, crashed in a direct caller or callee, \
    or elsewhere in a changed file. Ages count from the newest data of the cache. The exit code \
    is 0, whether or not there are failures.")]
pub(super) struct Args {
    #[command(flatten)]
    data: super::Data,
    #[command(flatten)]
    selected: Selected,
    /// Most issues to show.
    #[arg(short = 'n', long, default_value = "20")]
    limit: std::num::NonZeroUsize,
    /// Write them as a JSON list.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(
    args: &Args,
    context: &Context,
    repo: &Repo,
    store: &Store,
    out: &mut impl Write,
) -> Outcome {
    sandbox::close_network()?;
    let selection = args.selected.selection();
    let change = collect(repo, &selection, context.config.review.max_file_bytes)?;
    let frozen = args.data.open(context)?;
    let data = frozen.as_ref().unwrap_or(store);
    let cache = SentryCache::new(data);
    let index = Index::new(store, Arc::new(Languages::load(&context.assets)?));
    let head = Arc::new(repo.snapshot(&change.head.tree)?);
    index.update(&head, None, &[], 0, &mut progress("reading"))?;
    let files: Vec<String> = change.files.iter().map(|f| f.path.clone()).collect();
    let view = Arc::new(index.view(head)?);
    let tree = history::tree(&cache, repo, &view, &change)?;
    let cache = SentryCache::on(data, tree.as_ref()).of(&context.config.sentry.projects);
    let history = History::of(&change, &files, &view, &cache)?;
    if args.json {
        output::json(out, &history.rows(args.limit.get()))?;
    } else {
        let entries = history.brief(args.limit.get(), &cache)?;
        if entries.is_empty() {
            let nothing = match (change.files.is_empty(), cache.is_empty()?) {
                (true, _) => "The change is empty.",
                (_, true) => {
                    "No Sentry issues are cached; `forewarn sentry import PATH` imports an export."
                }
                _ => "No cached issue failed in or around the changed code.",
            };
            writeln!(out, "{nothing}")?;
        }
        for entry in entries {
            writeln!(out, "{}", entry.text)?;
        }
    }
    Ok(Exit::Success)
}
