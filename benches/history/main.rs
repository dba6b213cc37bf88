//! Counts what the history origin says of real changes that are taken for safe, with a
//! made-up production history in which every line of each changed function has
//! crashed with every error that it could raise: an upper bound for false findings.
//!
//! ```sh
//! cargo build --release --bench history
//! target/release/deps/history-* --changes 40 REPOSITORY...
//! ```
//!
//! Prints a JSON line for each finding, then a line for each repository with the number
//! of changes, of made-up failures and of findings, and one with findings per row.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use clap::Parser;
use forewarn::asset::Assets;
use forewarn::change::{Change, Repo, Selection, collect};
use forewarn::config::Config;
use forewarn::history::{History, Past, Relation};
use forewarn::index::{Index, Source, View};
use forewarn::lang::{Definition, Languages};
use forewarn::review::origin::{Scene, drafters};
use forewarn::sentry::{FrameMatch, Sample};
use forewarn::store::Store;
use regex::Regex;
use serde_json::json;

/// Names and lines of one function that failures are made up for.
const KEYS: usize = 60;
const LINES: usize = 150;

#[derive(Parser)]
#[command(about = "Counts false findings of the history origin; see the file's head")]
struct Cli {
    repositories: Vec<PathBuf>,
    /// Changes of each repository, the newest first.
    #[arg(long, default_value = "40")]
    changes: usize,
    /// Passed by `cargo bench`.
    #[arg(long, hide = true)]
    bench: bool,
}

/// A row of `errors.toml`, as far as a failure needs it.
struct Row {
    name: String,
    error: String,
    languages: Vec<String>,
    example: String,
    kind: String,
}

fn main() -> anyhow::Result<()> {
    let cli = Cli::parse();
    let languages = Arc::new(Languages::load(&Assets::builtin())?);
    let rows = rows()?;
    let mut all: BTreeMap<String, usize> = BTreeMap::new();
    for repository in &cli.repositories {
        let mut bench = Bench {
            repo: Repo::discover(repository)?,
            languages: languages.clone(),
            rows: &rows,
            failures: 0,
            found: BTreeMap::new(),
        };
        let mut changes = 0;
        for commit in safe(repository)? {
            if changes == cli.changes {
                break;
            }
            changes += usize::from(bench.look(&commit)?);
        }
        let findings: usize = bench.found.values().sum();
        let name = repository.display().to_string();
        println!(
            "{}",
            json!({ "repository": name, "changes": changes, "failures": bench.failures,
                "findings": findings })
        );
        bench.found.into_iter().for_each(|(row, n)| *all.entry(row).or_default() += n);
    }
    println!("{}", json!({ "findings_by_row": all }));
    Ok(())
}

fn rows() -> anyhow::Result<Vec<Row>> {
    let text = Assets::builtin().read("grammars/errors.toml")?.text;
    let table: serde_json::Value = toml::from_str(&text)?;
    let text =
        |row: &serde_json::Value, key: &str| row[key].as_str().unwrap_or_default().to_owned();
    let list = |row: &serde_json::Value, key: &str| -> Vec<String> {
        let values = row[key].as_array().into_iter().flatten();
        values.filter_map(|v| v.as_str().map(str::to_owned)).collect()
    };
    let rows = table["error"].as_array().into_iter().flatten();
    Ok(rows
        .map(|row| Row {
            name: text(row, "name"),
            error: list(row, "types").into_iter().next().unwrap_or_default(),
            languages: list(row, "languages"),
            example: text(row, "example"),
            kind: text(row, "kind"),
        })
        .collect())
}

/// Commits that change one to ten files by at most 400 lines and do not speak of
/// a fault. Whether they are safe nobody has said.
fn safe(repository: &Path) -> anyhow::Result<Vec<String>> {
    let log = Command::new("git")
        .arg("-C")
        .arg(repository)
        .args(["log", "--no-merges", "-n", "4000", "--format=@%H %s", "--shortstat"])
        .output()?;
    let faulty = Regex::new(r"(?i)\b(fix\w*|bug\w*|revert\w*|crash\w*|regress\w*|release|bump)\b")?;
    let numbers = Regex::new(r"\d+")?;
    let (mut commits, mut last) = (Vec::new(), None);
    for line in String::from_utf8_lossy(&log.stdout).lines() {
        if let Some(commit) = line.strip_prefix('@') {
            last = commit
                .split_once(' ')
                .filter(|(_, s)| !faulty.is_match(s))
                .map(|(id, _)| id.to_owned());
        } else if let Some(id) = last.take_if(|_| !line.trim().is_empty()) {
            let n: Vec<usize> =
                numbers.find_iter(line).filter_map(|m| m.as_str().parse().ok()).collect();
            let lines: usize = n.iter().skip(1).sum();
            if n.first().is_some_and(|files| *files <= 10) && (4..=400).contains(&lines) {
                commits.push(id);
            }
        }
    }
    Ok(commits)
}

struct Bench<'r> {
    repo: Repo,
    languages: Arc<Languages>,
    rows: &'r [Row],
    failures: usize,
    found: BTreeMap<String, usize>,
}

impl Bench<'_> {
    /// Runs the origin over a commit; false if no function of it has changed.
    fn look(&mut self, commit: &str) -> anyhow::Result<bool> {
        let change = collect(&self.repo, &Selection::Range(commit.to_owned()), 1_000_000)?;
        let base = self.repo.snapshot(&change.base.tree)?;
        let head = Arc::new(self.repo.snapshot(&change.head.tree)?);
        let folder = tempfile::tempdir()?;
        // Nothing is indexed: the origin asks the view for files only.
        let store = Store::open(&folder.path().join("f.db"))?;
        let view = Index::new(&store, self.languages.clone()).view(head)?;
        let files: Vec<String> = change.files.iter().map(|f| f.path.clone()).collect();
        let mut past = Vec::new();
        for path in &files {
            past.extend(self.past(&change, path, &base, &view)?);
        }
        if past.is_empty() {
            return Ok(false);
        }
        self.failures += past.len();
        let config = Config::builtin();
        let history = History { past, newest: None };
        let scene = Scene::new(&change, &files, (&base, &view), &history, &config)?;
        for drafter in drafters(&Assets::builtin()) {
            if drafter.name() != "production history" {
                continue;
            }
            for h in drafter.draft(&scene)? {
                let row = h
                    .evidence
                    .iter()
                    .find_map(|e| e.quote.split_once(" row "))
                    .map(|(_, row)| row.to_owned())
                    .unwrap_or_default();
                println!(
                    "{}",
                    json!({ "commit": commit, "row": row, "at": h.location.to_string(),
                        "title": h.title, "mechanism": h.mechanism })
                );
                *self.found.entry(row).or_default() += 1;
            }
        }
        Ok(true)
    }

    /// A failure for each row, name and line of each changed function of a file.
    fn past(
        &self,
        change: &Change,
        path: &str,
        base: &forewarn::change::Snapshot,
        view: &View,
    ) -> anyhow::Result<Vec<Past>> {
        let Some(file) = change.file(path) else { return Ok(Vec::new()) };
        let (Some(old), Some(new)) = (
            Source::read(&self.languages, base, file.base_path())?,
            Source::read(&self.languages, view.snapshot(), path)?,
        ) else {
            return Ok(Vec::new());
        };
        if self.languages.is_test_path(path) {
            return Ok(Vec::new());
        }
        let touched = file.touched_lines();
        let mut past = Vec::new();
        for function in &new.definitions {
            let changed = touched.range(function.start..=function.end).next().is_some();
            if !function.kind.is_callable() || !changed {
                continue;
            }
            let Some(was) = old.only(&function.qualified) else { continue };
            past.extend(self.crashes(path, &old, was));
        }
        Ok(past)
    }

    fn crashes(&self, path: &str, old: &Source<'_>, function: &Definition) -> Vec<Past> {
        let names = Regex::new(r#"["']([\w.-]+)["']|[.>:]\s*([A-Za-z_]\w*)|\[(\d+)\]"#)
            .expect("the pattern is fixed");
        let lines: Vec<&str> = (function.start..=function.end)
            .map(|n| old.line(n))
            .filter(|l| !l.trim().is_empty() && !old.language.is_comment(l))
            .take(LINES)
            .collect();
        let mut past = Vec::new();
        for row in self.rows.iter().filter(|r| r.languages.contains(&old.language.name)) {
            let mut made = BTreeSet::new();
            for line in &lines {
                let keys: Vec<String> = match row.example.contains("{key}") {
                    false => vec![String::new()],
                    true => names
                        .captures_iter(line)
                        .filter_map(|c| c.iter().skip(1).flatten().next())
                        .map(|m| m.as_str().to_owned())
                        .take(KEYS)
                        .collect(),
                };
                for key in keys {
                    if made.insert((key.clone(), line.trim())) {
                        past.push(failure(row, path, function, line, &key));
                    }
                }
            }
        }
        past
    }
}

fn failure(row: &Row, path: &str, function: &Definition, line: &str, key: &str) -> Past {
    let message = row.example.replace("{key}", key);
    let issue = json!({
        "id": "1", "short_id": null, "title": format!("{} row {}", row.kind, row.name),
        "error_type": row.error, "message": message, "culprit": null, "level": "error",
        "status": "unresolved", "count": 1, "users": 1, "first_seen": null, "last_seen": null,
        "permalink": null, "project": null, "platform": null, "summary": null,
    });
    let frame = json!({
        "filename": path, "function": function.name, "module": null, "line": 1, "in_app": true,
        "context": [[1, line]], "vars": [],
    });
    Past {
        relation: Relation::Crashed,
        path: path.to_owned(),
        symbol: Some(function.qualified.clone()),
        place: Some(function.qualified.clone()),
        either: Vec::new(),
        found: FrameMatch {
            issue: serde_json::from_value(issue).expect("all fields are there"),
            frame: serde_json::from_value(frame).expect("all fields are there"),
            raised: None,
            path: path.to_owned(),
            score: 155,
            crash: true,
            line: None,
            former: None,
            others: Vec::new(),
            moved: false,
        },
        sample: Sample::default(),
    }
}
