//! `forewarn sentry`: the local cache of exported issues.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Subcommand;

use super::{Context, Exit, Outcome};
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
    /// Importing the same files again changes nothing.
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
        #[arg(short = 'n', long, default_value_t = 20)]
        limit: usize,
    },
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
    match args.action {
        Action::Import { paths } => {
            let paths: Vec<PathBuf> = paths.into_iter().map(|p| context.folder.join(p)).collect();
            let report = cache.import(&paths).map_err(explain)?;
            Ok(imported(&report))
        }
        Action::Status => {
            let (issues, newest) = cache.counts()?;
            match newest.and_then(describe::date) {
                _ if issues == 0 => anstream::println!(
                    "No Sentry issues are cached; `forewarn sentry import PATH` imports an export."
                ),
                Some(day) => {
                    anstream::println!("{issues} issues, the newest data of {day} (UTC).");
                }
                None => anstream::println!("{issues} issues."),
            }
            Ok(Exit::Success)
        }
        Action::Search { words, limit } => {
            let words = words.join(" ");
            let found = cache.by_keywords(&words, limit)?;
            if found.is_empty() {
                anstream::println!("No cached issue has the words `{words}`.");
            }
            for issue in &found {
                anstream::println!("{}", describe::line(issue));
            }
            Ok(Exit::Success)
        }
        Action::Show { id } => {
            let issue = match cache.issue(&id) {
                Err(error @ SentryError::NotFound(_)) => {
                    let near: Vec<String> = cache
                        .near(&id, 5)?
                        .into_iter()
                        .map(|i| i.short_id.unwrap_or(i.id))
                        .collect();
                    let hint = match near.is_empty() {
                        true => "the cache is empty; import an export first".to_owned(),
                        false => format!("there are {}", near.join(", ")),
                    };
                    return Err(error).context(hint);
                }
                other => other?,
            };
            let event = cache.latest_event(&issue.id)?;
            for part in describe::details(&issue, event.as_ref()) {
                anstream::println!("{part}");
            }
            if let Some(link) = &issue.permalink {
                anstream::println!("{link}");
            }
            Ok(Exit::Success)
        }
    }
}

/// Adds what to do next.
fn explain(error: SentryError) -> anyhow::Error {
    let hint = match &error {
        SentryError::Nothing(_) => Some(
            "export issues or events as JSON, for example with `sentry issue list --json` or \
             from the web API; nothing was changed",
        ),
        SentryError::Io { .. } => Some("check the path; nothing was changed"),
        _ => None,
    };
    match hint {
        Some(hint) => anyhow::Error::new(error).context(hint),
        None => error.into(),
    }
}

/// Prints what an import did; records that could not be read make it a failure,
/// though what could be read is kept.
fn imported(report: &ImportReport) -> Exit {
    for note in &report.notes {
        anstream::eprintln!("skipped {note}");
    }
    for problem in &report.problems {
        anstream::eprintln!("not imported: {problem}");
    }
    let count = |n: usize, what: &str| format!("{n} {what}{}", if n == 1 { "" } else { "s" });
    anstream::println!(
        "Imported {} and {} from {}; {} unchanged.",
        count(report.issues, "issue"),
        count(report.events, "event"),
        count(report.files, "file"),
        report.unchanged,
    );
    let removed: usize = report.scrubbed.values().sum();
    if removed > 0 {
        let mut kinds: Vec<_> = report.scrubbed.iter().collect();
        kinds.sort_by_key(|(kind, n)| (std::cmp::Reverse(**n), kind.as_str()));
        let kinds: Vec<String> =
            kinds.into_iter().take(8).map(|(kind, n)| format!("{kind} {n}")).collect();
        anstream::println!("Removed {} ({}).", count(removed, "value"), kinds.join(", "));
    }
    if report.problems.is_empty() { Exit::Success } else { Exit::Failure }
}
