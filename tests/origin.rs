//! Hypotheses without a model. The cases lie in `fixtures/origin/`: each opens
//! with `=== name`, says what is expected, and holds the files of both sides.
//!
//! ```text
//! === name
//! expect ORIGIN KIND PATH WORDS     (or `expect nothing`)
//! row NAME                          (of `errors.toml`; see `history.rs`)
//! --- both PATH                     (`base`, `head` or `both`, then its text)
//! --- issue TYPE | MESSAGE | PATH | FUNCTION | CRASHED LINE
//! ```

use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use forewarn::asset::Assets;
use forewarn::change::{Repo, Selection, collect};
use forewarn::config::Config;
use forewarn::finding::{Hypothesis, Source};
use forewarn::history::History;
use forewarn::index::Index;
use forewarn::lang::Languages;
use forewarn::review::origin::{Scene, drafters, merge};
use forewarn::sentry::SentryCache;
use forewarn::store::Store;

use crate::common::{TestRepo, git_in};

static LANGUAGES: LazyLock<Arc<Languages>> =
    LazyLock::new(|| Arc::new(Languages::load(&Assets::builtin()).unwrap()));

#[derive(Debug, Default)]
pub struct Case {
    pub name: String,
    pub expect: Vec<String>,
    /// Side, path and text.
    pub files: Vec<(String, String, String)>,
    pub issues: Vec<[String; 5]>,
    pub row: String,
}

pub fn cases(text: &str) -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("=== ") {
            cases.push(Case { name: name.to_owned(), ..Case::default() });
            continue;
        }
        let Some(case) = cases.last_mut() else { continue };
        if let Some(expect) = line.strip_prefix("expect ") {
            case.expect.push(expect.to_owned());
        } else if let Some(row) = line.strip_prefix("row ").filter(|_| case.files.is_empty()) {
            case.row = row.to_owned();
        } else if let Some(issue) = line.strip_prefix("--- issue ") {
            let parts: Vec<String> = issue.split(" | ").map(|p| p.trim().to_owned()).collect();
            case.issues.push(parts.try_into().expect("five parts of an issue"));
        } else if let Some((side, path)) = line.strip_prefix("--- ").and_then(|l| l.split_once(' '))
        {
            case.files.push((side.to_owned(), path.to_owned(), String::new()));
        } else if let Some((.., text)) = case.files.last_mut() {
            text.push_str(line);
            text.push('\n');
        }
    }
    cases
}

/// An export with one issue and its event.
///
/// Of several frames, path, function and line hold one each, with ` >> ` between them, the
/// innermost last.
pub fn export(
    n: usize,
    [kind, message, path, function, crashed]: &[String; 5],
) -> serde_json::Value {
    let id = (4_500_000 + n).to_string();
    let title = format!("{kind}: {message}");
    let parts = path.split(" >> ").zip(function.split(" >> ")).zip(crashed.split(" >> "));
    let frame = |((path, function), crashed): ((&str, &str), &str)| {
        serde_json::json!({
            "filename": path, "absPath": format!("/srv/app/{path}"), "function": function,
            "lineNo": 3, "inApp": true, "context": [[2, ""], [3, crashed], [4, ""]],
            "vars": { "payload": "{'a': 1}" }
        })
    };
    let frames: Vec<_> = parts.map(frame).collect();
    let last = |parts: &str| parts.rsplit(" >> ").next().unwrap_or_default().to_owned();
    let (path, function) = (last(path), last(function));
    serde_json::json!([
        { "id": id, "shortId": format!("APP-{n}"), "title": title, "culprit": function, "level": "error",
          "status": "resolved", "type": "error", "count": "214", "userCount": 9, "platform": "python",
          "project": { "id": "1", "slug": "app", "name": "app" },
          "metadata": { "type": kind, "value": message, "filename": path, "function": function },
          "firstSeen": "2026-01-01T00:00:00Z", "lastSeen": "2026-02-01T00:00:00Z",
          "permalink": format!("https://sentry.example.org/issues/{id}/") },
        { "id": format!("{n:032x}"), "eventID": format!("{n:032x}"), "groupID": id, "title": title,
          "type": "error", "platform": "python", "message": "", "dateCreated": "2026-02-01T00:00:00Z",
          "metadata": { "type": kind, "value": message },
          "entries": [{ "type": "exception", "data": { "values": [
              { "type": kind, "value": message, "stacktrace": { "frames": frames } }
          ] } }], "tags": [] }
    ])
}

/// Runs the origins over the last commit of a repository.
fn draft(repo: &Path, range: &str, exports: &[PathBuf]) -> Vec<Hypothesis> {
    drafts(repo, range, exports, &[Assets::builtin()]).remove(0)
}

/// As [`draft`], once with each of several sets of data files.
pub fn drafts(
    repo: &Path,
    range: &str,
    exports: &[PathBuf],
    assets: &[Assets],
) -> Vec<Vec<Hypothesis>> {
    let repo = Repo::discover(repo).unwrap();
    let change = collect(&repo, &Selection::Range(range.into()), 1_000_000).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("f.db")).unwrap();
    let base = repo.snapshot(&change.base.tree).unwrap();
    let head = Arc::new(repo.snapshot(&change.head.tree).unwrap());
    let index = Index::new(&store, LANGUAGES.clone());
    index.update(&head, None, &[], 0, &mut |_, _| {}).unwrap();
    let view = index.view(head).unwrap();
    let sentry = SentryCache::new(&store);
    if !exports.is_empty() {
        sentry.import(exports).unwrap();
    }
    let files: Vec<String> = change.files.iter().map(|f| f.path.clone()).collect();
    let config = Config::builtin();
    let history = History::of(&change, &files, &view, &sentry).unwrap();
    let scene = Scene::new(&change, &files, (&base, &view), &history, &config).unwrap();
    assets
        .iter()
        .map(|a| merge(drafters(a).iter().flat_map(|d| d.draft(&scene).unwrap()).collect()))
        .collect()
}

fn run(case: &Case) -> Vec<Hypothesis> {
    let repo = TestRepo::new();
    let lay = |side: &str| {
        for (of, path, text) in &case.files {
            if of == side || of == "both" {
                repo.write(path, text);
            }
        }
    };
    repo.write("README", "");
    lay("base");
    repo.commit("Before");
    for (side, path, _) in &case.files {
        if side == "base" && !case.files.iter().any(|(s, p, _)| s == "head" && p == path) {
            std::fs::remove_file(repo.path().join(path)).unwrap();
        }
    }
    lay("head");
    repo.commit("After");
    let folder = tempfile::tempdir().unwrap();
    let mut exports = Vec::new();
    for (n, issue) in case.issues.iter().enumerate() {
        let path = folder.path().join(format!("{n}.json"));
        std::fs::write(&path, export(n, issue).to_string()).unwrap();
        exports.push(path);
    }
    let found = draft(repo.path(), "HEAD", &exports);
    for hypothesis in &found {
        presentable(hypothesis);
        if let Some(patch) = hypothesis.fix.as_ref().and_then(|f| f.patch.as_ref()) {
            let file = folder.path().join("fix.patch");
            std::fs::write(&file, patch).unwrap();
            let check = git_in(repo.path(), &["apply", "--check", file.to_str().unwrap()]).output();
            let check = check.unwrap();
            assert!(
                check.status.success(),
                "{}: {}\n{patch}",
                case.name,
                String::from_utf8_lossy(&check.stderr)
            );
        }
    }
    found
}

/// What every hypothesis owes to those who read it.
pub fn presentable(h: &Hypothesis) {
    assert!(h.title.split_whitespace().count() <= 10, "{}", h.title);
    assert!(h.mechanism.split_whitespace().count() <= 75, "{}", h.mechanism);
    assert!(h.prior > 0.0 && h.prior <= 1.0 && h.severity > 0.0 && h.severity <= 1.0);
    assert!(!h.evidence.is_empty() && !h.checked.is_empty() && !h.questions.is_empty());
    assert!(h.evidence.iter().all(|e| !e.quote.trim().is_empty()), "{:#?}", h.evidence);
    let guideline = format!("prompts/guidelines/{}.md", h.kind);
    Assets::builtin().read(&guideline).unwrap();
}

fn check(text: &str) {
    let mut wrong = Vec::new();
    for case in cases(text) {
        assert!(!case.expect.is_empty() && !case.files.is_empty(), "{}", case.name);
        let found: Vec<String> = run(&case)
            .iter()
            .map(|h| {
                format!(
                    "{} {} {} p={:.2} {} {}",
                    h.origin.as_str(),
                    h.kind,
                    h.location,
                    h.prior,
                    h.title,
                    h.mechanism
                )
            })
            .collect();
        let expected: Vec<&String> = case.expect.iter().filter(|e| *e != "nothing").collect();
        let fits = found.len() == expected.len()
            && found.iter().zip(&expected).all(|(found, expected)| {
                expected.split(" & ").all(|part| found.contains(part.trim()))
            });
        if !fits {
            wrong.push(format!("{}\n  expected {:?}\n  found {found:#?}", case.name, case.expect));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn calls_left_behind() {
    check(include_str!("fixtures/origin/impact.txt"));
}

#[test]
fn removed_guards() {
    check(include_str!("fixtures/origin/guard.txt"));
}

#[test]
fn lost_protection() {
    check(include_str!("fixtures/origin/lost.txt"));
}

#[test]
fn misplaced_checks() {
    check(include_str!("fixtures/origin/late.txt"));
}

#[test]
fn structural_rules() {
    check(include_str!("fixtures/origin/rule.txt"));
}

#[test]
fn what_the_rest_of_the_repository_does_otherwise() {
    check(include_str!("fixtures/origin/deviation.txt"));
}

#[test]
fn past_crashes() {
    check(include_str!("fixtures/origin/history.txt"));
}

#[test]
fn evidence_names_both_versions_of_a_signature_and_the_call() {
    let text = include_str!("fixtures/origin/impact.txt");
    let found = run(&cases(text)[0]);
    let sources: Vec<&Source> = found[0].evidence.iter().map(|e| &e.source).collect();
    assert!(matches!(sources[0], Source::Diff { .. }) && matches!(sources[2], Source::File { .. }));
    assert!(found[0].evidence[2].quote.contains("cost("), "{:?}", found[0].evidence[2]);
}

/// Lays the steps of the demonstration over a repository.
fn lay_steps(repo: &TestRepo, steps: &[&str]) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/cli/demo/steps");
    let mut open: Vec<PathBuf> = steps.iter().map(|s| root.join(s)).collect();
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
                continue;
            }
            let below = path.strip_prefix(&root).unwrap().iter().skip(1).collect::<PathBuf>();
            repo.write(below.to_str().unwrap(), std::fs::read(&path).unwrap());
        }
    }
}

#[test]
fn the_demonstration_has_its_three_bugs_and_no_others() {
    let repo = TestRepo::new();
    for step in ["1-catalogue", "2-checkout", "3-web", "4-currency", "5-address", "6-rounding"] {
        lay_steps(&repo, &[step]);
    }
    repo.commit("Before");
    lay_steps(&repo, &["7-express", "8-label"]);
    repo.commit("After");
    let export = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/cli/demo/sentry");
    let found = draft(repo.path(), "HEAD", &[export]);
    let mut shown: Vec<String> = found
        .iter()
        .map(|h| format!("{} {} {}", h.origin.as_str(), h.kind, h.location.path))
        .collect();
    shown.sort();
    assert_eq!(
        shown,
        [
            "history missing_key shop/checkout.py",
            "impact signature_mismatch shop/pricing.py",
            "rule null_dereference web/src/account.ts",
        ]
    );
    for hypothesis in found.iter().filter(|h| h.origin != forewarn::finding::Origin::Impact) {
        let patch = hypothesis.fix.as_ref().and_then(|f| f.patch.as_ref()).expect("a patch");
        let file = repo.path().join(".git/fix.patch");
        std::fs::write(&file, patch).unwrap();
        repo.git(&["apply", "--check", file.to_str().unwrap()]);
    }
}
