//! Imports the export and times the searches that agents make.

use std::path::PathBuf;
use std::time::Instant;

use forewarn::sentry::{Event, ImportReport, SentryCache, Tree, Window, describe};
use forewarn::store::Store;
use serde_json::{Value, json};

use crate::generate::{ERRORS, NOUNS, Random, Source};

#[derive(clap::Args)]
pub struct Args {
    /// Folder with the export.
    folder: PathBuf,
    /// The database that is made; one that is there is replaced.
    #[arg(long)]
    database: PathBuf,
    /// Queries of each search.
    #[arg(long, default_value = "200")]
    queries: u64,
}

pub fn run(args: &Args) -> anyhow::Result<()> {
    for end in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{end}", args.database.display()));
    }
    let store = Store::open(&args.database)?;
    let cache = SentryCache::new(&store);
    let paths = ["issues.ndjson", "events.ndjson"].map(|name| args.folder.join(name));
    let import = |path: &PathBuf| -> anyhow::Result<(ImportReport, f64, f64)> {
        let (start, cpu_start) = (Instant::now(), cpu()?);
        let report = cache.import(std::slice::from_ref(path))?;
        Ok((report, start.elapsed().as_secs_f64(), cpu()? - cpu_start))
    };
    let (issues, issue_seconds, _) = import(&paths[0])?;
    let (events, seconds, cpu_seconds) = import(&paths[1])?;
    let peak = peak()?;
    let start = Instant::now();
    let again = cache.import(&paths)?;
    let again_seconds = start.elapsed().as_secs_f64();
    anyhow::ensure!(again.issues + again.events == 0, "a second import changed something");
    let searches = searches(&store, args.queries, issues.issues as u64)?;
    let (kept_issues, kept_events) = kept(&store)?;
    drop(store);
    let bytes = std::fs::metadata(&args.database)?.len();
    let export: u64 = paths
        .iter()
        .map(|path| Ok(std::fs::metadata(path)?.len()))
        .sum::<std::io::Result<u64>>()?;
    let result = json!({
        "issues": issues.issues,
        "events": events.events,
        "issue_seconds": issue_seconds,
        "export_bytes": export,
        "seconds": seconds,
        "cpu_seconds": cpu_seconds,
        "events_per_second": events.events as f64 / seconds,
        "seconds_again": again_seconds,
        "peak_bytes": peak,
        "database_bytes": bytes,
        "kept_issue_bytes": kept_issues,
        "kept_event_bytes": kept_events,
        "database_to_kept": bytes as f64 / (kept_issues + kept_events) as f64,
        "searches_ms": searches,
    });
    println!("{}", serde_json::to_string_pretty(&result)?);
    Ok(())
}

/// Seconds of processor time of this process so far.
fn cpu() -> anyhow::Result<f64> {
    let text = std::fs::read_to_string("/proc/self/schedstat")?;
    let spent = text.split_whitespace().next().and_then(|n| n.parse::<f64>().ok());
    Ok(spent.ok_or_else(|| anyhow::anyhow!("/proc/self/schedstat is empty"))? / 1e9)
}

/// Most memory that this process held, in bytes.
fn peak() -> anyhow::Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"));
    let kb = line.and_then(|l| l.split_whitespace().next()?.parse::<u64>().ok());
    Ok(kb.ok_or_else(|| anyhow::anyhow!("/proc/self/status has no VmHWM"))? * 1024)
}

/// Bytes of the issues and events that are kept, as compact JSON.
fn kept(store: &Store) -> anyhow::Result<(u64, u64)> {
    let cache = SentryCache::new(store);
    let db = store.connect()?;
    let ids = |sql: &str| -> anyhow::Result<Vec<String>> {
        let mut statement = db.prepare(sql)?;
        let rows = statement.query_map([], |r| r.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    };
    let mut issues = 0;
    for id in ids("SELECT id FROM sentry_issue")? {
        issues += serde_json::to_vec(&cache.issue(&id)?)?.len() as u64;
    }
    let mut events = 0;
    for id in ids("SELECT id FROM sentry_event")? {
        let event: Option<Event> = cache.event(&id)?;
        events += serde_json::to_vec(&event)?.len() as u64;
    }
    Ok((issues, events))
}

fn searches(store: &Store, queries: u64, issues: u64) -> anyhow::Result<Value> {
    let cache = SentryCache::new(store);
    let mut random = Random::of(42);
    let mut found = 0;
    let mut time = |name: &str, each: &mut dyn FnMut(&mut Random) -> anyhow::Result<usize>| {
        let mut times = Vec::new();
        for _ in 0..queries {
            let start = Instant::now();
            found += each(&mut random)?;
            times.push(start.elapsed().as_secs_f64() * 1000.0);
        }
        times.sort_by(f64::total_cmp);
        let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
        anyhow::Ok((name.to_owned(), json!({"median": at(0.5), "p95": at(0.95), "most": at(1.0)})))
    };
    let word = |random: &mut Random| NOUNS[random.below(NOUNS.len() as u64) as usize];
    let files = (0..4000).map(|n| format!("src/{}", Source::of(n).path)).collect();
    let tree = Tree::of(files, &[]);
    let placed = SentryCache::on(store, Some(&tree));
    let rows = [
        time("keywords", &mut |random| {
            let query = format!("{} {}", word(random), word(random));
            Ok(cache.by_keywords(&query, 10)?.len())
        })?,
        time("error type", &mut |random| {
            let error = ERRORS[random.below(ERRORS.len() as u64) as usize];
            Ok(cache.by_error_type(error, 10)?.len())
        })?,
        time("function", &mut |random| {
            let source = Source::of(random.below(4000));
            let function = source.function(random.below(12));
            let path = format!("src/{}", source.path);
            Ok(cache.by_function_within(&path, &function, 5, Window::Ever)?.len())
        })?,
        time("file", &mut |random| {
            let source = Source::of(random.below(4000));
            Ok(cache.by_path(&format!("src/{}", source.path), 5)?.len())
        })?,
        time("function of a tree", &mut |random| {
            let source = Source::of(random.below(4000));
            let function = source.function(random.below(12));
            let path = format!("src/{}", source.path);
            Ok(placed.by_function_within(&path, &function, 5, Window::Ever)?.len())
        })?,
        time("file of a tree", &mut |random| {
            let source = Source::of(random.below(4000));
            Ok(placed.by_path(&format!("src/{}", source.path), 5)?.len())
        })?,
        time("details", &mut |random| {
            let id = (4_500_000_000 + random.below(issues)).to_string();
            let issue = cache.issue(&id)?;
            let event = cache.latest_event(&id)?;
            Ok(describe::details(&issue, event.as_ref()).len())
        })?,
    ];
    anyhow::ensure!(found > 0, "no search found anything");
    Ok(rows.into_iter().collect::<serde_json::Map<_, _>>().into())
}
