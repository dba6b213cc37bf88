//! `forewarn sentry search`: issues by words, error type, place, project and time.

use std::io::Write;

use crate::change::Repo;
use crate::cli::error::Advice;
use crate::cli::{Context, Exit, output};
use crate::plain;
use crate::sentry::{FrameMatch, Search, SentryCache, Window, describe};
use crate::store::Store;

use super::{tree, when};

/// Issues of a place that are looked through for the other conditions.
const AMONG: usize = 1000;

#[derive(Debug, clap::Args)]
#[command(
    after_help = "All that is given must hold; issues of any age are found, the last seen first. \
    Exit code 0: something was found; 1: nothing; 2: the search failed."
)]
pub struct Args {
    #[command(flatten)]
    data: super::Data,
    /// Words of the title, the message, the place or the error type.
    #[arg(value_name = "WORDS")]
    words: Vec<String>,
    /// Only issues of an error type, for example KeyError.
    #[arg(long, value_name = "TYPE")]
    error_type: Option<String>,
    /// Only issues whose newest stack trace passes a file, as it is called at HEAD.
    #[arg(long, value_name = "PATH")]
    path: Option<String>,
    /// Only issues whose newest stack trace passes a function.
    #[arg(long, value_name = "NAME")]
    function: Option<String>,
    /// Only issues of a project.
    #[arg(long, value_name = "SLUG")]
    project: Option<String>,
    /// Only issues seen since a day, or within a span before the newest data: 90d, 12w, 6m, 1y.
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// Most issues to show.
    #[arg(short = 'n', long, default_value = "20")]
    limit: std::num::NonZeroUsize,
    /// Write the issues as a JSON list; with `--path` each with its place.
    #[arg(long)]
    json: bool,
}

pub fn run(
    args: Args,
    context: &Context,
    repo: &Repo,
    store: &Store,
    out: &mut dyn Write,
) -> anyhow::Result<Exit> {
    let words = args.words.join(" ");
    let given = [&args.error_type, &args.path, &args.function, &args.project, &args.since];
    if words.trim().is_empty() && given.iter().all(|g| g.is_none()) {
        return Err(Advice {
            what: "there is nothing to search for".into(),
            help: "give words, or one of --error-type, --path, --function, --project, --since"
                .into(),
        }
        .into());
    }
    if !words.trim().is_empty() && !words.contains(char::is_alphanumeric) {
        return Err(Advice {
            what: format!("`{}` holds no word", plain::line(words.trim(), 60)),
            help: "give words of letters and digits; other characters are not searched".into(),
        }
        .into());
    }
    let frozen = args.data.open(context)?;
    let data = frozen.as_ref().unwrap_or(store);
    let projects = &context.config.sentry.projects;
    let cache = SentryCache::new(data).of(projects);
    let newest = cache.counts()?.1.unwrap_or_else(|| context.now());
    let mut search = Search {
        words,
        error_type: args.error_type,
        function: args.function,
        project: args.project,
        since: args.since.map(|text| when::parse(&text, newest)).transpose()?,
        among: None,
        // One more shows whether there are others.
        limit: args.limit.get().saturating_add(1),
    };
    let places = match &args.path {
        None => None,
        Some(path) => Some(place(context, repo, (store, data), path, &mut search)?),
    };
    let mut issues = cache.search(&search)?;
    let more = issues.len() > args.limit.get();
    issues.truncate(args.limit.get());
    if let Some(mut places) = places {
        places.retain(|p| issues.iter().any(|i| i.id == p.issue.id));
        if args.json {
            output::json(out, &places)?;
        } else {
            for found in &places {
                writeln!(out, "{}", row(found))?;
            }
        }
    } else if args.json {
        output::json(out, &issues)?;
    } else {
        for issue in &issues {
            writeln!(out, "{}", describe::line(issue))?;
        }
    }
    if issues.is_empty() && !args.json {
        writeln!(out, "No cached issue is like that.")?;
    }
    if !args.json {
        if more {
            writeln!(out, "The first {} of more; `-n` shows others.", issues.len())?;
        }
        if let Some(day) = cache.counts()?.1.and_then(describe::date) {
            writeln!(out, "newest data {day}")?;
        }
    }
    Ok(if issues.is_empty() { Exit::Findings } else { Exit::Success })
}

/// The issues of a place; the search is confined to them.
fn place(
    context: &Context,
    repo: &Repo,
    (store, data): (&Store, &Store),
    path: &str,
    search: &mut Search,
) -> anyhow::Result<Vec<FrameMatch>> {
    let path = path.replace('\\', "/");
    let path = path.trim_start_matches("./").trim_end_matches('/');
    let tree = tree::code(context, repo, (store, data))?;
    let cache = SentryCache::on(data, tree.as_ref()).of(&context.config.sentry.projects);
    // The function is looked for in that file, so not once more in all.
    let found = match search.function.take() {
        Some(name) => cache.by_function_within(path, &name, AMONG, Window::Ever)?,
        None => cache.by_path(path, AMONG)?,
    };
    search.among = Some(found.iter().map(|f| f.issue.id.clone()).collect());
    Ok(found)
}

fn row(found: &FrameMatch) -> String {
    let how = if found.crash { "crashed" } else { "passes" };
    let mut row = format!("{}; {how}", describe::line(&found.issue));
    match (found.line, found.frame.line) {
        (Some(line), _) => row.push_str(&format!(" at {}:{line}", plain::line(&found.path, 200))),
        (None, Some(line)) => row.push_str(&format!(" at what was line {line}")),
        (None, None) => {}
    }
    if let Some(former) = &found.former {
        row.push_str(&format!(", then {}", plain::line(former, 200)));
    }
    if !found.others.is_empty() {
        let others: Vec<String> = found.others.iter().map(|p| plain::line(p, 200)).collect();
        row.push_str(&format!(", or it is {}", others.join(" or ")));
    }
    row
}
