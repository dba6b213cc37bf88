//! Forms and containers of Sentry's exports, and what is wrong with them.

use std::io::Write;
use std::path::PathBuf;

use forewarn::sentry::{ImportOptions, SentryCache, SentryError};
use forewarn::store::Store;
use serde_json::{Value, json};

use crate::sentry::{Cache, event, issue};

fn list() -> Vec<u8> {
    json!([
        issue("1", "KeyError: a", "2026-01-01T00:00:00Z"),
        issue("2", "KeyError: b", "2026-01-01T00:00:00Z"),
    ])
    .to_string()
    .into_bytes()
}

fn zip(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    for (name, content) in members {
        writer.start_file(*name, options).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn tar(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, content) in members {
        let mut header = tar::Header::new_ustar();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        // Past the library's own check, which refuses such names.
        let field = &mut header.as_old_mut().name;
        field[..name.len()].copy_from_slice(name.as_bytes());
        header.set_cksum();
        builder.append(&header, *content).unwrap();
    }
    builder.into_inner().unwrap()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gz.write_all(bytes).unwrap();
    gz.finish().unwrap()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 1).unwrap()
}

#[test]
fn archives_of_every_kind_are_read() {
    let list = list();
    let members: [(&str, &[u8]); 3] =
        [("a/b/2026-01-01/list", &list), ("README", b"an export"), ("a/photo", b"\x89PNG\0")];
    let packed = gzip(&list);
    for (name, content) in [
        ("zip", zip(&members)),
        ("tar", tar(&members)),
        ("tar.gz", gzip(&tar(&members))),
        ("tar.zst", zstd(&tar(&members))),
        ("gz in zip", zip(&[("list.json.gz", &packed), ("x", b"x"), ("y", b"y")])),
        ("tar.gz in zip", zip(&[("inner", &gzip(&tar(&members)))])),
        ("zip in tar.zst", zstd(&tar(&[("inner", &zip(&members))]))),
    ] {
        for in_folder in [false, true] {
            let cache = Cache::new();
            let path = cache.write("deep/er/export", &content);
            let path = if in_folder { cache.folder.path().join("export") } else { path };
            let report = cache.import(&[path]);
            assert_eq!((report.issues, report.files), (2, 1), "{name}: {report:?}");
            assert!(report.problems.is_empty() && report.notes.len() == 2, "{name}: {report:?}");
        }
    }
}

#[test]
fn streams_are_unpacked_whatever_is_around_them() {
    let list = list();
    let answer = |body: &[u8]| [b"HTTP/1.1 200 OK\r\nLink: <x>\r\n\r\n", body].concat();
    let continued = [b"HTTP/1.1 100 Continue\r\n\r\n", answer(&list).as_slice()].concat();
    let utf16: Vec<u8> = String::from_utf8(list.clone())
        .unwrap()
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let mut old = tar::Builder::new(Vec::new());
    for (name, content) in [("export/", &b""[..]), ("export/list", &list)] {
        let mut header = tar::Header::new_old();
        header.set_path(name).unwrap();
        header.set_size(content.len() as u64);
        header.set_entry_type(tar::EntryType::new(0));
        header.set_cksum();
        old.append(&header, content).unwrap();
    }
    for (name, content) in [
        ("gzip in gzip", gzip(&gzip(&list))),
        ("two streams", [gzip(&list[..9]), gzip(&list[9..])].concat()),
        ("an answer with its headers", answer(&list)),
        ("two answers", continued),
        ("a packed answer with its headers", answer(&gzip(&list))),
        ("UTF-16 without a mark", utf16),
        ("tar without a mark", gzip(&old.into_inner().unwrap())),
    ] {
        let cache = Cache::new();
        let report = cache.import(&[cache.write("export", &content)]);
        assert_eq!((report.issues, report.files), (2, 1), "{name}: {report:?}");
        assert!(report.problems.is_empty() && report.notes.is_empty(), "{name}: {report:?}");
    }
    let cache = Cache::new();
    let path = cache.write("export", [gzip(&list), b"\0\0rest".to_vec()].concat());
    let report = cache.import(&[path]);
    assert_eq!((report.issues, report.problems.len()), (2, 0), "{report:?}");
    assert!(report.notes[0].ends_with("end of its gzip stream, which were not read"));
    let often = (0..9).fold(list, |bytes, _| gzip(&bytes));
    let report = Cache::new().import(&[cache.write("often", often)]);
    assert!(report.problems[0].ends_with("packed again and again; unpack it"), "{report:?}");
    let report = Cache::new().import(&[cache.write("head", "HTTP/1.1 200 OK\r\nX: y")]);
    assert!(report.problems[0].ends_with("do not end"), "{report:?}");
}

fn bundle(issues: &[u8], said: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    use sha2::{Digest, Sha256};
    let sum = |bytes: &[u8]| -> String {
        Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect()
    };
    let events = event("e1", Some("1"), "shop/cart.py", "total").to_string().into_bytes();
    let manifest = json!({"forewarn_bundle": 1, "files": {
        "issues.ndjson": {"sha256": sum(said)}, "events.ndjson": {"sha256": sum(&events)}}});
    vec![
        ("manifest.json", manifest.to_string().into_bytes()),
        ("issues.ndjson", issues.to_vec()),
        ("events.ndjson", events),
    ]
}

#[test]
fn the_sums_of_a_bundle_are_checked() {
    let list = list();
    let other = String::from_utf8(list.clone()).unwrap().replace("KeyError: a", "KeyError: z");
    let pack = |members: &[(&str, Vec<u8>)], reversed: bool| {
        let mut members: Vec<(&str, &[u8])> =
            members.iter().map(|(name, bytes)| (*name, bytes.as_slice())).collect();
        if reversed {
            members.reverse();
        }
        [zip(&members), gzip(&tar(&members)), zip(&[("inner.zip", &zip(&members))])]
    };
    for reversed in [false, true] {
        for content in pack(&bundle(&list, &list), reversed) {
            let cache = Cache::new();
            let report = cache.import(&[cache.write("shop", content)]);
            assert_eq!((report.issues, report.events), (2, 1), "{report:?}");
            assert_eq!(report.problems, [""; 0]);
        }
        for content in pack(&bundle(other.as_bytes(), &list), reversed) {
            let cache = Cache::new();
            let report = cache.import(&[cache.write("shop", content)]);
            assert_eq!((report.events, report.problems.len()), (1, 1), "{report:?}");
            let said = &report.problems[0];
            assert!(said.contains("issues.ndjson: its SHA-256 is not the one"), "{said}");
            assert!(said.ends_with("; nothing of it was imported"), "{said}");
            assert!(!cache.everything().contains("KeyError: z"));
        }
        let mut less = bundle(&list, &list);
        less.pop();
        for content in pack(&less, reversed) {
            let cache = Cache::new();
            let report = cache.import(&[cache.write("shop", content)]);
            assert_eq!((report.issues, report.problems.len()), (2, 1), "{report:?}");
            assert!(report.problems[0].contains("events.ndjson: the bundle's manifest names it"));
        }
    }
    // The same after it was unpacked.
    let cache = Cache::new();
    let mut path = PathBuf::new();
    for (name, bytes) in &bundle(other.as_bytes(), &list)[..2] {
        path = cache.write(name, bytes);
    }
    let report = cache.import(&[path.parent().unwrap().to_owned()]);
    assert_eq!((report.events, report.problems.len()), (0, 2), "{report:?}");
    assert!(
        report.problems[0]
            .ends_with("events.ndjson: the bundle's manifest names it, but it is not there")
    );
    assert!(report.problems[1].contains("its SHA-256"), "{report:?}");
}

#[test]
fn an_archive_cannot_lead_anywhere() {
    let list = list();
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    writer.start_file("../../outside", options).unwrap();
    writer.write_all(&list).unwrap();
    writer.add_symlink("link", "/etc/passwd", options).unwrap();
    let zipped = writer.finish().unwrap().into_inner();

    let mut builder = tar::Builder::new(tar(&[("/../../outside", &list)]));
    builder.get_mut().truncate(512 + list.len().next_multiple_of(512));
    let mut header = tar::Header::new_ustar();
    header.set_entry_type(tar::EntryType::Symlink);
    header.set_size(0);
    builder.append_link(&mut header, "link", "/etc/passwd").unwrap();
    let tarred = builder.into_inner().unwrap();

    for content in [zipped, tarred] {
        let cache = Cache::new();
        let path = cache.write("one/two/archive", &content);
        let report = cache.import(&[path]);
        assert_eq!(report.issues, 2, "{report:?}");
        assert!(report.notes[0].contains("link: a link; it is not followed"), "{report:?}");
        let mut files = Vec::new();
        let mut folders = vec![cache.folder.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() { folders.push(path) } else { files.push(path) }
            }
        }
        let state = |path: &PathBuf| path.to_string_lossy().contains("state/forewarn.db");
        files.retain(|path| !state(path) && !path.ends_with("one/two/archive"));
        assert!(files.is_empty(), "{files:?}");
    }
    let cache = Cache::new();
    let deep = zip(&[("1", &zip(&[("2", &zip(&[("3", &list)]))])), ("list", &list)]);
    let report = cache.import(&[cache.write("deep", deep)]);
    assert_eq!(report.issues, 2);
    assert!(report.notes[0].contains("1: 2: an archive within"), "{report:?}");
}

#[test]
fn bombs_are_stopped_and_said() {
    // 300 MB of one letter, in a string that is never closed.
    let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), 1).unwrap();
    encoder.write_all(b"[{\"id\":\"").unwrap();
    for _ in 0..300 {
        encoder.write_all(&[b'a'; 1 << 20]).unwrap();
    }
    let bomb = encoder.finish().unwrap();
    assert!(bomb.len() < 1 << 20);
    let cache = Cache::new();
    let good = cache.write("good.json", list());
    let report = cache.import(&[cache.write("bomb", &bomb), good.clone()]);
    assert_eq!((report.issues, report.problems.len()), (2, 1), "{report:?}");
    assert!(report.problems[0].contains("zip bomb"), "{report:?}");
    // The same spread over many members.
    let part = vec![b' '; 40 << 20];
    let members: Vec<(String, &[u8])> = (0..8).map(|n| (n.to_string(), part.as_slice())).collect();
    let members: Vec<(&str, &[u8])> = members.iter().map(|(n, c)| (n.as_str(), *c)).collect();
    let report = Cache::new().import(&[cache.write("bomb.zip", zip(&members)), good]);
    assert!(report.problems.iter().any(|p| p.contains("zip bomb")), "{report:?}");
}

#[test]
fn a_broken_archive_is_told_of() {
    let list = list();
    let whole = zip(&[("list", &list)]);
    let good = tar(&[("first", &list), ("second", &list[..list.len() - 9])]);
    for (content, issues, problems, reason) in [
        (whole[..whole.len() - 30].to_vec(), 0, 1, "archive"),
        (good.clone(), 2, 1, "nothing of it was imported"),
        // The member that was being read, and the archive.
        (gzip(&good)[..300].to_vec(), 0, 2, "ends early"),
    ] {
        let cache = Cache::new();
        let report = cache.import(&[cache.write("broken", content)]);
        assert_eq!((report.issues, report.problems.len()), (issues, problems), "{report:?}");
        assert!(report.problems[0].contains(reason), "{report:?}");
    }
}

#[test]
fn envelopes_give_their_events() {
    let payload = json!({
        "event_id": "0123456789abcdef0123456789abcdef", "platform": "python",
        "timestamp": "2026-01-02T03:04:05Z", "exception": {"values": [{"type": "E", "value": "x\ny"}]},
    })
    .to_string();
    let mut bytes = Vec::new();
    bytes.extend(b"{\"event_id\":\"e\",\"dsn\":\"https://qzmarkdsn@o1.ingest.example/1\"}\n");
    bytes.extend(b"{\"type\":\"attachment\",\"length\":6,\"filename\":\"a\"}\n{\n\xff\x00{[\n");
    write!(bytes, "{{\"type\":\"event\",\"length\":{}}}\n{payload}\n", payload.len()).unwrap();
    write!(
        bytes,
        "{{\"type\":\"event\"}}\n{{\"event_id\":\"f\",\n{{\"type\":\"session\"}}\n{{}}\n"
    )
    .unwrap();
    write!(bytes, "{{\"type\":\"event\",\"length\":2}}\n{{}}").unwrap();
    for content in [bytes.clone(), gzip(&bytes), zstd(&bytes)] {
        let cache = Cache::new();
        let report = cache.import(&[cache.write("cached", content)]);
        assert_eq!((report.events, report.files, report.problems.len()), (1, 1, 1), "{report:?}");
        assert!(report.problems[0].contains("line 8"), "the broken event: {report:?}");
        let notes = report.notes.join("; ");
        for what in ["an attachment (1)", "a session (1)", "an event that tells of no error (1)"] {
            assert!(notes.contains(what), "{what} is not in {notes}");
        }
        let event = cache.get().event("0123456789abcdef0123456789abcdef").unwrap().unwrap();
        assert_eq!(event.exceptions[0].value, "x\ny");
        assert!(!cache.everything().contains("qzmarkdsn"));
    }
    // Within the last payload, and within the header before it.
    for left in [1, 9] {
        let cache = Cache::new();
        let report = cache.import(&[cache.write("cut", &bytes[..bytes.len() - left])]);
        assert_eq!(report.events, 0, "of what was cut nothing is taken: {report:?}");
        assert!(report.problems[0].ends_with("nothing of it was imported"));
    }
}

#[test]
fn root_causes_and_summaries_join_their_issue() {
    let cause = json!([{"id": 0, "description": "The cart has no total.", "relevant_repos": [],
        "root_cause_reproduction": [{"title": "An empty cart", "timeline_item_type": "internal_code"}]}]);
    let state = json!({"autofix": {"run_id": 5, "issue_id": "7", "status": "completed", "blocks": [
        {"artifacts": [{"key": "root_cause", "data": {"one_line_description": "No total."}}]}]}});
    let summary = json!({"groupId": "7", "headline": "Cart fails", "whatsWrong": "No total",
        "possibleCause": null, "trace": "x", "scores": {}});
    let whole = issue("7", "KeyError: total", "2026-01-02T03:04:05Z");
    // Before the issue and after it.
    for order in [[&whole, &state, &summary], [&summary, &state, &whole]] {
        let cache = Cache::new();
        for value in order {
            cache.import_json(value);
        }
        let found = cache.get().issue("SHOP-7").unwrap();
        assert_eq!(found.title, "KeyError: total");
        assert_eq!(found.root_cause.as_deref(), Some("No total."));
        assert_eq!(found.summary.as_deref(), Some("Cart fails\nNo total"));
        assert_eq!(cache.get().counts().unwrap().0, 1);
        let report = cache.import_json(&state);
        assert_eq!((report.summaries, report.unchanged), (0, 1));
    }
    // The command line prints causes without an issue.
    let cache = Cache::new();
    cache.import_json(&whole);
    let path = cache.write("cause.json", cause.to_string());
    let report = cache.import(std::slice::from_ref(&path));
    assert!(report.problems[0].contains("--issue ID"), "{report:?}");
    let options = ImportOptions { issue: Some("shop-7".to_owned()), ..ImportOptions::default() };
    for summaries in [1, 0] {
        let paths = std::slice::from_ref(&path);
        let report = cache.get().import_with(paths, &options, &mut |_| {}).unwrap();
        assert_eq!((report.summaries, report.problems.len()), (summaries, 0), "{report:?}");
    }
    let found = cache.get().issue("7").unwrap();
    assert_eq!(found.root_cause.as_deref(), Some("The cart has no total.\n- An empty cart"));
    let none = cache.import_json(&json!({"autofix": null}));
    assert!(none.notes[0].contains("without a root cause"), "{none:?}");
}

#[test]
fn the_forms_of_other_tools_are_read() {
    let stored = json!({"event_id": "0123456789abcdef0123456789abcde1", "hashes": ["h"],
        "platform": "python", "datetime": "2026-01-02T03:04:05Z", "project": 1,
        "exception": {"values": [{"type": "KeyError", "value": "total"}]}});
    let with = |mut value: Value, key: &str, id: &str| {
        value[key] = json!(id);
        value
    };
    let sdk = json!({"event_id": "0123456789abcdef0123456789abcde2", "platform": "python",
        "exception": {"values": [{"type": "KeyError", "value": "total"}]}});
    for (name, value, id) in [
        ("event stream", json!([2, "insert", {"group_id": 71, "data": stored}, {"x": 1}]), "71"),
        (
            "webhook of an event",
            json!({"action": "triggered", "data":
            {"event": with(stored.clone(), "issue_id", "72"), "triggered_rule": "r"}}),
            "72",
        ),
        (
            "webhook of an issue",
            json!({"action": "created", "installation": {"uuid": "u"},
            "data": {"issue": issue("73", "KeyError: a", "2026-01-01T00:00:00Z")}}),
            "73",
        ),
        (
            "webhook of an error",
            json!({"action": "created", "data":
            {"error": with(stored.clone(), "issue_id", "74")}}),
            "74",
        ),
        (
            "page of the command line",
            json!({"data": [issue("75", "E: a", "2026-01-01T00:00:00Z")],
            "hasMore": false, "hasPrev": false, "nextCursor": null}),
            "75",
        ),
        (
            "view of an event",
            json!({"event": event("e", Some("76"), "a.py", "f"), "trace": {}}),
            "76",
        ),
        (
            "queue message",
            json!({"Messages": [{"MessageId": "m", "ReceiptHandle": "r",
            "Body": event("e", Some("77"), "a.py", "f").to_string()}]}),
            "77",
        ),
        (
            "queue message of a topic",
            json!({"Messages": [{"MessageId": "m", "ReceiptHandle": "r", "Body": json!({
                "Type": "Notification", "MessageId": "n", "TopicArn": "arn:aws:sns:x",
                "Message": event("e", Some("82"), "a.py", "f").to_string()}).to_string()}]}),
            "82",
        ),
        (
            "issues under their name",
            json!({"total": 1, "issues": [issue("83", "E: a", "2026-01-01T00:00:00Z")]}),
            "83",
        ),
        (
            "event of old GlitchTip",
            json!({"eventID": "e", "issue": 78, "entries": [], "tags": []}),
            "78",
        ),
        (
            "issue of Bugsink",
            json!({"next": null, "previous": null, "results": [{
            "id": "3b1e4c1a-0000-4000-8000-000000000079", "friendly_id": "SHOP-79", "project": 4,
            "calculated_type": "KeyError", "calculated_value": "total", "transaction": "cart",
            "digested_event_count": 5, "first_seen": "2026-01-01T00:00:00Z",
            "last_seen": "2026-01-02T00:00:00Z", "is_resolved": true, "is_muted": false}]}),
            "SHOP-79",
        ),
        (
            "event of Bugsink",
            json!({"id": "u", "event_id": "x", "issue": "80", "project": 4,
            "timestamp": "2026-01-02T03:04:05Z", "data": sdk, "stacktrace_md": "x"}),
            "80",
        ),
        (
            "event of Bugsink as text",
            json!({"id": "u", "issue": "81", "digest_order": 1,
            "stacktrace_md": "", "data": sdk.to_string()}),
            "81",
        ),
    ] {
        let cache = Cache::new();
        let report = cache.import_json(&value);
        assert!(report.problems.is_empty(), "{name}: {report:?}");
        let found = cache.get().issue(id).unwrap_or_else(|e| panic!("{name}: {e}: {report:?}"));
        if name.starts_with("issue of Bugsink") {
            assert_eq!((found.status.as_str(), found.count), ("resolved", 5));
            assert_eq!(found.title, "KeyError: total");
        }
    }
    let cache = Cache::new();
    cache.import_json(&issue("1", "E: a", "2026-01-01T00:00:00Z"));
    for (value, note) in [
        (json!({"s3Url": "s3://b/k", "eventID": "e"}), "bucket"),
        (json!({"id": "u", "event_id": "e", "issue": "i", "digest_order": 3}), "by its id"),
        (json!({"action": "created", "data": {"comment": "x"}}), "webhook"),
    ] {
        let report = cache.import_json(&value);
        assert!(report.notes.iter().any(|n| n.contains(note)), "{report:?}");
    }
}

#[test]
fn an_event_without_entries_is_second_to_one_with() {
    let cache = Cache::new();
    cache.import_json(&event("e1", Some("9"), "shop/cart.py", "total"));
    let report = cache.import_json(&json!([{
        "eventID": "e2", "groupID": "9", "event.type": "error", "title": "KeyError: total",
        "dateCreated": "2026-02-02T03:04:05Z", "message": "m", "tags": [], "platform": "python",
    }]));
    assert_eq!(report.events, 1);
    assert!(report.notes[0].contains("without a stack trace"), "{report:?}");
    let latest = cache.get().latest_event("9").unwrap().unwrap();
    assert_eq!((latest.id.as_str(), latest.exceptions.len()), ("e1", 1));
    assert_eq!(cache.get().issue("9").unwrap().count, 2);
}

#[test]
fn an_issue_keeps_what_the_tools_show() {
    let cache = Cache::new();
    let mut value = issue("7", "KeyError: total", "2026-01-02T03:04:05Z");
    value["metadata"]["filename"] = json!("shop/cart.py");
    value["metadata"]["function"] = json!("total");
    value["isUnhandled"] = json!(true);
    value["priority"] = json!("high");
    value["substatus"] = json!("escalating");
    value["permalink"] = json!("Not implemented");
    cache.import_json(&value);
    let found = cache.get().issue("7").unwrap();
    assert_eq!(found.meta_file.as_deref(), Some("shop/cart.py"));
    assert_eq!(found.meta_function.as_deref(), Some("total"));
    assert_eq!((found.unhandled, found.priority.as_deref()), (Some(true), Some("high")));
    assert_eq!((found.substatus.as_deref(), found.permalink), (Some("escalating"), None));
}

#[test]
fn code_mappings_are_kept() {
    let cache = Cache::new();
    let before = cache.get().digest().unwrap();
    let list = json!([
        {"stackRoot": "app/", "sourceRoot": "src/app/"},
        {"id": "1", "projectSlug": "shop", "stackRoot": "", "sourceRoot": "backend/", "repoName": "a/b"},
    ]);
    let report = cache.import_json(&list);
    assert_eq!((report.mappings, report.problems.len()), (2, 0), "{report:?}");
    assert_eq!(cache.import_json(&list).mappings, 0);
    assert_ne!(cache.get().digest().unwrap(), before, "a review depends on them");
    let db = cache.store.connect().unwrap();
    let rows: Vec<(String, String, String, String)> = db
        .prepare("SELECT project, stack_root, source_root, origin FROM sentry_mapping ORDER BY 1")
        .unwrap()
        .query_map([], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?)))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    let row = |a: &str, b: &str, c: &str| (a.into(), b.into(), c.into(), "import".into());
    assert_eq!(rows, [row("", "app/", "src/app/"), row("shop", "", "backend/")]);
}

#[test]
fn texts_give_issues_without_stack_traces() {
    let table = "Issue ID,Short ID,Title,Events,Last Seen\n\
        7,SHOP-7,KeyError: total,25,2026-01-02T03:04:05Z\n,,,,\n8,SHOP-8,\"E: a, b\",3,\n";
    let markdown = "# Issue SHOP-7 in **corner**\n\n**Description**: KeyError: total\n\
        **Occurrences**: 25\n**Last Seen**: 2026-01-02T03:04:05Z\n**Status**: unresolved\n";
    let cache = Cache::new();
    let report = cache.import(&[cache.write("list.csv", table)]);
    assert_eq!((report.issues, report.problems.len()), (2, 1), "{report:?}");
    assert!(report.notes[0].contains("without stack traces (2)"), "{report:?}");
    // The same issue by its short id alone is no second one.
    let report = cache.import(&[cache.write("seven.md", markdown)]);
    assert_eq!((report.issues, cache.get().counts().unwrap().0), (0, 2), "{report:?}");

    let cache = Cache::new();
    cache.import(&[cache.write("seven.md", markdown)]);
    assert_eq!(cache.get().issue("SHOP-7").unwrap().count, 25);
    cache.import_json(&issue("7", "KeyError: total", "2026-01-02T03:04:05Z"));
    assert_eq!(cache.get().counts().unwrap().0, 1, "the whole issue takes its place");
    assert_eq!(cache.get().issue("SHOP-7").unwrap().id, "7");
}

#[test]
fn numbers_and_times_of_tables_are_read_or_said() {
    let cache = Cache::new();
    let table = "sep=;\nIssue ID;Title;Events;Last Seen\n\
        1;E: a;1.2k;2026-11-20 10:11:12 UTC\n2;E: b;-3;Nov 20, 2026 10:11 AM\n\
        3;E: c;3M;two days ago\n4;\"E: d;5;2026-11-20\n5;E: e;1,234;1795169472123\n";
    let report = cache.import(&[cache.write("list.csv", table)]);
    assert_eq!((report.issues, report.problems.len()), (4, 1), "{report:?}");
    assert!(report.problems[0].ends_with("line 6 (byte 129): a quote in this row is never closed"));
    for said in [
        "counts that are no number, left out (1, the first in line 4)",
        "2026-01-31T12:00:00Z) (1, the first in line 5)",
    ] {
        assert!(report.notes.iter().any(|n| n.ends_with(said)), "{report:?}");
    }
    let of = |id: &str| cache.get().issue(id).map(|i| (i.count, i.last_seen)).unwrap();
    assert_eq!(of("1"), (1200, Some(1_795_169_472)));
    assert_eq!(of("2"), (1, Some(1_795_169_460)));
    assert_eq!(of("3"), (3_000_000, None));
    assert_eq!(of("5"), (1234, Some(1_795_169_473)), "times are rounded up");
    // A table that was cut off, as any other file.
    let cache = Cache::new();
    let report = cache.import(&[cache.write("cut.csv", "id,title,count\n1,E: a,3\n2,E:")]);
    assert_eq!(report.issues, 0);
    assert!(
        report.problems[0].contains("line 3 (byte 24): the file ends inside this row; noth"),
        "{report:?}"
    );
}

#[test]
fn what_is_no_export_gets_a_hint() {
    for (content, what) in [
        ("<!DOCTYPE html><html><title>Login</title>", "login"),
        ("+-------+-------+\n| Issue ID | Title |\n", "sentry issue list --json"),
        ("[{\"model\":\"sentry.user\",\"pk\":1,\"fields\":{}}]", "backups hold"),
        ("{\"detail\":\"Invalid token\"}", "scopes"),
        ("value,times_seen,last_seen,first_seen\nx,1,,\n", "names no issue"),
        (
            "{\"data\":[{\"id\":\"e\",\"title\":\"E: a\",\"project.name\":\"shop\"}],\"meta\":{}}",
            "Discover",
        ),
        ("{\"meta\":{},\"data\":[{\"issue\":\"SHOP-1\",\"count()\":3}]}", "Discover"),
        (
            "{\"time\":1,\"source\":\"sentry\",\"index\":\"main\",\"event\":{\"event_id\":\"e\"}}\n",
            "Splunk",
        ),
        (
            "{\"event_id\":\"e\",\"issue_id\":1,\"project_slug\":\"shop\",\"exception_type\":\"E\"}",
            "Splunk",
        ),
    ] {
        let cache = Cache::new();
        let path = cache.write("strange", content);
        match cache.get().import(std::slice::from_ref(&path)) {
            Err(SentryError::Foreign { what: is, hint, .. }) => {
                assert!(format!("{is}: {hint}").contains(what), "{is}: {hint}");
            }
            other => panic!("{content}: {other:?}"),
        }
        let list = cache.write("list.json", list());
        let report = cache.import(&[path.parent().unwrap().to_owned()]);
        assert_eq!((report.issues, report.problems.len()), (2, 0), "{report:?}");
        assert!(report.notes.iter().any(|n| n.contains(what)), "{report:?}");
        std::fs::remove_file(list).unwrap();
    }
    for content in ["[]", "{\"data\":[],\"hasMore\":false}", "[[],[]]"] {
        let cache = Cache::new();
        let report = cache.import(&[cache.write("empty.json", content)]);
        assert!(report.notes[0].contains("an empty list"), "{content}: {report:?}");
    }
}

#[test]
fn contradictory_ids_are_said() {
    let cache = Cache::new();
    cache.import_json(&event("e1", Some("7"), "shop/cart.py", "total"));
    let report = cache.import_json(&event("e1", Some("8"), "shop/cart.py", "total"));
    assert!(
        report.notes.iter().any(|n| n == "event e1 is given to issue 7 and to issue 8"),
        "{report:?}"
    );
    assert_eq!(cache.get().counts().unwrap().0, 1, "it is in one of them");
    cache.import_json(&issue("9", "E: a", "2026-01-01T00:00:00Z"));
    let mut other = issue("9", "E: a", "2026-01-02T00:00:00Z");
    other["shortId"] = json!("STORE-9");
    let report = cache.import_json(&other);
    assert!(report.notes[0].contains("two short ids, SHOP-9 and STORE-9"), "{report:?}");
    assert_eq!(cache.get().issue("9").unwrap().short_id.as_deref(), Some("STORE-9"));
    // Twice in one file is once.
    let twice = issue("10", "E: a", "2026-01-01T00:00:00Z");
    let report = cache.import_json(&json!([twice, twice]));
    assert_eq!((report.issues, report.unchanged, report.notes.len()), (1, 1, 0));
}

#[test]
fn a_record_of_200_mb_is_passed_over() {
    let cache = Cache::new();
    let path = cache.write("large.ndjson", "");
    let mut file = std::io::BufWriter::new(std::fs::File::create(&path).unwrap());
    file.write_all(b"{\"id\":\"1\",\"shortId\":\"A-1\",\"title\":\"").unwrap();
    for _ in 0..200 {
        file.write_all(&[b'x'; 1 << 20]).unwrap();
    }
    let good = issue("2", "E: a", "2026-01-01T00:00:00Z");
    write!(file, "\"}}\n{good}\n").unwrap();
    drop(file);
    let report = cache.import(&[path]);
    assert_eq!(report.issues, 1);
    assert!(report.problems[0].ends_with("line 1 (byte 0): this record is larger than the limit"));
    assert!(matches!(cache.get().issue("1"), Err(SentryError::NotFound(_))));
}

#[test]
fn imports_are_remembered_and_say_how_far_they_are() {
    let cache = Cache::new();
    let path = cache.write("list.json", list());
    let options = ImportOptions { now: 1_770_000_000, ..ImportOptions::default() };
    let mut seen = Vec::new();
    let report = cache
        .get()
        .import_with(std::slice::from_ref(&path), &options, &mut |at| seen.push(at))
        .unwrap();
    let last = seen.last().unwrap();
    assert_eq!((last.bytes, last.issues), (last.all_bytes, 2));
    // Also while a file is read to see whether it is whole.
    let many: Vec<Value> =
        (0..200).map(|n| issue(&n.to_string(), "E: a", "2026-01-01T00:00:00Z")).collect();
    let many = cache.write("many.json", json!(many).to_string());
    let mut told = Vec::new();
    Cache::new().get().import_with(&[many], &options, &mut |at| told.push(at.bytes)).unwrap();
    let all = *told.last().unwrap();
    assert!(told.is_sorted() && told.iter().any(|bytes| (1..all / 2).contains(bytes)), "{told:?}");
    let kept = cache.get().imports(10).unwrap();
    assert_eq!(kept.len(), 1);
    assert_eq!((kept[0].time, kept[0].finished), (1_770_000_000, true));
    assert_eq!(kept[0].report, report);
    assert_eq!(kept[0].what, [path.display().to_string()]);
    let digest = cache.get().digest().unwrap();
    cache.import(&[path]);
    assert_eq!(
        (cache.get().imports(10).unwrap().len(), cache.get().imports(1).unwrap().len()),
        (2, 1)
    );
    assert_eq!(cache.get().digest().unwrap(), digest);
}

/// A person's program: nothing of an export shows in what it prints or leaves behind.
#[test]
fn neither_logs_nor_temporary_files_hold_secrets() {
    let repo = crate::common::TestRepo::new();
    repo.write("a.py", "x = 1\n");
    repo.commit("first");
    let home = tempfile::tempdir().unwrap();
    let temporary = home.path().join("tmp");
    std::fs::create_dir(&temporary).unwrap();
    let mut whole = issue("7", "KeyError: password=qzmarktitle", "2026-01-02T03:04:05Z");
    whole["event"] = event("e1", None, "shop/cart.py", "total");
    whole["event"]["message"] = json!("Bearer qzmarkbearer and CUST-424242");
    let broken = "{\"id\":\"8\",\"shortId\":\"S-8\",\"password\":\"qzmarkbroken\",}\n";
    let export = home.path().join("export.ndjson");
    std::fs::write(&export, format!("{whole}\n{broken}")).unwrap();
    std::fs::create_dir(home.path().join("config")).unwrap();
    std::fs::write(
        home.path().join("config/config.toml"),
        "[sentry]\nscrub_values = ['CUST-\\d+']\n",
    )
    .unwrap();
    let run = |args: &[&str]| {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_forewarn"))
            .current_dir(repo.path())
            .args(args)
            .env("FOREWARN_CONFIG_DIR", home.path().join("config"))
            .env("FOREWARN_DATA_DIR", home.path().join("data"))
            .env("TMPDIR", &temporary)
            .output()
            .unwrap();
        let text = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8(text).unwrap())
    };
    let (code, text) = run(&["-v", "sentry", "import", export.to_str().unwrap()]);
    assert_eq!(code, Some(2), "one record is broken: {text}");
    assert!(text.contains("Imported 1 issue and 1 event"), "{text}");
    assert!(text.contains("1 matches of your own patterns"), "{text}");
    assert!(!text.contains("qzmark"), "{text}");
    let (_, json) = run(&["sentry", "import", "--json", export.to_str().unwrap()]);
    let start = json.find('{').unwrap();
    let report: Value =
        serde_json::Deserializer::from_str(&json[start..]).into_iter().next().unwrap().unwrap();
    assert_eq!((&report["issues"], &report["unchanged"]), (&json!(0), &json!(2)));
    assert!(std::fs::read_dir(&temporary).unwrap().next().is_none());
    let state = repo.path().join(".git/forewarn");
    let mut bytes = Vec::new();
    for entry in std::fs::read_dir(&state).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            bytes.extend(std::fs::read(path).unwrap());
        }
    }
    assert!(!String::from_utf8_lossy(&bytes).contains("qzmark"));
    let store = Store::open(&state.join("forewarn.db")).unwrap();
    let event = SentryCache::new(&store).latest_event("7").unwrap().unwrap();
    assert_eq!(event.message, "Bearer [Filtered] and [Filtered]");
}

#[test]
fn a_wrong_clock_is_not_the_newest_data() {
    let now = 1_770_000_000;
    let plain = |id: &str| {
        json!({"event_id": id, "platform": "python", "group_id": "7",
            "exception": {"values": [{"type": "KeyError", "value": "total"}]}})
    };
    let mut undated = plain("0123456789abcdef0123456789abcde1");
    undated["timestamp"] = json!(4_102_444_800_u64);
    let mut received = plain("0123456789abcdef0123456789abcde2");
    received["timestamp"] = json!(4_102_444_800_u64);
    received["received"] = json!(now - 5);
    let mut whole = issue("9", "TypeError: odd", "2026-01-20T00:00:00Z");
    whole["latestEvent"] = event("e9", None, "shop/cart.py", "total");
    whole["latestEvent"]["dateCreated"] = json!("2100-01-01T00:00:00Z");
    let cache = Cache::new();
    let path = cache.write("list.json", json!([undated, received, whole]).to_string());
    let options = ImportOptions { now, ..ImportOptions::default() };
    let report = cache.get().import_with(&[path], &options, &mut |_| {}).unwrap();
    assert_eq!((report.events, report.problems.len()), (3, 0), "{report:?}");
    assert!(report.notes.iter().any(|n| n.contains("a clock was wrong) (3)")), "{report:?}");
    assert_eq!(cache.get().counts().unwrap().1, Some(now - 5));
    let time = |id: &str| cache.get().event(id).unwrap().unwrap().time;
    assert_eq!(time("0123456789abcdef0123456789abcde1"), None);
    assert_eq!(time("0123456789abcdef0123456789abcde2"), Some(now - 5));
    assert_eq!(time("e9"), None);
    assert_eq!(cache.get().by_error_type("TypeError", 9).unwrap().len(), 1, "it is still found");
}

#[test]
fn no_issue_takes_the_place_of_another() {
    let mut claims = issue("1", "KeyError: a", "2026-01-01T00:00:00Z");
    claims["shortId"] = json!("2");
    let mut named = issue("3", "KeyError: c", "2026-01-01T00:00:00Z");
    named["shortId"] = json!("SHOP-B");
    let mut taken = issue("SHOP-B", "KeyError: d", "2026-01-01T00:00:00Z");
    taken["shortId"] = json!("OTHER-4");
    let other = issue("2", "KeyError: b", "2026-01-01T00:00:00Z");
    for order in [[&other, &claims, &taken, &named], [&named, &taken, &claims, &other]] {
        let cache = Cache::new();
        for value in order {
            cache.import_json(value);
        }
        assert_eq!(cache.get().counts().unwrap().0, 4);
        for (id, title) in [("1", "a"), ("2", "b"), ("3", "c"), ("SHOP-B", "d")] {
            assert_eq!(cache.get().issue(id).unwrap().title, format!("KeyError: {title}"));
        }
    }
}

#[test]
fn the_order_of_contradictions_does_not_matter() {
    let summary = |headline: &str| json!({"groupId": "7", "headline": headline, "whatsWrong": "x"});
    let cause = |text: &str| {
        json!({"autofix": {"run_id": 5, "issue_id": "7", "blocks": [
            {"artifacts": [{"key": "root_cause", "data": {"one_line_description": text}}]}]}})
    };
    let mapping = |to: &str| json!({"stackRoot": "app/", "sourceRoot": to});
    let state = |title: &str, project: &str| {
        let mut value = issue("7", title, "2026-01-02T03:04:05Z");
        value["project"] = json!({"slug": project});
        value["level"] = json!(if title.ends_with('a') { "warning" } else { "error" });
        value
    };
    let records = [
        state("KeyError: a", "shop"),
        state("KeyError: b", "shop"),
        summary("It fails"),
        summary("It falls"),
        summary("Cart fails for all"),
        cause("No total."),
        cause("The cart has no total."),
        mapping("src/"),
        mapping("source/"),
        mapping("backed/"),
    ];
    let import = |cache: &Cache, backwards: bool| {
        let mut list: Vec<&Value> = records.iter().collect();
        if backwards {
            list.reverse();
        }
        list.into_iter().map(|value| cache.import_json(value)).collect::<Vec<_>>()
    };
    let (one, two) = (Cache::new(), Cache::new());
    let reports = import(&one, false);
    assert!(
        reports.iter().flat_map(|r| &r.notes).any(|n| n.contains("to `src/` and to `source/`")),
        "{reports:?}"
    );
    import(&two, true);
    let found = one.get().issue("7").unwrap();
    assert_eq!(found, two.get().issue("7").unwrap());
    assert_eq!((found.title.as_str(), found.level.as_str()), ("KeyError: b", "error"));
    assert_eq!(found.summary.as_deref(), Some("Cart fails for all\nx"));
    assert_eq!(found.root_cause.as_deref(), Some("The cart has no total."));
    let digest = one.get().digest().unwrap();
    assert_eq!(digest, two.get().digest().unwrap(), "mappings are part of it");
    for backwards in [false, true] {
        let reports = import(&one, backwards);
        assert!(reports.iter().all(|r| r.unchanged == 1), "{reports:?}");
        assert_eq!(one.get().digest().unwrap(), digest);
    }
}

#[test]
fn what_is_not_utf_8_is_read_and_said() {
    let text = issue("7", "KeyError: cafe", "2026-01-02T03:04:05Z").to_string();
    let mut bytes = text.into_bytes();
    let at = bytes.windows(4).position(|w| w == b"cafe").unwrap() + 3;
    bytes[at] = 0xe9;
    let cache = Cache::new();
    let report = cache.import(&[cache.write("latin.json", bytes)]);
    assert_eq!((report.issues, report.problems.len()), (1, 0), "{report:?}");
    assert!(report.notes[0].contains("not UTF-8"), "{report:?}");
    assert_eq!(cache.get().issue("7").unwrap().title, "KeyError: caf\u{fffd}");
}

#[test]
fn the_old_plugin_names_the_issue_beside_the_event() {
    let mut inner = event("e1", None, "shop/cart.py", "total");
    inner.as_object_mut().unwrap().remove("groupID");
    let cache = Cache::new();
    let report = cache.import_json(&json!({"id": "91", "project": "shop", "event": inner}));
    assert_eq!((report.events, report.problems.len()), (1, 0), "{report:?}");
    assert_eq!(cache.get().event("e1").unwrap().unwrap().issue, "91");
}

#[test]
fn what_git_keeps_is_no_export() {
    let cache = Cache::new();
    let path = cache.write("list.json", list());
    cache.write(".git/objects/pack", b"\x00\x01");
    let report = cache.import(&[path.parent().unwrap().to_owned()]);
    assert_eq!((report.issues, report.notes.len()), (2, 0), "{report:?}");
}
