//! `forewarn sentry`: the local cache of exported issues.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;

use clap::Subcommand;
use jiff::Timestamp;
use jiff::civil::DateTime;

#[cfg(feature = "export")]
mod export;
mod history;
mod import;
mod mappings;
mod prune;
mod search;
mod show;
mod snapshot;
mod status;
mod tree;
mod when;

use super::error::Advice;
use super::{Context, Outcome, world};
use crate::sentry::{SentryCache, SentryError, kind_name};
use crate::store::Store;

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
    /// Show what failed in production around a change: in changed functions, their
    /// callers and callees, and the changed files.
    History(history::Args),
    /// Remove old or unwanted issues and events.
    Prune(prune::Args),
    /// Say where the files of the running program lie in the repository.
    Mappings(mappings::Args),
    /// Fetch issues and events from a Sentry or GlitchTip server into a bundle.
    ///
    /// The one part of `sentry` that uses the network, for a machine that has one.
    /// The token is read from FOREWARN_SENTRY_TOKEN, SENTRY_AUTH_TOKEN or standard
    /// input; it needs the scopes org:read, project:read and event:read. All is
    /// scrubbed before it is written. An export that was interrupted goes on when
    /// the same command is given again.
    #[cfg(feature = "export")]
    Export(export::Args),
    /// Freeze the cache into a file, as it is or as it was at some time.
    ///
    /// With `--until` nothing in the file is newer, which makes it fit for judging
    /// reviews of old changes. `forewarn review --sentry FILE` reads it.
    Snapshot(snapshot::Args),
}

/// Where a command reads the production history.
#[derive(Debug, clap::Args)]
struct Data {
    /// Read it from a snapshot in place of the cache; the setting `sentry.snapshot` names
    /// one for all commands.
    #[arg(long, value_name = "FILE")]
    sentry: Option<PathBuf>,
}

impl Data {
    /// The snapshot that is named, here or in the settings; its time is told on standard
    /// error.
    fn open(&self, context: &Context) -> anyhow::Result<Option<Store>> {
        let snapshot = world::snapshot(context, self.sentry.as_deref())?;
        Ok(snapshot.map(|(store, note)| {
            eprintln!("note: {note}");
            store
        }))
    }
}

pub fn run(args: Args, context: &Context) -> Outcome {
    // Needs no repository: it runs where the network is.
    #[cfg(feature = "export")]
    if let Action::Export(args) = &args.action {
        return export::run(args, context);
    }
    let repo = context.repo()?;
    let store = context.store(&repo)?;
    let cache = SentryCache::new(&store);
    let mut out = context.output();
    let exit = match args.action {
        Action::Import(args) => import::run(args, context, &cache, &mut out)?,
        Action::Status(args) => status::run(&args, context, &repo, &store, &mut out)?,
        Action::Search(args) => search::run(args, context, &repo, &store, &mut out)?,
        Action::Show(args) => show::run(&args, context, &repo, &store, &mut out)?,
        Action::History(args) => history::run(&args, context, &repo, &store, &mut out)?,
        Action::Prune(args) => prune::run(&args, context, &cache, &mut out)?,
        Action::Mappings(args) => mappings::run(args, &repo, &store, &mut out)?,
        #[cfg(feature = "export")]
        Action::Export(args) => export::run(&args, context)?,
        Action::Snapshot(args) => snapshot::run(&args, &cache, context, &mut out)?,
    };
    out.flush()?;
    Ok(exit)
}

/// Reads a time of the command line as seconds since the epoch. Without a zone it
/// is UTC's, without an hour the day's beginning.
fn time(text: &str) -> Result<i64, String> {
    crate::sentry::parse_time(text).ok_or_else(|| match text.trim().parse::<DateTime>() {
        // The last days are no times, for in some zone they are over.
        Ok(_) => format!("it is too far away; give a day up to {}", Timestamp::MAX.strftime("%F")),
        Err(_) => "write it like 2026-03-01, 2026-03-01T12:00:00Z, or in seconds since the epoch"
            .to_owned(),
    })
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

/// Says how many values the scrubber removed, by kind.
fn removed(out: &mut dyn Write, scrubbed: &BTreeMap<String, usize>) -> std::io::Result<()> {
    if scrubbed.is_empty() {
        return Ok(());
    }
    let mut kinds: Vec<_> = scrubbed.iter().collect();
    kinds.sort_by_key(|(kind, n)| (std::cmp::Reverse(**n), kind.as_str()));
    let kinds: Vec<String> =
        kinds.into_iter().map(|(kind, n)| format!("{n} {}", kind_name(kind))).collect();
    writeln!(out, "Removed before writing: {}.", kinds.join(", "))
}
