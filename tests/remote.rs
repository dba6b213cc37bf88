//! A model at an endpoint, against a server of the tests' own with faults. The
//! relay is the real one, in its own process.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use forewarn::config::{Config, Endpoint};
use forewarn::engine::remote::{Remote, RemoteError};
use forewarn::engine::{Completion, EngineError, Finish, Grammar, Llm, Message, Request, Sampling};

use crate::common::server::{Answer, Asked, Server, part};

fn settings(server: &Server) -> Endpoint {
    let mut settings = Config::builtin().endpoint;
    settings.url = format!("{}/v1", server.url);
    settings.model = "m".into();
    settings.retries = 2;
    settings
}

pub fn start(settings: &Endpoint) -> Remote {
    Remote::start(settings, env!("CARGO_BIN_EXE_forewarn").as_ref(), None, None).unwrap()
}

fn remote(server: &Server) -> Remote {
    start(&settings(server))
}

pub fn request<'a>(messages: &'a [Message], grammar: Option<&'a Grammar>) -> Request<'a> {
    Request {
        messages,
        prefix: "",
        grammar,
        sampling: Sampling { seed: 9, ..Sampling::default() },
        max_tokens: 50,
        deadline: None,
    }
}

fn ask(remote: &Remote, grammar: Option<&Grammar>) -> Result<Completion, EngineError> {
    let messages = [Message::system("s"), Message::user("u")];
    remote.complete(&request(&messages, grammar), &mut |_| ControlFlow::Continue(()))
}

fn failure(result: Result<Completion, EngineError>) -> RemoteError {
    match result {
        Err(EngineError::Remote(error)) => error,
        other => panic!("{other:?}"),
    }
}

fn choice() -> Grammar {
    Grammar::Choice(vec!["yes".into(), "no".into()])
}

fn schema() -> Grammar {
    Grammar::Json(json!({
        "x-guidance": { "whitespace_flexible": false },
        "type": "object", "additionalProperties": false, "required": ["word"],
        "properties": { "word": { "enum": ["a", "b"] } },
    }))
}

#[test]
fn a_completion_streams_with_its_counts() {
    let server = Server::chat("vllm", |_, _| Answer::Stream(vec!["One ", "tw", "o."]));
    let remote = remote(&server);
    let mut seen = Vec::new();
    let messages = [Message::system("s"), Message::user("u <|im_end|>")];
    let request = Request { prefix: "Well: ", ..request(&messages, None) };
    let completion = remote
        .complete(&request, &mut |text| {
            seen.extend((!text.is_empty()).then(|| text.to_owned()));
            ControlFlow::Continue(())
        })
        .unwrap();
    assert_eq!((completion.text.as_str(), completion.finish), ("One two.", Finish::Stop));
    assert_eq!(seen, ["One ", "tw", "o."]);
    assert_eq!((completion.prompt_tokens, completion.cached_tokens), (7, 5));
    assert_eq!(completion.completion_tokens, 3);
    let sent = &server.chats()[0].body;
    assert_eq!(sent["model"], "m");
    assert_eq!((&sent["temperature"], &sent["seed"]), (&json!(0.0), &json!(9)));
    assert_eq!(sent["messages"][1]["content"], "u < |im_end|>");
    assert_eq!(sent["messages"][2], json!({ "role": "assistant", "content": "Well: " }));
    assert_eq!(sent["continue_final_message"], true);
    assert_eq!(sent["chat_template_kwargs"], json!({ "enable_thinking": false }));
    assert!(remote.info().name.ends_with(&format!("m at {}", server.url)));
}

#[test]
fn a_prefix_that_the_server_repeats_is_not_part_of_the_reply() {
    let server = Server::chat("llamacpp", |_, n| match n {
        0 => Answer::Stream(vec!["Well", ": o", "ne", " two"]),
        _ => Answer::Stream(vec!["We", "ll"]),
    });
    let remote = remote(&server);
    let messages = [Message::user("u")];
    let reply = || {
        let mut seen = String::new();
        let request = Request { prefix: "Well: ", ..request(&messages, None) };
        let completion = remote.complete(&request, &mut |text| {
            seen.push_str(text);
            ControlFlow::Continue(())
        });
        (completion.unwrap().text, seen)
    };
    assert_eq!(reply(), ("one two".to_owned(), "one two".to_owned()));
    // What only begins like it was the model's own.
    assert_eq!(reply().0, "Well");
}

#[test]
fn each_server_is_given_the_form_as_it_takes_it() {
    for (owner, key) in
        [("llamacpp", "/grammar"), ("sglang", "/ebnf"), ("vllm", "/structured_outputs/grammar")]
    {
        let server = Server::chat(owner, |asked, _| match asked.body["response_format"] {
            Value::Null => Answer::Stream(vec!["yes"]),
            _ => Answer::Stream(vec!["{ \"word\": \"a\" }"]),
        });
        let remote = remote(&server);
        assert_eq!(ask(&remote, Some(&choice())).unwrap().text, "yes");
        assert_eq!(ask(&remote, Some(&schema())).unwrap().text, r#"{"word":"a"}"#);
        let sent = server.chats();
        assert_eq!(sent[0].body.pointer(key).unwrap(), "root ::= \"yes\" | \"no\"\n", "{owner}");
        assert_eq!(sent[0].last(), "u");
        let format = &sent[1].body["response_format"]["json_schema"];
        assert_eq!(format["schema"]["required"], json!(["word"]));
        assert!(format["schema"].get("x-guidance").is_none());
    }
}

#[test]
fn a_server_that_enforces_nothing_is_asked_in_words_and_checked() {
    let server = Server::chat("someone", |asked, before| {
        assert!(asked.last().contains("Answer with one of these"), "{}", asked.last());
        Answer::Stream(vec![if before == 0 { "Surely yes!" } else { " yes\n" }])
    });
    assert_eq!(ask(&remote(&server), Some(&choice())).unwrap().text, "yes");
    let again = server.chats()[1].last().to_owned();
    assert!(again.contains("refused because it is none of the choices"), "{again}");
}

#[test]
fn a_form_that_the_server_refuses_is_asked_for_in_words() {
    let server = Server::chat("vllm", |asked, _| match asked.body["response_format"] {
        Value::Null => Answer::Stream(vec!["{\"word\":\"b\"}"]),
        _ => Answer::Json(400, json!({ "error": { "message": "no such backend" } })),
    });
    assert_eq!(ask(&remote(&server), Some(&schema())).unwrap().text, r#"{"word":"b"}"#);
    assert!(server.chats()[1].last().contains("JSON of this schema"));
}

#[test]
fn a_reply_that_never_has_the_form_is_an_error_and_not_shown() {
    let server = Server::chat("llamacpp", |_, _| Answer::Stream(vec!["maybe"]));
    let remote = remote(&server);
    let messages = [Message::user("u")];
    let mut seen = String::new();
    let grammar = choice();
    let result = remote.complete(&request(&messages, Some(&grammar)), &mut |text| {
        seen.push_str(text);
        ControlFlow::Continue(())
    });
    match failure(result) {
        RemoteError::Form { attempts: 3, .. } => {}
        other => panic!("{other:?}"),
    }
    assert_eq!(seen, "");
    assert_eq!(server.chats().len(), 3);
}

#[test]
fn a_grammar_that_accepts_nothing_is_refused_before_anything_is_sent() {
    let server = Server::chat("llamacpp", |_, _| Answer::Stream(vec!["x"]));
    let remote = remote(&server);
    for grammar in [Grammar::Choice(Vec::new()), Grammar::Lark("start: gone".into())] {
        assert!(matches!(ask(&remote, Some(&grammar)), Err(EngineError::Grammar(_))));
    }
    assert!(server.chats().is_empty());
}

#[test]
fn passing_faults_are_tried_again() {
    let fine = || Answer::Stream(vec!["fine"]);
    let busy = || Answer::Raw(429, &[("retry-after", "1")], "{}".into());
    type Make = Box<dyn Fn(&Asked, usize) -> Answer + Send + Sync>;
    let faults: Vec<(&str, Make)> = vec![
        ("busy", Box::new(move |_, n| if n == 0 { busy() } else { fine() })),
        ("broken", Box::new(move |_, n| if n < 2 { Answer::Json(500, json!({})) } else { fine() })),
        ("cut", Box::new(move |_, n| if n == 0 { Answer::Cut(vec![part("fi")]) } else { fine() })),
        (
            "nonsense",
            Box::new(move |_, n| match n {
                0 => Answer::Cut(vec!["data: {\"choices\": [".into()]),
                1 => Answer::Raw(200, &[], "data: \u{0}{}\n\n".into()),
                _ => fine(),
            }),
        ),
        (
            "error within",
            Box::new(move |_, n| match n {
                0 => Answer::Cut(vec!["data: {\"error\":{\"message\":\"slot lost\"}}".into()]),
                _ => fine(),
            }),
        ),
    ];
    for (name, make) in faults {
        let server = Server::chat("vllm", make);
        let began = Instant::now();
        let completion = ask(&remote(&server), None).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(completion.text, "fine", "{name}");
        if name == "busy" {
            assert!(began.elapsed() >= Duration::from_secs(1), "it did not wait as asked");
        }
    }
}

#[test]
fn lasting_faults_are_typed() {
    let says = |answer: fn() -> Answer| {
        let server = Server::chat("vllm", move |_, _| answer());
        let error = failure(ask(&remote(&server), None));
        (error, server.chats().len())
    };
    let (error, tries) = says(|| Answer::Json(503, json!({ "detail": "asleep" })));
    assert!(
        matches!(&error, RemoteError::Status { status: 503, message, .. } if message == "asleep")
    );
    assert_eq!(tries, 3);
    let (error, tries) = says(|| Answer::Json(401, json!({ "error": { "message": "who?" } })));
    assert!(matches!(error, RemoteError::Status { status: 401, .. }));
    assert_eq!(tries, 1);
    let (error, _) = says(|| Answer::Cut(vec![part("half")]));
    assert!(matches!(error, RemoteError::Cut { .. }), "{error:?}");
    let (error, _) = says(|| Answer::Cut(vec!["data: {".into()]));
    assert!(matches!(error, RemoteError::Malformed { .. }), "{error:?}");
}

#[test]
fn a_second_attempt_repeats_nothing_that_was_shown() {
    let server = Server::chat("vllm", |_, n| match n {
        0 => Answer::Cut(vec![part("one "), part("two ")]),
        _ => Answer::Stream(vec!["one two ", "three"]),
    });
    let mut seen = String::new();
    let messages = [Message::user("u")];
    let completion = remote(&server)
        .complete(&request(&messages, None), &mut |text| {
            seen.push_str(text);
            ControlFlow::Continue(())
        })
        .unwrap();
    assert_eq!((seen.as_str(), completion.text.as_str()), ("one two three", "one two three"));
}

#[test]
fn redirects_are_not_followed() {
    let elsewhere = Server::chat("vllm", |_, _| Answer::Stream(vec!["caught"]));
    let to: &'static str = Box::leak(format!("{}/v1/chat/completions", elsewhere.url).into());
    let headers: &'static [(&str, &str)] = Box::leak(Box::new([("location", to)]));
    let server = Server::chat("vllm", move |_, _| Answer::Raw(307, headers, String::new()));
    let error = failure(ask(&remote(&server), None));
    assert!(matches!(error, RemoteError::Status { status: 307, .. }), "{error:?}");
    assert!(elsewhere.chats().is_empty());
}

#[test]
fn a_silent_server_times_out() {
    let server = Server::chat("vllm", |_, _| {
        Answer::Slow(Duration::from_secs(20), Box::new(Answer::Stream(vec!["late"])))
    });
    let mut settings = settings(&server);
    (settings.silence_seconds, settings.retries) = (1, 1);
    let began = Instant::now();
    let error = failure(ask(&start(&settings), None));
    assert!(matches!(error, RemoteError::Silent { seconds: 1, .. }), "{error:?}");
    assert!(began.elapsed() < Duration::from_secs(10));
    assert_eq!(server.chats().len(), 2);
}

#[test]
fn a_deadline_and_a_caller_end_a_completion_and_the_server_notices() {
    let server = Server::chat("vllm", |_, _| Answer::Endless(Duration::from_millis(20)));
    let remote = remote(&server);
    let messages = [Message::user("u")];
    let deadline = Some(Instant::now() + Duration::from_millis(700));
    let late = Request { deadline, ..request(&messages, None) };
    let completion = remote.complete(&late, &mut |_| ControlFlow::Continue(())).unwrap();
    assert_eq!(completion.finish, Finish::Cancelled);
    assert!(completion.text.starts_with("on and on and"));
    let completion = remote
        .complete(&request(&messages, None), &mut |text| match text.is_empty() {
            true => ControlFlow::Continue(()),
            false => ControlFlow::Break(()),
        })
        .unwrap();
    assert_eq!((completion.text.as_str(), completion.finish), ("on and ", Finish::Cancelled));
    let began = Instant::now();
    while server.gone() < 2 {
        assert!(began.elapsed() < Duration::from_secs(5), "the server still writes");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn at_most_as_many_requests_run_at_once_as_the_settings_allow() {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    let (running, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (now, top) = (running.clone(), most.clone());
    let server = Server::chat("vllm", move |_, _| {
        top.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        std::thread::sleep(Duration::from_millis(150));
        now.fetch_sub(1, Ordering::SeqCst);
        Answer::Stream(vec!["done"])
    });
    let mut settings = settings(&server);
    settings.concurrency = 2;
    let remote = start(&settings);
    std::thread::scope(|scope| {
        for _ in 0..5 {
            scope.spawn(|| assert_eq!(ask(&remote, None).unwrap().text, "done"));
        }
    });
    assert_eq!(most.load(Ordering::SeqCst), 2);
}

fn listed(tokens: &[(&str, f64)]) -> Answer {
    let top: Vec<Value> =
        tokens.iter().map(|(t, p)| json!({ "token": t, "logprob": p.ln() })).collect();
    let content = json!([{ "token": tokens[0].0, "top_logprobs": top }]);
    Answer::Json(200, json!({ "choices": [{ "logprobs": { "content": content } }] }))
}

#[test]
fn scores_are_read_from_the_most_probable_tokens() {
    let server = Server::chat("llamacpp", |asked, _| match asked.last() {
        // `val` and `in` are beginnings only: what comes after them decides.
        "Verdict:" => listed(&[(" val", 0.5), (" in", 0.2), (" invalid", 0.1), (" So", 0.01)]),
        "Verdict: val" => listed(&[("id", 0.8), ("ue", 0.1)]),
        "Verdict: in" => listed(&[(" my", 0.8), ("valid", 0.05)]),
        other => panic!("{other}"),
    });
    let words = ["valid", "invalid", "value", "never"];
    let scores = remote(&server).score(&[Message::user("u")], "Verdict: ", &words).unwrap();
    let expected = [0.4_f64, 0.11, 0.05, 0.01];
    for (score, expected) in scores.iter().zip(expected) {
        assert!((score.exp() - expected).abs() < 1e-6, "{scores:?}");
    }
    let sent = &server.chats()[0].body;
    assert_eq!((&sent["logprobs"], &sent["max_tokens"]), (&json!(true), &json!(1)));
}

#[test]
fn a_server_without_probabilities_says_so() {
    let none: [fn() -> Answer; 3] = [
        || Answer::Json(200, json!({ "choices": [{ "logprobs": null }] })),
        || Answer::Json(400, json!({ "error": { "message": "logprobs are not offered" } })),
        || listed(&[("Hm", 0.9)]),
    ];
    for answer in none {
        let server = Server::chat("someone", move |_, _| answer());
        let result = remote(&server).score(&[Message::user("u")], "Verdict: ", &["yes", "no"]);
        assert!(matches!(result, Err(EngineError::NoProbabilities { .. })), "{result:?}");
    }
}

#[test]
fn tokens_are_counted_by_the_server_or_estimated() {
    let server = Server::new(|asked, _| match asked.path.as_str() {
        "/v1/models" => Answer::Json(200, json!({ "data": [{ "owned_by": "llamacpp" }] })),
        "/apply-template" => Answer::Json(200, json!({ "prompt": "<u>u<a>" })),
        "/tokenize" => {
            let length = asked.body["content"].as_str().unwrap().len();
            Answer::Json(200, json!({ "tokens": vec![1; length] }))
        }
        _ => Answer::Json(404, json!({})),
    });
    let local = remote(&server);
    assert_eq!(local.count("abc").unwrap(), 3);
    assert_eq!(local.count("abc").unwrap(), 3);
    assert_eq!(server.asked("/tokenize").len(), 1, "a count is remembered");
    assert_eq!(local.count_prompt(&[Message::user("u")], "pre").unwrap(), 7 + 3);
    let long = Message::user("u");
    let mut settings = settings(&server);
    settings.context = 10;
    let result = start(&settings).score(&[long], "pre", &["a", "b"]);
    assert!(matches!(result, Err(EngineError::TooLong { tokens: 10, context: 10 })), "{result:?}");

    let server = Server::chat("someone", |_, _| Answer::Stream(vec!["x"]));
    let remote = remote(&server);
    assert_eq!(remote.count("abcd").unwrap(), 2);
    assert_eq!(remote.count("é").unwrap(), 2);
    assert!(remote.count_prompt(&[Message::user("abcd")], "").unwrap() > 2);
}

#[test]
fn a_window_smaller_than_the_settings_is_said() {
    let server = Server::new(|asked, _| match asked.path.as_str() {
        "/v1/models" => {
            Answer::Json(200, json!({ "data": [{ "owned_by": "vllm", "max_model_len": 2048 }] }))
        }
        _ => Answer::Json(404, json!({})),
    });
    let error = failure(ask(&remote(&server), None));
    assert!(matches!(error, RemoteError::Window { offered: 2048, set: 8192, .. }), "{error:?}");
}

#[test]
fn a_key_is_sent_and_only_where_it_belongs() {
    let server = Server::chat("vllm", |_, _| Answer::Stream(vec!["x"]));
    let settings = settings(&server);
    let key = Some("sesame".to_owned());
    let program = env!("CARGO_BIN_EXE_forewarn").as_ref();
    ask(&Remote::start(&settings, program, key, None).unwrap(), None).unwrap();
    assert_eq!(server.chats()[0].header("authorization"), Some("Bearer sesame"));
    assert!(server.chats()[0].header("user-agent").unwrap().starts_with("forewarn/"));
}

#[test]
fn an_endpoint_that_is_away_fails_once_for_all() {
    let server = Server::chat("vllm", |_, _| Answer::Stream(vec!["x"]));
    let mut settings = settings(&server);
    settings.retries = 0;
    // A port that nothing listens on: bound, then let go.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    settings.url = format!("http://{free}");
    let remote = start(&settings);
    let first = failure(ask(&remote, None));
    assert!(matches!(first, RemoteError::Unreachable { .. }), "{first:?}");
    assert_eq!(failure(ask(&remote, None)), first);
    assert!(remote.count("abcd").unwrap() >= 1, "an estimate needs no server");
    settings.url = "http://no-such-host.invalid".into();
    let error = failure(ask(&start(&settings), None));
    assert!(matches!(error, RemoteError::Unreachable { .. }), "{error:?}");
    settings.model = String::new();
    let program = env!("CARGO_BIN_EXE_forewarn").as_ref();
    let result = Remote::start(&settings, program, None, None);
    assert!(matches!(result, Err(RemoteError::Setting { key: "endpoint.model", .. })));
    let program = std::path::Path::new("/no/such/program");
    settings.model = "m".into();
    assert!(matches!(Remote::start(&settings, program, None, None), Err(RemoteError::Relay(_))));
}

#[test]
fn a_relay_that_dies_is_an_error_not_a_wait() {
    let server = Server::chat("vllm", |_, _| Answer::Stream(vec!["x"]));
    let program = std::path::Path::new("true");
    let remote = Remote::start(&settings(&server), program, None, None);
    // Its input may be closed before or after the first line is written.
    match remote {
        Err(RemoteError::Relay(_)) => {}
        Ok(remote) => {
            let error = failure(ask(&remote, None));
            assert!(matches!(error, RemoteError::Relay(_)), "{error:?}");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_a_review_depends_on_names_the_endpoint() {
    let server = Server::chat("vllm", |_, _| Answer::Stream(vec!["x"]));
    let mut settings = settings(&server);
    let info = |settings: &Endpoint| start(settings).info().clone();
    let first = info(&settings);
    assert_eq!(first, info(&settings));
    assert_eq!((first.device.as_str(), first.judges), ("remote", true));
    settings.model = "other".into();
    assert_ne!(info(&settings).digest, first.digest);
    settings.model = "m".into();
    settings.url = "http://127.0.0.1:9".into();
    assert_ne!(info(&settings).digest, first.digest);
    assert!(server.asked("/v1/models").is_empty(), "nothing is asked before it is needed");
}
