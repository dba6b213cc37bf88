//! `forewarn sentry`: the local cache of exported issues.

mod import;
mod mappings;
mod prune;
mod search;
mod show;
mod status;
mod tree;
mod when;

use std::io::Write;

use clap::Subcommand;

use super::error::Advice;
use super::{Context, Outcome};
use crate::sentry::{SentryCache, SentryError};

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Import exported issues and events: JSON of any of Sentry's tools, envelopes,
    /// tables; files, folders, `.gz`, `.zst`, zip and tar archives.
    ///
    /// Secrets and personal data are removed before anything is written.
    /// Importing the same files again changes nothing; of a file that was cut
    /// off nothing is taken.
    Import(import::Args),
    /// Show what is cached: sizes, dates, projects, and how many frames lie in the code.
    Status(status::Args),
    /// Search issues by words, error type, place, project and time.
    Search(search::Args),
    /// Show an issue with its newest stack trace.
    Show(show::Args),
    /// Remove old or unwanted issues and events.
    Prune(prune::Args),
    /// Say where the files of the running program lie in the repository.
    Mappings(mappings::Args),
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let repo = context.repo()?;
    let store = context.store(&repo)?;
    let cache = SentryCache::new(&store);
    let mut out = context.output();
    let exit = match args.action {
        Action::Import(args) => import::run(args, context, &cache, &mut out)?,
        Action::Status(args) => status::run(&args, context, &repo, &store, &mut out)?,
        Action::Search(args) => search::run(args, context, &repo, &store, &mut out)?,
        Action::Show(args) => show::run(&args, &repo, &store, &mut out)?,
        Action::Prune(args) => prune::run(&args, context, &cache, &mut out)?,
        Action::Mappings(args) => mappings::run(args, &repo, &store, &mut out)?,
    };
    out.flush()?;
    Ok(exit)
}

/// The error of an id that does not exist, with ids that do.
fn unknown(
    cache: &SentryCache<'_>,
    id: &str,
    error: SentryError,
) -> Result<anyhow::Error, SentryError> {
    let near = cache.near(id, 5)?;
    let near: Vec<String> = near.into_iter().map(|i| i.short_id.unwrap_or(i.id)).collect();
    let help = if near.is_empty() {
        "nothing is cached yet; `forewarn sentry import PATH` imports an export".to_owned()
    } else {
        format!("there are {}; `forewarn sentry search WORDS` finds others", near.join(", "))
    };
    Ok(Advice { what: error.to_string(), help }.into())
}
