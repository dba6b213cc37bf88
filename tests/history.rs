//! The production history of a change: the brief, and each row of `errors.toml`.
//!
//! `fixtures/origin/history/` holds for each row and language a change that brings the
//! error back (`head`) and one that does not (`safe`), in the form of `origin.rs`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use forewarn::asset::Assets;
use forewarn::change::{Repo, Selection, collect};
use forewarn::finding::{Hypothesis, Origin};
use forewarn::history::History;
use forewarn::index::Index;
use forewarn::lang::Languages;
use forewarn::sentry::SentryCache;
use forewarn::store::Store;
use serde_json::{Value, json};

use crate::common::TestRepo;
use crate::origin::{Case, cases, drafts, export, presentable};

const LANGUAGES: [(&str, &str); 11] = [
    ("csharp", include_str!("fixtures/origin/history/csharp.txt")),
    ("go", include_str!("fixtures/origin/history/go.txt")),
    ("java", include_str!("fixtures/origin/history/java.txt")),
    ("javascript", include_str!("fixtures/origin/history/javascript.txt")),
    ("kotlin", include_str!("fixtures/origin/history/kotlin.txt")),
    ("php", include_str!("fixtures/origin/history/php.txt")),
    ("python", include_str!("fixtures/origin/history/python.txt")),
    ("ruby", include_str!("fixtures/origin/history/ruby.txt")),
    ("rust", include_str!("fixtures/origin/history/rust.txt")),
    ("scala", include_str!("fixtures/origin/history/scala.txt")),
    ("swift", include_str!("fixtures/origin/history/swift.txt")),
];

/// The built-in table.
fn table() -> toml::Table {
    toml::from_str(&Assets::builtin().read("grammars/errors.toml").unwrap().text).unwrap()
}

/// A folder of data files in which the table lacks a row, and that for any error.
fn without(row: &str) -> tempfile::TempDir {
    let mut table = table();
    let rows = table["error"].as_array_mut().unwrap();
    let before = rows.len();
    rows.retain(|r| r["name"].as_str() != Some(row));
    assert_eq!(rows.len() + 1, before, "there is no row {row}");
    rows.retain(|r| r["name"].as_str() != Some("other"));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("grammars/errors.toml");
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(file, toml::to_string(&table).unwrap()).unwrap();
    folder
}

/// What the history origin says of a case's change from `base` to a side.
fn run(case: &Case, side: &str, assets: &[Assets]) -> Vec<Vec<Hypothesis>> {
    let repo = TestRepo::new();
    // What crashed was in the repository once, unless the case is of another program.
    if case.row != "foreign" {
        for [_, _, paths, _, crashed] in &case.issues {
            for (path, line) in paths.split(" >> ").zip(crashed.split(" >> ")) {
                repo.write(path, format!("{line}\n"));
            }
        }
        repo.commit("Once");
    }
    for (_, path, text) in case.files.iter().filter(|f| f.0 == "base" || f.0 == "both") {
        repo.write(path, text);
    }
    repo.commit("Before");
    for (_, path, text) in case.files.iter().filter(|f| f.0 == side) {
        repo.write(path, text);
    }
    repo.commit("After");
    let folder = tempfile::tempdir().unwrap();
    let exports: Vec<PathBuf> = case
        .issues
        .iter()
        .enumerate()
        .map(|(n, issue)| {
            let path = folder.path().join(format!("{n}.json"));
            std::fs::write(&path, export(n, issue).to_string()).unwrap();
            path
        })
        .collect();
    let mut found = drafts(repo.path(), "HEAD", &exports, assets);
    for found in &mut found {
        found.retain(|h| h.origin == Origin::History);
        found.iter().for_each(presentable);
    }
    found
}

fn shown(found: &[Hypothesis]) -> Vec<String> {
    found
        .iter()
        .map(|h| format!("history {} {} {} {}", h.kind, h.location, h.title, h.mechanism))
        .collect()
}

/// Runs all cases of a language: the bug is found, not without its row, and the safe
/// change is left alone.
fn check(language: &str) {
    let text = LANGUAGES.iter().find(|(name, _)| *name == language).unwrap().1;
    let mut wrong = Vec::new();
    for case in cases(text) {
        assert!(case.expect.len() == 1 && !case.row.is_empty(), "{}", case.name);
        let lacking = without(&case.row);
        let assets = [Assets::builtin(), Assets::builtin().with_layer(lacking.path())];
        let found = run(&case, "head", &assets);
        let is = |f: &[String]| f.len() == 1 && f[0].starts_with(&format!("{} ", case.expect[0]));
        if !is(&shown(&found[0])) {
            wrong.push(format!("{}: found {:#?}", case.name, shown(&found[0])));
        }
        if !found[1].is_empty() {
            wrong.push(format!("{}: found without the row {:#?}", case.name, shown(&found[1])));
        }
        let safe = run(&case, "safe", &assets[..1]);
        if !safe[0].is_empty() {
            wrong.push(format!("{}: the safe change {:#?}", case.name, shown(&safe[0])));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn rows_of_csharp() {
    check("csharp");
}

#[test]
fn rows_of_go() {
    check("go");
}

#[test]
fn rows_of_java() {
    check("java");
}

#[test]
fn rows_of_javascript() {
    check("javascript");
}

#[test]
fn rows_of_kotlin() {
    check("kotlin");
}

#[test]
fn rows_of_php() {
    check("php");
}

#[test]
fn rows_of_python() {
    check("python");
}

#[test]
fn rows_of_ruby() {
    check("ruby");
}

#[test]
fn rows_of_rust() {
    check("rust");
}

#[test]
fn rows_of_scala() {
    check("scala");
}

#[test]
fn rows_of_swift() {
    check("swift");
}

#[test]
fn every_row_has_a_case_in_each_of_its_languages_and_a_message_that_it_reads() {
    let mut tried = BTreeSet::new();
    for (language, text) in LANGUAGES {
        tried.extend(cases(text).into_iter().map(|c| (c.row, language)));
    }
    for row in table()["error"].as_array().unwrap() {
        let text = |key: &str| row[key].as_str().unwrap();
        for language in row["languages"].as_array().unwrap() {
            let language = match language.as_str().unwrap() {
                "typescript" | "tsx" => "javascript",
                other => other,
            };
            let case = (text("name").to_owned(), language);
            assert!(tried.contains(&case), "no case of {case:?}");
        }
        let pattern = regex::Regex::new(text("message")).unwrap();
        let key = if text("message").contains(r"(?P<key>\d+)") { "7" } else { "word" };
        let message = text("example").replace("{key}", key);
        let found = pattern.captures(&message);
        let found = found.unwrap_or_else(|| panic!("{}: {message}", text("name")));
        let named = ["key", "key2", "key3"].iter().find_map(|k| found.name(k));
        let expected = text("example").contains("{key}").then_some(key);
        assert_eq!(named.map(|m| m.as_str()), expected, "{}", text("name"));
    }
}

/// Cases beyond one function.
#[test]
fn what_failed_nearby_counts_where_the_same_value_is_used_the_same_way() {
    expected(include_str!("fixtures/origin/history/near.txt"));
}

/// Each use with its safe twins.
#[test]
fn a_value_that_was_given_or_asked_about_is_left_alone() {
    expected(include_str!("fixtures/origin/history/given.txt"));
}

/// Other places where the value is used that was nothing, and lines that are back.
#[test]
fn a_value_that_was_nothing_is_asked_about_wherever_it_is_used() {
    expected(include_str!("fixtures/origin/history/anew.txt"));
}

/// Which function, which program and which exception a frame is of.
#[test]
fn a_frame_counts_for_the_code_that_it_was_in() {
    expected(include_str!("fixtures/origin/history/frame.txt"));
}

fn expected(text: &str) {
    let mut wrong = Vec::new();
    for case in cases(text) {
        let found = shown(&run(&case, "head", &[Assets::builtin()])[0]);
        let expected: Vec<&String> = case.expect.iter().filter(|e| *e != "nothing").collect();
        let fits = found.len() == expected.len()
            && found
                .iter()
                .zip(&expected)
                .all(|(f, e)| e.split(" & ").all(|part| f.contains(part.trim())));
        if !fits || case.expect.is_empty() {
            wrong.push(format!("{}\n  expected {:?}\n  found {found:#?}", case.name, case.expect));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// An issue with events, each with its message and the variables of its last frame.
fn issue(
    (n, kind, count, seen): (usize, &str, usize, &str),
    frames: &[(&str, &str, &str)],
    events: &[(&str, Value)],
) -> Value {
    let id = (5_100 + n).to_string();
    let title = format!("{kind}: {}", events[0].0);
    let mut rows = vec![json!({
        "id": id, "shortId": format!("SHOP-{n}"), "title": title, "culprit": "x",
        "level": "error", "status": "unresolved", "type": "error", "count": count.to_string(),
        "userCount": 1, "platform": "python",
        "project": { "id": "1", "slug": "shop", "name": "shop" },
        "metadata": { "type": kind, "value": events[0].0 },
        "firstSeen": "2026-01-01T00:00:00Z", "lastSeen": format!("{seen}T00:00:00Z"),
        "permalink": format!("https://sentry.example.org/issues/{id}/"),
    })];
    for (m, (message, vars)) in events.iter().enumerate() {
        let last = frames.len() - 1;
        let frames: Vec<Value> = frames
            .iter()
            .enumerate()
            .map(|(at, (path, function, line))| {
                let vars = if at == last { vars.clone() } else { json!({}) };
                json!({ "filename": path, "absPath": format!("/srv/{path}"), "function": function,
                    "lineNo": 9, "inApp": true, "context": [[9, line]], "vars": vars })
            })
            .collect();
        let event = format!("{:032x}", n * 100 + m);
        rows.push(json!({
            "id": event, "eventID": event, "groupID": id, "title": title, "type": "error",
            "platform": "python", "message": "",
            "dateCreated": format!("{seen}T00:00:{:02}Z", 30 - m),
            "metadata": { "type": kind, "value": message }, "tags": [],
            "entries": [{ "type": "exception", "data": { "values": [
                { "type": kind, "value": message, "stacktrace": { "frames": frames } } ] } }],
        }));
    }
    Value::Array(rows)
}

/// A repository whose last commit changes `price`, with failures all around it.
fn shop() -> (TestRepo, tempfile::TempDir) {
    let repo = TestRepo::new();
    let checkout = |rate: &str| {
        format!(
            "from shop.rates import rate\n\n\ndef price(order):\n    r = rate(order.currency)\n    \
             return order.total * {rate}\n\n\ndef refund(order):\n    return order.paid\n"
        )
    };
    repo.write("shop/checkout.py", checkout("r"));
    repo.write("shop/rates.py", "def rate(code):\n    return RATES[code]\n");
    repo.write(
        "shop/cart.py",
        "from shop.checkout import price\n\n\ndef total(orders):\n    return price(orders[0])\n",
    );
    repo.write("shop/other.py", "def far():\n    return 1 / 0\n");
    repo.commit("before");
    repo.write("shop/checkout.py", checkout("(r + 0)"));
    repo.commit("after");
    let (checkout, rates) = ("shop/checkout.py", "shop/rates.py");
    let rate = (rates, "rate", "    return RATES[code]");
    let exports = [
        issue(
            (1, "AttributeError", 40, "2026-02-01"),
            &[(checkout, "price", "    r = rate(order.currency)")],
            &[("'NoneType' object has no attribute 'currency'", json!({ "order": "None" }))],
        ),
        issue(
            (2, "KeyError", 900, "2026-01-29"),
            &[(checkout, "price", "    r = rate(order.currency)"), rate],
            &[
                ("'CHF'", json!({ "code": "'CHF'", "noise": "1" })),
                ("'NOK'", json!({ "code": "'NOK'" })),
                ("'CHF'", json!({ "code": "'CHF'" })),
            ],
        ),
        issue((3, "TypeError", 5, "2025-11-01"), &[rate], &[("unhashable", json!({}))]),
        issue(
            (4, "IndexError", 7, "2026-01-20"),
            &[("shop/cart.py", "total", "    return price(orders[0])")],
            &[("list index out of range", json!({ "orders": "[]" }))],
        ),
        issue(
            (5, "AttributeError", 70, "2026-01-31"),
            &[(checkout, "refund", "    return order.paid")],
            &[("'NoneType' object has no attribute 'paid'", json!({}))],
        ),
        issue(
            (6, "ZeroDivisionError", 9_000, "2026-02-01"),
            &[("shop/other.py", "far", "    return 1 / 0")],
            &[("division by zero", json!({}))],
        ),
    ];
    let folder = tempfile::tempdir().unwrap();
    for (n, export) in exports.iter().enumerate() {
        std::fs::write(folder.path().join(format!("{n}.json")), export.to_string()).unwrap();
    }
    (repo, folder)
}

fn history(repo: &Path, store: &Store, export: &Path) -> History {
    let repo = Repo::discover(repo).unwrap();
    let change = collect(&repo, &Selection::Range("HEAD".into()), 1_000_000).unwrap();
    let head = Arc::new(repo.snapshot(&change.head.tree).unwrap());
    let index = Index::new(store, Arc::new(Languages::load(&Assets::builtin()).unwrap()));
    index.update(&head, None, &[], 0, &mut |_, _| {}).unwrap();
    let cache = SentryCache::new(store);
    cache.import(&[export.to_owned()]).unwrap();
    let files: Vec<String> = change.files.iter().map(|f| f.path.clone()).collect();
    History::of(&change, &files, &index.view(head).unwrap(), &cache).unwrap()
}

#[test]
fn failures_are_told_by_closeness_with_their_age_and_the_values_that_varied() {
    let (repo, export) = shop();
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("f.db")).unwrap();
    let history = history(repo.path(), &store, export.path());
    let cache = SentryCache::new(&store);
    let texts: Vec<String> =
        history.brief(9, &cache).unwrap().into_iter().map(|e| e.text).collect();
    assert_eq!(
        texts.join("\n"),
        "SHOP-1  AttributeError: 'NoneType' object has no attribute 'currency' (crashed in price, \
         40 events, last seen 2026-02-01, the newest data)\n    \
         at `r = rate(order.currency)`; order = None\n\
         SHOP-2  KeyError: 'CHF' (passed through price, 900 events, last seen 2026-01-29, 3 days \
         before the newest data)\n    at `r = rate(order.currency)`\n    \
         also with: 'NOK' in 1 of 3 stored events\n\
         SHOP-4  IndexError: list index out of range (crashed in total, which calls price, 7 \
         events, last seen 2026-01-20, 12 days before the newest data)\n    \
         at `return price(orders[0])`; orders = []\n\
         SHOP-3  TypeError: unhashable (crashed in rate, which price calls, 5 events, last seen \
         2025-11-01, 92 days before the newest data)\n    at `return RATES[code]`\n\
         SHOP-5  AttributeError: 'NoneType' object has no attribute 'paid' (crashed in refund of \
         shop/checkout.py, 70 events, last seen 2026-01-31, 1 day before the newest data)\n    \
         at `return order.paid`"
    );
    assert!(texts.iter().flat_map(|t| t.lines()).all(|l| l.chars().count() <= 200));
    // Verification is told what concerns its symbol, then its file, but not again.
    let but = ["5102".to_owned()].into();
    let near = history.concerning("shop/checkout.py", Some("refund"), &but, 2, &cache).unwrap();
    let near: Vec<&str> = near.iter().map(|e| &e.text[..6]).collect();
    assert_eq!(near, ["SHOP-1", "SHOP-4"]);
    // What varied is that of the events of one issue, merged.
    let passed = &history.past.iter().find(|p| p.found.issue.id == "5102").unwrap().sample;
    assert_eq!(passed.events, 3);
    assert_eq!(passed.messages, [("'CHF'".to_owned(), 2), ("'NOK'".to_owned(), 1)]);
}

#[test]
fn an_issue_is_named_so_that_its_details_can_be_asked_for() {
    let (repo, export) = shop();
    // A second issue of the same short id, seen later.
    let twin = issue((1, "OSError", 1, "2026-02-03"), &[("x.py", "x", "x()")], &[("x", json!({}))])
        .to_string()
        .replace("\"5101\"", "\"7777\"")
        .replace("000000064", "0000007777");
    std::fs::write(export.path().join("twin.json"), twin).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("f.db")).unwrap();
    let history = history(repo.path(), &store, export.path());
    let cache = SentryCache::new(&store);
    let entries = history.brief(9, &cache).unwrap();
    assert!(entries[0].text.starts_with("5101  AttributeError"), "{}", entries[0].text);
    for entry in &entries {
        let name = entry.text.split("  ").next().unwrap();
        let id = cache.issue(name).unwrap().id;
        assert!(
            matches!(&entry.source, forewarn::finding::Source::Issue { id: of, .. } if *of == id)
        );
    }
}

#[test]
fn people_see_it_for_any_change() {
    let (repo, export) = shop();
    let data = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| {
        let mut command = assert_cmd::Command::new(env!("CARGO_BIN_EXE_forewarn"));
        command.env("FOREWARN_CONFIG_DIR", data.path()).env("FOREWARN_DATA_DIR", data.path());
        let done = command.current_dir(repo.path()).args(arguments).assert().success();
        String::from_utf8(done.get_output().stdout.clone()).unwrap()
    };
    let none = run(&["sentry", "history", "HEAD"]);
    assert!(none.starts_with("No Sentry issues are cached; "), "{none}");
    run(&["sentry", "import", export.path().to_str().unwrap()]);
    let text = run(&["sentry", "history", "HEAD", "-n", "2"]);
    assert!(text.starts_with("SHOP-1  AttributeError"), "{text}");
    assert_eq!(text.matches("SHOP-").count(), 2, "{text}");
    let rows: Value = serde_json::from_str(&run(&["sentry", "history", "HEAD", "--json"])).unwrap();
    assert_eq!(rows[1]["relation"], "passed");
    assert_eq!(rows[1]["symbol"], "price");
    assert_eq!(rows[1]["issue"]["short_id"], "SHOP-2");
    assert_eq!(run(&["sentry", "history", "--staged"]), "The change is empty.\n");
    // Of other projects' programs nothing is told.
    let other = run(&["--set", "sentry.projects=[\"other\"]", "sentry", "history", "HEAD"]);
    assert_eq!(other, "No cached issue failed in or around the changed code.\n");
    let found = run(&["--set", "sentry.projects=[\"shop\"]", "sentry", "history", "HEAD"]);
    assert!(found.starts_with("SHOP-1  AttributeError"), "{found}");
    // A snapshot is read in place of the cache.
    let frozen = data.path().join("frozen.db");
    let frozen = frozen.to_str().unwrap();
    run(&["sentry", "snapshot", "-o", frozen]);
    run(&["sentry", "prune", "--project", "shop", "--yes"]);
    assert!(run(&["sentry", "history", "HEAD"]).starts_with("No Sentry issues are cached; "));
    assert_eq!(run(&["sentry", "history", "HEAD", "-n", "2", "--sentry", frozen]), text);
    assert!(run(&["sentry", "status", "--sentry", frozen]).starts_with("6 issues"));
    assert!(run(&["sentry", "search", "KeyError", "--sentry", frozen]).contains("SHOP-2"));
    assert!(run(&["sentry", "show", "SHOP-2", "--sentry", frozen]).contains("RATES[code]"));
}
