//! Tests of the pre-push hook: real pushes to a local remote, with a program in
//! forewarn's place that notes what it was given.

#![cfg(unix)]

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::Duration;

use forewarn::change::{EMPTY_TREE, Repo, Selection};
use forewarn::config::{BlockAt, Hook, Never};
use forewarn::finding::{Finding, Judge, Location, Origin};
use forewarn::hook::{
    Chained, HookError, Hooks, Installed, Plan, Program, PushedRef, Removed, Reviewer, Status,
    parse, plan, run,
};
use forewarn::review::{Mode, Review, SentryState};

use crate::common::{TestRepo, git_in};

fn repo(test: &TestRepo) -> Repo {
    Repo::discover(test.path()).unwrap()
}

fn executable(path: &Path, text: &str) -> PathBuf {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
    path.to_owned()
}

/// A clone with a bare remote and a program that notes how the hook called it.
struct Desk {
    test: TestRepo,
    remote: TestRepo,
    notes: tempfile::TempDir,
}

impl Desk {
    /// `main` with one commit, pushed; the hook is not installed.
    fn new() -> Self {
        let remote = TestRepo::init(&["--bare"]);
        let test = TestRepo::new();
        test.git(&["remote", "add", "origin", remote.path().to_str().unwrap()]);
        test.write("a.py", "one\n");
        test.commit("first");
        let desk = Self { test, remote, notes: tempfile::tempdir().unwrap() };
        assert!(desk.push(&["-u", "origin", "main"]).status.success());
        desk.test.git(&["remote", "set-head", "origin", "main"]);
        desk
    }

    fn note(&self, name: &str) -> PathBuf {
        self.notes.path().join(name)
    }

    fn read(&self, name: &str) -> Option<String> {
        std::fs::read_to_string(self.note(name)).ok()
    }

    /// A program that notes its arguments and standard input, then exits.
    fn program(&self, name: &str, code: u8) -> PathBuf {
        let text = format!(
            "#!/bin/sh\nprintf '%s|' \"$@\" >'{args}'\ncat >'{input}'\nexit {code}\n",
            args = self.note(&format!("{name}.args")).display(),
            input = self.note(&format!("{name}.input")).display(),
        );
        executable(&self.note(&format!("it's {name}")), &text)
    }

    fn install(&self, code: u8) -> Installed {
        let program = self.program("forewarn", code);
        Hooks::of(&repo(&self.test)).unwrap().install(&program, false).unwrap()
    }

    fn push(&self, args: &[&str]) -> Output {
        git_in(self.test.path(), &[&["push"], args].concat()).output().unwrap()
    }

    /// Pushes and returns what git told the hook; the push is refused, so that
    /// the remote stays as it is.
    fn told(&self, args: &[&str]) -> Vec<PushedRef> {
        self.install(1);
        let _ = std::fs::remove_file(self.note("forewarn.input"));
        let output = self.push(args);
        assert!(!output.status.success());
        let input = self.read("forewarn.input").unwrap_or_else(|| panic!("{output:?}"));
        parse(&input).unwrap()
    }

    fn plan(&self, args: &[&str]) -> Plan {
        plan(&repo(&self.test), "origin", &self.told(args))
    }

    fn id(&self, revision: &str) -> String {
        self.test.git(&["rev-parse", revision])
    }
}

/// Base and head of each task, with its refs.
fn tasks(plan: &Plan) -> Vec<(String, String, String)> {
    assert!(plan.warnings.is_empty(), "{:?}", plan.warnings);
    plan.tasks
        .iter()
        .map(|task| match &task.selection {
            Selection::Between { base: Some(base), head } => {
                (base.clone(), head.clone(), task.refs.join(" "))
            }
            other => panic!("{other:?}"),
        })
        .collect()
}

#[test]
fn the_program_gets_the_arguments_and_refs_of_a_push() {
    let desk = Desk::new();
    assert_eq!(desk.install(0), Installed::New);
    desk.test.write("a.py", "two\n");
    let head = desk.test.commit("second");
    let output = desk.push(&["origin", "main"]);
    assert!(output.status.success(), "{output:?}");
    let url = desk.test.git(&["remote", "get-url", "origin"]);
    assert_eq!(desk.read("forewarn.args").unwrap(), format!("hook|run|origin|{url}|"));
    let base = desk.id("main~1");
    assert_eq!(
        desk.read("forewarn.input").unwrap(),
        format!("refs/heads/main {head} refs/heads/main {base}\n")
    );
    assert_eq!(desk.id("origin/main"), head);
}

#[test]
fn only_exit_code_one_stops_a_push() {
    for (code, passes) in [(0, true), (1, false), (2, true), (101, true), (139, true)] {
        let desk = Desk::new();
        desk.install(code);
        desk.test.commit("second");
        let output = desk.push(&["origin", "main"]);
        assert_eq!(output.status.success(), passes, "{code}: {output:?}");
        let words = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(words.contains("the review failed; pushing without it"), code > 1, "{words}");
    }
}

#[test]
fn a_push_can_go_around_the_hook() {
    let desk = Desk::new();
    desk.install(1);
    desk.test.commit("second");
    assert!(!desk.push(&["origin", "main"]).status.success());
    assert!(
        !git_in(desk.test.path(), &["push"])
            .env("FOREWARN_SKIP", "0")
            .output()
            .unwrap()
            .status
            .success()
    );
    assert!(desk.push(&["--no-verify", "origin", "main"]).status.success());
    desk.test.commit("third");
    std::fs::remove_file(desk.note("forewarn.args")).unwrap();
    let output = git_in(desk.test.path(), &["push"]).env("FOREWARN_SKIP", "1").output().unwrap();
    assert!(output.status.success());
    assert_eq!(desk.read("forewarn.args"), None);
}

#[test]
fn a_push_passes_with_a_warning_when_the_program_is_gone() {
    let desk = Desk::new();
    desk.install(1);
    std::fs::remove_file(desk.note("it's forewarn")).unwrap();
    desk.test.commit("second");
    let output = desk.push(&["origin", "main"]);
    assert!(output.status.success());
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(words.contains("is gone; pushing without a review"), "{words}");
    let status = Hooks::of(&repo(&desk.test)).unwrap().status().unwrap();
    assert!(matches!(status, Status::Installed { program: Program::Gone(_), .. }), "{status:?}");
}

#[test]
fn a_hook_that_was_there_is_called_first_and_comes_back() {
    let desk = Desk::new();
    let program = desk.program("other", 0);
    let script = format!("#!/bin/sh\n# mine\nexec \"{}\" \"$@\"\n", program.display());
    let hook = executable(&desk.test.path().join(".git/hooks/pre-push"), &script);
    assert_eq!(desk.install(0), Installed::Chaining);
    assert_eq!(desk.install(0), Installed::Refreshed);
    let hooks = Hooks::of(&repo(&desk.test)).unwrap();
    let status = hooks.status().unwrap();
    assert!(matches!(status, Status::Installed { chained: Chained::Yes, .. }), "{status:?}");
    desk.test.commit("second");
    assert!(desk.push(&["origin", "main"]).status.success());
    assert_eq!(desk.read("other.input"), desk.read("forewarn.input"));
    assert!(desk.read("other.args").unwrap().starts_with("origin|"));
    // It may stop a push, and it may leave its standard input unread.
    desk.program("other", 3);
    std::fs::remove_file(desk.note("forewarn.args")).unwrap();
    desk.test.commit("third");
    assert!(!desk.push(&["origin", "main"]).status.success());
    assert_eq!(desk.read("forewarn.args"), None);
    executable(&program, "#!/bin/sh\nexit 0\n");
    assert!(desk.push(&["origin", "main"]).status.success());
    // FOREWARN_SKIP is ours alone.
    desk.program("other", 3);
    desk.test.commit("fourth");
    let output = git_in(desk.test.path(), &["push"]).env("FOREWARN_SKIP", "1").output().unwrap();
    assert!(!output.status.success());
    assert_eq!(hooks.uninstall().unwrap(), Removed::Restored);
    assert_eq!(std::fs::read_to_string(&hook).unwrap(), script);
    assert_eq!(hooks.status().unwrap(), Status::Other);
    let left: Vec<_> = std::fs::read_dir(hook.parent().unwrap())
        .unwrap()
        .flatten()
        .map(|e| e.file_name().into_string().unwrap())
        .filter(|name| !name.ends_with(".sample"))
        .collect();
    assert_eq!(left, ["pre-push"]);
}

#[test]
fn nothing_of_another_hook_is_lost() {
    let desk = Desk::new();
    let hooks = Hooks::of(&repo(&desk.test)).unwrap();
    assert_eq!(hooks.status().unwrap(), Status::Absent);
    assert_eq!(hooks.uninstall().unwrap(), Removed::Nothing);
    executable(&hooks.file(), "#!/bin/sh\n");
    assert!(matches!(hooks.uninstall().unwrap_err(), HookError::NotOurs(_)));
    desk.install(0);
    // Somebody wrote a hook over ours while another one is kept.
    executable(&hooks.file(), "#!/bin/sh\n# new\n");
    let error = hooks.install(Path::new("/forewarn"), true).unwrap_err();
    assert!(matches!(error, HookError::Occupied { .. }), "{error:?}");
    assert_eq!(std::fs::read_to_string(hooks.file()).unwrap(), "#!/bin/sh\n# new\n");
}

#[test]
fn uninstalling_removes_the_hook() {
    let desk = Desk::new();
    desk.install(1);
    let hooks = Hooks::of(&repo(&desk.test)).unwrap();
    assert_eq!(hooks.uninstall().unwrap(), Removed::Hook);
    assert_eq!(hooks.status().unwrap(), Status::Absent);
    desk.test.commit("second");
    assert!(desk.push(&["origin", "main"]).status.success());
}

#[test]
fn a_hooks_path_is_relative_to_the_top_of_the_work_tree() {
    let desk = Desk::new();
    desk.test.git(&["config", "core.hooksPath", "my hooks"]);
    desk.test.write("sub/x.py", "x\n");
    let inside = Repo::discover(&desk.test.path().join("sub")).unwrap();
    let hooks = Hooks::of(&inside).unwrap();
    let top = desk.test.path().canonicalize().unwrap();
    assert_eq!(hooks, Hooks { folder: top.join("my hooks"), scope: Some("local".to_owned()) });
    hooks.install(&desk.program("forewarn", 1), false).unwrap();
    desk.test.commit("second");
    assert!(!desk.push(&["origin", "main"]).status.success());
    assert!(desk.read("forewarn.args").is_some());
}

#[test]
fn a_folder_of_all_repositories_needs_force() {
    let folder = tempfile::tempdir().unwrap();
    let hooks = Hooks { folder: folder.path().join("hooks"), scope: Some("global".to_owned()) };
    let error = hooks.install(Path::new("/forewarn"), false).unwrap_err();
    assert!(matches!(&error, HookError::Shared { scope, .. } if scope == "global"), "{error:?}");
    assert!(!hooks.file().exists());
    assert_eq!(hooks.install(Path::new("/forewarn"), true).unwrap(), Installed::New);
    assert!(hooks.file().exists());
}

#[test]
fn linked_worktrees_share_the_hook() {
    let desk = Desk::new();
    let folder = tempfile::tempdir().unwrap();
    let tree = folder.path().join("linked tree");
    desk.test.git(&["worktree", "add", "-q", tree.to_str().unwrap(), "-b", "linked"]);
    let linked = Repo::discover(&tree).unwrap();
    let hooks = Hooks::of(&linked).unwrap();
    assert_eq!(hooks, Hooks::of(&repo(&desk.test)).unwrap());
    hooks.install(&desk.program("forewarn", 1), false).unwrap();
    git_in(&tree, &["commit", "-q", "--allow-empty", "-m", "x"]).status().unwrap();
    let output = git_in(&tree, &["push", "origin", "linked"]).output().unwrap();
    assert!(!output.status.success());
    let refs = parse(&desk.read("forewarn.input").unwrap()).unwrap();
    let plan = plan(&linked, "origin", &refs);
    assert_eq!(tasks(&plan), [(desk.id("main"), desk.id("linked"), "linked".to_owned())]);
}

#[test]
fn a_fast_forward_is_compared_with_what_the_remote_has() {
    let desk = Desk::new();
    let base = desk.id("main");
    desk.test.commit("second");
    let head = desk.test.commit("third");
    assert_eq!(tasks(&desk.plan(&["origin", "main"])), [(base, head, "main".to_owned())]);
}

#[test]
fn a_new_branch_is_compared_with_what_the_remote_has() {
    let desk = Desk::new();
    let base = desk.id("main");
    desk.test.git(&["switch", "-q", "-c", "topic"]);
    let first = desk.test.commit("second");
    let plan = desk.plan(&["origin", "topic"]);
    assert_eq!(tasks(&plan), [(base.clone(), first.clone(), "topic".to_owned())]);
    // On top of a branch that the remote has too, only the rest is new.
    assert!(desk.push(&["--no-verify", "origin", "topic"]).status.success());
    desk.test.git(&["switch", "-q", "-c", "stacked"]);
    let second = desk.test.commit("third");
    let plan = desk.plan(&["origin", "stacked"]);
    assert_eq!(tasks(&plan), [(first, second, "stacked".to_owned())]);
    // With the default branch merged in between, its work is not new.
    desk.test.git(&["switch", "-q", "main"]);
    desk.test.write("main.py", "x\n");
    let merged = desk.test.commit("on main");
    assert!(desk.push(&["--no-verify", "origin", "main"]).status.success());
    desk.test.git(&["switch", "-q", "-c", "late", base.as_str()]);
    desk.test.commit("before");
    desk.test.git(&["merge", "-q", "--no-ff", "-m", "merge", "main"]);
    let plan = desk.plan(&["origin", "late"]);
    assert_eq!(tasks(&plan), [(merged, desk.id("late"), "late".to_owned())]);
    // A branch without work of its own brings nothing.
    desk.test.git(&["branch", "same", "main"]);
    let plan = desk.plan(&["origin", "same"]);
    assert!(tasks(&plan).is_empty());
    assert_eq!(plan.notes, ["same: nothing that the remote does not have"]);
}

#[test]
fn a_first_push_is_compared_with_nothing() {
    let remote = TestRepo::init(&["--bare"]);
    let desk = Desk::new();
    desk.test.git(&["remote", "add", "empty", remote.path().to_str().unwrap()]);
    let refs = desk.told(&["empty", "main"]);
    let plan = plan(&repo(&desk.test), "empty", &refs);
    let want = (EMPTY_TREE.to_owned(), desk.id("main"), "main".to_owned());
    assert_eq!(tasks(&plan), [want]);
}

#[test]
fn a_forced_push_is_compared_with_the_merge_base() {
    let desk = Desk::new();
    let base = desk.id("main");
    desk.test.write("a.py", "two\n");
    desk.test.commit("second");
    assert!(desk.push(&["origin", "main"]).status.success());
    desk.test.write("a.py", "other\n");
    desk.test.git(&["commit", "-q", "-a", "--amend", "-m", "rewritten"]);
    let plan = desk.plan(&["--force", "origin", "main"]);
    assert_eq!(tasks(&plan), [(base.clone(), desk.id("main"), "main".to_owned())]);
    // Going back brings nothing.
    desk.test.git(&["reset", "-q", "--hard", &base]);
    assert!(tasks(&desk.plan(&["--force", "origin", "main"])).is_empty());
    // A history without a common commit is new as a whole.
    desk.test.git(&["switch", "-q", "--orphan", "apart"]);
    let apart = desk.test.commit("apart");
    let plan = desk.plan(&["--force", "origin", "apart:main"]);
    assert_eq!(tasks(&plan), [(EMPTY_TREE.to_owned(), apart, "main".to_owned())]);
}

#[test]
fn what_somebody_else_pushed_may_be_unknown_here() {
    let desk = Desk::new();
    let base = desk.id("main");
    let other = desk.remote.clone_with(&[]);
    other.commit("theirs");
    other.git(&["push", "-q", "origin", "HEAD:main"]);
    desk.test.write("a.py", "ours\n");
    let head = desk.test.commit("ours");
    let refs = desk.told(&["--force", "origin", "main"]);
    assert_ne!(refs[0].remote_id, Some(base.clone()), "git reports what the remote has");
    let plan = plan(&repo(&desk.test), "origin", &refs);
    assert_eq!(tasks(&plan), [(base, head, "main".to_owned())]);
}

#[test]
fn deletions_and_tags_and_several_refs() {
    let desk = Desk::new();
    let base = desk.id("main");
    assert!(desk.push(&["origin", "main:old"]).status.success());
    let head = desk.test.commit("second");
    desk.test.git(&["tag", "light"]);
    desk.test.git(&["tag", "-a", "v1", "-m", "one"]);
    desk.test.git(&["tag", "-a", "v0", "-m", "zero", &base]);
    let blob = desk.test.git(&["hash-object", "-w", "a.py"]);
    desk.test.git(&["tag", "blob", &blob]);
    desk.test.git(&["branch", "topic"]);
    let plan = desk.plan(&["origin", "main", "topic", "v0", "v1", "light", "blob", ":old"]);
    let [(from, to, refs)] = &tasks(&plan)[..] else { panic!("{plan:?}") };
    assert_eq!((from, to), (&base, &head));
    let mut names: Vec<&str> = refs.split(' ').collect();
    names.sort_unstable();
    assert_eq!(names, ["light", "main", "topic", "v1"]);
    let mut notes = plan.notes.clone();
    notes.sort();
    assert_eq!(
        notes,
        [
            "blob: not a commit, nothing to review",
            "old: deleted, nothing to review",
            "v0: nothing that the remote does not have",
        ]
    );
    // A tag alone brings its commits.
    let plan = desk.plan(&["origin", "v1"]);
    assert_eq!(tasks(&plan), [(base, head, "v1".to_owned())]);
}

#[test]
fn a_push_to_a_bare_address_is_compared_with_all_remotes() {
    let desk = Desk::new();
    let url = desk.test.git(&["remote", "get-url", "origin"]);
    let base = desk.id("main");
    let head = desk.test.commit("second");
    let refs = desk.told(&[&url, "main:elsewhere"]);
    let plan = plan(&repo(&desk.test), &url, &refs);
    assert_eq!(tasks(&plan), [(base, head, "elsewhere".to_owned())]);
}

#[test]
fn a_shallow_clone_that_cannot_compare_warns() {
    let desk = Desk::new();
    desk.test.write("a.py", "two\n");
    desk.test.commit("second");
    desk.test.git(&["push", "-q", "origin", "main", "main~1:refs/heads/old"]);
    let clone = desk.remote.clone_with(&["--depth", "1", "--no-single-branch"]);
    let id = |name: &str| Some(clone.git(&["rev-parse", name]));
    let refs = [PushedRef {
        local_ref: "refs/heads/main".to_owned(),
        local_id: id("main"),
        remote_ref: "refs/heads/old".to_owned(),
        remote_id: id("origin/old"),
    }];
    let plan = plan(&repo(&clone), "origin", &refs);
    assert!(plan.tasks.is_empty());
    assert!(plan.warnings[0].contains("shallow"), "{:?}", plan.warnings);
}

fn finding(severity: f64) -> Finding {
    Finding {
        id: format!("finding {severity}"),
        origin: Origin::Rule,
        rule: None,
        kind: "null".to_owned(),
        title: "title".to_owned(),
        short: String::new(),
        explanation: String::new(),
        fix: None,
        location: Location::line("a.py", 1),
        anchor: Location::line("a.py", 1),
        symbol: None,
        prior: 0.5,
        severity,
        confidence: 0.9,
        evidence: Vec::new(),
        issues: Vec::new(),
        judge: Judge::Program,
        checked: Vec::new(),
        unchecked: Vec::new(),
    }
}

fn review(severities: &[f64]) -> Review {
    Review {
        schema: 1,
        forewarn: String::new(),
        id: String::new(),
        label: String::new(),
        base: String::new(),
        head: String::new(),
        mode: Mode::ModelFree { reason: String::new() },
        findings: severities.iter().map(|s| finding(*s)).collect(),
        dropped: Vec::new(),
        reviewed: Vec::new(),
        skipped: Vec::new(),
        sentry: SentryState::default(),
        notes: Vec::new(),
        stages: Vec::new(),
        cached: false,
    }
}

/// A push of two branches, so of two reviews: `main`, then `topic`.
fn two() -> (Desk, Vec<PushedRef>) {
    let desk = Desk::new();
    desk.test.git(&["switch", "-q", "-c", "topic"]);
    desk.test.commit("on topic");
    desk.test.git(&["switch", "-q", "main"]);
    desk.test.commit("on main");
    let refs = desk.told(&["origin", "main", "topic"]);
    (desk, refs)
}

fn settings(block_at: BlockAt) -> Hook {
    Hook { block_at, max_seconds: 60 }
}

#[test]
fn findings_stop_a_push_only_at_the_chosen_severity() {
    let (desk, refs) = two();
    for (block_at, want) in [
        (BlockAt::Never(Never::Never), vec![]),
        (BlockAt::Severity(0.8), vec!["finding 0.8", "finding 0.8"]),
        (BlockAt::Severity(0.9), vec![]),
    ] {
        let reviewer: Reviewer = Box::new(|_| Ok(review(&[0.3, 0.8])));
        let outcome = run(&repo(&desk.test), "origin", &refs, &settings(block_at), reviewer);
        assert_eq!(outcome.blocking, want);
        assert_eq!(outcome.blocked(), !want.is_empty());
        assert_eq!(outcome.reviews.len(), 2);
        assert!(outcome.warnings.is_empty(), "{:?}", outcome.warnings);
    }
}

#[test]
fn failures_and_panics_become_warnings_and_the_rest_is_reviewed() {
    let (desk, refs) = two();
    let mut calls = 0;
    let reviewer: Reviewer = Box::new(move |_| {
        calls += 1;
        match calls {
            1 => anyhow::bail!("no disk"),
            _ => Ok(review(&[0.9])),
        }
    });
    let config = settings(BlockAt::Severity(0.5));
    let outcome = run(&repo(&desk.test), "origin", &refs, &config, reviewer);
    assert_eq!(outcome.warnings, ["main was not reviewed: no disk"]);
    assert_eq!((outcome.reviews.len(), outcome.blocked()), (1, true));
    let reviewer: Reviewer = Box::new(|_| panic!("index out of bounds"));
    let outcome = run(&repo(&desk.test), "origin", &refs, &config, reviewer);
    assert_eq!((outcome.warnings.len(), outcome.blocked()), (2, false));
    assert!(outcome.warnings[0].contains("index out of bounds"), "{:?}", outcome.warnings);
}

#[test]
fn a_review_that_takes_too_long_lets_the_push_pass() {
    let (desk, refs) = two();
    let (go, wait) = std::sync::mpsc::channel::<()>();
    let reviewer: Reviewer = Box::new(move |_| {
        // Until the test ends.
        let _ = wait.recv_timeout(Duration::from_secs(600));
        Ok(review(&[1.0]))
    });
    let config = Hook { max_seconds: 0, ..settings(BlockAt::Severity(0.0)) };
    let outcome = run(&repo(&desk.test), "origin", &refs, &config, reviewer);
    assert_eq!((outcome.warnings.len(), outcome.blocked()), (2, false));
    assert!(outcome.warnings[0].contains("hook.max_seconds"), "{:?}", outcome.warnings);
    assert!(outcome.warnings[1].contains("not reviewed either"), "{:?}", outcome.warnings);
    // For a review without a model, which takes a moment.
    assert_eq!(outcome.late.len(), 2);
    drop(go);
}
