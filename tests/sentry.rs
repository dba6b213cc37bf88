//! The Sentry cache over real exports, broken ones and hostile ones.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use forewarn::agent::tools::{
    History, SentryByErrorType, SentryByFunction, SentryByKeywords, SentryDetails,
};
use forewarn::agent::{Tool, ToolError};
use forewarn::asset::Assets;
use forewarn::finding::Source;
use forewarn::sentry::{ImportReport, SentryCache, SentryError, Window, describe};
use forewarn::store::Store;
use serde_json::{Value, json};

use crate::common::cache;

pub struct Cache {
    pub folder: tempfile::TempDir,
    pub store: Arc<Store>,
}

impl Cache {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Arc::new(Store::open(&folder.path().join("state/forewarn.db")).unwrap());
        Self { folder, store }
    }

    pub fn get(&self) -> SentryCache<'_> {
        SentryCache::new(&self.store)
    }

    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.folder.path().join("export").join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        path
    }

    pub fn import(&self, paths: &[PathBuf]) -> ImportReport {
        self.get().import(paths).unwrap()
    }

    pub fn import_json(&self, value: &Value) -> ImportReport {
        let path = self.write("value.json", value.to_string());
        self.import(&[path])
    }

    /// All that the database holds, readable: the bytes of its files, every
    /// column of every table, the words of the full-text index, the events.
    pub fn everything(&self) -> String {
        let mut all = String::new();
        for entry in std::fs::read_dir(self.store.path().parent().unwrap()).unwrap() {
            let bytes = std::fs::read(entry.unwrap().path()).unwrap();
            all.push_str(&String::from_utf8_lossy(&bytes));
        }
        let db = self.store.connect().unwrap();
        all.push_str(&cache::rows(&db));
        all
    }
}

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/sentry").join(name)
}

pub fn issue(id: &str, title: &str, last_seen: &str) -> Value {
    json!({
        "id": id, "shortId": format!("SHOP-{id}"), "title": title, "culprit": "shop.cart",
        "permalink": format!("https://sentry.example/issues/{id}/"), "level": "error",
        "status": "unresolved", "count": "3", "userCount": 2, "platform": "python",
        "firstSeen": last_seen, "lastSeen": last_seen, "project": {"slug": "shop"},
        "metadata": {"type": title.split(':').next().unwrap(), "value": "it broke"},
    })
}

pub fn event(id: &str, group: Option<&str>, file: &str, function: &str) -> Value {
    json!({
        "eventID": id, "groupID": group, "title": "KeyError: total", "platform": "python",
        "dateCreated": "2026-01-02T03:04:05Z", "metadata": {"type": "KeyError", "value": "total"},
        "entries": [{"type": "exception", "data": {"values": [{
            "type": "KeyError", "value": "'total'",
            "stacktrace": {"frames": [
                {"filename": "shop/main.py", "function": "main", "lineNo": 3, "inApp": true},
                {"filename": file, "function": function, "lineNo": 12, "inApp": true,
                 "context": [[11, "def sum(cart):"], [12, "    return cart['total']"]],
                 "vars": {"cart": {"items": []}, "unrelated": 1}},
            ]},
        }]}}],
        "tags": [{"key": "environment", "value": "production"}],
    })
}

#[test]
fn real_exports_are_imported_once() {
    let cache = Cache::new();
    let first = cache.import(&[fixture("")]);
    assert!(first.problems.is_empty(), "{:?}", first.problems);
    let notes: Vec<&str> = first.notes.iter().map(|n| n.rsplit('/').next().unwrap()).collect();
    assert_eq!(
        notes,
        ["SOURCES.md: not JSON", "java_transaction_envelope.txt: a transaction (1)",]
    );
    assert!(first.issues >= 3 && first.events >= 15, "{first:?}");
    let digest = cache.get().digest().unwrap();
    let second = cache.import(&[fixture("")]);
    assert_eq!((second.issues, second.events), (0, 0));
    assert_eq!(cache.get().digest().unwrap(), digest);

    let other = Cache::new();
    for folder in ["sdk", "stored", "issues", "api"] {
        other.import(&[fixture(folder)]);
    }
    assert_eq!(other.get().counts().unwrap(), cache.get().counts().unwrap());
    assert_eq!(other.get().digest().unwrap(), digest, "the order of import shows");
}

#[test]
fn three_forms_of_one_event_are_one() {
    for order in [["sdk", "stored", "api"], ["api", "stored", "sdk"], ["stored", "api", "sdk"]] {
        let cache = Cache::new();
        for form in order {
            cache.import(&[fixture(form).join("python_zero_division.json")]);
        }
        let (issues, _) = cache.get().counts().unwrap();
        let found = cache.get().by_error_type("ZeroDivisionError", 10).unwrap();
        assert_eq!((issues, found.len()), (1, 1), "{order:?}");
        assert_eq!(found[0].title, "ZeroDivisionError: division by zero");
        let event = cache.get().latest_event(&found[0].id).unwrap().unwrap();
        let frame = event.exceptions[0].frames.last().unwrap();
        assert_eq!(frame.filename.as_deref(), Some("errors/views.py"));
        assert_eq!((frame.line, frame.context.len()), (Some(18), 11));
    }
}

#[test]
fn frames_of_real_exports_are_placed() {
    let cache = Cache::new();
    cache.import(&[fixture("")]);
    let get = cache.get();
    for (path, function, crash) in [
        ("errors/views.py", "get", true),
        ("backend/errors/views.py", "DivideZeroView.get", true),
        ("file-not-found/file-not-found.go", "main", true),
        ("lib/active_record/puma/server.rb", "handle_request", false),
        ("errors/other.py", "get", false),
    ] {
        let found = get.by_function_within(path, function, 5, Window::Ever).unwrap();
        let expected = !path.contains("other") && !path.contains("puma");
        assert_eq!(!found.is_empty(), expected, "{path} {function}");
        if let Some(best) = found.first() {
            assert_eq!((best.crash, best.path.as_str()), (crash, path));
            assert!(best.score >= 60 && best.frame.function.is_some());
        }
    }
    assert!(!get.by_path("errors/views.py", 5).unwrap().is_empty());
    assert!(get.by_path("errors/models.py", 5).unwrap().is_empty());
}

#[test]
fn every_container_is_read() {
    let one = issue("1", "KeyError: a", "2026-01-01T00:00:00Z").to_string();
    let two = issue("2", "KeyError: b", "2026-01-01T00:00:00Z").to_string();
    let list = format!("[{one},{two}]");
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gz.write_all(list.as_bytes()).unwrap();
    let utf16: Vec<u8> =
        "\u{feff}".chars().chain(list.chars()).flat_map(|c| (c as u16).to_le_bytes()).collect();
    for content in [
        list.clone().into_bytes(),
        format!("{one}\n{two}\n").into_bytes(),
        format!("{{\"data\":[{one},{two}],\"hasMore\":false}}").into_bytes(),
        format!("[[{one}],[{two}]]").into_bytes(),
        format!("\u{feff}{list}").into_bytes(),
        gz.finish().unwrap(),
        zstd::encode_all(list.as_bytes(), 1).unwrap(),
        utf16,
    ] {
        let cache = Cache::new();
        cache.write("2026-01-01/0123456789abcdef", &content);
        cache.write("README.md", "# an export");
        let report = cache.import(&[cache.folder.path().join("export")]);
        assert_eq!((report.issues, report.files), (2, 1), "{report:?}");
        assert!(report.problems.is_empty() && report.notes.len() == 1);
    }
}

#[test]
fn an_issue_brings_its_event() {
    let cache = Cache::new();
    let mut whole = issue("7", "KeyError: total", "2026-01-02T03:04:05Z");
    whole["event"] = event("e1", None, "shop/cart.py", "total");
    let report = cache.import_json(&whole);
    assert_eq!((report.issues, report.events), (1, 1));
    let found = cache.get().by_function("src/shop/cart.py", "total", 5).unwrap();
    assert_eq!(found[0].issue.short_id.as_deref(), Some("SHOP-7"));
    assert!(found[0].crash);
    let callers = cache.get().by_function("shop/main.py", "main", 5).unwrap();
    assert!(!callers[0].crash);
    assert!(cache.get().by_function("shop/cart.py", "other", 5).unwrap().is_empty());
}

#[test]
fn newer_states_replace_older_ones_only() {
    let cache = Cache::new();
    let old = issue("1", "KeyError: a", "2026-01-01T00:00:00Z");
    let mut new = issue("1", "KeyError: a", "2026-02-01T00:00:00Z");
    new["count"] = json!("17283712");
    assert_eq!(cache.import_json(&new).issues, 1);
    let report = cache.import_json(&old);
    assert_eq!((report.issues, report.unchanged), (0, 1));
    assert_eq!(cache.get().issue("SHOP-1").unwrap().count, 17_283_712);
    new["status"] = json!("resolved");
    assert_eq!(cache.import_json(&new).issues, 1);
    assert_eq!(cache.get().issue("1").unwrap().status, "resolved");
}

#[test]
fn an_event_without_its_issue_makes_a_minimal_one() {
    let cache = Cache::new();
    cache.import_json(&event("e1", Some("9"), "shop/cart.py", "total"));
    let minimal = cache.get().issue("9").unwrap();
    assert_eq!((minimal.title.as_str(), minimal.count), ("KeyError: total", 1));
    assert_eq!(minimal.error_type.as_deref(), Some("KeyError"));
    cache.import_json(&issue("9", "KeyError: total", "2026-01-05T00:00:00Z"));
    let whole = cache.get().issue("9").unwrap();
    assert_eq!((whole.short_id.as_deref(), whole.count), (Some("SHOP-9"), 3));
    assert!(cache.get().latest_event("shop-9").unwrap().is_some());
    // An event of no group at all is grouped here, and stays when seen again.
    cache.import_json(&event("e2", None, "shop/cart.py", "total"));
    assert_eq!(cache.get().counts().unwrap().0, 2);
    // Once its group is known, the made-up issue goes, and does not come back.
    for group in [Some("9"), None] {
        cache.import_json(&event("e2", group, "shop/cart.py", "total"));
        assert_eq!(cache.get().counts().unwrap().0, 1);
    }
}

#[test]
fn of_a_file_cut_anywhere_nothing_is_taken() {
    let list = json!([
        issue("1", "KeyError: a", "2026-01-01T00:00:00Z"),
        issue("2", "KeyError: b", "2026-01-01T00:00:00Z"),
    ])
    .to_string();
    for cut in (1..list.len()).step_by(61) {
        let cache = Cache::new();
        let path = cache.write("cut.json", &list[..cut]);
        let report = cache.import(std::slice::from_ref(&path));
        assert_eq!((report.issues, cache.get().counts().unwrap().0), (0, 0), "cut at {cut}");
        assert_eq!(report.problems.len(), 1, "cut at {cut}");
        assert!(report.problems[0].ends_with("nothing of it was imported"));
        assert!(report.problems[0].starts_with(&path.display().to_string()));
    }
    let cache = Cache::new();
    let packed = zstd::encode_all(list.as_bytes(), 1).unwrap();
    let path = cache.write("cut.zst", &packed[..packed.len() - 8]);
    let whole = cache.write("whole.json", &list);
    let report = cache.import(&[path, whole]);
    assert_eq!((report.problems.len(), report.issues), (1, 2), "{report:?}");
}

#[test]
fn bad_records_cost_only_themselves() {
    let cache = Cache::new();
    let good = |id: &str| issue(id, "KeyError: a", "2026-01-01T00:00:00Z").to_string();
    let deep =
        format!("{{\"eventID\":\"e\",\"entries\":{}{}}}", "[".repeat(5000), "]".repeat(5000));
    let mut latin = good("5").replace("it broke", "caf\u{1}").into_bytes();
    let at = latin.iter().position(|b| *b == 1).unwrap();
    latin[at] = 0xe9;
    let lines: Vec<Vec<u8>> = vec![
        good("1").into_bytes(),
        b"{\"id\": nonsense}".to_vec(),
        good("2").into_bytes(),
        deep.into_bytes(),
        b"{\"id\":\"6\",\"shortId\":\"cut".to_vec(),
        good("3").replace("it broke", "half \\ud83d").into_bytes(),
        b"Traceback (most recent call last)".to_vec(),
        latin,
        b"{\"shortId\":\"X-1\",\"title\":\"no id\"}".to_vec(),
        good("4").into_bytes(),
    ];
    let path = cache.write("mixed.ndjson", lines.join(&b'\n'));
    let report = cache.import(&[path]);
    assert_eq!(report.issues, 5, "{report:?}");
    let at: Vec<&str> = report
        .problems
        .iter()
        .map(|p| p.split(", line ").nth(1).unwrap().split(' ').next().unwrap())
        .collect();
    assert_eq!(at, ["2", "4", "5", "7", "9"], "{:?}", report.problems);
    assert!(report.notes[0].contains("not UTF-8"), "line 8 was read: {report:?}");
    assert!(report.problems[1].contains("recursion limit"));
    assert_eq!(cache.get().issue("5").unwrap().message, "caf\u{fffd}");
}

#[test]
fn what_is_not_sentry_changes_nothing() {
    let cache = Cache::new();
    cache.import_json(&issue("1", "KeyError: a", "2026-01-01T00:00:00Z"));
    let before = cache.get().digest().unwrap();
    for content in
        ["", "ID | TITLE\n1 | x", "{}", "[1,2,3]", "{\"name\":\"left-pad\"}", "null", "# SHOP-1"]
    {
        let path = cache.write("other.json", content);
        match cache.get().import(std::slice::from_ref(&path)) {
            Err(SentryError::Nothing(named)) => assert_eq!(named, path),
            other => panic!("{content}: {other:?}"),
        }
    }
    let missing = cache.folder.path().join("missing.json");
    assert!(matches!(cache.get().import(&[missing]), Err(SentryError::Io { .. })));
    let empty = cache.folder.path().join("empty");
    std::fs::create_dir(&empty).unwrap();
    assert!(matches!(cache.get().import(&[empty]), Err(SentryError::Nothing(_))));
    assert_eq!(cache.get().digest().unwrap(), before);
    assert_eq!(Cache::new().get().digest().unwrap(), "empty");
}

/// One secret of each kind; each carries a mark that no other text has.
const SECRETS: [&str; 14] = [
    "Bearer qzmarkbearer1234567",
    "-----BEGIN PRIVATE KEY-----\nqzmarkpem\n-----END PRIVATE KEY-----",
    "postgres://ada:qzmarkuserinfo@db.example/shop",
    "https://qzmarkdsn0123456789abcdef@o1.ingest.example/42",
    "qzmarkmail@example.org",
    "4111 1111 1111 1111",
    "DE89 3704 0044 0532 0130 00",
    "078-05-1120",
    "eyJhbGciOiJIUzI1NiJ9.eyJxem1hcmtqd3QiOjF9.qzmarkjwt",
    "AKIAQZMARKAWS2345678",
    "ghp_qzmarkgithub0123456789abcdef",
    "glpat-qzmarkgitlab012345",
    "xoxb-qzmarkslack-0123456789",
    "password='qzmarkpassword'",
];

#[test]
fn no_planted_secret_reaches_the_disk() {
    let cache = Cache::new();
    for (n, secret) in SECRETS.iter().enumerate() {
        let text = format!("before {secret} after");
        let mut planted = issue(&format!("{n}"), &format!("Error: {text}"), "2026-01-01T00:00:00Z");
        planted["culprit"] = json!(text);
        planted["metadata"]["value"] = json!(text);
        planted["permalink"] = json!(format!("https://ada:qzmarklink@sentry.example/issues/{n}/"));
        planted["seenBy"] = json!([{"email": "qzmarkseen@example.org", "name": "qzmarkseen"}]);
        planted["participants"] = json!([{"name": "qzmarkparticipant"}]);
        planted["activity"] = json!([{"user": {"name": "qzmarkactivity"}}]);
        planted["assignedTo"] = json!({"name": "qzmarkassigned"});
        planted["statusDetails"] = json!({"actor": {"name": "qzmarkactor"}});
        planted["summary"] = json!({"headline": text});
        let mut inside = event(&format!("e{n}"), None, "/home/qzmarkhome/shop/cart.py", "total");
        inside["message"] = json!(text);
        inside["user"] = json!({"name": "qzmarkuser", "ip_address": "203.0.113.77"});
        inside["culprit"] = json!(text);
        inside["context"] = json!({"note": text, "api_token": "qzmarkkey", "environ": {"A": "qzmarkenviron"},
            "argv": ["--password", "qzmarkargv"]});
        inside["contexts"] = json!({"device": {"name": "qzmarkdevice"}, "x": text});
        inside["release"] = json!({"version": text, "authors": [{"name": "qzmarkauthor"}]});
        inside["tags"] = json!([
            {"key": "user", "value": "qzmarktaguser"}, {"key": "server_name", "value": "qzmarkserver"},
            {"key": "note", "value": text}, {"key": "auth_token", "value": "qzmarktagtoken"},
        ]);
        let exception = &mut inside["entries"][0]["data"]["values"][0];
        exception["value"] = json!(text);
        let frame = &mut exception["stacktrace"]["frames"][1];
        frame["absPath"] = json!("/Users/qzmarkabs/shop/cart.py");
        frame["context"] = json!([[11, format!("# {text}")], [12, "cart"]]);
        frame["vars"] = json!({
            "cart": {"deep": [{"deeper": text}]}, "secret": "qzmarkvar", text.clone(): 1,
            "headers": {"X-Auth-Token": "qzmarkvarheader"}, "repr": format!("{{'a': '{secret}'}}"),
            "pairs": [["session", "qzmarkpair"]], "code": "{\"password\": \"qzmarkinner\"}",
        });
        let entries = inside["entries"].as_array_mut().unwrap();
        entries.push(json!({"type": "breadcrumbs", "data": {"values": [
            {"category": "http", "message": text, "data": {"url": text, "token": "qzmarkcrumb"}},
        ]}}));
        entries.push(json!({"type": "request", "data": {
            "url": text, "cookies": [["sid", "qzmarkcookie"]], "env": {"REMOTE_ADDR": "qzmarkenv"},
            "headers": [["Authorization", "qzmarkheader"], ["Cookie", "qzmarkheader"]],
            "query": [["token", "qzmarkquery"]], "data": {"password": "qzmarkbody"},
        }}));
        planted["event"] = inside.clone();
        let report = cache.import_json(&json!([planted, {
            // The same in the stored form, with the stack and words of its own keys.
            "event_id": format!("f{n}"), "hashes": ["h"], "platform": "python",
            "logentry": {"formatted": text}, "extra": {"note": text, "password": "qzmarkextra"},
            "user": {"email": "qzmarkstored@example.org"}, "tags": {"user.email": "qzmarkstoredtag"},
            "exception": {"values": [{"type": "E", "value": text, "stacktrace": {"frames": [{
                "filename": "a.py", "function": "f", "lineno": 2, "context_line": text,
                "pre_context": [text], "post_context": [text, text], "vars": {"x": text},
            }]}}]},
            "breadcrumbs": [{"message": text, "data": {"note": text}}],
        }]));
        assert!(report.problems.is_empty(), "{:?}", report.problems);
        assert_eq!(report.events, 2);
        assert!(report.scrubbed.values().sum::<usize>() > 20, "{:?}", report.scrubbed);
    }
    let all = cache.everything().to_lowercase();
    assert!(all.contains("before") && all.contains("after"), "the text around them stays");
    if let Some(at) = all.find("qzmark") {
        let around: String = all[..at].chars().rev().take(80).collect();
        let before: String = around.chars().rev().collect();
        panic!("leaked: {before}{}", all[at..].chars().take(80).collect::<String>());
    }
    for number in ["4111 1111", "4111111111111111", "3704 0044", "078-05-1120", "203.0.113.77"] {
        assert!(!all.contains(number), "leaked: {number}");
    }
}

#[test]
fn hostile_text_is_stripped() {
    let cache = Cache::new();
    let mut hostile =
        issue("1", "KeyError: \u{1b}[31mred\u{202e}evil\u{0}", "2026-01-01T00:00:00Z");
    hostile["event"] = event("e", None, "shop/cart.py\u{1b}]0;x\u{7}", "total\u{2066}");
    hostile["event"]["tags"] = json!([{"key": "a\u{1b}[2Jb", "value": "c\rd"}]);
    cache.import_json(&hostile);
    let issue = cache.get().issue("1").unwrap();
    assert_eq!(issue.title, "KeyError: redevil");
    let event = cache.get().latest_event("1").unwrap();
    let text = describe::details(&issue, event.as_ref()).join("\n");
    assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "{text:?}");
    assert!(!text.contains(['\u{202e}', '\u{2066}']));
    for query in ["\"", "a\" OR \"b", "NEAR(", "*", "title:x", "-", "'; DROP TABLE", "\u{0}", "AND"]
    {
        cache.get().by_keywords(query, 5).unwrap();
        cache.get().by_error_type(query, 5).unwrap();
        cache.get().by_function(query, query, 5).unwrap();
        cache.get().by_path(query, 5).unwrap();
    }
}

#[test]
fn searches_have_sentry_s_windows_and_orders() {
    let cache = Cache::new();
    cache.import_json(&json!([
        issue("1", "KeyError: cart total missing", "2026-01-01T00:00:00Z"),
        issue("2", "KeyError: cart is empty", "2026-01-03T00:00:00Z"),
        issue("3", "KeyError: cart of old", "2025-09-01T00:00:00Z"),
        issue("4", "ValueError: other", "2026-01-02T00:00:00Z"),
        issue("5", "NullPointerException: getTotal", "2026-01-02T00:00:00Z"),
    ]));
    let get = cache.get();
    let ids = |found: Vec<forewarn::sentry::Issue>| {
        found.into_iter().map(|i| i.id).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(ids(get.by_error_type("KeyError", 10).unwrap()), "2 1");
    assert_eq!(ids(get.by_error_type("builtins.keyerror", 10).unwrap()), "2 1");
    assert_eq!(ids(get.by_error_type("KeyError", 1).unwrap()), "2");
    assert_eq!(ids(get.by_keywords("cart total", 1).unwrap()), "1");
    assert!(ids(get.by_keywords("cart total", 10).unwrap()).starts_with('1'));
    assert_eq!(ids(get.by_keywords("pointer", 10).unwrap()), "5");
    assert_eq!(get.counts().unwrap(), (5, Some(1_767_398_400)));
}

#[test]
fn old_crashes_are_found_when_asked_for() {
    let cache = Cache::new();
    let mut old = issue("1", "KeyError: total", "2025-01-01T00:00:00Z");
    old["event"] = event("e", None, "shop/cart.py", "total");
    old["event"]["dateCreated"] = json!("2025-01-01T00:00:00Z");
    cache.import_json(&json!([old, issue("2", "E: x", "2026-01-01T00:00:00Z")]));
    let get = cache.get();
    assert!(get.by_function("shop/cart.py", "total", 5).unwrap().is_empty());
    let ever = get.by_function_within("shop/cart.py", "total", 5, Window::Ever).unwrap();
    assert_eq!(ever.len(), 1);
    assert_eq!(get.by_path("shop/cart.py", 5).unwrap().len(), 1);
}

#[test]
fn the_tools_answer_briefly_and_refuse_usefully() {
    let cache = Cache::new();
    let mut whole = issue("7", "KeyError: total", "2026-01-02T03:04:05Z");
    whole["event"] = event("e1", None, "shop/cart.py", "total");
    cache.import_json(&whole);
    let history = || History::new(cache.store.clone(), None);
    let tools: Vec<Box<dyn Tool>> = vec![
        Box::new(SentryByKeywords::new(history())),
        Box::new(SentryByErrorType::new(history())),
        Box::new(SentryByFunction::new(history())),
        Box::new(SentryDetails::new(history())),
    ];
    let specs = forewarn::agent::tool::specs(&Assets::builtin()).unwrap();
    for tool in &tools {
        assert!(specs.iter().any(|s| s.name == tool.name()), "{}", tool.name());
    }
    let line = "SHOP-7 (id 7)  KeyError: total (in shop.cart, 3 events, 2 users, seen 2026-01-02); \
                message: it broke";
    let keywords = tools[0].call(&json!({"query": "total"})).unwrap();
    assert_eq!(keywords.text, line);
    assert_eq!(
        keywords.passages[0].source,
        Source::Issue {
            id: "7".into(),
            short_id: Some("SHOP-7".into()),
            url: Some("https://sentry.example/issues/7/".into()),
        }
    );
    assert_eq!(tools[1].call(&json!({"error_type": "KeyError"})).unwrap().text, line);
    let found = tools[2].call(&json!({"path": "./shop/cart.py", "function": "total"})).unwrap();
    assert_eq!(found.text, format!("{line}; crashed at what was line 12"));
    let none = tools[0].call(&json!({"query": "zebra"})).unwrap();
    assert!(none.text.starts_with("No issue"));
    // However old the data is, an answer says so.
    for answer in [&none, &found, &keywords] {
        assert_eq!(answer.foot, "newest data 2026-01-02");
    }

    let details = tools[3].call(&json!({"issue": "SHOP-7"})).unwrap();
    for part in [
        "KeyError: 'total'",
        "total at shop/cart.py:12 (app)",
        "> 12:     return cart['total']",
        "cart = {\"items\":[]}",
        "environment=production",
    ] {
        assert!(details.text.contains(part), "{part} is not in\n{}", details.text);
    }
    assert!(!details.text.contains("unrelated"));
    for passage in &details.passages {
        assert!(details.text.contains(&passage.text));
    }
    match tools[3].call(&json!({"issue": "SHOP-8"})) {
        Err(ToolError::Refused(why)) => assert!(why.contains("SHOP-7"), "{why}"),
        other => panic!("{other:?}"),
    }
    assert!(matches!(tools[0].call(&json!({"query": "  "})), Err(ToolError::Refused(_))));
}

#[test]
fn two_imports_at_once_both_arrive() {
    let cache = Cache::new();
    let lists: Vec<PathBuf> = (0..2)
        .map(|n| {
            let list: Vec<Value> = (0..600)
                .map(|i| issue(&format!("{n}{i:04}"), "KeyError: a", "2026-01-01T00:00:00Z"))
                .collect();
            cache.write(&format!("{n}.json"), Value::Array(list).to_string())
        })
        .collect();
    std::thread::scope(|scope| {
        for list in &lists {
            let store = cache.store.clone();
            scope.spawn(move || {
                let own = Store::open(store.path()).unwrap();
                assert_eq!(
                    SentryCache::new(&own).import(std::slice::from_ref(list)).unwrap().issues,
                    600
                );
            });
        }
    });
    assert_eq!(cache.get().counts().unwrap().0, 1200);
}
