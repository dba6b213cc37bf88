//! Checks the endpoint client against a real llama-server, and says how fast
//! it was:
//!
//! ```sh
//! FOREWARN_LLAMA_SERVER=/path/to/llama-server cargo bench --bench endpoint
//! ```
//!
//! It starts the server on SmolLM2 (pulled where it is missing) and compares
//! token counts, greedy text and log-probabilities with our own engine on the
//! same file. The server of `tests/remote.rs` is ours and has the faults; this
//! one shows that we understood theirs.

#![allow(clippy::disallowed_types, reason = "it waits until the server listens")]

use std::net::{TcpListener, TcpStream};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use etcetera::BaseStrategy;
use forewarn::asset::Assets;
use forewarn::config::{Config, Endpoint, EndpointKind};
use forewarn::engine::llm::{self, LoadOptions};
use forewarn::engine::model::{Installed, Manifests, ModelStore, Silent};
use forewarn::engine::remote::Remote;
use forewarn::engine::{Completion, Finish, Grammar, Llm, Message, Request, Sampling};
use serde_json::json;

/// Tokens of one request; the server divides its own among its slots.
const WINDOW: usize = 8192;
const SLOTS: usize = 3;

fn main() {
    let Some(server) = std::env::var_os("FOREWARN_LLAMA_SERVER") else {
        eprintln!("set FOREWARN_LLAMA_SERVER to a llama-server program");
        std::process::exit(2);
    };
    let model = model();
    let server = Server::start(Path::new(&server), model.weights());
    let mut settings = Config::builtin().endpoint;
    settings.url = server.url.clone();
    settings.model = "smollm2-135m".into();
    settings.context = WINDOW;
    settings.concurrency = SLOTS;
    let remote = connect(&settings);
    let options = LoadOptions { context: WINDOW, ..LoadOptions::default() };
    let local = llm::load(model.weights(), &options).expect("the model loads");
    counts(&remote, &local);
    text(&remote, &local);
    forms(&remote);
    turns(&remote);
    scores(&remote, &local);
    broken_off(&remote);
    side_by_side(&remote);
    // The same server, taken for one that enforces nothing and continues nothing.
    settings.kind = EndpointKind::Openai;
    forms(&connect(&settings));
    println!("all as it should be");
}

fn connect(settings: &Endpoint) -> Remote {
    let program = env!("CARGO_BIN_EXE_forewarn").as_ref();
    Remote::start(settings, program, None, None).expect("the relay starts")
}

fn model() -> Installed {
    let folder = match std::env::var_os("FOREWARN_DATA_DIR") {
        Some(folder) => PathBuf::from(folder),
        None => etcetera::choose_base_strategy().expect("a home").data_dir().join("forewarn"),
    };
    let manifests = Manifests::load(&Assets::builtin()).expect("manifests load");
    let manifest = manifests.require("smollm2-135m").expect("it is built in");
    ModelStore::new(folder).pull(manifest, &mut Silent).expect("the model can be had")
}

/// A llama-server, ended when dropped.
struct Server {
    child: Child,
    url: String,
}

impl Server {
    fn start(program: &Path, weights: &Path) -> Self {
        // Free now, and hardly taken by another in between.
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let window = (WINDOW * SLOTS).to_string();
        let child = Command::new(program)
            .arg("-m")
            .arg(weights)
            .args(["--host", "127.0.0.1", "--port", &port.to_string()])
            .args(["-c", &window, "-np", &SLOTS.to_string(), "--no-webui"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the server starts");
        let server = Self { child, url: format!("http://127.0.0.1:{port}") };
        let began = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(began.elapsed() < Duration::from_secs(60), "the server does not listen");
            std::thread::sleep(Duration::from_millis(50));
        }
        // It listens before it has loaded; our own patience is not tested here.
        std::thread::sleep(Duration::from_secs(3));
        server
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn messages(question: &str) -> Vec<Message> {
    vec![Message::system("You answer briefly."), Message::user(question)]
}

fn ask(llm: &dyn Llm, messages: &[Message], grammar: Option<&Grammar>, most: usize) -> Completion {
    let request = Request {
        messages,
        prefix: "",
        grammar,
        sampling: Sampling::default(),
        max_tokens: most,
        deadline: Some(Instant::now() + Duration::from_secs(120)),
    };
    llm.complete(&request, &mut |_| ControlFlow::Continue(())).expect("a completion")
}

fn counts(remote: &Remote, local: &dyn Llm) {
    for text in ["", "fn main() {}", "naïve 日本語 🎉\n\tx", "<|im_start|>user"] {
        assert_eq!(remote.count(text).unwrap(), local.count(text).unwrap(), "{text:?}");
    }
    for prefix in ["", "Verdict: "] {
        let messages = messages("What is 2 + 2?");
        let count = |llm: &dyn Llm| llm.count_prompt(&messages, prefix).unwrap();
        assert_eq!(count(remote), count(local), "{prefix:?}");
    }
    println!("counts agree");
}

/// Greedy text begins alike; kernels differ, so that it need not end alike.
fn text(remote: &Remote, local: &dyn Llm) {
    let messages = messages("Name the capital of France.");
    let (theirs, ours) = (ask(remote, &messages, None, 24), ask(local, &messages, None, 24));
    println!("theirs: {:?}\nours:   {:?}", theirs.text, ours.text);
    let alike = theirs.text.chars().zip(ours.text.chars()).take_while(|(a, b)| a == b).count();
    assert!(alike >= 8, "the texts part after {alike} characters");
    assert_eq!(theirs.prompt_tokens, ours.prompt_tokens);
    // It goes on from words said before, and does not repeat them.
    let request = Request {
        messages: &messages,
        prefix: "The capital of France is",
        grammar: None,
        sampling: Sampling::default(),
        max_tokens: 4,
        deadline: None,
    };
    let rest = remote.complete(&request, &mut |_| ControlFlow::Continue(())).unwrap();
    assert!(rest.text.trim_start().starts_with("Paris"), "{rest:?}");
    let again = ask(remote, &messages, None, 24);
    assert!(again.cached_tokens > 0, "the server's cache is not reported");
    let rate = again.completion_tokens as f64 / again.decode.as_secs_f64();
    println!("{rate:.0} tokens/s, first text after {:.0} ms", again.prefill.as_secs_f64() * 1e3);
}

fn forms(remote: &Remote) {
    let choice = Grammar::Choice(vec!["yes".into(), "no".into()]);
    let schema = Grammar::Json(json!({
        "x-guidance": { "whitespace_flexible": false },
        "type": "object", "additionalProperties": false, "required": ["severity", "why"],
        "properties": {
            "severity": { "enum": ["low", "high"] },
            "why": { "type": "string", "maxLength": 20 },
        },
    }));
    for grammar in [choice, schema] {
        let question = messages("Is a division by zero a bug?");
        let request = Request {
            messages: &question,
            prefix: "",
            grammar: Some(&grammar),
            sampling: Sampling::default(),
            max_tokens: 60,
            deadline: None,
        };
        match remote.complete(&request, &mut |_| ControlFlow::Continue(())) {
            Ok(reply) => {
                assert_eq!(reply.finish, Finish::Stop, "{reply:?}");
                println!("form kept: {}", reply.text);
            }
            // A small model that is only asked may well fail: with this error.
            Err(error) => {
                let unforced = remote_kind(&error);
                assert!(unforced, "{error}");
                println!("form not kept, and said: {error}");
            }
        }
    }
}

fn remote_kind(error: &forewarn::engine::EngineError) -> bool {
    use forewarn::engine::EngineError;
    use forewarn::engine::remote::RemoteError;
    matches!(error, EngineError::Remote(RemoteError::Form { .. }))
}

/// A turn as agents ask for it, with as many paths as they may name.
fn turns(remote: &Remote) {
    let paths: Vec<String> = (0..300).map(|n| format!("src/part{n}/a_\"b\".py")).collect();
    let call = json!({
        "x-guidance": { "whitespace_flexible": false },
        "type": "object", "additionalProperties": false, "required": ["tool", "arguments"],
        "properties": {
            "tool": { "const": "read_lines" },
            "arguments": {
                "type": "object", "additionalProperties": false, "required": ["path", "start"],
                "properties": { "path": { "enum": paths }, "start": { "type": "integer" } },
            },
        },
    });
    let result = json!({
        "x-guidance": { "whitespace_flexible": false },
        "type": "object", "additionalProperties": false, "required": ["report"],
        "properties": { "report": { "type": "string", "maxLength": 600 } },
    });
    let lark = format!(
        "start: THOUGHT action\nTHOUGHT: /[^<]{{0,240}}/\ncall0: %json {call}\n\
         result: %json {result}\n\
         action: \"<call>\" call0 \"</call>\" | \"<result>\" result \"</result>\"\n"
    );
    let reply = ask(remote, &messages("Look at a file."), Some(&Grammar::Lark(lark)), 400);
    println!("turn ({:?}): {}", reply.finish, reply.text);
    assert!(reply.text.contains("<call>{\"tool\"") || reply.text.contains("<result>{\"report\""));
}

fn scores(remote: &Remote, local: &dyn Llm) {
    let messages = messages("Does `x / 0` fail in Python? Answer valid if so, invalid if not.");
    let theirs = remote.score(&messages, "Verdict: ", &["valid", "invalid"]).unwrap();
    // The blank belongs to the word, as tokens have it.
    let ours = local.score(&messages, "Verdict:", &[" valid", " invalid"]).unwrap();
    println!("log-probabilities: theirs {theirs:.3?}, ours {ours:.3?}");
    for (theirs, ours) in theirs.iter().zip(&ours) {
        assert!((theirs - ours).abs() < 0.5, "they differ");
    }
}

fn broken_off(remote: &Remote) {
    let messages = messages("Count to one thousand.");
    let request = Request {
        messages: &messages,
        prefix: "",
        grammar: None,
        sampling: Sampling::default(),
        max_tokens: 2000,
        deadline: None,
    };
    let mut seen = 0;
    let began = Instant::now();
    let reply = remote
        .complete(&request, &mut |text| {
            seen += usize::from(!text.is_empty());
            if seen < 5 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })
        .unwrap();
    assert_eq!(reply.finish, Finish::Cancelled);
    println!("broken off after {:.0} ms", began.elapsed().as_secs_f64() * 1e3);
}

fn side_by_side(remote: &Remote) {
    std::thread::scope(|scope| {
        for n in 0..2 * SLOTS {
            scope.spawn(move || {
                let question = messages(&format!("Say a word that rhymes with {n}."));
                assert!(ask(remote, &question, None, 16).completion_tokens > 0);
            });
        }
    });
    println!("{} requests over {SLOTS} slots", 2 * SLOTS);
}
