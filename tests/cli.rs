//! Drives the program as a person does.

use std::path::Path;

use forewarn::finding::{Evidence, Finding, Judge, Location, Origin, Side, Source};
use forewarn::review::{Mode, Review, SentryState};
use forewarn::store::{ReviewRecord, Store, TraceEvent, TraceKind, Vote, review_id};

use crate::common::TestRepo;
use crate::common::server::{Answer, Asked, Server, part};

/// A user: a home of their own and a repository to work in.
struct User {
    home: tempfile::TempDir,
    repo: TestRepo,
}

struct Ran {
    code: i32,
    out: String,
    err: String,
}

impl User {
    fn new() -> Self {
        let repo = TestRepo::new();
        repo.write("cart.py", "def total(items, tax):\n    return sum(items) * tax\n");
        repo.commit("first");
        Self { home: tempfile::tempdir().unwrap(), repo }
    }

    fn run(&self, args: &[&str]) -> Ran {
        self.run_in(self.repo.path(), args)
    }

    fn run_in(&self, folder: &Path, args: &[&str]) -> Ran {
        let output = self.command(folder).args(args).output().unwrap();
        Ran {
            code: output.status.code().expect("not killed"),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    fn command(&self, folder: &Path) -> std::process::Command {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_forewarn"));
        command
            .current_dir(folder)
            .env("FOREWARN_CONFIG_DIR", self.home.path().join("config"))
            .env("FOREWARN_DATA_DIR", self.home.path().join("data"))
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_SYSTEM", "/dev/null")
            .env("GIT_CEILING_DIRECTORIES", std::env::temp_dir())
            .env("TZ", "UTC")
            .env_remove("NO_COLOR")
            .env_remove("CLICOLOR_FORCE");
        command
    }

    fn config(&self, text: &str) {
        let folder = self.home.path().join("config");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("config.toml"), text).unwrap();
    }

    fn store(&self) -> Store {
        Store::open(&self.repo.path().join(".git/forewarn/forewarn.db")).unwrap()
    }

    /// Stores a review with one finding and a short trace; returns its id.
    fn reviewed(&self) -> String {
        let head = self.repo.git(&["rev-parse", "HEAD^{tree}"]);
        let id = review_id(1_767_225_600, "0011223344556677");
        let finding = Finding {
            id: "abc123def456".into(),
            origin: Origin::Impact,
            rule: None,
            kind: "signature".into(),
            title: "A caller still passes one argument".into(),
            short: "The new parameter has no default.".into(),
            explanation: "Every checkout fails.".into(),
            fix: None,
            location: Location::line("cart.py", 1),
            anchor: Location::line("cart.py", 1),
            symbol: Some("total".into()),
            prior: 0.5,
            severity: 0.8,
            confidence: 0.9,
            evidence: vec![Evidence {
                source: Source::Diff { path: "cart.py".into(), start: 1, end: 1, side: Side::New },
                quote: "def total(items, tax):".into(),
                note: None,
            }],
            issues: Vec::new(),
            judge: Judge::Program,
            checked: Vec::new(),
            unchecked: Vec::new(),
        };
        let review = Review {
            schema: 1,
            forewarn: "0.0.0".into(),
            id: id.clone(),
            label: "main..HEAD".into(),
            base: "b".into(),
            head: head.clone(),
            mode: Mode::ModelFree { reason: "none is installed".into() },
            findings: vec![finding.clone()],
            dropped: Vec::new(),
            reviewed: vec!["cart.py".into()],
            skipped: Vec::new(),
            sentry: SentryState::default(),
            notes: Vec::new(),
            stages: Vec::new(),
            cached: false,
        };
        let event = |stage: &str, kind, text: &str| TraceEvent {
            stage: stage.into(),
            agent: String::new(),
            kind,
            text: text.into(),
            prompt_tokens: 0,
            cached_tokens: 0,
            completion_tokens: 0,
            milliseconds: 7,
        };
        self.store()
            .add_review(&ReviewRecord {
                id: id.clone(),
                key: "0011223344556677".into(),
                created: 1_767_225_600,
                base: "b".into(),
                head,
                label: "main..HEAD".into(),
                result: serde_json::to_value(&review).unwrap(),
                findings: vec![finding],
                trace: vec![
                    event("filter", TraceKind::Note, "one file"),
                    event("draft", TraceKind::Prompt, "What does it take for granted?"),
                ],
            })
            .unwrap();
        id
    }
}

#[test]
fn help_lists_every_command_and_an_unknown_flag_is_refused() {
    let user = User::new();
    let help = user.run(&["--help"]);
    assert_eq!(help.code, 0);
    for command in ["review", "try", "models", "sentry", "hook", "log", "show", "trust", "man"] {
        assert!(help.out.contains(&format!("\n  {command} ")), "{command}: {}", help.out);
    }
    assert!(help.out.contains("FOREWARN_DATA_DIR") && help.out.contains("Exit codes"));
    let wrong = user.run(&["--wrong"]);
    assert_eq!(wrong.code, 2);
    assert!(wrong.err.contains("--wrong"));
}

/// A server whose model finds one bug in every change that divides.
fn careless_model(probability: f64) -> Server {
    const QUOTE: &str = "return sum(items) / tax";
    let said = |asked: &Asked| -> String {
        let schema = &asked.body["response_format"]["json_schema"]["schema"]["properties"];
        let grammar = asked.body["structured_outputs"]["grammar"].as_str().unwrap_or_default();
        let row = serde_json::json!({
            "quote": QUOTE, "kind": schema["hypotheses"]["items"]["properties"]["kind"]["enum"][0],
            "title": "A tax of zero raises", "assumption": "tax is never zero",
            "mechanism": "Dividing by zero raises.", "question": "Can it be zero?",
        });
        if grammar.contains("evidence_says") {
            let result = serde_json::json!({ "evidence_says": "It divides.", "quote": QUOTE });
            format!("I see. <result>{result}</result>")
        } else if grammar.contains("report") {
            "So. <result>{\"report\":\"It divides by tax.\"}</result>".to_owned()
        } else if schema["hypotheses"].is_object() {
            serde_json::json!({ "hypotheses": [row] }).to_string()
        } else if schema["facts"].is_object() {
            "{\"facts\":[]}".to_owned()
        } else {
            serde_json::json!({
                "checked": "the division", "unchecked": "", "consequence": "crash", "reach": "usual",
                "explanation": "It divides by zero.", "fix": "Multiply.",
            })
            .to_string()
        }
    };
    Server::chat("vllm", move |asked, _| {
        if asked.body["logprobs"] == true {
            let list = serde_json::json!([
                { "token": "valid", "logprob": probability.ln() },
                { "token": "invalid", "logprob": (1.0 - probability).ln() },
            ]);
            let content = serde_json::json!([{ "token": "valid", "top_logprobs": list }]);
            let answer = serde_json::json!({ "choices": [{ "logprobs": { "content": content } }] });
            return Answer::Json(200, answer);
        }
        let end = serde_json::json!({ "choices": [{ "delta": {}, "finish_reason": "stop" }] });
        Answer::Raw(200, &[], format!("{}\n\ndata: {end}\n\n", part(&said(asked))))
    })
}

#[test]
fn a_review_may_be_judged_at_an_endpoint_that_only_its_user_names() {
    let user = User::new();
    user.repo.write("cart.py", "def total(items, tax):\n    return sum(items) / tax\n");
    user.repo.commit("Divide");
    let server = careless_model(0.9);
    user.config(&format!(
        "[endpoint]\nurl = \"{}/v1\"\nmodel = \"big\"\napi_key_env = \"FOREWARN_TEST_KEY\"\n",
        server.url
    ));
    // The key is named, but not there.
    let ran = user.run(&["review", "HEAD"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("endpoint.api_key_env"), "{}", ran.err);
    let review = |args: &[&str]| {
        let mut command = user.command(user.repo.path());
        command.env("FOREWARN_TEST_KEY", "sesame").args(["review", "HEAD"]).args(args);
        let output = command.output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
    };
    let (code, out, err) = review(&[]);
    assert_eq!(code, 1, "{out}{err}");
    let judged = format!("judged by big at {}", server.url);
    assert!(out.contains("A tax of zero raises") && out.contains("confidence 0.794"), "{out}");
    assert!(out.contains(&format!("\n  {judged}\n")), "{out}");
    let json = review(&["--format", "json"]).1;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let name = format!("big at {}", server.url);
    assert_eq!(
        (&json["mode"]["model"], &json["findings"][0]["judge"]["model"]),
        (&name.as_str().into(), &name.as_str().into())
    );
    let asked = server.chats();
    assert!(asked.iter().all(|a| a.header("authorization") == Some("Bearer sesame")));

    // Its result is kept under the endpoint's name, and asks nothing again.
    let (_, out, _) = review(&[]);
    assert!(out.contains("from an earlier run"), "{out}");
    assert_eq!(server.chats().len(), asked.len());
    let (_, out, _) = review(&["--set", "endpoint.url=\"\""]);
    assert!(out.contains("no model judged"), "{out}");
    assert_eq!(server.chats().len(), asked.len());

    let ran = user.run(&["review", "HEAD", "--set", "endpoint.url=http://127.0.0.1:9"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("only your own settings file may name an endpoint"), "{}", ran.err);
    user.repo.write(".forewarn.toml", "[endpoint]\nurl = \"http://127.0.0.1:9\"\n");
    let ran = user.run(&["trust"]);
    assert_eq!(ran.code, 2);
    let denied = ".forewarn.toml:2: a repository may not set `endpoint.url`: it decides where your";
    assert!(ran.err.contains(denied), "{}", ran.err);
}

#[test]
fn a_model_at_an_endpoint_is_measured_and_reviews_tell_the_figures() {
    let user = User::new();
    user.repo.write("cart.py", "def total(items, tax):\n    return sum(items) / tax\n");
    user.repo.commit("Divide");
    let none = user.run(&["models", "qualify"]);
    assert_eq!(none.code, 2);
    assert!(none.err.contains("no language model is installed"), "{}", none.err);
    assert!(none.err.contains("help: name one"), "{}", none.err);
    let server = careless_model(0.9);
    user.config(&format!("[endpoint]\nurl = \"{}/v1\"\nmodel = \"big\"\n", server.url));
    let ran = user.run(&["models", "qualify", "--probes", "4", "--details"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    for part in [
        "api_misuse ",
        ": 4 probes, ",
        "balanced accuracy 0.500, 95 % interval 0.",
        "calls 100 % of the bugs valid and 0 % of their safe twins invalid",
        "Brier score 0.250",
        "below the bar (60 % right, interval above 50 %)",
    ] {
        assert!(ran.out.contains(part), "{part}: {}", ran.out);
    }
    // Fewer probes do not replace more.
    let fewer = user.run(&["models", "qualify", "--probes", "2"]);
    assert!(fewer.out.contains("not kept"), "{}", fewer.out);
    let review = user.run(&["review", "HEAD"]);
    let said = review.out.split_whitespace().collect::<Vec<_>>().join(" ");
    let note = "judges as endpoint.judges has it (measured: 50 % of 4 probes right";
    assert!(said.contains(note), "{said}");
    assert!(review.out.contains("judged by big"), "{}", review.out);
}

#[test]
fn an_endpoint_that_is_away_costs_the_models_part_of_a_review_only() {
    let user = User::new();
    user.repo.write("cart.py", "def total(items, tax):\n    return sum(items) / tax\n");
    user.repo.write("pay.py", "def pay(cart):\n    return cart\n");
    user.repo.commit("Divide");
    // Two files, so that the choice among them is asked for as well.
    user.config(
        "[endpoint]\nurl = \"http://127.0.0.1:1\"\nmodel = \"big\"\nretries = 0\n\
         [review]\nmax_files = 1\n",
    );
    for _ in 0..2 {
        let ran = user.run(&["review", "HEAD"]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        // Said, and not kept as if it were all there is.
        let said = "no model judged (the endpoint http://127.0.0.1:1 cannot be reached";
        assert!(ran.out.contains(said), "{}", ran.out);
        assert!(!ran.out.contains("from an earlier run"), "{}", ran.out);
    }
}

#[test]
fn outside_a_repository_the_error_says_where_to_go() {
    let user = User::new();
    let folder = tempfile::tempdir().unwrap();
    let ran = user.run_in(folder.path(), &["log"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.starts_with("error: ") && ran.err.contains("not inside a git repository"));
    assert!(ran.err.contains("  help: go to a repository"), "{}", ran.err);
    for args in [&["config"][..], &["completions", "zsh"], &["man"], &["config", "--path"]] {
        assert_eq!(user.run_in(folder.path(), args).code, 0, "{args:?}");
    }
    let ran = user.run_in(folder.path(), &["-C", "nowhere", "config"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("there is no folder"), "{}", ran.err);
    let there = user.repo.path().to_str().unwrap();
    assert_eq!(user.run_in(folder.path(), &["-C", there, "log"]).code, 0);
}

#[test]
fn an_unknown_setting_names_file_line_and_the_nearest() {
    let user = User::new();
    user.config("# mine\n[review]\nmax_file = 3\n");
    let ran = user.run(&["config"]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.err.contains("config.toml:3: there is no setting `review.max_file`"),
        "{}",
        ran.err
    );
    assert!(ran.err.contains("help: did you mean `review.max_files`?"), "{}", ran.err);
    // What one needs to repair it still works.
    let path = user.run(&["config", "--path"]);
    assert_eq!(path.code, 0);
    assert!(path.out.trim().ends_with("config.toml"));
    assert!(user.run(&["config", "--defaults"]).out.contains("max_files = 5"));
}

#[test]
fn settings_show_where_they_came_from() {
    let user = User::new();
    user.config("[review]\nmin_severity = 0.4\n");
    let ran = user.run(&["config", "--set", "agent.max_steps=9"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let line = |key: &str| ran.out.lines().find(|l| l.starts_with(key)).unwrap().to_owned();
    assert!(line("review.min_severity = 0.4").contains("config.toml:2"));
    assert!(line("agent.max_steps = 9").contains("--set"));
    assert_eq!(line("review.max_files"), "review.max_files = 5");
    assert!(ran.out.starts_with("# ") && ran.out.contains("one without is the default"));
    let json = user.run(&["config", "--json"]).out;
    let rows: Vec<serde_json::Value> = serde_json::from_str(&json).unwrap();
    let row = rows.iter().find(|r| r["key"] == "review.min_severity").unwrap();
    assert_eq!((&row["layer"], &row["line"]), (&"user".into(), &2.into()));
    assert_eq!(user.run(&["config", "--set", "agent.max_steps=lots"]).code, 2);
}

#[test]
fn a_repository_must_be_trusted_again_after_each_change() {
    let user = User::new();
    let max_files = || {
        let ran = user.run(&["config"]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        let line = ran.out.lines().find(|l| l.starts_with("review.max_files")).unwrap().to_owned();
        (line, ran.err)
    };
    assert_eq!(user.run(&["trust"]).code, 2);
    user.repo.write(".forewarn.toml", include_str!("fixtures/cli/forewarn.toml"));
    user.repo.write(".forewarn/prompts/x.md", "mine");
    let (line, notes) = max_files();
    assert_eq!(line, "review.max_files = 5");
    assert!(notes.contains("forewarn trust"), "{notes}");
    assert!(user.run(&["trust", "--show"]).out.contains("not trusted"));

    let ran = user.run(&["trust"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.out.contains(".forewarn.toml") && ran.out.contains(".forewarn/prompts/x.md"));
    let (line, notes) = max_files();
    assert!(line.contains(".forewarn.toml:2") && notes.is_empty(), "{line} {notes}");

    user.repo.write(".forewarn/prompts/x.md", "theirs");
    assert_eq!(max_files().0, "review.max_files = 5");
    assert!(user.run(&["trust", "--show"]).out.contains("changed since"));
    assert_eq!(user.run(&["trust"]).code, 0);
    assert!(max_files().0.contains("= 2"));
    assert!(user.run(&["trust", "--remove"]).out.contains("no longer used"));
    assert_eq!(max_files().0, "review.max_files = 5");
}

#[test]
fn a_repository_is_not_trusted_with_the_model() {
    let user = User::new();
    user.repo.write(".forewarn.toml", "[model]\nllm = \"theirs\"\n");
    let ran = user.run(&["trust"]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.err.contains(".forewarn.toml:2: a repository may not set `model.llm`"),
        "{}",
        ran.err
    );
    user.repo.write(".forewarn.toml", "");
    user.repo.write(".forewarn/models/x.toml", "");
    assert_eq!(user.run(&["trust"]).code, 2);
    assert!(user.run(&["config"]).err.contains("not used"));
}

#[test]
fn facts_are_added_listed_reworded_and_removed() {
    let user = User::new();
    assert!(user.run(&["memory", "list"]).out.contains("No facts yet"));
    assert_eq!(user.run(&["memory", "add", "Prices are in \u{1b}[31mcents."]).code, 0);
    assert!(user.run(&["memory", "list"]).out.contains("   1  Prices are in cents.  (yours)"));
    assert_eq!(user.run(&["memory", "edit", "1", "Prices are in euros."]).code, 0);
    let json = user.run(&["memory", "list", "--json"]).out;
    let facts: Vec<serde_json::Value> = serde_json::from_str(&json).unwrap();
    assert_eq!(facts[0]["text"], "Prices are in euros.");
    assert_eq!(user.run(&["memory", "remove", "1"]).code, 0);
    let again = user.run(&["memory", "remove", "1"]);
    assert_eq!(again.code, 2);
    assert!(again.err.contains("there is no memory `1`") && again.err.contains("help: "));
    assert_eq!(user.run(&["memory", "add", "  "]).code, 2);
}

#[test]
fn an_empty_store_has_nothing_to_show() {
    let user = User::new();
    let log = user.run(&["log"]);
    assert_eq!((log.code, log.out.contains("No reviews yet")), (0, true));
    assert_eq!(user.run(&["log", "--json"]).out, "[]\n");
    let show = user.run(&["show", "last"]);
    assert_eq!(show.code, 2);
    assert!(show.err.contains("help: nothing was reviewed here yet"), "{}", show.err);
    let feedback = user.run(&["feedback", "down", "abcdef"]);
    assert_eq!(feedback.code, 2);
    assert!(feedback.err.contains("there is no finding `abcdef`"), "{}", feedback.err);
}

#[test]
fn a_stored_review_is_listed_shown_and_voted_on() {
    let user = User::new();
    let id = user.reviewed();
    let log = user.run(&["log"]).out;
    assert_eq!(log, format!("{id}  2026-01-01 00:00  1 finding     main..HEAD  (no model)\n"));

    let shown = user.run(&["show"]);
    assert_eq!(shown.code, 0, "{}", shown.err);
    assert!(shown.out.contains("high: A caller still passes one argument"), "{}", shown.out);
    assert!(shown.out.contains("1 | def total(items, tax):"), "{}", shown.out);
    assert!(shown.out.contains("no model judged (none is installed)"));
    assert_eq!(user.run(&["show", "20260101"]).out, shown.out);
    assert_eq!(user.run(&["show", "abc123"]).out, shown.out);
    let json = user.run(&["show", &id, "--json"]).out;
    assert_eq!(serde_json::from_str::<Review>(&json).unwrap().findings.len(), 1);
    assert!(user.run(&["show", "--format", "markdown"]).out.contains("### A caller still"));

    let trace = user.run(&["show", "abc", "--trace"]).out;
    assert!(trace.contains("#1 note: one file  (7 ms)"), "{trace}");
    assert!(trace.contains("     | What does it take for granted?"), "{trace}");
    let events = user.run(&["show", "--trace", "--json"]).out;
    assert_eq!(serde_json::from_str::<Vec<TraceEvent>>(&events).unwrap().len(), 2);

    let voted = user.run(&["feedback", "down", "abc", "--reason", "checked by hand"]);
    assert_eq!(voted.code, 0, "{}", voted.err);
    let reactions = user.store().reactions().unwrap();
    assert_eq!((reactions[0].vote, reactions[0].finding.as_str()), (Vote::Down, "abc123def456"));
    assert_eq!(reactions[0].reason.as_deref(), Some("checked by hand"));
    assert!(reactions[0].text.contains("one argument. The new parameter"));
}

#[test]
fn color_is_used_only_when_asked_for_away_from_a_terminal() {
    let user = User::new();
    user.reviewed();
    assert!(!user.run(&["show"]).out.contains('\u{1b}'));
    assert!(user.run(&["show", "--color", "always"]).out.contains("\u{1b}["));
    assert!(!user.run(&["show", "--color", "never"]).out.contains('\u{1b}'));
    let error = user.run(&["show", "nothing", "--color", "always"]).err;
    assert!(error.contains("\u{1b}[") && error.contains("review or finding"), "{error}");
    assert!(error.contains("`forewarn log` lists the reviews"), "{error}");
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let user = User::new();
    let mut child = user
        .command(user.repo.path())
        .args(["completions", "bash"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    // Closed before anything is read; the script is larger than its buffer.
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
}

#[test]
fn a_newer_or_broken_database_is_refused_with_a_next_step() {
    let user = User::new();
    let store = user.store();
    store.lock().execute_batch("PRAGMA user_version = 4000").unwrap();
    drop(store);
    let ran = user.run(&["log"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("newer forewarn") && ran.err.contains("help: update forewarn"));
    std::fs::write(user.repo.path().join(".git/forewarn/forewarn.db"), "not a database".repeat(99))
        .unwrap();
    let _ = std::fs::remove_file(user.repo.path().join(".git/forewarn/forewarn.db-wal"));
    let ran = user.run(&["log"]);
    assert!(ran.err.contains("damaged") && ran.err.contains("help: move"), "{}", ran.err);
}

#[test]
fn two_processes_write_at_once() {
    let user = User::new();
    let children: Vec<_> = (0..6)
        .map(|n| {
            user.command(user.repo.path())
                .args(["memory", "add", &format!("fact {n}")])
                .stdout(std::process::Stdio::null())
                .stderr(std::process::Stdio::piped())
                .spawn()
                .unwrap()
        })
        .collect();
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    assert_eq!(user.store().memories().unwrap().len(), 6);
}

#[test]
fn shells_and_manual_readers_get_their_files() {
    let user = User::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        assert!(user.run(&["completions", shell]).out.contains("forewarn"), "{shell}");
    }
    let page = user.run(&["man"]).out;
    assert!(page.contains(".TH forewarn 1") && page.contains("SUBCOMMANDS"), "{page}");
    assert_eq!(user.run(&["man", "--output", "pages"]).code, 0);
    assert!(user.repo.path().join("pages/forewarn-show.1").is_file());
    assert!(!user.repo.git(&["status", "--porcelain"]).contains(".git"));
}

#[test]
fn nothing_is_written_into_the_work_tree() {
    let user = User::new();
    user.reviewed();
    for args in [&["log"][..], &["show"], &["memory", "list"], &["config"]] {
        assert_eq!(user.run(args).code, 0);
    }
    assert_eq!(user.repo.git(&["status", "--porcelain", "--ignored"]), "");
}

#[test]
fn documentation_is_imported_searched_and_removed() {
    let user = User::new();
    let guide = user.home.path().join("valves.md");
    std::fs::write(&guide, "# Valves\n\nTurn the fakevalve slowly.\n").unwrap();
    let empty = user.run(&["docs", "list"]);
    assert!(empty.out.starts_with("Nothing is kept"), "{}", empty.out);
    let path = guide.to_str().unwrap();
    let added = user.run(&["docs", "add", path, "--version", "2.0"]);
    assert_eq!(
        (added.code, added.out.as_str()),
        (0, "Imported: imported valves 2.0: 1 passage of 1 file.\n")
    );
    assert!(user.run(&["docs", "add", path, "--version", "2.0"]).out.starts_with("Unchanged"));
    assert_eq!(user.run(&["docs", "list"]).out, "imported valves 2.0: 1 passage of 1 file\n");
    let found = user.run(&["docs", "search", "fakevalve", "--package", "valves"]);
    assert_eq!(found.out, "valves 2.0 valves.md:3  Valves\n    Turn the fakevalve slowly.\n\n");
    // Outside of a repository too.
    let json =
        user.run_in(user.home.path(), &["docs", "search", "-p", "valves", "fakevalve", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!(json["hits"][0]["place"], "valves.md:3");
    let unknown = user.run(&["docs", "search", "x", "-p", "valvs"]);
    assert_eq!(unknown.code, 2);
    assert!(unknown.err.contains("`valvs`") && unknown.err.contains("valves"), "{}", unknown.err);
    let nothing = user.run(&["docs", "search", "zymurgy", "-p", "valves"]);
    assert_eq!((nothing.code, nothing.out.as_str()), (1, ""));
    assert_eq!(nothing.err, "note: no documentation has these words\n");
    let nothing = user.run(&["docs", "search", "zymurgy", "-p", "valves", "--json"]);
    assert_eq!((nothing.code, nothing.err.as_str()), (1, ""));
    assert!(nothing.out.contains("\"hits\": []"), "{}", nothing.out);
    user.repo.write("Gemfile.lock", "GEM\n  specs:\n    fakelib (1.2.3)\n");
    user.repo.commit("lock");
    let missing = user.run(&["docs", "search", "valve", "-p", "fakelib"]);
    assert_eq!(missing.code, 2);
    assert!(missing.err.contains("which Gemfile.lock names, is not installed"), "{}", missing.err);
    assert!(missing.err.contains("help: install it (`bundle install`)"), "{}", missing.err);
    let removed = user.run(&["docs", "remove", "valves"]);
    assert_eq!(removed.out, "Removed: imported valves 2.0: 1 passage of 1 file.\n");
    let none = user.run(&["docs", "add", user.home.path().join("none").to_str().unwrap()]);
    assert_eq!(none.code, 2);
    assert!(none.err.contains("could not read"), "{}", none.err);
    assert!(none.err.contains("help: correct the path"), "{}", none.err);
}

#[test]
fn every_command_that_takes_a_change_says_what_to_do_without_one() {
    let user = User::new();
    for command in ["review", "impact"] {
        let none = user.run(&[command, "--patch", "none.patch"]);
        assert_eq!(none.code, 2);
        assert!(none.err.contains("could not read none.patch"), "{}", none.err);
        assert!(none.err.contains("help: correct the path"), "{}", none.err);
        let folder = user.run(&[command, "--patch", "."]);
        assert!(folder.err.contains("help: name a file"), "{}", folder.err);
        let lost = user.run(&[command]);
        assert_eq!(lost.code, 2, "{}", lost.out);
        assert!(lost.err.contains("`HEAD` for the last commit"), "{}", lost.err);
        assert!(!lost.err.contains("forewarn review"), "{}", lost.err);
    }
}
