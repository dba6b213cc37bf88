//! `forewarn eval mine`.

use std::path::PathBuf;

use anyhow::Context as _;

use super::import::{Output, bar};
use crate::change::Repo;
use crate::cli::error::Advice;
use crate::cli::{Context, Outcome};
use crate::eval::Places;
use crate::eval::mine::{self, Step, Wishes};
use crate::lang::Languages;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The repository, with its whole history; bare ones too.
    #[arg(value_name = "REPO")]
    repository: PathBuf,
    /// How the dataset names the repository, in place of its path: a URL that is then
    /// looked for in the clones of whoever runs it.
    #[arg(long, value_name = "URL")]
    repository_url: Option<String>,
    /// Newest commit; what lives on is measured there.
    #[arg(long, value_name = "COMMIT", default_value = "HEAD")]
    tip: String,
    /// Cases of changes from this day on.
    #[arg(long, value_name = "DATE")]
    since: Option<String>,
    /// Cases of changes up to this day.
    #[arg(long, value_name = "DATE")]
    until: Option<String>,
    /// Cases with bugs, at most.
    #[arg(long, value_name = "N", default_value_t = 20)]
    max_bugs: usize,
    /// Safe cases, at most.
    #[arg(long, value_name = "N", default_value_t = 20)]
    max_safe: usize,
    /// An export of production data for all cases, cut at each one's date.
    #[arg(long, value_name = "FILE")]
    sentry: Option<PathBuf>,
    #[command(flatten)]
    output: Output,
}

/// The first bytes of a database, which an export is not.
const SQLITE: &[u8] = b"SQLite format 3\0";

pub fn run(args: &Args, context: &Context) -> Outcome {
    let folder = args.output.folder(context)?;
    let since = args.since.as_deref().map_or(Ok(0), |day| time("--since", day, false))?;
    let until = args.until.as_deref().map_or(Ok(i64::MAX), |day| time("--until", day, true))?;
    let path = context.folder.join(&args.repository);
    let path = std::fs::canonicalize(&path)
        .with_context(|| format!("could not read {}", path.display()))?;
    let repo = match path.join("objects").is_dir() && path.join("HEAD").is_file() {
        true => Repo::bare(path.clone()),
        false => Repo::discover(&path)?,
    };
    let sentry = args.sentry.as_ref().map(|file| context.folder.join(file));
    let export = match &sentry {
        None => None,
        Some(file) => Some(export(file, &folder)?),
    };
    let wishes = Wishes {
        repository: args.repository_url.clone().unwrap_or_else(|| path.display().to_string()),
        tip: args.tip.clone(),
        since,
        until,
        max_bugs: args.max_bugs,
        max_safe: args.max_safe,
        sentry: export,
    };
    let languages = Languages::load(&context.assets)?;
    let bar = bar();
    let read = mine::mine(&repo, &languages, &wishes, &|step| {
        if let Some(bar) = &bar {
            bar.set_message(match step {
                Step::History => "reading the history".to_owned(),
                Step::Bugs(found, seen) => format!("{found} bugs in {seen} fixes"),
                Step::Safe(found, seen) => format!("{found} safe ones in {seen} changes"),
            });
            bar.tick();
        }
    });
    bar.inspect(indicatif::ProgressBar::finish_and_clear);
    let description = format!("Mined from the history of {}.", wishes.repository);
    let head = args.output.head("Changes of one history, labelled by it", description);
    // The clone is here, by whatever name the dataset calls it.
    let clones = args.repository_url.as_ref().and_then(|_| path.parent().map(PathBuf::from));
    let places = Places { cache: super::folder(context), dataset: folder, clones };
    args.output.finish(context, read?, &path, &head, &places)
}

/// Start or end of a day of UTC, in seconds since the epoch.
fn time(flag: &str, day: &str, end: bool) -> anyhow::Result<i64> {
    let start = format!("{day}T00:00:00Z").parse::<jiff::Timestamp>().map_err(|_| Advice {
        what: format!("`{flag} {}` is no date", crate::plain::line(day, 40)),
        help: "write it like 2025-04-05".to_owned(),
    })?;
    let start = start.as_second();
    Ok(if end { start + 86_399 } else { start })
}

/// Copies an export into the dataset; returns its path from the cases.
fn export(file: &std::path::Path, folder: &std::path::Path) -> anyhow::Result<String> {
    let bytes =
        std::fs::read(file).with_context(|| format!("could not read {}", file.display()))?;
    if bytes.starts_with(SQLITE) {
        let what = format!("{} is a snapshot, which is not cut at a date", file.display());
        let help = "give the export that it was made of".to_owned();
        return Err(Advice { what, help }.into());
    }
    let name = file.file_name().map_or_else(|| "export".into(), |n| n.to_string_lossy());
    let target = folder.join("sentry").join(name.as_ref());
    std::fs::create_dir_all(folder.join("sentry"))
        .and_then(|()| std::fs::write(&target, bytes))
        .with_context(|| format!("could not write {}", target.display()))?;
    Ok(format!("../sentry/{name}"))
}
