//! Frozen copies of the Sentry cache: whole ones, and ones that know nothing later.

use std::path::{Path, PathBuf};

use forewarn::sentry::{SentryCache, SentryError, Window, open_snapshot};
use forewarn::store::Store;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::common::{TestRepo, cache};

/// The time of the snapshots, in seconds since the epoch.
const UNTIL: i64 = 1_770_000_000;
/// Words of texts by whether they were written until then.
const EARLY: &str = "zqearly";
const LATER: &str = "zqlater";

struct Cache {
    folder: tempfile::TempDir,
    store: Store,
}

impl Cache {
    fn of(records: &[Value]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("state/forewarn.db")).unwrap();
        let lines: String = records.iter().map(|r| format!("{r}\n")).collect();
        let export = folder.path().join("export.ndjson");
        std::fs::write(&export, lines).unwrap();
        if !records.is_empty() {
            let report = SentryCache::new(&store).import(&[export]).unwrap();
            assert_eq!(report.problems, [""; 0]);
        }
        Self { folder, store }
    }

    fn get(&self) -> SentryCache<'_> {
        SentryCache::new(&self.store)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

/// All that a database holds, readable: its bytes, every column of every table,
/// the words of the full-text index, what is compressed.
fn everything(file: &Path) -> String {
    let mut all = String::from_utf8_lossy(&std::fs::read(file).unwrap()).into_owned();
    let db = rusqlite::Connection::open(file).unwrap();
    let free: i64 = db.pragma_query_value(None, "freelist_count", |r| r.get(0)).unwrap();
    assert_eq!(free, 0);
    all.push_str(&cache::rows(&db));
    all
}

/// Days from the time of the snapshots.
fn at(days: i64) -> i64 {
    UNTIL + days * 86_400
}

fn iso(seconds: i64) -> String {
    jiff::Timestamp::from_second(seconds).unwrap().to_string()
}

fn word(days: i64) -> &'static str {
    if at(days) > UNTIL { LATER } else { EARLY }
}

fn event(issue: usize, n: usize, days: Option<i64>) -> Value {
    let word = days.map_or(LATER, word);
    json!({
        "eventID": format!("{issue:016x}{n:016x}"), "groupID": issue.to_string(),
        "title": format!("Error{word}: {word} {n}"), "platform": "python",
        "dateCreated": days.map(|d| iso(at(d))),
        "metadata": {"type": format!("Error{word}"), "value": format!("{word} value {n}")},
        "culprit": format!("{word}.culprit"),
        "entries": [
            {"type": "exception", "data": {"values": [{
                "type": format!("Error{word}"), "value": format!("{word} value {n}"),
                "stacktrace": {"frames": [{
                    "filename": format!("shop/{word}.py"), "function": format!("run_{word}"),
                    "lineNo": 12, "inApp": true, "context": [[12, format!("use({word})")]],
                    "vars": {"cart": word},
                }]},
            }]}},
            {"type": "breadcrumbs", "data": {"values": [{"message": format!("crumb {word}")}]}},
        ],
        "tags": [
            {"key": "release", "value": format!("{word}-1.{n}")},
            {"key": "transaction", "value": format!("/{word}")},
        ],
    })
}

/// An issue as the API lists it: its words are those of the last event.
fn issue(id: usize, first: Option<i64>, last: Option<i64>, status: &str, summed: bool) -> Value {
    let word = last.map_or(LATER, word);
    let mut issue = json!({
        "id": id.to_string(), "shortId": format!("SHOP-{id}"), "culprit": format!("{word}.culprit"),
        "title": format!("Error{word}: {word}"), "status": status, "count": "9001",
        "userCount": 7001, "level": "error", "project": {"slug": "shop"},
        "firstSeen": first.map(|d| iso(at(d))), "lastSeen": last.map(|d| iso(at(d))),
        "metadata": {"type": format!("Error{word}"), "value": format!("{word} value")},
    });
    if summed {
        issue["summary"] = json!({"headline": format!("{LATER} headline")});
    }
    issue
}

#[derive(Debug, Clone)]
struct Given {
    first: i64,
    events: Vec<Option<i64>>,
    status: &'static str,
    summed: bool,
    /// Whether the list of issues has it, and with both times.
    listed: bool,
    dated: bool,
}

fn given() -> impl Strategy<Value = Given> {
    let days = prop_oneof![4 => (-60..60i64).prop_map(Some), 1 => Just(None), 1 => Just(Some(0))];
    let events = prop::collection::vec(days, 0..5);
    let status = prop_oneof![Just("unresolved"), Just("resolved"), Just("ignored")];
    let flags = (any::<bool>(), prop::bool::weighted(0.8), prop::bool::weighted(0.9));
    (-80..80i64, events, status, flags).prop_map(
        |(first, mut events, status, (summed, listed, dated))| {
            // Sentry knows an issue from its first event on.
            events.iter_mut().flatten().for_each(|day| *day = (*day).max(first));
            Given { first, events, status, summed, listed, dated }
        },
    )
}

fn records(given: &[Given]) -> Vec<Value> {
    let mut records = Vec::new();
    for (id, given) in given.iter().enumerate() {
        let last = given.events.iter().flatten().max().copied().unwrap_or(given.first);
        let times = given.dated.then_some((given.first, last));
        if given.listed {
            records.push(issue(
                id,
                times.map(|t| t.0),
                times.map(|t| t.1),
                given.status,
                given.summed,
            ));
        }
        records.extend(given.events.iter().enumerate().map(|(n, days)| event(id, n, *days)));
    }
    records
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_later_leaks(given in prop::collection::vec(given(), 1..8)) {
        let cache = Cache::of(&records(&given));
        let file = cache.file("frozen.db");
        let report = cache.get().snapshot(&file, Some(UNTIL)).unwrap();

        let all = everything(&file);
        prop_assert!(!all.contains(LATER), "{given:?}");
        let (store, manifest) = open_snapshot(&file).unwrap();
        prop_assert_eq!(&manifest, &report.manifest);
        let snapshot = SentryCache::new(&store);

        let mut found = Vec::new();
        for word in [EARLY, LATER, "value", "shop"] {
            found.extend(snapshot.by_keywords(word, 100).unwrap());
            found.extend(snapshot.by_error_type(&format!("Error{word}"), 100).unwrap());
            let path = format!("shop/{word}.py");
            found.extend(snapshot.by_path(&path, 100).unwrap().into_iter().map(|m| m.issue));
            let function = format!("run_{word}");
            let ever = snapshot.by_function_within(&path, &function, 100, Window::Ever).unwrap();
            found.extend(ever.into_iter().map(|m| m.issue));
        }
        found.extend(snapshot.near("SHOP-1", 100).unwrap());
        for issue in &found {
            prop_assert!(issue.first_seen.is_none_or(|t| t <= UNTIL));
            prop_assert!(issue.last_seen.is_none_or(|t| t <= UNTIL));
            prop_assert_eq!(&issue.summary, &None);
            if let Some(event) = snapshot.latest_event(&issue.id).unwrap() {
                prop_assert!(event.time.unwrap() <= UNTIL);
            }
        }
        prop_assert!(snapshot.counts().unwrap().1.is_none_or(|newest| newest <= UNTIL));

        // What was known then is there, and what is cut back has what supports it.
        let over = given.iter().any(|g| {
            g.events.iter().flatten().any(|d| *d > 0) || (g.listed && g.dated && g.first > 0)
        });
        let mut events = 0;
        for (id, given) in given.iter().enumerate() {
            let early = given.events.iter().flatten().filter(|d| **d <= 0).count();
            let absent = given.listed && given.dated && given.first > 0;
            let issue = snapshot.issue(&id.to_string());
            if absent || (early == 0 && !(given.listed && given.dated && given.first <= 0
                && given.events.iter().flatten().all(|d| *d <= 0)))
            {
                prop_assert!(issue.is_err(), "{id} {given:?}");
                continue;
            }
            events += early;
            let issue = issue.unwrap();
            let went_on = given.events.iter().flatten().any(|d| *d > 0) || !given.dated;
            if went_on || !given.listed {
                prop_assert_eq!(issue.count, early as u64);
                prop_assert_eq!(issue.users, 0);
            } else {
                prop_assert_eq!(issue.count, 9001);
            }
            if given.listed && over {
                prop_assert_eq!(issue.status, "unresolved");
            }
        }
        prop_assert_eq!(manifest.events, events);
    }
}

#[test]
fn a_whole_copy_is_the_cache() {
    let records: Vec<Value> = (0..4)
        .flat_map(|id| {
            let id = id as usize;
            [issue(id, Some(-9), Some(3), "resolved", true), event(id, 0, Some(3))]
        })
        .collect();
    let cache = Cache::of(&records);
    let (one, two) = (cache.file("one.db"), cache.file("two.db"));
    let report = cache.get().snapshot(&one, None).unwrap();
    cache.get().snapshot(&two, None).unwrap();
    assert_eq!((report.manifest.issues, report.manifest.events), (4, 4));
    assert_eq!(report.manifest.source, cache.get().digest().unwrap());
    assert_eq!(std::fs::read(&one).unwrap(), std::fs::read(&two).unwrap());

    let before = std::fs::read(&one).unwrap();
    let (store, _) = open_snapshot(&one).unwrap();
    let snapshot = SentryCache::new(&store);
    assert_eq!(snapshot.digest().unwrap(), cache.get().digest().unwrap());
    assert_eq!(snapshot.issue("SHOP-2").unwrap(), cache.get().issue("SHOP-2").unwrap());
    assert_eq!(snapshot.latest_event("2").unwrap(), cache.get().latest_event("2").unwrap());
    assert_eq!(
        snapshot.by_path("shop/zqlater.py", 9).unwrap(),
        cache.get().by_path("shop/zqlater.py", 9).unwrap()
    );
    drop(store);
    assert_eq!(std::fs::read(&one).unwrap(), before);
    let names = std::fs::read_dir(cache.folder.path()).unwrap().count();
    assert_eq!(names, 4, "two snapshots, the export, the cache's folder, and nothing else");
}

#[test]
fn states_are_kept_where_nothing_is_newer() {
    let cache = Cache::of(&[issue(1, Some(-9), Some(-3), "resolved", true), event(1, 0, Some(-3))]);
    let file = cache.file("frozen.db");
    let report = cache.get().snapshot(&file, Some(UNTIL)).unwrap();
    assert_eq!((report.left_out.states, report.left_out.summaries), (0, 1));
    let (store, manifest) = open_snapshot(&file).unwrap();
    assert_eq!(manifest.until, Some(UNTIL));
    let issue = SentryCache::new(&store).issue("1").unwrap();
    assert_eq!((issue.status.as_str(), issue.count, issue.summary), ("resolved", 9001, None));
}

#[test]
fn what_is_left_out_is_counted() {
    let cache = Cache::of(&[
        issue(1, Some(5), Some(6), "unresolved", false),
        event(1, 0, Some(6)),
        issue(2, Some(-5), Some(6), "resolved", true),
        event(2, 0, Some(-5)),
        event(2, 1, Some(6)),
        event(2, 2, None),
        issue(3, Some(-5), Some(6), "unresolved", false),
    ]);
    let left_out = cache.get().snapshot(&cache.file("frozen.db"), Some(UNTIL)).unwrap().left_out;
    assert_eq!((left_out.issues_later, left_out.issues_unsupported), (1, 1));
    assert_eq!((left_out.events_later, left_out.events_undated), (2, 1));
    assert_eq!((left_out.issues_cut, left_out.summaries, left_out.states), (1, 1, 1));
}

#[test]
fn an_event_counts_from_when_the_server_had_it() {
    let day = iso(UNTIL);
    let mut kept = event(1, 0, Some(-3));
    kept["dateReceived"] = json!(day);
    let mut received = event(1, 1, Some(-3));
    received["dateReceived"] = json!(iso(at(1)));
    let mut within = event(1, 2, Some(-3));
    within["dateCreated"] = json!(day.replace('Z', ".900Z"));
    let cache = Cache::of(&[kept, received, within]);
    let report = cache.get().snapshot(&cache.file("frozen.db"), Some(UNTIL)).unwrap();
    assert_eq!((report.manifest.events, report.left_out.events_later), (1, 2));
}

#[test]
fn files_that_exist_or_are_no_snapshots_are_refused() {
    let cache = Cache::of(&[]);
    let file = cache.file("frozen.db");
    std::fs::write(&file, "mine").unwrap();
    assert!(matches!(cache.get().snapshot(&file, None), Err(SentryError::Exists(_))));
    assert_eq!(std::fs::read(&file).unwrap(), b"mine");
    assert!(matches!(open_snapshot(&file), Err(SentryError::NotSnapshot(_))));
    assert!(matches!(open_snapshot(&cache.file("none.db")), Err(SentryError::Io { .. })));
    let state = cache.store.path();
    assert!(matches!(open_snapshot(state), Err(SentryError::NotSnapshot(_))));
    // An empty cache freezes to an empty snapshot: a review of old code has no history.
    let empty = cache.file("empty.db");
    cache.get().snapshot(&empty, Some(UNTIL)).unwrap();
    let (store, _) = open_snapshot(&empty).unwrap();
    assert!(SentryCache::new(&store).is_empty().unwrap());
}

#[test]
fn a_review_reads_a_snapshot_that_the_command_made() {
    let repo = TestRepo::new();
    repo.write("shop/cart.py", "def total(cart):\n    return cart\n");
    repo.commit("Add the cart");
    let export = repo.path().join(".git/export.ndjson");
    let records = [
        issue(1, Some(-9), Some(-3), "resolved", true),
        event(1, 0, Some(-3)),
        issue(2, Some(5), Some(6), "unresolved", false),
    ];
    let text: String = records.iter().map(|r| format!("{r}\n")).collect();
    std::fs::write(&export, text).unwrap();
    let run = |args: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_forewarn"));
        command.current_dir(repo.path()).args(args);
        for (name, folder) in [("FOREWARN_CONFIG_DIR", "settings"), ("FOREWARN_DATA_DIR", "models")]
        {
            command.env(name, repo.path().join(".git").join(folder));
        }
        let output = command.output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (output.status.code(), text(output.stdout), text(output.stderr))
    };
    assert_eq!(run(&["sentry", "import", ".git/export.ndjson"]).0, Some(0));
    let file = ".git/then.db";
    let (code, out, err) =
        run(&["sentry", "snapshot", "--until", "2026-02-02T03:00:00Z", "-o", file]);
    assert_eq!(code, Some(0), "{err}");
    assert!(out.contains("left out: 1 issue first seen later"), "{out}");
    assert!(out.contains("left out: 1 summary written at an unknown time"), "{out}");
    assert!(out.contains("set to unresolved: 1 issue"), "{out}");
    let froze = "Froze 1 issue and 1 event until 2026-02-02 03:00:00 UTC in .git/then.db.";
    assert!(out.contains(froze), "{out}");
    let (code, _, err) = run(&["sentry", "snapshot", "--until", "2026-02-02", "-o", file]);
    assert!(code == Some(2) && err.contains("help: name another file"), "{err}");
    let (code, _, err) = run(&["sentry", "snapshot", "--until", "9999-12-31", "-o", ".git/x.db"]);
    assert!(
        code == Some(2) && err.contains("it is too far away; give a day up to 9999-12-30"),
        "{err}"
    );
    let (code, _, err) = run(&["sentry", "snapshot", "--until", "soon", "-o", ".git/x.db"]);
    assert!(code == Some(2) && err.contains("`soon` is no time"), "{err}");
    let (code, _, err) = run(&["sentry", "snapshot", "-o", ".git/nosuch/x.db"]);
    assert!(code == Some(2) && err.contains("could not write"), "{err}");

    let review = |more: &[&str]| {
        run(&[&["review", "HEAD", "--format", "json", "--set", "model.llm=none"], more].concat())
    };
    let (code, out, err) = review(&["--sentry", file]);
    assert_eq!(code, Some(0), "{err}");
    let report: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(report["sentry"]["issues"], 1, "{out}");
    let note = "production history is that of a snapshot until 2026-02-02 03:00:00 UTC";
    assert!(report["notes"].as_array().unwrap().contains(&json!(note)), "{out}");
    let whole: Value = serde_json::from_str(&review(&[]).1).unwrap();
    assert_eq!(whole["sentry"]["issues"], 2);
    let (code, _, err) = review(&["--sentry", ".git/export.ndjson"]);
    assert!(code == Some(2) && err.contains("is no snapshot of a Sentry cache"), "{err}");
}
