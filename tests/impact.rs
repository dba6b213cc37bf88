//! What a change does to symbols. `fixtures/impact/cases.txt` has the form of
//! the cases of `origin.rs`; `expect` gives whole lines of the brief.

use std::sync::Arc;

use forewarn::asset::Assets;
use forewarn::change::{Repo, Selection, collect};
use forewarn::impact::{Impact, assess, brief, unread};
use forewarn::index::Index;
use forewarn::lang::Languages;
use forewarn::store::Store;

use crate::common::TestRepo;
use crate::origin::cases;

/// The impact of a repository's last commit.
fn impact_of(repo: &TestRepo) -> Impact {
    let repo = Repo::discover(repo.path()).unwrap();
    let change = collect(&repo, &Selection::Range("HEAD~1..HEAD".into()), 1_000_000).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("f.db")).unwrap();
    let base = repo.snapshot(&change.base.tree).unwrap();
    let head = Arc::new(repo.snapshot(&change.head.tree).unwrap());
    let languages = Arc::new(Languages::load(&Assets::builtin()).unwrap());
    let index = Index::new(&store, languages);
    index.update(&head, None, &[], 0, &mut |_, _| {}).unwrap();
    let files: Vec<String> = change.files.iter().map(|f| f.path.clone()).collect();
    assess(&change, &files, &base, &index.view(head).unwrap()).unwrap()
}

#[test]
fn every_alteration_is_named_with_who_depends_on_it() {
    let mut wrong = Vec::new();
    for case in cases(include_str!("fixtures/impact/cases.txt")) {
        let repo = TestRepo::new();
        repo.write("README", "x");
        for (_, path, text) in case.files.iter().filter(|f| f.0 != "head") {
            repo.write(path, text);
        }
        repo.commit("before");
        for (side, path, _) in &case.files {
            if side == "base" {
                std::fs::remove_file(repo.path().join(path)).unwrap();
            }
        }
        for (_, path, text) in case.files.iter().filter(|f| f.0 == "head") {
            repo.write(path, text);
        }
        repo.commit("after");
        let impact = impact_of(&repo);
        let mut lines = brief(&impact, 10);
        lines.extend(unread(&impact));
        let expected: Vec<&String> = case.expect.iter().filter(|e| *e != "nothing").collect();
        assert!(!case.expect.is_empty(), "{} expects nothing at all", case.name);
        if lines.iter().collect::<Vec<_>>() != expected {
            wrong.push(format!("{}\n  found    {lines:#?}\n  expected {expected:#?}", case.name));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn members_of_a_new_class_are_not_listed_and_overloads_are_kept_apart() {
    let repo = TestRepo::new();
    repo.write(
        "A.java",
        "class A {\n  int f(int a) { return a; }\n  int f(String a) { return 1; }\n}\n",
    );
    repo.commit("before");
    repo.write(
        "A.java",
        "class A {\n  int f() { return 0; }\n  int f(int a) { return a; }\n  int f(String a, int b) { return 1; }\n}\n\
         class B {\n  void g() {}\n}\n",
    );
    repo.commit("after");
    let found: Vec<(String, Vec<String>)> = impact_of(&repo)
        .effects
        .iter()
        .map(|e| {
            let what = e.alterations.iter().map(ToString::to_string).collect();
            (format!("{}:{}", e.symbol.qualified, e.symbol.line), what)
        })
        .collect();
    let expected = [("A.f:4", "new required parameter b"), ("A.f:2", "new"), ("B:6", "new")];
    let expected: Vec<(String, Vec<String>)> =
        expected.map(|(s, w)| (s.to_owned(), vec![w.to_owned()])).to_vec();
    assert_eq!(found, expected);
}

#[test]
fn people_see_it_as_lines_and_as_json() {
    let repo = TestRepo::new();
    repo.write("a.py", "def f(x):\n    return x\n");
    repo.write("b.py", "from a import f\nf(1)\n");
    repo.commit("before");
    repo.write("a.py", "def f(x, y):\n    return x\n");
    let data = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| {
        let mut command = assert_cmd::Command::new(env!("CARGO_BIN_EXE_forewarn"));
        command.env("FOREWARN_CONFIG_DIR", data.path()).env("FOREWARN_DATA_DIR", data.path());
        command
            .current_dir(repo.path())
            .args(arguments)
            .assert()
            .success()
            .get_output()
            .stdout
            .clone()
    };
    let lines = String::from_utf8(run(&["impact", "--worktree"])).unwrap();
    assert_eq!(lines, "a.py:1 function f: new required parameter y; used unchanged at b.py:2\n");
    let json: serde_json::Value =
        serde_json::from_slice(&run(&["impact", "--worktree", "--json"])).unwrap();
    assert_eq!(json["effects"][0]["alterations"][0]["parameter_added"]["name"], "y");
    assert_eq!(json["effects"][0]["callers"][0]["path"], "b.py");
    let nothing = String::from_utf8(run(&["impact", "--staged"])).unwrap();
    assert_eq!(nothing, "The change is empty.\n");
    repo.write("a.py", "def f(x):\n    return x\n");
    repo.write("notes.txt", "x\n");
    repo.write("b.min.js", format!("var x = [{}];\n", "1,".repeat(9_000)));
    let lines = String::from_utf8(run(&["impact", "--worktree"])).unwrap();
    assert_eq!(
        lines,
        "Nothing that others depend on, as far as the files could be read.\n\
         Not compared (in no known language): notes.txt\n\
         Not compared (minified: its lines are too long): b.min.js\n"
    );
    let json: serde_json::Value =
        serde_json::from_slice(&run(&["impact", "--worktree", "--json"])).unwrap();
    assert_eq!(json["unread"][0]["path"], "b.min.js");
    assert_eq!(json["unread"][0]["reason"], "minified: its lines are too long");
}

#[test]
fn what_a_large_change_leaves_out_is_counted() {
    let repo = TestRepo::new();
    // More than is read: the first files in order are compared, the last is named.
    let body = |n: u32| {
        let line = format!("x = '{}'\n", "a".repeat(300));
        format!("def f(x):\n    return {n}\n\n{}", line.repeat(2_900))
    };
    let paths = ["a.py", "b.py", "c.py", "d.py", "e.py"];
    for path in paths {
        repo.write(path, body(1));
    }
    repo.commit("before");
    for path in paths {
        repo.write(path, body(2));
    }
    repo.commit("after");
    let impact = impact_of(&repo);
    let named: Vec<&str> = impact.unread.iter().map(|u| u.path.as_str()).collect();
    assert_eq!(named, ["e.py"]);
    assert!(impact.unread[0].reason.contains("large change"), "{:?}", impact.unread);
    assert_eq!(impact.uncompared, 0);
    let compared: Vec<&str> = impact.effects.iter().map(|e| e.symbol.path.as_str()).collect();
    assert_eq!(compared, ["a.py", "b.py", "c.py", "d.py"]);
}
