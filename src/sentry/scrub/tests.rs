//! Each rule removes its kind and leaves its look-alikes.

use serde_json::json;

use super::*;

fn scrubbed(record: Value) -> (Value, BTreeMap<String, usize>) {
    let mut scrubber = Scrubber::new(&[], &[]).unwrap();
    let Value::Object(mut object) = record else { panic!("an object") };
    scrubber.scrub(&mut object);
    (Value::Object(object), scrubber.counts)
}

fn message(text: &str) -> String {
    let (value, _) = scrubbed(json!({"message": text}));
    value["message"].as_str().unwrap().to_owned()
}

#[test]
fn values_of_every_kind_go() {
    for (text, secret) in [
        ("Authorization: Bearer abcdef123456", "abcdef"),
        ("basic dXNlcjpwYXNzd29yZA==", "dXNlcj"),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----", "MIIE"),
        ("-----BEGIN PRIVATE KEY-----\nMIIE cut", "MIIE"),
        ("postgres://ada:hunter2@db.local/shop", "hunter2"),
        ("postgres://ada:p@ss@db.local/shop", "p@ss"),
        ("https://0123456789abcdef0123456789abcdef@o1.ingest.sentry.io/42", "0123456789abcdef"),
        ("mail ada.lovelace+x@example.co.uk now", "lovelace"),
        ("card 4111 1111 1111 1111", "1111"),
        ("to DE89 3704 0044 0532 0130 00", "3704"),
        ("ssn 123-45-6789", "6789"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln", "eyJzdWI"),
        ("AKIAIOSFODNN7EXAMPLE", "IOSFODNN"),
        ("ghp_0123456789abcdefghijklmnopqrstuvwxyz", "0123456789abc"),
        ("glpat-0123456789abcdefghij", "0123456789"),
        ("xoxb-123456789012-abcdefghij", "abcdefghij"),
        ("password=hunter2&x=1", "hunter2"),
        ("{'api_key': 'hunter2 and more'}", "hunter2"),
        (r#"{\"password\": \"hunter2\"}"#, "hunter2"),
        ("Cookie: sid=hunter2; other=hunter3", "hunter3"),
        ("open /home/lovelace/shop/cart.py", "lovelace"),
        (r"in C:\Users\lovelace\shop", "lovelace"),
        ("pass\u{200b}word=hunter2", "hunter2"),
        ("client 203.0.113.77 left", "113.77"),
        ("client 2001:db8:85a3::8a2e:370:7334 left", "8a2e"),
        ("adapter 4a:00:04:10:9b:50", "9b:50"),
        ("client 91.12.13.14 left", "13.14"),
        ("client 2a02::1234 left", "2a02"),
        (r#"{"password":"ab\"hunter2"}"#, "hunter2"),
        ("password='one\nhunter2'", "hunter2"),
        ("Authorization: Token abc123", "abc123"),
        ("('password', 'hunter2')", "hunter2"),
        ("<password>hunter2</password>", "hunter2"),
        (r#"<add key="Password" value="hunter2"/>"#, "hunter2"),
        ("name=\"password\"\r\n\r\nhunter2", "hunter2"),
        ("GET /x?password%3Dhunter2", "hunter2"),
        ("GET /x?who=ada%40example.org", "ada"),
        ("AccountKey=hunter2;", "hunter2"),
        ("CREATE USER x IDENTIFIED BY 'hunter2'", "hunter2"),
        ("curl -u bob:hunter2 https://example.org", "hunter2"),
        ("https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXX", "XXXXXXXX"),
        (r"in C:\Users\Ada Lovelace\shop", "Lovelace"),
        ("cc -I/home/lovelace/include", "lovelace"),
        ("the password is hunter2", "hunter2"),
        ("password was 'swordfish'", "swordfish"),
        ("Your API key is: hunter22.", "hunter22"),
        ("my token: abcdef", "abcdef"),
        ("our access token = hunter", "hunter"),
        ("sent dXNlcjpodW50ZXIy on", "dXNlcjpo"),
        ("X-Login=YWRtaW46Y29ycmVjdC1ob3JzZQ==", "YWRtaW46"),
        ("eyJuIjoxLCJ0b2tlbiI6Imh1bnRlcjIifQ", "eyJuIjox"),
        ("/reset/eyJqd3QiOiJodW50ZXIyIn0", "eyJqd3Qi"),
        ("cG9zdGdyZXM6Ly9hZGE6aHVudGVyMkBkYi94", "cG9zdGdy"),
    ] {
        let clean = message(text);
        assert!(!clean.contains(secret), "{text} became {clean}");
    }
}

#[test]
fn what_only_looks_secret_stays() {
    for text in [
        "KeyError: 'total'",
        "version 1.2.3.4 of 2020-05-02",
        "id 12345678901234567 at 1588438460488",
        "basic authentication failed",
        "https://example.com/Users/12/profile",
        "see https://example.com/a@b",
        "trace 4bf92f3577b34da6a3ce929d0e0e4736",
        "the token expired",
        "connect to 127.0.0.1:8080 or 10.0.0.250",
        "Chrome/99.0.4844.51",
        "token=None",
        "{'token': None, 'session_id': null}",
        "Unexpected token: punc",
        "invalid token: expected identifier",
        "password: undefined is not a function",
        "token_type:access max_tokens: 8192",
        "authorization: header missing",
        "ratio 0.4111111111111111",
        "span 4111111111111111000",
        "react-dom@18.2.0.min.js and logo@2x.png",
        "Cafe::Bad",
        "password is required",
        "the password was not found",
        "token is expired",
        "my token: None",
        "my token: expired",
        "the secret is sha256 of it",
        "the current token is 'identifier'",
        "next token was uint64",
        "your token is v2",
        "VXNlcjo0Mg==",
        "UHJvZHVjdDo0NzEx",
        "YXJyYXljb25uZWN0aW9uOjQ3MTE=",
        "aGVsbG8gd29ybGQsIGFuZCBhZ2Fpbg==",
        "eyJjdXJyZW5jeSI6IkNIRiIsImFtb3VudCI6NX0",
        "eyJ0b2tlbiI6bnVsbCwicGFnZSI6M30",
        "acquireConnectionFromPool",
        "d41d8cd98f00b204e9800998ecf8427e",
    ] {
        assert_eq!(message(text), text);
    }
}

#[test]
fn keys_decide_inside_variables() {
    let (value, counts) = scrubbed(json!({"extra": {
        "password": {"deep": "hunter2"}, "max": 3, "author": "ada", "card": 4111111111111111u64,
        "argv": ["run", "--api-token", "hunter2", "-v"], "environ": {"HOME": "/root"},
        "max_tokens": 7, "smtp_pass": "hunter2", "api_token": "None",
        "nested": [["secret", "hunter2"], {"key": "passwd", "value": "hunter2"}],
        "ada@example.org": 1, "active_token": true, "secret": null,
    }}));
    let text = value.to_string();
    assert!(
        !text.contains("hunter2") && !text.contains("4111") && !text.contains("ada@"),
        "{text}"
    );
    assert_eq!(value["extra"]["max"], 3);
    assert_eq!(value["extra"]["author"], "ada");
    assert_eq!(value["extra"]["active_token"], true);
    assert!(value["extra"].get("environ").is_none());
    assert_eq!(value["extra"]["max_tokens"], 7);
    // That it was missing may be the bug.
    assert_eq!(value["extra"]["api_token"], "None");
    assert_eq!(counts["key"], 5);
    assert_eq!(counts["environment"], 1);
}

#[test]
fn headers_pass_by_list_and_people_are_dropped() {
    let (value, counts) = scrubbed(json!({
        "user": {"email": "ada@example.org"}, "seenBy": [{"name": "Ada"}], "participants": [],
        "request": {
            "headers": [["Host", "a.example"], ["X-Auth", "hunter2"], ["Referer", "x"]],
            "cookies": [["sid", "hunter2"]], "env": {"REMOTE_ADDR": "10.0.0.1"},
            "query": [["q", "shoes"], ["token", "hunter2"]],
        },
        "tags": [{"key": "user", "value": "id:1"}, {"key": "browser", "value": "Firefox"}],
    }));
    assert_eq!(value["request"]["headers"], json!([["Host", "a.example"]]));
    assert_eq!(value["request"]["query"], json!([["q", "shoes"], ["token", "[Filtered]"]]));
    assert_eq!(value["tags"], json!([{"key": "browser", "value": "Firefox"}]));
    assert!(value.get("user").is_none() && value.get("seenBy").is_none());
    assert_eq!((counts["header"], counts["tag"], counts["cookie"]), (2, 1, 1));
    assert_eq!((counts["person"], counts["environment"]), (2, 1));
    for kind in counts.keys() {
        assert_ne!(kind_name(kind), kind, "it has no name");
    }
}

#[test]
fn source_lines_and_names_keep_their_sense() {
    let (value, _) = scrubbed(json!({"frames": [{
        "filename": "/home/ada/shop/token/a.py", "function": "get_token", "module": "auth.token",
        "context": [[1, "token = request.token"], [2, "api_key = \"hunter2\""]],
    }]}));
    let frame = &value["frames"][0];
    assert_eq!(frame["filename"], "~/shop/token/a.py");
    assert_eq!(frame["function"], "get_token");
    assert_eq!(frame["module"], "auth.token");
    assert_eq!(frame["context"][0][1], "token = request.token");
    assert_eq!(frame["context"][1][1], "api_key = '[Filtered]'");
}

#[test]
fn what_is_encoded_goes_under_any_key() {
    let (value, counts) = scrubbed(json!({
        "extra": {"blob": "dXNlcjpodW50ZXIy", "id": "VXNlcjo0Mg==", "note": "no secret"},
        "frames": [{"context_line": "AUTH = 'dXNlcjpodW50ZXIy'", "function": "dXNlcjpodW50ZXIy"}],
    }));
    assert_eq!(
        value["extra"],
        json!({"blob": "[Filtered]", "id": "VXNlcjo0Mg==", "note": "no secret"})
    );
    assert_eq!(value["frames"][0]["context_line"], "AUTH = '[Filtered]'");
    assert_eq!(value["frames"][0]["function"], "dXNlcjpodW50ZXIy", "a name of the code");
    assert_eq!(counts["encoded"], 2);
}

#[test]
fn ids_stay_what_they_are() {
    // Sentry's ids have the length of card numbers, and some their check digit.
    let record = json!({
        "id": "4505281256090000", "shortId": "A-1", "groupID": "4505281256090000",
        "project": {"id": "4505281256090000", "slug": "shop"}, "projectID": "4505281256090000",
    });
    assert!(check::luhn("4505281256090000"));
    assert_eq!(scrubbed(record.clone()).0, record);
}

#[test]
fn addresses_of_scripts_end_before_their_query() {
    let (value, counts) = scrubbed(json!({
        "frames": [{"filename": "https://app.example/reset?token=hunter2&email=ada@example.org"}],
        "breadcrumbs": {"values": [
            {"category": "ui", "data": {"filename": "ada@example.org.csv", "module": "token=x1"}},
        ]},
    }));
    assert_eq!(value["frames"][0]["filename"], "https://app.example/reset");
    assert_eq!(counts["query"], 1);
    let crumb = value["breadcrumbs"].to_string();
    assert!(!crumb.contains("ada@") && !crumb.contains("x1"), "{crumb}");
}

#[test]
fn a_key_over_several_source_lines_goes() {
    let body = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj";
    let (value, _) = scrubbed(json!({"frames": [{
        "context_line": "KEY = \"\"\"-----BEGIN PRIVATE KEY-----", "post_context": [body, "x = 1"],
    }]}));
    assert_eq!(value["frames"][0]["post_context"], json!(["[Filtered]", "x = 1"]));
}

#[test]
fn scrubbing_twice_changes_nothing() {
    let once = message("password=x 'token': 'y' https://a:b@c.example Bearer abcdefgh Cookie: x");
    assert_eq!(message(&once), once);
}

#[test]
fn every_kind_has_a_name_and_every_name_a_kind() {
    let file = file();
    let values = file.value.iter().map(|row| row.kind.as_str());
    let dropped = file.drop.iter().filter_map(|drop| drop.kind.as_deref());
    let own = ["configured", "control", "header", "key", "query", "tag"];
    let kinds: std::collections::BTreeSet<&str> = values.chain(dropped).chain(own).collect();
    assert_eq!(kinds, file.names.keys().map(String::as_str).collect());
}

#[test]
fn settings_add_rules_and_take_none_away() {
    let keys = ["^customer".to_owned()];
    let values = [r"\bCUST-\d{6}\b".to_owned()];
    let mut scrubber = Scrubber::new(&keys, &values).unwrap();
    let record = json!({
        "message": "CUST-123456 has password=hunter2",
        "extra": {"customer_name": "Ada", "author": "kept", "secret": "hunter2"},
        "exception": {"values": [{"stacktrace": {"frames": [
            {"function": "CUST-123456", "context_line": "x = 'CUST-123456'"},
        ]}}]},
    });
    let Value::Object(mut record) = record else { panic!("an object") };
    scrubber.scrub(&mut record);
    let text = Value::Object(record).to_string();
    assert!(!text.contains("hunter2") && !text.contains("Ada"), "{text}");
    assert_eq!(text.matches("CUST-123456").count(), 1, "a name of the code stays: {text}");
    assert_eq!((scrubber.counts["configured"], scrubber.counts["key"]), (2, 2));
    for (keys, values, setting) in [
        (vec!["(".to_owned()], vec![], "sentry.scrub_keys"),
        (vec![], vec!["a".to_owned(), "[".to_owned()], "sentry.scrub_values"),
    ] {
        match Scrubber::new(&keys, &values) {
            Err(SentryError::Pattern { setting: named, pattern, .. }) => {
                assert_eq!((named, pattern.len()), (setting, 1));
            }
            other => panic!("{:?}", other.err()),
        }
    }
}

/// What Relay's own tests of its scrubber mean to show, on vectors of ours.
#[test]
fn the_intents_of_relays_vectors_hold() {
    let vars = json!({
        "foo": "bar", "password": "hello", "the_secret": "hello", "a_password_here": "hello",
        "api_key": "secret_key", "apiKey": "secret_key",
    });
    let keys = ["password", "the_secret", "a_password_here", "api_key", "apiKey"];
    // In variables, extra data and anything that an exception carries.
    for pointer in ["/stacktrace/frames/0/vars", "/extra", "/contexts/state"] {
        let (value, _) = scrubbed(json!({
            "stacktrace": {"frames": [{"vars": vars}]}, "extra": vars, "contexts": {"state": vars},
        }));
        let found = value.pointer(pointer).unwrap();
        assert_eq!(found["foo"], "bar");
        for key in keys {
            assert_eq!(found[key], "[Filtered]", "{pointer}/{key}");
        }
    }
    // A query as text and as pairs, with values cut off.
    let (value, _) = scrubbed(json!({"request": {
        "query_string": "foo=bar&password=hello&the_secret=hello&api_key=secret_key",
        "query": [["foo", "bar"], ["password", "hello"], ["baz", ""], ["the_secret", null]],
    }}));
    assert_eq!(
        value["request"]["query_string"],
        "foo=bar&password=[Filtered]&the_secret=[Filtered]&api_key=[Filtered]"
    );
    assert_eq!(value["request"]["query"][1], json!(["password", "[Filtered]"]));
    assert_eq!(value["request"]["query"][2], json!(["baz", ""]));
    // Cards, keys and numbers as values of keys that say nothing.
    for secret in [
        "4111111111111111",
        "378282246310005",
        "6011111111111117",
        "my card is 5500 0000 0000 0004 ok",
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIJjjBABgkq\n-----END ENCRYPTED PRIVATE KEY-----",
        "-----BEGIN PUBLIC KEY-----\nMIGfMA0GCSq\n-----END PUBLIC KEY-----",
        "123-45-6789",
        "DE89370400440532013000",
    ] {
        let (value, _) = scrubbed(json!({"extra": {"s": secret}}));
        let left = value["extra"]["s"].as_str().unwrap();
        assert!(!left.chars().any(|c| c.is_ascii_digit()) && !left.contains("MI"), "{left}");
    }
    // Addresses with a login, whatever their scheme; those without one stay.
    for url in ["pg://matt:pass@localhost/1", "foo 'redis://redis:foo@localhost:6379/0' bar"] {
        let (value, _) = scrubbed(json!({"extra": {"url": url}}));
        let left = value["extra"]["url"].as_str().unwrap();
        assert!(left.contains("[Filtered]@localhost") && !left.contains("foo@"), "{left}");
    }
    assert_eq!(message("postgres://localhost/1"), "postgres://localhost/1");
    // `token` counts as a key, not as a word; names of the code stay as they are.
    let (value, _) = scrubbed(json!({
        "message": "the token was not found",
        "extra": {"token": "x", "note": "no token here", "authorization": "Basic 1122334455"},
        "debug_meta": {"images": [{"code_file": "/home/ada/app"}]},
    }));
    assert_eq!(value["message"], "the token was not found");
    assert_eq!(value["extra"]["note"], "no token here");
    assert_eq!(value["extra"]["token"], "[Filtered]");
    assert_eq!(value["extra"]["authorization"], "[Filtered]");
    // The user, where the request came from, and what people sent in are dropped whole.
    let (value, _) = scrubbed(json!({
        "user": {"ip_address": "73.133.27.120", "id": "hi"}, "sdk": {"client_ip": "73.133.27.120"},
        "request": {"env": {"REMOTE_ADDR": "73.133.27.120"}, "headers": {"X-Api-Key": "x"},
            "cookies": {"sentrysid": "x"}, "data": "{\"password\": \"zzz\", \"a\": 1}"},
        "breadcrumbs": [{"message": "from 73.133.27.120", "data": {"headers": "Bearer abcdef12"}}],
    }));
    let text = value.to_string();
    assert!(
        !text.contains("73.133") && !text.contains("zzz") && !text.contains("abcdef"),
        "{text}"
    );
    assert_eq!(value["request"]["headers"], json!({}));
}
