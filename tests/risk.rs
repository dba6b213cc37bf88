//! The risk of changes, on repositories whose faults are known because they are made up.

use forewarn::asset::Assets;
use forewarn::change::{Repo, Selection, collect};
use forewarn::config::Config;
use forewarn::lang::Languages;
use forewarn::risk::{History, Kinds, Learned, Model, Risk, Surroundings, assess, learned};
use forewarn::store::Store;

use crate::common::{TestRepo, git_in};

const START: &str = "def total(items):\n    return sum(items)\n\n\ndef mean(items):\n    return total(items) / len(items)\n";

/// The state folder, and what every call needs.
struct Bench {
    folder: tempfile::TempDir,
    languages: Languages,
    config: Config,
}

impl Bench {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            languages: Languages::load(&Assets::builtin()).unwrap(),
            config: Config::builtin(),
        }
    }

    fn store(&self) -> Store {
        Store::open(&self.folder.path().join("f.db")).unwrap()
    }

    fn kinds(&self) -> Kinds<'_> {
        Kinds::new(&self.languages, &self.config.review).unwrap()
    }

    fn history(&self, repo: &TestRepo) -> History {
        let repo = Repo::discover(repo.path()).unwrap();
        History::read(&repo, "HEAD", 100, &self.kinds()).unwrap()
    }

    /// Which changes were fixed later, as known after `until` of them.
    fn faulty(&self, repo: &TestRepo, until: usize) -> Vec<bool> {
        let history = self.history(repo);
        let changes = history.changes(0..history.len(), until);
        changes.iter().map(|e| e.faulty).collect()
    }

    fn learned(&self, repo: &TestRepo, fresh: bool) -> Learned {
        let base = repo.git(&["rev-parse", "HEAD"]);
        let repo = Repo::discover(repo.path()).unwrap();
        learned(&repo, &self.store(), Some(&base), &self.languages, &self.config, fresh).unwrap()
    }

    fn assess(&self, repo: &TestRepo, selection: Selection) -> Risk {
        let repo = Repo::discover(repo.path()).unwrap();
        let change = collect(&repo, &selection, 1_000_000).unwrap();
        let base = change.base.commit.as_deref();
        let store = self.store();
        let learned = learned(&repo, &store, base, &self.languages, &self.config, false).unwrap();
        let kinds = self.kinds();
        let around = Surroundings { repo: &repo, kinds: &kinds, max_commits: 100, crashes: None };
        assess(&change, &learned, &around).unwrap()
    }
}

/// Two changes of one file of which the first is at fault, and a third that is not.
fn with_a_fault() -> TestRepo {
    let repo = TestRepo::new();
    repo.write("a.py", START);
    repo.write("b.py", "x = 1\n");
    repo.commit("Begin");
    let first = "def first(items):\n    # the first one\n    return items[0]\n";
    repo.write("a.py", format!("{START}\n\n{first}"));
    repo.commit("Add first");
    repo.write("b.py", "x = 2\n");
    repo.commit("Raise x");
    let indented =
        first.replace("    return items[0]", "    if items is not None:\n        return items[0]");
    repo.write("a.py", format!("{START}\n\n{indented}"));
    repo.git(&["mv", "a.py", "cart.py"]);
    repo.commit("Rename the file");
    let fixed = indented.replace("return items[0]", "return next(iter(items), None)");
    repo.write("cart.py", format!("{START}\n\n{fixed}"));
    repo.commit("Fix crash for no items");
    repo
}

#[test]
fn a_fix_is_traced_through_renames_and_indents_to_the_change_at_fault() {
    let (bench, repo) = (Bench::new(), with_a_fault());
    // The first commit begins the history and is none.
    assert_eq!(bench.faulty(&repo, 5), [true, false, false, false]);
    assert_eq!(bench.faulty(&repo, 4), [false; 4], "nobody knew before the fix");
}

#[test]
fn comments_imports_tests_and_what_is_no_fix_blame_nobody() {
    let (bench, repo) = (Bench::new(), TestRepo::new());
    repo.write("a.py", START);
    repo.commit("Begin");
    repo.write("a.py", format!("import os\n# a note\n{START}"));
    repo.write("tests/test_a.py", "def test_a():\n    assert total([]) == 1\n");
    repo.write("docs/a.md", "It never crashes.\n");
    repo.commit("Add notes and a test");
    repo.write("a.py", format!("import sys\n# another note\n{START}"));
    repo.write("tests/test_a.py", "def test_a():\n    assert total([]) == 0\n");
    repo.write("docs/a.md", "It crashes.\n");
    repo.commit("Fix crash");
    repo.write("a.py", format!("{START}\nlimit = 10\n"));
    repo.commit("Add a limit");
    repo.write("a.py", format!("{START}\nlimit = 20\n"));
    repo.commit("Fix typo in the limit");
    assert_eq!(bench.faulty(&repo, 5), [false; 4]);
}

#[test]
fn a_merged_branch_is_one_change_and_can_be_at_fault() {
    let (bench, repo) = (Bench::new(), TestRepo::new());
    repo.write("a.py", START);
    repo.commit("Begin");
    repo.git(&["checkout", "-q", "-b", "side"]);
    repo.write("b.py", "def b(x):\n    return 1 / x\n");
    repo.commit("Add b");
    repo.write("c.py", "def c(x):\n    return x\n");
    repo.commit("Add c");
    repo.git(&["checkout", "-q", "main"]);
    repo.git(&["merge", "-q", "--no-ff", "-m", "Merge pull request #1 from x/side", "side"]);
    repo.write("b.py", "def b(x):\n    return 1 / x if x else 0\n");
    repo.commit("Fix ZeroDivisionError in b");
    let history = bench.history(&repo);
    assert_eq!(history.len(), 3);
    assert_eq!(bench.faulty(&repo, 3), [true, false]);
    let files: Vec<bool> = history.files(1..2, 3).iter().map(|e| e.faulty).collect();
    assert_eq!(files, [true, false], "b.py, not c.py");
}

#[test]
fn the_same_history_gives_the_same_model_which_is_kept_until_the_history_grows() {
    let (bench, repo) = (Bench::new(), with_a_fault());
    for n in 0..15 {
        repo.write("b.py", format!("x = {n}00\n"));
        repo.commit("Raise x");
    }
    let first = bench.learned(&repo, false);
    assert_eq!(first.changes, 20);
    assert_eq!(bench.learned(&repo, true).model, first.model);
    assert_eq!(Bench::new().learned(&repo, false).model.digest(), first.model.digest());
    repo.write("b.py", "x = 1\n");
    repo.commit("Lower x");
    assert_eq!(bench.learned(&repo, false).commit, first.commit, "one in twenty is too few");
    for n in 0..3 {
        repo.write("b.py", format!("x = -{n}\n"));
        repo.commit("Lower x");
    }
    let later = bench.learned(&repo, false);
    assert_eq!((later.changes, later.commit), (24, Some(repo.git(&["rev-parse", "HEAD"]))));
    // A review of the old state finds the model of its time.
    repo.git(&["reset", "-q", "--hard", "HEAD~4"]);
    assert_eq!(bench.learned(&repo, false).commit, first.commit);
    // A kept model that cannot be read is learned again.
    bench.store().lock().execute_batch("UPDATE risk_model SET model = '{'").unwrap();
    assert_eq!(bench.learned(&repo, false).model, first.model);
    let rows: Vec<String> = {
        let store = bench.store();
        let connection = store.lock();
        let mut statement = connection.prepare("SELECT model FROM risk_model").unwrap();
        let rows = statement.query_map([], |row| row.get(0)).unwrap();
        rows.map(Result::unwrap).collect()
    };
    assert_eq!(rows.len(), 2);
    assert!(rows.iter().any(|r| r.contains("weight")));
    assert!(rows.iter().all(|r| !r.contains("Ada") && !r.contains("b.py")), "{rows:?}");
}

#[test]
fn a_change_is_judged_by_its_size_and_past() {
    let (bench, repo) = (Bench::new(), with_a_fault());
    let long: String = (0..60).map(|n| format!("if x == {n}:\n    y = {n}\n")).collect();
    repo.write("cart.py", format!("{START}{long}"));
    repo.write("b.py", "x = 3\n");
    repo.write("tests/test_cart.py", &long);
    repo.commit("Rework the cart");
    let risk = bench.assess(&repo, Selection::Range("HEAD".into()));
    let paths: Vec<&str> = risk.files.iter().map(|f| f.path.as_str()).collect();
    assert_eq!(paths[0], "cart.py");
    assert!(risk.of("cart.py") > 2.0 * risk.of("b.py"), "{risk:?}");
    assert!(risk.of("cart.py") > risk.of("tests/test_cart.py"), "{risk:?}");
    assert!(risk.files.iter().all(|f| (0.0..=1.0).contains(&f.score)));
    let reasons = risk.files[0].reasons.join("; ");
    assert!(reasons.contains("120 lines of code added"), "{reasons}");
    assert_eq!(risk.learned_from, 5);
    assert_eq!(bench.assess(&repo, Selection::Range("HEAD".into())), risk);
}

#[test]
fn a_young_repository_has_the_prior() {
    let (bench, repo) = (Bench::new(), TestRepo::new());
    repo.write("a.py", START);
    repo.commit("Begin");
    // The only commit: there is no base.
    let risk = bench.assess(&repo, Selection::Range("HEAD".into()));
    assert_eq!((risk.learned_to, risk.learned_from), (None, 0));
    assert!(risk.score > 0.0 && risk.score < 1.0);
    repo.write("a.py", "x = 1\n");
    let risk = bench.assess(&repo, Selection::Worktree);
    assert_eq!(risk.learned_from, 1);
    assert_eq!(bench.learned(&repo, false).model, *Model::prior());
    let mut bench = bench;
    bench.config.risk.max_commits = 0;
    assert_eq!(bench.learned(&repo, false).commit, None);
}

#[test]
fn a_shallow_clone_learns_from_what_it_has() {
    let (bench, repo) = (Bench::new(), with_a_fault());
    let clone = repo.clone_with(&["--depth", "3"]);
    let history = bench.history(&clone);
    assert_eq!(history.len(), 3);
    // The clone's oldest commit holds everything, and is at fault for nothing.
    assert_eq!(history.changes(0..3, 3).len(), 2);
    assert_eq!(bench.faulty(&clone, 3), [false; 2]);
    clone.write("cart.py", START);
    assert_eq!(bench.assess(&clone, Selection::Worktree).learned_from, 3);
}

#[test]
fn a_partial_clone_says_what_it_cannot_know() {
    let (bench, repo) = (Bench::new(), TestRepo::new());
    for n in 0..30 {
        repo.write("a.py", format!("x = {n}\n"));
        repo.commit("Raise x");
    }
    repo.git(&["config", "uploadpack.allowFilter", "true"]);
    let clone = repo.clone_with(&["--filter=blob:none"]);
    let learned = bench.learned(&clone, false);
    assert_eq!(learned.commit, None);
    let note = learned.note.unwrap();
    assert!(note.starts_with("git could not read the history: "), "{note}");
}

#[cfg(unix)]
#[test]
fn authors_and_paths_need_not_be_utf_8() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let (bench, repo) = (Bench::new(), with_a_fault());
    let path = repo.path().join(OsStr::from_bytes(b"caf\xe9.py"));
    std::fs::write(path, "x = 1\n").unwrap();
    repo.write("b.py", "x = 7\n");
    repo.git(&["add", "-A"]);
    let name = OsStr::from_bytes(b"Jos\xe9 \"<\x02");
    let mut commit = git_in(repo.path(), &["commit", "-q", "-m", "Add caf\u{e9}"]);
    assert!(commit.env("GIT_AUTHOR_NAME", name).status().unwrap().success());
    assert_eq!(bench.history(&repo).len(), 6);
    assert!(bench.assess(&repo, Selection::Range("HEAD".into())).score > 0.0);
}

#[test]
fn the_work_is_bounded_by_the_count_of_commits() {
    let (bench, repo) = (Bench::new(), with_a_fault());
    let found = Repo::discover(repo.path()).unwrap();
    for count in [1, 2, 3, 5, 50] {
        let history = History::read(&found, "HEAD", count, &bench.kinds()).unwrap();
        assert_eq!(history.len(), count.min(5));
    }
}

#[test]
fn past_crashes_raise_the_risk_the_most_in_a_changed_function() {
    let repo = TestRepo::new();
    repo.write("shop/cart.py", START);
    repo.commit("Begin");
    let (data, export) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let issue =
        ["TypeError", "bad", "shop/cart.py", "total", "    return sum(items)"].map(str::to_owned);
    let file = export.path().join("0.json");
    std::fs::write(&file, crate::origin::export(0, &issue).to_string()).unwrap();
    let run = |arguments: &[&str]| {
        let mut command = assert_cmd::Command::new(env!("CARGO_BIN_EXE_forewarn"));
        command.env("FOREWARN_CONFIG_DIR", data.path()).env("FOREWARN_DATA_DIR", data.path());
        command.current_dir(repo.path()).args(arguments);
        String::from_utf8(command.assert().success().get_output().stdout.clone()).unwrap()
    };
    let risk = |old: &str, new: &str| -> (f64, String) {
        repo.write("shop/cart.py", START.replace(old, new));
        let json: serde_json::Value =
            serde_json::from_str(&run(&["risk", "--worktree", "--json"])).unwrap();
        let file = &json["files"][0];
        (
            file["score"].as_f64().unwrap(),
            file["reasons"][0].as_str().unwrap_or_default().to_owned(),
        )
    };
    let (total, mean) = (("sum(items)", "sum(items, 0)"), ("/ len(items)", "/ max(len(items), 1)"));
    let without = risk(total.0, total.1);
    run(&["sentry", "import", file.to_str().unwrap()]);
    let (inside, beside) = (risk(total.0, total.1), risk(mean.0, mean.1));
    assert_eq!(inside.1, "1 production issue in a changed function");
    assert_eq!(beside.1, "1 production issue in this file");
    assert!(inside.0 > beside.0 && beside.0 > without.0, "{inside:?} {beside:?} {without:?}");
}

#[test]
fn people_see_it_as_lines_and_as_json() {
    let repo = with_a_fault();
    repo.write("cart.py", START.replace("sum(items)", "sum(i for i in items if i)"));
    let data = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| {
        let mut command = assert_cmd::Command::new(env!("CARGO_BIN_EXE_forewarn"));
        command.env("FOREWARN_CONFIG_DIR", data.path()).env("FOREWARN_DATA_DIR", data.path());
        command.current_dir(repo.path()).args(arguments);
        String::from_utf8(command.assert().success().get_output().stdout.clone()).unwrap()
    };
    let text = run(&["risk", "--worktree"]);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 3, "{text}");
    assert!(lines[0].ends_with(" the change") && lines[1].contains(" cart.py: 1 fix"), "{text}");
    let head = repo.git(&["rev-parse", "HEAD"]);
    assert_eq!(lines[2], format!("learned from 5 changes up to {}", &head[..10]));
    let json: serde_json::Value =
        serde_json::from_str(&run(&["risk", "--worktree", "--json", "--fresh"])).unwrap();
    assert_eq!(json["files"][0]["path"], "cart.py");
    assert_eq!(json["learned_to"], head.as_str());
    assert_eq!(run(&["risk", "--staged"]), "The change is empty.\n");
}
