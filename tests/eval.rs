//! Evaluation, driven as a person does.

use std::path::{Path, PathBuf};

use forewarn::engine::embed;
use forewarn::eval::score;
use serde_json::Value;

use crate::common::{TestRepo, model};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/eval").join(name)
}

/// A user with folders of their own, outside of any repository.
struct User {
    home: tempfile::TempDir,
}

struct Ran {
    code: i32,
    out: String,
    err: String,
}

impl User {
    fn new() -> Self {
        Self { home: tempfile::tempdir().unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    fn command(&self, args: &[&str]) -> std::process::Command {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_forewarn"));
        command
            .current_dir(self.home.path())
            .env("FOREWARN_CONFIG_DIR", self.path("config"))
            .env("FOREWARN_DATA_DIR", self.path("data"))
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_SYSTEM", "/dev/null")
            .env("GIT_CEILING_DIRECTORIES", std::env::temp_dir())
            .args(args);
        command
    }

    fn run(&self, args: &[&str]) -> Ran {
        ended(&mut self.command(args))
    }

    /// Runs a dataset into the folder `name`, with lines alone deciding.
    fn eval(&self, dataset: &Path, name: &str, more: &[&str]) -> Ran {
        let dataset = dataset.to_str().unwrap();
        self.run(&[&["eval", "run", dataset, "-o", name, "--by-lines"], more].concat())
    }

    fn json(&self, name: &str) -> Value {
        serde_json::from_str(&std::fs::read_to_string(self.path(name)).unwrap()).unwrap()
    }

    fn score(&self, run: &str) -> Value {
        self.json(&format!("{run}/score.json"))
    }

    /// A program that does something of its own for some changes, told by the
    /// subject of the head, notes each review in `calls`, and is ours else.
    #[cfg(unix)]
    fn program(&self, cases: &str) -> PathBuf {
        use std::os::unix::fs::PermissionsExt;
        let file = self.path("program");
        let script = format!(
            "#!/bin/sh\nreal='{}'\ncase \"$*\" in *'eval inputs'*) exec \"$real\" \"$@\";; \
             *show*) exit 2;; esac\nsubject=$(git log -1 --format=%s head)\n\
             echo \"$subject\" >> '{}'\ncase \"$subject\" in\n{cases}\nesac\nexec \"$real\" \"$@\"\n",
            env!("CARGO_BIN_EXE_forewarn"),
            self.path("calls").display(),
        );
        std::fs::write(&file, script).unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
        file
    }

    fn calls(&self) -> Vec<String> {
        let text = std::fs::read_to_string(self.path("calls")).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }
}

fn ended(command: &mut std::process::Command) -> Ran {
    let output = command.output().unwrap();
    Ran {
        code: output.status.code().expect("not killed"),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

fn case<'a>(score: &'a Value, id: &str) -> &'a Value {
    let cases = score["cases"].as_array().unwrap();
    cases.iter().find(|c| c["id"] == id).unwrap_or_else(|| panic!("{id} in {score:#}"))
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &target),
            false => drop(std::fs::copy(entry.path(), target).unwrap()),
        }
    }
}

#[test]
fn a_dataset_is_checked_and_its_faults_are_told_together() {
    let user = User::new();
    let good = user.run(&["eval", "check", fixture("shop").to_str().unwrap()]);
    assert_eq!(good.code, 0, "{}", good.err);
    assert!(good.out.contains("4 cases, 3 with bugs, 1 safe, 1 with production history"));
    let bad = user.run(&["eval", "check", fixture("broken").to_str().unwrap()]);
    assert_eq!(bad.code, 2);
    for part in [
        "has 5 faults",
        "cases/faulty/case.toml: language: `pyhton` is not known; one of",
        "cases/faulty/case.toml: bug[1].kind: `wrong_tipe` is not known; one of",
        "cases/faulty/case.toml: bug[1].severity: is missing; critical, high, medium or low",
        "cases/faulty/case.toml: bug[1].severty: there is no such field",
        "cases/faulty/case.toml: bug[1].locations: a.py has 1 lines at the head, not 9",
        "help: docs/evaluation.md",
    ] {
        assert!(bad.err.contains(part), "{part} not in {}", bad.err);
    }
    let none = user.run(&["eval", "check", "."]);
    assert!(none.err.contains("is no dataset"), "{}", none.err);
}

#[test]
fn a_run_finds_what_can_be_found_and_says_what_it_missed() {
    let user = User::new();
    let ran = user.eval(&fixture("shop"), "run", &["--half", "all"]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    let score = user.score("run");
    let found = |id: &str| {
        let bugs = case(&score, id)["bugs"].as_array().unwrap();
        bugs.iter().map(|b| b["found_by"].is_u64()).collect::<Vec<_>>()
    };
    assert_eq!(found("left-behind"), [true], "{score:#}");
    assert_eq!(found("missed"), [false]);
    assert_eq!(found("seen-before"), [true, false]);
    assert_eq!(case(&score, "left-behind")["findings"][0]["origin"], "impact");
    assert_eq!(case(&score, "seen-before")["findings"][0]["origin"], "history");
    assert_eq!(case(&score, "renamed")["findings"].as_array().unwrap().len(), 0);
    let all = &score["all"];
    assert_eq!((&all["bugs"], &all["found"]), (&Value::from(3), &Value::from(2)));
    assert_eq!(all["measures"]["accuracy"]["value"], 0.75);
    assert!(ran.out.contains("descriptions were not compared"), "{}", ran.out);
    // What is kept of the run.
    let info = user.json("run/run.json");
    assert_eq!(info["dataset"]["name"], "shop");
    assert_eq!(info["inputs"]["settings"]["review"]["max_files"], 5);
    assert!(info["inputs"]["llm"].is_null() && info["inputs"]["data"]["prompts"].is_string());
    let report = user.json("run/reviews/left-behind.json");
    assert_eq!(report["cached"], false);
    assert!(user.path("run/reviews/left-behind.txt").is_file());
    let left: Vec<String> = std::fs::read_dir(user.path("run"))
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with("work-"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn the_held_out_half_must_be_asked_for() {
    let user = User::new();
    let ids = |run: &str| -> Vec<String> {
        let score = user.score(run);
        let cases = score["cases"].as_array().unwrap();
        cases.iter().map(|c| c["id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(user.eval(&fixture("shop"), "a", &[]).code, 0);
    assert_eq!(ids("a"), ["left-behind", "renamed", "seen-before"]);
    assert_eq!(user.eval(&fixture("shop"), "b", &["--half", "held-out"]).code, 0);
    assert_eq!(ids("b"), ["missed"]);
    let some = ["--half", "all", "--only", "*e*", "--label", "bug", "--language", "python"];
    assert_eq!(user.eval(&fixture("shop"), "c", &some).code, 0);
    assert_eq!(ids("c"), ["left-behind", "missed", "seen-before"]);
    let none = user.eval(&fixture("shop"), "d", &["--language", "go"]);
    assert!(none.code == 2 && none.err.contains("no case of shop is chosen"), "{}", none.err);
}

#[test]
fn production_data_after_the_change_is_not_seen() {
    let user = User::new();
    let dataset = user.path("dataset");
    copy(&fixture("shop"), &dataset);
    let file = dataset.join("cases/seen-before/case.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    // The crash is of 20 February.
    std::fs::write(&file, text.replace("2026-03-04", "2026-02-10")).unwrap();
    let ran = user.eval(&dataset, "run", &["--only", "seen-before"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let review = user.json("run/reviews/seen-before.json");
    assert_eq!(review["sentry"]["issues"], 0);
    // A rule sees the lost default too, but has no crash to show.
    let origins: Vec<_> =
        review["findings"].as_array().unwrap().iter().map(|f| &f["origin"]).collect();
    assert_eq!(origins, ["rule"]);
}

#[cfg(unix)]
#[test]
fn crashes_timeouts_and_errors_are_outcomes_of_their_own() {
    let user = User::new();
    let program = user.program(
        "Ship*) kill -SEGV $$;;\nFree*) exec sleep 600;;\nName*) echo '{}'; exit 0;;\n\
         Read*) echo 'error: no disk' >&2; exit 2;;",
    );
    let program = program.to_str().unwrap();
    let args = ["--program", program];
    let ran = user.eval(&fixture("shop"), "run", &args);
    assert_eq!(ran.code, 2, "{}", ran.out);
    let score = user.score("run");
    let outcome = |id: &str| case(&score, id)["outcome"].clone();
    assert_eq!(outcome("left-behind")["type"], "crashed");
    assert!(outcome("left-behind")["how"].as_str().unwrap().contains("signal: 11"));
    assert_eq!(outcome("renamed")["type"], "failed");
    assert_eq!(outcome("seen-before")["reason"], "error: no disk");
    // None of them counts as a review in which nothing was found.
    assert_eq!(score["all"]["cases"], 0);
    assert!(score["all"]["measures"].as_object().unwrap().is_empty());
    assert!(ran.err.contains("seen-before: failed: error: no disk"), "{}", ran.err);
    // They are run again if that is asked for.
    assert_eq!(user.calls().len(), 3);
    assert_eq!(user.eval(&fixture("shop"), "run", &args).code, 2);
    assert_eq!(user.calls().len(), 3);
    let retry = ["--program", program, "--retry", "--only", "renamed"];
    assert_eq!(user.eval(&fixture("shop"), "run", &retry).code, 2);
    assert_eq!(user.calls()[3..], ["Name the sum what it is"]);

    // A case that was stopped is run again under a longer limit only. However slow
    // this machine is, the program sleeps for longer.
    let slow = |seconds: &str| {
        let args = ["--half", "held-out", "--program", program, "--max-seconds", seconds];
        let ran = user.eval(&fixture("shop"), "slow", &args);
        assert_eq!(ran.code, 2, "{}", ran.out);
        assert_eq!(case(&user.score("slow"), "missed")["outcome"]["type"], "timed_out");
        std::fs::read_to_string(user.path("slow/cases.jsonl")).unwrap().lines().count()
    };
    assert_eq!([slow("1"), slow("1"), slow("0.5"), slow("1.5")], [1, 1, 1, 2]);
}

#[cfg(unix)]
#[test]
fn a_run_that_was_stopped_goes_on_where_it_was() {
    let user = User::new();
    let program = user.program("x) ;;");
    let args = ["--half", "all", "--program", program.to_str().unwrap(), "-j", "1"];
    assert_eq!(user.eval(&fixture("shop"), "run", &args).code, 0);
    let first = user.score("run");
    assert_eq!(user.calls().len(), 4);
    // As if the process had been killed while it wrote the third case.
    let file = user.path("run/cases.jsonl");
    let text = std::fs::read_to_string(&file).unwrap();
    let ends: Vec<usize> = text.match_indices('\n').map(|(at, _)| at).collect();
    std::fs::write(&file, &text[..ends[1] + 30]).unwrap();
    std::fs::create_dir_all(user.path("run/work-left-over")).unwrap();
    assert_eq!(user.eval(&fixture("shop"), "run", &args).code, 0);
    assert_eq!(user.calls().len(), 6);
    assert!(!user.path("run/work-left-over").exists());
    let again = user.score("run");
    for id in ["left-behind", "missed", "renamed", "seen-before"] {
        assert_eq!(case(&first, id)["findings"], case(&again, id)["findings"]);
    }
    // What is only expected may be corrected without another review; a change of
    // what a review sees runs that case again.
    let dataset = user.path("dataset");
    copy(&fixture("shop"), &dataset);
    let facts = dataset.join("cases/missed/case.toml");
    let text = std::fs::read_to_string(&facts).unwrap();
    std::fs::write(&facts, text.replace("medium", "low")).unwrap();
    std::fs::write(dataset.join("cases/renamed/base/more.py"), "x = 1\n").unwrap();
    assert_eq!(user.eval(&dataset, "run", &args).code, 0);
    assert_eq!(user.calls()[6..], ["Name the sum what it is"]);
    assert_eq!(case(&user.score("run"), "missed")["bugs"][0]["severity"], "low");
    // Other settings are another run.
    let other = user.eval(&dataset, "run", &[&args[..], &["--set", "review.max_files=2"]].concat());
    assert!(other.code == 2 && other.err.contains("another dataset, program or settings"));
}

#[test]
fn reviews_see_neither_the_callers_repository_nor_its_state() {
    let user = User::new();
    // As within a hook of another repository, with settings of its own.
    let repo = TestRepo::new();
    repo.write("a.py", "x = 1\n");
    repo.commit("first");
    let shop = fixture("shop");
    let args = ["eval", "run", shop.to_str().unwrap(), "-o", "run", "--by-lines"];
    let mut command = user.command(&args);
    command.env("GIT_DIR", repo.path().join(".git")).env("GIT_INDEX_FILE", "nowhere");
    let ran = ended(&mut command);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(user.score("run")["all"]["found"], 2);
    assert!(!repo.path().join(".git/forewarn").exists());
}

#[test]
fn settings_may_come_from_a_file() {
    let user = User::new();
    std::fs::write(user.path("quiet.toml"), "[review]\nmin_confidence = 1.0\n").unwrap();
    assert_eq!(user.eval(&fixture("shop"), "run", &["--config", "quiet.toml"]).code, 0);
    assert_eq!(user.json("run/run.json")["inputs"]["settings"]["review"]["min_confidence"], 1.0);
    assert_eq!(user.score("run")["all"]["findings"], 0);
}

#[test]
fn confidences_are_fitted_to_what_came_of_hypotheses_and_reviews_use_the_fits() {
    let user = User::new();
    assert_eq!(user.eval(&fixture("shop"), "few", &[]).code, 0);
    let few = user.run(&["eval", "calibrate", "few", "--by-lines"]);
    assert!(few.code == 2 && few.err.contains("too little to fit: "), "{}", few.err);
    // Of thirty hypotheses half are wrong, which their prior does not say.
    let dataset = user.path("dataset");
    std::fs::create_dir(&dataset).unwrap();
    std::fs::copy(fixture("shop/dataset.toml"), dataset.join("dataset.toml")).unwrap();
    for n in 0..30 {
        let folder = dataset.join(format!("cases/c{n}"));
        copy(&fixture("shop/cases/left-behind"), &folder);
        let file = folder.join("case.toml");
        let text = std::fs::read_to_string(&file).unwrap();
        if n % 2 == 0 {
            let facts = text.split("[[bug]]").next().unwrap();
            std::fs::write(&file, facts.replace("\"bug\"", "\"safe\"")).unwrap();
        }
    }
    let held_out = dataset.join("cases/c30");
    copy(&fixture("shop/cases/left-behind"), &held_out);
    let text = std::fs::read_to_string(held_out.join("case.toml")).unwrap();
    std::fs::write(held_out.join("case.toml"), text.replace("tuning", "held-out")).unwrap();
    let ran = user.eval(&dataset, "many", &["-j", "2", "--half", "all"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let confidence =
        |run: &str| user.score(run)["cases"][0]["findings"][0]["confidence"].as_f64().unwrap();
    assert!(confidence("many") > 0.8);
    std::fs::create_dir_all(user.path("config/grammars")).unwrap();
    let file = "config/grammars/calibration.toml";
    let args = ["eval", "calibrate", "many", "few", "--by-lines", "-o", file];
    let fitted = user.run(&args);
    assert_eq!(fitted.code, 0, "{}", fitted.err);
    assert!(fitted.out.contains("1 held-out cases left out"), "{}", fitted.out);
    assert!(fitted.out.contains("lowest with at most 0.1"), "{}", fitted.out);
    assert_eq!(
        user.eval(&dataset, "after", &["--only", "c1", "--set", "review.min_confidence=0"]).code,
        0
    );
    assert!((confidence("after") - 0.5).abs() < 0.06, "{}\n{}", confidence("after"), fitted.out);
    // A broken file is named, with the way out.
    std::fs::write(user.path(file), "[[row]]\nobserved = 3\n").unwrap();
    let (repo, base, head) = repository();
    let mut command = user.command(&["review", &format!("{base}..{head}")]);
    let broken = ended(command.current_dir(repo.path()));
    assert!(broken.code == 2 && broken.err.contains("grammars/calibration.toml"), "{}", broken.err);
    assert!(broken.err.contains("help: correct"), "{}", broken.err);
}

/// The change of the case `left-behind` in a repository of its own; base and head.
fn repository() -> (TestRepo, String, String) {
    let (repo, side) = (TestRepo::new(), |side| fixture("shop/cases/left-behind").join(side));
    copy(&side("base"), repo.path());
    let base = repo.commit("before");
    copy(&side("head"), repo.path());
    let head = repo.commit("after");
    (repo, base, head)
}

#[test]
fn changes_may_lie_in_repositories_bundles_and_patches() {
    let user = User::new();
    let (repo, base, head) = repository();
    let dataset = user.path("dataset");
    std::fs::create_dir_all(dataset.join("cases")).unwrap();
    std::fs::copy(fixture("shop/dataset.toml"), dataset.join("dataset.toml")).unwrap();
    repo.git(&["bundle", "create", dataset.join("shop.bundle").to_str().unwrap(), "main"]);
    let clones = user.path("clones/acme+shop");
    copy(repo.path(), &clones);
    let patch = repo.git(&["diff", &base, &head]);
    std::fs::write(dataset.join("cases/change.patch"), format!("{patch}\n")).unwrap();
    let text = std::fs::read_to_string(fixture("shop/cases/left-behind/case.toml")).unwrap();
    let text = text.replace("half = \"tuning\"\n", "");
    let write = |id: &str, change: &str, description: &str| {
        let change = format!("[change]\n{change}\n");
        let text = text
            .replace("[change]\nbase = \"base\"\nhead = \"head\"\n", &change)
            .replace("\n[change]", &format!("\n{description}[change]"));
        std::fs::write(dataset.join(format!("cases/{id}.toml")), text).unwrap();
    };
    let commits =
        |name: &str| format!("repository = \"{name}\"\nbase = \"{base}\"\nhead = \"{head}\"");
    write("path", &commits(repo.path().to_str().unwrap()), "");
    write("described", &commits(repo.path().to_str().unwrap()), "description = \"Why.\"\n");
    write("bundle", &commits("shop.bundle"), "");
    write("url", &commits("https://example.org/acme/shop.git"), "");
    write("gone", &commits("https://example.org/acme/gone.git"), "");
    write("unknown", &commits("shop.bundle").replace(&head, &"0".repeat(40)), "");
    write(
        "patch",
        &format!("repository = \"shop.bundle\"\nbase = \"{base}\"\npatch = \"change.patch\""),
        "",
    );
    let args = ["--clones", "clones"];
    // A dataset's own patch file is not taken for a case.
    let stray = user.eval(&dataset, "run", &args);
    assert!(stray.err.contains("cases/change.patch: is no case"), "{}", stray.err);
    std::fs::rename(dataset.join("cases/change.patch"), dataset.join("change.patch")).unwrap();
    let file = dataset.join("cases/patch.toml");
    let moved = std::fs::read_to_string(&file).unwrap().replace("\"change.p", "\"../change.p");
    std::fs::write(&file, moved).unwrap();

    let ran = user.eval(&dataset, "run", &args);
    assert_eq!(ran.code, 2, "{}", ran.out);
    let score = user.score("run");
    for id in ["path", "described", "bundle", "url", "patch"] {
        assert_eq!(case(&score, id)["bugs"][0]["found_by"], 0, "{id}: {score:#}");
    }
    let reason = |id: &str| case(&score, id)["outcome"]["reason"].as_str().unwrap().to_owned();
    assert!(reason("gone").contains("acme/gone.git is not on this machine"));
    assert!(reason("unknown").contains("has no commit 0000"));
    assert!(
        !repo.path().join(".git/forewarn").exists(),
        "the user's repository has no state of it"
    );
    // A case that was made ready is made once.
    assert_eq!(user.eval(&dataset, "again", &args).code, 2);
    assert_eq!(score["cases"][0]["findings"], user.score("again")["cases"][0]["findings"]);
}

/// A dataset with eight copies of the case that is found.
fn eightfold(user: &User) -> PathBuf {
    let dataset = user.path("eightfold");
    std::fs::create_dir_all(&dataset).unwrap();
    std::fs::copy(fixture("shop/dataset.toml"), dataset.join("dataset.toml")).unwrap();
    for n in 0..8 {
        copy(&fixture("shop/cases/left-behind"), &dataset.join(format!("cases/c{n}")));
    }
    dataset
}

#[test]
fn a_comparison_ends_with_a_verdict_and_an_exit_code() {
    let user = User::new();
    let dataset = eightfold(&user);
    assert_eq!(user.eval(&dataset, "a", &[]).code, 0);
    assert_eq!(user.eval(&dataset, "b", &["--set", "review.min_confidence=1.0"]).code, 0);
    assert_eq!(user.eval(&dataset, "c", &["--only", "c1"]).code, 0);
    let compare = |a: &str, b: &str| user.run(&["eval", "compare", a, b, "--by-lines"]);
    let worse = compare("a", "b");
    assert_eq!(worse.code, 1, "{}{}", worse.out, worse.err);
    assert!(worse.out.contains("lost (8): c0, c1"), "{}", worse.out);
    assert!(worse.out.ends_with("verdict: worse (F1 over 8 cases)\n"), "{}", worse.out);
    let better = compare("b", "a");
    assert!(better.code == 0 && better.out.contains("verdict: better"), "{}", better.out);
    let same = compare("a", "a");
    assert!(same.code == 0 && same.out.contains("no difference shown"), "{}", same.out);
    let unlike = compare("a", "c");
    assert!(unlike.code == 2 && unlike.err.contains("a case is in one of them only"));
    assert_eq!(compare("a", "nowhere").code, 2);
}

#[test]
fn the_page_stands_alone_and_shows_hostile_text_as_text() {
    let user = User::new();
    let dataset = user.path("dataset");
    copy(&fixture("shop"), &dataset);
    let file = dataset.join("cases/missed/case.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    let hostile = text.replace("Free shipping", "<script>alert(1)</script>\\u202e");
    std::fs::write(&file, hostile.replace("Orders below", "<img src=x onerror=y> Orders below"))
        .unwrap();
    assert_eq!(user.eval(&dataset, "run", &["--half", "all"]).code, 0);
    let ran = user.run(&["eval", "report", "run", "run", "-o", "page.html", "--by-lines"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let page = std::fs::read_to_string(user.path("page.html")).unwrap();
    // As a browser reads it.
    let page = page.replace("&#x2f;", "/");
    assert!(page.contains("&lt;script&gt;alert(1)"), "{page}");
    assert!(!page.contains("<script") && !page.contains("<img") && !page.contains('\u{202e}'));
    assert_eq!(page.matches("<svg").count(), 4);
    assert!(!page.contains("://"), "nothing is loaded from elsewhere");
    let links: Vec<&str> = page
        .match_indices("href=\"run/")
        .map(|(at, _)| page[at + 6..].split('"').next().unwrap())
        .collect();
    assert!(links.len() >= 8, "{links:?}");
    for link in links {
        assert!(user.path(link).is_file(), "{link}");
    }
}

#[test]
fn langfuse_gets_a_dataset_its_items_traces_with_scores_and_a_run() {
    let user = User::new();
    assert_eq!(user.eval(&fixture("shop"), "run", &["--half", "all"]).code, 0);
    let export = || {
        let args = ["eval", "export", "run", "--format", "langfuse", "--by-lines", "-o", "l.json"];
        assert_eq!(user.run(&args).code, 0);
        user.json("l.json")
    };
    let value = export();
    assert_eq!(value["dataset"]["name"], "shop");
    let (items, runs) = (&value["datasetItems"], &value["datasetRunItems"]);
    assert_eq!((items.as_array().unwrap().len(), runs.as_array().unwrap().len()), (4, 4));
    assert_eq!(items[0]["expectedOutput"]["bugs"][0]["kind"], "signature_mismatch");
    let batch = value["ingestion"]["batch"].as_array().unwrap();
    for n in 0..4 {
        assert_eq!(runs[n]["datasetItemId"], items[n]["id"]);
        assert_eq!(items[n]["datasetName"], "shop");
        let of = |event: &&Value, key: &str| event["body"][key] == runs[n]["traceId"];
        assert!(batch.iter().any(|e| e["type"] == "trace-create" && of(&e, "id")));
        assert!(batch.iter().any(|e| e["type"] == "score-create" && of(&e, "traceId")));
    }
    let mut ids: Vec<&str> = batch.iter().map(|e| e["id"].as_str().unwrap()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), batch.len());
    assert_eq!(export(), value);
}

#[test]
fn without_an_embedder_the_run_is_kept_and_the_way_on_is_told() {
    let user = User::new();
    let shop = fixture("shop");
    let ran = user.run(&["eval", "run", shop.to_str().unwrap(), "-o", "run"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("the run is complete and kept in"), "{}", ran.err);
    assert!(ran.err.contains("`forewarn models pull all-minilm-l6-v2` gets one"), "{}", ran.err);
    assert!(ran.err.contains("--by-lines"));
    assert_eq!(user.run(&["eval", "score", "run", "--by-lines", "--json"]).code, 0);
}

/// The threshold in the file is the one that the pairs choose with the real model,
/// and its accuracy is what the other half of the pairs says.
#[test]
fn the_threshold_of_descriptions_is_that_of_the_labelled_pairs() {
    let name = "all-minilm-l6-v2";
    let embedder = embed::load(&model::manifest(name), &model::installed(name), 0).unwrap();
    let chosen = score::choose(embedder.as_ref()).unwrap();
    let [known] = score::known().try_into().expect("one threshold");
    assert_eq!(known.embedder, chosen.embedder);
    assert_eq!((known.chosen_by, known.reported_by), (chosen.chosen_by, chosen.reported_by));
    // Another processor may round a cosine to the other side for a pair or two.
    let near = |a: f32, b: f32, by: f32| (a - b).abs() <= by;
    assert!(near(known.threshold, chosen.threshold, 0.011), "{chosen:?}");
    assert!(near(known.same_right, chosen.same_right, 0.05), "{chosen:?}");
    assert!(near(known.different_right, chosen.different_right, 0.07), "{chosen:?}");
    // Lines alone would take all for the same: 0.5.
    assert!(chosen.accuracy >= 0.7, "{chosen:?}");
}
