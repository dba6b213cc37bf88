//! From stack frames to the files and functions of a repository, and the commands
//! that show it.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use forewarn::agent::Tool;
use forewarn::agent::tools::{History, SentryByFunction, SentryDetails};
use forewarn::asset::Assets;
use forewarn::change::Repo;
use forewarn::index::Index;
use forewarn::lang::Languages;
use forewarn::sentry::{FrameMatch, Mapping, Prune, SentryCache, Tree, Window};
use forewarn::store::Store;
use rusqlite::Connection;
use serde_json::{Value, json};

use crate::common::TestRepo;

const CART: &str = "\
import money

def total(cart):
    rates = money.rates()
    return cart['total'] * rates[cart['currency']]

def count(cart):
    return len(cart['items'])
";

/// A repository with a cache of its own.
struct Place {
    repo: TestRepo,
    store: Arc<Store>,
}

impl Place {
    fn new() -> Self {
        let repo = TestRepo::new();
        let found = Repo::discover(repo.path()).unwrap();
        let store = Arc::new(Store::open(&found.state_dir().join("forewarn.db")).unwrap());
        Self { repo, store }
    }

    fn import(&self, value: &Value) {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), value.to_string()).unwrap();
        let report = SentryCache::new(&self.store).import(&[file.path().to_owned()]).unwrap();
        assert_eq!(report.problems, [""; 0]);
    }

    /// The tree of a commit with what is defined in it.
    fn tree(&self, commit: &str) -> Tree {
        let repo = Repo::discover(self.repo.path()).unwrap();
        let snapshot = Arc::new(repo.snapshot(commit).unwrap());
        let cache = SentryCache::new(&self.store);
        let tree = cache.tree(&repo, &snapshot, Some(commit), Vec::new()).unwrap();
        let languages = Arc::new(Languages::load(&Assets::builtin()).unwrap());
        let index = Index::new(&self.store, languages);
        index.update(&snapshot, None, &[], 0, &mut |_, _| {}).unwrap();
        tree.with_code(Arc::new(index.view(snapshot).unwrap()))
    }

    fn find(&self, tree: &Tree, path: &str, function: &str) -> Vec<FrameMatch> {
        let cache = SentryCache::on(&self.store, Some(tree));
        cache.by_function_within(path, function, 5, Window::Ever).unwrap()
    }

    fn run(&self, args: &[&str]) -> (Option<i32>, String) {
        let home = self.repo.path().join(".git/home");
        let output = Command::new(env!("CARGO_BIN_EXE_forewarn"))
            .current_dir(self.repo.path())
            .args([&["sentry"], args].concat())
            .env("FOREWARN_CONFIG_DIR", home.join("config"))
            .env("FOREWARN_DATA_DIR", home.join("data"))
            .output()
            .unwrap();
        let text = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8(text).unwrap())
    }
}

fn frame(file: &str, function: &str, line: u32, source: &str) -> Value {
    let mut context: Vec<Value> = Vec::new();
    for (n, text) in (1..).zip(source.lines()).skip(line.saturating_sub(3) as usize).take(5) {
        context.push(json!([n, text]));
    }
    json!({"filename": file, "absPath": format!("/srv/app/{file}"), "function": function,
           "lineNo": line, "inApp": true, "context": context})
}

/// An issue with an event; the crash is the last frame.
fn issue(id: &str, day: &str, frames: &[Value]) -> Value {
    let time = format!("{day}T03:04:05Z");
    json!({
        "id": id, "shortId": format!("SHOP-{id}"), "title": "KeyError: 'currency'",
        "culprit": "shop.cart in total", "level": "error", "status": "unresolved", "count": "3",
        "userCount": 2, "platform": "python", "firstSeen": time, "lastSeen": time,
        "project": {"slug": "shop"}, "metadata": {"type": "KeyError", "value": "'currency'"},
        "event": {
            "eventID": format!("e{id}"), "title": "KeyError", "platform": "python",
            "dateCreated": time,
            "entries": [{"type": "exception", "data": {"values": [
                {"type": "KeyError", "value": "'currency'", "stacktrace": {"frames": frames}},
            ]}}],
        },
    })
}

#[test]
fn crashes_follow_files_that_are_renamed() {
    let place = Place::new();
    place.repo.write("shop/cart.py", CART);
    place.repo.write("shop/other.py", "x = 1\n");
    let first = place.repo.commit("one");
    place.import(&issue("1", "2026-01-02", &[frame("shop/cart.py", "total", 5, CART)]));
    let found = place.find(&place.tree(&first), "shop/cart.py", "total");
    assert_eq!((found.len(), found[0].line, &found[0].former), (1, Some(5), &None));

    place.repo.git(&["mv", "shop/cart.py", "shop/basket.py"]);
    place.repo.commit("two");
    place.repo.git(&["mv", "shop/basket.py", "store.py"]);
    place.repo.write("store.py", format!("\"\"\"The store.\"\"\"\n{CART}"));
    let third = place.repo.commit("three");
    // Twice: the second time the renames are known.
    for _ in 0..2 {
        let tree = place.tree(&third);
        let found = place.find(&tree, "store.py", "total");
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].former.as_deref(), Some("shop/cart.py"));
        assert_eq!((found[0].line, found[0].path.as_str()), (Some(6), "store.py"));
        assert!(found[0].score >= 60 && found[0].crash && !found[0].moved);
        let cache = SentryCache::on(&place.store, Some(&tree));
        assert_eq!(cache.by_path("store.py", 5).unwrap().len(), 1);
        assert!(place.find(&tree, "shop/other.py", "total").is_empty());
    }
    // An older tree is seen with its own history.
    assert_eq!(place.find(&place.tree(&first), "shop/cart.py", "total").len(), 1);
    assert!(place.find(&place.tree(&first), "store.py", "total").is_empty());
}

#[test]
fn crashes_follow_functions_that_move() {
    let place = Place::new();
    place.repo.write("shop/cart.py", CART);
    place.repo.commit("one");
    place.import(&issue("1", "2026-01-02", &[frame("shop/cart.py", "total", 5, CART)]));
    let (total, rest) = CART.split_once("def count").unwrap();
    place.repo.write("shop/cart.py", format!("def count{rest}"));
    place.repo.write("shop/price.py", total);
    place.repo.write("shop/stock.py", "def total(stock):\n    return sum(stock.values())\n");
    let second = place.repo.commit("two");
    let tree = place.tree(&second);
    let found = place.find(&tree, "shop/price.py", "total");
    assert_eq!(found.len(), 1);
    assert!(found[0].moved);
    assert_eq!((found[0].line, found[0].former.as_deref()), (Some(5), Some("shop/cart.py")));
    // One of the same name with other lines is another.
    assert!(place.find(&tree, "shop/stock.py", "total").is_empty());
    // Of two copies neither is the one.
    place.repo.write("shop/copy.py", total);
    let third = place.repo.commit("three");
    assert!(place.find(&place.tree(&third), "shop/price.py", "total").is_empty());
}

#[test]
fn what_may_be_several_files_is_said() {
    let place = Place::new();
    for folder in ["a", "b", "c"] {
        let text = if folder == "c" { "def other():\n    pass\n" } else { CART };
        place.repo.write(&format!("{folder}/shop/cart.py"), text);
    }
    place.repo.write("b/urls.py", "def route():\n    pass\n");
    let commit = place.repo.commit("one");
    let frames = [frame("b/urls.py", "route", 1, ""), frame("shop/cart.py", "total", 5, CART)];
    place.import(&issue("1", "2026-01-02", &frames));
    let tree = Arc::new(place.tree(&commit));
    let found = place.find(&tree, "a/shop/cart.py", "total");
    assert_eq!(found[0].others, ["b/shop/cart.py"]);
    assert!(place.find(&tree, "c/shop/cart.py", "total").is_empty());
    // The file alone is not enough where it is not sure.
    let cache = SentryCache::on(&place.store, Some(&tree));
    assert!(cache.by_path("a/shop/cart.py", 5).unwrap().is_empty());
    assert_eq!(cache.by_path("b/urls.py", 5).unwrap().len(), 1);

    let history = History::new(place.store.clone(), Some(tree.clone()));
    let tool = SentryByFunction::new(history.clone());
    let arguments = json!({"path": "a/shop/cart.py", "function": "total"});
    let answer = tool.call(&arguments).unwrap();
    let end = "; crashed at line 5; not sure: it may be b/shop/cart.py";
    assert!(answer.text.ends_with(end), "{}", answer.text);
    assert_eq!(answer.text, tool.call(&arguments).unwrap().text);
    let details = SentryDetails::new(history).call(&json!({"issue": "1"})).unwrap();
    let here = "total at shop/cart.py:5 (app), here not surely a/shop/cart.py or b/shop/cart.py";
    assert!(details.text.contains(here), "{}", details.text);

    // A mapping makes it sure.
    let mapping = |stack: &str, source: &str| Mapping {
        project: "shop".into(),
        stack_root: stack.into(),
        source_root: source.into(),
        origin: "user".into(),
    };
    let digest = cache.digest().unwrap();
    cache.add_mappings(&[mapping("/srv/app/shop/", "b/shop")]).unwrap();
    assert_ne!(cache.digest().unwrap(), digest);
    assert!(place.find(&tree, "a/shop/cart.py", "total").is_empty());
    let found = place.find(&tree, "b/shop/cart.py", "total");
    assert_eq!((found[0].others.len(), found[0].score), (0, 100 + 30 + 15 + 10));
    assert!(cache.remove_mapping("shop", "/srv/app/shop/").unwrap());
    assert!(!cache.remove_mapping("shop", "/srv/app/shop/").unwrap());
    assert_eq!(cache.digest().unwrap(), digest);
}

#[test]
fn mappings_are_derived_where_the_frames_agree() {
    let place = Place::new();
    for path in ["backend/shop/cart.py", "backend/shop/pay.py", "web/x/a.py", "web/y/b.py"] {
        place.repo.write(path, CART);
    }
    place.repo.write("one/z/c.py", CART);
    place.repo.write("two/z/d.py", CART);
    let commit = place.repo.commit("one");
    let frames = [
        frame("shop/cart.py", "total", 5, CART),
        frame("shop/pay.py", "total", 5, CART),
        frame("z/c.py", "total", 5, CART),
        frame("z/d.py", "total", 5, CART),
        frame("gone/e.py", "total", 5, CART),
    ];
    place.import(&issue("1", "2026-01-02", &frames));
    let tree = place.tree(&commit);
    let cache = SentryCache::on(&place.store, Some(&tree));
    let derived = cache.derive_mappings().unwrap();
    let rows: Vec<(&str, &str, u64)> = derived
        .iter()
        .map(|d| (d.mapping.stack_root.as_str(), d.mapping.source_root.as_str(), d.frames))
        .collect();
    // `z/` leads to two folders, so it is left to a person.
    assert_eq!(rows, [("shop/", "backend/shop/", 2)]);
    let (code, text) = place.run(&["mappings", "derive", "--yes"]);
    assert_eq!(code, Some(0), "{text}");
    assert_eq!(text, "shop: shop/ -> backend/shop/ (2 frames)\nAdded 1 mapping.\n");
    let (_, text) = place.run(&["mappings"]);
    assert_eq!(text, "shop: shop/ -> backend/shop/ (derived)\n");
    let (_, text) = place.run(&["mappings", "derive"]);
    assert!(text.contains("suggest no mapping"), "{text}");
    let (code, text) = place.run(&["mappings", "remove", "shop/"]);
    assert!(code == Some(2) && text.contains("no mapping of `shop/` for any project"), "{text}");
    assert_eq!(place.run(&["mappings", "remove", "shop/", "--project", "shop"]).0, Some(0));
    let add = |stack: &str, source: &str, more: &[&str]| {
        place.run(&[&["mappings", "add", stack, source][..], more].concat())
    };
    let (code, text) = add("/app", "", &["--project", "shop"]);
    assert_eq!((code, text.as_str()), (Some(0), "shop: /app -> (root)\n"));
    // `/app/` is the same root, so it cannot lead elsewhere too, and is removed as such.
    let (code, text) = add("/app/", "backend", &["--project", "shop"]);
    assert!(code == Some(2) && text.contains("shop: /app -> (root) is there already"), "{text}");
    assert_eq!(place.run(&["mappings", "remove", "app/", "--project", "shop"]).0, Some(0));
    assert_eq!(add("/app/", "./backend", &[]).1, "/app/ -> backend/\n");
    assert_eq!(add("/app", "backend/", &[]).1, "/app -> backend/\n");
    assert_eq!(place.run(&["mappings"]).1, "/app -> backend/ (user)\n");
    for (source, more) in [
        ("nosuch", &[][..]),
        ("/etc", &[]),
        ("../..", &[]),
        ("C:\\x", &[]),
        ("backend", &["--project", "nosuch"]),
    ] {
        let (code, text) = add("/srv", source, more);
        assert_eq!(code, Some(2), "{source}: {text}");
    }
}

#[test]
fn go_modules_are_named_by_their_manifest() {
    let place = Place::new();
    place.repo.write("services/shop/go.mod", "// shop\nmodule example.com/acme/shop\n\ngo 1.22\n");
    place.repo.write("services/shop/internal/cart.go", "package internal\n");
    place.repo.write("internal/cart.go", "package internal\n");
    let commit = place.repo.commit("one");
    let tree = place.tree(&commit);
    let mut crash = issue(
        "1",
        "2026-01-02",
        &[json!({
            "absPath": "/build/src/internal/cart.go", "module": "example.com/acme/shop/internal",
            "function": "(*Cart).Total", "lineNo": 3, "inApp": true,
        })],
    );
    crash["event"]["platform"] = json!("go");
    place.import(&crash);
    let cache = SentryCache::on(&place.store, Some(&tree));
    assert_eq!(cache.by_path("services/shop/internal/cart.go", 5).unwrap()[0].score, 100 + 15 + 10);
    assert!(cache.by_path("internal/cart.go", 5).unwrap().is_empty());
    // Another module's file of that name is not one of this repository's.
    let mut foreign = issue(
        "2",
        "2026-01-03",
        &[json!({
            "absPath": "/build/src/internal/cart.go", "module": "example.com/other/shop/internal",
            "function": "(*Cart).Total", "lineNo": 3, "inApp": true,
        })],
    );
    foreign["event"]["platform"] = json!("go");
    place.import(&foreign);
    assert_eq!(cache.by_path("services/shop/internal/cart.go", 5).unwrap().len(), 1);
    assert!(cache.by_path("internal/cart.go", 5).unwrap().is_empty());
}

#[test]
fn issues_without_an_event_lie_where_sentry_says() {
    let place = Place::new();
    place.repo.write("src/shop/cart.py", CART);
    let commit = place.repo.commit("one");
    let mut known = issue("1", "2026-01-02", &[]);
    known.as_object_mut().unwrap().remove("event");
    known["metadata"]["filename"] = json!("shop/cart.py");
    known["metadata"]["function"] = json!("total");
    place.import(&known);
    let tree = place.tree(&commit);
    let found = place.find(&tree, "src/shop/cart.py", "total");
    assert_eq!((found.len(), found[0].crash), (1, true));
    assert_eq!(found[0].frame.filename.as_deref(), Some("shop/cart.py"));
    assert!(place.find(&tree, "src/shop/cart.py", "count").is_empty());
    // An event says more.
    place.import(&issue("1", "2026-01-03", &[frame("shop/other.py", "sum", 1, "")]));
    assert!(place.find(&tree, "src/shop/cart.py", "total").is_empty());
}

#[test]
fn files_that_the_tree_does_not_have_are_found_by_their_paths() {
    let place = Place::new();
    place.repo.write("shop/kept.py", CART);
    let commit = place.repo.commit("one");
    place.import(&issue("1", "2026-01-02", &[frame("shop/gone.py", "total", 5, CART)]));
    // As for a file that the change deletes.
    assert_eq!(place.find(&place.tree(&commit), "src/shop/gone.py", "total").len(), 1);
}

#[test]
fn the_surest_come_first_and_then_the_last_seen() {
    let place = Place::new();
    place.repo.write("shop/cart.py", CART);
    let commit = place.repo.commit("one");
    let crash = frame("shop/cart.py", "total", 5, CART);
    let below = frame("shop/money.py", "rates", 1, "");
    place.import(&json!([
        issue("1", "2026-01-02", std::slice::from_ref(&crash)),
        issue("2", "2026-01-20", &[crash.clone(), below]),
        issue("3", "2026-01-10", &[crash]),
    ]));
    let tree = place.tree(&commit);
    let found = place.find(&tree, "shop/cart.py", "total");
    let ids: Vec<&str> = found.iter().map(|f| f.issue.id.as_str()).collect();
    assert_eq!(ids, ["2", "3", "1"]);
    assert_eq!(found.iter().map(|f| f.crash).collect::<Vec<_>>(), [false, true, true]);
}

#[test]
fn the_commands_show_what_is_there() {
    let place = Place::new();
    place.repo.write("src/shop/cart.py", CART);
    let (code, text) = place.run(&["status"]);
    assert!(code == Some(0) && text.starts_with("No Sentry issues are cached"), "{text}");
    place.repo.commit("one");
    let frames =
        [frame("elsewhere/main.py", "main", 1, ""), frame("shop/cart.py", "total", 5, CART)];
    place.import(&json!([
        issue("1", "2026-01-02", &frames),
        issue("2", "2025-06-01", &frames[..1]),
    ]));

    let (code, text) = place.run(&["status"]);
    assert_eq!(code, Some(0), "{text}");
    for part in [
        "2 issues (2 with a stack trace's event), 2 events, 0 code mappings; data from 2025-06-01 \
         to 2026-01-02 (UTC).",
        "  shop: 2 issues, 2 events, 2025-06-01 to 2026-01-02; application frames in files of \
         HEAD: 1 of 3 (33%)",
        "mappings derive",
    ] {
        assert!(text.contains(part), "{part} is not in\n{text}");
    }
    let status: Value = serde_json::from_str(&place.run(&["status", "--json"]).1).unwrap();
    assert_eq!((&status["issues"], &status["projects"][0]["placed"]), (&json!(2), &json!(1)));
    assert!(status["database_bytes"].as_u64().unwrap() > 10_000);

    for (args, expected) in [
        (&["currency"][..], &["SHOP-1 ", "SHOP-2 "][..]),
        (&["--error-type", "keyerror"], &["SHOP-1 ", "SHOP-2 "]),
        (&["--error-type", "KeyError", "--since", "90d"], &["SHOP-1 "]),
        (&["--since", "2026-01-01"], &["SHOP-1 "]),
        (&["--path", "src/shop/cart.py"], &["SHOP-1 "]),
        (&["--path", "./src/shop/cart.py", "--function", "total", "currency"], &["SHOP-1 "]),
        (&["--function", "main"], &["SHOP-1 ", "SHOP-2 "]),
        (&["--project", "SHOP", "--function", "total"], &["SHOP-1 "]),
        (&["--project", "other"], &[]),
        (&["zebra"], &[]),
    ] {
        let (code, text) = place.run(&[&["search"], args].concat());
        let found: Vec<&str> =
            ["SHOP-1 ", "SHOP-2 "].into_iter().filter(|id| text.contains(id)).collect();
        assert_eq!(found, expected, "{args:?}: {text}");
        assert_eq!(code, Some(i32::from(expected.is_empty())), "{args:?}: {text}");
    }
    let (_, text) = place.run(&["search", "--path", "src/shop/cart.py"]);
    assert!(text.contains("; crashed at src/shop/cart.py:5"), "{text}");
    let found: Value =
        serde_json::from_str(&place.run(&["search", "--path", "src/shop/cart.py", "--json"]).1)
            .unwrap();
    assert_eq!((&found[0]["issue"]["short_id"], &found[0]["line"]), (&json!("SHOP-1"), &json!(5)));
    assert_eq!(place.run(&["search"]).0, Some(2));
    let (code, text) = place.run(&["search", "--since", "never"]);
    assert!(code == Some(2) && text.contains("`never` is no time"), "{text}");

    let (code, text) = place.run(&["show", "shop-1"]);
    assert_eq!(code, Some(0), "{text}");
    for part in [
        "SHOP-1 (id 1)  KeyError: 'currency' (in shop.cart in total, 3 events, 2 users, seen",
        "total at shop/cart.py:5 (app), here src/shop/cart.py",
        "newest data 2026-01-02",
    ] {
        assert!(text.contains(part), "{part} is not in\n{text}");
    }
    let shown: Value = serde_json::from_str(&place.run(&["show", "1", "--json"]).1).unwrap();
    assert_eq!(shown["events"][0]["places"][0][1][0]["path"], "src/shop/cart.py");
    assert_eq!(shown["events"][0]["places"][0][0], json!([]));
    assert_eq!(place.run(&["show", "SHOP-9"]).0, Some(2));
}

#[test]
fn all_frames_and_several_events_are_shown_on_demand() {
    let place = Place::new();
    place.repo.commit("one");
    let frames: Vec<Value> =
        (1..=30).map(|n| frame("shop/deep.py", &format!("f{n}"), n, "")).collect();
    place.import(&issue("1", "2026-01-02", &frames));
    let mut other = issue("1", "2026-01-01", &frames)["event"].take();
    other["eventID"] = json!("older");
    other["groupID"] = json!("1");
    place.import(&other);
    let lines = |args: &[&str]| {
        let (code, text) = place.run(args);
        assert_eq!(code, Some(0), "{text}");
        text.matches(" at shop/deep.py").count()
    };
    assert_eq!(lines(&["show", "1"]), 16);
    assert_eq!(lines(&["show", "1", "--all-frames"]), 30);
    assert_eq!(lines(&["show", "1", "--all-frames", "--events", "5"]), 60);
}

#[test]
fn pruning_says_first_and_gives_space_back() {
    let place = Place::new();
    place.repo.write("shop/cart.py", CART);
    let commit = place.repo.commit("one");
    let crash = frame("shop/cart.py", "total", 5, CART);
    let mut all: Vec<Value> = Vec::new();
    for n in 0..200 {
        let mut one = issue(&format!("1{n}"), "2025-01-02", std::slice::from_ref(&crash));
        one["event"]["tags"] = json!([{"key": "noise", "value": format!("{n}").repeat(60)}]);
        all.push(one);
    }
    all.push(issue("9", "2026-01-02", std::slice::from_ref(&crash)));
    for n in 0..4 {
        let mut event = issue("9", "2026-01-01", std::slice::from_ref(&crash))["event"].take();
        event["eventID"] = json!(format!("more{n}"));
        event["groupID"] = json!("9");
        all.push(event);
    }
    place.import(&json!(all));
    let cache = SentryCache::new(&place.store);
    let digest = cache.digest().unwrap();
    let (code, text) = place.run(&["prune", "--older-than", "180d", "--keep", "2"]);
    assert_eq!(
        (code, text.as_str()),
        (
            Some(0),
            "Would remove 200 issues and 203 events; 1 issue and 2 events would stay. `--yes` \
             removes them.\n"
        )
    );
    assert_eq!((cache.counts().unwrap().0, cache.digest().unwrap()), (201, digest.clone()));
    let rule = Prune { older_than: Some(1_750_000_000), keep: Some(2), ..Prune::default() };
    let pruned = cache.prune(&rule, false).unwrap();
    assert_eq!(
        (pruned.issues, pruned.events, pruned.issues_left, pruned.events_left),
        (200, 203, 1, 2)
    );
    assert!(pruned.bytes_after < pruned.bytes_before, "{pruned:?}");
    assert_ne!(cache.digest().unwrap(), digest);
    // The newest event is what stays, and searches go on without what went.
    assert_eq!(cache.latest_event("9").unwrap().unwrap().id, "e9");
    assert_eq!(cache.by_keywords("currency", 10).unwrap().len(), 1);
    assert_eq!(place.find(&place.tree(&commit), "shop/cart.py", "total").len(), 1);
    let db = place.store.connect().unwrap();
    let left = |table: &str| -> i64 {
        db.query_row(&format!("SELECT count(*) FROM {table}"), [], |r| r.get(0)).unwrap()
    };
    assert_eq!((left("sentry_frame"), left("sentry_place")), (2, 1));
    let (code, text) = place.run(&["prune", "--project", "nobody"]);
    assert!(code == Some(2) && text.contains("no cached issue is of project `nobody`"), "{text}");
    assert_eq!(place.run(&["prune"]).0, Some(2));
    let (_, text) = place.run(&["prune", "--project", "shop", "--yes"]);
    assert!(
        text.starts_with("Removed 1 issue and 2 events; 0 issues and 0 events stay."),
        "{text}"
    );
    assert!(Path::new(place.store.path()).exists() && cache.is_empty().unwrap());
}

/// All that is known of the frames of a cache, event by event.
fn stacks(db: &Connection) -> Vec<String> {
    let mut statement = db
        .prepare(
            "SELECT json_array(e.id, f.exception, f.position, f.distance, f.path, f.base,
                               f.absolute, f.root, f.function, f.in_app, f.crash) AS line
             FROM sentry_placed f JOIN sentry_event e ON e.row = f.event ORDER BY line",
        )
        .unwrap();
    statement.query_map([], |r| r.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
}

#[test]
fn frames_that_held_their_places_are_given_numbers() {
    let place = Place::new();
    let events = Path::new("tests/fixtures/sentry/api");
    SentryCache::new(&place.store).import(&[events.to_owned()]).unwrap();
    let anonymous = json!({"filename": "a/b.js", "function": "<anonymous>", "inApp": false});
    place.import(&issue("9", "2026-01-02", &[anonymous, frame("shop/cart.py", "total", 5, CART)]));
    let digest = SentryCache::new(&place.store).digest().unwrap();
    let now = stacks(&place.store.lock());
    let nameless = r#""b.js/a/","b.js",0,"",null,0,0]"#;
    assert!(now.len() > 12 && now.iter().any(|line| line.ends_with(nameless)), "{now:#?}");

    // The same content in a file as it was before places had numbers.
    let file = place.store.path().with_file_name("old.db");
    let old = Connection::open(&file).unwrap();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store/migrations");
    let mut steps: Vec<_> = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    steps.sort();
    for step in &steps[..6] {
        old.execute_batch(&std::fs::read_to_string(step).unwrap()).unwrap();
    }
    old.pragma_update(None, "user_version", 6).unwrap();
    old.execute("ATTACH ?1 AS now", [place.store.path().to_str().unwrap()]).unwrap();
    old.execute_batch(
        "INSERT INTO sentry_issue SELECT * FROM now.sentry_issue;
         INSERT INTO sentry_site SELECT * FROM now.sentry_site;
         INSERT INTO sentry_event SELECT * FROM now.sentry_event;
         INSERT INTO sentry_frame
             (event, exception, position, distance, path, base, absolute, root, function, in_app,
              crash)
             SELECT * FROM now.sentry_placed;
         DETACH now;",
    )
    .unwrap();
    drop(old);

    let store = Store::open(&file).unwrap();
    assert_eq!(stacks(&store.lock()), now);
    let count = |sql: &str| -> i64 { store.lock().query_row(sql, [], |r| r.get(0)).unwrap() };
    assert_eq!(count("SELECT count(*) FROM pragma_foreign_key_check"), 0);
    let distinct = "SELECT count(*) FROM (SELECT DISTINCT path, base, absolute, root, function
                    FROM sentry_placed)";
    assert_eq!(count("SELECT count(*) FROM sentry_place"), count(distinct));
    let cache = SentryCache::new(&store);
    assert_eq!(cache.digest().unwrap(), digest);
    let found = cache.by_function_within("shop/cart.py", "total", 5, Window::Ever).unwrap();
    assert_eq!((found.len(), found[0].issue.id.as_str()), (1, "9"));
    assert_eq!(cache.by_path("shop/cart.py", 5).unwrap().len(), 1);

    // What is imported next finds the places that are there; those of a form of an event
    // that a better one replaces go with it.
    let before = count("SELECT count(*) FROM sentry_place");
    let import = |value: &Value| {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), value.to_string()).unwrap();
        cache.import(&[file.path().to_owned()]).unwrap();
        count("SELECT count(*) FROM sentry_place") - before
    };
    let frames =
        [frame("shop/other.py", "first", 5, CART), frame("shop/cart.py", "total", 5, CART)];
    let sent = json!({
        "event_id": "e10", "platform": "python", "timestamp": "2026-01-03T03:04:05Z",
        "exception": {"values": [{"type": "KeyError", "value": "'currency'",
                                  "stacktrace": {"frames": frames}}]},
    });
    assert_eq!(import(&sent), 1);
    assert_eq!(cache.by_path("shop/other.py", 5).unwrap().len(), 1);
    assert_eq!(import(&issue("10", "2026-01-03", &[frame("shop/cart.py", "total", 5, CART)])), 0);
    assert_eq!(cache.by_path("shop/other.py", 5).unwrap().len(), 0);
    assert_eq!(cache.by_path("shop/cart.py", 5).unwrap().len(), 2);
}
