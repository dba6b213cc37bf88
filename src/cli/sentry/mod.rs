//! `forewarn sentry`: the local cache of exported issues.

use std::io::Write;
use std::path::PathBuf;

use clap::Subcommand;

mod history;

use super::error::Advice;
use super::{Context, Exit, Outcome};
use crate::plain;
use crate::report::count;
use crate::sentry::{ImportReport, SentryCache, SentryError, describe};

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Import exported issues and events: JSON, NDJSON, `.gz`, `.zst`, folders.
    ///
    /// Secrets and personal data are removed before anything is written.
    /// Importing the same files again changes nothing; of a file that was cut
    /// off nothing is taken.
    Import {
        #[arg(required = true, value_name = "PATH")]
        paths: Vec<PathBuf>,
    },
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
    /// Show what failed in production around a change: in changed functions, their
    /// callers and callees, and the changed files.
    History(history::Args),
    /// Show an issue with its newest stack trace.
    Show {
        /// Its id or short id, for example SHOP-1A.
        id: String,
    },
}

pub fn run(args: Args, context: &Context) -> Outcome {
    let repo = context.repo()?;
    let store = context.store(&repo)?;
    let cache = SentryCache::new(&store);
    let mut out = context.output();
    let exit = match args.action {
        Action::History(args) => history::run(&args, context, &repo, &store, &mut out)?,
        Action::Import { paths } => {
            let paths: Vec<PathBuf> = paths.into_iter().map(|p| context.folder.join(p)).collect();
            let report = cache.import(&paths)?;
            imported(&mut out, &report)?
        }
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

/// Prints what an import did; records that could not be read make it a failure,
/// though the other records and files are kept.
fn imported(out: &mut dyn Write, report: &ImportReport) -> anyhow::Result<Exit> {
    for note in &report.notes {
        writeln!(out, "left out: {}", plain::line(note, 500))?;
    }
    for problem in &report.problems {
        writeln!(out, "not imported: {}", plain::line(problem, 500))?;
    }
    writeln!(
        out,
        "Imported {} and {} from {}; {} unchanged.",
        count(report.issues, "issue"),
        count(report.events, "event"),
        count(report.files, "file"),
        report.unchanged,
    )?;
    let removed: usize = report.scrubbed.values().sum();
    if removed > 0 {
        let mut kinds: Vec<_> = report.scrubbed.iter().collect();
        kinds.sort_by_key(|(kind, n)| (std::cmp::Reverse(**n), kind.as_str()));
        let kinds: Vec<String> =
            kinds.into_iter().take(8).map(|(kind, n)| format!("{kind} {n}")).collect();
        writeln!(out, "Removed {} ({}).", count(removed, "value"), kinds.join(", "))?;
    }
    if report.problems.is_empty() {
        return Ok(Exit::Success);
    }
    writeln!(out, "What was not imported is named above; export it again and import it anew.")?;
    Ok(Exit::Failure)
}
