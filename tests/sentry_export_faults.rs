//! Exports from servers whose answers are well-formed but wrong: refusals of single
//! events, listings that are none or never end, names that lead elsewhere.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use forewarn::sentry::export::{ExportError, ExportReport, partial};
use serde_json::{Value, json};

use crate::common::server::{Answer, Asked, Server};
use crate::sentry_export::{Case, Site, TOKEN, lines, serve};

/// A server that answers some requests wrongly, and all others well.
fn wrong(fault: impl Fn(&Asked) -> Option<Answer> + Send + Sync + 'static) -> Server {
    let site = Site::sentry();
    Server::new(move |asked, _| fault(asked).unwrap_or_else(|| site.answer(asked)))
}

fn is_listing(asked: &Asked) -> bool {
    asked.path.contains("/issues/?")
}

/// A list that always has a page more.
fn more(asked: &Asked, list: Value) -> Answer {
    let next = asked.path.split_once("&cursor=").map_or(1, |(_, c)| c.parse::<u32>().unwrap() + 1);
    let link = format!("<http://h/>; rel=\"next\"; results=\"true\"; cursor=\"{next}\"");
    Answer::With(200, vec![("link", link)], list.to_string().into_bytes())
}

fn left_out(report: &ExportReport) -> Vec<(&str, usize)> {
    report.left_out.iter().map(|(reason, n)| (reason.as_str(), *n)).collect()
}

#[test]
fn refused_events_cost_only_their_issues() {
    type Refusal = fn() -> Answer;
    let refusals: [(Refusal, &str); 3] = [
        (
            || Answer::Raw(200, &[], "<html>blocked</html>".into()),
            "the events of an issue, which the server could not send",
        ),
        (
            || Answer::Json(403, json!({"detail": "no"})),
            "the events of an issue, which the token may not read",
        ),
        (
            || Answer::With(302, vec![("location", "http://other.example/".into())], vec![]),
            "the events of an issue, which the server could not send",
        ),
    ];
    for (refusal, reason) in refusals {
        // Three in a row, and the first ones at that.
        let server = wrong(move |asked| {
            let refused = ["/100/", "/101/", "/102/"].iter().any(|id| asked.path.contains(id));
            refused.then(refusal)
        });
        let report = Case::new(&server).run().unwrap();
        assert_eq!((report.issues, report.events), (5, 4 + 4));
        assert_eq!(left_out(&report), [(reason, 3)]);
    }
}

#[test]
fn what_failed_is_kept_when_the_server_goes() {
    // The third issue's events are refused, and from then on everything.
    let gone = AtomicBool::new(false);
    let server = wrong(move |asked| {
        let refuse = || Some(Answer::Json(403, json!({"detail": "no"})));
        if asked.path.contains("/100/") {
            return refuse();
        }
        let is_gone = asked.path.contains("/101/") || gone.load(Ordering::SeqCst);
        gone.store(is_gone, Ordering::SeqCst);
        is_gone.then(refuse).flatten()
    });
    let case = Case::new(&server);
    let failed = case.run();
    assert!(matches!(failed, Err(ExportError::Denied { status: 403, .. })), "{failed:?}");
    let state = std::fs::read(partial(&case.settings.bundle).join("state.json")).unwrap();
    let state: Value = serde_json::from_slice(&state).unwrap();
    assert_eq!(state["issues_done"], 1);
}

#[test]
fn a_refused_summary_does_not_end_all_others() {
    let refuse = |ids: &'static [&'static str]| {
        wrong(move |asked| {
            let seer = asked.path.ends_with("/summarize/") || asked.path.ends_with("/autofix/");
            (seer && ids.iter().any(|id| asked.path.contains(id)))
                .then(|| Answer::Json(403, json!({"detail": "no"})))
        })
    };
    // Two of the first, and all but one after one was given.
    for (ids, summaries, refused) in
        [(&["/100/", "/101/"][..], 3, 4), (&["/101/", "/102/", "/103/", "/104/"][..], 2, 8)]
    {
        let mut case = Case::new(&refuse(ids));
        case.settings.asked.seer = true;
        let report = case.run().unwrap();
        assert_eq!(report.summaries, summaries);
        assert_eq!(
            left_out(&report),
            [("a summary or root cause, which the server refused", refused)]
        );
    }
    let mut case = Case::new(&refuse(&["/100/", "/101/", "/102/"]));
    case.settings.asked.seer = true;
    let report = case.run().unwrap();
    assert_eq!(report.summaries, 0);
    assert_eq!(
        left_out(&report),
        [
            ("root causes of issues, which the server does not offer", 1),
            ("summaries of issues, which the server does not offer", 1),
        ]
    );
}

#[test]
fn a_listing_that_is_none_is_a_failure() {
    type Odd = fn() -> Answer;
    let odd: [Odd; 4] = [
        || Answer::Json(200, json!({"error": "something"})),
        || Answer::With(200, vec![], vec![]),
        || Answer::With(204, vec![], vec![]),
        || Answer::Json(202, json!({"detail": "later"})),
    ];
    for answer in odd {
        let server = wrong(move |asked| is_listing(asked).then(answer));
        let case = Case::new(&server);
        let failed = case.run();
        assert!(
            matches!(&failed, Err(ExportError::Failing { reason, .. }) if reason.contains("no list")),
            "{failed:?}"
        );
        assert!(!case.settings.bundle.exists());
    }
}

#[test]
fn what_may_be_missing_is_said() {
    let site = Site::sentry();
    let server = wrong(move |asked| {
        is_listing(asked).then(|| Answer::Json(200, Value::Array(site.issues.clone())))
    });
    for (page, said) in [(5, 1), (6, 0)] {
        let mut case = Case::new(&server);
        case.settings.limits.page = page;
        let report = case.run().unwrap();
        assert_eq!(report.issues, 5);
        let reasons = report.left_out.keys().filter(|reason| reason.contains("`Link`"));
        assert_eq!(reasons.count(), said, "{:?}", report.left_out);
    }

    let server = wrong(|asked| {
        asked.path.contains("/events/").then(|| Answer::Json(200, json!({"detail": "nothing"})))
    });
    let report = Case::new(&server).run().unwrap();
    assert_eq!((report.issues, report.events), (5, 0));
    assert_eq!(left_out(&report), [("an event, in whose place the server sent something else", 5)]);

    let server = wrong(|asked| {
        let mapping = json!([{"stackRoot": "a/", "sourceRoot": "b/"}]);
        asked.path.contains("code-mappings/").then(|| more(asked, mapping))
    });
    let report = Case::new(&server).run().unwrap();
    assert_eq!(report.code_mappings, 50);
    assert_eq!(left_out(&report), [("code mappings after the first 50 pages", 1)]);
}

#[test]
fn lists_without_end_are_left() {
    let site = Site::sentry();
    let server =
        wrong(move |asked| is_listing(asked).then(|| more(asked, json!([site.issues[0]]))));
    let failed = Case::new(&server).run();
    assert!(matches!(failed, Err(ExportError::Endless { .. })), "{failed:?}");
    assert_eq!(server.all().iter().filter(|asked| is_listing(asked)).count(), 4);

    // Of events there is what came before.
    let server = wrong(|asked| {
        let event = json!([{"id": "ab", "entries": []}]);
        asked.path.contains("/104/events/?").then(|| more(asked, event))
    });
    let mut case = Case::new(&server);
    case.settings.asked.events = 5;
    let report = case.run().unwrap();
    assert_eq!(report.events, 1 + 2 + 3 + 4 + 4);
    assert_eq!(
        left_out(&report),
        [("further events of an issue, whose list does not come to an end", 1)]
    );
}

#[test]
fn an_answer_that_drips_is_left() {
    let server =
        wrong(|asked| is_listing(asked).then(|| Answer::Endless(Duration::from_millis(5))));
    let mut case = Case::new(&server);
    case.settings.limits.time = Duration::from_millis(500);
    let failed = case.run();
    assert!(matches!(failed, Err(ExportError::Failing { attempts: 1, .. })), "{failed:?}");
}

#[test]
fn a_token_that_the_server_repeats_is_not_shown() {
    for status in [401, 400] {
        let server = wrong(move |asked| {
            let detail = format!("{}{TOKEN}{TOKEN}", "x".repeat(150));
            is_listing(asked).then(|| Answer::Json(status, json!({ "detail": detail })))
        });
        let error = Case::new(&server).run().unwrap_err().to_string();
        assert!(error.contains("x[token]") && !error.contains(&TOKEN[..9]), "{error}");
    }
    let server = wrong(|asked| {
        let to = format!("http://other.example/{TOKEN}");
        is_listing(asked).then(|| Answer::With(302, vec![("location", to)], vec![]))
    });
    let error = Case::new(&server).run().unwrap_err().to_string();
    assert!(error.contains("[token]") && !error.contains(TOKEN), "{error}");
}

#[test]
fn names_lead_nowhere_else() {
    let server = serve(Site::sentry());
    for bad in ["..", "", "a/b"] {
        let mut case = Case::new(&server);
        case.settings.asked.org = bad.into();
        assert!(matches!(case.run(), Err(ExportError::Slug(_))), "{bad:?}");
        let mut case = Case::new(&server);
        case.settings.asked.projects.push(bad.into());
        assert!(matches!(case.run(), Err(ExportError::Slug(_))), "{bad:?}");
    }
    assert_eq!(server.all().len(), 0);

    let mut site = Site::sentry();
    for (issue, id) in site.issues.iter_mut().zip(["..", "../../admin", "a\r\nX: y"]) {
        issue["id"] = json!(id);
    }
    let server = serve(site);
    let report = Case::new(&server).run().unwrap();
    assert_eq!(report.issues, 2);
    assert_eq!(left_out(&report), [("an issue without a usable id", 3)]);
    assert!(server.all().iter().all(|asked| !asked.path.contains("..")));
}

#[test]
fn one_missing_event_does_not_make_its_name_unknown() {
    let server = wrong(|asked| {
        asked.path.ends_with("/101/events/oldest/").then(|| Answer::Json(404, json!({})))
    });
    let report = Case::new(&server).run().unwrap();
    assert_eq!(report.events, 1 + 2 + 3 + 4 + 4);
    let oldest = server.all().iter().filter(|a| a.path.ends_with("/oldest/")).count();
    // All issues but the one that has a single event.
    assert_eq!(oldest, 4);
}

#[test]
fn an_export_goes_on_with_the_ids_of_the_server() {
    let down = Arc::new(AtomicBool::new(true));
    let is_down = down.clone();
    let server = wrong(move |asked| {
        let fails = is_down.load(Ordering::SeqCst) && asked.path.contains("cursor=0%3A2");
        fails.then(|| Answer::Json(401, json!({"detail": "expired"})))
    });
    let case = Case::new(&server);
    assert!(matches!(case.run(), Err(ExportError::Denied { .. })));
    // As if the scrubber had taken the ids for something else.
    let folder = partial(&case.settings.bundle);
    let issues = folder.join("issues.ndjson");
    let text = std::fs::read_to_string(&issues).unwrap();
    assert_eq!(lines(&text).len(), 4);
    std::fs::write(&issues, text.replace("\"id\":\"10", "\"id\":\"xx")).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = |path: &std::path::Path| path.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&folder), 0o700);
        for entry in std::fs::read_dir(&folder).unwrap() {
            assert_eq!(mode(&entry.unwrap().path()), 0o600);
        }
    }
    down.store(false, Ordering::SeqCst);
    let report = case.run().unwrap();
    assert_eq!((report.issues, report.events), (5, 14));
    assert!(case.files()["issues.ndjson"].contains("\"id\":\"xx3\""));
    assert_eq!(left_out(&report), []);
}
