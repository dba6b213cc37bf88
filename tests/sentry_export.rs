//! Exports from a server of the tests' own that speaks the recorded shapes of
//! Sentry and GlitchTip, with the faults that servers have.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use forewarn::sentry::SentryCache;
use forewarn::sentry::export::{
    Asked as Wanted, ExportError, ExportReport, Limits, Settings, Since, Token, World, export,
    partial,
};
use forewarn::store::Store;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::common::server::{Answer, Asked, Server};

pub(crate) const TOKEN: &str = "sntrys_dG9rZW4tb2YtdGhlLXRlc3Rz";
/// Planted in issues and events; no bundle may hold it.
const SECRET: &str = "hunter2-planted";
const NOW: i64 = 1_770_000_000;

fn fixture(name: &str) -> Value {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/sentry");
    serde_json::from_slice(&std::fs::read(folder.join(name)).unwrap()).unwrap()
}

/// What a server holds.
#[derive(Clone)]
pub(crate) struct Site {
    pub(crate) issues: Vec<Value>,
    /// By issue, the newest first.
    events: BTreeMap<String, Vec<Value>>,
    glitchtip: bool,
}

impl Site {
    /// Recorded issues and events under new ids, with secrets planted.
    pub(crate) fn sentry() -> Self {
        let recorded = [
            "api/python_zero_division.json",
            "api/js_error_with_context.json",
            "api/go_file_not_found.json",
            "api/dotnet_divide_zero.json",
            "api/elixir_error.json",
        ];
        let row = fixture("issues/gitlab_list.json")[0].clone();
        let (mut issues, mut all) = (Vec::new(), BTreeMap::new());
        for (n, name) in recorded.iter().enumerate() {
            let id = (100 + n).to_string();
            let mut events = Vec::new();
            for number in 0..=n {
                let mut event = fixture(name);
                event["eventID"] = json!(format!("{n:016x}{number:016x}"));
                event["id"] = event["eventID"].clone();
                event["groupID"] = json!(id);
                event["user"] = json!({"email": format!("{SECRET}@example.org")});
                event["context"] = json!({"password": SECRET});
                events.push(event);
            }
            let mut issue = row.clone();
            issue["id"] = json!(id);
            issue["shortId"] = json!(format!("SHOP-{n}"));
            issue["title"] = events[0]["title"].clone();
            issue["metadata"] = events[0]["metadata"].clone();
            issue["count"] = json!(events.len().to_string());
            issue["lastSeen"] = events[0]["dateCreated"].clone();
            issue["seenBy"] = json!([{"email": format!("{SECRET}@example.org")}]);
            issues.push(issue);
            all.insert(id, events);
        }
        Self { issues, events: all, glitchtip: false }
    }

    /// The same as GlitchTip tells it: an `issue` instead of a `groupID`, names of
    /// events unknown but for the latest.
    fn glitchtip() -> Self {
        let mut site = Self { glitchtip: true, ..Self::sentry() };
        for (id, event) in
            site.events.iter_mut().flat_map(|(id, list)| list.iter_mut().map(move |e| (id, e)))
        {
            let event = event.as_object_mut().unwrap();
            event.remove("groupID");
            event.insert("issue".into(), json!(id.parse::<u64>().unwrap()));
            event.insert("projectID".into(), json!(7));
        }
        for issue in &mut site.issues {
            issue["permalink"] = json!("Not implemented");
        }
        site
    }

    pub(crate) fn answer(&self, asked: &Asked) -> Answer {
        if asked.header("authorization") != Some(&format!("Bearer {TOKEN}")) {
            return Answer::Json(401, json!({"detail": "Invalid token"}));
        }
        let (path, query) = asked.path.split_once('?').unwrap_or((&asked.path, ""));
        let value = |name: &str| {
            query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
        };
        let none = || Answer::Json(404, json!({"detail": "The requested resource does not exist"}));
        let org = "/api/0/organizations/acme/";
        if path == "/api/0/projects/acme/shop/" {
            return Answer::Json(200, json!({"id": "7", "slug": "shop", "name": "Shop"}));
        }
        if path == format!("{org}issues/") {
            assert_eq!(value("project"), Some("7"));
            let wrong = |sort: &str| sort != if self.glitchtip { "-first_seen" } else { "new" };
            if value("sort").is_some_and(wrong) {
                return Answer::Json(422, json!({"detail": [{"msg": "unexpected value"}]}));
            }
            return page(&self.issues, value("limit"), value("cursor"));
        }
        if path == format!("{org}code-mappings/") && !self.glitchtip {
            let mapping = |project: &str| {
                json!({
                    "id": "1", "projectId": project, "projectSlug": "shop", "stackRoot": "app/",
                    "sourceRoot": "src/", "repoName": "acme/shop",
                })
            };
            return page(&[mapping("7"), mapping("8")], Some("100"), None);
        }
        let folder =
            if self.glitchtip { "/api/0/issues/" } else { "/api/0/organizations/acme/issues/" };
        let Some((id, rest)) = path.strip_prefix(folder).and_then(|p| p.split_once('/')) else {
            return none();
        };
        let Some(events) = self.events.get(id) else { return none() };
        let event =
            |event: Option<&Value>| event.map_or_else(none, |e| Answer::Json(200, e.clone()));
        match rest {
            "events/" => page(events, value("per_page"), value("cursor")),
            "events/latest/" => event(events.first()),
            "events/oldest/" if !self.glitchtip => event(events.last()),
            "events/recommended/" if !self.glitchtip => event(events.get(events.len() / 2)),
            "summarize/" if !self.glitchtip => {
                assert_eq!(asked.method, "POST");
                Answer::Json(
                    200,
                    json!({"headline": format!("Summary of {id}"), "whatsWrong": "It **broke**",
                           "scores": {"isFixable": true}}),
                )
            }
            "autofix/" if !self.glitchtip => Answer::Json(
                200,
                match id {
                    "100" => json!({"autofix": {
                        "run_id": 3, "status": "COMPLETED",
                        "request": {"issue": {"events": [SECRET]}},
                        "steps": [
                            {"key": "root_cause_analysis", "causes": [{"id": 0,
                             "description": "The divisor is zero", "relevant_repos": []}]},
                            {"key": "chat", "text": SECRET},
                        ],
                    }}),
                    _ => json!({"autofix": null}),
                },
            ),
            id => event(
                events.iter().find(|e| format!("events/{}/", e["id"].as_str().unwrap()) == id),
            ),
        }
    }
}

/// A page of a list, with both links as servers send them.
fn page(rows: &[Value], limit: Option<&str>, cursor: Option<&str>) -> Answer {
    let limit: usize = limit.unwrap_or("100").parse().unwrap();
    let number: usize = cursor.map_or(0, |c| c.split("%3A").nth(1).unwrap().parse().unwrap());
    let rest: Vec<&Value> = rows.iter().skip(number * limit).collect();
    let more = rest.len() > limit;
    let link = format!(
        "<https://elsewhere.example/api/0/?cursor=0:0:1>; rel=\"previous\"; results=\"false\"; \
         cursor=\"0:0:1\", <https://elsewhere.example/api/0/?cursor=0:{next}:0>; rel=\"next\"; \
         results=\"{more}\"; cursor=\"0:{next}:0\"",
        next = number + 1,
    );
    let body = json!(rest[..limit.min(rest.len())]).to_string();
    Answer::With(
        200,
        vec![("link", link), ("content-type", "application/json".into())],
        body.into(),
    )
}

pub(crate) fn serve(site: Site) -> Server {
    Server::new(move |asked, _| site.answer(asked))
}

/// A server whose every path first answers with a fault.
fn faulty(
    site: Site,
    fault: impl Fn(&Asked, Answer) -> Option<Answer> + Send + Sync + 'static,
) -> Server {
    Server::new(move |asked, before| {
        let answer = site.answer(asked);
        match before {
            0 => fault(asked, answer).unwrap_or_else(|| site.answer(asked)),
            _ => answer,
        }
    })
}

fn body(answer: Answer) -> String {
    match answer {
        Answer::Json(_, value) => value.to_string(),
        Answer::With(_, _, body) => String::from_utf8(body).unwrap(),
        _ => panic!("no body"),
    }
}

pub(crate) struct Case {
    folder: tempfile::TempDir,
    pub(crate) settings: Settings,
    slept: RefCell<Vec<u64>>,
}

impl Case {
    pub(crate) fn new(server: &Server) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let asked = Wanted {
            url: server.url.clone(),
            org: "acme".into(),
            projects: vec!["shop".into()],
            events: 4,
            since: None,
            query: String::new(),
            seer: false,
            scrub_keys: Vec::new(),
            scrub_values: Vec::new(),
        };
        let settings = Settings {
            asked,
            bundle: folder.path().join("bundle.zip"),
            certificates: None,
            limits: Limits { page: 2, ..Limits::default() },
        };
        Self { folder, settings, slept: RefCell::default() }
    }

    pub(crate) fn run(&self) -> Result<ExportReport, ExportError> {
        self.run_with(TOKEN)
    }

    fn run_with(&self, token: &str) -> Result<ExportReport, ExportError> {
        let sleep = |time: Duration| self.slept.borrow_mut().push(time.as_secs());
        let world = World { now: &|| NOW, sleep: &sleep, progress: &|_| {} };
        export(&self.settings, &Token::new(token).unwrap(), &world)
    }

    pub(crate) fn files(&self) -> BTreeMap<String, String> {
        unpacked(&self.settings.bundle)
    }

    /// The bundle's content without what names the server, whose port changes.
    fn content(&self) -> BTreeMap<String, String> {
        let mut files = self.files();
        for text in files.values_mut() {
            *text = text.replace(&self.settings.asked.url, "SERVER");
        }
        files
    }
}

fn unpacked(bundle: &Path) -> BTreeMap<String, String> {
    let mut archive = zip::ZipArchive::new(std::fs::File::open(bundle).unwrap()).unwrap();
    let mut files = BTreeMap::new();
    for n in 0..archive.len() {
        let mut file = archive.by_index(n).unwrap();
        let mut text = String::new();
        file.read_to_string(&mut text).unwrap();
        files.insert(file.name().unwrap().into_owned(), text);
    }
    files
}

pub(crate) fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// What a server without faults gives.
fn expected(site: Site) -> BTreeMap<String, String> {
    let server = serve(site);
    let case = Case::new(&server);
    case.run().unwrap();
    case.content()
}

#[test]
fn a_bundle_holds_what_the_server_has_and_no_secret() {
    let server = serve(Site::sentry());
    let mut case = Case::new(&server);
    case.settings.asked.seer = true;
    let report = case.run().unwrap();
    // Issues with 1, 2, 3, 4 and 5 events, of which at most 4 are taken.
    assert_eq!((report.issues, report.events), (5, 1 + 2 + 3 + 4 + 4));
    assert_eq!((report.summaries, report.code_mappings), (6, 1));
    assert_eq!(report.left_out, BTreeMap::new());
    assert!(report.scrubbed.values().sum::<usize>() > 10);
    assert!(!partial(&case.settings.bundle).exists());
    assert_eq!(std::fs::read_dir(case.folder.path()).unwrap().count(), 1);

    let files = case.files();
    for (name, text) in &files {
        assert!(!text.contains(SECRET), "{name}");
        assert!(!text.contains(TOKEN), "{name}");
    }
    let manifest: Value = serde_json::from_str(&files["manifest.json"]).unwrap();
    assert_eq!(manifest["begun"], "2026-02-02T02:40:00Z");
    assert_eq!(manifest["organization"], "acme");
    for (name, said) in manifest["files"].as_object().unwrap() {
        let text = &files[name];
        let digest: String =
            Sha256::digest(text.as_bytes()).iter().map(|b| format!("{b:02x}")).collect();
        assert_eq!(said["sha256"], json!(digest), "{name}");
        assert_eq!(said["records"], json!(text.lines().count()));
        assert_eq!(said["bytes"], json!(text.len()));
    }
    let summaries = lines(&files["summaries.ndjson"]);
    assert_eq!(summaries[0]["groupId"], "100");
    assert_eq!(summaries[1]["autofix"]["steps"].as_array().unwrap().len(), 1);

    // Resolved issues too: without a query servers list unresolved ones only.
    let listing = |asked: &&Asked| asked.path.contains("/issues/?");
    let asked: Vec<Asked> = server.all().iter().filter(listing).cloned().collect();
    assert!(asked.iter().all(|a| a.path.contains("&query=&")), "{asked:?}");

    let again = case.run();
    assert!(matches!(again, Err(ExportError::Exists(_))), "{again:?}");
}

#[test]
fn a_bundle_can_be_imported() {
    let server = serve(Site::sentry());
    let case = Case::new(&server);
    let exported = case.run().unwrap();
    let store = Store::open(&case.folder.path().join("state/forewarn.db")).unwrap();
    let cache = SentryCache::new(&store);
    let report = cache.import(std::slice::from_ref(&case.settings.bundle)).unwrap();
    assert_eq!((report.issues, report.events), (exported.issues, exported.events));
    assert_eq!(report.problems, [""; 0]);
    let odd = |n: &&String| n.contains("manifest.json") || n.ends_with(": empty");
    assert_eq!(report.notes.iter().find(odd), None);
    let issue = cache.issue("SHOP-0").unwrap();
    assert_eq!(issue.error_type.as_deref(), Some("ZeroDivisionError"));
    assert!(cache.latest_event("100").unwrap().is_some());
}

#[test]
fn passing_faults_leave_no_trace_in_the_bundle() {
    let expected = expected(Site::sentry());
    type Fault = fn(&Asked, Answer) -> Option<Answer>;
    let faults: [(&str, Fault); 7] = [
        ("busy", |_, _| Some(Answer::With(429, vec![("retry-after", "7".into())], vec![]))),
        ("busy until", |_, _| {
            let reset = (NOW + 9).to_string();
            Some(Answer::With(429, vec![("x-sentry-rate-limit-reset", reset)], vec![]))
        }),
        ("failing", |_, _| Some(Answer::Json(500, json!({"detail": "Internal Error"})))),
        ("down", |_, _| Some(Answer::With(503, vec![("retry-after", "3".into())], vec![]))),
        ("cut off", |_, answer| {
            let body = body(answer);
            Some(Answer::Short(body.len() / 2, body))
        }),
        ("silent", |_, answer| Some(Answer::Short(0, body(answer)))),
        ("truncated", |_, answer| {
            let mut body = body(answer).into_bytes();
            body.truncate(body.len() * 2 / 3);
            Some(Answer::With(200, vec![], body))
        }),
    ];
    for (name, fault) in faults {
        let server = faulty(Site::sentry(), fault);
        let case = Case::new(&server);
        case.run().unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(case.content(), expected, "{name}");
        let slept = case.slept.borrow();
        let wait = match name {
            "busy" => 7,
            "busy until" => 9,
            "down" => 3,
            _ => 1,
        };
        assert!(!slept.is_empty() && slept.iter().all(|s| *s == wait), "{name}: {slept:?}");
    }
}

#[test]
fn limits_are_kept_before_the_server_complains() {
    let site = Site::sentry();
    let server = Server::new(move |asked, _| {
        let left = if asked.path.contains("latest") { "0" } else { "5" };
        let headers = vec![
            ("x-sentry-rate-limit-remaining", left.to_owned()),
            ("x-sentry-rate-limit-reset", (NOW + 2).to_string()),
        ];
        match site.answer(asked) {
            Answer::Json(status, value) => {
                Answer::With(status, headers, value.to_string().into_bytes())
            }
            other => other,
        }
    });
    let case = Case::new(&server);
    case.run().unwrap();
    assert_eq!(*case.slept.borrow(), [2; 5]);
}

#[test]
fn compressed_answers_are_read() {
    let expected = expected(Site::sentry());
    let server = faulty(Site::sentry(), |asked, answer| {
        assert_eq!(asked.header("accept-encoding"), Some("gzip"));
        let Answer::With(status, mut headers, body) = answer else { return None };
        headers.push(("content-encoding", "gzip".into()));
        let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gz.write_all(&body).unwrap();
        Some(Answer::With(status, headers, gz.finish().unwrap()))
    });
    let case = Case::new(&server);
    case.run().unwrap();
    assert_eq!(case.content(), expected);
}

#[test]
fn an_interrupted_export_goes_on_to_the_same_bundle() {
    let whole = expected(Site::sentry());
    let site = Site::sentry();
    for seer in [false, true] {
        let left = Arc::new(AtomicUsize::new(usize::MAX));
        let (budget, of) = (left.clone(), site.clone());
        let server = Server::new(move |asked, _| {
            let go = |n: usize| n.checked_sub(1);
            match budget.fetch_update(Ordering::SeqCst, Ordering::SeqCst, go) {
                Ok(_) => of.answer(asked),
                Err(_) => Answer::Json(500, json!({})),
            }
        });
        let mut reference = Case::new(&server);
        reference.settings.asked.seer = seer;
        reference.run().unwrap();
        let expected = std::fs::read(&reference.settings.bundle).unwrap();
        assert!(seer || reference.content() == whole);
        let requests = server.all().len();
        assert!(requests > 15, "{requests}");
        for allowed in (0..requests).step_by(if seer { 4 } else { 1 }) {
            let mut case = Case::new(&server);
            case.settings.asked.seer = seer;
            left.store(allowed, Ordering::SeqCst);
            let failed = case.run();
            assert!(
                matches!(failed, Err(ExportError::Failing { .. })),
                "after {allowed} of {requests}: {failed:?}"
            );
            assert!(!case.settings.bundle.exists());
            let folder = partial(&case.settings.bundle);
            for entry in std::fs::read_dir(&folder).unwrap() {
                let path = entry.unwrap().path();
                let text = std::fs::read_to_string(&path).unwrap();
                assert!(!text.contains(SECRET) && !text.contains(TOKEN), "{}", path.display());
                // As a process that was killed while it wrote may leave it.
                if path.extension().is_some_and(|e| e == "ndjson") {
                    std::fs::write(&path, text + "{\"id\": \"half").unwrap();
                }
            }
            left.store(usize::MAX, Ordering::SeqCst);
            case.run().unwrap();
            let bundle = std::fs::read(&case.settings.bundle).unwrap();
            assert!(bundle == expected, "after {allowed} of {requests}");
        }
    }
}

#[test]
fn a_forgotten_cursor_begins_the_listing_anew_without_doubles() {
    let expected = expected(Site::sentry());
    let server = faulty(Site::sentry(), |asked, _| {
        asked
            .path
            .contains("cursor=")
            .then(|| Answer::Json(400, json!({"detail": "Invalid cursor"})))
    });
    let case = Case::new(&server);
    case.run().unwrap();
    assert_eq!(case.content()["issues.ndjson"], expected["issues.ndjson"]);

    // One that never knows its own cursors is given up on, with what it said.
    let site = Site::sentry();
    let server = Server::new(move |asked, _| match asked.path.contains("issues/?") {
        true if asked.path.contains("cursor=") => {
            Answer::Json(400, json!({"detail": "Invalid cursor"}))
        }
        _ => site.answer(asked),
    });
    let failed = Case::new(&server).run();
    assert!(
        matches!(&failed, Err(ExportError::Refused { status: 400, detail, .. }) if detail == "Invalid cursor"),
        "{failed:?}"
    );
}

#[test]
fn a_listing_without_end_is_left() {
    for cursors in [["0:1:0", "0:1:0"], ["0:1:0", "0:2:0"]] {
        let site = Site::sentry();
        let server = Server::new(move |asked, _| match asked.path.contains("issues/?") {
            true => {
                let next = cursors[usize::from(asked.path.contains("cursor=0%3A1"))];
                let link =
                    format!("<http://h/>; rel=\"next\"; results=\"true\"; cursor=\"{next}\"");
                Answer::With(200, vec![("link", link)], b"[]".to_vec())
            }
            false => site.answer(asked),
        });
        let failed = Case::new(&server).run();
        assert!(matches!(failed, Err(ExportError::Endless { .. })), "{failed:?}");
    }
}

#[test]
fn huge_answers_are_bounded() {
    let mut site = Site::sentry();
    // Four issues on one page are too much, one alone is not.
    site.issues.iter_mut().for_each(|issue| issue["note"] = json!("x".repeat(7_000)));
    // One event that is larger than any answer may be.
    site.events.get_mut("102").unwrap()[0]["message"] = json!("x".repeat(200_000));
    let server = serve(site);
    let mut case = Case::new(&server);
    case.settings.asked.events = 1;
    case.settings.limits = Limits { answer: 20_000, page: 4, ..Limits::default() };
    let report = case.run().unwrap();
    assert_eq!((report.issues, report.events), (5, 5), "of the third there is another");
    let left_out: Vec<(&str, usize)> =
        report.left_out.iter().map(|(reason, n)| (reason.as_str(), *n)).collect();
    assert_eq!(left_out, [("an event, which the server could not send", 1)]);
    let ids: Vec<Value> =
        lines(&case.files()["issues.ndjson"]).into_iter().map(|i| i["id"].clone()).collect();
    assert_eq!(ids, ["100", "101", "102", "103", "104"]);

    case.settings.limits.answer = 5_000;
    case.settings.bundle = case.folder.path().join("small.zip");
    let failed = case.run();
    assert!(matches!(failed, Err(ExportError::TooLarge { .. })), "{failed:?}");
}

#[test]
fn glitchtip_is_spoken_to_in_its_own_way() {
    let server = serve(Site::glitchtip());
    let mut case = Case::new(&server);
    case.settings.asked.seer = true;
    let report = case.run().unwrap();
    assert_eq!((report.issues, report.events), (5, 14));
    let reasons: Vec<&str> = report.left_out.keys().map(String::as_str).collect();
    assert_eq!(
        reasons,
        [
            "code mappings, which the server does not offer",
            "root causes of issues, which the server does not offer",
            "summaries of issues, which the server does not offer",
        ]
    );
    let events = lines(&case.files()["events.ndjson"]);
    assert!(events.iter().all(|e| e["issue"].is_u64()));
    // What it does not know is asked for of three issues.
    let unknown = |a: &&Asked| a.path.ends_with("oldest/") || a.path.ends_with("summarize/");
    assert_eq!(server.all().iter().filter(unknown).count(), 6);
}

#[test]
fn events_that_cannot_be_sent_cost_their_issue() {
    let site = Site::sentry();
    let server = Server::new(move |asked, _| match asked.path.contains("/101/events/") {
        true => Answer::Json(500, json!({"detail": "Internal Error"})),
        false => site.answer(asked),
    });
    let case = Case::new(&server);
    let report = case.run().unwrap();
    assert_eq!((report.issues, report.events), (5, 12));
    assert_eq!(report.left_out.values().sum::<usize>(), 1);
    // Waits grow, and end; the second event is not waited for as long.
    let slept = case.slept.borrow();
    assert_eq!(*slept, [1, 2, 4, 8, 16, 32, 64, 64, 1, 2]);
    assert_eq!(report.refused, None);
}

#[test]
fn an_event_that_cannot_be_sent_costs_only_itself() {
    // By its name, or by its id on the list.
    for broken in ["/104/events/oldest/", "/104/events/latest/", "/104/events/?"] {
        let site = Site::sentry();
        let server = Server::new(move |asked, _| match asked.path.contains(broken) {
            true => Answer::Json(500, json!({"detail": "Internal Error"})),
            false => site.answer(asked),
        });
        let case = Case::new(&server);
        let report = case.run().unwrap();
        let events = if broken.ends_with('?') { 13 } else { 14 };
        assert_eq!((report.issues, report.events), (5, events), "{broken}");
        let left_out: Vec<_> = report.left_out.into_iter().collect();
        assert_eq!(left_out, [("an event, which the server could not send".to_owned(), 1)]);
    }
}

#[test]
fn a_server_that_fails_issue_after_issue_is_given_up_on() {
    let site = Site::sentry();
    let failing = Arc::new(AtomicUsize::new(1));
    let fails = failing.clone();
    let server = Server::new(move |asked, _| {
        let broken = ["/101/", "/102/", "/103/"].iter().any(|id| asked.path.contains(id));
        match fails.load(Ordering::SeqCst) > 0 && broken && asked.path.contains("/events/") {
            true => Answer::Json(500, json!({"detail": "Internal Error"})),
            false => site.answer(asked),
        }
    });
    let case = |seer: bool| {
        let mut case = Case::new(&server);
        case.settings.limits.failures = 3;
        case.settings.asked.seer = seer;
        case
    };
    for seer in [false, true] {
        failing.store(0, Ordering::SeqCst);
        let reference = case(seer);
        reference.run().unwrap();
        // An outage: nothing of what it made fail is missing in the end.
        failing.store(1, Ordering::SeqCst);
        let interrupted = case(seer);
        let failed = interrupted.run();
        assert!(matches!(&failed, Err(ExportError::GaveUp { issues: 3, .. })), "{failed:?}");
        // One event took minutes, the others seconds.
        assert_eq!(interrupted.slept.borrow().iter().filter(|s| **s > 2).count(), 6);
        failing.store(0, Ordering::SeqCst);
        interrupted.run().unwrap();
        assert_eq!(interrupted.files(), reference.files());
    }
    // They are broken for good: the second time they are passed over.
    failing.store(1, Ordering::SeqCst);
    let case = case(false);
    assert!(matches!(case.run(), Err(ExportError::GaveUp { .. })));
    let report = case.run().unwrap();
    assert_eq!((report.issues, report.events), (5, 1 + 4));
    let left_out: Vec<_> = report.left_out.into_iter().collect();
    assert_eq!(
        left_out,
        [("the events of an issue, which the server could not send".to_owned(), 3)]
    );
}

#[test]
fn the_token_goes_to_no_other_host() {
    let other = serve(Site::sentry());
    for to in [format!("{}/api/0/", other.url), "//elsewhere.example/x".into(), String::new()] {
        let server =
            Server::new(move |_, _| Answer::With(302, vec![("location", to.clone())], vec![]));
        let failed = Case::new(&server).run();
        assert!(matches!(failed, Err(ExportError::Redirected { .. })), "{failed:?}");
    }
    assert_eq!(other.all().len(), 0);

    // Within the server a redirect is followed, whichever way it is written.
    let site = Site::sentry();
    let server = Server::new(move |asked, _| {
        let host = asked.header("host").unwrap();
        match asked.path.strip_prefix("/api/0/projects/acme/shop/") {
            Some("") => {
                let to = format!("http://{host}/api/0/projects/acme/shop/?moved=1");
                Answer::With(301, vec![("location", to)], vec![])
            }
            Some("?moved=1") => {
                let to = "/api/0/projects/acme/shop/?moved=2".to_owned();
                Answer::With(307, vec![("location", to)], vec![])
            }
            _ => site.answer(asked),
        }
    });
    Case::new(&server).run().unwrap();
    let server = Server::new(|_, _| Answer::With(301, vec![("location", "/again".into())], vec![]));
    assert!(matches!(Case::new(&server).run(), Err(ExportError::Redirected { .. })));
}

#[test]
fn refusals_are_told_apart() {
    let server = serve(Site::sentry());
    let failed = Case::new(&server).run_with("sntrys_wrong");
    assert!(
        matches!(&failed, Err(ExportError::Denied { status: 401, detail, .. }) if detail == "Invalid token"),
        "{failed:?}"
    );
    let mut case = Case::new(&server);
    case.settings.asked.projects = vec!["nothing".into()];
    let failed = case.run().unwrap_err().to_string();
    assert!(failed.contains("`nothing`") && failed.contains("`acme`"), "{failed}");
    let page = Server::new(|_, _| Answer::Raw(200, &[], "<!doctype html><title>Log in".into()));
    let failed = Case::new(&page).run();
    assert!(matches!(failed, Err(ExportError::Page { .. })), "{failed:?}");
    let busy = Server::new(|_, _| Answer::With(429, vec![], vec![]));
    let failed = Case::new(&busy).run();
    assert!(matches!(failed, Err(ExportError::Limited { .. })), "{failed:?}");
    let mut gone = Case::new(&busy);
    gone.settings.asked.url = "http://127.0.0.1:1".into();
    let failed = gone.run();
    assert!(matches!(failed, Err(ExportError::Unreachable { .. })), "{failed:?}");
}

#[test]
fn another_export_is_not_gone_on_with() {
    let site = Site::sentry();
    let server = Server::new(move |asked, _| match asked.path.contains("issues/?") {
        true => Answer::Json(403, json!({"detail": "You do not have permission"})),
        false => site.answer(asked),
    });
    let mut case = Case::new(&server);
    assert!(matches!(case.run(), Err(ExportError::Denied { status: 403, .. })));
    case.settings.asked.events = 9;
    let failed = case.run();
    assert!(matches!(failed, Err(ExportError::Other(_))), "{failed:?}");
    let state = partial(&case.settings.bundle).join("state.json");
    std::fs::write(&state, "{").unwrap();
    assert!(matches!(case.run(), Err(ExportError::State { .. })));
}

#[test]
fn issues_are_chosen_by_search_and_time() {
    let mut site = Site::sentry();
    site.issues[0]["lastSeen"] = json!("2026-01-31T00:00:00Z");
    let server = serve(site);
    let mut case = Case::new(&server);
    case.settings.asked.query = "is:unresolved level:error".into();
    case.settings.asked.since = Some(Since::Days(10));
    case.settings.asked.events = 0;
    let report = case.run().unwrap();
    assert_eq!((report.issues, report.events), (1, 0));
    let asked = server.all();
    let listing = asked.iter().find(|a| a.path.contains("/issues/?")).unwrap();
    for part in [
        "query=is%3Aunresolved%20level%3Aerror",
        "start=2026-01-23T02%3A40%3A00",
        "end=2026-02-02T02%3A40%3A00",
    ] {
        assert!(listing.path.contains(part), "{}", listing.path);
    }
    assert!(!asked.iter().any(|a| a.path.contains("/events/")));
}

/// The program in an empty world, with a token on standard input if there is one.
fn forewarn(
    folder: &Path,
    args: &[&str],
    env: &[(&str, &str)],
    stdin: &str,
) -> (i32, String, String) {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_forewarn"));
    command.current_dir(folder).args(args);
    command.env_remove("FOREWARN_SENTRY_TOKEN").env_remove("SENTRY_AUTH_TOKEN");
    command.env("FOREWARN_CONFIG_DIR", folder.join("config"));
    command.env("FOREWARN_DATA_DIR", folder.join("data"));
    command.envs(env.iter().copied());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // It may not read what it is given.
    let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
    let output = child.wait_with_output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

#[test]
fn an_export_without_a_single_event_fails_and_says_why() {
    let site = Site::sentry();
    let server = Server::new(move |asked, _| match asked.path.contains("/events/") {
        true => Answer::Json(403, json!({"detail": "You do not have permission"})),
        false => site.answer(asked),
    });
    let folder = tempfile::tempdir().unwrap();
    let args = ["sentry", "export", "--url", &server.url, "--org", "acme", "--project", "shop"];
    let args = [&args[..], &["-o", "a.zip"]].concat();
    let (code, out, err) = forewarn(folder.path(), &args, &[("SENTRY_AUTH_TOKEN", TOKEN)], "");
    assert_eq!(code, 2, "{out}{err}");
    assert!(out.contains("Exported 5 issues and 0 events"), "{out}");
    assert!(out.contains("which the token may not read (5)"), "{out}");
    assert!(
        out.contains("No event could be fetched: ") && out.contains("have permission)"),
        "{out}"
    );
}

#[test]
fn the_command_takes_the_token_from_outside_and_never_shows_it() {
    let server = serve(Site::sentry());
    let folder = tempfile::tempdir().unwrap();
    let bundle = |name: &str| -> PathBuf { folder.path().join(name) };
    let run = |name: &str, more: &[&str], env: &[(&str, &str)], stdin: &str| {
        let base = ["-v", "sentry", "export", "--url", &server.url, "--org", "acme"];
        let args = [&base[..], &["--project", "shop", "-o", name], more].concat();
        forewarn(folder.path(), &args, env, stdin)
    };
    let (code, out, err) = run("a.zip", &["--token-stdin"], &[], &format!("{TOKEN}\n"));
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("Exported 5 issues and 12 events to a.zip"), "{out}");
    assert!(out.contains("Removed ") && out.contains("`forewarn sentry import a.zip`"), "{out}");
    let mut said = out + &err;
    for (name, env) in [
        ("b.zip", vec![("SENTRY_AUTH_TOKEN", TOKEN)]),
        ("c.zip", vec![("FOREWARN_SENTRY_TOKEN", TOKEN), ("SENTRY_AUTH_TOKEN", "other")]),
    ] {
        let (code, out, err) = run(name, &[], &env, "");
        assert_eq!(code, 0, "{err}");
        said.push_str(&(out + &err));
        assert_eq!(
            unpacked(&bundle(name))["events.ndjson"],
            unpacked(&bundle("a.zip"))["events.ndjson"]
        );
    }
    let (code, _, err) = run("d.zip", &[], &[("SENTRY_AUTH_TOKEN", "sntrys_wrong")], "");
    assert_eq!(code, 2);
    assert!(err.contains("refuses the token (401: Invalid token)"), "{err}");
    assert!(err.contains("org:read, project:read and event:read"), "{err}");
    said.push_str(&err);
    let (code, _, err) = run("e.zip", &[], &[], "");
    assert!(code == 2 && err.contains("there is no token"), "{err}");
    assert!(!said.contains(TOKEN) && !said.contains("sntrys_wrong"), "{said}");
}
