//! `forewarn sentry`: the local cache of exported issues.

use std::collections::BTreeMap;
use std::io::Write;

use clap::Subcommand;

#[cfg(feature = "export")]
mod export;
mod import;
mod snapshot;

use super::error::Advice;
use super::{Context, Exit, Outcome};
use crate::plain;
use crate::report::count;
use crate::sentry::{SentryCache, SentryError, describe, kind_name};

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
    /// Show how many issues are cached and how recent they are.
    Status,
    /// Search issues by words of their title or message.
    Search {
        #[arg(required = true, value_name = "WORDS")]
        words: Vec<String>,
        /// Most issues to show.
        #[arg(short = 'n', long, default_value = "20")]
        limit: std::num::NonZeroUsize,
    },
    /// Show an issue with its newest stack trace.
    Show {
        /// Its id or short id, for example SHOP-1A.
        id: String,
    },
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
        Action::Status => {
            let (issues, newest) = cache.counts()?;
            match newest.and_then(describe::date) {
                _ if issues == 0 => {
                    let next = "`forewarn sentry import PATH` imports an export";
                    writeln!(out, "No Sentry issues are cached; {next}.")?;
                }
                Some(day) => {
                    writeln!(out, "{}, the newest data of {day} (UTC).", count(issues, "issue"))?;
                }
                None => writeln!(out, "{}.", count(issues, "issue"))?,
            }
            Exit::Success
        }
        Action::Search { words, limit } => {
            let words = words.join(" ");
            let found = cache.by_keywords(&words, limit.get())?;
            if found.is_empty() {
                writeln!(out, "No cached issue has the words `{}`.", plain::line(&words, 200))?;
            }
            for issue in &found {
                writeln!(out, "{}", describe::line(issue))?;
            }
            Exit::Success
        }
        #[cfg(feature = "export")]
        Action::Export(args) => export::run(&args, context)?,
        Action::Snapshot(args) => snapshot::run(&args, &cache, context, &mut out)?,
        Action::Show { id } => {
            let issue = match cache.issue(&id) {
                Err(error @ SentryError::NotFound(_)) => return Err(unknown(&cache, &id, error)?),
                other => other?,
            };
            let event = cache.latest_event(&issue.id)?;
            for part in describe::details(&issue, event.as_ref()) {
                writeln!(out, "{part}")?;
            }
            if let Some(link) = &issue.permalink {
                writeln!(out, "{link}")?;
            }
            Exit::Success
        }
    };
    out.flush()?;
    Ok(exit)
}

/// Reads a time of the command line as seconds since the epoch. Without a zone it
/// is UTC's, without an hour the day's beginning.
fn time(text: &str) -> Result<i64, String> {
    crate::sentry::parse_time(text).ok_or_else(|| {
        "write it like 2026-03-01, 2026-03-01T12:00:00Z, or in seconds since the epoch".to_owned()
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
