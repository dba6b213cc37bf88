//! Times the index of one repository, in this process.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use forewarn::asset::Assets;
use forewarn::change::Repo;
use forewarn::config::Config;
use forewarn::index::{Index, Query, Scope, View};
use forewarn::lang::Languages;
use forewarn::store::Store;
use serde_json::json;

/// Look-ups of each kind; their median is shown.
const LOOKUPS: usize = 200;
/// References whose lines are fetched: what `forewarn search` shows.
const PAGE: usize = 20;

#[derive(clap::Args)]
pub struct Args {
    repository: PathBuf,
    /// An empty folder for the index.
    #[arg(long)]
    state: PathBuf,
    /// Tree to index first, and the one after it, which differs in one file.
    #[arg(long, default_value = "HEAD")]
    tree: String,
    #[arg(long)]
    edited: Option<String>,
    /// Regular expressions to time.
    #[arg(long)]
    pattern: Vec<String>,
}

pub fn run(args: &Args) -> anyhow::Result<()> {
    let languages = Arc::new(Languages::load(&Assets::builtin())?);
    let repo = Repo::discover(&args.repository)?;
    let store = Store::open(&args.state.join("forewarn.db"))?;
    let index = Index::new(&store, languages);
    let update = |tree: &str| -> anyhow::Result<(View, f64, usize)> {
        let start = Instant::now();
        let snapshot = Arc::new(repo.snapshot(tree)?);
        let report = index.update(&snapshot, None, &[], 0, &mut |_, _| {})?;
        let seconds = start.elapsed().as_secs_f64();
        Ok((index.view(snapshot)?, seconds, report.parsed))
    };
    let (view, first, parsed) = update(&args.tree)?;
    let (_, again, _) = update(&args.tree)?;
    let edited = args.edited.as_deref().map(&update).transpose()?.map(|(_, seconds, _)| seconds);
    let open = {
        let start = Instant::now();
        let snapshot = view.snapshot().clone();
        index.view(snapshot)?;
        milliseconds(start)
    };
    let names = names(&view)?;
    let each = |look: &dyn Fn(&str) -> anyhow::Result<()>| -> anyhow::Result<(f64, f64)> {
        let mut times = Vec::new();
        for name in &names {
            let start = Instant::now();
            look(name)?;
            times.push(milliseconds(start));
        }
        times.sort_by(f64::total_cmp);
        let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
        Ok((at(0.5), at(0.95)))
    };
    let symbols = each(&|name| Ok(view.symbols(name).map(drop)?))?;
    let references = each(&|name| {
        let found = &mut view.references(name, None)?[..];
        let page = found.len().min(PAGE);
        Ok(view.quote(&mut found[..page])?)
    })?;
    let settings = Config::builtin().search;
    let scope = Scope::default();
    let words = each(&|name| {
        let query =
            Query { text: &format!("find {name} of"), scope: &scope, near: None, limit: 20 };
        Ok(view.search(None, &query, &settings).map(drop)?)
    })?;
    let mut patterns = Vec::new();
    let time = |view: &View, pattern: &str| -> anyhow::Result<(f64, usize)> {
        let start = Instant::now();
        let hits = view.search_text(pattern, &scope, usize::MAX)?.len();
        Ok((milliseconds(start), hits))
    };
    // As at a commit of which the work tree holds nothing.
    let mut bare = repo.clone();
    bare.worktree = None;
    let bare = index.view(Arc::new(bare.snapshot(&args.tree)?))?;
    for pattern in &args.pattern {
        // Nothing known of the work tree; known to an earlier process; to this one;
        // nothing of use there.
        let mut best = [f64::INFINITY; 4];
        let mut hits = Vec::new();
        for _ in 0..3 {
            forget(&args.state)?;
            let unread = index.view(Arc::new(repo.snapshot(&args.tree)?))?;
            let first = time(&unread, pattern)?;
            let fresh = index.view(Arc::new(repo.snapshot(&args.tree)?))?;
            let times =
                [first, time(&fresh, pattern)?, time(&fresh, pattern)?, time(&bare, pattern)?];
            for (best, (time, found)) in best.iter_mut().zip(times) {
                *best = time.min(*best);
                hits.push(found);
            }
        }
        hits.dedup();
        anyhow::ensure!(hits.len() == 1, "different hits for `{pattern}`: {hits:?}");
        let [unread, first, again, git] = best;
        patterns.push(json!({
            "pattern": pattern, "hits": hits[0], "unread_ms": unread, "first_ms": first,
            "again_ms": again, "git_ms": git,
        }));
    }
    let sources: u64 = view.snapshot().entries().iter().map(|e| e.size).sum();
    let size: u64 = std::fs::read_dir(&args.state)?
        .map(|e| Ok(e?.metadata()?.len()))
        .sum::<std::io::Result<u64>>()?;
    println!(
        "{}",
        json!({
            "files": view.snapshot().entries().len(), "parsed": parsed,
            "sources_mb": sources as f64 / 1e6, "index_mb": size as f64 / 1e6,
            "first_s": first, "unchanged_ms": again * 1e3,
            "edited_ms": edited.map(|s| s * 1e3), "open_ms": open,
            // Median, and what 95 of 100 stay below.
            "symbols_ms": symbols, "references_ms": references, "words_ms": words,
            "patterns": patterns, "peak_mb": peak(),
        })
    );
    Ok(())
}

/// Removes what is known of work trees.
fn forget(state: &Path) -> anyhow::Result<()> {
    for file in std::fs::read_dir(state)? {
        let path = file?.path();
        if path.extension().is_some_and(|extension| extension == "marks") {
            std::fs::remove_file(path)?;
        }
    }
    Ok(())
}

fn milliseconds(start: Instant) -> f64 {
    start.elapsed().as_secs_f64() * 1e3
}

/// Names of the tree's symbols, spread over its files.
fn names(view: &View) -> anyhow::Result<Vec<String>> {
    let entries = view.snapshot().entries();
    let mut names = Vec::new();
    for entry in entries.iter().step_by((entries.len() / (4 * LOOKUPS)).max(1)) {
        let symbols = view.outline(&entry.path)?;
        names.extend(symbols.get(symbols.len() / 2).map(|s| s.name.clone()));
    }
    names.truncate(LOOKUPS);
    anyhow::ensure!(!names.is_empty(), "the repository has no symbols");
    Ok(names)
}

/// The most memory this process held, in MB; 0 where the system does not say.
fn peak() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|l| l.trim().trim_end_matches(" kB").trim().parse::<f64>().ok());
    kilobytes.unwrap_or_default() / 1e3
}
