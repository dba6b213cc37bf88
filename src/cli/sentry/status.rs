//! `forewarn sentry status`: what the cache holds, and how much of it lies in the code.

use std::io::Write;

use crate::change::Repo;
use crate::cli::{Context, Exit, output};
use crate::plain;
use crate::report::count;
use crate::sentry::{Coverage, ProjectCoverage, SentryCache, describe};
use crate::store::Store;

use super::tree;

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    data: super::Data,
    /// Print as JSON.
    #[arg(long)]
    json: bool,
}

/// Past imports that are shown.
const IMPORTS: usize = 3;

pub fn run(
    args: &Args,
    context: &Context,
    repo: &Repo,
    store: &Store,
    out: &mut dyn Write,
) -> anyhow::Result<Exit> {
    let frozen = args.data.open(context)?;
    let store = frozen.as_ref().unwrap_or(store);
    let tree = tree::files(repo, store)?;
    let cache = SentryCache::on(store, tree.as_ref());
    let coverage = cache.coverage()?;
    if args.json {
        let mut value = serde_json::to_value(&coverage)?;
        value["imports"] = serde_json::to_value(cache.imports(IMPORTS)?)?;
        output::json(out, &value)?;
        return Ok(Exit::Success);
    }
    if coverage.issues == 0 {
        let next = "`forewarn sentry import PATH` imports an export";
        writeln!(out, "No Sentry issues are cached; {next}.")?;
        return Ok(Exit::Success);
    }
    write(out, &coverage)?;
    imports(context, &cache, out)?;
    Ok(Exit::Success)
}

fn write(out: &mut dyn Write, coverage: &Coverage) -> anyhow::Result<()> {
    let day = |time: Option<i64>| time.and_then(describe::date).unwrap_or_else(|| "?".to_owned());
    writeln!(
        out,
        "{} ({} with a stack trace's event), {}, {}; data from {} to {} (UTC).",
        count(coverage.issues as usize, "issue"),
        coverage.with_event,
        count(coverage.events as usize, "event"),
        count(coverage.mappings as usize, "code mapping"),
        day(coverage.first_seen),
        day(coverage.last_seen),
    )?;
    writeln!(
        out,
        "Events take {}; the database, with reviews and the code index, {}.",
        size(coverage.event_bytes),
        size(coverage.database_bytes)
    )?;
    for part in &coverage.projects {
        let name = match part.project.as_str() {
            "" => "(no project named)".to_owned(),
            name => plain::line(name, 60),
        };
        writeln!(
            out,
            "  {name}: {}, {}, {} to {}; {}",
            count(part.issues as usize, "issue"),
            count(part.events as usize, "event"),
            day(part.first_seen),
            day(part.last_seen),
            share(part),
        )?;
    }
    if coverage.counted < coverage.with_event {
        let counted = coverage.counted;
        writeln!(
            out,
            "Frames were counted in the newest events of the {counted} last seen issues."
        )?;
    }
    if coverage.projects.iter().any(|p| p.placed < p.frames) {
        writeln!(
            out,
            "What lies nowhere is of other repositories or other folders; `forewarn sentry \
             mappings derive` suggests code mappings."
        )?;
    }
    Ok(())
}

fn imports(context: &Context, cache: &SentryCache<'_>, out: &mut dyn Write) -> anyhow::Result<()> {
    for import in cache.imports(IMPORTS)? {
        let first = import.what.first().map(|path| plain::line(path, 100)).unwrap_or_default();
        let more = match import.what.len() {
            0 | 1 => String::new(),
            n => format!(" and {} more", n - 1),
        };
        let report = &import.report;
        let outcome = match import.finished {
            false => "; not finished, so import it again".to_owned(),
            true if report.problems.is_empty() => String::new(),
            true => format!("; {}", count(report.problems.len(), "problem")),
        };
        writeln!(
            out,
            "Imported {}: {first}{more} ({}, {}{outcome}).",
            context.local(import.time),
            count(report.issues, "issue"),
            count(report.events, "event"),
        )?;
    }
    Ok(())
}

/// How much of a project's code is in the tree.
fn share(part: &ProjectCoverage) -> String {
    if part.frames == 0 {
        return "no frame is marked as the application's".to_owned();
    }
    let percent = part.placed * 100 / part.frames;
    let (placed, frames) = (part.placed, part.frames);
    let mut text =
        format!("application frames in files of HEAD: {placed} of {frames} ({percent}%)");
    if part.ambiguous > 0 {
        text.push_str(&format!(", {} of them in one of several files", part.ambiguous));
    }
    text
}

/// A size as a person reads it.
pub fn size(bytes: u64) -> String {
    match bytes {
        0..1000 => format!("{bytes} bytes"),
        1000..1_000_000 => format!("{:.1} KB", bytes as f64 / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} MB", bytes as f64 / 1e6),
        _ => format!("{:.1} GB", bytes as f64 / 1e9),
    }
}
